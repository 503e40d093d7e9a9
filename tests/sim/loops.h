/*
 * Random histories of plan() with loops, over items or while a condition holds: in groups, in each other, one by one or several at once; in them calls and
 * scripts that fail and are tried again or recovered by their handler, agents that ask for tools turn by turn, steps that wait for a signal, runs in
 * runs, values of the workspace, outputs that are kept, and handlers of the workflow. What a run must give is worked out from what was drawn; chance
 * decides in which order things end, what is committed, when somebody pauses or cancels, and when the holder dies and another goes on from the rows.
 *
 *	play          loops.c         one history
 *	  drawn       loops_draw.c    a definition
 *	  expect      loops_expect.c  what must come of it
 *	  take        loops_take.c    an action, in memory and as a row: may it be taken now?
 *	  happens     loops.c         an answer, a value, time, a request
 *	    answer    loops_agent.c   what an agent's model says, and must have been told
 *	    engine    loops_engine.c  what conditions and handlers of the workflow come to
 *	  die         loops_rows.c    what another one knows who has only the committed rows
 */
#ifndef STEPMILL_TESTS_LOOPS_H
#define STEPMILL_TESTS_LOOPS_H

#include "sim.h"
#include "snapshot.h"

#define LOOP_ROWS_MAX 8000
#define LOOP_KEYS_MAX 64
#define LOOP_COMING_MAX 64

/* A step run: its newest attempt. */
struct loop_row {
	struct str path;
	int attempt;
	enum step_status status;
	const struct json *input, *output;
	struct str error;
	int64_t due_us;
};

/* What a handler does, of the workflow or of a step. */
enum handled { HANDLER_NONE, HANDLER_QUIET, HANDLER_RETURNS, HANDLER_THROWS };

/* What was drawn for a step, and holds in every iteration. */
struct loop_fate {
	int fails, attempts;
	bool recovers;				      /* of a call: its handler makes an output of the failure */
	unsigned turns, max_turns;		      /* of an agent: in so many it asks for tools; how many it has */
	enum handled on_start, on_complete, on_error; /* of one that makes no call */
};

/* All that a database has of the run. */
struct loop_rows {
	struct loop_row list[LOOP_ROWS_MAX];
	unsigned count;
	bool taken[LOOP_ROWS_MAX]; /* signals, by their number */
	unsigned used;
	enum run_status status;
	const struct json *output, *input, *passed; /* passed: phases that somebody began */
	bool started;
};

struct loops {
	struct arena *arena, *scratch;
	struct chance chance;
	const struct definition *definition;
	const struct json *document, *given;	   /* the run's input */
	const struct json *written[LOOP_KEYS_MAX]; /* steps, by the number of their key */
	struct run_state run;
	struct loop_rows rows, committed;
	struct loop_fate fates[LOOP_KEYS_MAX];
	unsigned keys;
	enum handled on_start, on_complete, on_error;
	bool manual;	/* somebody begins each phase */
	bool long_one;	/* a loop of more iterations than may lie between two of them */
	unsigned large; /* outputs of a part of the keys are not loaded until they are asked for */
	/* what must come of it */
	const struct json *expected; /* its output */
	unsigned expected_rows;
	unsigned signals; /* steps that wait for one */
	bool lost;	  /* a step that cannot complete is come to */
	bool recovered; /* … but the handler of what it is in makes an output of that: nobody knows how many rows there are */
	/* what has happened */
	struct evaluation evaluations[LOOP_COMING_MAX];
	const struct json *values[LOOP_COMING_MAX]; /* that are on their way */
	unsigned evaluating;
	struct str fetching[LOOP_COMING_MAX]; /* paths */
	unsigned fetches;
	unsigned sent, deaths, retries, turns, evaluated, fetched, pauses;
	struct str stands;	   /* before that phase */
	bool cancelled;		   /* somebody has asked for it */
	bool progress;		   /* something was taken */
	const char *broken;	   /* what is broken on purpose; NULL: nothing */
	struct recorder *recorder; /* NULL: nothing is recorded */
	char wrong[1000];
};

bool loops_wrong(struct loops *p, const char *what, struct str path);
bool loops_is_broken(const struct loops *p, const char *name);

/* loops_draw.c: false, with p->wrong, when it is refused. */
bool loops_drawn(struct loops *p);
unsigned loops_number(struct str key); /* s12: 12 */
struct loop_fate loops_fate(const struct loops *p, unsigned step);

/* loops_expect.c */
void loops_expect(struct loops *p);
/* What its calls are given, and give: its item, a value of the workspace, and a word of the run's input. */
struct str loops_said(struct loops *p, struct str item);

/* loops_agent.c */
/* What the model says in a turn to what it was given; what a tool makes of what it is given, NULL: it fails. */
const struct json *loops_model(struct loops *p, unsigned agent, unsigned turn, struct str asked);
const struct json *loops_tool(struct loops *p, struct str name, const struct json *input);
/* How many rows there are of the tools of a turn. */
unsigned loops_tool_rows(struct loops *p, unsigned agent, unsigned turn);
/* Was it told what was said in all turns before? */
bool loops_told(struct loops *p, unsigned step, const struct json *input);

/* loops_engine.c */
bool loops_evaluate(struct loops *p, const struct action *action);
bool loops_evaluated(struct loops *p); /* one comes; false: none is on its way */
void loops_forget(
	struct loops *p, const struct frame *frame); /* what is no use any more; of a frame: all of its steps */

/* loops_take.c, loops_rows.c */
struct loop_row *loops_row(struct loops *p, struct str path);
bool loops_take(struct loops *p, const struct action *action);
bool loops_end(struct loops *p, unsigned step, enum step_status status, const struct json *output, struct str error);
void loops_sweep(struct loops *p);		     /* iterations that nobody needs any more are forgotten */
bool loops_recorded(struct loops *p, unsigned step); /* that it has begun is committed */
void loops_commit(struct loops *p);
bool loops_die(struct loops *p);
bool loops_fetched(struct loops *p); /* an output comes that was asked for; false: none is on its way */
void loops_send(struct loops *p);    /* a signal */

#endif
