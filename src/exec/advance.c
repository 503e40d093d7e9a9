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

/* ---- steps that begin and end ---- */

static void
start_step(struct held *run, const struct action *action)
{
	const struct step_def *def = plan_def(&run->plan, action->step);
	struct str input, sealed;
	if (!record_input(run, action, &input, &sealed))
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
	if (!record_input(run, action, &input, &sealed))
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
	record_used(run, action->message);
}

static void
complete_step(struct held *run, const struct action *action)
{
	struct str input = {0}, unused;
	if (!action->begun && !record_input(run, action, &input, &unused))
		return;
	if (!action->begun)
		record_start(run, action->step, action->attempt, input);
	attempt_record_end(run, action->step, STEP_COMPLETED, action->output, (struct str){0}, NULL, 0);
	record_used(run, action->message);
}

/* ---- a step that is skipped ---- */

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

/* ---- the end of a run ---- */

int64_t
advance_steps_done(const struct held *run)
{
	int64_t done = 0;
	const struct definition *d = run->plan.definition;
	unsigned count = d ? d->step_count : 0;
	for (unsigned i = 0; i < count; i = d->steps[i].end)
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
	if (status != RUN_COMPLETED)
		change->run_ended.error = told;
	change->run_ended.kin = child_has_kin(run);
	change->run_ended.steps_done = advance_steps_done(run);
	change->run_ended.tokens_in = run->tokens_in;
	change->run_ended.tokens_out = run->tokens_out;
	change->run_ended.lost_nano = run->unknown_nano;
	change->run_ended.cost_nano = (struct maybe_int){!run->cost_unknown, run->cost_nano};
	if (status == RUN_COMPLETED)
		journal_event(run, "run.completed", (struct str){0}, 0, told);
	else if (status == RUN_CANCELLED)
		journal_event(run, "run.cancelled", (struct str){0}, 0, record_by(run, run->cancelled_by));
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
	record_run_begun(run);
	for (unsigned i = 0; run->recorded && run->plan.definition && i < frame_slots(&run->plan); i++)
		if (frame_has(&run->plan, i) && run->recorded[i] == RECORDED_STARTED)
			attempt_record_end(run, i, STEP_FAILED, NULL, error, NULL, 0);
	end_run(run, RUN_FAILED, NULL, NULL, error);
}

/* ---- before a call begins ---- */

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
		wait_blocked(run);
		return false;
	case QUOTA_REFUSED:
		if (!record_input(run, action, &input, &unused))
			return false;
		record_used(run, action->answer);
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
		if (!record_input(run, action, &input, &unused))
			return true;
		record_used(run, action->answer);
		record_start(run, action->step, action->attempt, input);
		attempt_record_end(run, action->step, STEP_COMPLETED, output, (struct str){0}, &usage, 0);
		return true;
	}
	return false;
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
	if (action->cache_key && from_cache(run, action))
		return run->state == HELD_ACTIVE;
	if (action->kind !=
		ACTION_START) /* one that must wait for a limit is planned again, and needs its answer then */
		record_used(run, action->answer);
	switch (action->kind) {
	case ACTION_START:
		if (may_start(run, action)) {
			record_used(run, action->answer);
			start_step(run, action);
		}
		return run->state == HELD_ACTIVE;
	case ACTION_BEGIN:
		record_run_with(run, action->input);
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
		wait_begin(run, action);
		return true;
	case ACTION_LOOK:
		wait_look(run, action);
		return true;
	case ACTION_CHILD:
		child_start(run, action);
		return true;
	case ACTION_COMPLETE:
		complete_step(run, action);
		return true;
	case ACTION_RETRY:
		wait_retry(run, action);
		return true;
	case ACTION_ASK:
		wait_ask(run, action);
		return true;
	case ACTION_SKIP:
		skip_step(run, action);
		return true;
	case ACTION_STAND:
		wait_stand(run, action->waiting_for);
		return true;
	case ACTION_SLEEP:
		wait_sleep(run, action);
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
			child_settle(run);
			more = look(run, arena);
			if (run->state == HELD_ACTIVE) {
				frames_sweep(run);
				tickets_sweep(run);
			}
		}
		pool_give(&ex->pool, arena);
	}
	if (run->state == HELD_ACTIVE && ex->state == EXECUTOR_RUNNING)
		repeat_begin(run);
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
		wait_release(run, 0);
}

void
advance_changed(struct executor *ex)
{
	struct held *run;
	while ((run = held_queue_take(&ex->changed, false)))
		if (run->state == HELD_ACTIVE)
			advance_run(run);
}
