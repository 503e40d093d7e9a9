/*
 * What a model vendor's file offers: build a request, read a (streamed) answer, price it. Pure: the executor does the I/O.
 * "vendor/model" names a model; providers/providers.c holds the table of vendors.
 */
#ifndef STEPMILL_PROVIDERS_PROVIDER_H
#define STEPMILL_PROVIDERS_PROVIDER_H

#include "json/json.h"

/* What a model may ask for. */
struct model_tool {
	struct str name, description; /* empty: none */
	const struct json *schema;    /* JSON Schema of what it is given; NULL: any object */
};

struct model_request {
	struct str model;	    /* without the vendor */
	struct str prompt;	    /* with its variables filled in */
	const struct json *options; /* of the step; NULL when none */
	int attempt;
	const struct model_tool *tools;
	unsigned tool_count;
	/*
	 * What followed the prompt, oldest first; NULL: nothing yet.
	 *	{"role": "assistant", "text": "…", "calls": [{"id": "1", "name": "weather", "input": {…}}]}
	 *	{"role": "tool", "id": "1", "name": "weather", "output": …}, or with "error": {"code", "message"} in its place
	 * An answer that asks for tools gives such `calls`; what they come to follows it in the next request.
	 */
	const struct json *messages;
};

struct model_usage {
	int64_t tokens_in, tokens_out, tokens_cached;
	int64_t cost_nano; /* billionths of a dollar */
	bool cost_known;
};

#endif
