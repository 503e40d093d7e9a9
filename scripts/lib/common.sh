# Loaded first by every script: where the tree is, strictness, and the other parts of the library.
# shellcheck shell=bash
set -uo pipefail
umask 022
export LC_ALL=C.UTF-8
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# What the person's shell says about other databases and other installations is not meant for ours.
unset "${!PG@}" CDPATH
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
# shellcheck source=scripts/lib/ui.sh
. "$ROOT/scripts/lib/ui.sh"
# shellcheck source=scripts/lib/install.sh
. "$ROOT/scripts/lib/install.sh"
# shellcheck source=scripts/lib/node.sh
. "$ROOT/scripts/lib/node.sh"
# shellcheck source=scripts/lib/build.sh
. "$ROOT/scripts/lib/build.sh"

# Under a script that a signal can end at any stage: the stage ends with it, then what EXIT says.
common_signals() {
	trap 'ui_interrupt; exit 130' INT
	trap 'ui_interrupt; exit 143' TERM
	trap 'ui_interrupt; exit 129' HUP
}

# The comment at the head of a script is its help.
common_help() { # SCRIPT
	awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$1"
}
