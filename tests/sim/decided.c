/*
 * Recorded histories of runs with loops, agents, handlers, phases, code and kept outputs: does plan() still want of each state what it wanted when they were
 * recorded? The simulators record them (loops --record, code --record), and nothing of these is needed here.
 *
 *	decided FILE…
 */
#include "snapshot.h"

#include "json/writer.h"

#include <errno.h>
#include <stdio.h>

#define FILE_MAX ((size_t)16 << 20)

static struct json *
read_file(struct arena *arena, const char *path)
{
	static const struct json_limits limits = {FILE_MAX, 128, 10000000};
	FILE *file = fopen(path, "rb");
	struct json *doc = NULL;
	struct err err = {0};
	if (!file) {
		printf("WRONG, %s: %s\n", path, strerror(errno));
		return NULL;
	}
	char *text = arena_alloc(arena, FILE_MAX);
	struct str s = {text, fread(text, 1, FILE_MAX, file)};
	fclose(file);
	if (!json_read(arena, s, &limits, &doc, &err))
		printf("WRONG, %s:%u:%u: %s\n", path, err.line, err.column, err.message);
	return doc;
}

/* Is it the same again? */
static bool
decides(struct arena *arena, const char *path, const struct definition *definition, const struct json *snapshot,
	const struct json *call)
{
	struct run_state run;
	struct action *actions;
	struct err err = {0};
	unsigned count;
	if (!snapshot_read(arena, definition, snapshot, &run) || !plan(arena, &run, &actions, &count, &err)) {
		printf("WRONG, %s, line %u: the state cannot be read. %s\n", path, call->line, err.message);
		return false;
	}
	struct str was = json_text(arena, json_get(call, "wants")),
		   is = json_text(arena, snapshot_actions(arena, &run, actions, count));
	if (str_eq(was, is))
		return true;
	printf("WRONG, %s, line %u: plan() wanted %.*s, and now it wants %.*s.\n", path, call->line, STR_ARG(was),
		STR_ARG(is));
	return false;
}

static bool
history(const char *path, const struct json *item, unsigned *ret_calls)
{
	struct arena *arena = arena_new();
	struct definition *definition;
	struct err err = {0};
	const struct json *given = json_get(item, "definition"), *snapshot = NULL;
	bool ok = given && definition_read(arena, json_copy(arena, given), &definition, &err);
	if (!ok)
		printf("WRONG, %s, line %u: its definition cannot be read. %s\n", path, item->line, err.message);
	json_each (call, json_get(item, "calls")) {
		if (!ok)
			break;
		snapshot = snapshot_merge(arena, snapshot, call);
		ok = decides(arena, path, definition, snapshot, call);
		++*ret_calls;
	}
	arena_free(arena);
	return ok;
}

static bool
file(const char *path)
{
	struct arena *arena = arena_new();
	struct json *doc = read_file(arena, path);
	int64_t planner = 0;
	unsigned histories = 0, calls = 0;
	bool ok = doc != NULL;
	json_get_int(doc, "planner", &planner);
	if (ok && (planner < 1 || planner > PLANNER_VERSION)) {
		printf("WRONG, %s was recorded with planner %d, and this is %d.\n", path, (int)planner,
			PLANNER_VERSION);
		ok = false;
	}
	json_each (item, json_get(doc, "histories")) {
		ok = ok && history(path, item, &calls);
		histories++;
	}
	if (ok)
		printf("%s: %u histories of planner %d, %u calls of plan()\n", path, histories, (int)planner, calls);
	else
		printf("Runs of planner %d are under way when this is installed: plan() must go on deciding as it did. "
		       "Put the "
		       "decision back, or let PLANNER_VERSION grow, keep the old way for those runs, and record "
		       "histories of "
		       "the new one.\n",
			(int)planner);
	arena_free(arena);
	return ok && histories > 0;
}

int
main(int argc, char **argv)
{
	bool ok = argc > 1;
	for (int i = 1; i < argc; i++)
		ok = file(argv[i]) && ok;
	return !ok;
}
