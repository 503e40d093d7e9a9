/* stepmill workflow sync: the workflows of a folder or of a git repository, once or again and again. */
#include "cli/ending.h"
#include "cli/git.h"
#include "cli/sync.h"
#include "flow/duration.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUIET_MS 200 /* nothing changes for so long: whoever changed files is done */
#define BURST_MS 2000
#define WATCHED \
	(IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | \
		IN_ONLYDIR)

struct command {
	struct sync sync;
	struct cli *cli;     /* of the process */
	struct cli of_round; /* the same with the round's arena */
	const char *message, *source, *branch, *path, *every;
	bool watch;
	const char *url; /* of a repository; NULL: of a folder */
	int64_t every_ms;
	int notify;    /* inotify; -1: nobody watches */
	int unwatched; /* why a folder cannot be watched; 0: all are */
};

/* ---- a round ---- */

static struct sync_round *
begin_round(struct command *c)
{
	struct arena *arena = arena_new();
	struct sync_round *round = arena_new_of(arena, struct sync_round);
	round->arena = arena;
	c->of_round = *c->cli;
	c->of_round.arena = round->arena;
	c->sync.push.remote.cli = &c->of_round;
	return round;
}

/* What was pushed is remembered until the next round that goes well. */
static void
end_round(struct command *c, struct sync_round *round, int status)
{
	struct sync_round *done = status == CLI_OK ? c->sync.before : round;
	if (status == CLI_OK)
		c->sync.before = round;
	if (done)
		arena_free(done->arena);
	fflush(stdout);
}

static void
name_commit(struct command *c, struct arena *arena, const struct git_commit *commit)
{
	c->sync.commit = commit->id;
	c->sync.push.message = c->message;
	if (!c->message && commit->id)
		c->sync.push.message = *commit->subject ? arena_printf(arena, "%s (%.10s)", commit->subject, commit->id)
							: arena_printf(arena, "Commit %.10s", commit->id);
}

/* Calls may be broken off at any moment: the same again changes nothing. */
static int
check_and_push(struct command *c, struct sync_round *round)
{
	int status = sync_check(&c->sync, round);
	return status == CLI_OK ? sync_push(&c->sync, round) : status;
}

/* ---- a folder ---- */

static int
folder_round(struct command *c, const char *folder)
{
	struct sync_round *round = begin_round(c);
	struct git_commit commit = {NULL, ""};
	const char *shown, *place;
	char whole[PATH_MAX];
	ending_hold();
	if (!git_around(round->arena, folder, &shown, &place, &commit)) {
		shown = realpath(folder, whole) ? arena_strdup(round->arena, whole) : folder;
		place = "";
	}
	c->sync.source = c->source ? c->source : shown;
	c->sync.place = place;
	name_commit(c, round->arena, &commit);
	int status = sync_read(&c->sync, folder, round);
	ending_let_go(); /* an end that was asked for comes now */
	if (status == CLI_OK)
		status = check_and_push(c, round);
	end_round(c, round, status);
	return status;
}

static void
watch_folder(void *context, const char *directory)
{
	struct command *c = context;
	if (inotify_add_watch(c->notify, directory, WATCHED) < 0 && errno != ENOENT)
		c->unwatched = errno;
}

/* False: an end was asked for. */
static bool
wait_for_change(const struct command *c, int ending)
{
	char events[16384];
	int patience = -1, spent = 0;
	for (;;) {
		struct pollfd fds[] = {{ending, POLLIN, 0}, {c->notify, POLLIN, 0}};
		int n = poll(fds, 2, patience);
		if (fds[0].revents)
			return false;
		if (n == 0 || spent >= BURST_MS)
			return true;
		while (read(c->notify, events, sizeof events) > 0)
			;
		spent += patience > 0 ? patience : 0;
		patience = QUIET_MS;
	}
}

static int
watch(struct command *c, const char *folder)
{
	struct stat st;
	c->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (c->notify < 0)
		return cli_complain(c->cli, CLI_WRONG, "Nothing can be watched here: %s.", strerror(errno));
	c->sync.entered = watch_folder;
	c->sync.context = c;
	ending_is_usual();
	for (bool first = true;; first = false) {
		int status = folder_round(c, folder);
		if (c->unwatched)
			return cli_complain(c->cli, CLI_WRONG,
				"Not every folder below %s can be watched: %s. Raise fs.inotify.max_user_watches, or "
				"run "
				"it without --watch.",
				folder, strerror(c->unwatched));
		if (stat(folder, &st) != 0)
			return cli_complain(c->cli, CLI_WRONG, "%s is not there any more.", folder);
		if (first)
			fprintf(stderr, "Watching %s. Ctrl-C ends it.\n", folder);
		c->sync.push.quiet = c->sync.push.quiet || status == CLI_OK;
		int ending = ending_hold();
		if (!wait_for_change(c, ending))
			return CLI_OK;
		ending_let_go();
	}
}

