/* The actions of plan(): when each is allowed, and what it does. A new one is a line in the table at the end. */
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

unsigned
step_first(const struct run_state *run)
{
	unsigned i = 0;
	while (i < run->definition->step_count && step_done(&run->steps[i]))
		i++;
	return i;
}

static bool
same_value(struct arena *arena, const struct json *a, const struct json *b)
{
	if (!a || !b)
		return a == b;
	return a->type == b->type && str_eq(json_text(arena, a), json_text(arena, b));
}

static const char *
shown(struct arena *arena, const struct json *value)
{
	return value ? json_text(arena, value).p : "missing";
}

/* ---- beginnings ---- */

static bool
may_begin(struct world *w, const struct action *action)
{
	const struct run_state *run = &w->memory;
	const struct step_state *step = &run->steps[action->step];
	const struct asked *answer = expect_answer(w, action->step);
	unsigned first = expect_first(w), follows = action->answer ? number_of(action->answer->id) : 0;
	if (first < action->step)
		return world_wrong(w, "step %u begins while step %u before it is %s", action->step + 1, first + 1,
			step_status_name(run->steps[first].status));
	bool told = asked_says(answer, "retry");
	if (follows != (told ? answer->number : 0))
		return world_wrong(w, "step %u begins by answer %u", action->step + 1, follows);
	bool again = told || (step->status == STEP_FAILED && step->due_us > 0 && step->due_us <= run->now_us &&
				     step->attempt - step->before < w->flow->steps[action->step].attempts);
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
check_input(struct world *w, unsigned step, const struct json *input, const struct json *expected)
{
	return same_value(w->scratch, input, expected) ||
	       world_wrong(w, "the input of step %u is %s and should be %s", step + 1, shown(w->scratch, input),
		       shown(w->scratch, expected));
}

static bool
check_start(struct world *w, const struct action *action)
{
	const struct json *expected = expect_input(w->scratch, w, action->step);
	if (!may_begin(w, action))
		return false;
	if (flow_control(w->flow, action->step) != CONTROL_CALL)
		return world_wrong(w, "step %u, which needs no call, begins one", action->step + 1);
	if (!expected)
		return world_wrong(w, "step %u begins, and its input cannot be filled in", action->step + 1);
	return check_input(w, action->step, action->input, expected);
}

/* What it waits for, and until when. */
static bool
check_wait(struct world *w, const struct action *action)
{
	const struct drawn *d = &w->flow->steps[action->step];
	enum step_control control = flow_control(w->flow, action->step);
	const struct json *input = NULL;
	const char *what = "time";
	int64_t due = d->timeout_us ? w->memory.now_us + d->timeout_us : PLAN_NEVER;
	if (!may_begin(w, action))
		return false;
	if (control == CONTROL_WAIT) {
		if (!expect_due(w->scratch, w, action->step, &due) || due <= w->memory.now_us)
			return world_wrong(w, "step %u waits, and its time is none or over", action->step + 1);
	} else if (control == CONTROL_APPROVAL) {
		what = "approval";
		input = expect_input(w->scratch, w, action->step);
		if (d->shows && !input)
			return world_wrong(w, "step %u waits, and its input cannot be filled in", action->step + 1);
	} else if (control == CONTROL_SIGNAL) {
		what = arena_printf(w->scratch, "signal %s", d->signal);
		input = d->given;
		if (expect_message(w, action->step))
			return world_wrong(w, "step %u waits for a signal that is there", action->step + 1);
	} else {
		return world_wrong(w, "step %u waits, and has nothing to wait for", action->step + 1);
	}
	if (!str_is(action->waiting_for, what))
		return world_wrong(w, "step %u waits for %.*s instead of %s", action->step + 1,
			STR_ARG(action->waiting_for), what);
	if (action->at_us != due)
		return world_wrong(w, "step %u waits until %lld instead of %lld", action->step + 1,
			(long long)action->at_us, (long long)due);
	return check_input(w, action->step, action->input, input);
}

/* A run of its own: what that is given, and how long it may take. */
static bool
check_child(struct world *w, const struct action *action)
{
	const struct drawn *d = &w->flow->steps[action->step];
	const struct json *expected = expect_input(w->scratch, w, action->step);
	int64_t due = d->timeout_us ? w->memory.now_us + d->timeout_us : PLAN_NEVER;
	if (!may_begin(w, action))
		return false;
	if (flow_control(w->flow, action->step) != CONTROL_WORKFLOW || !expected)
		return world_wrong(
			w, "step %u starts a run, and does not do that, or not with such input", action->step + 1);
	if (action->at_us != due)
		return world_wrong(w, "step %u waits until %lld instead of %lld", action->step + 1,
			(long long)action->at_us, (long long)due);
	return check_input(w, action->step, action->input, expected);
}

/* ---- ends of steps ---- */

static bool
is_underway(struct world *w, const struct action *action, const char *what)
{
	const struct step_state *step = &w->memory.steps[action->step];
	if (!step_underway(step) || step->attempt != action->attempt)
		return world_wrong(w, "attempt %d of step %u %s, and attempt %d is %s", action->attempt,
			action->step + 1, what, step->attempt, step_status_name(step->status));
	return true;
}

static bool
check_abort(struct world *w, const struct action *action)
{
	return is_underway(w, action, "is aborted");
}

static const struct json *
decided(struct arena *arena, const struct json *asked)
{
	const struct json *data = json_get(asked, "data");
	struct json *output = json_new_object(arena);
	json_add(output, STR("decision"), json_share(arena, json_get(asked, "decision")));
	json_add(output, STR("data"), data ? json_share(arena, data) : json_new_null(arena));
	json_add(output, STR("comment"), json_share(arena, json_get(asked, "comment")));
	json_add(output, STR("by"), json_new_str(arena, STR(SIM_PERSON)));
	return output;
}

/* The message that ends a step is the first that fits; NULL with no word said: it should use none. */
static bool
check_message(struct world *w, const struct action *action, const struct asked **ret_asked)
{
	const struct asked *right = expect_message(w, action->step);
	unsigned used = action->message ? number_of(action->message->id) : 0;
	*ret_asked = right;
	return used == (right ? right->number : 0) || world_wrong(w, "step %u takes request %u instead of %u",
							      action->step + 1, used, right ? right->number : 0);
}

static bool
check_complete(struct world *w, const struct action *action)
{
	enum step_control control = flow_control(w->flow, action->step);
	const struct step_state *step = &w->memory.steps[action->step];
	const struct json *output = NULL;
	const struct asked *asked;
	int64_t due = step->due_us;
	if (action->begun ? !is_underway(w, action, "is completed") : !may_begin(w, action))
		return false;
	if (!check_message(w, action, &asked))
		return false;
	bool right = false;
	if (control == CONTROL_TRANSFORM) {
		output = expect_value(w->scratch, w, action->step);
		right = !action->begun && output;
	} else if (control == CONTROL_WAIT) {
		right = (action->begun || expect_due(w->scratch, w, action->step, &due)) && due <= w->memory.now_us;
	} else if (control == CONTROL_SIGNAL && asked) {
		output = json_get(asked->value, "data");
		output = output ? output : json_new_null(w->scratch);
		right = true;
	} else if (control == CONTROL_APPROVAL && asked_says(asked, "approve")) {
		output = decided(w->scratch, asked->value);
		right = true;
	}
	if (!right)
		return world_wrong(w, "step %u is completed too early, or by nothing", action->step + 1);
	return same_value(w->scratch, action->output, output) ||
	       world_wrong(w, "the output of step %u is %s and should be %s", action->step + 1,
		       shown(w->scratch, action->output), shown(w->scratch, output));
}

/* Why a step that is under way must end as failed; NULL: it must not. */
static const char *
failure_underway(const struct world *w, unsigned index, const struct asked *asked)
{
	const struct step_state *step = &w->memory.steps[index];
	if (step->status == STEP_RUNNING)
		return step->outcome_unknown && w->flow->steps[index].attempts == 0 ? "unknown_outcome" : NULL;
	if (asked)
		return flow_control(w->flow, index) == CONTROL_APPROVAL && !asked_says(asked, "approve") ? "rejected"
													 : NULL;
	return flow_control(w->flow, index) != CONTROL_WAIT && step->due_us > 0 && step->due_us <= w->memory.now_us
		       ? "timeout"
		       : NULL;
}

/* … and why one that would begin. */
static const char *
failure_at_once(const struct world *w, unsigned index)
{
	const struct drawn *d = &w->flow->steps[index];
	enum step_control control = flow_control(w->flow, index);
	bool filled = expect_value(w->scratch, w, index) != NULL;
	const char *unfilled = expect_expression(w->flow, index) ? "expression" : "template";
	int64_t due;
	if (control == CONTROL_WAIT)
		return d->filled && !filled ? unfilled : expect_due(w->scratch, w, index, &due) ? NULL : "invalid_wait";
	bool matters = control != CONTROL_SIGNAL && (control != CONTROL_APPROVAL || d->shows);
	return matters && !d->given && !filled ? unfilled : NULL;
}

static bool
check_fail(struct world *w, const struct action *action)
{
	const struct step_state *step = &w->memory.steps[action->step];
	const struct asked *asked = NULL;
	const char *right;
	bool running = step->status == STEP_RUNNING;
	if (action->begun ? !is_underway(w, action, "fails") : !may_begin(w, action))
		return false;
	if (!running && !check_message(w, action, &asked))
		return false;
	right = action->begun ? failure_underway(w, action->step, asked) : failure_at_once(w, action->step);
	if (!right)
		return world_wrong(w, "step %u fails, and has no reason to", action->step + 1);
	if (strcmp(right, "timeout") == 0 && expect_unread(w, action->step))
		return world_wrong(
			w, "step %u is out of time, and the answer that came before lies unread", action->step + 1);
	return error_is(action->error, right) || world_wrong(w, "step %u fails as %.*s and should as %s",
							 action->step + 1, STR_ARG(action->error), right);
}

static bool
check_retry(struct world *w, const struct action *action)
{
	const struct step_state *step = &w->memory.steps[action->step];
	if (!expect_again(w, action->step) || step->due_us || action->attempt != step->attempt + 1)
		return world_wrong(w, "attempt %d of step %u is announced after attempt %d, which is %s",
			action->attempt, action->step + 1, step->attempt, step_status_name(step->status));
	int64_t least = strstr(arena_strz(w->scratch, step->error), "retry_after_ms") ? w->memory.now_us + 5000000
										      : w->memory.now_us;
	return action->at_us >= least || world_wrong(w, "an attempt is due in the past, or before it was asked for");
}

/* ---- a step that failed for good ---- */

static bool
asks(const struct world *w, unsigned step)
{
	return w->memory.steps[step].status == STEP_FAILED && w->flow->steps[step].on_failure == FAILURE_ASKS &&
	       !expect_again(w, step);
}

static bool
check_ask(struct world *w, const struct action *action)
{
	const struct step_state *step = &w->memory.steps[action->step];
	return (asks(w, action->step) && !step->asked && action->attempt == step->attempt) ||
	       world_wrong(w, "a person is asked about attempt %d of step %u", action->attempt, action->step + 1);
}

static bool
check_skip(struct world *w, const struct action *action)
{
	const struct step_state *step = &w->memory.steps[action->step];
	const struct asked *answer = expect_answer(w, action->step);
	if (!asks(w, action->step) || !asked_says(answer, "skip") || !action->answer ||
		number_of(action->answer->id) != answer->number)
		return world_wrong(w, "step %u is skipped, and nobody said so", action->step + 1);
	if (w->memory.status == RUN_PAUSED || w->memory.cancel_asked)
		return world_wrong(w, "step %u is skipped in a run that rests or ends", action->step + 1);
	return action->attempt == step->attempt + 1 ||
	       world_wrong(w, "attempt %d is skipped after attempt %d", action->attempt, step->attempt);
}

/* ---- the end ---- */

static bool
check_end(struct world *w, const struct action *action)
{
	const struct run_state *run = &w->memory;
	unsigned steps = run->definition->step_count, done = 0, failed = 0, last = 0;
	const struct json *output = json_new_null(w->scratch);
	for (unsigned i = 0; i < steps; i++) {
		if (step_underway(&run->steps[i]))
			return world_wrong(w, "the run ends while step %u is under way", i + 1);
		done += expect_done(w, i);
		bool told = !run->cancel_asked && asked_says(expect_answer(w, i), "stop");
		failed += run->steps[i].status == STEP_FAILED && !expect_again(w, i) && !expect_done(w, i) &&
			  (!asks(w, i) || told);
		if (run->steps[i].status == STEP_COMPLETED && flow_control(w->flow, i) != CONTROL_WAIT)
			output = run->steps[i].output_away ? w->outputs[i] : run->steps[i].output, last = i;
	}
	if (w->ends >= w->generation || run_ended(run->status))
		return world_wrong(w, "the run ends a second time");
	enum run_status right = failed ? RUN_FAILED : done == steps ? RUN_COMPLETED : RUN_CANCELLED;
	if (action->end != right || (right == RUN_CANCELLED && !run->cancel_asked))
		return world_wrong(
			w, "the run ends as %s and should as %s", run_status_name(action->end), run_status_name(right));
	const struct json *given = action->output;
	if (!given && right == RUN_COMPLETED && run->steps[action->step].output_away && action->step == last)
		given = output; /* it says where it is */
	if (right == RUN_COMPLETED && !same_value(w->scratch, given, output))
		return world_wrong(w, "the run's output is not that of its last step");
	return right == RUN_COMPLETED || action->error.n > 0 || world_wrong(w, "the run ends without a reason");
}

/* ---- rest ---- */

/* Until when a run in which nothing is under way must sleep; 0: there is something to do. */
static int64_t
right_sleep(const struct world *w)
{
	const struct run_state *run = &w->memory;
	unsigned first = expect_first(w);
	if (first == run->definition->step_count)
		return 0;
	const struct step_state *step = &run->steps[first];
	const struct asked *answer = expect_answer(w, first);
	if (asks(w, first)) {
		bool rests = !answer || (run->status == RUN_PAUSED && !asked_says(answer, "stop"));
		return step->asked && rests ? PLAN_NEVER : 0;
	}
	bool due = step->due_us > 0 && step->due_us <= run->now_us;
	if (step->status == STEP_WAITING)
		return due || expect_message(w, first) ? 0 : step->due_us > 0 ? step->due_us : PLAN_NEVER;
	if (run->status == RUN_PAUSED && (step->status == STEP_PENDING || step->due_us > 0))
		return PLAN_NEVER;
	return step->status == STEP_FAILED && !due ? step->due_us : 0;
}

static unsigned
away(const struct run_state *run)
{
	unsigned steps = 0;
	for (unsigned i = 0; i < run->definition->step_count; i++)
		steps |= run->steps[i].output_away ? 1u << i : 0;
	return steps;
}

/* What it waits for is named by the step that would begin, and is not here. */
static bool
check_fetch(struct world *w, unsigned first, unsigned fetch)
{
	const struct run_state *run = &w->memory;
	bool begins = first < run->definition->step_count && right_sleep(w) == 0 &&
		      (run->steps[first].status == STEP_PENDING || run->steps[first].status == STEP_FAILED);
	unsigned named = begins ? expect_named(w, first) & away(run) : 0;
	return fetch == named || world_wrong(w, "outputs %x are waited for, and should be %x", fetch, named);
}

/* Only a step that begins now, whose outputs are all here, and once for each attempt. */
static bool
check_evaluate(struct world *w, unsigned first, struct rest rest)
{
	const struct run_state *run = &w->memory;
	const struct evaluation *known = run->evaluation;
	bool begins = first < run->definition->step_count && right_sleep(w) == 0 &&
		      (run->steps[first].status == STEP_PENDING || run->steps[first].status == STEP_FAILED);
	if (!begins || rest.evaluate != first + 1 || rest.attempt != run->steps[first].attempt + 1)
		return world_wrong(
			w, "step %u is evaluated for attempt %d, which does not begin", rest.evaluate, rest.attempt);
	if (!expect_expression(w->flow, first) || (expect_named(w, first) & away(run)))
		return world_wrong(w, "step %u has nothing to evaluate, or not yet", first + 1);
	if (known && known->step == first && known->attempt == rest.attempt)
		return world_wrong(w, "step %u is evaluated again", first + 1);
	return true;
}

bool
check_rest(struct world *w, struct rest rest)
{
	const struct run_state *run = &w->memory;
	unsigned first = expect_first(w);
	int64_t sleep_us = rest.sleep_us;
	if (rest.evaluate && !run_ended(run->status) && !run->cancel_asked)
		return check_evaluate(w, first, rest);
	if (rest.fetch && !run_ended(run->status) && !run->cancel_asked)
		return check_fetch(w, first, rest.fetch);
	if (run_ended(run->status))
		return sleep_us == 0 || world_wrong(w, "a run that has ended sleeps");
	if (run->cancel_asked)
		return world_wrong(w, "the run is to be cancelled and does not end");
	if (first < run->definition->step_count && run->steps[first].status == STEP_RUNNING) {
		if (run->steps[first].outcome_unknown && w->flow->steps[first].attempts == 0)
			return world_wrong(
				w, "the call of step %u, which must not be made twice, is made again", first + 1);
		return sleep_us == 0 || world_wrong(w, "the run sleeps while step %u runs", first + 1);
	}
	int64_t right = right_sleep(w);
	if (right == 0)
		return world_wrong(w, "there is something to do, and nothing is asked for: the run is stuck");
	return sleep_us == right ||
	       world_wrong(w, "the run sleeps until %lld and should until %lld", (long long)sleep_us, (long long)right);
}

/* ---- what they do ---- */

static void
apply_start(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena;
	if (run->status == RUN_PENDING)
		run->status = RUN_RUNNING;
	run->steps[entry->step] = (struct step_state){
		.status = STEP_RUNNING, .attempt = entry->attempt, .before = run->steps[entry->step].before};
}

static void
apply_wait(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	apply_start(arena, run, entry);
	run->steps[entry->step].status = STEP_WAITING;
	run->steps[entry->step].due_us = entry->at_us == PLAN_NEVER ? 0 : entry->at_us;
}

static void
end_step(struct arena *arena, struct run_state *run, const struct entry *entry, enum step_status status)
{
	struct step_state *step = &run->steps[entry->step];
	if (!step_underway(step))
		apply_start(arena, run, entry);
	step->status = status;
	step->due_us = 0;
}

static void
apply_complete(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	end_step(arena, run, entry, STEP_COMPLETED);
	run->steps[entry->step].output = entry->value;
}

static void
apply_fail(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	end_step(arena, run, entry, STEP_FAILED);
	run->steps[entry->step].error = arena_str(arena, entry->error);
}

static void
apply_abort(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	end_step(arena, run, entry, STEP_CANCELLED);
}

static void
apply_retry(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena;
	run->steps[entry->step].due_us = entry->at_us;
}

static void
apply_ask(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena;
	run->steps[entry->step].asked = true;
}

static void
apply_skip(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	end_step(arena, run, entry, STEP_SKIPPED);
}

static void
apply_end(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena;
	run->status = entry->end;
}

const struct sim_action sim_actions[] = {
	[ACTION_START] = {"start", check_start, apply_start},
	[ACTION_WAIT] = {"wait", check_wait, apply_wait},
	[ACTION_CHILD] = {"child", check_child, apply_wait},
	[ACTION_COMPLETE] = {"complete", check_complete, apply_complete},
	[ACTION_RETRY] = {"retry", check_retry, apply_retry},
	[ACTION_ASK] = {"ask", check_ask, apply_ask},
	[ACTION_SKIP] = {"skip", check_skip, apply_skip},
	[ACTION_ABORT] = {"abort", check_abort, apply_abort},
	[ACTION_FAIL] = {"fail", check_fail, apply_fail},
	[ACTION_FETCH] = {.name = "fetch", .rest = true},
	[ACTION_EVALUATE] = {.name = "evaluate", .rest = true},
	[ACTION_SLEEP] = {.name = "sleep", .rest = true},
	[ACTION_END] = {"end", check_end, apply_end},
};
const unsigned sim_action_count = sizeof sim_actions / sizeof *sim_actions;
