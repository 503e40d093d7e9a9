/*
 * The ID token of a sign-in provider (OpenID Connect Core 1.0, 2 and 3.1.3.7): whose it is, when all of it is as it must be. Pure: what
 * the provider said comes in, what is true of the person goes out.
 *
 *	struct id_token_expect expect = {.issuer = …, .client = …, .nonce = …, .wall_us = wall_us()};
 *	switch (id_token_check(arena, text, keys, &expect, &token, &why))
 *
 * Only RS256 and ES256: "none" and keys that the client knows, too (HS256), are refused, whatever the provider announces.
 */
#ifndef STEPMILL_API_ID_TOKEN_H
#define STEPMILL_API_ID_TOKEN_H

#include "json/json.h"

#define ID_TOKEN_SUBJECT_MAX 255
#define ID_TOKEN_LEEWAY_SECONDS 60 /* clocks differ */

struct id_token_expect {
	struct str issuer, client, nonce;
	int64_t wall_us;
};

struct id_token {
	struct str subject;
	struct str email; /* empty: none, or none that could be one */
	bool email_verified;
	struct str name;
	const struct json *claims;
};

enum id_token_verdict {
	ID_TOKEN_GOOD,
	ID_TOKEN_UNKNOWN_KEY, /* signed with a key that is not among these: the provider may have a new one */
	ID_TOKEN_BAD,
};
/* `keys`: the provider's JSON Web Key Set. `ret_why`: for the log, never with a value of the token in it. */
enum id_token_verdict id_token_check(struct arena *arena, struct str text, const struct json *keys,
	const struct id_token_expect *expect, struct id_token *ret_token, const char **ret_why);

#endif