/* ---- a repository ---- */

/* What was read is removed before anything is asked of the server. */
static int
read_repository(struct command *c, struct sync_round *round)
{
	struct err err = {0};
	struct git_commit commit;
	const char *place;
	int status = CLI_WRONG, home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home < 0 || !git_place_make(round->arena, &place, &err)) {
		if (home < 0)
			err_set(&err, ERR_UNAVAILABLE, "There is no way back to this folder: %s.", strerror(errno));
		else
			close(home);
		return cli_fail(c->cli, CLI_WRONG, &err);
	}
	if (!git_fetch(round->arena, c->url, c->branch, c->path ? c->path : ".", place, &commit, &err)) {
		if (err.code != ERR_CANCELLED)
			cli_complain(c->cli, CLI_WRONG, "%s was not read. %s", c->sync.source, err.message);
	} else if (chdir(place) != 0) {
		cli_complain(c->cli, CLI_WRONG, "%s cannot be entered: %s.", place, strerror(errno));
	} else {
		name_commit(c, round->arena, &commit);
		/* Places are told as they are in the repository. */
		status = sync_read(&c->sync, c->path ? c->path : ".", round);
		if (fchdir(home) != 0 && status == CLI_OK)
			status = cli_complain(c->cli, CLI_WRONG, "The way back is gone: %s.", strerror(errno));
	}
	git_place_remove(place);
	close(home);
	return status;
}

static int
repository_round(struct command *c)
{
	struct sync_round *round = begin_round(c);
	ending_hold();
	int status = read_repository(c, round);
	ending_let_go();
	if (status == CLI_OK)
		status = check_and_push(c, round);
	end_round(c, round, status);
	return status;
}

static int
again_and_again(struct command *c)
{
	struct arena *arena = c->cli->arena;
	struct str last = {NULL, 0};
	ending_is_usual();
	for (;;) {
		struct arena *asking = arena_new();
		struct str now = STR("");
		struct err err = {0};
		ending_hold();
		bool told = git_state(asking, c->url, c->branch, &now, &err);
		if (!told && err.code != ERR_CANCELLED)
			cli_complain(c->cli, CLI_WRONG, "%s was not read. %s", c->sync.source, err.message);
		ending_let_go();
		if (told && !(last.p && str_eq(now, last)) && repository_round(c) == CLI_OK) {
			if (!last.p)
				fprintf(stderr, "Looking at %s every %s. Ctrl-C ends it.\n", c->sync.source, c->every);
			last = arena_str(arena, now);
			c->sync.push.quiet = true;
		}
		arena_free(asking);
		struct pollfd fd = {ending_hold(), POLLIN, 0};
		if (poll(&fd, 1, (int)c->every_ms) != 0)
			return CLI_OK;
		ending_let_go();
	}
}

/* ---- the command ---- */

/* "a/b" below the repository, and nothing else. */
static bool
take_path(struct command *c)
{
	size_t n = c->path ? strlen(c->path) : 0;
	while (n > 1 && c->path[n - 1] == '/')
		n--;
	if (!c->path)
		return true;
	c->path = arena_strz(c->cli->arena, (struct str){c->path, n});
	const char *inside = arena_printf(c->cli->arena, "/%s/", c->path);
	if (n > 0 && c->path[0] != '/' && !strstr(inside, "/../") && !strstr(inside, "/./") && !strstr(inside, "//"))
		return true;
	cli_complain(c->cli, CLI_WRONG, "--path %s is no folder of a repository: write it as flows/daily.", c->path);
	return false;
}

static bool
take_every(struct command *c)
{
	if (!c->every)
		return true;
	if (duration_parse(str_of(c->every), &c->every_ms) && c->every_ms >= 1000 && c->every_ms <= INT_MAX)
		return true;
	cli_complain(c->cli, CLI_WRONG, "--every %s is no time from 1s to 24d. Write it as 5m or 1h30m.", c->every);
	return false;
}

