/*
 * Running a batch. One path for waiting callers and for loops: db_start puts everything into libpq's buffer, db_advance
 * moves bytes and collects answers, db_run polls in between.
 *
 * What is sent, before one Sync: [pause] { [Parse of a statement that is new to the connection] Bind Describe Execute }
 *… What comes: one result for each, in order, then PGRES_PIPELINE_SYNC. After the first error the server skips to the
 * Sync and libpq answers PGRES_PIPELINE_ABORTED for what was skipped. There is no BEGIN: up to the Sync it is one
 * transaction, and the server commits when it reads the Sync. What db_then() adds is another such transaction, sent at once; its answers are
 * read, and forgotten, before those of the next batch. So:
 *
 *	connection lost before Sync was handed to libpq   nothing was committed
 *	an error came as the result of a statement        nothing was committed, even if the connection breaks then
 *	connection lost later, without such an error      outcome unknown
 *
 * The connection is non-blocking and both directions are served at once: a server that waits for us to read its results
 * while we wait for it to read our parameters would otherwise be a deadlock.
 */
#include "base/fault.h"
#include "base/time.h"
#include "db/batch.h"
#include "db/connection.h"
#include "db/failure.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>

#define REPEATS_MAX 5
#define OID_VOID 2278

/* db_run: how long it looks for a connection, and how long it waits for a server that says nothing at all. */
#define LOOK_FOR_US ((int64_t)5000000)
#define SILENCE_MAX_US ((int64_t)120000000)

static const char *
statement_name(enum db_statement statement)
{
	return db_statement_table[statement].name;
}

static bool
tell(struct err *err, const struct err *what)
{
	if (err)
		*err = *what;
	return false;
}

/* ---- sending ---- */

static void
clear_attempt(struct db_batch *batch)
{
	batch->item_count = 0;
	batch->answered = 0;
	batch->sync_sent = false;
	batch->then_sent = false;
	batch->after_send_passed = false;
	batch->rolled_back = false;
	batch->verdict = VERDICT_OK;
	batch->failure = NULL;
	for (int i = 0; i < batch->count; i++)
		batch->statements[i].result = NULL;
}

static void
note_item(struct db_batch *batch, int kind, enum db_statement statement, int index)
{
	struct batch_item *item = &batch->items[batch->item_count++];
	item->kind = kind;
	item->statement = statement;
	item->index = index;
}

/* Parse, when neither connection nor attempt has it yet. The connection has it only once its answer has come. */
static bool
queue_prepare(struct db_batch *batch, bool *queued, enum db_statement statement)
{
	if (batch->db->prepared[statement] || queued[statement])
		return true;
	queued[statement] = true;
	note_item(batch, ITEM_PREPARE, statement, -1);
	return PQsendPrepare(batch->db->conn, statement_name(statement), db_statement_table[statement].sql, 0, NULL);
}

/*
 * Before a batch is repeated the server itself waits a little, as the first statement of the same pipeline: a loop
 * needs no timer for it. It holds no lock yet, and each statement after it has its own snapshot.
 */
static bool
queue_pause(struct db_batch *batch, bool *queued)
{
	char text[32];
	snprintf(text, sizeof text, "%.6f", (double)connection_random_us((int64_t)5000 << batch->repeats) / 1e6);
	const char *values[] = {text};
	if (!queue_prepare(batch, queued, DB_BATCH_PAUSE))
		return false;
	note_item(batch, ITEM_PAUSE, DB_BATCH_PAUSE, -1);
	return PQsendQueryPrepared(batch->db->conn, statement_name(DB_BATCH_PAUSE), 1, values, NULL, NULL, 0);
}

/* Not with a repetition: what followed the first attempt is still to be answered. */
static bool
queue_then(struct db_batch *batch, const bool *queued)
{
	struct db *db = batch->db;
	const char *name = statement_name(batch->then);
	if (db->then.expected || batch->repeats > 0)
		return true;
	db->then.statement = batch->then;
	db->then.prepares = !db->prepared[batch->then] && !queued[batch->then];
	batch->then_sent = true;
	return (!db->then.prepares || PQsendPrepare(db->conn, name, db_statement_table[batch->then].sql, 0, NULL)) &&
	       PQsendQueryPrepared(db->conn, name, 0, NULL, NULL, NULL, 0) && PQpipelineSync(db->conn);
}

