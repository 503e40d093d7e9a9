# A PostgreSQL cluster of our own: in $STATE/pg, reached through a unix socket that only its user can reach, no TCP.
# Started as root, everything of it belongs to the user "stepmill". stack.sh starts, watches and stops the server.
# shellcheck shell=bash

PG_BIN=/usr/lib/postgresql/15/bin

# A connection string for ROLE. Quoted as libpq wants it, for directories with spaces.
pg_conninfo() { # ROLE [DATABASE]
	local host=${SOCKETS//\\/\\\\}
	printf "host='%s' user=%s dbname=%s" "${host//\'/\\\'}" "$1" "${2:-stepmill}"
}

pg_psql() { # ROLE DATABASE [psql option…]
	as_service psql -X -q -v ON_ERROR_STOP=1 -d "$(pg_conninfo "$1" "$2")" "${@:3}"
}

# Makes the cluster. A broken off initdb leaves files but no mark, and is begun anew.
pg_init() {
	local version
	if [ -f "$STATE/pg.complete" ]; then
		version=$(cat "$STATE/pg/PG_VERSION" 2>/dev/null)
		[ "$version" = 15 ] && {
			ui_note "kept"
			return 0
		}
		echo "$STATE/pg was made by PostgreSQL ${version:-unknown}, this is 15."
		echo "Move it with pg_upgrade, or begin with an empty database: --reset."
		return 1
	fi
	[ ! -e "$STATE/pg" ] || echo "A cluster that was not finished is made again."
	rm -rf "$STATE/pg"
	service_dir "$STATE/pg"
	as_service "$PG_BIN/initdb" -D "$STATE/pg" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
		--auth-local=trust --auth-host=reject --data-checksums || return 1
	pg_configure || return 1
	touch "$STATE/pg.complete"
	ui_note "made in $STATE/pg"
}

# Who can reach the socket is this installation's user: the directory is 0700. So roles need no passwords here.
pg_configure() {
	as_service tee "$STATE/pg/pg_hba.conf" >/dev/null <<'END' || return 1
# Only the unix socket, in a directory that only the user of this installation can enter.
local all all trust
END
	as_service tee -a "$STATE/pg/postgresql.conf" >/dev/null <<'END'

# Stepmill. The socket's directory is given when the server is started.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 200
fsync = on
synchronous_commit = on
full_page_writes = on
jit = off
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d %a '
log_lock_waits = on
log_min_duration_statement = 1000
# Neither parameters nor rows: they hold what people wrote.
log_parameter_max_length = 0
log_error_verbosity = terse
END
}

pg_ready() {
	as_service "$PG_BIN/pg_isready" -q -t 2 -d "$(pg_conninfo postgres postgres)" 2>/dev/null
}

# The roles and the database, each made when it is not there yet.
pg_roles() {
	pg_psql postgres postgres <<'END' || return 1
select format('create role %I login', name)
from unnest(array['stepmill_owner', 'stepmill_api', 'stepmill_executor', 'stepmill_live']) as name
where not exists (select from pg_roles where rolname = name)
\gexec
select 'create database stepmill owner stepmill_owner'
where not exists (select from pg_database where datname = 'stepmill')
\gexec
revoke all on database stepmill from public;
grant connect on database stepmill to stepmill_api, stepmill_executor, stepmill_live;
END
}
