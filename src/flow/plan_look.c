/*
 * Waits that go on while a condition holds. Such a wait sleeps between its looks (due_us: until when), or is looking (due_us is 0): the
 * step of its own, if it has one, runs, and then the condition is asked. When that step begins, the wait's time is taken away in
 * the same flush, and it is given the next one when the condition held; so whoever takes the run over knows whether a look has begun, and a
 * step that has run for it does not run again.
 *
 *	WAITING, due_us > 0    its time comes, or a signal      its own step begins: due_us becomes 0
 *	WAITING, due_us = 0    its step is over, or it has none the condition holds: ACTION_LOOK; it does not: ACTION_COMPLETE
 */
#include "flow/plan_internal.h"

#include "flow/plan_control.h"

static bool
deadline(const struct planner *p, unsigned index, int64_t *ret_us)
{
	*ret_us = p->state->steps[index].since_us + def_of(p, index)->max_us;
	return def_of(p, index)->max_us > 0;
}

/* The last look is at the end of its time. */
static int64_t
next_look(const struct planner *p, unsigned index)
{
	int64_t end_us, at_us = p->state->now_us + def_of(p, index)->poll_us;
	return deadline(p, index, &end_us) && at_us > end_us ? end_us : at_us;
}

static void
fail_late(struct planner *p, unsigned index)
{
	planner_fail_step(p, index,
		planner_error_text(p->arena, "max_wait",
			str_of(arena_printf(p->arena,
				"What it waited for did not happen within %g s. Give it more time, or see why not.",
				(double)def_of(p, index)->max_us / 1e6)),
			STR("")));
}

/* What its own step gave last is its output; without one it has none. */
static const struct json *
output_of(const struct planner *p, unsigned index)
{
	const struct step_state *poll = &p->state->steps[index + 1];
	if (!def_of(p, index)->polls)
		return NULL;
	return poll->status == STEP_COMPLETED && poll->output ? poll->output : json_new_null(p->arena);
}

static void
ask_condition(struct planner *p, unsigned index, const struct message *message)
{
	const struct step_state *step = &p->state->steps[index];
	int64_t end_us;
	bool holds;
	if (!planner_holds_now(p, index, &holds))
		return; /* not known yet, or the step fails of it */
	if (!holds) {
		struct action *action = planner_add_about(p, ACTION_COMPLETE, index, step->attempt);
		action->begun = true;
		action->output = output_of(p, index);
	} else if (deadline(p, index, &end_us) && p->state->now_us >= end_us) {
		fail_late(p, index);
	} else {
		planner_add_about(p, ACTION_LOOK, index, step->attempt)->at_us = next_look(p, index);
	}
	p->actions[p->count - 1].message = message;
	p->told |= message != NULL;
}

static void
begin_poll(struct planner *p, unsigned index, const struct message *message)
{
	unsigned before = p->count;
	planner_begin(p, index + 1);
	if (p->count > before && p->actions[before].kind != ACTION_FETCH && message) {
		p->actions[before].answer = message;
		p->told = true;
	}
}

/* Its own step has begun for this look, and is not over yet. True: so it is. */
static bool
polls_now(struct planner *p, unsigned index)
{
	unsigned poll = index + 1;
	switch (p->state->steps[poll].status) {
	case STEP_RUNNING:
		p->busy = true;
		return true;
	case STEP_WAITING:
		planner_add_control(p, plan_control_waiting(p->arena, p->state, poll));
		return true;
	case STEP_FAILED:
		if (planner_done(p, poll))
			return false;
		planner_fail_step(p, index, planner_error_of_step(p, poll));
		return true;
	default:
		return false;
	}
}

void
planner_look(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	const struct step_state *step = &p->state->steps[index];
	const struct message *message = NULL;
	p->rests = true;
	if (step->due_us == 0) {
		if (!def->polls || !polls_now(p, index))
			ask_condition(p, index, NULL);
		return;
	}
	if (p->state->status == RUN_PAUSED) {
		planner_sleep_until(p, PLAN_NEVER);
		return;
	}
	if (!p->told)
		message = plan_signal(p->state, def->signal);
	if (!message && p->state->now_us < step->due_us)
		planner_sleep_until(p, step->due_us);
	else if (def->polls)
		begin_poll(p, index, message);
	else
		ask_condition(p, index, message);
}
