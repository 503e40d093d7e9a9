/*
 * Phases that a person begins. A run that is made so does the steps of its first phase; a step of another one does not begin before
 * somebody has said so, or a step of that phase has begun. A step without a phase goes with whatever is going on, and so does all that is
 * in a loop: what its iterations have begun is not remembered once they are over.
 */
#include "flow/plan_internal.h"

/* Something of the phase has begun in this run, or somebody has begun the phase. */
static bool
begun(const struct planner *p, struct str phase)
{
	const struct run_state *state = p->state;
	json_each (name, state->passed)
		if (str_eq(name->text, phase))
			return true;
	for (unsigned i = 0; i < state->definition->step_count; i++)
		if (state->steps[i].status != STEP_PENDING && state->steps[i].status != STEP_SKIPPED &&
			str_eq(state->definition->steps[i].phase, phase))
			return true;
	return false;
}

/*
 * No phase has begun, so the first does; or nothing in this generation: whoever asked for that run, or that it runs again from a
 * step, has begun what comes first. A group that has merely begun, around that step, is nothing yet; one that has ended, though it was empty, was a
 * step of its phase.
 */
static bool
fresh(const struct planner *p)
{
	const struct run_state *state = p->state;
	bool any = state->passed && state->passed->count > 0, now = state->begun_steps > 0 || state->any_over;
	for (unsigned i = 0; i < state->definition->step_count; i++) {
		if (state->definition->steps[i].phase.n == 0 || state->steps[i].status == STEP_PENDING ||
			state->steps[i].status == STEP_SKIPPED)
			continue;
		any = true;
		now |= underway(&state->steps[i]);
	}
	return !any || !now;
}

bool
planner_phase_open(struct planner *p, unsigned index)
{
	struct str phase = def_of(p, index)->phase;
	if (!p->state->manual || phase.n == 0 || index >= p->state->definition->step_count || begun(p, phase) ||
		str_eq(p->opens, phase))
		return true;
	if (p->opens.n == 0 && fresh(p)) {
		p->opens = phase;
		return true;
	}
	if (p->stands.n == 0)
		p->stands = phase;
	p->held++;
	return false;
}
