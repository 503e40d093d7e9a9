/*
 * A run without a server: plan() decides as it does in an executor, calls are answered by a test's fixture, functions and expressions by a
 * stepmill-js of this machine, and time passes at once. The same test always goes the same way.
 *
 *	test      {"input", "env", "start", "answers": {step: answer or list of them}, "signals": {name: data or list},
 *	          "approvals": {step: {"decision", "data", "comment"} or list}, "decisions": {step: "retry", "skip" or "stop", or list}}
 *	answer    {"output": …} or {"error": {"code", "message"}}, and "seconds": what the call takes
 *
 * A step is named by its path (review/grammar, each[3]/send), by its path in any turn (each[*]/send), or by its key. Of a list each call takes
 * the next, and the last goes on for ever.
 */
#ifndef STEPMILL_CLI_PLAY_H
#define STEPMILL_CLI_PLAY_H

#include "cli/cli.h"
#include "flow/plan.h"

struct play_step {
	struct str path;
	int attempt;	      /* of the newest */
	struct str cache_key; /* JSON text of what its output is kept under; empty: it is not */
	const struct json *input, *output;
	struct str error; /* JSON text */
	enum step_status status;
	int64_t seq, ended_us; /* of its end: which of all, from 1, and when */
};

struct play_used {
	struct play_used *next;
	const struct json *entry; /* of the fixture */
	unsigned count;
};

struct play_call {
	struct play_call *next;
	unsigned step;
	int64_t due_us;
	const struct json *output;
	struct str error;
};

/* An output that is kept. */
struct play_kept {
	struct play_kept *next;
	const struct step_def *def;
	struct str key;
	const struct json *output;
};

struct play {
	struct arena *arena;
	const struct json *test;
	struct run_state state;
	struct play_step *steps; /* in the order they began */
	unsigned count, room;
	struct play_used *used;
	struct play_call *calls; /* under way */
	struct play_kept *kept;
	struct evaluation *evaluations;
	struct replay replay;
	int64_t ends; /* of steps so far */
	int64_t started_us;
	bool ended;
	enum run_status end;
	const struct json *output; /* NULL: none */
	struct str error;	   /* JSON text */
};

/* False: the run cannot go on, and err says what the test has to say. What comes out of it lives in the arena. */
bool play_run(struct play *play, struct arena *arena, const struct definition *definition, const struct json *test,
	struct err *err);
const struct play_step *play_step(const struct play *play, struct str path); /* NULL: it has not begun */
bool play_uses(const struct play *play, const struct json *entry);	     /* of the test: was it asked for? */

/* play_js.c: the values of ACTION_EVALUATE ({source: value}, or the error), and what a function gives. False: there is no stepmill-js. */
bool play_evaluate(struct play *play, const struct action *action, struct evaluation *ret_evaluation, struct err *err);
bool play_call(struct play *play, unsigned step, int attempt, const struct json *input, const struct json **ret_output,
	struct str *ret_error, struct err *err);
/* What a handler makes of the beginning of a call, or of its end: `ret_returned` stays as it is when it returns nothing. */
bool play_handler(struct play *play, unsigned step, struct str code, const struct json *output, struct str error,
	const struct json **ret_returned, struct str *ret_error, struct err *err);
/* What the workflow's code comes to. */
bool play_replay(struct play *play, struct replay *ret_replay, struct err *err);
const char *play_js(struct arena *arena);					   /* the program */
struct str play_error(struct arena *arena, const char *code, const char *message); /* {"code", "message"} */

#endif
