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

/* A list's page: what is asked for, and what came. The cursor is the last row shown: its time and id. */
struct page_ask {
	int64_t limit;
	bool has_cursor;
	int64_t us;
	struct id id;
	const struct db_array *words; /* NULL: all */
};
struct page {
	struct str json; /* array */
	bool more;
	int64_t us; /* with more: where the next page starts */
	struct id id;
};

/* A creation that happens once: its key (p NULL: none was given) and the hash of the request that brought it. */
struct once {
	struct str key;
	unsigned char request[32];
};
struct created {
	struct str json;
	bool replayed; /* it happened before; this is the answer of then */
};

/* Versions, newest first: the cursor is the number of the last one shown. */
struct version_page {
	struct str json; /* array */
	bool more;
	int64_t last; /* with more */
};

/* A change of a thing that counts its revisions. */
struct change {
	struct id id;	 /* new for every request: when the batch is sent again, the change is made once */
	int64_t assumed; /* the revision it was made on; 0: any */
};

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
/* Parameters of a list (page_place: without words), and its one row. */
void page_place(struct db_batch *batch, const struct page_ask *ask);
void page_params(struct db_batch *batch, const struct page_ask *ask);
bool page_result(const struct db_batch *batch, int index, struct page *ret_page, struct err *err);
/* The one row of a creation: replayed, answer. */
bool created_result(const struct db_batch *batch, int index, struct created *ret_created, struct err *err);
/* The first parameters of all changes: workspace, id of the thing, revision, id of the change. */
void change_params(struct db_batch *batch, const struct caller *caller, struct id id, const struct change *change);
/* A page of numbered versions: workspace, id of the thing, limit, number they are below (0: from the newest). */
bool versions_read(const struct caller *caller, int statement, const char *what, struct id id, int64_t limit,
	int64_t below, struct version_page *ret_page, struct err *err);
/* One version by its number. */
bool version_read(const struct caller *caller, int statement, struct id id, int64_t version, struct str *ret_json,
	struct err *err);
/* The single text of a :maybe statement; ERR_NOT_FOUND saying so of `what` when there is no row. */
bool one_text(const struct db_batch *batch, int index, const char *what, struct str *ret_text, struct err *err);

/* ---- things with a revision: a workspace's agents, projects ---- */

/* A page, with or without what is archived. */
bool thing_list(const struct caller *caller, int list, const struct page_ask *ask, bool archived, struct page *ret_page,
	struct err *err);
int thing_add_read(struct db_batch *batch, const struct caller *caller, int read, struct id id);
bool thing_result(const struct db_batch *batch, int index, const char *what, struct str *ret_json,
	int64_t *ret_revision, struct err *err);

#endif
