/* An executor's own row: its incarnation, its lease, and taking back what a dead one held. */
#ifndef STEPMILL_STORE_EXECUTOR_H
#define STEPMILL_STORE_EXECUTOR_H

#include "db/db.h"

/* Each adds one statement to a batch and returns its index, which the reading functions take. */
int executor_add_start(struct db_batch *batch, struct id incarnation, const char *name, int planner, int64_t lease_ms);

/* Must be the first statement of every other batch; see executor_renew in sql/migrations. */
int executor_add_renew(struct db_batch *batch, struct id incarnation, int64_t lease_ms, bool durable);
int64_t executor_flush_number(const struct db_batch *batch, int index);
int64_t executor_clock_us(const struct db_batch *batch, int index); /* the database's, since 1970 */

/* The error a batch ends with when its executor_add_renew found the lease over. */
bool executor_lease_over(const struct err *err);

int executor_add_retire(struct db_batch *batch, struct id incarnation, bool blame);
int executor_add_reap(struct db_batch *batch, struct id incarnation);
/* `json`: what it has counted. */
int executor_add_metrics(struct db_batch *batch, struct id incarnation, struct str json);

/* Housekeeping, each a batch of its own, on a connection of its own. */
int housekeeping_add_months(struct db_batch *batch);
int housekeeping_add_order(struct db_batch *batch);
int housekeeping_add_purge(struct db_batch *batch, int64_t rows_most);
int housekeeping_add_drop(struct db_batch *batch);
/* Of runs, those that are not live: their places in the arrays. */
int housekeeping_add_over(struct db_batch *batch, struct arena *arena, const struct id *workspaces,
	const struct id *runs, unsigned count);
bool housekeeping_over(const struct db_batch *batch, int index, int row, int64_t *ret_place);
/* Of directories that are here, named by workspace and the first part of their names: those of deleted projects that nobody needs. */
int housekeeping_add_deserted(struct db_batch *batch, struct arena *arena, const struct id *workspaces,
	const struct str *names, unsigned count);
bool housekeeping_deserted(
	const struct db_batch *batch, int index, int row, struct id *ret_workspace, struct str *ret_name);
struct purged {
	int64_t expired, removed; /* runs marked for their age, rows removed */
	bool busy;		  /* there is more */
};
struct purged housekeeping_purged(const struct db_batch *batch, int index);
/* True: a partition was dropped. Busy: somebody was in the way of one. */
bool housekeeping_dropped(const struct db_batch *batch, int index, struct str *ret_name, bool *ret_busy);

/* A row of retire (row 0) or reap. */
struct retired {
	struct str incarnation, name; /* of reap only */
	bool found;
	int64_t last_flush;
	int64_t runs;
};
struct retired executor_retired(const struct db_batch *batch, int index);
bool executor_reaped(const struct db_batch *batch, int index, int row, struct retired *ret_retired);

#endif
