/*
 * What an executor draws from limits and gives back. The functions behind it, and what each answer means, are in
 * sql/migrations/0008_quota.sql.
 *
 *	struct quota_draw *d = quota_draw_new(arena);
 *	int64_t limit = quota_draw_limit(d, workspace, STR("workspace"), QUOTA_MONEY, NULL);   // from 1, each once
 *	quota_draw_ticket(d, 7, limit, 5000000, run);          // all rows of a ticket one after another
 *	int index = quota_draw_add(d, batch, incarnation, false, horizon_us);
 */
#ifndef STEPMILL_STORE_QUOTA_H
#define STEPMILL_STORE_QUOTA_H

#include "db/db.h"
#include "flow/definition.h"

enum quota_unit { QUOTA_MONEY, QUOTA_CONCURRENCY, QUOTA_RATE };
const char *quota_unit_name(enum quota_unit unit);
bool quota_unit_parse(struct str name, enum quota_unit *ret_unit);

struct quota_draw;
struct quota_draw *quota_draw_new(struct arena *arena);
/* `own`: what a step allows of its own key; NULL: only what people have set counts. */
int64_t quota_draw_limit(struct quota_draw *draw, struct id workspace, struct str scope, enum quota_unit unit,
	const struct own_limit *own);
void quota_draw_ticket(struct quota_draw *draw, int64_t ticket, int64_t limit, int64_t need, struct id run);
int quota_draw_add(
	struct quota_draw *draw, struct db_batch *batch, struct id incarnation, bool forced, int64_t horizon_us);

enum quota_verdict {
	QUOTA_GRANTED, /* of a ticket: all it asked for */
	QUOTA_BLOCKED, /* of a ticket: not now; the run's row says what it waits for */
	QUOTA_SPENT,   /* of a ticket: there will never be enough money */
	QUOTA_NONE,    /* of a limit: it does not limit */
	QUOTA_SCARCE,  /* of a limit: what is idle is to be given back at once */
	QUOTA_FREE,    /* of a limit */
};
struct quota_row {
	int64_t ticket; /* 0: the row is about a limit */
	enum quota_verdict verdict;
	int64_t limit;		/* that refused the ticket; that the row is about */
	int64_t given;		/* of a limit: more than was asked for */
	bool timed;		/* of a ticket: */
	int64_t at_us, late_us; /* … not before, by the database's clock; and how much later at most */
	bool again;		/* of a ticket: it was blocked before */
	int64_t cap, spent;
};
bool quota_row(const struct db_batch *batch, int index, int row, struct quota_row *ret_row);

struct quota_back; /* units that are given back */
struct quota_back *quota_back_new(struct arena *arena);
void quota_back_units(
	struct quota_back *back, struct id workspace, struct str scope, enum quota_unit unit, int64_t amount);
int quota_back_add(struct quota_back *back, struct db_batch *batch, struct id incarnation);
int64_t quota_woken(const struct db_batch *batch, int index); /* runs; of quota_back_add and quota_wake_add */

/* Calls of runs that others hold now. Each is followed by the limits of money that it was reserved from. */
struct quota_taken;
struct quota_call {
	struct id workspace, run;
	struct str path;
	int attempt;
	int64_t epoch;
	bool made, cost_known;
	int64_t cost_nano;
};
struct quota_taken *quota_taken_new(struct arena *arena);
void quota_taken_call(struct quota_taken *taken, const struct quota_call *call);
void quota_taken_limit(struct quota_taken *taken, struct str scope, int64_t most_nano);
int quota_taken_add(struct quota_taken *taken, struct db_batch *batch, struct id incarnation);
/* Those that the database knew of: their number, from 1 in the order of the calls, and what they are charged. */
bool quota_taken_row(const struct db_batch *batch, int index, int row, int64_t *ret_call, int64_t *ret_cost_nano);

int quota_wake_add(struct db_batch *batch);
bool quota_wake_next(const struct db_batch *batch, int index, int64_t *ret_ms); /* false: nobody waits */

/* Limits of workspaces: of those that the claim before it in the batch has taken runs of; of those given. */
int quota_limits_add_claimed(struct db_batch *batch);
int quota_limits_add(struct db_batch *batch, const struct db_array *workspaces);
bool quota_limits_row(
	const struct db_batch *batch, int index, int row, struct id *ret_workspace, struct str *ret_limits);

#endif
