/*
 * The door to PostgreSQL, and the only user of libpq. No SQL text in C: every statement has a name, comes from
 * sql/queries/<noun>.sql and is declared in the generated db/statements.h as DB_<NAME>.
 *
 * A file of queries looks like this; the shape says how many rows are right, and db_run checks it:
 *
 *	-- name: run_read :maybe
 *	-- A run as the API shows it.
 *	select …::text from run where workspace_id = $1 and id = $2;
 *
 *	shapes: none (no rows wanted; the one row of a function that returns void is none), one (exactly one),
 *	maybe (none or one), many. A wrong count is a programming error and known only after the commit: ERR_INTERNAL.
 *
 * A unit of work is a batch: statements queued one after another and sent in one pipeline with a single Sync, which
 * PostgreSQL treats as one transaction: all of it holds or none. One batch is one round trip. Settings made with
 * set_config(…, true) in the first statement (see sql function guard) hold for the rest of the batch.
 *
 *	struct db_batch *b = db_batch_new(db, arena);
 *	db_add(b, DB_GUARD);      db_bytes(b, token_hash, 32); db_text(b, workspace); …
 *	db_add(b, DB_RUN_READ);   db_text(b, workspace); db_text(b, id);
 *	if (!db_run(b, err))      // sends, waits, checks shapes, retries the whole on 40001, 40P01
 *		return false;
 *	struct str json;
 *	if (!db_value(b, 1, 0, 0, &json)) return err_set(err, ERR_NOT_FOUND, …);
 *
 * The types of parameters are those PostgreSQL infers. Texts, numbers and truth values fit any type; db_id wants uuid,
 * db_bytes bytea, an array its own: write $1::uuid[], $2::bigint[], $3::text[], and cast elements of other types in the
 * statement. A parameter that nothing gives a type to (as in `select $4`, json_build_object($4)) needs a cast.
 *
 * Errors: SQLSTATE SMxxx raised by our own functions becomes the err_code of the same meaning (SM401 →
 * ERR_UNAUTHENTICATED, SM403, SMSCP, SM404, SM409, SM412, SM422, SM429); its MESSAGE is safe to show, its DETAIL is for the
 * log, its HINT names places in what was sent: one a line, path, code and message with tabs between.
 *
 * Lost connections. One that died while idle is replaced before anything is sent. When it is certain that nothing was
 * committed, db_run tries once more at once. db_retry_lost() says that twice is as good as once (reads, and writes with
 * an idempotency key): then db_run looks for a connection for up to 5 seconds, whatever became of the first attempt.
 * Otherwise, and in loops always, it is ERR_UNAVAILABLE, and db_outcome_unknown() tells whether the batch may have been
 * committed; "outcome unknown" is then in detail. A batch that failed may be started again as it is.
 */
#ifndef STEPMILL_DB_DB_H
#define STEPMILL_DB_DB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

#include <stdint.h>

#include "db/statements.h" /* generated: enum db_statement { DB_GUARD, … }; */

struct db;
struct db_batch;

/*
 * `conninfo` as libpq takes it; what it says in options (options='-c statement_timeout=5000') wins. Time
 * zone UTC, ISO dates and UTF-8 are set here. Statements are prepared on a connection when first used there. Made after
 * a fork, never before: two processes cannot share a connection.
 */
struct db *db_new(const char *conninfo, const char *application_name);
/* Before the first batch: what works longer for one statement is stopped (ERR_TIMEOUT), and what waits longer for a lock
 * gives up (ERR_UNAVAILABLE). Without this call there is no limit but the server's. */
void db_patience(struct db *db, long statement_seconds, long lock_seconds);
/* The same: its statements find everything by keys. Without statistics, which are never right for tables that live by the second, a plan
 * made for an empty table must not be kept for a full one. */
void db_by_keys(struct db *db);
void db_free(struct db *db);
bool db_connect(struct db *db, struct err *err); /* also done by the first batch */
bool db_connected(const struct db *db);
int db_socket(const struct db *db); /* -1 when there is none; may be another after each db_start and db_advance */
uint64_t db_connection_number(const struct db *db); /* grows at each connect: who cares about reconnects compares it */

