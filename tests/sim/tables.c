/* What exists: actions of plan(), answers of steps, requests of people. A new one is a line in its table. */
#include "sim.h"

#include "json/writer.h"

bool
step_underway(const struct step_state *step)
{
	return step->status == STEP_RUNNING || step->status == STEP_WAITING;
}

bool
step_done(const struct step_state *step)
{
	return step->status == STEP_COMPLETED || step->status == STEP_SKIPPED;
}

/* ---- actions: when each is allowed, and what it does ---- */

static bool
may_begin(struct world *w, const struct action *action)
{
	const struct run_state *run = &w->memory;
	const struct step_state *step = &run->steps[action->step];
	for (unsigned i = 0; i < action->step; i++)
		if (!step_done(&run->steps[i]))
			return world_wrong(w, "step %u begins while step %u before it is %s", action->step + 1, i + 1,
				step_status_name(run->steps[i].status));
	bool again = step->status == STEP_FAILED && step->due_us > 0 && step->due_us <= w->now_us &&
		     step->attempt < w->flow->attempts[action->step];
	if (step->status != STEP_PENDING && !again)
		return world_wrong(w, "step %u begins and is %s", action->step + 1, step_status_name(step->status));
	if (action->attempt != step->attempt + 1)
		return world_wrong(w, "attempt %d follows attempt %d", action->attempt, step->attempt);
	if (run->status == RUN_PAUSED)
		return world_wrong(w, "step %u begins in a paused run", action->step + 1);
	if (run->cancel_asked)
		return world_wrong(w, "step %u begins in a run that is to be cancelled", action->step + 1);
	return true;
}

static bool
check_start(struct world *w, const struct action *action)
{
	const struct json *input = action->input ? json_get(action->input, "v") : NULL;
	const struct json *expected = generate_expected(w->scratch, w->flow, &w->memory, action->step);
	if (!may_begin(w, action))
		return false;
	if (!expected)
		return world_wrong(w, "step %u begins, and its input cannot be filled in", action->step + 1);
	if (!input || input->type != expected->type ||
		!str_eq(json_text(w->scratch, input), json_text(w->scratch, expected)))
		return world_wrong(w, "the input of step %u is %s and should be %s", action->step + 1,
			input ? json_text(w->scratch, input).p : "missing", json_text(w->scratch, expected).p);
	return true;
}

static bool
check_fail(struct world *w, const struct action *action)
{
	const struct step_state *step = &w->memory.steps[action->step];
	if (step_underway(step)) {
		bool right = step->outcome_unknown && w->flow->attempts[action->step] == 0 &&
			     action->attempt == step->attempt;
		return right || world_wrong(w, "step %u is given up, and its call may be made again", action->step + 1);
	}
	if (!may_begin(w, action))
		return false;
	if (generate_expected(w->scratch, w->flow, &w->memory, action->step))
		return world_wrong(w, "step %u fails, and its input can be filled in", action->step + 1);
	return action->error.n > 0 || world_wrong(w, "step %u fails without a reason", action->step + 1);
}

static bool
check_abort(struct world *w, const struct action *action)
{
	const struct step_state *step = &w->memory.steps[action->step];
	if (!step_underway(step) || step->attempt != action->attempt)
		return world_wrong(w, "attempt %d of step %u is aborted, and attempt %d is %s", action->attempt,
			action->step + 1, step->attempt, step_status_name(step->status));
	return true;
}

bool
step_tried_again(const struct world *w, unsigned step)
{
	const struct step_state *s = &w->memory.steps[step];
	return s->status == STEP_FAILED && s->attempt < w->flow->attempts[step] &&
	       (s->due_us > 0 || strstr(arena_strz(w->scratch, s->error), "\"timeout\"") ||
		       strstr(arena_strz(w->scratch, s->error), "\"rate_limited\""));
}

static bool
check_retry(struct world *w, const struct action *action)
{
	const struct step_state *step = &w->memory.steps[action->step];
	if (!step_tried_again(w, action->step) || step->due_us || action->attempt != step->attempt + 1)
		return world_wrong(w, "attempt %d of step %u is announced after attempt %d, which is %s",
			action->attempt, action->step + 1, step->attempt, step_status_name(step->status));
	return action->at_us >= w->now_us || world_wrong(w, "an attempt is due in the past");
}

