/*
 * See loops.h.
 *
 *	loops [--histories N] [--seed S]
 *	loops --broken NAME …       the same, with something broken on purpose: must be found out
 *	loops --list-broken         their names
 *	loops --record MOST …       prints those with so many calls of plan() at most, for tests/sim/golden (decided.c)
 *
 * A seed that 500 divides draws a loop of more iterations than may lie between two of them.
 */
#include "loops.h"

#include "flow/frame.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_MAX 40000
#define LONG_EVERY 500

/* Who takes over forgets how far a loop had come, that the run is to end, or when an attempt is due; a signal stays when it was taken. */
static const char *const breaks[] = {"forgets-begun", "forgets-cancel", "forgets-pauses", "takes-twice", NULL};

bool
loops_wrong(struct loops *p, const char *what, struct str path)
{
	if (!p->wrong[0])
		snprintf(p->wrong, sizeof p->wrong, "%.300s: %.*s", what, STR_ARG(path));
	return false;
}

bool
loops_is_broken(const struct loops *p, const char *name)
{
	return p->broken && strcmp(p->broken, name) == 0;
}

/* ---- what happens ---- */

/* What a call comes to, or a run that a step has started. */
static void
comes_to_an_end(struct loops *p, unsigned step)
{
	const struct step_def *def = plan_def(&p->run, step);
	const struct json *input = loops_row(p, plan_path(&p->run, step))->input, *output;
	struct loop_fate fate = loops_fate(p, step);
	int attempt = p->run.steps[step].attempt;
	if (def->part == PART_TOOL) {
		if ((output = loops_tool(p, def->key, input)))
			loops_end(p, step, STEP_COMPLETED, output, STR(""));
		else
			loops_end(p, step, STEP_FAILED, NULL, STR("{\"code\":\"function\",\"message\":\"It broke.\"}"));
	} else if (attempt <= fate.fails && attempt >= fate.attempts && fate.recovers) {
		loops_end(p, step, STEP_COMPLETED, json_new_str(p->arena, STR("recovered")), STR(""));
	} else if (attempt <= fate.fails) {
		loops_end(p, step, STEP_FAILED, NULL, STR("{\"code\":\"overloaded\",\"message\":\"Too much.\"}"));
	} else if (def->part == PART_MODEL) {
		const struct json *asked = json_get(json_get(input, "input"), "prompt");
		loops_end(p, step, STEP_COMPLETED,
			loops_model(p, loops_number(def->agent), frame_of(&p->run, step)->index, asked->text), STR(""));
	} else {
		const struct json *own = json_get(input, "input"); /* of a script: what its command reads */
		loops_end(p, step, STEP_COMPLETED, json_get(own ? own : input, "v"), STR(""));
	}
}

/* One of the calls and runs under way ends, if it is recorded that it began. Of a long loop the first does as long as another can. */
static bool
ends_one(struct loops *p)
{
	unsigned slots = frame_slots(&p->run), first = chance_below(&p->chance, slots), slow = NO_STEP;
	bool waits = false; /* one has begun, and that is not recorded */
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
		if (!loops_recorded(p, i)) {
			waits = true;
			continue;
		}
		if (p->long_one && frame_of(&p->run, i)->index == 0) {
			slow = i;
			continue;
		}
		comes_to_an_end(p, i);
		return true;
	}
	if (waits)
		return false;
	if (slow != NO_STEP && p->run.steps[0].loop.next && p->run.steps[0].loop.begun != LOOP_SPAN)
		return loops_wrong(p, "a loop does not go as far as it may", plan_path(&p->run, slow));
	if (slow != NO_STEP)
		comes_to_an_end(p, slow);
	return slow != NO_STEP;
}

static bool
fails_fast(struct loops *p, unsigned step)
{
	const struct step_def *def = plan_def(&p->run, step);
	bool fast = def->part == PART_AGENT;
	if (def->part == PART_NONE)
		json_get_bool(p->written[loops_number(def->key)], "fail_fast", &fast);
	return fast;
}

/* It goes on with what it may, unless it fails fast and one of its iterations has failed. */
static bool
loop_rests_well(struct loops *p, unsigned step)
{
	const struct loop_state *l = &p->run.steps[step].loop;
	unsigned running = 0, oldest = l->begun;
	for (const struct frame *f = l->frames; f; f = f->next) {
		if (p->run.steps[f->base].status == STEP_FAILED && fails_fast(p, step))
			return loops_wrong(
				p, "an iteration has failed, and the loop goes on", plan_path(&p->run, step));
		if (p->run.steps[f->base].status == STEP_RUNNING) {
			running++;
			oldest = f->index < oldest ? f->index : oldest;
		}
	}
	return !l->next || running >= plan_def(&p->run, step)->at_once || l->begun - oldest >= LOOP_SPAN ||
	       loops_wrong(p, "an iteration may begin, and does not", plan_path(&p->run, step));
}

