# Debian packages: installs what is missing of the sets asked for, and touches nothing when all is there (so a second
# start needs no network). The sets are in scripts/lib/packages.
# shellcheck shell=bash

# The packages of the named sets, one a line.
install_list() {
	local set
	for set in "$@"; do
		sed -n "s/^$set //p" "$ROOT/scripts/lib/packages"
	done | sort -u
}

# Those of them that are not installed. Node.js from elsewhere than Debian is as good, so that one goes by command.
install_missing() {
	local wanted
	mapfile -t wanted < <(install_list "$@")
	# shellcheck disable=SC2016 # for dpkg-query
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/ installed$//p' | sort -u |
		comm -13 - <(printf '%s\n' "${wanted[@]}") | while read -r package; do
		case $package in
		nodejs) command -v node >/dev/null && continue ;;
		npm) command -v npm >/dev/null && continue ;;
		esac
		echo "$package"
	done
}

# Asked before the stage starts, in the foreground, because sudo may want a password.
install_may() {
	local missing
	command -v dpkg-query >/dev/null ||
		ui_die "This is not Debian." "The scripts install packages with apt-get, and were made for Debian 12." \
			"Elsewhere: install what README.md names, then ./configure && make."
	missing=$(install_missing "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	[ "$(id -u)" -eq 0 ] && return 0
	command -v sudo >/dev/null ||
		ui_die "Packages are missing: $missing" "You are not root, and there is no sudo." \
			"As root: apt-get install --no-install-recommends $missing"
	sudo -n true 2>/dev/null && return 0
	ui_say "Packages to install with sudo: $missing"
	sudo -v || ui_die "sudo did not let you install packages." \
		"As root: apt-get install --no-install-recommends $missing"
}

install_as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian starts the servers it installs, and makes a cluster of PostgreSQL. Ours are private, so a machine that had
# neither nginx nor PostgreSQL must not have them running on public ports because of us.
#
# What apt-get downloads may be broken off at any time. What dpkg unpacks must come to its end, or nothing can be installed
# any more until somebody repairs it; so an interrupt waits for that.
install_quietly() { # PACKAGE…
	local policy=/usr/sbin/policy-rc.d mark='# stepmill: no server is started while we install' ours=no new_nginx=no status=0
	[ -e /usr/sbin/nginx ] || new_nginx=yes
	install_apt install --download-only "$@" || return 1
	trap '' INT TERM HUP
	# One of ours is left over when the machine went down meanwhile.
	if [ ! -e $policy ] || grep -qxF "$mark" $policy; then
		printf '#!/bin/sh\n%s\nexit 101\n' "$mark" | install_as_root tee $policy >/dev/null
		install_as_root chmod 755 $policy
		ours=yes
	fi
	# Nothing to do, unless dpkg was killed the last time.
	install_as_root env DEBIAN_FRONTEND=noninteractive dpkg --configure -a
	if [ ! -e /etc/postgresql-common/createcluster.conf ] && [[ " $* " = *" postgresql-15 "* ]]; then
		install_apt install postgresql-common &&
			install_as_root sed -i 's/^#\? *create_main_cluster *=.*/create_main_cluster = false/' \
				/etc/postgresql-common/createcluster.conf
	fi
	install_apt install "$@" || status=$?
	[ $ours = no ] || install_as_root rm -f $policy
	if [ $new_nginx = yes ] && [ -d /run/systemd/system ]; then
		install_as_root systemctl disable --quiet nginx.service || true
	fi
	trap - INT TERM HUP
	return $status
}

# Several hundred small packages wait for the disk most of the time (Debian's npm alone is four hundred). A machine of
# continuous integration is thrown away afterwards, so there dpkg need not be safe from a power cut.
install_apt() {
	install_as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 ${CI:+-o DPkg::Options::=--force-unsafe-io} --no-install-recommends "$@"
}

install_sets() { # SET…
	local missing
	missing=$(install_missing "$@")
	if [ -z "$missing" ]; then
		ui_note "nothing missing"
		return 0
	fi
	mapfile -t missing <<<"$missing"
	# The lists on the machine may be too old, or not there yet on a bare one.
	install_as_root apt-get -q update || echo "apt-get update failed; trying with the lists at hand"
	install_quietly "${missing[@]}" || {
		echo "apt-get could not install: ${missing[*]}"
		echo "Is the network there, and does /etc/apt name Debian 12 (bookworm)?"
		return 1
	}
	ui_note "${#missing[@]} installed"
}
