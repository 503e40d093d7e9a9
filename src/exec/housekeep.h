/*
 * What nobody waits for: partitions made and dropped, runs deleted and expired, requests left behind. On a connection of its own, so
 * that no flush waits for it, and so that it gets its turn however busy the executor is; the connection is closed between rounds.
 *
 *	once a minute    partition_ensure, then engine_housekeeping; a second after a round that left directories over
 *	then             working directories of this machine: of runs that have ended, of projects that were deleted
 *	then             engine_purge, again and again with a pause until there is no more: some thousand rows a transaction
 *	once an hour     partition_drop, a table a transaction, until there is no more; sooner when somebody was in the way
 *
 * Each is a transaction that needs no lease: doing it twice is doing it once, and advisory locks let one executor at a time purge.
 */
#ifndef STEPMILL_EXEC_HOUSEKEEP_H
#define STEPMILL_EXEC_HOUSEKEEP_H

#include "base/id.h"
#include "db/db.h"
#include "exec/timer.h"

enum house_task {
	HOUSE_REST, /* no connection; the timer begins a round */
	HOUSE_MONTHS,
	HOUSE_ORDER,
	HOUSE_PLACES,
	HOUSE_PURGE,
	HOUSE_DROP,
};

struct housekeeping {
	struct db *db;	     /* NULL while it rests */
	struct arena *arena; /* of the batch under way; NULL: none, the timer begins the next */
	struct db_batch *batch;
	enum db_progress progress;
	enum house_task task;
	struct timer timer;
	int64_t next_drop_us;
	struct id *workspaces, *runs; /* that have a working directory here; of the batch under way */
	unsigned place_count;
	int over, deserted; /* its statements */
	/* Where the next round goes on, of runs and of projects: they may be more than one looks at. */
	unsigned places_seen, projects_seen;
	bool more;			   /* directories are left for the next round */
	int64_t expired, removed, dropped; /* since the start */
};

struct executor;
void housekeep_start(struct executor *ex);
void housekeep_advance(struct executor *ex); /* its socket is ready, or a second has passed */
void housekeep_release(struct executor *ex);

#endif