struct db_batch *db_batch_new(struct db *db, struct arena *arena);
int db_add(struct db_batch *batch, enum db_statement statement); /* its index in the batch, from 0 */

/* Parameters of the statement added last, in order. The bytes must live until the batch has run. */
void db_text(struct db_batch *batch, const char *z); /* NULL: SQL null */
void db_str(struct db_batch *batch,
	struct str s); /* p NULL: SQL null; a NUL byte in it makes the batch fail, ERR_INVALID */
void db_bytes(struct db_batch *batch, const void *bytes, size_t n); /* bytea; NULL: SQL null */
void db_int(struct db_batch *batch, int64_t value);
void db_double(struct db_batch *batch, double value);
void db_bool(struct db_batch *batch, bool value);
void db_id(struct db_batch *batch, struct id id);
void db_maybe_id(struct db_batch *batch, const struct id *id); /* NULL: null */
void db_null(struct db_batch *batch);

/* Arrays, for statements over unnest(): built value by value, then given as one parameter. */
struct db_array;
struct db_array *db_array_ids(struct arena *arena);   /* uuid[]   */
struct db_array *db_array_ints(struct arena *arena);  /* bigint[] */
struct db_array *db_array_texts(struct arena *arena); /* text[]   */
void db_array_id(struct db_array *array, struct id id);
void db_array_int(struct db_array *array, int64_t value);
void db_array_str(struct db_array *array, struct str value); /* p NULL: SQL null */
void db_array_null(struct db_array *array);
void db_add_array(
	struct db_batch *batch, const struct db_array *array); /* the array must not grow any more; at most 64 MB */

void db_retry_lost(struct db_batch *batch);
/*
 * One more statement without parameters, in a transaction of its own that follows the batch's, sent with it: for hints that help whoever
 * must see what was committed. Nobody waits for it and nobody is told what became of it; it runs also when the batch fails.
 */
void db_then(struct db_batch *batch, enum db_statement statement);
bool db_then_sent(const struct db_batch *batch); /* after DB_DONE */
bool db_run(struct db_batch *batch, struct err *err);

/*
 * The same without waiting, for event loops: start, then call db_advance until it is DB_DONE or DB_FAILED, whenever
 * db_socket is ready (DB_WAIT_WRITE: for writing or reading) and once a second besides, because opening a connection
 * has a time limit. One batch at a time on a connection. An arena that ends with a running batch in it closes the
 * connection. After DB_FAILED with ERR_UNAVAILABLE it is the loop that waits before it starts again; attempts to
 * connect are refused while they come too soon.
 */
enum db_progress { DB_WAIT_READ, DB_WAIT_WRITE, DB_DONE, DB_FAILED };
bool db_start(struct db_batch *batch, struct err *err);
enum db_progress db_advance(struct db_batch *batch, struct err *err);
bool db_outcome_unknown(const struct db_batch *batch); /* after DB_FAILED: it may have been committed */

/* Results of statement `index`. A value lives as long as the arena. db_value is false for no such row, and for null. */
int db_rows(const struct db_batch *batch, int index);
bool db_value(const struct db_batch *batch, int index, int row, int column, struct str *ret_value);
bool db_value_int(const struct db_batch *batch, int index, int row, int column, int64_t *ret_value);
bool db_value_bool(const struct db_batch *batch, int index, int row, int column, bool *ret_value);
bool db_value_id(const struct db_batch *batch, int index, int row, int column, struct id *ret_value);
int64_t db_affected(const struct db_batch *batch, int index);

/*
 * LISTEN on a connection of its own, which is opened when need be. db_notification is false when none is waiting, and
 * when the connection is lost (db_connected tells): call db_listen again then, and look for what was missed.
 */
bool db_listen(struct db *db, const char *channel, struct err *err);
bool db_notification(struct db *db, struct arena *arena, struct str *ret_channel, struct str *ret_payload);

#endif
