/*
 * plan() and what it asks for. An action changes the state in memory and adds to the run's journal; calls wait for the
 * flush that commits their "started".
 */
#include "exec/executor.h"

#include "base/log.h"
#include "base/time.h"
#include "exec/fault_points.h"
#include "json/writer.h"

#define ROUNDS_MAX 64 /* of plan() in one look at a run */

static struct str
started_data(struct held *run, const struct step_def *def, struct str kind, struct str model)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	json_add(data, STR("name"), json_new_str(arena, def->name));
	json_add(data, STR("kind"), json_new_str(arena, kind));
	json_add(data, STR("model"), model.p ? json_new_str(arena, model) : json_new_null(arena));
	return json_text(arena, data);
}

static void
begin_run(struct held *run)
{
	if (run->plan.status != RUN_PENDING)
		return;
	run->plan.status = RUN_RUNNING;
	run->plan.begun_us = boot_us() + run->executor->clock_ahead_us; /* perhaps before it was looked at: paused */
	journal_add(run, CHANGE_RUN_STARTED);
	journal_event(run, "run.started", (struct str){0}, 0, (struct str){0});
}

/* What on_start of its workflow has made of its input, if anything. */
static void
begin_with(struct held *run, const struct json *input)
{
	begin_run(run);
	run->plan.started = true;
	if (input)
		run->plan.input = json_copy(run->arena, input);
	journal_add(run, CHANGE_RUN_STARTED_WITH)->started_with.input =
		input ? json_text(journal_arena(run), input) : STR("null");
}

/* When a wait looks again; 0: it is looking. */
static void
record_look(struct held *run, unsigned index, int64_t due_us)
{
	struct step_state *step = &run->plan.steps[index];
	struct change *change = journal_add(run, CHANGE_STEP_LOOKED);
	step->due_us = due_us;
	change->path = plan_path(&run->plan, index);
	change->attempt = step->attempt;
	change->step = index;
	change->looked.due_us = (struct maybe_int){due_us > 0, due_us};
}

/* The row of an attempt; `input` is text of the journal's, or none. */
static struct change *
record_row(struct held *run, unsigned index, int attempt, struct str input)
{
	const struct step_def *def = plan_def(&run->plan, index);
	struct step_state *step = &run->plan.steps[index];
	struct str model = step_model(def, plan_model(&run->plan, index));
	begin_run(run);
	if (def->is_poll)
		record_look(run, index - 1, 0);
	step->status = STEP_RUNNING;
	step->attempt = attempt;
	step->due_us = 0;
	step->asked = false;
	struct change *change = journal_add(run, CHANGE_STEP_STARTED);
	change->path = plan_path(&run->plan, index);
	change->attempt = attempt;
	change->step = index;
	change->started.kind = frame_is_iteration(&run->plan, index) ? STR("iteration") : def->kind;
	change->started.input = input;
	journal_large(run, input);
	change->started.model = model;
	change->started.generation = run->generation;
	return change;
}

/* The row and the event that say a step has begun. */
static struct change *
record_start(struct held *run, unsigned index, int attempt, struct str input)
{
	const struct step_def *def = plan_def(&run->plan, index);
	struct change *change = record_row(run, index, attempt, input);
	run->plan.begun_steps += !step_has_steps(def);
	journal_event(run, "step.started", change->path, attempt,
		started_data(run, def, change->started.kind, change->started.model));
	return change;
}

/* What a step is given, as text. False: that is too much, and the step has begun and failed. */
static bool
input_text(struct held *run, const struct action *action, struct str *ret_text, struct str *ret_sealed)
{
	*ret_text = *ret_sealed = (struct str){0};
	if (action->input)
		*ret_text = env_input_text(run, action, ret_sealed);
	if (ret_text->n <= INPUT_MAX)
		return true;
	record_start(run, action->step, action->attempt, (struct str){0});
	attempt_record_end(run, action->step, STEP_FAILED, NULL,
		error_json(run->arena, "input_too_large",
			STR("The step's input, filled in, is more than 80 MB of JSON, the most a step is given. "
			    "Refer to less, or shorten it first.")),
		NULL, 0);
	return false;
}

