/*
 * Limits inside of an executor: which of them apply to a step (space), what has been drawn from each and is idle or in use
 * (grant), and what one attempt has asked for (ticket). README.md, "Limits", tells how they go together.
 *
 *	switch (quota_ask(run, step, attempt, input, &error)) …   before a step begins; QUOTA_HELD: it may
 *	quota_reserve(run, step)                                  its start is in the journal: the reservation beside it
 *	quota_may_begin(attempt)                                  the call is about to be made
 *	quota_call_over(attempt, usage)                           … is over or dropped
 *	quota_settle(run, step, usage)                            the end is in the journal: what it cost beside it
 *	quota_settled(change)                                     … and committed
 */
#ifndef STEPMILL_EXEC_QUOTA_H
#define STEPMILL_EXEC_QUOTA_H

#include "exec/timer.h"
#include "steps/step.h"
#include "store/flush.h"
#include "store/quota.h"

#define QUOTA_IDLE_US ((int64_t)1000000)    /* idle units go back after that; nothing is taken locally that is older */
#define QUOTA_HORIZON_US ((int64_t)1000000) /* how far ahead of its time a run is held for its call */
#define QUOTA_LOOK_US ((int64_t)1000000)
#define QUOTA_LOOK_LEAST_US ((int64_t)50000)
#define QUOTA_RETRY_US ((int64_t)500000)
#define QUOTA_DRAW_MAX 100 /* tickets of one draw */
#define QUOTA_BUCKETS 256

struct executor;
struct held;
struct attempt;

/* ---- what applies ---- */

struct limit {
	struct str scope;
	enum quota_unit unit;
};

/* A workspace of which runs are held, with the limits that people have set there: read with each claim and once a second. */
struct space {
	struct space *next;
	struct id workspace;
	unsigned users;
	struct arena *home;  /* it lives here */
	struct arena *arena; /* … and its limits here */
	struct limit *limits;
	unsigned limit_count;
};

/* ---- what is drawn ---- */

/* Units of one limit. Of a rate only the name: its tokens are times, and belong to tickets. */
struct grant {
	struct grant *next; /* in its bucket */
	struct grant *next_idle;
	struct arena *arena;
	struct id workspace;
	struct str scope;
	enum quota_unit unit;
	struct own_limit own; /* of the step that asked last; cap 0: none */
	int64_t idle, used;
	int64_t drawn_us, idle_us; /* when the database was last asked; since when some are idle */
	unsigned refs;		   /* tickets and batches that point here */
	bool scarce;		   /* what is idle goes back at once */
	bool tell;		   /* money was spent: fold it in, even when nothing is idle */
	bool in_idle;
	uint64_t batch; /* the draw under way in which it has the number */
	int64_t number;
};

struct claim {
	struct grant *grant;
	int64_t need;
	bool held; /* counted in grant->used */
};

enum ticket_state {
	TICKET_WANTED,	/* waits for a draw, or is in the one under way */
	TICKET_GRANTED, /* the step may begin */
	TICKET_BLOCKED, /* the run is to be given back until it is woken */
	TICKET_REFUSED, /* the step fails */
	TICKET_USED,	/* the step has begun */
	TICKET_OVER,	/* what it cost is in a journal */
};

struct ticket {
	struct ticket *next, *next_wanted;
	struct arena *arena;
	struct held *run; /* NULL: gone while the draw was under way */
	unsigned step;
	int attempt;
	enum ticket_state state;
	bool queued, in_draw;
	struct claim *claims;
	unsigned claim_count;
	struct step_ceiling most;
	bool reserved;		    /* the reservation is in a journal, or committed */
	bool called;		    /* the call was made, or begun */
	bool noted;		    /* cost_nano is what an aborted call has said */
	struct maybe_int cost_nano; /* of a call that was made */
	bool timed;		    /* it has a rate: */
	int64_t at_us, late_us;	    /* … when, by the database's clock, and how much later at most */
	struct attempt *again;	    /* its time has passed before the call could be made: it wants a new one */
	bool parked;		    /* waits for its time; its run counts for no slot */
	bool was_blocked;
	struct grant *refused_by;
	int64_t cap, spent;
	bool taken;	     /* it stayed behind when another took the run: */
	struct id taken_run; /* … its key, for the database */
	struct str path;     /* … as it was when it began */
	int64_t epoch, charged;
	const char *why;  /* refused without the database: code of the error */
	struct str error; /* … its words */
};

/* Of the batch under way. */
struct quota_work {
	int draw, back, wake, limits, claimed, taken; /* statements, -1: not there */
	struct ticket *taken_first;		      /* that are settled in it */
	struct ticket **tickets;
	unsigned ticket_count;
	struct grant **grants; /* by their number, from 1 */
	int64_t grant_count;
	struct {
		struct grant *grant;
		int64_t amount;
	} * backs;
	unsigned back_count;
	bool any;
};