/* Everything into libpq's buffer. False: the connection is broken. */
static bool
queue_all(struct db_batch *batch)
{
	PGconn *conn = batch->db->conn;
	bool queued[DB_STATEMENTS + 1] = {false};
	batch->items = arena_array(batch->arena, (size_t)batch->count * 2 + 2, sizeof *batch->items);
	if (batch->repeats > 0 && !queue_pause(batch, queued))
		return false;
	for (int i = 0; i < batch->count; i++) {
		const struct batch_statement *s = &batch->statements[i];
		if (!queue_prepare(batch, queued, s->statement))
			return false;
		note_item(batch, ITEM_EXECUTE, s->statement, i);
		if (!PQsendQueryPrepared(conn, statement_name(s->statement), s->params, batch->values + s->first,
			    batch->lengths + s->first, batch->formats + s->first, 0))
			return false;
	}
	batch->sync_sent = true;
	return PQpipelineSync(conn) && (!batch->has_then || queue_then(batch, queued));
}

/* ---- ends ---- */

static enum db_progress
end(struct db_batch *batch, enum batch_state state)
{
	batch->db->running = NULL;
	batch->state = state;
	return state == BATCH_DONE ? DB_DONE : DB_FAILED;
}

/* The connection is gone, or of no more use. */
static enum db_progress
end_lost(struct db_batch *batch, struct err *err)
{
	struct db *db = batch->db;
	const char *why = db->conn && PQerrorMessage(db->conn)[0] ? PQerrorMessage(db->conn) : "the connection broke";
	batch->was_lost = true;
	batch->outcome_unknown = batch->sync_sent && !batch->rolled_back;
	if (batch->outcome_unknown)
		failure_outcome_unknown(err, why);
	else if (batch->failure)
		tell(err, batch->failure);
	else
		failure_unreachable(err, why);
	connection_drop(db);
	return end(batch, BATCH_FAILED);
}

static enum db_progress
end_unopened(struct db_batch *batch)
{
	batch->was_lost = true;
	batch->outcome_unknown = false;
	return end(batch, BATCH_FAILED);
}

static enum db_progress
send_all(struct db_batch *batch, struct err *err)
{
	clear_attempt(batch);
	batch->state = BATCH_SENT;
	if (FAULT("db.before_send") || !queue_all(batch))
		return end_lost(batch, err);
	return DB_WAIT_WRITE;
}

/* ---- receiving ---- */

static void
clear_result(void *result)
{
	PQclear(result);
}

/* The first error of an attempt decides what becomes of it; what follows is only "aborted". */
static void
take_error(struct db_batch *batch, const PGresult *result, const char *statement)
{
	static const int verdicts[] = {
		[FAILURE_REPORT] = VERDICT_REPORT,
		[FAILURE_REPEAT] = VERDICT_REPEAT,
		[FAILURE_REPREPARE] = VERDICT_REPREPARE,
		[FAILURE_LOST] = VERDICT_LOST,
	};
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	if (!sqlstate || batch->verdict != VERDICT_OK)
		return; /* libpq's own words for a broken connection: end_lost tells */
	bool fatal = severity && strcmp(severity, "ERROR") != 0;
	batch->verdict = fatal ? VERDICT_LOST : verdicts[failure_action(sqlstate)];
	/* The answer to the Sync itself is a refusal to commit, unless the session died: that may be on either side of
	 * the commit. */
	batch->rolled_back = batch->answered <= batch->item_count && !(fatal && batch->answered == batch->item_count);
	batch->failure = arena_new_of(batch->arena, struct err);
	failure_of_result(batch->failure, result, statement);
}

/* One result that is not the Sync's. False: it does not belong here, and the connection cannot be trusted any more. */
static bool
take_result(struct db_batch *batch, PGresult *result)
{
	arena_defer(batch->arena, clear_result, result);
	const struct batch_item *item = batch->answered < batch->item_count ? &batch->items[batch->answered] : NULL;
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		if (!item)
			return false;
		if (item->kind == ITEM_PREPARE)
			batch->db->prepared[item->statement] = true;
		else if (item->kind == ITEM_EXECUTE)
			batch->statements[item->index].result = result;
		break;
	case PGRES_PIPELINE_ABORTED:
		break;
	case PGRES_FATAL_ERROR:
		take_error(batch, result, item ? statement_name(item->statement) : "commit");
		break;
	default: /* COPY, several results: no statement of ours does that */
		return false;
	}
	batch->answered += item != NULL;
	return true;
}

