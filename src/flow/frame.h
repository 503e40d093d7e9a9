/*
 * Iterations of loops. A loop that has begun has a frame for each iteration that is under way: the states of the iteration and of what is
 * in it, in the order of the definition, in a block of numbers past those of the definition's own steps. So whatever is true of the
 * distance between two steps of a definition is true of their numbers in a frame, and plan() walks both alike. In the frame around it a loop's
 * steps have numbers too, which nobody uses.
 *
 *	definition   a  each  send  wait  b            each is a loop of send and wait
 *	numbers      0   1     2     3    4            of the run; 2 and 3 are nobody's
 *	             5   6     7                       each[0], each[0]/send, each[0]/wait
 *	             8   9    10                       each[1], …
 *
 * Frames are forgotten when their iteration has ended; their numbers are given to others later, so that a loop of any length needs no more
 * room than what is under way at once.
 */
#ifndef STEPMILL_FLOW_FRAME_H
#define STEPMILL_FLOW_FRAME_H

#include "flow/plan.h"

/* Past the last number. */
static inline unsigned
frame_slots(const struct run_state *state)
{
	return state->slots > 0 ? state->slots : state->definition->step_count;
}

/* The iteration that a step is, or is in; NULL: none. */
static inline struct frame *
frame_of(const struct run_state *state, unsigned step)
{
	return step < state->definition->step_count ? NULL : state->frame_of[step - state->definition->step_count];
}

/* Is there such a step now? */
static inline bool
frame_has(const struct run_state *state, unsigned step)
{
	return step < state->definition->step_count || frame_of(state, step);
}

bool frame_is_iteration(const struct run_state *state, unsigned step);
/* Past what is nested in it, in its own frame. */
unsigned frame_end(const struct run_state *state, unsigned step);
/* The group, iteration or loop it is in; NO_STEP: none. */
unsigned frame_parent(const struct run_state *state, unsigned step);
/* Of a step in the same list: `index` is its place in the definition. */
unsigned frame_beside(const struct run_state *state, unsigned step, unsigned index);
/* What a step means by another one, written before it: in its own iteration, or in one around it. */
unsigned frame_named(const struct run_state *state, unsigned step, unsigned index);
bool frame_find(const struct run_state *state, struct str path, unsigned *ret_step);

/* each[3] → each, and 3; false: the path is of no iteration. */
bool frame_path(struct str path, struct str *ret_loop, unsigned *ret_index);

/*
 * A frame for an iteration of a loop; the one that it has already, if it has. `arena` is the frame's, `run` that of the run. Pointers into
 * run_state.steps are void then.
 */
struct frame *frame_open(
	struct arena *arena, struct arena *run, struct run_state *state, unsigned loop, unsigned index);
/* Its loop forgets it, and everything in it; its numbers are not given to others before frame_free. */
void frame_close(struct run_state *state, struct frame *frame);
void frame_free(struct run_state *state, struct frame *frame); /* not its arena */
/* A frame of the run that nobody needs any more: its iteration has ended, and neither the next one nor its loop looks at it. NULL: none. */
struct frame *frame_unneeded(const struct run_state *state, unsigned loop);

/* What a loop goes through is here: each iteration under way gets its item, and the loop knows which is next. */
void frame_items(struct run_state *state, unsigned loop, const struct json *items);

#endif
