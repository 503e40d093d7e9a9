# One running installation: PostgreSQL, API, executor, live and nginx as children of the script. Each child's process id
# is known; one that dies is started again, after a pause that grows; all end with the script, in the right order, and
# also when the script is killed (the kernel then sends them their signal).
#
#	stack_open "$data"		where its files are, and its lock
#	stack_start postgres		one of $STACK_ALL
#	stack_watch [PID]		looks after the children until PID ends (or for ever)
#	stack_stop			ends them all
#
# Files of an installation, in $STATE:
#	pg/		the cluster		pg.complete	says that initdb came to its end
#	app/		programs, migrations and page, as started
#	run/		process ids; sockets too, where the path is short enough for them
#	log/  tmp/	nginx.conf  demo-login  demo.json
# shellcheck shell=bash

STACK_ALL='postgres api executor live nginx'
SERVICE_USER=stepmill

declare -A STACK_PID=() STACK_SINCE=() STACK_PAUSE=() STACK_TIMER=()
STATE='' SOCKETS='' PORT=''

# ---- whose processes, and where ----

# Runs a command as the user of the services: as root that is "stepmill", else whoever started the script.
as_service() {
	if [ "$(id -u)" -eq 0 ]; then
		(cd "$STATE" && exec setpriv --reuid="$SERVICE_USER" --regid="$SERVICE_USER" --init-groups --no-new-privs -- \
			env HOME=/nonexistent "$@")
	else
		(cd "$STATE" && exec "$@")
	fi
}

service_dir() { # DIR: made, entered by the user of the services only
	mkdir -p "$1" && chmod 700 "$1" || return 1
	[ "$(id -u)" -ne 0 ] || chown "$SERVICE_USER:$SERVICE_USER" "$1"
}

stack_user() {
	[ "$(id -u)" -eq 0 ] || return 0
	getent passwd "$SERVICE_USER" >/dev/null && return 0
	useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$SERVICE_USER"
}

stack_enters() { # DIR
	setpriv --reuid="$SERVICE_USER" --regid="$SERVICE_USER" --init-groups test -x "$1"
}