/* A loop that rests while it may do something has been forgotten. */
static bool
rests_well(struct loops *p)
{
	if (p->run.status == RUN_PAUSED || p->evaluating > 0 || p->fetches > 0)
		return true;
	for (unsigned i = 0; i < frame_slots(&p->run); i++)
		if (frame_has(&p->run, i) && !frame_is_iteration(&p->run, i) &&
			p->run.steps[i].status == STEP_RUNNING && plan_def(&p->run, i)->control == CONTROL_LOOP &&
			!loop_rests_well(p, i))
			return false;
	return true;
}

static bool
resumes(struct loops *p)
{
	if (p->run.status != RUN_PAUSED)
		return false;
	p->run.status = p->rows.status;
	if (p->stands.n > 0) { /* with the phase that it stands before */
		struct json *passed = json_new_array(p->arena);
		json_each (name, p->rows.passed)
			json_push(passed, json_share(p->arena, name));
		json_push(passed, json_new_str(p->arena, p->stands));
		p->rows.passed = p->run.passed = passed;
		p->stands = STR("");
		loops_commit(p);
	}
	return true;
}

/* plan() is at rest: something comes or ends, somebody asks something, or time passes to `at_us`. */
static bool
happens(struct loops *p, int64_t at_us)
{
	bool may_send = p->sent<p->signals, sleeps = at_us> 0 && at_us != PLAN_NEVER;
	loops_forget(p, NULL);
	if (!rests_well(p))
		return false;
	if (chance_percent(&p->chance, 50))
		loops_commit(p);
	if (may_send && chance_percent(&p->chance, 15)) {
		loops_send(p);
		return true;
	}
	if (chance_percent(&p->chance, 40) && resumes(p))
		return true;
	if (sleeps && chance_percent(&p->chance, 40)) {
		p->run.now_us = at_us > p->run.now_us ? at_us : p->run.now_us;
		return true;
	}
	bool first = chance_percent(&p->chance, 50);
	if ((first && ends_one(p)) || loops_fetched(p) || loops_evaluated(p) || (!first && ends_one(p)))
		return true;
	loops_commit(p);
	if (p->wrong[0] || ends_one(p))
		return !p->wrong[0];
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
	return resumes(p) || loops_wrong(p, "it is stuck", STR(""));
}

/* ---- one history ---- */

static bool
gives(struct loops *p, const struct json *output)
{
	return (p->rows.output && json_equal(p->rows.output, output)) ||
	       loops_wrong(p, "it gives the wrong thing",
		       p->rows.output ? json_text(p->arena, p->rows.output) : STR("nothing"));
}

/* It failed, unless on_error makes an output of that; or it completed, and on_complete has the last word. */
static bool
is_right(struct loops *p)
{
	enum run_status status = p->rows.status;
	bool lost = p->lost || p->on_start == HANDLER_THROWS, recovers = lost && p->on_error == HANDLER_RETURNS;
	bool throws = !lost && p->on_complete == HANDLER_THROWS;
	for (unsigned i = 0; i < p->rows.count; i++)
		if (!step_ended(p->rows.list[i].status))
			return loops_wrong(p, "the run has ended, and it has not", p->rows.list[i].path);
	if (status == RUN_CANCELLED)
		return p->cancelled || loops_wrong(p, "it is cancelled, and nobody has asked for that", STR(""));
	if (status != ((lost && !recovers) || throws ? RUN_FAILED : RUN_COMPLETED))
		return loops_wrong(p, "it has ended in another way than it must", str_of(run_status_name(status)));
	if (recovers)
		return gives(p, json_new_str(p->arena, STR("on_error")));
	if (lost)
		return p->on_start != HANDLER_THROWS || p->rows.count == 0 ||
		       loops_wrong(p, "a step has begun, and on_start has thrown", STR(""));
	if (p->rows.used != p->signals || p->sent != p->signals)
		return loops_wrong(p, "more signals were taken than steps wait for, or fewer", STR(""));
	if (p->rows.count != p->expected_rows && !p->recovered)
		return loops_wrong(p, "there are too many steps, or too few", STR(""));
	return throws ||
	       gives(p, p->on_complete == HANDLER_RETURNS ? json_new_str(p->arena, STR("on_complete")) : p->expected);
}

/* What one answer drops is in one flush. */
static bool
drops(const struct action *actions, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (actions[i].kind == ACTION_ABORT)
			return true;
	return false;
}

