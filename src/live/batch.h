/*
 * Inside of the reader: what a batch is about. batch.c decides what is asked and writes it into a batch; reader.c runs
 * it and hands out what comes.
 */
#ifndef STEPMILL_LIVE_BATCH_H
#define STEPMILL_LIVE_BATCH_H

#include "live/live.h"

#define READS_MAX 50
#define RETRY_US ((int64_t)250000)

enum batch_kind { BATCH_NONE, BATCH_UPKEEP, BATCH_ADMIT, BATCH_READ, BATCH_BOARDS, BATCH_ROLE, BATCH_PROBE };

struct place {
	struct id workspace, person, run;
	int64_t after;
	int statement; /* its index in the batch */
};

struct reader {
	struct live *live;
	struct db *db;
	struct db *told; /* the connection that LISTENs; NULL while nobody listens */
	bool listening;
	int64_t listen_us; /* when LISTEN may be tried again */

	struct arena *arena; /* of the batch that runs */
	struct db_batch *batch;
	enum batch_kind kind;
	struct listener *named
		[READS_MAX]; /* BATCH_ADMIT, BATCH_ROLE: the one it is about, asked from statement 0 on; BATCH_BOARDS: its listeners */
	int named_count;
	struct place places[READS_MAX];
	int place_count;
	int workspace_count; /* BATCH_PROBE: so many pairs of statements */
	size_t gone_sent;    /* entries of live->gone that the upkeep in flight takes out */

	int64_t retry_us; /* nothing is started before: the database was away */
	int64_t upkeep_us, probe_us, idle_since_us;
	bool was_down;	 /* told in the log once */
	bool reads_last; /* newcomers and reads take turns */
};

/* Makes the batch that is most needed now; false when there is nothing to ask. */
bool batch_build(struct reader *reader, int64_t now);
/* Takes runs that were left out of run_watch; false when there are none. */
bool batch_build_forget(struct reader *reader);
bool batch_at_place(const struct listener *listener, const struct place *place);

#endif
