/* Commands that steps have run (steps/command.h): a box for each attempt, and what is kept of what it writes. */
#include "exec/executor.h"

#include "base/time.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define AGAIN_US ((int64_t)50000) /* between two looks whether the lease is long enough */
#define LOST_MAX 1

struct command {
	struct attempt *attempt;
	const struct command_request *request;
	struct str place;
	int lost; /* boxes that were killed */
	command_done *done;
	struct command_way {
		struct buf kept; /* UTF-8 */
		int64_t dropped;
		char rest[4]; /* the beginning of a character whose end is still to come */
		size_t rest_size;
	} ways[2];
};

static const enum command_outcome of_event[] = {
	[0] = COMMAND_LOST,
	[BOX_STARTED] = COMMAND_LOST,
	[BOX_REFUSED] = COMMAND_MISSING,
	[BOX_NO_PROGRAM] = COMMAND_NO_PROGRAM,
	[BOX_NO_DIRECTORY] = COMMAND_NO_DIRECTORY,
	[BOX_EXITED] = COMMAND_EXITED,
	[BOX_TOO_MUCH_MEMORY] = COMMAND_TOO_MUCH_MEMORY,
	[BOX_TOO_MUCH_DISK] = COMMAND_TOO_MUCH_DISK,
	[BOX_DISK_FULL] = COMMAND_DISK_FULL,
	[BOX_LEASE_OVER] = COMMAND_UNKNOWN,
};

static void
release(void *what)
{
	struct command *command = what;
	for (int i = 0; i < 2; i++)
		buf_wipe(&command->ways[i].kept);
}

/* ---- what it writes ---- */

/* How long the character that begins so would be; 0: none does. */
static size_t
character_size(unsigned char first)
{
	return first < 0x80		       ? 1
	       : first >= 0xc2 && first < 0xe0 ? 2
	       : first >= 0xe0 && first < 0xf0 ? 3
	       : first >= 0xf0 && first < 0xf5 ? 4
					       : 0;
}

/* Bytes become text: what is none, and zero bytes, become replacement characters; the beginning of a character is kept for the next time. */
static struct str
text_of(struct arena *arena, struct command_way *way, struct str bytes)
{
	struct buf text;
	char *joined = arena_alloc(arena, way->rest_size + bytes.n + 1);
	memcpy(joined, way->rest, way->rest_size);
	memcpy(joined + way->rest_size, bytes.p, bytes.n);
	struct str all = {joined, way->rest_size + bytes.n};
	way->rest_size = 0;
	buf_init(&text, all.n * 3 + 1);
	while (all.n > 0) {
		size_t good = str_utf8_bad(all);
		const char *zero = memchr(all.p, '\0', good);
		if (zero)
			good = (size_t)(zero - all.p);
		buf_add(&text, all.p, good);
		all = (struct str){all.p + good, all.n - good};
		if (all.n == 0)
			break;
		size_t size = character_size((unsigned char)all.p[0]);
		if (size > all.n && all.n < sizeof way->rest && bytes.n > 0) {
			memcpy(way->rest, all.p, all.n);
			way->rest_size = all.n;
			break;
		}
		buf_add_z(&text, REPLACEMENT);
		all = (struct str){all.p + 1, all.n - 1};
	}
	struct str result = arena_str(arena, buf_str(&text));
	buf_release(&text);
	return result;
}

/* As many of its first bytes as there is room for, and whole characters. */
static size_t
fitting(struct str text, size_t room)
{
	if (text.n <= room)
		return text.n;
	while (room > 0 && ((unsigned char)text.p[room] & 0xc0) == 0x80)
		room--;
	return room;
}

static void
take(struct command *command, bool error, struct str bytes)
{
	struct command_way *way = &command->ways[error];
	struct arena *arena = pool_take(&command->attempt->run->executor->pool);
	env_comes_into(command->attempt->run, arena);
	struct str text = text_of(arena, way, bytes);
	size_t room = way->dropped > 0 ? 0 : COMMAND_KEPT_MAX - way->kept.n, fits = fitting(text, room);
	buf_add(&way->kept, text.p, fits);
	way->dropped += (int64_t)(text.n - fits);
	if (text.n > 0)
		command->attempt->step.io->emit(&command->attempt->step, text);
	pool_give(&command->attempt->run->executor->pool, arena);
}

static void
wrote(void *what, bool error, struct str bytes)
{
	take(what, error, bytes);
}

