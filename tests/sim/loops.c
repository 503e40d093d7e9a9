/*
 * See loops.h.
 *
 *	loops [--histories N] [--seed S]
 *	loops --broken NAME …       the same, with something broken on purpose: must be found out
 *	loops --list-broken         their names
 */
#include "loops.h"

#include "flow/frame.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_MAX 20000

/* Who takes over forgets how far a loop had come, that the run is to end, or when an attempt is due; a signal stays when it was taken. */
static const char *const breaks[] = {"forgets-begun", "forgets-cancel", "forgets-pauses", "takes-twice", NULL};

bool
loops_wrong(struct loops *p, const char *what, struct str path)
{
	if (!p->wrong[0])
		snprintf(p->wrong, sizeof p->wrong, "%.300s: %.*s", what, STR_ARG(path));
	return false;
}

/* ---- what happens ---- */

/* One of the calls and runs under way ends. False: there is none. */
static bool
ends_one(struct loops *p)
{
	unsigned slots = frame_slots(&p->run), first = chance_below(&p->chance, slots);
	for (unsigned n = 0; n < slots; n++) {
		unsigned i = (first + n) % slots;
		if (!frame_has(&p->run, i) || frame_is_iteration(&p->run, i))
			continue;
		enum step_control control = plan_def(&p->run, i)->control;
		const struct step_state *s = &p->run.steps[i];
		bool call = s->status == STEP_RUNNING && control == CONTROL_CALL,
		     child = s->status == STEP_WAITING && control == CONTROL_WORKFLOW;
		if (!call && !child)
			continue;
		if (call && s->attempt <= loops_fate(p, i).fails)
			loops_end(p, i, STEP_FAILED, NULL, STR("{\"code\":\"overloaded\",\"message\":\"Too much.\"}"));
		else
			loops_end(p, i, STEP_COMPLETED, json_get(loops_row(p, plan_path(&p->run, i))->input, "v"),
				STR(""));
		return true;
	}
	return false;
}

/* plan() is at rest: something ends, a signal comes, or time passes to `at_us`. */
static bool
happens(struct loops *p, int64_t at_us)
{
	bool may_send = p->sent<p->signals, sleeps = at_us> 0 && at_us != PLAN_NEVER;
	if (may_send && chance_percent(&p->chance, 15)) {
		loops_send(p);
		return true;
	}
	if (sleeps && chance_percent(&p->chance, 40)) {
		p->run.now_us = at_us;
		return true;
	}
	if (ends_one(p))
		return true;
	if (sleeps) {
		if (at_us <= p->run.now_us)
			return loops_wrong(p, "what is due is not done", STR(""));
		p->run.now_us = at_us;
		return true;
	}
	if (may_send) {
		loops_send(p);
		return true;
	}
	return loops_wrong(p, "it is stuck", STR(""));
}

/* ---- one history ---- */

static bool
is_right(struct loops *p)
{
	enum run_status status = p->run.status;
	for (unsigned i = 0; i < p->count; i++)
		if (!step_ended(p->rows[i].status))
			return loops_wrong(p, "the run has ended, and it has not", p->rows[i].path);
	if (status == RUN_CANCELLED)
		return p->cancelled || loops_wrong(p, "it is cancelled, and nobody has asked for that", STR(""));
	if (p->lost)
		return status == RUN_FAILED ||
		       loops_wrong(p, "it cannot complete, and has", str_of(run_status_name(status)));
	if (status != RUN_COMPLETED || !p->run.models || !json_equal(p->run.models, p->expected))
		return loops_wrong(p, "it gives the wrong thing",
			p->run.models ? json_text(p->arena, p->run.models) : STR("nothing"));
	if (p->used != p->signals || p->sent != p->signals)
		return loops_wrong(p, "more signals were taken than steps wait for, or fewer", STR(""));
	return p->count == p->expected_rows || loops_wrong(p, "there are too many steps, or too few", STR(""));
}

static bool
turn(struct loops *p)
{
	struct action *actions;
	unsigned count;
	struct err err = {0};
	arena_reset(p->scratch);
	if (!plan(p->scratch, &p->run, &actions, &count, &err))
		return loops_wrong(p, err.message, STR("plan"));
	for (unsigned i = 0; i < count && loops_take(p, &actions[i]); i++)
		;
	bool rests = count == 0 || (count == 1 && actions[0].kind == ACTION_SLEEP);
	int64_t at_us = count > 0 ? actions[0].at_us : 0;
	loops_sweep(p);
	return !p->wrong[0] && (!rests || happens(p, at_us));
}

static bool
play(struct loops *p, uint64_t seed)
{
	struct json *env = json_new_object(p->arena);
	p->chance = (struct chance){seed * 0xd1342543de82ef95u + 1};
	if (!loops_drawn(p))
		return false;
	json_add(env, STR("WORD"), json_new_str(p->arena, STR("w")));
	p->run = (struct run_state){.definition = p->definition,
		.input = json_new_object(p->arena),
		.env = env,
		.status = RUN_RUNNING,
		.now_us = 1000000,
		.steps = arena_array(p->arena, p->definition->step_count, sizeof(struct step_state))};
	bool cancels = chance_percent(&p->chance, 12);
	for (unsigned turns = 0; !run_ended(p->run.status); turns++) {
		if (turns == TURNS_MAX)
			return loops_wrong(p, "it does not end", STR(""));
		if (!turn(p))
			return false;
		if (cancels && !run_ended(p->run.status) && chance_percent(&p->chance, 6))
			p->run.cancel_asked = p->cancelled = true;
		if (!run_ended(p->run.status) && chance_percent(&p->chance, 7) && !loops_die(p))
			return false;
	}
	return is_right(p);
}

int
main(int argc, char **argv)
{
	unsigned long long histories = 1000, seed = 1, steps = 0, deaths = 0, retries = 0, signals = 0;
	unsigned long long ends[RUN_CANCELLED + 1] = {0};
	const char *broken = NULL;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--list-broken") == 0) {
			for (int b = 0; breaks[b]; b++)
				puts(breaks[b]);
			return 0;
		} else if (i + 1 < argc && strcmp(argv[i], "--broken") == 0)
			broken = argv[++i];
		else if (i + 1 < argc && strcmp(argv[i], "--histories") == 0)
			histories = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[++i], NULL, 10);
		else
			return 2;
	static struct loops p;
	for (unsigned long long n = 0; n < histories; n++) {
		p = (struct loops){.arena = arena_new(), .scratch = arena_new(), .broken = broken};
		bool ok = play(&p, seed + n);
		steps += p.count;
		deaths += p.deaths;
		retries += p.retries;
		signals += p.used;
		if (ok)
			ends[p.run.status]++;
		arena_free(p.arena);
		arena_free(p.scratch);
		if (!ok) {
			printf("WRONG, seed %llu: %s\n", seed + n, p.wrong);
			return 1;
		}
	}
	printf("%llu histories: %llu steps, %llu deaths, %llu retries, %llu signals; %llu completed, %llu failed, %llu "
	       "cancelled\n",
		histories, steps, deaths, retries, signals, ends[RUN_COMPLETED], ends[RUN_FAILED], ends[RUN_CANCELLED]);
	return 0;
}