/* The request that a step needed goes with what it led to, in one flush. */
static void
use_message(struct held *run, const struct message *used)
{
	for (struct message *m = run->plan.messages; used && m; m = m->next)
		if (m == used) {
			m->used = true;
			if (!MUTATED("message_kept"))
				journal_add(run, CHANGE_INBOX)->inbox.id = m->id;
		}
}

static void
start_step(struct held *run, const struct action *action)
{
	const struct step_def *def = plan_def(&run->plan, action->step);
	struct str input, sealed;
	if (!input_text(run, action, &input, &sealed))
		return;
	record_start(run, action->step, action->attempt, input)->started.sealed = sealed;
	if (step_kind_by_name(def->kind)) {
		struct attempt *attempt = attempt_new(run, action->step, action->attempt, action->input);
		quota_reserve(run, action->step, attempt);
		if (MUTATED("started_commit"))
			attempt_make_ready(attempt);
		return;
	}
	struct str message = str_of(arena_printf(
		run->executor->tick, "This version does not know steps of the kind \"%.*s\".", STR_ARG(def->kind)));
	attempt_record_end(
		run, action->step, STEP_FAILED, NULL, error_json(run->arena, "unknown_kind", message), NULL, 0);
}

/* A group, or a loop with what it goes through. */
static void
open_step(struct held *run, const struct action *action)
{
	struct str input, sealed;
	if (!input_text(run, action, &input, &sealed))
		return;
	record_start(run, action->step, action->attempt, input)->started.sealed = sealed;
	/* Whoever goes on with it has what is recorded; what is sealed for its calls is there for an agent. */
	if (plan_def(&run->plan, action->step)->part == PART_AGENT)
		frames_items(run, action->step, action->input);
	else
		frames_items(run, action->step, env_shown(run, run->executor->tick, action->input));
}

static void
iterate_step(struct held *run, const struct action *action)
{
	struct frame *f = frames_open(run, action->step, action->index);
	struct loop_state *l = &run->plan.steps[action->step].loop;
	f->item = action->item;
	l->begun = action->index + 1;
	l->next = l->next ? l->next->next : NULL;
	record_start(run, f->base, action->attempt, (struct str){0});
}

static void
abort_step(struct held *run, unsigned index)
{
	struct attempt *attempt = attempt_find(run, index);
	struct step_usage usage = {0};
	if (attempt)
		attempt_abort(attempt, &usage);
	attempt_record_end(run, index, STEP_CANCELLED, NULL, (struct str){0}, &usage, 0);
}

void
advance_fail(struct held *run, const struct action *action)
{
	if (!action->begun)
		record_start(run, action->step, action->attempt, (struct str){0});
	attempt_record_end(run, action->step, STEP_FAILED, NULL, action->error, NULL, 0);
	use_message(run, action->message);
}

/* ---- a step that failed for good ---- */

static void
ask_about_step(struct held *run, const struct action *action)
{
	struct step_state *step = &run->plan.steps[action->step];
	struct str path = plan_path(&run->plan, action->step);
	step->asked = true;
	struct change *change = journal_add(run, CHANGE_STEP_ASKED);
	change->path = path;
	change->attempt = step->attempt;
	change->step = action->step;
	journal_event(run, "step.asking", path, step->attempt, arena_str(journal_arena(run), step->error));
}

/* What was decided about a failure, for the event it leads to. */
static struct str
decided_data(struct held *run, const struct message *message)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	struct str comment = STR("");
	json_get_str(message->data, "comment", &comment);
	json_add(data, STR("by"), message->by.n > 0 ? json_new_str(arena, message->by) : json_new_null(arena));
	json_add(data, STR("comment"), json_new_str(arena, comment));
	return json_text(arena, data);
}

/* Nobody decided it: a condition did not hold, or another branch was chosen. */
static struct str
why_data(struct held *run, const char *why)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	json_add(data, STR("why"), json_new_str(arena, str_of(why)));
	return json_text(arena, data);
}

static void
skip_step(struct held *run, const struct action *action)
{
	struct step_state *step = &run->plan.steps[action->step];
	struct change *change = record_row(run, action->step, action->attempt, (struct str){0});
	struct str path = change->path;
	change = journal_add(run, CHANGE_STEP_ENDED);
	change->path = path;
	change->attempt = action->attempt;
	change->step = action->step;
	change->ended.status = step->status = STEP_SKIPPED;
	change->ended.seq = run->seq + 1;
	step->output = NULL;
	step->error = (struct str){0};
	journal_event(run, "step.skipped", path, action->attempt,
		action->answer ? decided_data(run, action->answer) : why_data(run, action->why));
}

