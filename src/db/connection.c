/* Opens, watches and closes the connection; see connection.h. */
#include "db/connection.h"

#include "base/time.h"
#include "db/batch.h"
#include "db/failure.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define OPEN_MAX_US ((int64_t)5000000)
#define PAUSE_FIRST_US ((int64_t)50000)
#define PAUSE_LAST_US ((int64_t)2000000)

/*
 * Every session speaks UTC and ISO dates, whatever the server's settings say. Statements are made so that one plan serves all
 * parameters: planning them anew each time cost more than running them, and compiling them to machine code even more. They have
 * an index for what they read, in the order they want it: a planner without statistics would rather read and sort the table.
 */
#define SESSION_OPTIONS \
	"-c TimeZone=UTC -c DateStyle=ISO -c jit=off -c plan_cache_mode=force_generic_plan " \
	"-c enable_seqscan=off -c enable_bitmapscan=off"

int64_t
connection_random_us(int64_t below)
{
	uint64_t r;
	random_bytes(&r, sizeof r);
	return below <= 0 ? 0 : (int64_t)(r % (uint64_t)below);
}

static char *
copy(const char *z)
{
	char *p = strdup(z ? z : "");
	if (!p)
		out_of_memory();
	return p;
}

struct db *
db_new(const char *conninfo, const char *application_name)
{
	struct db *db = calloc(1, sizeof *db);
	if (!db)
		out_of_memory();
	db->conninfo = copy(conninfo);
	db->application_name = copy(application_name);
	return db;
}

void
db_patience(struct db *db, long statement_seconds, long lock_seconds)
{
	db->statement_seconds = statement_seconds;
	db->lock_seconds = lock_seconds;
}

void
db_by_keys(struct db *db)
{
	db->by_keys = true;
}

void
db_free(struct db *db)
{
	if (!db)
		return;
	if (db->running)
		batch_orphan(db->running);
	connection_drop(db);
	free(db->conninfo);
	free(db->application_name);
	free(db);
}

bool
db_connected(const struct db *db)
{
	return db->ready && PQstatus(db->conn) == CONNECTION_OK;
}

int
db_socket(const struct db *db)
{
	return db->conn ? PQsocket(db->conn) : -1;
}

uint64_t
db_connection_number(const struct db *db)
{
	return db->number;
}

void
connection_drop(struct db *db)
{
	if (db->conn)
		PQfinish(db->conn);
	db->conn = NULL;
	db->ready = false;
}

bool
connection_wait(const struct db *db, enum db_progress progress, int timeout_ms)
{
	struct pollfd p = {
		.fd = db_socket(db),
		.events = (short)(progress == DB_WAIT_WRITE ? (db->ready ? POLLIN | POLLOUT : POLLOUT) : POLLIN),
	};
	int ready;
	do {
		ready = poll(&p, 1, timeout_ms);
	} while (ready < 0 && errno == EINTR);
	return ready != 0;
}

/* ---- opening ---- */

static void
ignore_notice(void *unused, const PGresult *result)
{
	(void)unused;
	(void)result;
}

/* The attempt has failed: when the next may come. */
static enum db_progress
opening_failed(struct db *db, struct err *err, const char *why)
{
	db->pause_us = db->pause_us == 0 ? PAUSE_FIRST_US : db->pause_us * 2;
	if (db->pause_us > PAUSE_LAST_US)
		db->pause_us = PAUSE_LAST_US;
	db->next_open_us = boot_us() + db->pause_us / 2 + connection_random_us(db->pause_us / 2);
	failure_unreachable(err, why);
	connection_drop(db);
	return DB_FAILED;
}

/* The "options" of the connection string after ours, so that the program's own win. NULL: it cannot be parsed. */
static char *
session_options(const struct db *db)
{
	PQconninfoOption *parsed = PQconninfoParse(db->conninfo, NULL);
	if (!parsed)
		return NULL;
	const char *given = "";
	for (const PQconninfoOption *o = parsed; o->keyword; o++)
		if (strcmp(o->keyword, "options") == 0 && o->val)
			given = o->val;
	char limits[100] = "", *options;
	if (db->statement_seconds > 0)
		snprintf(limits, sizeof limits, "-c statement_timeout=%lds -c lock_timeout=%lds", db->statement_seconds,
			db->lock_seconds);
	const char *joins = db->by_keys ? "-c enable_hashjoin=off -c enable_mergejoin=off" : "";
	if (asprintf(&options, "%s %s %s %s", SESSION_OPTIONS, joins, limits, given) < 0)
		out_of_memory();
	PQconninfoFree(parsed);
	return options;
}

