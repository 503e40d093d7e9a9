/* What an executor reads: claimed runs with their state, definitions, prompt texts, and requests to runs it holds. */
#ifndef STEPMILL_STORE_CLAIM_H
#define STEPMILL_STORE_CLAIM_H

#include "db/db.h"
#include "flow/status.h"

/* Where no slot is free only runs that are to be cancelled are taken, and up to `guests` of workspaces that are not in `served`. */
struct claim_wish {
	struct id incarnation, last_workspace;
	int64_t at_most;
	int planner;
	bool no_slot;
	int64_t guests;
	const struct db_array *served; /* NULL: there are free slots, so nobody asks */
};
int claim_add(struct db_batch *batch, const struct claim_wish *wish);

/* Texts live as long as the batch's arena. */
struct claimed {
	struct id workspace, run;
	int64_t epoch, strikes;
	struct id workflow;
	int64_t workflow_version;
	enum run_status status;
	struct str input; /* p NULL: it is large, and only its length was read */
	int64_t input_bytes;
	int64_t last_seq;
	/* JSON array of each path that was ever begun: its newest step run that counts in this generation, or that it is
	 * pending again, with the number of its last attempt; empty: none */
	struct str steps;
	struct str inbox; /* JSON array of requests; empty: none */
	int64_t generation;
	struct str spent;     /* JSON object: sums over all attempts */
	struct str overrides; /* JSON object: models and inputs by step; empty: as the definition says */
	bool whole;	      /* false: there is so much that `steps` and `spent` are to be read by state_add */
	bool kept_more;	      /* more were kept for later, after `kept_after`: to be read by kept_add */
	struct id kept_after;
	bool inbox_more; /* more was asked of it: inbox_add brings that */
	bool copying;	 /* a fork: copy_add, until that says that it is all there */
};
int claim_rows(const struct db_batch *batch, int index);
bool claim_row(const struct db_batch *batch, int index, int row, struct claimed *ret_claimed, struct err *err);
/* `steps` and `spent` of one run. */
int state_add(struct db_batch *batch, struct id workspace, struct id run);
void state_row(const struct db_batch *batch, int index, struct str *ret_steps, struct str *ret_spent);

int copy_add(struct db_batch *batch, struct id incarnation, struct id workspace, struct id run, int64_t parts);
bool copy_done(const struct db_batch *batch, int index);

/* A text that a claim left out, or the next parts of one that is in blob. */
struct fetch_key {
	struct id workspace, run;
	enum { FETCH_RUN_INPUT, FETCH_STEP_INPUT, FETCH_STEP_OUTPUT, FETCH_CHILD_OUTPUT /* of the run `run` */ } what;
	struct str path; /* of steps */
	int attempt;
	bool in_blob;
	struct id blob;
};
int fetch_add(struct db_batch *batch, const struct fetch_key *key, int64_t from_part, int64_t parts);
bool fetch_part(const struct db_batch *batch, int index, int row, struct str *ret_text);

/* Iterations of a loop in their order, from one on: as many as are asked for, and up to about 4 MB. */
struct iteration_row {
	bool failed;
	struct str path, error, output; /* JSON texts; empty: null */
};
int iterations_add(
	struct db_batch *batch, struct id workspace, struct id run, struct str loop, int64_t from, int64_t count);
bool iterations_row(const struct db_batch *batch, int index, int row, struct iteration_row *ret_row);

struct id claim_cursor(const struct db_batch *batch, int index);	       /* last_workspace of the next claim */
bool claim_next_due(const struct db_batch *batch, int index, int64_t *ret_us); /* false: no run sleeps */

/* Keys of rows to be read: workspace, id, version. Workflow versions and prompt versions look the same. */
struct version_keys;
struct version_row {
	struct id workspace, id;
	int64_t version;
	struct str text;
};
struct version_keys *version_keys_new(struct arena *arena);
void version_keys_add(struct version_keys *keys, struct id workspace, struct id id, int64_t version);
int version_keys_count(const struct version_keys *keys);
int definitions_add(struct db_batch *batch, const struct version_keys *keys);
int prompts_add(struct db_batch *batch, const struct version_keys *keys);
bool version_row(const struct db_batch *batch, int index, int row, struct version_row *ret_row);

struct request {
	struct id workspace, run, id;
	struct str kind;
	struct str by;	    /* who asked; empty: nobody in particular */
	struct str data;    /* JSON text; empty: none */
	bool kept;	    /* seen before, and left for later */
	int64_t generation; /* it was asked of; 0: whichever it is */
	bool more;	    /* more is asked of this run than came in this answer */
};
int inbox_add(struct db_batch *batch, struct id incarnation);
/* Of one run, those that were kept for later, from the one after `after` on. */
int kept_add(struct db_batch *batch, struct id workspace, struct id run, struct id after);
bool inbox_row(const struct db_batch *batch, int index, int row, struct request *ret_request); /* of either */

#endif
