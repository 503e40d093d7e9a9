/*
 * Workflows with code. Their steps are those of any workflow, but each begins when the code asks for it; and the code is asked anew, from its start, each
 * time that one of them has ended. A failure ends nothing by itself: the code sees it.
 */
#include "flow/plan_internal.h"

bool
plan_step_over(struct arena *arena, const struct run_state *state, unsigned step)
{
	const struct planner p = {.arena = arena, .state = state};
	const struct step_state *s = &state->steps[step];
	const struct step_def *def = plan_def(state, step);
	if (def->parent != NO_STEP)
		return false;
	return step_ended(s->status) && planner_done(&p, step);
}

static unsigned
count_over(struct arena *arena, const struct run_state *state)
{
	unsigned count = 0;
	for (unsigned i = 0; i < state->definition->step_count; i = frame_end(state, i))
		count += plan_step_over(arena, state, i);
	return count;
}

static bool
known(const struct run_state *state)
{
	return state->replay && state->replay->known;
}

bool
planner_asked(const struct planner *p, unsigned index)
{
	if (p->state->definition->code.n == 0 || def_of(p, index)->parent != NO_STEP ||
		p->state->steps[index].status != STEP_PENDING)
		return true;
	return known(p->state) && !p->state->replay->over && p->state->replay->asks &&
	       json_get_by(p->state->replay->asks, def_of(p, index)->key);
}

bool
planner_code_over(const struct planner *p)
{
	const struct replay *replay = p->state->replay;
	return known(p->state) && !replay->coming && replay->over && replay->seen == count_over(p->arena, p->state);
}

bool
planner_replay(struct planner *p)
{
	const struct run_state *state = p->state;
	bool any = false;
	if (state->definition->code.n == 0)
		return true;
	bool fresh = known(state) && state->replay->seen == count_over(p->arena, state);
	if (fresh || (state->replay && state->replay->coming)) {
		p->busy |= !fresh;
		return known(state);
	}
	for (unsigned i = 0; i < state->definition->step_count; i = end_of(p, i))
		any |= planner_fetch(p, i);
	if (!any)
		planner_add(p, ACTION_REPLAY);
	p->busy = true;
	return known(state);
}