struct quotas {
	struct space *spaces[QUOTA_BUCKETS];
	struct grant *grants[QUOTA_BUCKETS];
	struct grant *idle;
	struct ticket *wanted_first, *wanted_last;
	struct ticket *taken; /* of runs that others hold now: what they reserved is to be settled */
	unsigned parked, space_count;
	uint64_t batch;
	bool had_turn; /* the last batch was of quotas: now a flush has its turn */
	int64_t next_look_us;
	int64_t not_before_us; /* after a batch that failed: others are made meanwhile, the lease's renewal among them */
	bool looking;	       /* somebody waits, so looks are due by themselves */
	struct quota_work work;
};

/* ---- space.c ---- */

/* The workspace of a run that was claimed; its limits came with the claim, and are set before the run is looked at. */
void space_use(struct held *run);
void space_done(struct held *run);
struct space *space_find(struct executor *ex, struct id workspace);
struct db_array *spaces_held(const struct executor *ex, struct arena *arena); /* workspaces of which runs are held */
void space_set(struct space *space, const struct json *limits);
/* What of it applies to a step, beside what the step says itself. `keys`: of its concurrency and rate, as scopes. */
bool space_applies(
	const struct held *run, const struct limit *limit, const struct step_def *def, const struct str *keys);

/* ---- grant.c ---- */

struct grant *grant_use(struct executor *ex, struct id workspace, struct str scope, enum quota_unit unit);
void grant_leave(struct executor *ex, struct grant *grant);
void grant_take(struct grant *grant, int64_t units);			  /* idle → used */
void grant_idle(struct executor *ex, struct grant *grant, int64_t units); /* new, or no longer used */
bool grant_due(struct executor *ex, int64_t now_us, int64_t *ret_wake_us);
void grants_forget(struct executor *ex);

/* ---- quota.c ---- */

enum quota_answer {
	QUOTA_HELD,    /* it has what it needs */
	QUOTA_ASKED,   /* not known yet; the run is marked as changed when it is */
	QUOTA_WAITS,   /* not now: the run is to be given back, blocked */
	QUOTA_REFUSED, /* never: the step fails with the error, JSON text */
};
enum quota_answer quota_ask(
	struct held *run, unsigned step, int attempt, const struct json *input, struct str *ret_error);
bool quota_reserve(struct held *run, unsigned step, struct attempt *attempt); /* true: a change is in the journal */
bool quota_may_begin(struct attempt *attempt);
void quota_call_over(struct attempt *attempt, const struct step_usage *usage); /* NULL: nobody knows */
void quota_lost(struct held *run, unsigned step, const struct json *input);
bool quota_settle(struct held *run, unsigned step, const struct step_usage *usage); /* true: the ledger has its line */
void quota_settled(struct held *run, const struct change *change);
void quota_leave(struct held *run);		     /* the run is given back or ends: what is not needed any more */
void quota_unrecordable(struct held *run);	     /* its journals were thrown away */
int64_t quota_reserved_here(const struct held *run); /* of the run's own money */
void quota_drop(struct held *run);		     /* it is forgotten */
void quota_leave_behind(struct held *run);	     /* before: another holds it now */
void quota_settle_taken(struct executor *ex, struct ticket *ticket); /* it is settled, `charged` of it */

/* ---- quota_work.c: the batch ---- */

void quota_want(struct executor *ex, struct ticket *ticket);
void quota_unwant(struct executor *ex, struct ticket *ticket);
bool quota_wanted(struct executor *ex, int64_t now_us, int64_t *ret_wake_us);
bool quota_turn(struct executor *ex, int64_t now_us); /* the next batch holds no flush */
bool quota_look_due(const struct executor *ex, int64_t now_us);
void quota_add(struct executor *ex, int64_t now_us);
void quota_add_limits(struct executor *ex);
void quota_add_claimed(struct executor *ex);	 /* after a claim in the batch */
bool quota_under_way(const struct executor *ex); /* the batch draws, or gives back */
void quota_take_limits(struct executor *ex);	 /* before claimed runs are looked at */
void quota_take(struct executor *ex);
void quota_failed(struct executor *ex);
void quota_answered(struct executor *ex, struct ticket *ticket, const struct quota_row *row);

/* ---- ticket.c ---- */

struct ticket *ticket_new(struct held *run, unsigned step, int attempt);
struct ticket *ticket_find(const struct held *run, unsigned step, int attempt, bool begun); /* none that is over */
bool ticket_begun(const struct ticket *ticket);
void ticket_give_up(struct executor *ex, struct ticket *ticket, bool money_too);
void ticket_leave_run(struct ticket *ticket);
void ticket_free(struct executor *ex, struct ticket *ticket);
void tickets_sweep(struct held *run); /* those of steps that will not begin go */

#endif
