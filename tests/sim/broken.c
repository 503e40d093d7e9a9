/*
 * Planners that are broken on purpose, each by a slip that somebody could make. They take what plan() gives and spoil
 * it. A simulator that does not find one of them proves nothing.
 */
#include "sim.h"

#define BROKEN(name) \
	static bool name(struct arena *arena, const struct run_state *state, struct action **ret_actions, \
		unsigned *ret_count, struct err *err)

static void
drop(struct action *actions, unsigned *count, unsigned at)
{
	for (unsigned i = at; i + 1 < *count; i++)
		actions[i] = actions[i + 1];
	--*count;
}

/* The next step begins while the one before it still runs. */
BROKEN(early)
{
	struct run_state shown = *state;
	unsigned steps = state->definition->step_count;
	shown.steps = arena_array(arena, steps, sizeof *shown.steps);
	memcpy(shown.steps, state->steps, steps * sizeof *shown.steps);
	for (unsigned i = 0; i < steps; i++)
		if (shown.steps[i].status == STEP_RUNNING)
			shown.steps[i].status = STEP_COMPLETED;
	return plan(arena, &shown, ret_actions, ret_count, err);
}

/* What runs at a cancellation is left running. */
BROKEN(left_running)
{
	if (!plan(arena, state, ret_actions, ret_count, err))
		return false;
	for (unsigned i = 0; i < *ret_count; i++)
		if ((*ret_actions)[i].kind == ACTION_ABORT)
			drop(*ret_actions, ret_count, i--);
	return true;
}

BROKEN(deaf)
{
	struct run_state shown = *state;
	shown.cancel_asked = false;
	return plan(arena, &shown, ret_actions, ret_count, err);
}

/* A cancellation waits for what runs, and forgets that it was asked. */
BROKEN(patient)
{
	struct run_state shown = *state;
	for (unsigned i = 0; i < state->definition->step_count; i++)
		if (step_underway(&state->steps[i]))
			shown.cancel_asked = false;
	return plan(arena, &shown, ret_actions, ret_count, err);
}

BROKEN(ends_twice)
{
	struct action *actions;
	if (!plan(arena, state, &actions, ret_count, err))
		return false;
	struct action *more = arena_array(arena, *ret_count + 1, sizeof *more);
	if (*ret_count)
		memcpy(more, actions, *ret_count * sizeof *more);
	*ret_actions = more;
	if (*ret_count && more[*ret_count - 1].kind == ACTION_END) {
		more[*ret_count] = more[*ret_count - 1];
		++*ret_count;
	}
	return true;
}

/* An attempt after a definite answer has the number of the one before. */
BROKEN(old_number)
{
	if (!plan(arena, state, ret_actions, ret_count, err))
		return false;
	for (unsigned i = 0; i < *ret_count; i++)
		if ((*ret_actions)[i].kind == ACTION_START && (*ret_actions)[i].step > 1)
			(*ret_actions)[i].attempt--;
	return true;
}

/* Says that a step cannot begin and ends the run in one breath, and after a death between the two it says nothing more.
 */
BROKEN(torn)
{
	if (!plan(arena, state, ret_actions, ret_count, err))
		return false;
	for (unsigned i = 0; i < state->definition->step_count; i++)
		if (state->steps[i].status == STEP_FAILED &&
			strstr(arena_strz(arena, state->steps[i].error), "template"))
			*ret_count = 0;
	return true;
}

/* Remembers something between two questions. */
BROKEN(moody)
{
	static unsigned mood;
	if (!plan(arena, state, ret_actions, ret_count, err))
		return false;
	if (++mood % 101 == 0)
		*ret_count = 0;
	return true;
}

BROKEN(unpausable)
{
	struct run_state shown = *state;
	if (shown.status == RUN_PAUSED)
		shown.status = RUN_RUNNING;
	return plan(arena, &shown, ret_actions, ret_count, err);
}

/* The output of the first step instead of the last. */
BROKEN(wrong_output)
{
	if (!plan(arena, state, ret_actions, ret_count, err))
		return false;
	for (unsigned i = 0; i < *ret_count; i++)
		if ((*ret_actions)[i].kind == ACTION_END && (*ret_actions)[i].output && state->steps[0].output)
			(*ret_actions)[i].output = state->steps[0].output;
	return true;
}

/* Fills every template with the newest output, whichever was named. */
BROKEN(wrong_input)
{
	struct run_state shown = *state;
	unsigned steps = state->definition->step_count;
	const struct json *newest = NULL;
	shown.steps = arena_array(arena, steps, sizeof *shown.steps);
	memcpy(shown.steps, state->steps, steps * sizeof *shown.steps);
	for (unsigned i = 0; i < steps; i++)
		newest = state->steps[i].output ? state->steps[i].output : newest;
	for (unsigned i = 0; i < steps; i++)
		if (shown.steps[i].output)
			shown.steps[i].output = newest;
	return plan(arena, &shown, ret_actions, ret_count, err);
}

/* A failed step is passed over. */
BROKEN(forgiving)
{
	struct run_state shown = *state;
	unsigned steps = state->definition->step_count;
	shown.steps = arena_array(arena, steps, sizeof *shown.steps);
	memcpy(shown.steps, state->steps, steps * sizeof *shown.steps);
	for (unsigned i = 0; i < steps; i++)
		if (shown.steps[i].status == STEP_FAILED)
			shown.steps[i].status = STEP_SKIPPED;
	return plan(arena, &shown, ret_actions, ret_count, err);
}

/* Tries again at once. */
BROKEN(impatient)
{
	struct run_state shown = *state;
	shown.now_us += 1000000000;
	return plan(arena, &shown, ret_actions, ret_count, err);
}

/* Forgets how often it has tried. */
BROKEN(stubborn)
{
	struct run_state shown = *state;
	unsigned steps = state->definition->step_count;
	shown.steps = arena_array(arena, steps, sizeof *shown.steps);
	memcpy(shown.steps, state->steps, steps * sizeof *shown.steps);
	for (unsigned i = 0; i < steps; i++)
		shown.steps[i].before = shown.steps[i].attempt > 0 ? shown.steps[i].attempt - 1 : 0;
	return plan(arena, &shown, ret_actions, ret_count, err);
}

/* Makes a call again that must not be made twice. */
BROKEN(repeats)
{
	struct run_state shown = *state;
	unsigned steps = state->definition->step_count;
	shown.steps = arena_array(arena, steps, sizeof *shown.steps);
	memcpy(shown.steps, state->steps, steps * sizeof *shown.steps);
	for (unsigned i = 0; i < steps; i++)
		shown.steps[i].outcome_unknown = false;
	return plan(arena, &shown, ret_actions, ret_count, err);
}

static const struct {
	const char *name;
	plan_function *plan;
} table[] = {
	{"early", early},
	{"left-running", left_running},
	{"deaf", deaf},
	{"patient", patient},
	{"ends-twice", ends_twice},
	{"old-number", old_number},
	{"torn", torn},
	{"moody", moody},
	{"unpausable", unpausable},
	{"wrong-output", wrong_output},
	{"wrong-input", wrong_input},
	{"forgiving", forgiving},
	{"impatient", impatient},
	{"stubborn", stubborn},
	{"repeats", repeats},
};
#define COUNT (sizeof table / sizeof *table)

const char *
broken_name(unsigned index)
{
	return index < COUNT ? table[index].name : NULL;
}

plan_function *
broken_by_name(const char *name)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (strcmp(table[i].name, name) == 0)
			return table[i].plan;
	return NULL;
}
