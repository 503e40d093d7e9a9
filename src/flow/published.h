/*
 * The state that a workflow publishes: "state": {"progress": "{{steps.count.output.n}} of {{input.n}}", …} at the workflow's
 * level. It is stored nowhere: whoever asks gets it made from the run's input and the outputs that there are.
 *
 *	published_steps(arena, state, &keys, &count, err)     whose outputs must be read
 *	root = {"input": …, "steps": {"count": {"output": …}}} with those that there are
 *	published_fill(arena, state, root)                    a text whose template leads nowhere yet is null
 */
#ifndef STEPMILL_FLOW_PUBLISHED_H
#define STEPMILL_FLOW_PUBLISHED_H

#include "json/json.h"

#define STATE_NAMES_MAX 50

/* The steps that the templates of a checked state name, each once. */
bool published_steps(
	struct arena *arena, const struct json *state, struct str **ret_keys, unsigned *ret_count, struct err *err);

/* Always an object with the names of the state. */
struct json *published_fill(struct arena *arena, const struct json *state, const struct json *root);

#endif
