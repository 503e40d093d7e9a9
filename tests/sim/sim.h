/*
 * The simulator of plan(): no database, no executor, no clock. A world has a run as it is in the database (`committed`,
 * and the rows of its inbox) and as its holder remembers it (`memory`); chance decides what steps answer, what people ask
 * for and when, how time passes, when a flush is committed, and when the holder dies. A run that sleeps has no holder and is
 * taken up only when it is due or somebody has asked something of it, so a wake-up that is lost is a run that does not end.
 * plan() is asked whenever a holder would ask it, and every action it wants is looked at before it is taken.
 *
 * What exists is in tables, a line each: kinds of steps (generate.c), forms of their input (expect.c), actions (actions.c),
 * answers and requests (tables.c). A new kind, answer, request or action is a new line there.
 *
 *	sim_one             sim.c       one history: a definition, chance, and the checks
 *	  generate          generate.c  a definition, and what each step must come to
 *	  world_turn        world.c     asks plan() until it is at rest, as the executor does between two waits
 *	    ask             world.c     twice, the second time of a state read from rows: the same state, the same actions
 *	    action.check    actions.c   may this action be taken now?
 *	    action.apply    actions.c   what the executor would do to its memory
 *	    world_commit …  world.c     after any action, or never
 *	    check_rest      actions.c   is there really nothing to do, and does it sleep for just that long?
 *	  world_happen      happen.c    an answer, a request, time, a flush, a death
 *	  replay            history.c   the recorded history from nothing: the same decisions again
 */
#ifndef STEPMILL_TESTS_SIM_H
#define STEPMILL_TESTS_SIM_H

#include "flow/plan.h"

#include <stdint.h>

#define SIM_STEPS_MAX 7
#define SIM_INBOX_MAX 64
#define SIM_CHECKPOINTS_MAX 8
#define SIM_PERSON "0192f0c4-0000-7000-8000-00000000000a" /* who asks */

/* ---- chance: the same seed gives the same numbers on every machine ---- */

struct chance {
	uint64_t state;
};

static inline uint64_t
chance_next(struct chance *c)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline unsigned
chance_below(struct chance *c, unsigned n)
{
	return (unsigned)((chance_next(c) >> 32) * n >> 32);
}

static inline bool
chance_percent(struct chance *c, unsigned percent)
{
	return chance_below(c, 100) < percent;
}

#define CHANCE_OF(c, list) ((list)[chance_below(c, sizeof(list) / sizeof *(list))])

/* ---- histories ---- */

enum entry_sort {
	ENTRY_DECISION, /* an action of plan() */
	ENTRY_ANSWER,	/* how a step's call ended */
	ENTRY_REQUEST,	/* from the inbox */
	ENTRY_RELOAD, /* the holder is another, or the same that knows nothing any more: memory is what was committed */
	ENTRY_CLOCK,  /* time has passed */
	ENTRY_SLEEP,  /* plan() wants nothing, and to be asked again at that time */
};

struct entry {
	enum entry_sort sort;
	unsigned which; /* index into the table of its sort */
	unsigned step;
	int attempt;
	const struct json *value; /* input, output, what was asked */
	struct str error, waiting_for;
	enum run_status end;
	int64_t at_us;	  /* of a clock: the time; of a decision: when it is due */
	unsigned request; /* its number; of a decision: that it uses; 0: none */
	unsigned answer;  /* of a decision: the number of the answer that it follows; 0: none */
};

struct history {
	struct entry *list;
	unsigned count, room;
};

void history_add(struct arena *arena, struct history *history, const struct entry *entry);
struct json *history_json(struct arena *arena, const struct definition *definition, const struct history *history);
bool history_read(struct arena *arena, const struct definition *definition, const struct json *list,
	struct history *ret_history, struct err *err);

/* ---- what is simulated ---- */

/* What was drawn for a step, and what it must come to, worked out without templates and definition_read. */
struct drawn {
	unsigned kind;	/* in sim_kinds */
	unsigned form;	/* of its template, in expect.c */
	unsigned from;	/* the earlier step that it takes */
	int attempts;	/* that it has in all; 0: never, not even after an unknown outcome */
	const char *on; /* the one error after which it is tried again; NULL: each that another attempt could change */
	bool shows;	/* an approval: its input */
	bool filled;	/* a wait: its time comes from the template */
	const char *seconds, *until; /* a wait: as written; NULL: not */
	int64_t due_us;		     /* … of until, or what seconds adds */
	int64_t timeout_us;	     /* 0: none */
	const char *signal;
	enum on_failure on_failure;
	const struct json *given; /* the input that somebody gave the step of this run; NULL: nobody did */
};

struct flow {
	struct json *document;
	const struct json *input;
	const struct json *inputs; /* {step: input} that this run has instead of the definition's; NULL: none */
	const struct definition *definition;
	struct drawn steps[SIM_STEPS_MAX];
};

