/*
 * Files of tests, *.test.yaml or *.test.json:
 *
 *	workflow: greet.yaml            beside it; greet.yaml#NAME of one with several; or definition: {…}
 *	tests:
 *	  - name: greets who is there
 *	    input: {name: Ada}
 *	    answers: {ask: {output: Hello Ada}}
 *	    expect: {output: Hello Ada}
 *
 * What else a test may say: play.h; what it may expect: fixture_expect.
 */
#ifndef STEPMILL_CLI_FIXTURE_H
#define STEPMILL_CLI_FIXTURE_H

#include "cli/play.h"

struct fixture {
	const char *path;
	const struct definition *definition;
	const struct json *input; /* JSON Schema */
	const struct json *tests; /* an array */
};

/* False, and told to standard error with file, line and column. */
bool fixture_read(struct cli *cli, const char *path, struct fixture *ret_fixture);

/* To standard error with file, line and column; always false. */
bool fixture_complain(const char *path, const struct json *at, const char *text);

/* fixture_steps.c: each step that the tests name is one of the workflow's, or the first that is not is told. */
bool fixture_steps_known(
	struct arena *arena, const char *path, const struct json *definition, const struct json *tests);

/*
 * Holds a run against {"status": completed unless set, "output", "error": {…}, "steps": {path: {"status", "attempts", "input", "output",
 * "error"}}}. Errors have to hold what is named; all else is equal or not. Each difference is a text of the list.
 */
void fixture_expect(struct arena *arena, const struct play *play, const struct json *expect, struct json *problems);

#endif
