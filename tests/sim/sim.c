/*
 * Random histories of plan(), and recorded ones.
 *
 *	sim [--histories N] [--seed S]     N histories from seed S on; the seed of one that fails repeats it alone
 *	sim --broken NAME …                the same with a planner that is broken on purpose: must find it
 *	sim --list-broken                  their names
 *	sim --golden FILE…                 does plan() still decide as recorded?
 *	sim --record FILE                  the recording with the decisions of today's plan(), on standard output
 *	sim --draw N --seed S              N random histories as such a file, on standard output
 */
#include "sim.h"

#include "json/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define EVENTS_MAX 40
#define FILE_MAX ((size_t)16 << 20)

static struct {
	unsigned long long histories, seed;
	plan_function *plan;
	bool seeded;
} options = {100000, 0, plan, false};

struct totals {
	uint64_t questions, actions, deaths, ends[RUN_CANCELLED + 1];
};

/* ---- one history ---- */

static void
live(struct world *w)
{
	/* While chance rules, and then without it: a run that nothing hinders any more must end. */
	world_pass(w, 1000000);
	world_commit(w);
	for (unsigned events = 0; !world_over(w) && events < EVENTS_MAX; events++) {
		do
			if (!world_turn(w))
				return;
		while (w->reload_due);
		world_happen(w);
	}
	w->calm = true;
	for (unsigned turns = 0; !world_over(w); turns++) {
		if (turns > 16 * SIM_STEPS_MAX) {
			world_wrong(w, "nothing hinders the run any more, and it does not end");
			return;
		}
		if (!world_turn(w))
			return;
		world_happen(w);
	}
	if (w->ends != 1)
		world_wrong(w, "the run has ended %u times", w->ends);
	else
		world_turn(w); /* asked once more: nothing comes after the end */
}

static void
show(struct world *w, uint64_t seed)
{
	struct arena *arena = w->arena;
	struct json *list = history_json(arena, w->flow->definition, &w->history);
	printf("WRONG, seed %llu: %s.\n  input      %s\n  definition %s\n", (unsigned long long)seed, w->wrong,
		json_text(arena, w->flow->input).p, json_text(arena, w->flow->document).p);
	unsigned n = 0;
	json_each (item, list)
		printf("  %3u %s %s\n", n + 1, n < w->history_committed ? "recorded" : "in memory",
			json_text(arena, item).p),
			n++;
	printf("To see it again: ./scripts/test sim --histories 1 --seed %llu\n", (unsigned long long)seed);
}

static bool
prepare(struct world *w, struct arena *arena, struct arena *scratch, uint64_t seed)
{
	struct flow *flow;
	struct err err = {0};
	*w = (struct world){.arena = arena, .scratch = scratch, .plan = options.plan};
	w->chance.state = seed * 0xd1342543de82ef95u + 1;
	if (!generate(arena, seed, &flow, &err)) {
		printf("WRONG, seed %llu: the definition is refused: %s %s %s\n", (unsigned long long)seed, err.message,
			err.issues[0].path, err.issues[0].message);
		return false;
	}
	w->flow = flow;
	w->memory = run_new(arena, flow);
	w->committed = run_new(arena, flow);
	return true;
}

static bool
sim_one(struct arena *arena, struct arena *scratch, uint64_t seed, struct totals *totals)
{
	struct world w;
	if (!prepare(&w, arena, scratch, seed))
		return false;
	live(&w);
	if (!w.wrong[0]) {
		char wrong[300] = "";
		arena_reset(scratch);
		if (!replay(scratch, w.flow, options.plan, &w.history, wrong, sizeof wrong))
			world_wrong(&w, "replayed from nothing, %s", wrong);
	}
	if (w.wrong[0]) {
		show(&w, seed);
		return false;
	}
	totals->questions += w.questions;
	totals->actions += w.actions;
	totals->deaths += w.deaths;
	totals->ends[w.committed.status]++;
	return true;
}

static int
simulate(void)
{
	struct arena *arena = arena_new(), *scratch = arena_new();
	struct totals totals = {0};
	bool ok = true;
	printf("seed %llu, %llu histories\n", options.seed, options.histories);
	fflush(stdout);
	for (unsigned long long i = 0; ok && i < options.histories; i++) {
		arena_reset(arena);
		ok = sim_one(arena, scratch, options.seed + i, &totals);
	}
	if (ok)
		printf("%llu histories: %llu questions, %llu actions, %llu deaths; %llu completed, %llu failed, %llu "
		       "cancelled\n",
			options.histories, (unsigned long long)totals.questions, (unsigned long long)totals.actions,
			(unsigned long long)totals.deaths, (unsigned long long)totals.ends[RUN_COMPLETED],
			(unsigned long long)totals.ends[RUN_FAILED], (unsigned long long)totals.ends[RUN_CANCELLED]);
	arena_free(arena);
	arena_free(scratch);
	return ok ? 0 : 1;
}