/* A row of the inbox. */
struct asked {
	unsigned number; /* its id: a later one may be less, as ids are made by others */
	unsigned which;	 /* in sim_requests */
	const struct json *value;
	int64_t at_us;	     /* when */
	unsigned generation; /* that it was asked of */
	bool kept;	     /* in the database: it wakes nobody */
	bool gone;	     /* from the database */
	unsigned place;	     /* in the order in which the holder has read them; 0: not read */
	bool done;	     /* in the holder's journal: the row goes with the next flush */
};

typedef bool plan_function(struct arena *, const struct run_state *, struct action **, unsigned *, struct err *);

struct world {
	struct arena *arena;   /* of the history */
	struct arena *scratch; /* of one question */
	struct chance chance;
	const struct flow *flow;
	plan_function *plan;
	struct run_state memory, committed;
	int64_t now_us; /* by the database's clock */
	int64_t lag_us; /* the holder's is that far behind */
	bool held;
	bool changed;	/* something happened since plan() was asked */
	bool fresh;	/* just claimed */
	int64_t due_us; /* not held: of the run; held: of its timer; PLAN_NEVER: none */
	struct asked inbox[SIM_INBOX_MAX];
	unsigned inbox_count, last_number, places;
	unsigned ends;				   /* ends that were committed */
	unsigned generation, reopenings;	   /* from 1; how often the run may still be opened again */
	int tried[SIM_STEPS_MAX];		   /* attempts of each step, in all generations */
	unsigned large;				   /* steps whose outputs are not loaded until asked for, a bit each */
	unsigned fetching;			   /* that are on their way */
	unsigned evaluating;			   /* the step, from 1, whose expressions are; 0: none */
	struct evaluation evaluation;		   /* the last that came */
	const struct json *outputs[SIM_STEPS_MAX]; /* of completed steps, wherever they are */
	struct step_state checkpoints[SIM_CHECKPOINTS_MAX][SIM_STEPS_MAX]; /* states that were committed */
	unsigned checkpoint_count;
	bool calm;		/* nothing dies any more: the run must come to its end */
	struct history history; /* of what is committed, then what is not */
	unsigned history_committed;
	struct {
		uint64_t questions, actions, deaths, sleeps, messages, reopenings, reused, fetches, evaluations;
	} seen;		 /* for the summary */
	char wrong[400]; /* the invariant that does not hold; empty: all do */
};

/* ---- tables ---- */

struct sim_action { /* by enum action_kind */
	const char *name;
	bool (*check)(struct world *w, const struct action *action);
	void (*apply)(struct arena *arena, struct run_state *run, const struct entry *entry);
	bool rest; /* asks for nothing, and only says what is waited for: neither taken nor recorded */
};
struct sim_answer {
	const char *name;
	unsigned weight;
	void (*make)(struct world *w, struct entry *entry); /* chooses output or error */
	void (*apply)(struct run_state *run, const struct entry *entry);
};
/* What a request is after it was read. */
enum heard {
	HEARD_DONE, /* carried out, or of no use: its row goes with the next flush */
	HEARD_KEPT, /* a step may take it */
	HEARD_ENDS, /* the run ends by it, or begins again, and nothing else removes its row */
};
struct sim_request {
	const char *name;
	unsigned weight;
	const struct json *(*make)(struct world *w); /* what is asked; NULL: nothing more than the name */
	enum heard (*apply)(struct arena *arena, struct run_state *run, const struct entry *entry);
};
struct sim_kind {
	const char *name;
	unsigned weight;
	enum step_control control;
	unsigned answers; /* bits, by sim_answers */
	/* Members of its own; `text` is its template. */
	void (*describe)(
		struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn, const char *text);
};

extern const struct sim_action sim_actions[];
extern const struct sim_answer sim_answers[];
extern const struct sim_request sim_requests[];
extern const struct sim_kind sim_kinds[];
extern const unsigned sim_action_count, sim_answer_count, sim_request_count, sim_kind_count;
enum {
	REQUEST_CANCEL,
	REQUEST_PAUSE,
	REQUEST_RESUME,
	REQUEST_CHILD, /* a run that a step has started has ended */
	REQUEST_SIGNAL,
	REQUEST_DECISION,
	REQUEST_ANSWER,
	REQUEST_REOPEN
};

/* ---- generate.c, expect.c ---- */

bool generate(struct arena *arena, uint64_t seed, struct flow **ret_flow, struct err *err);
/* `check`: as it is when a workflow is saved; otherwise as it is stored. */
bool flow_read(struct arena *arena, struct json *document, const struct json *input, bool check, struct flow **ret_flow,
	struct err *err);
enum step_control flow_control(const struct flow *flow, unsigned step);

