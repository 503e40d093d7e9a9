/*
 * Who asks, for the API's side of the store: every function here takes a caller and puts the guard first into its
 * batch, so that asking whether somebody may and doing it are one round trip and one transaction.
 *
 *	SM401 → ERR_UNAUTHENTICATED, SMSCP → ERR_SCOPE, SM403 → ERR_FORBIDDEN, SM404 → ERR_NOT_FOUND: from the guard, before anything else
 * is looked at.
 */
#ifndef STEPMILL_STORE_CALLER_H
#define STEPMILL_STORE_CALLER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

#include <stdint.h>

#define CALLER_TOKEN_SIZE 32

struct db;
struct db_batch;

/* Where the guard's answer of this request is; see caller_person. */
struct caller_guarded {
	const struct db_batch *batch;
	int index;
};

struct caller {
	struct db *db;
	struct arena *arena;
	bool has_token;
	unsigned char token[CALLER_TOKEN_SIZE]; /* hash of the session's token, or of the API token */
	const char *scope;			/* what an API token must be good for; NULL: it is a session's */
	const char *role;   /* needed in `workspace`; NULL: only a person, or nobody when there is no token either */
	bool administrator; /* of the installation; then no role in a workspace */
	struct id workspace;
	/* Of what changes something: operationId, where it came from and the request's id, for the audit log. NULL: it only reads. */
	const char *operation, *address, *request;
	struct caller_guarded *guarded; /* filled in; NULL: nobody wants to know */
	bool hurry;			/* the database was away a moment ago: do not wait for it */
};

/* Who it was, when the guard has let them in and the request's transaction held. */
bool caller_person(const struct caller *caller, struct id *ret_person);

/* ---- for the files of this directory ---- */

/* A batch with the guard in front. May be sent again when the connection was lost: it reads, or writes with ids of its
 * own. */
struct db_batch *caller_batch(const struct caller *caller);
/* The guard alone, for batches that have something to do before it. */
void caller_guard(struct db_batch *batch, const struct caller *caller);
/* What it is and where from, of what changes something: for batches that were not made by caller_batch(). */
void caller_acting(struct db_batch *batch, const struct caller *caller);
/* Runs a batch that writes, with the places where tests make it fail. */
bool caller_commit(struct db_batch *batch, struct err *err);

#endif