# Takes the data directory: sets STATE, holds the lock until the script ends.
stack_open() { # DIR
	local dir=$1
	mkdir -p "$dir" || ui_die "$dir cannot be made." "Choose another directory: --data DIR."
	dir=$(cd "$dir" && pwd -P)
	[[ $dir != *[\"\'\\\$\;\{\}\,$'\n']* ]] ||
		ui_die "$dir cannot hold the data." "Its name has a character that nginx or PostgreSQL reads as syntax." \
			"Choose another directory: --data DIR."
	[ -w "$dir" ] || ui_die "$dir cannot be written to by $(id -un)." "It belongs to $(stat -c %U "$dir")." \
		"Start as that user, or choose another directory: --data DIR."
	exec 9>>"$dir/lock"
	flock -n 9 || ui_die "Another instance is using $dir." "$(cat "$dir/lock.owner" 2>/dev/null)" \
		"Stop it first, or start this one beside it with --data DIR --port N."
	printf 'It was started by process %s.\n' $$ >"$dir/lock.owner"
	STATE=$dir
	if [ "$(id -u)" -eq 0 ]; then
		stack_user >/dev/null || ui_die "The user $SERVICE_USER could not be made." "PostgreSQL does not run as root." \
			"Make it by hand: useradd --system $SERVICE_USER"
		# A clone in /root cannot be entered by anybody else; its data then stands where services keep theirs.
		if ! stack_enters "$dir"; then
			STATE=/var/lib/stepmill/$(basename "$dir")-$(printf %s "$dir" | cksum | cut -d ' ' -f 1)
			mkdir -p "$STATE" && ln -sfn "$STATE" "$dir/state" || exit 1
			stack_enters "$STATE" || ui_die "The user $SERVICE_USER can enter neither $dir nor $STATE." \
				"The services do not run as root." "Choose another directory: --data DIR."
		fi
	fi
	mkdir -p "$STATE/log" "$STATE/app/bin"
	chmod 755 "$STATE/app"
}

# Forgets everything of this installation. Only what we make is removed, so that a wrong DIR loses nothing else.
stack_reset() {
	local name
	for name in pg pg.complete app run tmp nginx.conf demo-login demo.json; do
		rm -rf "${STATE:?}/$name"
	done
	rm -f "$STATE"/log/*.log "$STATE"/log/*.log.1
	stack_forget_sockets
	mkdir -p "$STATE/log" "$STATE/app/bin"
}

# The directory of the sockets. The longest name in it must fit into 107 bytes.
stack_sockets() {
	local longest=$STATE/run/.s.PGSQL.5432.lock
	service_dir "$STATE/run" || return 1
	if [ ${#longest} -le 107 ] && [[ $STATE != *[!A-Za-z0-9._/+-]* ]]; then
		SOCKETS=$STATE/run
		return 0
	fi
	stack_forget_sockets
	SOCKETS=$(mktemp -d "${TMPDIR:-/tmp}/stepmill-XXXXXXXX") && service_dir "$SOCKETS" || return 1
	printf '%s\n' "$SOCKETS" >"$STATE/sockets"
}

stack_forget_sockets() {
	local dir
	dir=$(cat "$STATE/sockets" 2>/dev/null)
	[[ $dir == */stepmill-???????? && -d $dir && ! -L $dir ]] && rm -rf "$dir"
	rm -f "$STATE/sockets"
}

# ---- what is started ----

# Puts programs, migrations and page where the user of the services can read and nobody but us can write.
stack_stage() { # BUILDDIR [PAGEDIR]
	local program page=${2:-}
	mkdir -p "$STATE/app/bin" "$STATE/app/migrations" || return 1
	for program in stepmill stepmill-api stepmill-box stepmill-executor stepmill-js stepmill-live; do
		cmp -s "$1/$program" "$STATE/app/bin/$program" ||
			install -m 755 "$1/$program" "$STATE/app/bin/$program" || return 1
	done
	if ! diff -rq "$ROOT/sql/migrations" "$STATE/app/migrations" >/dev/null; then
		rm -rf "$STATE/app/migrations"
		install -d -m 755 "$STATE/app/migrations"
		install -m 644 "$ROOT"/sql/migrations/*.sql "$STATE/app/migrations/" || return 1
	fi
	if [ -n "$page" ] && ! diff -rq "$page" "$STATE/app/page" >/dev/null 2>&1; then
		rm -rf "$STATE/app/page.new"
		cp -R "$page" "$STATE/app/page.new" && chmod -R u=rwX,go=rX "$STATE/app/page.new" || return 1
		rm -rf "$STATE/app/page"
		mv "$STATE/app/page.new" "$STATE/app/page" || return 1
	fi
	mkdir -p "$STATE/app/page"
}

# nginx's configuration from the template: PORT, PAGE, RUN, TMP, LOG. The page may be another directory than the staged one.
stack_nginx_conf() {
	local conf key value
	conf=$(cat "$ROOT/nginx/stepmill.conf.in")
	for key in PORT="$PORT" PAGE="$STATE/app/page" RUN="$SOCKETS" TMP="$STATE/tmp" LOG="$STATE/log"; do
		value=${key#*=}
		conf=${conf//@${key%%=*}@/"$value"}
	done
	printf '%s\n' "$conf"
}

# Each is called in the child and becomes the program.
stack_run_postgres() { stack_exec INT "$PG_BIN/postgres" -D "$STATE/pg" -c "unix_socket_directories=$SOCKETS"; }
stack_run_api() {
	stack_exec TERM "$STATE/app/bin/stepmill-api" --db="$(pg_conninfo stepmill_api)" --socket="$SOCKETS/api.sock" \
		--workers="$STACK_WORKERS" --pid-file="$STATE/run/api.pid" --api-key-file="$STATE/keys/api.key"
}
stack_run_executor() { stack_exec TERM "$STATE/app/bin/stepmill-executor" --db="$(pg_conninfo stepmill_executor)" --key-file="$STATE/keys/executor.key" --work-dir="$STATE/work"; }
stack_run_live() {
	stack_exec TERM "$STATE/app/bin/stepmill-live" --db="$(pg_conninfo stepmill_live)" --socket="$SOCKETS/live.sock"
}
stack_run_nginx() { stack_exec QUIT /usr/sbin/nginx -e stderr -p "$STATE/" -c "$STATE/nginx.conf"; }

# A worker waits for the disk in every request that changes something: many of them share one write of the log.
STACK_WORKERS=$(($(nproc) * 4 < 8 ? 8 : $(nproc) * 4))
[ "$STACK_WORKERS" -le 32 ] || STACK_WORKERS=32

# Becomes the program: a session of its own (an interrupt at the terminal is for the script, which ends the programs in
# order), told SIGNAL when the script is killed, signals as usual, and as the user of the services.
stack_exec() { # SIGNAL PROGRAM ARGUMENT…
	local who=()
	[ "$(id -u)" -ne 0 ] || who=(--reuid="$SERVICE_USER" --regid="$SERVICE_USER" --init-groups)
	exec setsid setpriv "${who[@]}" --no-new-privs --pdeathsig="$1" -- \
		env --default-signal=INT,QUIT HOME=/nonexistent "${@:2}"
}

stack_start() { # NAME
	local name=$1 log=$STATE/log/$1.log
	if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt 20000000 ]; then
		mv "$log" "$log.1"
	fi
	case $name in
	nginx)
		service_dir "$STATE/tmp" && stack_nginx_conf >"$STATE/nginx.conf" || return 1
		touch "$STATE/log/access.log"
		[ "$(id -u)" -ne 0 ] || chown "$SERVICE_USER" "$STATE/log/access.log"
		;;
	api | live) rm -f "$SOCKETS/$name.sock" ;;
	esac
	(
		trap - INT TERM HUP EXIT
		exec </dev/null >>"$log" 2>&1 9>&-
		cd "$STATE" && "stack_run_$name"
	) &
	STACK_PID[$name]=$!
	STACK_SINCE[$name]=$SECONDS
}

stack_alive() { # NAME
	[ -n "${STACK_PID[$1]:-}" ] && [ -d "/proc/${STACK_PID[$1]}" ]
}

# Waits until NAME answers, for at most 60 s. One that dies meanwhile is told with the end of its log.
stack_await() { # NAME
	local name=$1 deadline=$((SECONDS + 60))
	until "stack_ready_$name"; do
		if ! stack_alive "$name"; then
			echo "$name ended while it was starting. The end of $STATE/log/$name.log:"
			tail -n 15 "$STATE/log/$name.log"
			return 1
		fi
		if [ $SECONDS -ge $deadline ]; then
			echo "$name does not answer after 60 s. The end of $STATE/log/$name.log:"
			tail -n 15 "$STATE/log/$name.log"
			return 1
		fi
		sleep 0.1
	done
}

# The stages that every start has, in this order: stack_prepare, stack_start postgres, stack_migrate, stack_start_services,
# stack_await_services, stack_demo.
stack_prepare() { # BUILDDIR [PAGEDIR]
	pg_init && stack_stage "$@"
}

stack_migrate() {
	stack_await postgres && pg_roles &&
		as_service "$STATE/app/bin/stepmill" migrate --db="$(pg_conninfo stepmill_owner)" --directory="$STATE/app/migrations" &&
		service_dir "$STATE/keys" && service_dir "$STATE/work" &&
		as_service "$STATE/app/bin/stepmill" keys init --db="$(pg_conninfo stepmill_owner)" --file="$STATE/keys/executor.key" \
			--api-file="$STATE/keys/api.key"
}

stack_start_services() {
	local name
	for name in api executor live nginx; do
		stack_start "$name" || return 1
	done
}

stack_await_services() {
	local name
	for name in api executor live nginx; do
		stack_await "$name" || return 1
	done
	ui_note "http://127.0.0.1:$PORT"
}

stack_ready_postgres() { pg_ready; }
stack_ready_api() { [ -S "$SOCKETS/api.sock" ]; }
stack_ready_executor() { stack_alive executor; }
stack_ready_live() { [ -S "$SOCKETS/live.sock" ]; }
# Through nginx to the API, and from there to the database.
stack_ready_nginx() { curl -fsS -o /dev/null --max-time 5 --noproxy '*' "http://127.0.0.1:$PORT/api/health" 2>/dev/null; }

# ---- while it runs ----

# Looks after the children. A service that ended is started again after 1, 2, 4 … 30 s (1 again once it has run a
# minute). Returns when PID, a child that is no service, has ended: with its status.
stack_watch() { # [PID]
	local awaited=${1:-} ended='' status=0 code name
	while :; do
		if [ -n "$awaited" ] && [ ! -d "/proc/$awaited" ]; then
			[ "$ended" = "$awaited" ] || { wait "$awaited" 2>/dev/null && status=0 || status=$?; }
			return $status
		fi
		for name in $STACK_ALL; do
			if [ -n "${STACK_TIMER[$name]:-}" ] && [ ! -d "/proc/${STACK_TIMER[$name]}" ]; then
				unset "STACK_TIMER[$name]"
				stack_start "$name"
			elif [ -n "${STACK_PID[$name]:-}" ] && [ ! -d "/proc/${STACK_PID[$name]}" ]; then
				code=$status
				[ "$ended" = "${STACK_PID[$name]}" ] || { wait "${STACK_PID[$name]}" 2>/dev/null && code=0 || code=$?; }
				stack_ended "$name" "$code"
			fi
		done
		[ ${#STACK_PID[@]} -gt 0 ] || [ ${#STACK_TIMER[@]} -gt 0 ] || [ -n "$awaited" ] || return 0
		ended='' status=0
		wait -n -p ended 2>/dev/null || status=$?
	done
}

stack_ended() { # NAME STATUS
	local name=$1 pause=${STACK_PAUSE[$1]:-0}
	# nginx's workers outlive their master, and would keep the port from the next one. The others' see it and end.
	[ "$name" != nginx ] || kill -KILL -- "-${STACK_PID[$name]}" 2>/dev/null
	unset "STACK_PID[$name]"
	if [ $((SECONDS - STACK_SINCE[$name])) -ge 60 ]; then pause=0; fi
	pause=$((pause == 0 ? 1 : pause * 2 > 30 ? 30 : pause * 2))
	STACK_PAUSE[$name]=$pause
	ui_warn "$name ended ($(stack_status "$2")). It is started again in $pause s; its log is $STATE/log/$name.log"
	(
		trap - INT TERM HUP EXIT
		exec 9>&- sleep $pause
	) &
	STACK_TIMER[$name]=$!
}

stack_status() { # STATUS
	if [ "$1" -gt 128 ]; then echo "signal $(kill -l "$1")"; else echo "status $1"; fi
}

# Ends NAME with SIGNAL and waits; what is left after SECONDS is killed.
stack_end() { # NAME SIGNAL SECONDS
	local pid=${STACK_PID[$1]:-} deadline=$((SECONDS + $3))
	[ -n "$pid" ] || return 0
	kill "-$2" "$pid" 2>/dev/null
	while [ -d "/proc/$pid" ] && [ $SECONDS -le $deadline ]; do
		sleep 0.05
	done
	if [ -d "/proc/$pid" ]; then
		ui_warn "$1 did not end within $3 s and is killed."
		kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null
	fi
	wait "$pid" 2>/dev/null
	unset "STACK_PID[$1]"
}

# From the outside in: no new requests, then those under way, then the steps.
stack_stop_services() {
	local name
	for name in "${!STACK_TIMER[@]}"; do
		kill "${STACK_TIMER[$name]}" 2>/dev/null
	done
	STACK_TIMER=()
	stack_end nginx QUIT 8
	stack_end live TERM 8
	stack_end api TERM 15
	stack_end executor TERM 15
}

# And then the database.
stack_stop() {
	stack_stop_services
	stack_end postgres INT 60
	[ -z "$STATE" ] || stack_forget_sockets
}

# ---- the port ----

# True when PORT of 127.0.0.1 cannot be had, and prints why: in-use, or the system's words.
stack_port_taken() { # PORT
	perl -MIO::Socket::INET -MErrno=EADDRINUSE -e '
		my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 1, ReuseAddr => 1);
		exit 1 if $s;
		print $! == EADDRINUSE ? "in-use" : "$!";' "$1"
}

# In words, as far as the system tells us.
stack_port_owner() { # PORT
	local who
	who=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (process \2)/p' | head -n 1)
	echo "It is ${who:-another program} that listens there."
}

# ---- the demo ----

# The demo person's password is made once an installation, and kept where only its owner reads it: two lines, as
# STEPMILL_LOGIN_FILE of the command line wants it.
stack_demo() {
	local file=$STATE/demo-login
	if [ ! -s "$file" ]; then
		(
			umask 077
			printf 'ada@example.com\n%s\n' \
				"$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')" >"$file.new"
		) && mv "$file.new" "$file" || return 1
	fi
	STEPMILL_EMAIL=$(stack_login email) STEPMILL_PASSWORD=$(stack_login password) as_service "$STATE/app/bin/stepmill" \
		demo --db="$(pg_conninfo stepmill_owner)" --json >"$STATE/demo.json" || return 1
	stack_demo_id workflow_id >/dev/null
}

stack_login() { # email or password
	case $1 in
	email) sed -n 1p "$STATE/demo-login" ;;
	password) sed -n 2p "$STATE/demo-login" ;;
	esac
}

# An id of what the demo workspace holds, from what stepmill demo --json said.
stack_demo_id() { # workflow_id, workspace_id, …
	grep -oE "\"$1\": *\"[0-9a-f-]{36}\"" "$STATE/demo.json" | grep -oE '[0-9a-f-]{36}'
}

stack_run_demo() { # becomes the program
	export STEPMILL_URL=http://127.0.0.1:$PORT STEPMILL_LOGIN_FILE=$STATE/demo-login
	exec "$STATE/app/bin/stepmill" run "$(stack_demo_id workflow_id)" --watch
}