/* A form for the step at `index`, and its template. */
const char *expect_draw(struct arena *arena, struct chance *c, unsigned index, struct drawn *drawn);
/* What the template must give; NULL: it cannot be filled. */
const struct json *expect_value(struct arena *arena, const struct world *w, unsigned step);
/* Whether it has expressions to be evaluated when it begins; and what they come to, in a run whose outputs are all there. */
bool expect_expression(const struct flow *flow, unsigned step);
struct evaluation expect_evaluation(
	struct arena *arena, const struct flow *flow, const struct run_state *run, unsigned step, int attempt);
/* What a step is given, or an approval shows: NULL: nothing, or it cannot be filled. */
const struct json *expect_input(struct arena *arena, const struct world *w, unsigned step);
/* Steps whose output the step's template names. */
unsigned expect_named(const struct world *w, unsigned step);
/* When a wait that begins now must be over; false: its time is none. */
bool expect_due(struct arena *arena, const struct world *w, unsigned step, int64_t *ret_due_us);
/* The message that a step takes: the first one read, of its name or about its attempt; NULL: none is there. */
const struct asked *expect_message(const struct world *w, unsigned step);
/* Somebody has answered in time, and the holder has not read it. */
bool expect_unread(const struct world *w, unsigned step);
bool expect_again(const struct world *w, unsigned step); /* it failed, and is worth another attempt */
bool expect_done(const struct world *w, unsigned step);	 /* nothing more is to be done about it */
unsigned expect_first(const struct world *w);		 /* that is not done; all are: the number of steps */
/* What a person said about a step that failed and asks: the first answer read; NULL: none is there, or it does not ask. */
const struct asked *expect_answer(const struct world *w, unsigned step);
bool asked_says(const struct asked *asked, const char *decision);

/* ---- actions.c, tables.c, history.c ---- */

bool step_underway(const struct step_state *step);
bool step_done(const struct step_state *step);
unsigned step_first(const struct run_state *run); /* that is neither completed nor skipped */
bool error_is(struct str error, const char *code);
struct id id_of(unsigned number);
unsigned number_of(struct id id);

void entry_apply(struct arena *arena, struct run_state *run, const struct entry *entry);
struct entry entry_of(const struct action *action);
bool entry_same(const struct entry *a, const struct entry *b);

/* What plan() says when there is nothing to do just now. */
struct rest {
	int64_t sleep_us;  /* until when it would sleep; 0: it would not */
	unsigned fetch;	   /* the steps whose outputs must come first, a bit each */
	unsigned evaluate; /* the step, from 1, whose expressions must be evaluated first; 0: none */
	int attempt;	   /* of that */
};

/* Nothing to do: is that so, and is it how long it will be, and what must come? */
bool check_rest(struct world *w, struct rest rest);

/* plan(), without what asks for nothing. */
bool ask_plan(plan_function *plan_it, struct arena *arena, const struct run_state *run, struct action **ret_actions,
	unsigned *ret_count, struct rest *ret_rest, struct err *err);

/* ---- rows.c ---- */

struct run_state run_new(struct arena *arena, const struct flow *flow);
void run_copy(struct run_state *to, const struct run_state *from);
/* What run_claim would give of the run, read again as the executor reads it; of steps in `away` without their output. */
bool rows_load(struct arena *arena, const struct flow *flow, const struct run_state *run, unsigned away,
	struct run_state *ret_run, struct err *err);

/* ---- world.c, happen.c ---- */

bool world_wrong(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_add(struct world *w, const struct entry *entry); /* it happens in memory, and is remembered */
bool world_turn(struct world *w);
bool world_wakes(const struct world *w); /* has the run's holder, or somebody who would be, a reason to look at it? */
void world_pass(struct world *w, int64_t us);
bool world_bring(struct world *w); /* an output that was asked for */
void world_commit(struct world *w);
void world_die(struct world *w);
bool world_over(const struct world *w);	 /* for good */
bool world_ended(const struct world *w); /* this generation */
void world_ask(struct world *w, unsigned which, const struct json *value);

void world_happen(struct world *w);
void world_help(struct world *w); /* when it is calm: what the run waits for */

/*
 * The history from nothing: at each recorded decision plan() must want just that first, and before what happens next it
 * must want nothing. Of an error only code and path count: its words may get better.
 */
bool replay(struct arena *arena, const struct flow *flow, plan_function *plan_it, const struct history *history,
	char *ret_wrong, size_t size);

/* golden.c: recorded histories. Each returns the exit status. */
int golden(const char *path, plan_function *plan_it);
int golden_record(const char *path);
void golden_print(struct arena *arena, const struct json *name, const struct flow *flow, const struct history *history,
	bool first);

/* Planners that are broken on purpose: the simulator must find each. NULL: no such name. */
plan_function *broken_by_name(const char *name);
const char *broken_name(unsigned index); /* NULL past the last */

#endif
