# Builds the programs and the page. make, the lock files and checksums of the inputs decide what there is to do.
# shellcheck shell=bash

# Two scripts started at once build one after the other. Held until the stage's shell ends.
build_lock() {
	mkdir -p "$ROOT/build" || return 1
	exec 8>"$ROOT/build/.lock"
	flock 8
}

# Configures DIR (outside of the source tree, kept between builds) and builds everything in it.
#	build_programs build/faults --enable-faults
# MAKE_TARGETS may name other targets than all.
build_programs() { # DIR [CONFIGURE FLAG…]
	local dir=$ROOT/$1 flags jobs status=0
	shift
	flags="$*"
	jobs=$(build_jobs)
	build_lock || return 1
	if [ ! -x "$ROOT/configure" ] || [ "$ROOT/configure.ac" -nt "$ROOT/configure" ] ||
		[ ! -f "$ROOT/Makefile.in" ] || [ -f "$ROOT/build/.autoreconf" ]; then
		touch "$ROOT/build/.autoreconf"
		(cd "$ROOT" && autoreconf -fi) || return 1
		rm -f "$ROOT/build/.autoreconf"
	fi
	mkdir -p "$dir"
	# .flags is written when configure has come to its end, so a broken off one is seen by its absence.
	if [ ! -f "$dir/Makefile" ] || [ ! -f "$dir/.flags" ] || [ "$(cat "$dir/.flags")" != "$flags" ]; then
		rm -f "$dir/.flags"
		(cd "$dir" && "$ROOT/configure" --quiet "$@") || return 1
		printf '%s\n' "$flags" >"$dir/.flags"
	fi
	build_forget_unfinished "$dir"
	# shellcheck disable=SC2086 # targets are words
	if make -C "$dir" -q ${MAKE_TARGETS:-all-am} >/dev/null 2>&1; then
		ui_note "up to date"
		return 0
	fi
	touch "$dir/.making"
	# shellcheck disable=SC2086
	make -C "$dir" --no-print-directory -j"$jobs" ${MAKE_TARGETS:-all} || status=$?
	rm -f "$dir/.making"
	return $status
}

# A compiler that was killed leaves half a file, newer than its source: make would take it for finished. So what a make
# wrote that did not come to its end is made again.
build_forget_unfinished() { # DIR
	[ -f "$1/.making" ] || return 0
	echo "The last build was broken off; what it had made is made again."
	find "$1" -newer "$1/.making" -type f -not -name '*.Po' -not -path "$1/.*" -not -path "$1/page/*" \
		\( -name '*.[aoch]' -o -perm -u+x \) -not -name config.h -not -name config.status -delete
	rm -f "$1/.making"
}

# As many compilers as there are processors, fewer where memory is short (about 500 MB each).
build_jobs() {
	local cores memory
	cores=$(nproc)
	memory=$(awk '/^MemAvailable/ { print int($2 / 500000) }' /proc/meminfo)
	[ "$memory" -ge 1 ] || memory=1
	echo $((cores < memory ? cores : memory))
}

# The page, into build/page, with a compressed copy beside each file that gains by it (nginx's gzip_static).
build_page() {
	local out=$ROOT/build/page inputs
	node_use || return 1
	build_lock || return 1
	inputs=$(build_page_inputs)
	if [ -f "$out/index.html" ] && [ -f "$ROOT/build/.page" ] && [ "$(cat "$ROOT/build/.page")" = "$inputs" ]; then
		ui_note "up to date"
		return 0
	fi
	rm -f "$ROOT/build/.page"
	node_packages "$ROOT/spa" || return 1
	(cd "$ROOT/spa" && STEPMILL_PAGE_DIR=$out npm run build) || return 1
	find "$out" -type f \( -name '*.js' -o -name '*.css' -o -name '*.html' -o -name '*.svg' -o -name '*.json' \) \
		-size +1k -exec gzip -9 -k -n -f {} +
	mkdir -p "$ROOT/build"
	build_page_inputs >"$ROOT/build/.page"
}

# One checksum of all the page is made of. The contract counts: schema.d.ts is generated from it.
build_page_inputs() {
	(cd "$ROOT" && find spa src/api/openapi.yaml -name node_modules -prune -o -name schema.d.ts -o -type f -print0 |
		sort -z | xargs -0 sha256sum | sha256sum)
}
