/*
 * What went wrong, said once. A function that can fail returns bool and fills a struct err:
 *
 *	if (!run_read(store, id, &run, err))
 *		return false;
 *	if (run.finished)
 *		return err_set(err, ERR_CONFLICT, "The run has already ended.");
 *
 * `message` is shown to the person who asked: what happened, why, what to do, one short sentence each, no secrets, no SQL.
 * `detail` is for the log only. `issues` name places in what the client sent. One table (base/err.c) maps a code to its
 * stable name and HTTP status; nothing else in the program does.
 */
#ifndef STEPMILL_BASE_ERR_H
#define STEPMILL_BASE_ERR_H

#include "base/str.h"

#include <stdarg.h>

enum err_code {
	ERR_NONE = 0,
	ERR_MALFORMED,		   /* 400 the bytes are not what they claim to be: JSON, cursor, id, header */
	ERR_UNAUTHENTICATED,	   /* 401 */
	ERR_SECOND_FACTOR,	   /* 401 the password was right; a code is needed, too */
	ERR_FORBIDDEN,		   /* 403 role or scope too low, or origin */
	ERR_SCOPE,		   /* 403 the API token is not for this */
	ERR_NOT_FOUND,		   /* 404 does not exist, or cannot be seen */
	ERR_METHOD,		   /* 405 */
	ERR_NOT_ACCEPTABLE,	   /* 406 */
	ERR_CONFLICT,		   /* 409 the thing is not in a state that allows it */
	ERR_PRECONDITION,	   /* 412 If-Match does not match */
	ERR_TOO_LARGE,		   /* 413 */
	ERR_MEDIA_TYPE,		   /* 415 */
	ERR_INVALID,		   /* 422 well formed, but not allowed: issues say where */
	ERR_PRECONDITION_REQUIRED, /* 428 */
	ERR_RATE_LIMITED,	   /* 429 */
	ERR_INTERNAL,		   /* 500 */
	ERR_UNAVAILABLE,	   /* 503 the database is away, or we are stopping: try again */
	ERR_TIMEOUT,		   /* 504 */
	ERR_LIMIT,		   /* 422 a cap of ours was reached (bytes, depth, nodes, cost) */
	ERR_CANCELLED,		   /* 409 */
	ERR_CODES
};

#define ERR_ISSUES_MAX 20

struct err_issue {
	char path[160]; /* JSON pointer into the body, or "query.limit", "header.If-Match", "path.run_id" */
	char code[32];	/* "unknown_field", "type", "required", "too_long", … */
	char message[200];
	unsigned line, column; /* in the text that was sent with the request as one; 0: none */
};

struct err {
	enum err_code code;
	char message[320];
	char detail[512];
	int retry_after_seconds; /* 0: unknown */
	unsigned line, column;	 /* 1-based place in a text; 0: none */
	unsigned issue_count;	 /* issues past ERR_ISSUES_MAX are counted in issues_dropped */
	unsigned issues_dropped;
	struct err_issue issues[ERR_ISSUES_MAX];
};

void err_clear(struct err *err);

/* Sets code and message, clears the rest; always returns false so that it can be returned. err may be NULL. */
bool err_set(struct err *err, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void err_detail(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ERR_INTERNAL: people are told that it is our fault, the log is told what it was. Always returns false. */
bool err_ours(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a place; sets ERR_INVALID with a general message when no code is set yet. Always returns false. */
bool err_issue(struct err *err, const char *path, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same of a place in a text. */
bool err_issue_at(struct err *err, unsigned line, unsigned column, const char *path, const char *code,
	const char *format, ...) __attribute__((format(printf, 6, 7)));

#ifdef __clang_analyzer__
/* The analyzer does not see into err.c, and would think that they may be true. */
#define err_set(...) ((void)err_set(__VA_ARGS__), false)
#define err_ours(...) ((void)err_ours(__VA_ARGS__), false)
#define err_issue(...) ((void)err_issue(__VA_ARGS__), false)
#endif

const char *err_name(enum err_code code); /* "not_found": stable, in every problem document */
int err_status(enum err_code code);
const char *err_title(enum err_code code); /* "Not found" */
bool err_retryable(enum err_code code);

#endif