/* ---- golden histories ---- */

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
		history_read(arena, (*ret_flow)->definition, json_get(item, "history"), ret_history, &err))
		return true;
	printf("%s: line %u: %s %s\n", path, item->line, definition ? err.message : "There is no definition.",
		err.issues[0].message);
	return false;
}

static int
golden(const char *path)
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
		else if (!replay(arena, flow, options.plan, &history, why, sizeof why)) {
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

static void
print_recording(struct arena *arena, const struct json *name, const struct flow *flow, const struct history *history,
	bool first)
{
	printf("%s\n{", first ? "" : ",");
	if (name)
		printf("\"name\": %s,\n ", json_text(arena, json_copy(arena, name)).p);
	printf("\"definition\": %s,\n \"input\": %s,\n \"history\": [", json_text(arena, flow->document).p,
		json_text(arena, flow->input).p);
	const char *comma = "";
	json_each (item, history_json(arena, flow->definition, history)) {
		printf("%s\n\t%s", comma, json_text(arena, item).p);
		comma = ",";
	}
	printf("]}");
}

/* Keeps what happens, leaves out what was decided, and asks plan() anew. */
static bool
decide(struct arena *arena, const struct flow *flow, const struct history *from, struct history *to)
{
	struct run_state run = run_new(arena, flow);
	for (unsigned i = 0; i <= from->count; i++) {
		struct action *actions;
		unsigned count = i < from->count && from->list[i].sort == ENTRY_REQUEST &&
				 (i == 0 || from->list[i - 1].sort == ENTRY_RELOAD);
		while (!count) {
			if (!ask_plan(options.plan, arena, &run, &actions, &count, NULL))
				return false;
			if (count == 0)
				break;
			struct entry entry = entry_of(&actions[0]);
			history_add(arena, to, &entry);
			entry_apply(arena, &run, &entry);
			count = 0;
		}
		while (i < from->count && from->list[i].sort == ENTRY_DECISION)
			i++;
		if (i < from->count) {
			history_add(arena, to, &from->list[i]);
			entry_apply(arena, &run, &from->list[i]);
		}
	}
	return true;
}

static int
record(const char *path)
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
		print_recording(arena, json_get(item, "name"), flow, &decided, first);
		first = false;
	}
	printf("]}\n");
	arena_free(arena);
	return !ok;
}

static int
draw(unsigned long long count)
{
	struct arena *arena = arena_new(), *scratch = arena_new();
	bool ok = true;
	printf("{\"planner\": %d, \"histories\": [", PLANNER_VERSION);
	for (unsigned long long i = 0; ok && i < count; i++) {
		struct world w;
		arena_reset(arena);
		ok = prepare(&w, arena, scratch, options.seed + i * 16);
		if (ok) {
			live(&w);
			print_recording(arena, NULL, w.flow, &w.history, i == 0);
		}
	}
	printf("]}\n");
	arena_free(arena);
	arena_free(scratch);
	return !ok;
}

/* ---- main ---- */

static unsigned long long
number(const char *text)
{
	unsigned long long value;
	if (text && str_to_u64(str_of(text), ~0ull >> 1, &value))
		return value;
	fprintf(stderr, "sim: \"%s\" is not a number.\n", text ? text : "");
	exit(2);
}

int
main(int argc, char **argv)
{
	int status = 0;
	unsigned long long drawn = 0;
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (strcmp(name, "--histories") == 0) {
			options.histories = number(value), i++;
		} else if (strcmp(name, "--seed") == 0) {
			options.seed = number(value), options.seeded = true, i++;
		} else if (strcmp(name, "--draw") == 0) {
			drawn = number(value), i++;
		} else if (strcmp(name, "--broken") == 0 && value && broken_by_name(value)) {
			options.plan = broken_by_name(value), i++;
		} else if (strcmp(name, "--record") == 0 && value) {
			return record(value);
		} else if (strcmp(name, "--golden") == 0 && value) {
			while (++i < argc)
				status |= golden(argv[i]);
			return status;
		} else if (strcmp(name, "--list-broken") == 0) {
			for (unsigned b = 0; broken_name(b); b++)
				puts(broken_name(b));
			return 0;
		} else {
			fprintf(stderr, "sim: \"%s\" is not an option, or its value is missing.\n", name);
			return 2;
		}
	}
	if (!options.seeded)
		options.seed = (unsigned long long)time(NULL) * 1000000;
	return drawn ? draw(drawn) : simulate();
}
