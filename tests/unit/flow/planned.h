/*
 * What the tests of the planner share: a run as it stands, what plan() makes of it, and a step that has completed.
 */
#ifndef STEPMILL_TESTS_UNIT_FLOW_PLANNED_H
#define STEPMILL_TESTS_UNIT_FLOW_PLANNED_H

#include "../support.h"

#include "flow/plan.h"
#include "json/writer.h"

/* A run of this definition that has begun, and none of its steps. */
static inline struct run_state *
run_of(const char *text, const char *input)
{
	struct definition *definition;
	struct err err = {0};
	struct run_state *run = arena_new_of(arena, struct run_state);
	if (!definition_read(arena, doc(text), &definition, &err))
		fail_msg("%s: %s", err.message, err.detail);
	*run = (struct run_state){.definition = definition,
		.input = doc(input),
		.status = RUN_RUNNING,
		.steps = arena_array(arena, definition->step_count, sizeof(struct step_state))};
	return run;
}

/* Three steps: extract → summarise → act, each taking what the one before gave. */
static inline struct run_state *
chain(void)
{
	return run_of(
		"{\"type\": \"chain\", \"input\": {\"type\": \"object\"}, \"steps\": ["
		"{\"key\": \"extract\", \"name\": \"Extract\", \"kind\": \"prompt\", \"input\": {\"text\": "
		"\"{{input.text}}\"}},"
		"{\"key\": \"summarise\", \"name\": \"Größe\", \"kind\": \"prompt\", \"input\": {\"c\": "
		"\"<{{steps.extract.output}}>\"}},"
		"{\"key\": \"act\", \"kind\": \"prompt\", \"input\": {\"c\": \"{{steps.summarise.output.title}}\", "
		"\"d\": [1]}}]}",
		"{\"text\": \"Grüße 🙂\"}");
}

static inline struct action *
planned(const struct run_state *run, unsigned expected)
{
	struct action *actions = NULL;
	struct err err = {0};
	unsigned count = 99;
	assert_true(plan(arena, run, &actions, &count, &err));
	assert_int_equal(count, expected);
	return actions;
}

static inline void
complete(struct run_state *run, unsigned step, const char *output)
{
	run->steps[step] = (struct step_state){.status = STEP_COMPLETED, .attempt = 1, .output = doc(output)};
}

#endif