/* ---- pauses ---- */

static struct str
by_data(struct held *run, struct str by)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	json_add(data, STR("by"), by.n > 0 ? json_new_str(arena, by) : json_new_null(arena));
	return json_text(arena, data);
}

/* A person has begun the phase that the run stands before. */
static void
pass_phase(struct held *run)
{
	struct json *passed = json_new_array(run->arena);
	json_each (name, run->plan.passed)
		json_push(passed, json_new_str(run->arena, name->text));
	json_push(passed, json_new_str(run->arena, run->stands));
	run->plan.passed = passed;
	run->stands = (struct str){0};
}

/* Paused by a person, or going on. What nobody had begun counts as begun from here on. */
void
advance_set_status(struct held *run, enum run_status status, const char *event, struct str by)
{
	begin_run(run);
	run->plan.status = status;
	struct change *change = journal_add(run, CHANGE_RUN_STATUS);
	change->run_status.status = status;
	if (run->stands.n > 0) {
		change->run_status.phase = run->stands;
		pass_phase(run);
	}
	journal_event(run, event, (struct str){0}, 0, by_data(run, by));
}

void
advance_stand(struct held *run, struct str phase)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	begin_run(run);
	run->plan.status = RUN_PAUSED;
	run->stands = arena_str(run->arena, phase);
	struct change *change = journal_add(run, CHANGE_RUN_STATUS);
	change->run_status.status = RUN_PAUSED;
	change->run_status.phase = run->stands;
	json_add(data, STR("by"), json_new_null(arena));
	json_add(data, STR("why"), json_new_str(arena, STR("phase")));
	json_add(data, STR("phase"), json_new_str(arena, run->stands));
	journal_event(run, "run.paused", (struct str){0}, 0, json_text(arena, data));
}

static struct str
retrying_data(struct held *run, const struct action *action)
{
	struct arena *arena = journal_arena(run);
	struct json *data, *error;
	struct str code = STR("internal"), message = STR("");
	char at[TIME_TEXT_SIZE];
	if (json_read(arena, run->plan.steps[action->step].error, &json_limits_stored, &error, NULL)) {
		json_get_str(error, "code", &code);
		json_get_str(error, "message", &message);
	}
	time_text(action->at_us, at);
	data = json_new_object(arena);
	json_add(data, STR("code"), json_new_str(arena, code));
	json_add(data, STR("message"), json_new_str(arena, message));
	json_add(data, STR("attempt"), json_new_int(arena, action->attempt));
	json_add(data, STR("at"), json_new_str(arena, str_of(at)));
	return json_text(arena, data);
}

/* The step keeps its end; that another attempt follows, and when, is written beside it. */
static void
retry_step(struct held *run, const struct action *action)
{
	struct step_state *step = &run->plan.steps[action->step];
	struct str path = plan_path(&run->plan, action->step);
	step->due_us = action->at_us;
	struct change *change = journal_add(run, CHANGE_STEP_RETRY);
	change->path = path;
	change->attempt = step->attempt;
	change->step = action->step;
	change->retry.due_us = action->at_us;
	journal_event(run, "step.retrying", path, step->attempt, retrying_data(run, action));
}

/* A step whose time is over fails, unless somebody answered in the last moment: then the answer is in the inbox. */
static void
sleep_over(void *what)
{
	struct held *run = what;
	for (unsigned i = 0; i < frame_slots(&run->plan); i++)
		if (frame_has(&run->plan, i) && run->plan.steps[i].status == STEP_WAITING &&
			plan_def(&run->plan, i)->control != CONTROL_WAIT) {
			requests_look(run);
			return;
		}
	held_mark_changed(run);
}

/*
 * A short sleep keeps the run, a long one gives it back: it costs no slot, and whoever is free wakes it. So does one between looks of a wait, of
 * which there may be any number.
 */
