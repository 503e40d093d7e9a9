#!/bin/bash
# A private PostgreSQL cluster for tests: made in a new directory under TMPDIR, unix socket only, gone after `stop`.
# Nothing of it survives a crash of the machine (fsync off): for tests only.
#
#	info=$(tests/harness/postgres.sh start)     prints: host=DIR user=postgres dbname=postgres
#	tests/harness/postgres.sh crash "$info"     kill -9 of every server process, as after a power cut
#	tests/harness/postgres.sh resume "$info"    starts it again
#	tests/harness/postgres.sh stop "$info"      stops it and removes the directory
#
# The roles of Stepmill are there (stepmill_owner, _api, _executor, _live); databases are the caller's to make. Started as
# root, the server runs as the user postgres. Settings after `start` are given to the server: start -c log_statement=all. It begins
# with a copy of the directory STEPMILL_TEMPLATE (template.mjs) where that is set.
set -euo pipefail

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as=()
[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=postgres --regid=postgres --clear-groups --)

serve() { # DIR
	(cd "$1" && "${as[@]}" "$bin/pg_ctl" -D "$1/data" -l "$1/log" -w -t 60 start >/dev/null) || {
		tail -n 20 "$1/log" >&2
		return 1
	}
}

dir_of() { # CONNINFO
	local dir=${1#host=}
	dir=${dir%% *}
	[ -f "$dir/stepmill-test-cluster" ] || {
		echo "postgres.sh: '$1' is no cluster of this script." >&2
		exit 1
	}
	printf '%s' "$dir"
}

case ${1:-} in
start)
	shift
	dir=$(mktemp -d "${STEPMILL_TEST_DIR:-${TMPDIR:-/tmp}}/smpg.XXXXXX")
	[ "${#dir}" -le 80 ] || {
		rmdir "$dir"
		echo "postgres.sh: $dir is too long for a unix socket. Set TMPDIR to a shorter directory." >&2
		exit 1
	}
	touch "$dir/stepmill-test-cluster"
	[ ${#as[@]} -eq 0 ] || chown -R postgres:postgres "$dir"
	chmod 755 "$dir"
	cd "$dir"
	if [ -n "${STEPMILL_TEMPLATE:-}" ]; then
		cp -a "$STEPMILL_TEMPLATE" "$dir/data"
	else
		"${as[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || {
			cat "$dir/initdb.log" >&2
			exit 1
		}
	fi
	{
		cat <<END_CONF
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = off
full_page_writes = off
dynamic_shared_memory_type = mmap
max_connections = 100
shared_buffers = 32MB
jit = off
timezone = 'UTC'
deadlock_timeout = 50ms
END_CONF
		while [ $# -gt 0 ]; do
			[ "$1" = -c ] || printf '%s = '\''%s'\''\n' "${1%%=*}" "${1#*=}"
			shift
		done
	} | "${as[@]}" tee -a "$dir/data/postgresql.conf" >/dev/null
	serve "$dir"
	[ -n "${STEPMILL_TEMPLATE:-}" ] || for role in owner api executor live; do
		echo "create role stepmill_$role login;"
	done | psql -Xq -v ON_ERROR_STOP=1 -h "$dir" -U postgres -d postgres
	echo "host=$dir user=postgres dbname=postgres"
	;;
crash)
	dir=$(dir_of "$2")
	pid=$(head -n 1 "$dir/data/postmaster.pid")
	# All at once: a child that outlives it would hold the shared memory, and none can be started any more.
	children=$(cat "/proc/$pid/task/$pid/children")
	# shellcheck disable=SC2086
	kill -9 "$pid" $children
	# Where nobody reaps orphans (a container) the dead keep their numbers, and the server would believe its old self alive.
	for one in $pid $children; do
		while [ -e "/proc/$one" ] && [ "$(cut -d ' ' -f 3 "/proc/$one/stat" 2>/dev/null)" != Z ]; do sleep 0.05; done
	done
	rm -f "$dir/data/postmaster.pid" "$dir"/.s.PGSQL.*.lock
	;;
resume)
	dir=$(dir_of "$2")
	serve "$dir"
	;;
stop)
	dir=$(dir_of "$2")
	cd "$dir"
	"${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null || true
	cd / && rm -rf "$dir"
	;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
