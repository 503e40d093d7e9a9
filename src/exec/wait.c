/*
 * What waits: a step for a time, a signal or a person, another attempt for its time, a run for a limit, its next phase or whoever resumes it.
 * Who waits for longer than a moment is given back.
 */
#include "exec/executor.h"

#include "base/time.h"
#include "exec/fault_points.h"
#include "json/writer.h"

/* ---- steps ---- */

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
wait_begin(struct held *run, const struct action *action)
{
	struct step_state *step = &run->plan.steps[action->step];
	struct str input, unused;
	if (!record_input(run, action, &input, &unused))
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

void
wait_look(struct held *run, const struct action *action)
{
	run->plan.steps[action->step].loop.begun++;
	record_look(run, action->step, action->at_us);
	record_used(run, action->message);
	FAULT_PLACE("exec.look");
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
void
wait_retry(struct held *run, const struct action *action)
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

void
wait_ask(struct held *run, const struct action *action)
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

/* ---- runs ---- */

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
wait_set_status(struct held *run, enum run_status status, const char *event, struct str by)
{
	record_run_begun(run);
	run->plan.status = status;
	struct change *change = journal_add(run, CHANGE_RUN_STATUS);
	change->run_status.status = status;
	if (run->stands.n > 0) {
		change->run_status.phase = run->stands;
		pass_phase(run);
	}
	journal_event(run, event, (struct str){0}, 0, record_by(run, by));
}

void
wait_stand(struct held *run, struct str phase)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	record_run_begun(run);
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
wait_release(struct held *run, int64_t pause_ms)
{
	release(run, pause_ms);
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
void
wait_sleep(struct held *run, const struct action *action)
{
	struct executor *ex = run->executor;
	int64_t left = action->at_us == PLAN_NEVER ? SLEEP_MS_MAX * 1000 : action->at_us - run->plan.now_us;
	bool held = left <= SLEEP_HELD_US && !action->rests && ex->state != EXECUTOR_STOPPING;
	if (run->attempts || run->child_fetches > 0 || run->look != LOOK_NONE || held)
		timer_set(&ex->timers, &run->wake, boot_us() + left, sleep_over, run);
	else
		wait_release(run, left / 1000 < SLEEP_MS_MAX ? left / 1000 : SLEEP_MS_MAX);
}

/* Until whoever gives back what it waits for wakes it, or its time is over; while other steps of it go on it asks again itself. */
void
wait_blocked(struct held *run)
{
	struct executor *ex = run->executor;
	int64_t limit_us = run->plan.definition->limit_us, left = run->plan.begun_us + limit_us - run->plan.now_us;
	bool limited = limit_us > 0 && run->plan.begun_us > 0;
	if (run->attempts)
		timer_set(&ex->timers, &run->wake, boot_us() + SLEEP_HELD_US, sleep_over, run);
	else
		release(run, limited ? (left > 0 ? left / 1000 + 1 : 0) : SLEEP_MS_MAX)->release.blocked = true;
}
