/* Recorded histories: does plan() still decide as it did? And how they are made. */
#include "sim.h"

#include "json/writer.h"

#include <errno.h>
#include <stdio.h>

#define FILE_MAX ((size_t)16 << 20)

static struct json *
read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct json *doc = NULL;
	struct err err = {0};
	char *text = arena_alloc(arena, FILE_MAX);
	if (!file) {
		printf("%s: %s\n", path, strerror(errno));
		return NULL;
	}
	struct str s = {text, fread(text, 1, FILE_MAX, file)};
	fclose(file);
	if (!json_read(arena, s, &json_limits_stored, &doc, &err))
		printf("%s:%u:%u: %s\n", path, err.line, err.column, err.message);
	return doc;
}

static bool
read_recording(struct arena *arena, const char *path, const struct json *item, bool check, struct flow **ret_flow,
	struct history *ret_history)
{
	struct err err = {0};
	const struct json *definition = json_get(item, "definition");
	if (definition &&
		flow_read(arena, json_copy(arena, definition), json_get(item, "input"), check, ret_flow, &err) &&
		history_read(arena, (*ret_flow)->definition, json_get(item, "history"), ret_history, &err)) {
		(*ret_flow)->inputs = json_get(item, "inputs");
		return true;
	}
	printf("%s: line %u: %s %s\n", path, item->line, definition ? err.message : "There is no definition.",
		err.issues[0].message);
	return false;
}

int
golden(const char *path, plan_function *plan_it)
{
	struct arena *arena = arena_new();
	struct json *doc = read_file(arena, path);
	int64_t planner = 0;
	unsigned count = 0, wrong = 0;
	json_get_int(doc, "planner", &planner);
	if (doc && (planner < 1 || planner > PLANNER_VERSION)) {
		printf("%s was recorded with planner %d, and this is %d.\n", path, (int)planner, PLANNER_VERSION);
		wrong++;
	}
	json_each (item, wrong ? NULL : json_get(doc, "histories")) {
		struct flow *flow;
		struct history history;
		char why[2000] = "";
		count++;
		if (!read_recording(arena, path, item, false, &flow, &history))
			wrong++;
		else if (!replay(arena, flow, plan_it, &history, why, sizeof why)) {
			printf("%s, line %u: %s.\n", path, item->line, why);
			wrong++;
		}
	}
	if (wrong && planner == PLANNER_VERSION)
		printf("plan() decides otherwise than version %d did: runs that are under way would take another "
		       "course. "
		       "Put the decision back, or let PLANNER_VERSION in src/flow/plan.h grow, keep the old way for "
		       "runs "
		       "of version %d, and record histories of the new one (sim --record).\n",
			PLANNER_VERSION, PLANNER_VERSION);
	else if (wrong)
		printf("Runs of planner %d are still under way when this is installed: plan() must go on deciding as "
		       "it did.\n",
			(int)planner);
	else
		printf("%s: %u histories of planner %d\n", path, count, (int)planner);
	arena_free(arena);
	return wrong || !count;
}

/* ---- making them ---- */

void
golden_print(struct arena *arena, const struct json *name, const struct flow *flow, const struct history *history,
	bool first)
{
	printf("%s\n{", first ? "" : ",");
	if (name)
		printf("\"name\": %s,\n ", json_text(arena, json_copy(arena, name)).p);
	printf("\"definition\": %s,\n \"input\": %s,\n", json_text(arena, flow->document).p,
		json_text(arena, flow->input).p);
	if (flow->inputs)
		printf(" \"inputs\": %s,\n", json_text(arena, flow->inputs).p);
	printf(" \"history\": [");
	const char *comma = "";
	json_each (item, history_json(arena, flow->definition, history)) {
		printf("%s\n\t%s", comma, json_text(arena, item).p);
		comma = ",";
	}
	printf("]}");
}

static bool
is_decided(const struct entry *entry)
{
	return entry->sort == ENTRY_DECISION || entry->sort == ENTRY_SLEEP;
}

/* A new holder looks at the clock and reads the inbox before it asks; and may die before it does. */
static bool
still_taking_over(const struct history *from, unsigned i)
{
	const struct entry *list = from->list;
	if (i == 0 || i == from->count || list[i].sort == ENTRY_ANSWER || is_decided(&list[i]))
		return i == 0;
	while (i > 0 && (list[i - 1].sort == ENTRY_REQUEST || list[i - 1].sort == ENTRY_CLOCK))
		i--;
	return i > 0 && list[i - 1].sort == ENTRY_RELOAD;
}

/* Keeps what happens, leaves out what was decided, and asks plan() anew. */
static bool
decide(struct arena *arena, const struct flow *flow, const struct history *from, struct history *to)
{
	struct run_state run = run_new(arena, flow);
	for (unsigned i = 0; i <= from->count; i++) {
		struct action *actions;
		struct rest rest;
		unsigned count = still_taking_over(from, i);
		while (!count) {
			if (!ask_plan(plan, arena, &run, &actions, &count, &rest, NULL))
				return false;
			struct entry entry = {.sort = ENTRY_SLEEP, .at_us = rest.sleep_us};
			if (count > 0)
				entry = entry_of(&actions[0]);
			if (count > 0 || rest.sleep_us)
				history_add(arena, to, &entry);
			if (count == 0)
				break;
			entry_apply(arena, &run, &entry);
			count = 0;
		}
		while (i < from->count && is_decided(&from->list[i]))
			i++;
		if (i < from->count) {
			history_add(arena, to, &from->list[i]);
			entry_apply(arena, &run, &from->list[i]);
		}
	}
	return true;
}

int
golden_record(const char *path)
{
	struct arena *arena = arena_new();
	struct json *doc = read_file(arena, path);
	bool first = true, ok = doc != NULL;
	printf("{\"planner\": %d, \"histories\": [", PLANNER_VERSION);
	json_each (item, json_get(doc, "histories")) {
		struct flow *flow;
		struct history history, decided = {0};
		ok = ok && read_recording(arena, path, item, true, &flow, &history) &&
		     decide(arena, flow, &history, &decided);
		if (!ok)
			break;
		golden_print(arena, json_get(item, "name"), flow, &decided, first);
		first = false;
	}
	printf("]}\n");
	arena_free(arena);
	return !ok;
}
