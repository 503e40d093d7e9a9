/*
 * The flush: what happened to many runs, written by one batch. A change says one thing that happened to one run; the
 * executor keeps changes in a journal per run until a flush that held them is known to be committed.
 *
 *	struct flush *f = flush_new(arena);
 *	unsigned n = flush_run(f, workspace, run, epoch);      // runs in the order of their keys
 *	for each change: flush_change(f, n, change);
 *	flush_add(f, batch, incarnation);                      // after executor_add_renew
 *	…                                                      // the batch is committed
 *	switch (flush_verdict(f, batch, n)) …
 */
#ifndef STEPMILL_STORE_FLUSH_H
#define STEPMILL_STORE_FLUSH_H

#include "db/db.h"
#include "flow/status.h"

/* An input or output longer than this goes to the table blob, before the flush that refers to it: store/parts.h. */
#define OUTPUT_INLINE_MAX ((size_t)64 << 10)

enum change_kind {
	CHANGE_STEP_STARTED,
	CHANGE_CHILD,	    /* a step has started a run */
	CHANGE_CHILD_ASKED, /* something is asked of such a run */
	CHANGE_STEP_LOOKED, /* a wait looks at its condition, or will: when */
	CHANGE_STEP_ENDED,
	CHANGE_CACHED,	   /* what it gave is kept for other runs */
	CHANGE_RESERVED,   /* a call will begin where money is limited */
	CHANGE_SETTLED,	   /* … and is over, or was not made */
	CHANGE_STEP_RETRY, /* a failed attempt will be followed by another one: when */
	CHANGE_STEP_ASKED, /* a person is asked what is to follow a failed attempt */
	CHANGE_RUN_STARTED,
	CHANGE_RUN_STARTED_WITH, /* what on_start made of its input */
	CHANGE_RUN_BUDGET,	 /* what it may cost together with the runs that its steps start */
	CHANGE_RUN_STATUS,	 /* paused, or running again */
	CHANGE_EVENT,
	CHANGE_INBOX,	 /* a request that was carried out is removed */
	CHANGE_KEPT,	 /* one that is left for later wakes nobody any more */
	CHANGE_PROGRESS, /* the run got on: its strikes are forgotten */
	CHANGE_TOTALS,	 /* what a run of many events has come to so far */
	CHANGE_RELEASE,
	CHANGE_RUN_ENDED,
	CHANGE_RUN_REOPENED,  /* an ended run's next generation begins */
	CHANGE_RUN_MOVED,     /* to another version */
	CHANGE_RUN_FORGOTTEN, /* one that has ended has no place among the living */
};

/* A number that may be unknown: null in the database. */
struct maybe_int {
	bool known;
	int64_t value;
};

struct change {
	struct change *next;
	enum change_kind kind;
	struct str path; /* of steps and of their events; p NULL: none */
	int attempt;
	unsigned step; /* its maker's note; not written */
	union {
		struct {
			struct str kind, input, model; /* model: p NULL when the step uses none */
			int64_t generation;
			struct str sealed; /* what was hidden in the input, for making the call again; empty: nothing */
			struct str digest; /* what its output will be kept under; p NULL: it is not */
			struct str waiting_for;	 /* p NULL: it runs */
			struct maybe_int due_us; /* of waiting, by the database's clock */
		} started;
		struct {
			int64_t due_us;
		} retry;
		struct {
			struct maybe_int due_us; /* unknown: it is looking */
		} looked;
		struct {
			struct id id, workflow;
			int64_t version, planner;
			struct str input; /* JSON text */
		} child;
		struct {
			struct id id;
			const char *kind; /* of the request */
			struct str by;	  /* p NULL: nobody */
		} child_asked;
		struct {
			enum step_status status;
			struct str output, error;   /* JSON text; p NULL: none */
			struct str provider, model; /* p NULL: no call was made */
			bool cached;		    /* … because an output was kept: told by a model of that name */
			int64_t tokens_in, tokens_out, tokens_cached;
			struct maybe_int cost_nano;
			bool sum; /* no call was made, and yet it tells of tokens and cost: those of a run it started */
			bool paid;   /* a line of the ledger tells of it */
			int64_t seq; /* of its end's first event */
		} ended;
		struct {
			struct str input; /* JSON text; null: it left it as it is */
		} started_with;
		struct {
			int64_t nano;
		} run_budget;
		struct {
			enum run_status status;
			struct str
				phase; /* paused: that it stands before; running: that somebody has begun; empty: none */
		} run_status;
		struct {
			int64_t seq;
			const char *type;
			struct str data; /* JSON text; p NULL: none */
		} event;
		struct {
			struct id id;
		} inbox;
		struct {
			int64_t pause_ms;
			bool blocked; /* by a limit: due at once when it has been woken meanwhile */
		} release;
		struct {
			struct id incarnation; /* whose grants */
			struct str *scopes;    /* of the limits it counts for */
			unsigned scope_count;
			struct str provider, model;
			int64_t most_nano;
			bool called;		    /* settled: the call was made */
			struct maybe_int cost_nano; /* settled: unknown, then it is charged at the most */
			int64_t epoch;		    /* it was made in; 0: the holder's */
			void *ticket;		    /* its maker's note; not written */
		} money;
		struct {
			struct id workflow;
			struct str key, digest, output;
			int64_t ttl_seconds;
		} cached;
		struct {
			int64_t steps_done, tokens_in, tokens_out;
			struct maybe_int cost_nano;
		} totals;
		struct {
			enum run_status status;
			struct str output, error;
			struct id output_blob; /* with output_bytes > 0: instead of output */
			size_t output_bytes;
			bool kin; /* a step has started it, or steps of it may have started runs: these are told */
			int64_t steps_done, tokens_in, tokens_out, lost_nano;
			struct maybe_int cost_nano;
		} run_ended;
		struct {
			int64_t generation, version, steps, planner;
			struct str kept, models; /* JSON objects; models: p NULL: none differ */
			struct id request;
		} run_reopened;
		struct {
			int64_t version, steps, planner;
		} run_moved;
	};
};

enum flush_verdict {
	FLUSH_ACCEPTED,
	FLUSH_SKIPPED, /* somebody has the run's row locked: nothing was written, try again */
	FLUSH_LOST,    /* another holds the run, or it has ended: nothing was written, forget it */
};

struct flush;

struct flush *flush_new(struct arena *arena);
unsigned flush_run(struct flush *flush, struct id workspace, struct id run, int64_t epoch);
void flush_change(struct flush *flush, unsigned run, const struct change *change);
size_t change_bytes(const struct change *change); /* about what it adds to a batch, without what goes to blob */
unsigned flush_runs(const struct flush *flush);
bool flush_has_blobs(const struct flush *flush);

/* For store/parts.c. */
void flush_blob(struct flush *flush, unsigned run, const struct change *change, int64_t part, struct str content);

void flush_add(struct flush *flush, struct db_batch *batch, struct id incarnation);
enum flush_verdict flush_verdict(const struct flush *flush, const struct db_batch *batch, unsigned run);

/* Ends of steps or runs that were accepted and yet changed no row, because that one had ended before: 0, or I1 is
 * broken. */
int64_t flush_doubled(const struct flush *flush, const struct db_batch *batch);

#endif
