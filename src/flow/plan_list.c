/* Lists of steps: what is ready begins, as many at once as may; and groups, which end as their steps did. */
#include "flow/plan_internal.h"

#include "flow/plan_agent.h"
#include "flow/plan_control.h"
#include "flow/plan_retry.h"
#include "flow/plan_scope.h"

/* Is what it waits for over with? */
static bool
ready(const struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	if (!planner_asked(p, index))
		return false;
	for (unsigned i = 0; i < def->need_count; i++)
		if (!p->settled[frame_beside(p->state, index, def->needs[i])])
			return false;
	for (unsigned i = 0; i < def->chooser_count; i++)
		if (!p->settled[frame_beside(p->state, index, def->choosers[i])])
			return false;
	return true;
}

/* A step can be done before one that it waits for: it was kept, and the other one not. */
void
planner_find_settled(struct planner *p)
{
	unsigned steps = frame_slots(p->state);
	p->settled = arena_array(p->arena, steps, sizeof *p->settled);
	for (unsigned i = 0; i < steps; i++)
		p->settled[i] =
			frame_has(p->state, i) && !frame_is_iteration(p->state, i) && planner_done(p, i) && ready(p, i);
}

/* One step of a list, which may begin when there is room. True: it goes on, now or later. */
static bool
look_at(struct planner *p, unsigned index, bool room)
{
	const struct step_def *def = def_of(p, index);
	switch (p->state->steps[index].status) {
	case STEP_PENDING:
		if (!ready(p, index))
			return false;
		if (p->state->status == RUN_PAUSED)
			planner_sleep_until(p, PLAN_NEVER);
		else if (room)
			planner_begin(p, index);
		return true;
	case STEP_RUNNING:
		if (step_is_group(def))
			planner_group(p, index);
		else if (def->control == CONTROL_LOOP)
			planner_loop(p, index);
		else
			p->busy = true;
		return true;
	case STEP_WAITING:
		if (def->control == CONTROL_CALL)
			p->busy = true;
		else if (step_looks(def))
			planner_look(p, index);
		else
			planner_add_control(p, plan_control_waiting(p->arena, p->state, index));
		return true;
	case STEP_FAILED:
		if (plan_retries(p->arena, p->state, index))
			planner_try_again(p, index);
		else if (def->on_failure == FAILURE_ASKS)
			planner_ask(p, index);
		else
			return false;
		return true;
	default:
		return false;
	}
}

bool
planner_walk(struct planner *p, unsigned first, unsigned end, unsigned at_once)
{
	bool active = false;
	unsigned begun = 0;
	for (unsigned i = first; i < end && at_once > 0; i = end_of(p, i))
		begun += underway(&p->state->steps[i]) ||
			 (p->state->steps[i].status == STEP_FAILED && !planner_done(p, i) && !planner_lost(p, i));
	for (unsigned i = first; i < end && !p->over; i = end_of(p, i)) {
		if (planner_done(p, i))
			continue;
		bool begins = p->state->steps[i].status == STEP_PENDING && ready(p, i);
		unsigned held = p->held;
		active |= look_at(p, i, at_once == 0 || begun < at_once);
		begun += begins && p->held == held;
	}
	return active;
}

/* What its steps gave: of a sequential group the last one's, of a parallel one all of them by their keys. */
static void
complete_group(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	bool parallel = def->control == CONTROL_PARALLEL;
	struct json *all = parallel ? json_new_object(p->arena) : NULL;
	unsigned last = NO_STEP;
	bool any = false;
	for (unsigned i = index + 1; i < end_of(p, index); i = end_of(p, i)) {
		if (p->state->steps[i].status != STEP_COMPLETED)
			continue;
		if (parallel && planner_fetch(p, i))
			any = true;
		else if (parallel)
			json_add(all, def_of(p, i)->key, plan_share(p->arena, p->state->steps[i].output));
		last = i;
	}
	if (any || (!parallel && last != NO_STEP && planner_fetch(p, last)))
		return;
	struct action *action = planner_add_about(p, ACTION_COMPLETE, index, p->state->steps[index].attempt);
	action->begun = true;
	action->output = parallel ? all : last != NO_STEP ? p->state->steps[last].output : NULL;
	if (!action->output) /* as it is read again from its row */
		action->output = json_new_null(p->arena);
}

void
planner_fail_step(struct planner *p, unsigned index, struct str error)
{
	struct action *action = planner_add_about(p, ACTION_FAIL, index, p->state->steps[index].attempt);
	action->begun = true;
	action->error = error;
}

static void
fail_group(struct planner *p, unsigned index, unsigned failed)
{
	planner_abort_between(p, index + 1, end_of(p, index));
	planner_fail_step(p, index, planner_error_of_step(p, failed));
}

unsigned
planner_first_lost(const struct planner *p, unsigned index)
{
	for (unsigned i = index + 1; i < end_of(p, index); i = end_of(p, i))
		if (planner_lost(p, i))
			return i;
	return NO_STEP;
}

void
planner_group(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	bool iteration = frame_is_iteration(p->state, index);
	unsigned failed = planner_first_lost(p, index), end = end_of(p, index);
	bool all = true;
	for (unsigned i = index + 1; i < end; i = end_of(p, i))
		all = all && planner_done(p, i);
	if (all && iteration && def->part != PART_NONE)
		planner_end_turn(p, index);
	else if (all)
		complete_group(p, index);
	else if (failed != NO_STEP && def->fail_fast && !iteration)
		fail_group(p, index, failed);
	else if (!planner_walk(p, index + 1, end, iteration ? 0 : def->at_once) && !p->over)
		fail_group(p, index, failed != NO_STEP ? failed : index);
}
