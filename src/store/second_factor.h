/*
 * Second factors. What is compared with a code comes out sealed; that a code is taken once is the database's business: of two
 * requests with the same one, one gets ERR_INVALID.
 */
#ifndef STEPMILL_STORE_SECOND_FACTOR_H
#define STEPMILL_STORE_SECOND_FACTOR_H

#include "store/attempt.h"

struct second_factor {
	struct id person;
	struct str email;
	const char *password_hash; /* of the person who asks; NULL at sign-in */
	bool enabled;
	bool has_secret;
	struct id key;	   /* what opens it */
	struct str sealed; /* bytes */
};

/* A code that was found to be right, or may be: the step of an authenticator's, or the hash of a recovery code. */
struct second_factor_code {
	bool is_step;
	int64_t step;
	unsigned char hash[32];
};

bool second_factor_read(const struct caller *caller, struct str *ret_json, struct err *err);
/* Counts the attempt before it looks; ERR_RATE_LIMITED after too many. */
bool second_factor_look(
	const struct caller *caller, const struct attempt *attempt, struct second_factor *ret_factor, struct err *err);
bool second_factor_begin(
	const struct caller *caller, const struct attempt *attempt, struct id key, struct str sealed, struct err *err);
/* New recovery codes, as they are kept. */
struct recovery_hashes {
	unsigned count;
	const unsigned char (*hash)[32];
};
/* In force from now on. */
bool second_factor_confirm(const struct caller *caller, const struct attempt *attempt, struct str sealed, int64_t step,
	const struct recovery_hashes *hashes, struct err *err);
bool second_factor_codes(const struct caller *caller, const struct attempt *attempt,
	const struct second_factor_code *code, const struct recovery_hashes *hashes, struct err *err);
bool second_factor_disable(const struct caller *caller, const struct attempt *attempt,
	const struct second_factor_code *code, struct err *err);
bool second_factor_remove(const struct caller *caller, struct id person, struct err *err);

/* ---- at sign-in: between the password and the code ---- */

/* Takes the attempt at the password back. */
bool challenge_make(const struct caller *caller, const struct attempt *attempt, struct id person,
	const unsigned char *token, struct err *err);
/* ERR_UNAUTHENTICATED: there is no such challenge any more. */
bool challenge_look(const struct caller *caller, const struct attempt *attempt, const unsigned char *token,
	struct second_factor *ret_factor, struct err *err);
/* The session, under the caller's token, which is new; ends the one under `old` (NULL: none). */
struct challenge_answer {
	const unsigned char *challenge, *old;
	const struct second_factor_code *code;
	struct str agent;
	int seconds;
};
/* The code was wrong: said in the log of the account. */
bool challenge_refused(const struct caller *caller, const struct attempt *attempt, struct id person, struct err *err);
bool challenge_meet(const struct caller *caller, const struct attempt *attempt, const struct challenge_answer *answer,
	struct str *ret_json, struct err *err);

#endif