static void
sleep_run(struct held *run, const struct action *action)
{
	struct executor *ex = run->executor;
	int64_t left = action->at_us == PLAN_NEVER ? SLEEP_MS_MAX * 1000 : action->at_us - run->plan.now_us;
	bool held = left <= SLEEP_HELD_US && !action->rests && ex->state != EXECUTOR_STOPPING;
	if (run->attempts || run->child_fetches > 0 || run->look != LOOK_NONE || held)
		timer_set(&ex->timers, &run->wake, boot_us() + left, sleep_over, run);
	else
		advance_release(run, left / 1000 < SLEEP_MS_MAX ? left / 1000 : SLEEP_MS_MAX);
}

/* ---- steps without a call ---- */

static struct str
waiting_data(struct held *run, const struct action *action)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	char until[TIME_TEXT_SIZE];
	json_add(data, STR("waiting_for"), json_new_str(arena, arena_str(arena, action->waiting_for)));
	if (action->at_us != PLAN_NEVER)
		time_text(action->at_us, until);
	json_add(data, STR("until"),
		action->at_us == PLAN_NEVER ? json_new_null(arena)
					    : json_new_str(arena, arena_str(arena, str_of(until))));
	return json_text(arena, data);
}

void
advance_wait(struct held *run, const struct action *action)
{
	struct step_state *step = &run->plan.steps[action->step];
	struct str input, unused;
	if (!input_text(run, action, &input, &unused))
		return;
	struct change *change = record_start(run, action->step, action->attempt, input);
	bool ends = action->at_us != PLAN_NEVER;
	step->status = STEP_WAITING;
	step->due_us = ends ? action->at_us : 0;
	step->since_us = run->plan.now_us;
	change->started.waiting_for = arena_str(journal_arena(run), action->waiting_for);
	change->started.due_us = (struct maybe_int){ends, action->at_us};
	journal_event(run, "step.waiting", change->path, action->attempt, waiting_data(run, action));
}

static void
look_again(struct held *run, const struct action *action)
{
	run->plan.steps[action->step].loop.begun++;
	record_look(run, action->step, action->at_us);
	use_message(run, action->message);
	FAULT_PLACE("exec.look");
}

static void
complete_step(struct held *run, const struct action *action)
{
	struct str input = {0}, unused;
	if (!action->begun && !input_text(run, action, &input, &unused))
		return;
	if (!action->begun)
		record_start(run, action->step, action->attempt, input);
	attempt_record_end(run, action->step, STEP_COMPLETED, action->output, (struct str){0}, NULL, 0);
	use_message(run, action->message);
}

/* ---- ends ---- */

int64_t
advance_steps_done(const struct held *run)
{
	int64_t done = 0;
	const struct definition *d = run->plan.definition;
	for (unsigned i = 0; d && i < d->step_count; i = d->steps[i].end)
		done += run->plan.steps[i].status == STEP_COMPLETED || run->plan.steps[i].status == STEP_SKIPPED;
	return done;
}

/* The last things in a run's journal. `error` is JSON text, of a completed run what a handler has recovered from; `stored`: the output is that of a step, in blob. */
static void
end_run(struct held *run, enum run_status status, const struct json *output, const struct large_output *stored,
	struct str error)
{
	struct executor *ex = run->executor;
	struct arena *arena = journal_arena(run);
	if (!stored)
		output = env_shown(run, arena, output);
	error = env_shown_text(run, arena, error);
	while (run->attempts)
		attempt_abort(run->attempts, NULL);
	quota_leave(run);
	struct change *change = journal_add(run, CHANGE_RUN_ENDED);
	change->run_ended.status = status;
	change->run_ended.output = output && !stored ? json_text(arena, output) : (struct str){0};
	if (stored) {
		change->run_ended.output_blob = stored->blob;
		change->run_ended.output_bytes = stored->bytes;
	}
	struct str told = error.n > 0 ? arena_str(arena, error) : (struct str){0};
	change->run_ended.error = status == RUN_COMPLETED ? (struct str){0} : told;
	change->run_ended.kin = child_has_kin(run);
	change->run_ended.steps_done = advance_steps_done(run);
	change->run_ended.tokens_in = run->tokens_in;
	change->run_ended.tokens_out = run->tokens_out;
	change->run_ended.lost_nano = run->unknown_nano;
	change->run_ended.cost_nano = (struct maybe_int){!run->cost_unknown, run->cost_nano};
	if (status == RUN_COMPLETED)
		journal_event(run, "run.completed", (struct str){0}, 0, told);
	else if (status == RUN_CANCELLED)
		journal_event(run, "run.cancelled", (struct str){0}, 0, by_data(run, run->cancelled_by));
	else
		journal_event(run, "run.failed", (struct str){0}, 0, change->run_ended.error);
	run->plan.status = status;
	run->state = HELD_ENDING;
	ex->counters.completed += status == RUN_COMPLETED;
	ex->counters.failed += status == RUN_FAILED;
	ex->counters.cancelled += status == RUN_CANCELLED;
	FAULT_PLACE("exec.run.end");
	log_debug("run ended", LOG_STR("run", run->id_text), LOG_STR("status", run_status_name(status)),
		LOG_INT("events", run->seq));
}