/* What goes with the other kind of source only. */
static bool
fits(const struct command *c, const char *given)
{
	struct stat st;
	bool repository = git_is_repository(given);
	if (repository && c->watch)
		cli_complain(
			c->cli, CLI_WRONG, "--watch is for folders. Of a repository, --every 5m looks for commits.");
	else if (!repository && (c->branch || c->path || c->every))
		cli_complain(c->cli, CLI_WRONG, "%s is for repositories, and %s is a folder.",
			c->branch ? "--branch"
			: c->path ? "--path"
				  : "--every",
			given);
	else if (c->branch && c->branch[0] == '-')
		cli_complain(c->cli, CLI_WRONG, "--branch %s is no branch: it begins with -.", c->branch);
	else if (!repository && (stat(given, &st) != 0 || !S_ISDIR(st.st_mode)))
		cli_complain(c->cli, CLI_WRONG, "There is no folder %s, and it is no address of a repository.", given);
	else
		return true;
	return false;
}

static int
sync_given(struct command *c, const char *given)
{
	if (!git_is_repository(given))
		return c->watch ? watch(c, given) : folder_round(c, given);
	c->sync.place = c->path ? arena_printf(c->cli->arena, "%s/", c->path) : "";
	return c->every ? again_and_again(c) : repository_round(c);
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct command c = {.cli = cli, .notify = -1};
	struct push *push = &c.sync.push;
	const struct cli_option options[] = {
		CLI_TEXT(
			"message", &c.message, "TEXT", NULL, "why there are new versions; of git what the commit says"),
		CLI_FLAG("prune", &c.sync.prune, "archive workflows that came from here and are not there any more"),
		CLI_FLAG("dry-run", &push->dry, "change nothing; say which are there, missing or gone"),
		CLI_FLAG("watch", &c.watch, "of a folder: stay, and sync what changes"),
		CLI_TEXT("branch", &c.branch, "NAME", NULL,
			"of a repository: a branch or tag; its default unless given"),
		CLI_TEXT("path", &c.path, "FOLDER", NULL, "of a repository: only what is below this folder"),
		CLI_TEXT("every", &c.every, "TIME", NULL, "of a repository: stay, and look for commits as often (5m)"),
		CLI_TEXT("source", &c.source, "NAME", NULL, "what versions say they came from, instead of its address"),
		REMOTE_OPTIONS(&push->remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	struct err err = {0};
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, 1, &args, &status))
		return status;
	const char *given = args.items[0], *shown;
	if (git_is_repository(given) || given[0] == '-') {
		if (!git_address(cli->arena, given, &c.url, &shown, &err))
			return cli_fail(cli, CLI_WRONG, &err);
		c.sync.source = c.source ? c.source : shown;
	}
	if (!fits(&c, given) || !take_path(&c) || !take_every(&c))
		return CLI_WRONG;
	if (!remote_open(&push->remote, cli, &status))
		return status;
	status = sync_given(&c, given);
	push->remote.cli = cli;
	if (c.sync.before)
		arena_free(c.sync.before->arena);
	if (c.notify >= 0)
		close(c.notify);
	return remote_end(&push->remote, status);
}

const struct cli_command cli_workflow_sync = {"workflow sync", "DIR | REPOSITORY [--prune] [--watch] [--dry-run]",
	"make the server's workflows what a folder or a git repository says",
	"Pushes every workflow below DIR, or in a git REPOSITORY (https://…, ssh://…, git@host:…, file:///… or the "
	"folder "
	"of a\nbare one): YAML and JSON with steps, TypeScript that calls defineWorkflow or createWorkflow. Hidden "
	"folders, "
	"node_modules,\n*.test.yaml and symbolic links are left out.\n"
	"All are checked first, and nothing is changed when one is wrong. Then each is made or changed as \"workflow "
	"push\" "
	"does\nit; the same again changes nothing. Versions say which file of which source they came from, and of git "
	"the "
	"commit.\nWorkflows that came from there and are not there any more are told, and archived with --prune.\n"
	"  stepmill workflow sync flows --watch\n"
	"  stepmill workflow sync git@example.com:team/flows.git --branch main --path daily --prune --every 5m\n"
	"With --json a line for each: file, result (made, changed, unchanged, gone, archived), id, name, version.\n"
	"Exit status: 0 all are there now, 1 one is wrong or was refused (FILE:LINE:COLUMN says where), 2 nothing "
	"could be "
	"read, or no\nconnection.\n",
	run_command, "directory"};
