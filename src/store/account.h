/* The account of the person who asks, new accounts, and new passwords. */
#ifndef STEPMILL_STORE_ACCOUNT_H
#define STEPMILL_STORE_ACCOUNT_H

#include "store/attempt.h"

bool account_read(const struct caller *caller, struct str *ret_json, struct err *err);
bool account_rename(const struct caller *caller, struct str name, struct str *ret_json, struct err *err);

/* Who may make an account. `sign_up` p NULL: as it is. */
bool installation_read(const struct caller *caller, struct str *ret_json, struct err *err);
bool installation_change(const struct caller *caller, struct str sign_up, struct str *ret_json, struct err *err);

/* Signing up in two halves: the password is hashed between them. The first counts the attempt. */
bool sign_up_look(const struct caller *caller, const struct attempt *attempt, bool *ret_open, struct err *err);
bool sign_up_state(const struct caller *caller, struct str *ret_json, struct err *err);
struct mail;
struct sign_up {
	struct id person, workspace; /* new */
	struct str email, name, agent;
	const char *hash, *address;
	int seconds;			 /* of the session under the caller's token */
	const struct mail *confirmation; /* goes to their address; NULL: none */
	const unsigned char *confirmation_token;
};
bool sign_up_make(const struct caller *caller, const struct sign_up *new_one, struct str *ret_json, struct err *err);

/* Changing a password: what the current one is compared with, then the change, which ends all other sessions. */
bool password_look(const struct caller *caller, const struct attempt *attempt, const char **ret_hash,
	struct str *ret_email, struct err *err);
bool password_change(const struct caller *caller, const struct attempt *attempt, const char *old_hash,
	const char *new_hash, struct err *err);

/* Links that set a new password, under the hash of their token. An empty e-mail: the link is not good. */
bool reset_link_make(const struct caller *caller, struct id person, const unsigned char *token, struct str *ret_json,
	struct err *err);
bool reset_link_look(const struct caller *caller, const struct attempt *attempt, const unsigned char *token,
	struct str *ret_email, struct err *err);
bool reset_link_use(const struct caller *caller, const struct attempt *attempt, const unsigned char *token,
	const char *hash, bool *ret_used, struct err *err);

/* Sessions of the person. */
bool session_list(const struct caller *caller, struct str *ret_json, struct err *err);
bool session_end(const struct caller *caller, struct id session, struct err *err);
bool sessions_end_others(const struct caller *caller, struct err *err);

#endif
