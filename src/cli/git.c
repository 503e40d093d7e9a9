/* See git.h. */
#include "cli/git.h"

#include "base/buf.h"
#include "cli/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)1 << 20)
#define SAID_MAX 200 /* bytes of what git says that are shown */
#define SUBJECT_MAX 300

extern char **environ;

/* ---- running it ---- */

/* Ours says whom to ask and how; theirs would lead git elsewhere, or is none of its business. */
static char **
environment(struct arena *arena)
{
	static const char *const without[] = {"GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_OBJECT_DIRECTORY=",
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=", "GIT_COMMON_DIR=", "GIT_NAMESPACE=", "GIT_PREFIX=",
		"GIT_TEMPLATE_DIR=", "GIT_ALLOW_PROTOCOL=", "GIT_TERMINAL_PROMPT=", "GIT_LITERAL_PATHSPECS=",
		"GIT_OPTIONAL_LOCKS=", "LC_ALL=", "STEPMILL_", NULL};
	static const char *const with[] = {"GIT_ALLOW_PROTOCOL=https:ssh:file", "GIT_TERMINAL_PROMPT=0",
		"GIT_LITERAL_PATHSPECS=1", "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C", NULL};
	size_t count = 0, kept = 0;
	while (environ[count])
		count++;
	char **all = arena_array(arena, count + sizeof with / sizeof with[0], sizeof *all);
	for (size_t i = 0; i < count; i++) {
		bool take = true;
		for (const char *const *w = without; *w; w++)
			take = take && strncmp(environ[i], *w, strlen(*w)) != 0;
		if (take)
			all[kept++] = environ[i];
	}
	for (size_t i = 0; with[i]; i++)
		all[kept++] = (char *)with[i];
	all[kept] = NULL;
	return all;
}