/* Its actions are taken in turn; it may die after any of them, with those before recorded or not. */
static bool
turn(struct loops *p)
{
	struct action *actions;
	unsigned count;
	struct err err = {0};
	arena_reset(p->scratch);
	if (!plan(p->scratch, &p->run, &actions, &count, &err))
		return loops_wrong(p, err.message, STR("plan"));
	if (p->recorder && !recorder_call(p->recorder, &p->run, actions, count))
		return loops_wrong(p, p->recorder->wrong, STR(""));
	p->progress = false;
	for (unsigned i = 0; i < count; i++) {
		if (!loops_take(p, &actions[i]))
			return false;
		if (chance_below(&p->chance, 1000) < (p->long_one ? 0 : 20) && !run_ended(p->run.status)) {
			if (chance_percent(&p->chance, 50) && !drops(actions, count))
				loops_commit(p);
			return loops_die(p);
		}
	}
	int64_t at_us = count > 0 && actions[count - 1].kind == ACTION_SLEEP ? actions[count - 1].at_us : 0;
	loops_sweep(p);
	return p->progress || happens(p, at_us);
}

/* The end is recorded, or its holder dies just before that. */
static bool
over(struct loops *p)
{
	if (!run_ended(p->run.status))
		return false;
	if (!chance_percent(&p->chance, 20)) {
		loops_commit(p);
		return true;
	}
	loops_die(p);
	return false;
}

static bool
play(struct loops *p, uint64_t seed)
{
	struct json *env = json_new_object(p->arena);
	p->chance = (struct chance){seed * 0xd1342543de82ef95u + 1};
	p->long_one = seed % LONG_EVERY == 0;
	if (!loops_drawn(p))
		return false;
	json_add(env, STR("WORD"), json_new_str(p->arena, STR("w")));
	p->run = (struct run_state){.definition = p->definition,
		.input = p->given,
		.env = env,
		.manual = p->manual,
		.status = RUN_RUNNING,
		.now_us = 1000000,
		.steps = arena_array(p->arena, p->definition->step_count, sizeof(struct step_state))};
	p->rows.input = p->given;
	p->rows.status = RUN_RUNNING;
	loops_commit(p);
	bool cancels = chance_percent(&p->chance, 12) && !p->long_one;
	for (unsigned turns = 0; !over(p); turns++) {
		if (turns == TURNS_MAX)
			return loops_wrong(p, "it does not end", STR(""));
		if (p->wrong[0] || !turn(p))
			return false;
		if (run_ended(p->run.status))
			continue;
		if (cancels && chance_percent(&p->chance, 6))
			p->run.cancel_asked = p->cancelled = true;
		if (chance_percent(&p->chance, 2) && p->run.status == RUN_RUNNING && !p->long_one) {
			p->run.status = RUN_PAUSED;
			p->pauses++;
		}
		if (chance_below(&p->chance, 1000) < (p->long_one ? 1 : 60) && !loops_die(p))
			return false;
	}
	return is_right(p);
}

struct totals {
	unsigned long long steps, deaths, retries, signals, turns, evaluated, fetched, pauses, ends[RUN_CANCELLED + 1];
};

static bool
one(struct loops *p, unsigned long long seed, const char *broken, struct recorder *recorder, struct totals *totals)
{
	*p = (struct loops){.arena = arena_new(), .scratch = arena_new(), .broken = broken, .recorder = recorder};
	if (recorder)
		recorder_begin(recorder, p->arena);
	bool ok = play(p, seed);
	if (ok && recorder)
		recorder_end(recorder, p->document);
	totals->steps += p->rows.count;
	totals->deaths += p->deaths;
	totals->retries += p->retries;
	totals->signals += p->rows.used;
	totals->turns += p->turns;
	totals->evaluated += p->evaluated;
	totals->fetched += p->fetched;
	totals->pauses += p->pauses;
	if (ok)
		totals->ends[p->rows.status]++;
	else
		printf("WRONG, seed %llu: %s\n%s\n", seed, p->wrong,
			p->document && !p->long_one ? json_text(p->arena, p->document).p : "");
	arena_free(p->arena);
	arena_free(p->scratch);
	return ok;
}

int
main(int argc, char **argv)
{
	unsigned long long histories = 1000, seed = 1;
	struct totals t = {0};
	const char *broken = NULL;
	struct recorder recorder = {0};
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
		else if (i + 1 < argc && strcmp(argv[i], "--record") == 0)
			recorder.most = (unsigned)atoi(argv[++i]);
		else
			return 2;
	static struct loops p;
	recorder_open(&recorder);
	for (unsigned long long n = 0; n < histories; n++)
		if (!one(&p, seed + n, broken, recorder.most > 0 ? &recorder : NULL, &t))
			return 1;
	if (recorder_close(&recorder))
		return 0;
	printf("%llu histories: %llu steps, %llu turns of agents, %llu deaths, %llu pauses, %llu retries, %llu "
	       "signals, %llu "
	       "evaluations, %llu outputs fetched; %llu completed, %llu failed, %llu cancelled\n",
		histories, t.steps, t.turns, t.deaths, t.pauses, t.retries, t.signals, t.evaluated, t.fetched,
		t.ends[RUN_COMPLETED], t.ends[RUN_FAILED], t.ends[RUN_CANCELLED]);
	return 0;
}
