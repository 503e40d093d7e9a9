/*
 * The code of a workflow is run over what its steps have come to (ACTION_REPLAY): what it is given, and what it answers. Pure; who runs it is
 * exec/replay.c, and the command line for a test without a server.
 */
#ifndef STEPMILL_FLOW_REPLAY_H
#define STEPMILL_FLOW_REPLAY_H

#include "flow/plan.h"

#define REPLAY_CPU_MS 2000

/* The end of a step that the code knows of: its place among all ends of the run, and when it was. */
struct replay_end {
	unsigned step;
	int64_t seq, ms;
};

/* The steps that have ended, without their places and times. */
unsigned replay_ends(struct arena *arena, const struct run_state *state, struct replay_end **ret_ends);

/* {"run", "input", "started", "history", "begun"}; shares what is in the state. */
struct json *replay_scope(struct arena *arena, const struct run_state *state, struct str run, int64_t started_ms,
	const struct replay_end *ends, unsigned count);

/* What it asks for, or has come to; `seen` is for the caller. Of what cannot be read, that. */
struct replay replay_told(struct arena *arena, struct str text);
struct replay replay_failed_with(struct arena *arena, const char *code, const char *message);

#endif
