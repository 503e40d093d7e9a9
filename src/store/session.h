/* Signing in and out, and who is signed in. */
#ifndef STEPMILL_STORE_SESSION_H
#define STEPMILL_STORE_SESSION_H

#include "store/caller.h"

struct attempt;

struct sign_in {
	bool known;
	struct id person;
	const char *password_hash;
	bool second_factor;
};

/* Counts the attempt before it looks; ERR_RATE_LIMITED after too many. */
bool session_look(const struct caller *caller, const struct attempt *attempt, struct str email,
	struct sign_in *ret_sign_in, struct err *err);

/* Opens a session without a second factor, under the caller's token, which is new, and takes the attempt back; ends the one under `old` (NULL:
 * none). The answer is who it is, as JSON. */
bool session_open(const struct caller *caller, const struct attempt *attempt, const unsigned char *old,
	struct id person, struct str agent, int seconds, struct str *ret_json, struct err *err);
/* The password was wrong: said in the log of the account, when there is one. */
bool session_refused(const struct caller *caller, const struct attempt *attempt, struct str email, struct err *err);
bool session_read(const struct caller *caller, struct str *ret_json, struct err *err);
bool session_close(const struct caller *caller, struct err *err);

#endif