static bool
check_end(struct world *w, const struct action *action)
{
	const struct run_state *run = &w->memory;
	unsigned steps = run->definition->step_count, done = 0, failed = 0;
	const struct json *output = NULL;
	for (unsigned i = 0; i < steps; i++) {
		if (step_underway(&run->steps[i]))
			return world_wrong(w, "the run ends while step %u is under way", i + 1);
		done += step_done(&run->steps[i]);
		failed += run->steps[i].status == STEP_FAILED && !step_tried_again(w, i);
		if (run->steps[i].status == STEP_COMPLETED)
			output = run->steps[i].output;
	}
	if (w->ends > 0 || run_ended(run->status))
		return world_wrong(w, "the run ends a second time");
	enum run_status right = failed ? RUN_FAILED : done == steps ? RUN_COMPLETED : RUN_CANCELLED;
	if (action->end != right)
		return world_wrong(
			w, "the run ends as %s and should as %s", run_status_name(action->end), run_status_name(right));
	if (right == RUN_COMPLETED && (!action->output || !json_equal(action->output, output)))
		return world_wrong(w, "the run's output is not that of its last step");
	return right == RUN_COMPLETED || action->error.n > 0 || world_wrong(w, "the run ends without a reason");
}

static void
apply_start(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena;
	if (run->status == RUN_PENDING)
		run->status = RUN_RUNNING;
	run->steps[entry->step] = (struct step_state){.status = STEP_RUNNING, .attempt = entry->attempt};
}

static void
apply_retry(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena;
	run->steps[entry->step].due_us = entry->at_us;
}

static void
apply_fail(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	if (!step_underway(&run->steps[entry->step]))
		apply_start(arena, run, entry);
	run->steps[entry->step].status = STEP_FAILED;
	run->steps[entry->step].error = arena_str(arena, entry->error);
}

static void
apply_abort(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena;
	run->steps[entry->step].status = STEP_CANCELLED;
}

static void
apply_end(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena;
	run->status = entry->end;
}

const struct sim_action sim_actions[] = {
	[ACTION_START] = {"start", check_start, apply_start},
	[ACTION_ABORT] = {"abort", check_abort, apply_abort},
	[ACTION_FAIL] = {"fail", check_fail, apply_fail},
	[ACTION_END] = {"end", check_end, apply_end},
	[ACTION_RETRY] = {"retry", check_retry, apply_retry},
	[ACTION_SLEEP] = {.name = "sleep", .rest = true},
};
const unsigned sim_action_count = sizeof sim_actions / sizeof *sim_actions;

/* ---- answers ---- */

static const char *const outputs[] = {"\"one two\"", "{\"title\":\"Title\",\"n\":[1,2]}", "7", "\"\"", "null",
	"\"Grüße 🙂\"", "{\"title\":null}", "[]"};
static const char *const errors[] = {"{\"code\":\"timeout\",\"message\":\"It took too long.\"}",
	"{\"code\":\"rate_limited\",\"message\":\"Too many.\"}", ""};

static void
make_output(struct world *w, struct entry *entry)
{
	struct json *value;
	const char *text = outputs[chance_below(&w->chance, sizeof outputs / sizeof *outputs)];
	if (json_read(w->arena, str_of(text), &json_limits_request, &value, NULL))
		entry->value = value;
}

static void
make_error(struct world *w, struct entry *entry)
{
	entry->error = str_of(errors[chance_below(&w->chance, sizeof errors / sizeof *errors)]);
}

static void
apply_completed(struct run_state *run, const struct entry *entry)
{
	run->steps[entry->step].status = STEP_COMPLETED;
	run->steps[entry->step].output = entry->value;
}

static void
apply_failed(struct run_state *run, const struct entry *entry)
{
	run->steps[entry->step].status = STEP_FAILED;
	run->steps[entry->step].error = entry->error;
}

const struct sim_answer sim_answers[] = {
	{"completed", 8, make_output, apply_completed},
	{"failed", 1, make_error, apply_failed},
};
const unsigned sim_answer_count = sizeof sim_answers / sizeof *sim_answers;

/* ---- requests ---- */

static void
ask_cancel(struct run_state *run)
{
	run->cancel_asked = true;
}

static void
ask_pause(struct run_state *run)
{
	if (!run_ended(run->status))
		run->status = RUN_PAUSED;
}

static void
ask_resume(struct run_state *run)
{
	if (run->status == RUN_PAUSED)
		run->status = RUN_RUNNING;
}

const struct sim_request sim_requests[] = {
	{"cancel", 1, false, ask_cancel},
	{"pause", 2, false, ask_pause},
	{"resume", 3, true, ask_resume},
};
const unsigned sim_request_count = sizeof sim_requests / sizeof *sim_requests;
