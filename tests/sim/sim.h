/*
 * The simulator of plan(): no database, no executor, no clock. A world has a run as it is in the database (`committed`)
 * and as its holder remembers it (`memory`); chance decides what steps answer, what people ask for, when a flush is
 * committed and when the holder dies. plan() is asked whenever a holder would ask it, and every action it wants is
 * looked at before it is taken.
 *
 * What exists is in tables, a line each: kinds of steps and forms of their input (generate.c), answers, requests and
 * what each action means (tables.c). A new step kind, answer or action is a new line there.
 *
 *	sim_one             sim.c       one history: a definition, chance, and the checks
 *	  generate          generate.c  a definition, and what each input must come out as
 *	  world_turn        world.c     asks plan() until it is at rest, as the executor does between two waits
 *	    ask             world.c     twice, on different copies: the same state gives the same actions
 *	    action.check    tables.c    may this action be taken now?
 *	    action.apply    tables.c    what the executor would do to its memory
 *	    world_commit …  world.c     after any action, or never
 *	  world_happen      world.c     an answer, a request, a death
 *	  replay            history.c   the recorded history from nothing: the same decisions again
 */
#ifndef STEPMILL_TESTS_SIM_H
#define STEPMILL_TESTS_SIM_H

#include "flow/plan.h"

#include <stdint.h>

#define SIM_STEPS_MAX 7

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

/* ---- histories ---- */

enum entry_sort {
	ENTRY_DECISION, /* an action of plan() */
	ENTRY_ANSWER,	/* how a step's call ended */
	ENTRY_REQUEST,	/* from the inbox */
	ENTRY_RELOAD, /* the holder is another, or the same that knows nothing any more: memory is what was committed */
	ENTRY_CLOCK,  /* time has passed */
};

struct entry {
	enum entry_sort sort;
	unsigned which; /* index into the table of its sort */
	unsigned step;
	int attempt;
	const struct json *value; /* input, output */
	struct str error;
	enum run_status end;
	int64_t at_us; /* of a clock: the time; of a decision: when it is due */
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

/* What a step's input must come out as, worked out without the templates: NULL when it cannot be filled. */
struct expected {
	unsigned form;
	unsigned from; /* the earlier step it takes */
};

struct flow {
	struct json *document;
	const struct json *input;
	const struct definition *definition;
	struct expected expected[SIM_STEPS_MAX];
	unsigned kind[SIM_STEPS_MAX]; /* in sim_kinds */
	int attempts[SIM_STEPS_MAX];  /* that a step has in all; 0: never, not even after an unknown outcome */
};

typedef bool plan_function(struct arena *, const struct run_state *, struct action **, unsigned *, struct err *);

struct world {
	struct arena *arena;   /* of the history */
	struct arena *scratch; /* of one question */
	struct chance chance;
	const struct flow *flow;
	plan_function *plan;
	struct run_state memory, committed;
	int64_t now_us;
	unsigned inbox;		/* requests that have a row: a bit each, by sim_requests */
	unsigned taken;		/* those of them that the holder has read */
	bool reload_due;	/* the holder is new: it asks before anything else happens */
	unsigned ends;		/* ends that were committed */
	bool calm;		/* nothing dies any more: the run must come to its end */
	struct history history; /* of what is committed, then what is not */
	unsigned history_committed;
	uint64_t questions, actions, deaths; /* for the summary */
	char wrong[400];		     /* the invariant that does not hold; empty: all do */
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
struct sim_request {
	const char *name;
	unsigned weight;
	bool lets_go; /* what a person does in the end, so that the run can end */
	void (*apply)(struct run_state *run);
};
struct sim_kind {
	const char *name;
	unsigned weight;
	unsigned answers;					  /* bits, by sim_answers */
	void (*describe)(struct arena *arena, struct json *step); /* members of its own */
};

extern const struct sim_action sim_actions[];
extern const struct sim_answer sim_answers[];
extern const struct sim_request sim_requests[];
extern const struct sim_kind sim_kinds[];
extern const unsigned sim_action_count, sim_answer_count, sim_request_count, sim_kind_count;

/* ---- parts ---- */

bool generate(struct arena *arena, uint64_t seed, struct flow **ret_flow, struct err *err);
const struct json *generate_expected(
	struct arena *arena, const struct flow *flow, const struct run_state *run, unsigned step);
/* `check`: as it is when a workflow is saved; otherwise as it is stored. */
bool flow_read(struct arena *arena, struct json *document, const struct json *input, bool check, struct flow **ret_flow,
	struct err *err);
struct run_state run_new(struct arena *arena, const struct flow *flow);
void run_copy(struct run_state *to, const struct run_state *from);
void entry_apply(struct arena *arena, struct run_state *run, const struct entry *entry);
struct entry entry_of(const struct action *action);
bool entry_same(const struct entry *a, const struct entry *b);
bool step_underway(const struct step_state *step);
bool step_tried_again(const struct world *w, unsigned step); /* failed, and worth another attempt */
bool step_done(const struct step_state *step);

bool world_wrong(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* plan(), without what asks for nothing. */
bool ask_plan(plan_function *plan_it, struct arena *arena, const struct run_state *run, struct action **ret_actions,
	unsigned *ret_count, struct err *err);
bool world_turn(struct world *w);
void world_happen(struct world *w);
void world_pass(struct world *w, int64_t us);
void world_commit(struct world *w);
void world_reload(struct world *w);
bool world_over(const struct world *w);

/*
 * The history from nothing: at each recorded decision plan() must want just that first, and before what happens next it
 * must want nothing. Of an error only code and path count: its words may get better.
 */
bool replay(struct arena *arena, const struct flow *flow, plan_function *plan_it, const struct history *history,
	char *ret_wrong, size_t size);

/* Planners that are broken on purpose: the simulator must find each. NULL: no such name. */
plan_function *broken_by_name(const char *name);
const char *broken_name(unsigned index); /* NULL past the last */

#endif