/*
 * For a run that plan() must not or cannot go on with: what the database shows as begun is ended with the same error.
 * Knows only what is recorded, because it also serves a run whose journal had to be thrown away.
 */
void
advance_end_failed(struct held *run, const char *code, struct str message)
{
	struct str error = error_json(run->arena, code, message);
	while (run->attempts)
		attempt_abort(run->attempts, NULL);
	run->state = HELD_ACTIVE;
	begin_run(run);
	for (unsigned i = 0; run->recorded && run->plan.definition && i < frame_slots(&run->plan); i++)
		if (frame_has(&run->plan, i) && run->recorded[i] == RECORDED_STARTED)
			attempt_record_end(run, i, STEP_FAILED, NULL, error, NULL, 0);
	end_run(run, RUN_FAILED, NULL, NULL, error);
}

static struct change *
release(struct held *run, int64_t pause_ms)
{
	while (run->attempts)
		attempt_abort(run->attempts, NULL);
	quota_leave(run);
	FAULT_PLACE("exec.release");
	run->executor->loading_count -= run->state == HELD_LOADING;
	run->state = HELD_RELEASING;
	struct change *change = journal_add(run, CHANGE_RELEASE);
	change->release.pause_ms = pause_ms;
	return change;
}

void
advance_release(struct held *run, int64_t pause_ms)
{
	release(run, pause_ms);
}

/* ---- limits ---- */

/* Until whoever gives back what it waits for wakes it, or its time is over; while other steps of it go on it asks again itself. */
static void
release_blocked(struct held *run)
{
	struct executor *ex = run->executor;
	int64_t limit_us = run->plan.definition->limit_us, left = run->plan.begun_us + limit_us - run->plan.now_us;
	bool limited = limit_us > 0 && run->plan.begun_us > 0;
	if (run->attempts)
		timer_set(&ex->timers, &run->wake, boot_us() + SLEEP_HELD_US, sleep_over, run);
	else
		release(run, limited ? (left > 0 ? left / 1000 + 1 : 0) : SLEEP_MS_MAX)->release.blocked = true;
}

/* False: the step has not begun; the run asks again when it is known, or was given back, or the step has failed. */
static bool
may_start(struct held *run, const struct action *action)
{
	struct str error, input, unused;
	switch (quota_ask(run, action->step, action->attempt, action->input, &error)) {
	case QUOTA_HELD:
		return true;
	case QUOTA_ASKED:
		run->asked++;
		return false;
	case QUOTA_WAITS:
		run->asked++;
		release_blocked(run);
		return false;
	case QUOTA_REFUSED:
		if (!input_text(run, action, &input, &unused))
			return false;
		use_message(run, action->answer);
		record_start(run, action->step, action->attempt, input);
		attempt_record_end(run, action->step, STEP_FAILED, NULL, error, NULL, 0);
		return false;
	}
	return false;
}

/* An output that is kept ends the step. True: so it did, or that is not known yet. */
static bool
from_cache(struct held *run, const struct action *action)
{
	static const struct step_usage usage = {.cached = true};
	const struct json *output;
	struct str input, unused;
	switch (cache_ask(run, action, &output)) {
	case CACHE_NOTHING:
		return false;
	case CACHE_COMES:
		run->asked++;
		return true;
	case CACHE_HIT:
		if (!input_text(run, action, &input, &unused))
			return true;
		use_message(run, action->answer);
		record_start(run, action->step, action->attempt, input);
		attempt_record_end(run, action->step, STEP_COMPLETED, output, (struct str){0}, &usage, 0);
		return true;
	}
	return false;
}

static void
make_repeats(struct held *run)
{
	if (!run->repeats)
		run->repeats = arena_array(run->arena, run->room, sizeof *run->repeats);
}

