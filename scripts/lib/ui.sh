# What the scripts say to a person: stages with a title, progress and time. Each stage's own output goes to a log file,
# whose end is shown when the stage fails. On a terminal a stage is one line, drawn again as it goes on; elsewhere it is
# plain lines without colour.
#
#	ui_begin 3 "$logs"
#	ui_stage packages "Packages" install_sets build run || exit 1
#
# A stage's function may say what it did in a few words with ui_note ("nothing to do").
# shellcheck shell=bash disable=SC2034

UI_TERMINAL=no
[ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && UI_TERMINAL=yes
if [ "$UI_TERMINAL" = yes ] && [ -z "${NO_COLOR:-}" ]; then
	UI_BOLD=$'\e[1m' UI_DIM=$'\e[2m' UI_RED=$'\e[31m' UI_GREEN=$'\e[32m' UI_YELLOW=$'\e[33m' UI_OFF=$'\e[0m'
else
	UI_BOLD='' UI_DIM='' UI_RED='' UI_GREEN='' UI_YELLOW='' UI_OFF=''
fi

UI_STAGES=0
UI_STAGE=0
UI_LOGS=
UI_NOTE=
UI_CHILD= # the process group of the stage under way

ui_begin() { # STAGES LOGDIR
	UI_STAGES=$1 UI_LOGS=$2 UI_STAGE=0
	mkdir -p "$UI_LOGS"
}

# Each argument is a line.
ui_say() { printf '%s\n' "$@"; }
ui_warn() { printf '%s%s%s\n' "$UI_YELLOW" "$*" "$UI_OFF" >&2; }

# What happened, why, what to do: one line each.
ui_error() {
	printf '%s%s%s\n' "$UI_RED" "$1" "$UI_OFF" >&2
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >&2
}

ui_die() {
	ui_error "$@"
	exit 1
}

ui_note() { [ -z "$UI_NOTE" ] || printf '%s' "$*" >"$UI_NOTE"; }

# Without the colours that some programs put even into a file.
ui_plain() { sed 's/\x1b\[[0-9;?]*[A-Za-z]//g'; }

# Time since $1 (a value of EPOCHREALTIME), as 0.4 s, 12 s or 2 min 5 s.
ui_since() {
	local now=${EPOCHREALTIME/./} then=${1/./} ms
	ms=$(((now - then) / 1000))
	if [ $ms -lt 10000 ]; then
		printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
	elif [ $ms -lt 90000 ]; then
		printf '%d s' $((ms / 1000))
	else
		printf '%d min %d s' $((ms / 60000)) $((ms / 1000 % 60))
	fi
}

# The stage's line while it runs: a spinner, the time, and the last line of its log as far as it fits.
ui_draw() { # TITLE START LOG TICK
	local marks=$'|/-\\' columns last
	columns=$(tput cols 2>/dev/null || echo 80)
	last=$(tail -c 400 "$3" 2>/dev/null | ui_plain | tr '\r' '\n' | tr -cd '[:print:]\n' | grep -v '^ *$' | tail -n 1)
	local head
	printf -v head '%s %d/%d %-26s %8s  ' "${marks:$(($4 % 4)):1}" "$UI_STAGE" "$UI_STAGES" "$1" "$(ui_since "$2")"
	last=${last:0:$((columns > ${#head} + 1 ? columns - ${#head} - 1 : 0))}
	printf '\r\e[K%s%s%s%s' "$head" "$UI_DIM" "$last" "$UI_OFF"
}

ui_stage() { # KEY TITLE COMMAND…
	local key=$1 title=$2 start=$EPOCHREALTIME log tick=0 status=0 note=
	shift 2
	UI_STAGE=$((UI_STAGE + 1))
	log=$UI_LOGS/$key.log
	UI_NOTE=$UI_LOGS/.note
	: >"$log"
	rm -f "$UI_NOTE"
	[ "$UI_TERMINAL" = yes ] || printf '%d/%d %s ...\n' "$UI_STAGE" "$UI_STAGES" "$title"

	# A process group of its own, so that an interrupt can end all of it.
	set -m
	(
		trap - INT TERM HUP EXIT
		export NO_COLOR=1
		"$@"
	) </dev/null >>"$log" 2>&1 &
	UI_CHILD=$!
	set +m
	while [ "$UI_TERMINAL" = yes ] && [ -d "/proc/$UI_CHILD" ]; do
		ui_draw "$title" "$start" "$log" $((tick++))
		sleep 0.1
	done
	wait "$UI_CHILD" || status=$?
	UI_CHILD=

	[ -s "$UI_NOTE" ] && note=$(cat "$UI_NOTE")
	UI_NOTE=
	if [ $status -ne 0 ]; then
		[ "$UI_TERMINAL" = yes ] && printf '\r\e[K'
		ui_error "$title failed after $(ui_since "$start") (status $status). The end of $log:" ""
		tail -n 25 "$log" | ui_plain | sed 's/^/    /' >&2
		return $status
	fi
	if [ "$UI_TERMINAL" = yes ]; then
		printf '\r\e[K%s✓%s %d/%d %-26s %8s  %s%s%s\n' "$UI_GREEN" "$UI_OFF" "$UI_STAGE" "$UI_STAGES" "$title" \
			"$(ui_since "$start")" "$UI_DIM" "$note" "$UI_OFF"
	else
		printf '%d/%d %s: done in %s%s\n' "$UI_STAGE" "$UI_STAGES" "$title" "$(ui_since "$start")" "${note:+, $note}"
	fi
}

# Ends the stage under way, with everything it started, and waits for that: nothing is left running. A stage that may not
# be broken off (packages) ignores the signal.
ui_interrupt() {
	local child=$UI_CHILD waited=0
	[ -n "$child" ] || return 0
	UI_CHILD=
	[ "$UI_TERMINAL" = yes ] && printf '\r\e[K'
	kill -TERM -- "-$child" 2>/dev/null
	# In its group may also be what sudo started, which only root may end.
	while ui_group_runs "$child"; do
		sleep 0.05
		waited=$((waited + 1))
		if [ $waited -eq 20 ]; then
			ui_say "Ending. What is half done is finished first."
			[ "$(id -u)" -eq 0 ] || sudo -n kill -TERM -- "-$child" 2>/dev/null
		fi
	done
}

# Not by kill -0: that also finds the dead whom nobody has reaped (in a container), and not those of root.
ui_group_runs() { # PGID
	local groups
	groups=$(sed -n 's/^.*) [^ZX] [0-9]* \([0-9]*\) .*/\1/p' /proc/[0-9]*/stat 2>/dev/null)
	[[ $'\n'$groups$'\n' = *$'\n'$1$'\n'* ]]
}