bool
connection_begin(struct db *db, struct err *err)
{
	connection_drop(db);
	if (db->pinned)
		return failure_unreachable(err, "the connection that held the lock is gone");
	if (boot_us() < db->next_open_us)
		return failure_unreachable(err, "the last attempt to connect has just failed");
	char *options = session_options(db);
	if (!options)
		return err_set(
			err, ERR_INTERNAL, "The database's connection string cannot be read. Correct the setting.");
	/* What stands before dbname are defaults, what stands after it cannot be changed by the connection string. */
	const char *names[] = {"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
		"dbname", "application_name", "client_encoding", "options", NULL};
	const char *values[] = {"10", "5", "3", "20000", db->conninfo, db->application_name, "UTF8", options, NULL};
	db->conn = PQconnectStartParams(names, values, 1);
	free(options);
	if (!db->conn)
		out_of_memory();
	if (PQstatus(db->conn) == CONNECTION_BAD)
		return opening_failed(db, err, PQerrorMessage(db->conn)) != DB_FAILED;
	PQsetNoticeReceiver(db->conn, ignore_notice, NULL);
	db->await_write = true;
	db->open_deadline_us = boot_us() + OPEN_MAX_US;
	return true;
}

enum db_progress
connection_advance(struct db *db, struct err *err)
{
	if (!db->conn) {
		failure_unreachable(err, "not connected");
		return DB_FAILED;
	}
	/* PQconnectPoll must only be called when its socket is ready, so it is looked at, whatever the caller believes.
	 */
	enum db_progress waits = db->await_write ? DB_WAIT_WRITE : DB_WAIT_READ;
	while (connection_wait(db, waits, 0)) {
		switch (PQconnectPoll(db->conn)) {
		case PGRES_POLLING_OK:
			if (PQsetnonblocking(db->conn, 1) != 0 || !PQenterPipelineMode(db->conn))
				return opening_failed(db, err, PQerrorMessage(db->conn));
			db->ready = true;
			db->number++;
			db->pause_us = 0;
			memset(db->prepared, 0, sizeof db->prepared);
			db->then.expected = false;
			return DB_DONE;
		case PGRES_POLLING_READING:
			waits = DB_WAIT_READ;
			break;
		case PGRES_POLLING_WRITING:
			waits = DB_WAIT_WRITE;
			break;
		default:
			return opening_failed(db, err, PQerrorMessage(db->conn));
		}
		db->await_write = waits == DB_WAIT_WRITE;
	}
	if (boot_us() >= db->open_deadline_us)
		return opening_failed(db, err, "no answer to the attempt to connect");
	return waits;
}

bool
db_connect(struct db *db, struct err *err)
{
	if (db->running)
		return err_set(err, ERR_INTERNAL, "A connection was asked for while a batch ran on it.");
	if (db->ready && connection_alive(db))
		return true;
	int64_t early = db->next_open_us - boot_us();
	if (early > 0)
		(void)poll(NULL, 0, (int)(early / 1000) + 1);
	if (!connection_begin(db, err))
		return false;
	enum db_progress progress;
	while ((progress = connection_advance(db, err)) != DB_DONE) {
		if (progress == DB_FAILED)
			return false;
		(void)connection_wait(db, progress, 1000);
	}
	return true;
}

bool
connection_alive(struct db *db)
{
	if (!db->ready)
		return false;
	/* Between batches there is nothing to read but notices, notifications, and the farewell of a server that stops.
	 */
	for (int i = 0; i < 8; i++) {
		struct pollfd p = {.fd = PQsocket(db->conn), .events = POLLIN | POLLRDHUP};
		if (poll(&p, 1, 0) == 0)
			return true;
		if ((p.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) || !PQconsumeInput(db->conn))
			break;
		(void)PQisBusy(db->conn); /* makes libpq take note of what it has read */
		if (PQstatus(db->conn) != CONNECTION_OK)
			break;
	}
	connection_drop(db);
	return false;
}

bool
connection_script(struct db *db, const char *sql, struct err *err)
{
	if (!db->ready)
		return failure_unreachable(err, "not connected");
	bool ok = false;
	PGresult *result = NULL;
	if (!PQexitPipelineMode(db->conn) || PQsetnonblocking(db->conn, 0) != 0)
		goto out;
	result = PQexec(db->conn, sql);
	ExecStatusType status = PQresultStatus(result);
	ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
	if (PQstatus(db->conn) == CONNECTION_OK && PQsetnonblocking(db->conn, 1) == 0 &&
		PQenterPipelineMode(db->conn)) {
		if (!ok)
			failure_of_result(err, result, "script");
		PQclear(result);
		return ok;
	}
out:
	failure_unreachable(err, PQerrorMessage(db->conn));
	PQclear(result);
	connection_drop(db);
	return false;
}
