/*
 * The built-in model: deterministic, free, and without a network, so that a first run, a test and a benchmark need nothing
 * else. builtin/echo (the prompt's last paragraph), builtin/extract (key points as a list), builtin/summarise (first sentences), builtin/score (a number),
 * builtin/schema (a JSON document that satisfies options.schema), builtin/instant (echo without any delay).
 *
 * It can be told to misbehave, by a line of the prompt or by the step's options, the line winning:
 *
 *	[[delay 500]]        options.delay_ms      wait before the first word
 *	[[stream 20]]        options.stream_ms     milliseconds between words; 0: all at once
 *	[[fail rate_limited]] options.fail         end with that error: rate_limited, overloaded, refused, broken_stream (after half the words)
 *	[[fail-times 2]]     options.fail_times    … only in the first N attempts
 *	[[tokens 100 50]]    options.tokens        report these counts instead of counting words
 *	[[hang]]             options.hang          never answer
 *
 * The answer is a script of pieces with the time to wait before each; the executor plays it with its timers.
 */
#ifndef STEPMILL_PROVIDERS_BUILTIN_H
#define STEPMILL_PROVIDERS_BUILTIN_H

#include "providers/provider.h"

struct builtin_piece {
	int64_t wait_ms;
	struct str text;
};

struct builtin_answer {
	struct builtin_piece *pieces;
	unsigned piece_count;
	bool hangs;              /* after the last piece nothing more comes */
	const char *failure;     /* after the last piece it ends with this error code; NULL: it ends well */
	const char *failure_text;
	struct model_usage usage;
};

bool builtin_answer(struct arena *arena, const struct model_request *request, struct builtin_answer *ret_answer, struct err *err);

/* The models it offers, for the contract and the page. */
extern const char *const builtin_models[];

#endif
