/*
 * Random histories of plan(), and recorded ones.
 *
 *	sim [--histories N] [--seed S]     N histories from seed S on; the seed of one that fails repeats it alone
 *	sim --broken NAME …                the same with a planner that is broken on purpose: must find it
 *	sim --list-broken                  their names
 *	sim --list                         what a history is made of
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

static struct {
	unsigned long long histories, seed;
	plan_function *plan;
	bool seeded;
} options = {100000, 0, plan, false};

struct totals {
	uint64_t questions, actions, deaths, sleeps, messages, reopenings, reused, fetches, evaluations,
		ends[RUN_CANCELLED + 1];
};

/* ---- one history ---- */

static void
live(struct world *w)
{
	/* While chance rules, and then without it: a run that nothing hinders any more must end. */
	world_pass(w, 1000000);
	for (unsigned events = 0; !world_over(w) && events < EVENTS_MAX; events++) {
		for (unsigned turns = 0; turns < 3 && (w->fresh || world_wakes(w)); turns++)
			if (!world_turn(w))
				return;
		world_happen(w);
	}
	w->calm = true;
	for (unsigned turns = 0; !world_over(w); turns++) {
		if (turns > 60 * SIM_STEPS_MAX) {
			world_wrong(w, "nothing hinders the run any more, and it does not end");
			return;
		}
		if (world_wakes(w) && !world_turn(w))
			return;
		world_help(w);
	}
	if (w->ends != w->generation)
		world_wrong(w, "the run has ended %u times in %u generations", w->ends, w->generation);
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
	w->due_us = 0;
	w->generation = 1;
	w->large = chance_percent(&w->chance, 50) ? chance_below(&w->chance, 1u << SIM_STEPS_MAX) : 0;
	w->reopenings = chance_percent(&w->chance, 30) ? 1 + chance_below(&w->chance, 2) : 0;
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
	totals->questions += w.seen.questions;
	totals->actions += w.seen.actions;
	totals->deaths += w.seen.deaths;
	totals->sleeps += w.seen.sleeps;
	totals->messages += w.seen.messages;
	totals->reopenings += w.seen.reopenings;
	totals->reused += w.seen.reused;
	totals->fetches += w.seen.fetches;
	totals->evaluations += w.seen.evaluations;
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
		printf("%llu histories: %llu questions, %llu actions, %llu deaths, %llu sleeps, %llu messages taken, "
		       "%llu "
		       "reopenings that kept %llu steps, %llu outputs fetched, %llu steps evaluated; %llu completed, "
		       "%llu failed, %llu "
		       "cancelled\n",
			options.histories, (unsigned long long)totals.questions, (unsigned long long)totals.actions,
			(unsigned long long)totals.deaths, (unsigned long long)totals.sleeps,
			(unsigned long long)totals.messages, (unsigned long long)totals.reopenings,
			(unsigned long long)totals.reused, (unsigned long long)totals.fetches,
			(unsigned long long)totals.evaluations, (unsigned long long)totals.ends[RUN_COMPLETED],
			(unsigned long long)totals.ends[RUN_FAILED], (unsigned long long)totals.ends[RUN_CANCELLED]);
	arena_free(arena);
	arena_free(scratch);
	return ok ? 0 : 1;
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
			golden_print(arena, NULL, w.flow, &w.history, i == 0);
		}
	}
	printf("]}\n");
	arena_free(arena);
	arena_free(scratch);
	return !ok;
}

/* ---- main ---- */

/* As they stand in a recorded history. */
static void
list_entries(void)
{
	for (unsigned i = 0; i < sim_action_count; i++)
		if (sim_actions[i].name && !sim_actions[i].rest)
			printf("\"decides\":\"%s\"\n", sim_actions[i].name);
	for (unsigned i = 0; i < sim_answer_count; i++)
		printf("\"happens\":\"%s\"\n", sim_answers[i].name);
	for (unsigned i = 0; i < sim_request_count; i++)
		printf("\"asks\":\"%s\"\n", sim_requests[i].name);
}

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
			return golden_record(value);
		} else if (strcmp(name, "--golden") == 0 && value) {
			while (++i < argc)
				status |= golden(argv[i], options.plan);
			return status;
		} else if (strcmp(name, "--list") == 0) {
			list_entries();
			return 0;
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