/* The answers to what followed the batch before this one. */
static enum db_progress
receive_then(struct db *db)
{
	int nothing = 0;
	while (!PQisBusy(db->conn)) {
		PGresult *result = PQgetResult(db->conn);
		if (!result) {
			if (++nothing > 1)
				return DB_FAILED;
			continue;
		}
		nothing = 0;
		ExecStatusType status = PQresultStatus(result);
		PQclear(result);
		if (status == PGRES_COMMAND_OK && db->then.prepares)
			db->prepared[db->then.statement] = true;
		if (status == PGRES_PIPELINE_SYNC) {
			db->then.expected = false;
			return DB_DONE;
		}
		if (PQstatus(db->conn) != CONNECTION_OK)
			return DB_FAILED;
	}
	return DB_WAIT_READ;
}

/* Takes what has come. DB_DONE: all answers are here, the verdict stands. */
static enum db_progress
receive(struct db_batch *batch)
{
	struct db *db = batch->db;
	int nothing = 0; /* NULL follows each result; two in a row mean that no more will come */
	if (db->then.expected) {
		enum db_progress before = receive_then(db);
		if (before != DB_DONE)
			return before;
	}
	while (!PQisBusy(db->conn)) {
		PGresult *result = PQgetResult(db->conn);
		if (!result) {
			if (++nothing > 1)
				return DB_FAILED;
			continue;
		}
		nothing = 0;
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			db->then.expected = batch->then_sent;
			return batch->answered == batch->item_count ? DB_DONE : DB_FAILED;
		}
		if (!take_result(batch, result) || PQstatus(db->conn) != CONNECTION_OK)
			return DB_FAILED;
	}
	return DB_WAIT_READ;
}

/* Programming errors: the batch is committed all the same, which is why tests run every statement. */
static bool
check_shapes(const struct db_batch *batch, struct err *err)
{
	for (int i = 0; i < batch->count; i++) {
		const struct batch_statement *s = &batch->statements[i];
		int rows = PQntuples(s->result);
		bool right = true;
		switch (db_statement_table[s->statement].shape) {
		case DB_SHAPE_NONE: /* a function that returns void has a row all the same */
			right = rows == 0 ||
				(rows == 1 && PQnfields(s->result) == 1 && PQftype(s->result, 0) == OID_VOID);
			break;
		case DB_SHAPE_ONE:
			right = rows == 1;
			break;
		case DB_SHAPE_MAYBE:
			right = rows <= 1;
			break;
		case DB_SHAPE_MANY:
			break;
		}
		if (!right)
			return err_ours(err, "%s: %d rows are not its shape", statement_name(s->statement), rows);
	}
	return true;
}

static enum db_progress begin(struct db_batch *batch, struct err *err);

/* The Sync has been answered. */
static enum db_progress
conclude(struct db_batch *batch, struct err *err)
{
	switch (batch->verdict) {
	case VERDICT_OK:
		FAULT_PLACE("db.lie");
		if (FAULT_LIES("db.lie"))
			return end_lost(batch, err);
		return end(batch, check_shapes(batch, err) ? BATCH_DONE : BATCH_FAILED);
	case VERDICT_REPEAT:
		if (batch->repeats < REPEATS_MAX) {
			batch->repeats++;
			return begin(batch, err);
		}
		break;
	case VERDICT_REPREPARE:
		if (!batch->reprepared) {
			batch->reprepared = true;
			connection_drop(batch->db);
			return begin(batch, err);
		}
		break;
	case VERDICT_LOST:
		return end_lost(batch, err);
	case VERDICT_REPORT:
		break;
	}
	tell(err, batch->failure);
	return end(batch, BATCH_FAILED);
}

/* ---- the two doors ---- */

/* Sends, or opens a connection first: one that died while it was idle costs the batch nothing. */
static enum db_progress
begin(struct db_batch *batch, struct err *err)
{
	struct db *db = batch->db;
	db->running = batch;
	bool alive = connection_alive(db);
	if (alive && db->then.expected && receive_then(db) == DB_FAILED) {
		connection_drop(db);
		alive = false;
	}
	if (alive)
		return send_all(batch, err);
	clear_attempt(batch);
	batch->state = BATCH_OPENING;
	return connection_begin(db, err) ? DB_WAIT_WRITE : end_unopened(batch);
}

