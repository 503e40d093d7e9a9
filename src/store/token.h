/* API tokens of the person who asks. */
#ifndef STEPMILL_STORE_TOKEN_H
#define STEPMILL_STORE_TOKEN_H

#include "store/caller.h"
#include "json/json.h"

struct token_new {
	struct id id;
	unsigned char hash[CALLER_TOKEN_SIZE];
	struct str name;
	const struct json *scopes; /* an array of texts */
	int64_t days;		   /* 0: it does not expire */
	bool one_workspace;
	struct id workspace;
};

/* The token as JSON, without its secret. */
bool token_make(const struct caller *caller, const struct token_new *token, struct str *ret_json, struct err *err);
bool token_list(const struct caller *caller, struct str *ret_json, struct err *err);
bool token_revoke(const struct caller *caller, struct id token, struct err *err);

#endif