/* "fatal: …", the last line of what it said that says something. */
static void
tell(struct arena *arena, int said, struct err *err)
{
	char text[4096];
	off_t size = lseek(said, 0, SEEK_END);
	off_t from = size > (off_t)sizeof text ? size - (off_t)sizeof text : 0;
	ssize_t n = pread(said, text, sizeof text, from);
	struct str all = {text, n > 0 ? (size_t)n : 0}, line = STR("");
	while (all.n > 0 && line.n == 0) {
		const char *before = memrchr(all.p, '\n', all.n);
		line = before ? (struct str){before + 1, all.n - (size_t)(before + 1 - all.p)} : all;
		all.n = before ? (size_t)(before - all.p) : 0;
	}
	if (str_starts(line, STR("fatal: ")) || str_starts(line, STR("error: "))) {
		line.p += 7;
		line.n -= 7;
	}
	char *shown = arena_strz(arena, (struct str){line.p, line.n < SAID_MAX ? line.n : SAID_MAX});
	if (str_utf8_bad(str_of(shown)) < strlen(shown))
		shown[str_utf8_bad(str_of(shown))] = '\0';
	for (char *p = shown; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	err_set(err, ERR_NOT_FOUND, "git said: %s", *shown ? shown : "nothing.");
}

static bool
begin(struct arena *arena, const char *const *words, int output, int said, pid_t *ret_pid, struct err *err)
{
	static const char *const first[] = {"git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c",
		"core.symlinks=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c",
		"submodule.recurse=false", "-c", "http.lowSpeedLimit=100", "-c", "http.lowSpeedTime=60"};
	size_t begins = sizeof first / sizeof first[0], count = 0;
	while (words[count])
		count++;
	const char **argv = arena_array(arena, begins + count + 1, sizeof *argv);
	memcpy(argv, first, sizeof first);
	memcpy(argv + begins, words, (count + 1) * sizeof *words);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	sigemptyset(&none);
	sigfillset(&usual);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	/* A session of its own has no terminal to ask at, and ends as a whole. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	int failed = posix_spawnp(ret_pid, "git", &actions, &attributes, (char *const *)argv, environment(arena));
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (failed == ENOENT)
		return err_set(err, ERR_UNAVAILABLE, "git is not installed here, and this needs it. Install it.");
	return failed == 0 || err_set(err, ERR_UNAVAILABLE, "git did not start: %s.", strerror(failed));
}

/* Until it ends, or an end is asked for. */
static void
collect(int from, pid_t pid, struct buf *out)
{
	int ending = ending_hold();
	char chunk[4096];
	for (;;) {
		struct pollfd fds[] = {{from, POLLIN, 0}, {ending, POLLIN, 0}};
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		if (fds[1].revents) {
			kill(-pid, SIGTERM);
			return;
		}
		if (!fds[0].revents)
			continue;
		ssize_t n = read(from, chunk, sizeof chunk);
		if (n <= 0)
			return;
		buf_add(out, chunk, (size_t)n);
	}
}

/* Only while an end is held back (ending.h). */
static bool
run(struct arena *arena, const char *const *words, struct str *ret_out, struct err *err)
{
	int ends[2], status = 0;
	pid_t pid;
	struct buf out;
	int said = memfd_create("git", MFD_CLOEXEC);
	if (said < 0 || pipe2(ends, O_CLOEXEC) != 0) {
		if (said >= 0)
			close(said);
		return err_set(err, ERR_UNAVAILABLE, "git did not start: %s.", strerror(errno));
	}
	bool ok = begin(arena, words, ends[1], said, &pid, err);
	close(ends[1]);
	buf_init(&out, OUTPUT_MAX);
	if (ok) {
		collect(ends[0], pid, &out);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (ending_asked())
			ok = err_set(err, ERR_CANCELLED, "Ended before git was done.");
		else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			tell(arena, said, err), ok = false;
		else if (ret_out)
			*ret_out = arena_str(arena, buf_str(&out));
	}
	buf_release(&out);
	close(ends[0]);
	close(said);
	return ok;
}

/* ---- addresses ---- */

static bool
is_bare(const char *path)
{
	static const char *const parts[] = {"HEAD", "objects", "refs"};
	char name[PATH_MAX];
	struct stat st;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (snprintf(name, sizeof name, "%s/%s", path, parts[i]) >= (int)sizeof name || stat(name, &st) != 0 ||
			S_ISDIR(st.st_mode) != (i > 0))
			return false;
	return true;
}

/* somebody@host:path */
static bool
is_remote(const char *given)
{
	const char *at = strchr(given, '@'), *colon = strchr(given, ':'), *slash = strchr(given, '/');
	return at && colon && at < colon && (!slash || colon < slash);
}

bool
git_is_repository(const char *given)
{
	return strstr(given, "://") || is_remote(given) || is_bare(given);
}

bool
git_address(struct arena *arena, const char *given, const char **ret_url, const char **ret_shown, struct err *err)
{
	char whole[PATH_MAX];
	if (given[0] == '-')
		return err_set(err, ERR_INVALID, "\"%.100s\" is no address of a repository: it begins with -.", given);
	if (!strstr(given, "://") && !is_remote(given)) {
		if (!realpath(given, whole))
			return err_set(err, ERR_NOT_FOUND, "%.200s cannot be read: %s.", given, strerror(errno));
		*ret_url = *ret_shown = arena_strdup(arena, whole);
		return true;
	}
	bool https = strncmp(given, "https://", 8) == 0;
	if (strstr(given, "://") && !https && strncmp(given, "ssh://", 6) != 0 && strncmp(given, "file:///", 8) != 0)
		return err_set(err, ERR_INVALID,
			"Repositories are read by https://, ssh:// and file://, and %.100s is none of these.", given);
	*ret_url = *ret_shown = given;
	const char *host = given + 8, *at = https ? strchr(host, '@') : NULL, *slash = https ? strchr(host, '/') : NULL;
	if (at && (!slash || at < slash))
		*ret_shown = arena_printf(arena, "https://%s", at + 1);
	return true;
}

/* ---- what is asked ---- */

static void
read_commit(struct arena *arena, struct str text, struct git_commit *ret_commit)
{
	const char *line = memchr(text.p, '\n', text.n);
	struct str id = {text.p, line ? (size_t)(line - text.p) : 0};
	struct str subject = line ? (struct str){line + 1, text.n - id.n - 1} : STR("");
	while (subject.n > 0 && subject.p[subject.n - 1] == '\n')
		subject.n--;
	if (subject.n > SUBJECT_MAX)
		subject.n = SUBJECT_MAX;
	size_t good = str_utf8_bad(subject); /* also of a character that was cut */
	if (good + 4 < subject.n)
		good = 0;
	*ret_commit = (struct git_commit){arena_strz(arena, id), arena_strz(arena, (struct str){subject.p, good})};
}

static const char *const newest[] = {"log", "-1", "--format=%H%n%s", NULL};

bool
git_fetch(struct arena *arena, const char *url, const char *branch, const char *path, const char *into,
	struct git_commit *ret_commit, struct err *err)
{
	const char *chosen = branch ? arena_printf(arena, "--branch=%s", branch) : "--single-branch";
	const char *const clone[] = {"clone", "--quiet", "--depth=1", "--single-branch", "--no-tags", "--no-checkout",
		"--no-local", "--template=", chosen, "--", url, into, NULL};
	const char *const checkout[] = {"-C", into, "checkout", "--quiet", "--force", "HEAD", "--", path, NULL};
	const char *const log[] = {"-C", into, newest[0], newest[1], newest[2], NULL};
	struct str text;
	if (!run(arena, clone, NULL, err) || !run(arena, checkout, NULL, err) || !run(arena, log, &text, err))
		return false;
	read_commit(arena, text, ret_commit);
	return true;
}

bool
git_state(struct arena *arena, const char *url, const char *branch, struct str *ret_state, struct err *err)
{
	const char *const words[] = {"ls-remote", "--quiet", "--", url, branch ? branch : "HEAD", NULL};
	return run(arena, words, ret_state, err);
}

static bool
one_line(struct arena *arena, const char *const *words, const char **ret_line)
{
	struct str text;
	struct err ignored = {0};
	if (!run(arena, words, &text, &ignored))
		return false;
	while (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	*ret_line = arena_strz(arena, text);
	return true;
}

bool
git_around(struct arena *arena, const char *folder, const char **ret_shown, const char **ret_place,
	struct git_commit *ret_commit)
{
	const char *const top[] = {"-C", folder, "rev-parse", "--show-toplevel", NULL};
	const char *const place[] = {"-C", folder, "rev-parse", "--show-prefix", NULL};
	const char *const origin[] = {"-C", folder, "remote", "get-url", "origin", NULL};
	const char *const log[] = {"-C", folder, newest[0], newest[1], newest[2], NULL};
	const char *const differs[] = {"-C", folder, "status", "--porcelain", "--", ".", NULL};
	const char *root, *url, *unused, *changes;
	struct str text;
	struct err ignored = {0};
	*ret_commit = (struct git_commit){NULL, ""};
	if (!one_line(arena, top, &root) || !one_line(arena, place, ret_place))
		return false;
	*ret_shown = root;
	if (one_line(arena, origin, &url) && !git_address(arena, url, &unused, ret_shown, &ignored))
		*ret_shown = root;
	if (one_line(arena, differs, &changes) && !*changes && run(arena, log, &text, &ignored))
		read_commit(arena, text, ret_commit);
	return true;
}

/* ---- a place for what was read ---- */

bool
git_place_make(struct arena *arena, const char **ret_path, struct err *err)
{
	const char *temporary = getenv("TMPDIR");
	char *path = arena_printf(arena, "%s/stepmill-sync-XXXXXX", temporary && *temporary ? temporary : "/tmp");
	if (!mkdtemp(path))
		return err_set(err, ERR_UNAVAILABLE, "%s cannot be made: %s.", path, strerror(errno));
	*ret_path = path;
	return true;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	(void)remove(path);
	return 0;
}

void
git_place_remove(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