static bool
startable(const struct db_batch *batch, struct err *err)
{
	if (batch->wrong)
		return tell(err, batch->wrong);
	const char *detail = NULL;
	if (!batch->db)
		detail = "its database is closed";
	else if (batch->db->running)
		detail = "another batch runs on the connection";
	else if (batch->state == BATCH_DONE)
		detail = "it has already run";
	for (int i = 0; i < batch->count && !detail; i++)
		if (batch->statements[i].params != db_statement_table[batch->statements[i].statement].params)
			detail = statement_name(batch->statements[i].statement);
	if (!detail)
		return true;
	err_set(err, ERR_INTERNAL, "Something went wrong on our side. Nothing was changed.");
	err_detail(err, "batch not started: %s (%d statements)", detail, batch->count);
	return false;
}

bool
db_start(struct db_batch *batch, struct err *err)
{
	batch->was_lost = false;
	if (!startable(batch, err))
		return false;
	batch->repeats = 0;
	batch->reprepared = false;
	batch->outcome_unknown = false;
	return begin(batch, err) != DB_FAILED;
}

static enum db_progress
advance_sent(struct db_batch *batch, struct err *err)
{
	struct db *db = batch->db;
	int unsent = PQflush(db->conn);
	if (unsent == 0 && !batch->after_send_passed) {
		batch->after_send_passed = true;
		if (FAULT("db.after_send"))
			return end_lost(batch, err);
	}
	bool readable = unsent >= 0 && PQconsumeInput(db->conn);
	/* What came before the connection broke is worth reading: it may say that nothing was committed. */
	enum db_progress progress = receive(batch);
	if (progress == DB_DONE)
		return conclude(batch, err);
	if (progress == DB_FAILED || !readable || PQstatus(db->conn) != CONNECTION_OK)
		return end_lost(batch, err);
	return unsent > 0 ? DB_WAIT_WRITE : DB_WAIT_READ;
}

enum db_progress
db_advance(struct db_batch *batch, struct err *err)
{
	if (batch->state == BATCH_DONE)
		return DB_DONE;
	if (batch->state == BATCH_FAILED || batch->state == BATCH_BUILDING) {
		err_ours(err, "db_advance on a batch that does not run");
		return DB_FAILED;
	}
	if (batch->state == BATCH_SENT)
		return advance_sent(batch, err);
	enum db_progress progress = connection_advance(batch->db, err);
	if (progress == DB_DONE)
		return send_all(batch, err);
	return progress == DB_FAILED ? end_unopened(batch) : progress;
}

bool
db_outcome_unknown(const struct db_batch *batch)
{
	return batch->outcome_unknown;
}

/* One attempt to its end. */
static bool
run_once(struct db_batch *batch, struct err *err)
{
	if (!db_start(batch, err))
		return false;
	enum db_progress progress;
	int64_t silent_since = boot_us();
	while ((progress = db_advance(batch, err)) != DB_DONE) {
		if (progress == DB_FAILED)
			return false;
		if (connection_wait(batch->db, progress, 1000)) {
			silent_since = boot_us();
		} else if (batch->state == BATCH_SENT && boot_us() - silent_since > SILENCE_MAX_US) {
			end_lost(batch, err);
			return false;
		}
	}
	return true;
}

bool
db_run(struct db_batch *batch, struct err *err)
{
	int64_t deadline = boot_us() + LOOK_FOR_US;
	for (int attempt = 0;; attempt++) {
		if (run_once(batch, err))
			return true;
		if (!batch->was_lost || batch->db->pinned)
			return false;
		/* Nothing was committed for sure: once more, at once. Otherwise only who has said that twice is as good
		 * as once. */
		bool harmless = !batch->outcome_unknown && attempt == 0;
		if (!batch->retry_lost && !harmless)
			return false;
		int64_t pause = batch->db->next_open_us - boot_us();
		if (pause > 0) {
			if (!batch->retry_lost || boot_us() + pause > deadline)
				return false;
			(void)poll(NULL, 0, (int)(pause / 1000) + 1);
		}
		if (boot_us() > deadline)
			return false;
	}
}