void
advance_unmade(struct held *run, unsigned step)
{
	make_repeats(run);
	run->repeats[step].unmade = true;
}

void
advance_sealed(struct held *run, unsigned step, struct str sealed)
{
	make_repeats(run);
	run->repeats[step].sealed = sealed;
}

void
advance_repeat(struct held *run, unsigned step, const struct json *input)
{
	make_repeats(run);
	struct repeat *repeat = &run->repeats[step];
	repeat->wanted = true;
	env_input_again(run, step, input, repeat->sealed, &repeat->input, &repeat->error);
}

static void
repeat_step(struct held *run, unsigned index, const struct json *input)
{
	const struct step_state *step = &run->plan.steps[index];
	struct attempt *attempt;
	struct str error = run->repeats[index].error;
	if (error.n > 0) {
		run->repeats[index].wanted = false;
		attempt_record_end(run, index, STEP_FAILED, NULL, error, NULL, 0);
		held_mark_changed(run);
		return;
	}
	if (large_fetch_for(run, index))
		return;
	if (!run->repeats[index].charged && !run->repeats[index].unmade)
		quota_lost(run, index, input);
	run->repeats[index].charged = true;
	switch (MUTATED("repeat_unasked") ? QUOTA_HELD : quota_ask(run, index, step->attempt, input, &error)) {
	case QUOTA_HELD:
		run->repeats[index].wanted = false;
		cache_again(run, index);
		attempt = attempt_new(run, index, step->attempt, input);
		if (!quota_reserve(run, index, attempt)) /* otherwise when the reservation is committed */
			attempt_make_ready(attempt);
		return;
	case QUOTA_ASKED:
		return;
	case QUOTA_WAITS:
		release_blocked(run);
		return;
	case QUOTA_REFUSED:
		run->repeats[index].wanted = false;
		attempt_record_end(run, index, STEP_FAILED, NULL, error, NULL, 0);
		held_mark_changed(run);
		return;
	}
}

static void
repeat_steps(struct held *run)
{
	for (unsigned i = 0; run->repeats && i < frame_slots(&run->plan) && run->state == HELD_ACTIVE; i++)
		if (frame_has(&run->plan, i) && run->repeats[i].wanted && run->plan.steps[i].status == STEP_RUNNING)
			repeat_step(run, i, run->repeats[i].input);
}

/* ---- plan ---- */

/* What the run answers is what a step did; when that is in blob, the run refers to it. */
static void
end_planned(struct held *run, const struct action *action)
{
	const struct large_output *large = &run->large[action->step];
	bool of_step = action->end == RUN_COMPLETED && action->output == run->plan.steps[action->step].output;
	bool away = of_step && run->plan.steps[action->step].output_away;
	if (away && !large->in_blob)
		large_fetch_output(run, action->step); /* plan() is asked again when it is here */
	else
		end_run(run, action->end, action->output, of_step && large->in_blob ? large : NULL, action->error);
}

/* False: the run is not to be looked at again, or not now. */
static bool
take_action(struct held *run, const struct action *action)
{
	if (action->kind !=
		ACTION_START) /* one that must wait for a limit is planned again, and needs its answer then */
		use_message(run, action->answer);
	switch (action->kind) {
	case ACTION_START:
		if (from_cache(run, action))
			return run->state == HELD_ACTIVE;
		if (may_start(run, action)) {
			use_message(run, action->answer);
			start_step(run, action);
		}
		return run->state == HELD_ACTIVE;
	case ACTION_BEGIN:
		begin_with(run, action->input);
		return true;
	case ACTION_OPEN:
		open_step(run, action);
		return true;
	case ACTION_ITERATE:
		iterate_step(run, action);
		return true;
	case ACTION_GATHER:
		gather_begin(run, action->step);
		return true;
	case ACTION_EVALUATE:
		evaluate_begin(run, action);
		return true;
	case ACTION_REPLAY:
		replay_begin(run);
		return true;
	case ACTION_WAIT:
		advance_wait(run, action);
		return true;
	case ACTION_LOOK:
		look_again(run, action);
		return true;
	case ACTION_CHILD:
		child_start(run, action);
		return true;
	case ACTION_COMPLETE:
		complete_step(run, action);
		return true;
	case ACTION_RETRY:
		retry_step(run, action);
		return true;
	case ACTION_ASK:
		ask_about_step(run, action);
		return true;
	case ACTION_SKIP:
		skip_step(run, action);
		return true;
	case ACTION_STAND:
		advance_stand(run, action->waiting_for);
		return true;
	case ACTION_SLEEP:
		sleep_run(run, action);
		return false;
	case ACTION_ABORT:
		abort_step(run, action->step);
		return true;
	case ACTION_FAIL:
		advance_fail(run, action);
		return true;
	case ACTION_FETCH:
		large_fetch_output(run, action->step);
		return true;
	case ACTION_END:
		end_planned(run, action);
		return false;
	}
	return false;
}

