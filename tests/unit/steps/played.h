/*
 * What the tests of kinds of steps share: an attempt that is played with a double of the executor, and what the step did, written down a line
 * each. A test file says in its setup how large `said` may become, and what else it needs.
 */
#ifndef STEPMILL_TESTS_UNIT_STEPS_PLAYED_H
#define STEPMILL_TESTS_UNIT_STEPS_PLAYED_H

#include "../support.h"

#include "steps/step.h"

static struct buf said;

static inline int
played_setup(size_t most)
{
	arena = arena_new();
	buf_init(&said, most);
	return 0;
}

static inline int
played_teardown(void **state)
{
	(void)state;
	arena_free(arena);
	buf_release(&said);
	return 0;
}

/* The first attempt of a step; its kind must be one that there is. */
static inline struct step_attempt *
played_attempt(struct step_def *def, const struct json *input, const struct step_io *io)
{
	struct step_attempt *attempt = arena_new_of(arena, struct step_attempt);
	*attempt = (struct step_attempt){.kind = step_kind_by_name(def->kind),
		.def = def,
		.attempt = 1,
		.input = input,
		.key = STR("run/s1/1"),
		.arena = arena,
		.io = io};
	assert_non_null(attempt->kind);
	return attempt;
}

/* What it did from now on. */
static inline const char *
played_start(struct step_attempt *attempt)
{
	attempt->kind->start(attempt);
	return buf_str(&said).p;
}

#endif
