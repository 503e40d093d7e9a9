/*
 * Random histories of plan() with loops: in groups, in each other, one by one or several at once; in them calls that fail and are tried again,
 * steps that wait for a signal, runs in runs, values of the workspace, outputs that are kept, and cancelling. What a run must give
 * is worked out from what was drawn; chance decides in which order things end, and when the holder dies and another goes on from the rows.
 *
 *	play          loops.c       one history
 *	  drawn       loops_draw.c  a definition, and what must come of it
 *	  take        loops_rows.c  an action, in memory and as a row
 *	  die         loops_rows.c  what another one knows who has only the rows
 */
#ifndef STEPMILL_TESTS_LOOPS_H
#define STEPMILL_TESTS_LOOPS_H

#include "sim.h"

#define LOOP_ROWS_MAX 4000
#define LOOP_KEYS_MAX 64

/* A step run: its newest attempt. */
struct loop_row {
	struct str path;
	int attempt;
	enum step_status status;
	const struct json *input, *output;
	struct str error;
	int64_t due_us;
};

/* What was drawn for a call, and holds in every iteration. */
struct loop_fate {
	int fails, attempts;
};

struct loops {
	struct arena *arena, *scratch;
	struct chance chance;
	const struct definition *definition;
	struct run_state run;
	struct loop_row rows[LOOP_ROWS_MAX];
	unsigned count; /* of rows */
	struct loop_fate fates[LOOP_KEYS_MAX];
	unsigned keys;
	/* what must come of it */
	const struct json *expected; /* its output */
	unsigned expected_rows;
	unsigned signals; /* steps that wait for one */
	bool lost;	  /* a step that cannot complete is come to */
	/* what has happened */
	unsigned sent, used, deaths, retries;
	bool cancelled;	    /* somebody has asked for it */
	const char *broken; /* what is broken on purpose; NULL: nothing */
	char wrong[1000];
};

bool loops_wrong(struct loops *p, const char *what, struct str path);

/* loops_draw.c: false, with p->wrong, when it is refused. */
bool loops_drawn(struct loops *p);
struct loop_fate loops_fate(const struct loops *p, unsigned step);

/* loops_rows.c */
struct loop_row *loops_row(struct loops *p, struct str path);
bool loops_take(struct loops *p, const struct action *action);
bool loops_end(struct loops *p, unsigned step, enum step_status status, const struct json *output, struct str error);
void loops_sweep(struct loops *p); /* iterations that nobody needs any more are forgotten */
bool loops_die(struct loops *p);
void loops_send(struct loops *p); /* a signal */

#endif