/* Texts and trees that the actions lead to: what is written, and what stays. */
static bool
memory_for(struct held *run, const struct action *actions, unsigned count)
{
	size_t more = 0;
	for (unsigned i = 0; i < count; i++) {
		if (actions[i].input)
			more += json_weigh(actions[i].input, INPUT_MAX);
		if (actions[i].output && actions[i].kind == ACTION_COMPLETE)
			more += json_weigh(actions[i].output, INPUT_MAX);
	}
	return 3 * more < LARGE_ACTION || memory_grant(run, 3 * more);
}

/* One look: false when nothing more is to be done for now. What plan() makes lives until it is taken. */
static bool
look(struct held *run, struct arena *arena)
{
	struct executor *ex = run->executor;
	struct action *actions;
	unsigned count;
	struct err err = {0};
	bool stopping = ex->state == EXECUTOR_STOPPING, rest = false;
	run->plan.now_us = MUTATED("local_clock") ? wall_us() : boot_us() + ex->clock_ahead_us;
	if (!plan(arena, &run->plan, &actions, &count, &err)) {
		log_error("plan", LOG_STR("run", run->id_text), LOG_STR("why", err.message),
			LOG_STR("detail", err.detail));
		advance_end_failed(run, "internal", str_of(err.message));
		return false;
	}
	if (!memory_for(run, actions, count)) { /* plan() will say the same again */
		memory_wait(run);
		return false;
	}
	/* Asked to stop: what is in flight may end, nothing begins. */
	run->asked = 0;
	for (unsigned i = 0; i < count; i++) {
		rest |= actions[i].kind == ACTION_SLEEP || actions[i].kind == ACTION_FETCH ||
			actions[i].kind == ACTION_GATHER || actions[i].kind == ACTION_EVALUATE ||
			actions[i].kind == ACTION_REPLAY;
		if (stopping && (actions[i].kind == ACTION_START || actions[i].kind == ACTION_EVALUATE ||
					actions[i].kind == ACTION_GATHER || actions[i].kind == ACTION_REPLAY))
			rest = true;
		else if (!take_action(run, &actions[i]))
			return false;
	}
	return count > 0 && !rest && run->asked < count;
}

static void
advance_run(struct held *run)
{
	struct executor *ex = run->executor;
	int round = 0;
	for (bool more = true; more && round < ROUNDS_MAX && run->state == HELD_ACTIVE; round++) {
		struct arena *arena = pool_take(&ex->pool);
		env_comes_into(run, arena);
		if (run->filling.large + run->sent.large > JOURNAL_LARGE_MAX ||
			run->filling.count > JOURNAL_CHANGES_MAX) {
			run->after_flush = true; /* what is there is written first */
			more = false;
		} else {
			more = look(run, arena);
			if (run->state == HELD_ACTIVE)
				frames_sweep(run);
		}
		pool_give(&ex->pool, arena);
	}
	if (run->state == HELD_ACTIVE && ex->state == EXECUTOR_RUNNING)
		repeat_steps(run);
	if (run->state == HELD_ACTIVE) {
		large_let_go(run);
		evaluate_done(run);
		gather_done(run);
	}
	if (round == ROUNDS_MAX) { /* many steps without a call: others have their turn in between */
		held_mark_changed(run);
		return;
	}
	if (ex->state == EXECUTOR_STOPPING && run->state == HELD_ACTIVE && !run->attempts)
		advance_release(run, 0);
}

void
advance_changed(struct executor *ex)
{
	struct held *run;
	while ((run = held_queue_take(&ex->changed, false)))
		if (run->state == HELD_ACTIVE)
			advance_run(run);
}
