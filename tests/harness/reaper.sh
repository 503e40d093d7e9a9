#!/bin/bash
# Ends what a test has left behind that was killed: it waits on a pipe whose other end only the test has. reaper.mjs starts it.
#
# The first line is the test's directory; "done" after it: the test has put everything away itself. When the pipe ends without it, every process
# that has the directory among its arguments is killed, with all that it has started, and the directory is removed.
trap '' INT TERM HUP
read -r dir || exit 0
! read -r line || [ "$line" != "done" ] || exit 0
[ -d "$dir" ] || exit 0

end() { # PID
	local children child
	children=$(cat "/proc/$1/task/"*/children 2>/dev/null)
	kill -KILL "$1" 2>/dev/null
	for child in $children; do end "$child"; done
}
for round in 1 2 3; do # what was started meanwhile is found by the next
	# shellcheck disable=SC2062 # these are files; what is looked for comes on the input
	while IFS=/ read -r _ _ pid _; do end "$pid"; done < <(grep -laF -f - /proc/[0-9]*/cmdline 2>/dev/null <<<"$dir/")
	sleep "0.$round"
done
while read -r _ at _; do
	case $at in "$dir"/*) umount -l "$at" ;; esac
done </proc/mounts
rm -rf -- "$dir"