/* ---- its end ---- */

/* Secrets are hidden before anything is cut out of it; the beginning of one, where it was cut off, is not kept. */
static struct command_output
shown(struct command *command, struct command_way *way)
{
	struct held *run = command->attempt->run;
	struct str text = buf_str(&way->kept);
	if (way->dropped > 0)
		text.n = env_settled(run, text);
	return (struct command_output){env_shown_text(run, command->attempt->step.arena, text), way->dropped};
}

static void begin(void *what);

/*
 * Nobody has seen how the command ended, so the same call is made again, as after a crash. Its box has gone with our lease: whether we still hold the run is
 * not for us to say; either everything is dropped in a moment, or the lease goes on. Or somebody killed it, which may be a mistake once.
 */
static bool
made_again(struct command *command, enum box_event event)
{
	struct attempt *a = command->attempt;
	bool lost = event == 0 || event == BOX_STARTED;
	if (a->step.def->retry.never || (event != BOX_LEASE_OVER && !lost) || (lost && ++command->lost > LOST_MAX))
		return false;
	timer_set(&a->run->executor->timers, &a->timer, boot_us() + AGAIN_US, begin, command);
	return true;
}

static void
ended(void *what, enum box_event event, int value, const char *why)
{
	struct command *command = what;
	struct attempt *a = command->attempt;
	a->box = NULL;
	if (made_again(command, event))
		return;
	take(command, false, STR(""));
	take(command, true, STR(""));
	enum command_outcome outcome = of_event[event <= BOX_LEASE_OVER ? event : 0];
	if (outcome == COMMAND_LOST && a->step.def->retry.never)
		outcome = COMMAND_UNKNOWN;
	struct command_answer answer = {.outcome = outcome,
		.status = value,
		.output = shown(command, &command->ways[0]),
		.errors = shown(command, &command->ways[1]),
		.why = why};
	command->done(&a->step, &answer);
}

static void
begin(void *what)
{
	struct command *command = what;
	struct attempt *a = command->attempt;
	const struct command_request *request = command->request;
	if (!lease_good(a->run->executor)) {
		timer_set(&a->run->executor->timers, &a->timer, boot_us() + AGAIN_US, begin, command);
		return;
	}
	for (int i = 0; i < 2; i++) {
		buf_clear(&command->ways[i].kept);
		command->ways[i].dropped = 0;
		command->ways[i].rest_size = 0;
	}
	struct box_request asked = {.workspace = a->run->workspace,
		.place = command->place,
		.arguments = request->arguments,
		.environment = request->environment,
		.directory = request->directory,
		.input = request->input,
		.network = request->network,
		.cpu_seconds = a->step.def->timeout_seconds,
		.wrote = wrote,
		.ended = ended};
	a->box = box_ask(a->run->executor->boxes, &asked, command);
}

/* NULL: it may have what it asks for. */
static const char *
no_network(const struct attempt *a, const struct command_request *request)
{
	if (!request->network)
		return NULL;
	if (!boxes_have_network(a->run->executor->boxes))
		return "This executor runs scripts without namespaces (its setting sandbox is none), and those have no "
		       "network. "
		       "Let an http step fetch what this one needs, or have that setting changed.";
	if (!a->run->script_network)
		return "Its run was not made in a project that lets scripts use it. Turn on \"Scripts may use the "
		       "network\" in "
		       "the project's settings and start a new run there, or let an http step fetch what this one "
		       "needs.";
	return NULL;
}

void
command_start(struct attempt *a, const struct command_request *request, command_done *done)
{
	const struct held *run = a->run;
	struct arena *arena = a->step.arena;
	struct command *command = arena_new_of(arena, struct command);
	bool project = run->directory.n > 0;
	const char *refused = no_network(a, request);
	if (refused) {
		struct command_answer answer = {
			.outcome = COMMAND_NO_NETWORK, .output.text = STR(""), .errors.text = STR(""), .why = refused};
		done(&a->step, &answer);
		return;
	}
	command->attempt = a;
	command->request = request;
	command->place = str_of(project ? arena_printf(arena, "projects/%.*s", STR_ARG(run->directory))
					: arena_printf(arena, "runs/%s", run->id_text));
	command->done = done;
	for (int i = 0; i < 2; i++)
		buf_init(&command->ways[i].kept, COMMAND_KEPT_MAX);
	arena_defer(arena, release, command);
	box_cancel(a->box);
	begin(command);
}
