/* Sign-in providers: what administrators configure, and people on their way there and back. */
#ifndef STEPMILL_STORE_SIGN_IN_PROVIDER_H
#define STEPMILL_STORE_SIGN_IN_PROVIDER_H

#include "store/attempt.h"

/* What is to be set; p NULL and -1: left as it is. */
struct provider_change {
	struct id id;
	struct str name, issuer, client;
	bool has_secret;
	struct id key;
	struct str sealed;
	int enabled, create_accounts, link_accounts;
	struct str rules; /* JSON */
};

bool provider_list(const struct caller *caller, struct str *ret_json, struct err *err);
bool provider_read(const struct caller *caller, struct id id, struct str *ret_json, struct err *err);
bool provider_make(
	const struct caller *caller, const struct provider_change *provider, struct str *ret_json, struct err *err);
bool provider_change(
	const struct caller *caller, const struct provider_change *change, struct str *ret_json, struct err *err);
bool provider_delete(const struct caller *caller, struct id id, struct err *err);
bool provider_names(const struct caller *caller, struct str *ret_json, struct err *err);

struct provider_flow {
	struct str issuer, client;
	struct id key; /* what opens the client's secret */
	struct str sealed;
	bool connects; /* the account of somebody who is signed in */
	struct id person;
	struct str back_to; /* page to show afterwards */
};
/* ERR_NOT_FOUND: no such provider. `session`: of who connects their account; NULL: it is a sign-in. */
bool flow_begin(const struct caller *caller, struct id provider, const unsigned char *token,
	const unsigned char *session, struct str back_to, struct provider_flow *ret_flow, struct err *err);
/* Once. ERR_NOT_FOUND: it has ended, or never began. */
bool flow_end(const struct caller *caller, struct id provider, const unsigned char *token,
	struct provider_flow *ret_flow, struct err *err);

struct identity {
	struct id provider;
	struct str subject, email, name, claims;
	bool email_verified;
	const char *address;
};
struct identity_person {
	struct id person;
	bool second_factor;
	struct str refusal; /* a stable word; empty: none */
};
bool identity_person(const struct caller *caller, const struct identity *identity, const struct provider_flow *flow,
	struct identity_person *ret_person, struct err *err);
bool identity_list(const struct caller *caller, struct str *ret_json, struct err *err);
bool identity_remove(const struct caller *caller, struct id provider, struct err *err);

#endif
