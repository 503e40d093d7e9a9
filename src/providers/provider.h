/*
 * What a model vendor's file offers: build a request, read a (streamed) answer, price it. Pure: the executor does the I/O.
 * "vendor/model" names a model; providers/providers.c holds the table of vendors.
 */
#ifndef STEPMILL_PROVIDERS_PROVIDER_H
#define STEPMILL_PROVIDERS_PROVIDER_H

#include "json/json.h"

struct model_request {
	struct str model;	    /* without the vendor */
	struct str prompt;	    /* with its variables filled in */
	const struct json *options; /* of the step; NULL when none */
	int attempt;
};

struct model_usage {
	int64_t tokens_in, tokens_out, tokens_cached;
	int64_t cost_nano; /* billionths of a dollar */
	bool cost_known;
};

#endif
