/*
 * One connection to PostgreSQL, inside of src/db only. It is always in pipeline mode and non-blocking; what waits
 * (db_connect, db_run, connection_script) polls its socket. Losing it is normal: connection_drop closes it, the next
 * batch opens another.
 *
 * Attempts to connect are spaced: after a failure the next one may come no sooner than a random part of a pause that
 * doubles from 50 ms to 2 s, so that hundreds of workers do not meet a PostgreSQL that has just come back all at once.
 */
#ifndef STEPMILL_DB_CONNECTION_H
#define STEPMILL_DB_CONNECTION_H

#include "db/db.h"

#include <libpq-fe.h>

struct db {
	char *conninfo;
	char *application_name;
	long statement_seconds, lock_seconds; /* 0: the server says */
	bool by_keys;
	PGconn *conn;	  /* NULL: none, and none being opened */
	bool ready;	  /* opened: batches may be sent */
	bool await_write; /* while it opens: what PQconnectPoll waits for */
	bool pinned;	  /* a transaction or lock belongs to this very connection: never open another */
	uint64_t number;
	int64_t open_deadline_us; /* boot clock: give up opening */
	int64_t next_open_us;	  /* boot clock: no attempt before */
	int64_t pause_us;	  /* the last pause after a failed attempt; 0: the last attempt succeeded */
	struct db_batch *running; /* at most one */
	/* What followed the last batch, and whose answers have still to be read. */
	struct {
		bool expected, prepares;
		enum db_statement statement;
	} then;
	bool prepared[DB_STATEMENTS + 1]; /* known to this connection */
};

/* Opening without waiting: begin, then advance when the socket is ready until DB_DONE or DB_FAILED. */
bool connection_begin(struct db *db, struct err *err);
enum db_progress connection_advance(struct db *db, struct err *err);

/* Looks whether the other side has hung up since the last batch; drops the connection when it has. */
bool connection_alive(struct db *db);
void connection_drop(struct db *db);

/* Until the socket is ready for what `progress` waits for, or timeout_ms have passed; false when it has passed. */
bool connection_wait(const struct db *db, enum db_progress progress, int timeout_ms);

/* Waits for the text to be run outside of any batch: a file of migrations, LISTEN, begin, commit. */
bool connection_script(struct db *db, const char *sql, struct err *err);

int64_t connection_random_us(int64_t below); /* for pauses: 0 … below - 1 */

#endif
