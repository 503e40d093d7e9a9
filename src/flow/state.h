/*
 * How a run's state comes about: from its rows, when somebody takes the run over, and from what people tell it. Pure, so that the
 * simulator of plan() lives by the same rules as the executor.
 */
#ifndef STEPMILL_FLOW_STATE_H
#define STEPMILL_FLOW_STATE_H

#include "flow/plan.h"

/*
 * The newest step run of a path that counts in the run's generation, as run_claim gives it: {"path", "attempt", "before", "status",
 * "output", "away", "error", "due"}; pending: only earlier generations have begun it, perhaps by another definition, of which `ret_step` is then
 * past the last step. What is kept of the row lives in the arena, or in the row. `ret_step` is set as soon as the path is known.
 */
bool state_load_step(
	struct arena *arena, struct run_state *state, const struct json *row, unsigned *ret_step, struct err *err);

/*
 * A signal ({"name", "data"}) or a decision or answer ({"path", "attempt", "decision", "comment", "data"}) becomes a message, which plan() will
 * take some time. False: nothing will ever take it, a decision about an attempt that does not wait, for example.
 */
bool state_hear(struct arena *arena, struct run_state *state, enum message_kind kind, struct id id, struct str data,
	struct str by);

#endif
