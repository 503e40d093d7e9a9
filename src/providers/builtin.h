/*
 * The built-in model: deterministic, free, and without a network, so that a first run, a test and a benchmark need nothing
 * else. builtin/echo (the prompt's last paragraph), builtin/extract (key points as a list), builtin/summarise (one to three
 * sentences), builtin/actions (things to do: "- [ ] …"), builtin/score (0.00 to 1.00), builtin/schema (a JSON document that
 * satisfies options.schema, or an error), builtin/instant (echo, all at once unless told otherwise). All but the echoes work on
 * what stands behind the first blank line of the prompt: the part before it is taken for the instruction. A token is four
 * bytes. Nothing costs anything unless a price is given.
 *
 * It can be told to misbehave, by the step's options or by lines of the prompt that hold nothing but such orders; the line
 * wins, and is not part of what the model reads. An order that makes no sense is an error; [[anything else]] is text:
 *
 *	[[delay 500]]        options.delay_ms      wait before the first word
 *	[[stream 20]]        options.stream_ms     milliseconds between words; 0: all at once; 10 unless told otherwise
 *	[[fail rate_limited]] options.fail         end with that error: rate_limited, overloaded, refused, broken_stream (after half the words)
 *	[[fail-times 2]]     options.fail_times    … only in the first N attempts
 *	[[tokens 100 50]]    options.tokens        report these counts instead of counting
 *	[[price 3 15]]       options.price         dollars for a million tokens in and out
 *	[[max-tokens 100]]   options.max_tokens    say no more than that
 *	[[hang]]             options.hang          never answer
 *	[[call weather {"city": "Bern"}]]          options.calls: [[{"name": "weather", "input": {…}}, …], …]
 *	                     ask for that tool. Lines that follow each other are asked together, the first of them in the first turn, and so on
 *
 * When nothing is left to ask for it answers, and what the tools gave stands behind the prompt, a paragraph each: so the last of it is
 * what builtin/echo says. Without tools such lines are text like any other.
 *
 * The answer is a script of at most 5000 pieces with the time to wait before each; the executor plays it with its timers. A
 * piece is whole characters and may be empty: the wait before a failure.
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
	bool hangs;	     /* after the last piece nothing more comes */
	const char *failure; /* after the last piece it ends with this error code; NULL: it ends well */
	const char *failure_text;
	struct model_usage usage;
	const struct json *calls; /* of tools that it asks for, in place of an answer; NULL: none */
};

bool builtin_answer(
	struct arena *arena, const struct model_request *request, struct builtin_answer *ret_answer, struct err *err);

/*
 * The most that the request may cost. The model knows what it will say, so that is its answer in full, or as many tokens as
 * [[max-tokens 100]], options.max_tokens, lets it say: longer answers are cut there.
 */
void builtin_ceiling(struct arena *arena, const struct model_request *request, int64_t *ret_nano);
/* False: it certainly costs nothing; told without filling the prompt in. */
bool builtin_may_cost(const struct json *options, struct str prompt, const struct json *input);

/* The models it offers, for the contract and the page. */
extern const char *const builtin_models[];

#endif
