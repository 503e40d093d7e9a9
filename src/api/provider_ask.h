/*
 * What a worker asks a sign-in provider: where people are sent (discovery), with which keys it signs, and who came back with a code. What
 * is asked for the first time is waited for, five seconds in all and by one worker in four at most; what a provider says of itself is
 * remembered by each worker for an hour.
 *
 * Errors are issues of "provider" whose code is a stable word for the page: provider_unreachable, provider_refused, provider_invalid, busy.
 * What was wrong is in the detail, for the log, without values of tokens.
 */
#ifndef STEPMILL_API_PROVIDER_ASK_H
#define STEPMILL_API_PROVIDER_ASK_H

#include "api/call.h"
#include "api/id_token.h"

struct provider_ask {
	struct str issuer, client;
	const char *callback; /* where the provider sends people back to */
	const char *state, *nonce, *verifier;
};

/* The address that the browser is sent to. */
bool provider_where(struct call *call, const struct provider_ask *ask, const char **ret_url, struct err *err);

/* Who it is that came back with `code`. `issuer`: as the answer names it (RFC 9207); p NULL: it did not. */
bool provider_who(struct call *call, const struct provider_ask *ask, struct str secret, struct str code,
	struct str issuer, struct id_token *ret_token, struct err *err);

bool provider_trouble(struct err *err, const char *word, const char *why);

#endif
