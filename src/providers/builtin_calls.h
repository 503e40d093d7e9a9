/* For builtin.c: the tools that it was told to ask for. */
#ifndef STEPMILL_PROVIDERS_BUILTIN_CALLS_H
#define STEPMILL_PROVIDERS_BUILTIN_CALLS_H

#include "providers/provider.h"

/* What it asks for in this turn (NULL: nothing, it answers), and the prompt without such orders. */
bool builtin_calls(struct arena *arena, const struct model_request *request, struct str *ret_prompt,
	const struct json **ret_calls, struct err *err);
/* The prompt, and behind it what tools have given so far, a paragraph each: no orders are taken from these. */
struct str builtin_with_results(struct arena *arena, const struct model_request *request, struct str prompt);

#endif
