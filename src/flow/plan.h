/*
 * plan(definition, state) → actions. Pure: the same state gives the same actions, whoever asks and however often. What it
 * asks for and the state already shows as begun is not asked for again.
 *
 * The executor keeps a struct run_state while it holds the run, applies what happened to it, and calls plan() again.
 */
#ifndef STEPMILL_FLOW_PLAN_H
#define STEPMILL_FLOW_PLAN_H

#include "base/id.h"
#include "flow/definition.h"
#include "flow/status.h"

/* Runs record the version that made their history; executors claim only those they know. */
#define PLANNER_VERSION 1

#define PLAN_NEVER INT64_MAX

/*
 * The steps of a run have numbers: those of its definition, in their order, and past them, in blocks, those of the iterations of loops
 * that are under way (flow/frame.h). Whatever speaks of a step of a run means such a number.
 */

/* What a loop has come to. */
struct loop_state {
	const struct json *items; /* what it goes through; NULL: it asks its condition each time, or */
	bool items_away;	  /* they are on their way here */
	const struct json *next;  /* the item of the next iteration; NULL: there is none */
	unsigned
		begun; /* iterations, numbered from 0; with those that an earlier generation has left; of a wait: looks */
	int before;    /* the highest attempt of anything in it in earlier generations */
	const struct json *gathered; /* what became of them all, when that was asked for: see ACTION_GATHER */
	struct frame *frames;	     /* iterations that are under way, or not forgotten yet; oldest first */
};

struct step_state {
	enum step_status status;
	int attempt;		   /* of the newest step run; 0 while pending */
	const struct json *output; /* when completed; NULL: none, or */
	bool output_away;	   /* it is large, and only the database has it: see ACTION_FETCH */
	struct str error;	   /* {"code", "message"} as JSON text, when failed */
	/* failed: when the next attempt begins; waiting: when that is over, or when a wait looks again; 0: not decided, never; it is looking */
	int64_t due_us;
	int64_t since_us; /* waiting: since when; where that matters: step_looks() */
	int before;	  /* attempts of earlier generations */
	int key_attempt; /* whose idempotency key the next call carries, when nobody knows what became of it; 0: its own */
	bool asked;	 /* failed, and a person has been asked what to do */
	int not_kept;	 /* the attempt for which no output is kept, as far as that was asked; 0: none */
	bool outcome_unknown; /* running: its call was made by an executor that is gone, or perhaps not */
	struct loop_state loop;
};

/* An iteration, and the states of what is in it: a block of numbers of its own. */
struct frame {
	struct frame *next;	     /* of the same loop */
	const struct frame *around;  /* the iteration that its loop is in; NULL: none */
	const struct step_def *loop; /* its loop's definition, and … */
	unsigned step;		     /* … number */
	unsigned base;		     /* number of the iteration itself, which is like a group; then what is in it */
	unsigned index;		     /* of the iteration, from 0 */
	const struct json *item;     /* NULL: of a loop with a condition */
	struct str *paths;	     /* of its block */
	struct arena *arena;	     /* of all that is the iteration's alone */
	struct block *block;
};

/* What somebody told the run and no step has taken yet. */
enum message_kind {
	MESSAGE_SIGNAL,
	MESSAGE_DECISION, /* about an approval: approve or reject */
	MESSAGE_ANSWER,	  /* about a step that failed: retry, skip or stop */
};
struct message {
	struct message *next;
	struct id id; /* of the request, for its holder */
	enum message_kind kind;
	struct str name;	 /* of the signal; key of the step that was decided */
	int attempt;		 /* of the decision, of the answer */
	const struct json *data; /* {"data"}, and of a decision {"decision", "comment"} */
	struct str by;
	bool used;
};

/* What the expressions of a step that is to begin have come to, or a handler of the workflow: see ACTION_EVALUATE. */
#define HANDLER_RETURNED "returned"
/* A handler of a step is asked for under a number beside the step's. */
#define STEP_STARTER (1U << 30) /* on_start */
#define STEP_ENDER (1U << 29)	/* on_complete, on_error */
struct evaluation {
	const struct evaluation *next;
	unsigned step;
	int attempt;
	unsigned round; /* of a condition that is asked again and again: plan_round() */
	bool coming;	/* it was asked for, and is not there yet */
	const struct json *
		values; /* {source: value} of them all, of a handler HANDLER_RETURNED, if anything; NULL: `error` says why there are none */
	struct str error; /* {"code", "message"} as JSON text */
};

/* What the code of a workflow has come to: see ACTION_REPLAY. */
struct replay {
	bool coming;		   /* it was asked for, and is not there yet; the rest is of before */
	bool known;		   /* there is anything */
	unsigned seen;		   /* how many of its steps had ended for it */
	const struct json *asks;   /* {key: what it said of the step}; NULL: none */
	bool over;		   /* it has come to its end: */
	const struct json *output; /* this; NULL: nothing, or */
	struct str error;	   /* {"code", "message"} as JSON text: it failed */
};

struct run_state {
	const struct definition *definition;
	const struct json *input; /* as its steps see it */
	bool started;		  /* on_start of its workflow has said what that is */
	enum run_status status;
	bool cancel_asked;
	struct step_state *steps; /* of the definition's steps, then of iterations */
	struct frame **frame_of;  /* by number less step_count: whose it is; NULL: nobody's */
	unsigned slots, room;	  /* numbers past the last, and room for them; 0: there are just the definition's */
	struct block *spare;	  /* numbers of iterations that are forgotten */
	struct id id;
	struct message *messages; /* oldest first */
	struct message *newest;	  /* of them, when there are any */
	int64_t now_us;		  /* by the clock that due_us is of: the database's */
	int64_t begun_us;	  /* when this generation began, by the same; 0: it has not */
	int64_t begun_steps;	  /* step runs of this generation: none of groups and loops, nor what was skipped */
	bool any_over;		  /* a step run of this generation has ended, a group's too; not one that was skipped */
	const struct replay *replay; /* of a workflow with code; NULL: it was not run yet */
	const struct json *models;   /* {step key, or "*" for all: model} instead of the definition's; NULL: none */
	const struct evaluation *evaluation; /* at most one a step; NULL: none */
	const struct json *env;	    /* {NAME: value} of the variables and secrets its definition names; NULL: none */
	const struct json *env_why; /* {NAME: why a secret is not among them}; NULL: none */
	bool manual;		    /* a person begins each phase but the first */
	const struct json *passed;  /* names of phases that they have begun; NULL: none */
	const struct json
		*inputs; /* {path of a step: its input} instead of the definition's, templates and all; NULL: none */
};

enum action_kind {
	ACTION_BEGIN,	 /* on_start has been asked: its steps see `input` as the run's (NULL: as it is) */
	ACTION_START,	 /* begin `step` with `attempt`; `input` is its mapping with templates filled */
	ACTION_OPEN,	 /* begin `step`, a group or a loop, whose items are `input`: no call, what is in it follows */
	ACTION_ITERATE,	 /* begin iteration `index` of `step`, a loop, with `item` (NULL: it has none) */
	ACTION_WAIT,	 /* begin `step` as waiting for `waiting_for`, until `at_us`; `input` is shown, or NULL */
	ACTION_LOOK,	 /* `step`, which waits, looks at its condition again at `at_us` */
	ACTION_COMPLETE, /* end `step` with `output` (NULL: none) without a call; `begun` as below */
	ACTION_CHILD,	 /* begin `step` as waiting for a run of its own that is made with `input`, until `at_us` */
	ACTION_RETRY,	 /* `step` failed and will be tried again as `attempt` at `at_us` */
	ACTION_ASK,	 /* `step` failed for good: a person is asked what to do */
	ACTION_SKIP,	 /* `step` is passed over, as `attempt`, for `answer` or `why` said so */
	ACTION_ABORT,	 /* end `step` as cancelled: drop its call */
	ACTION_FAIL,	 /* end `step` as failed without a call (`error`); `begun`: its row is there */
	ACTION_GATHER,	 /* what became of the iterations of `step` is needed: asked for again when that is here */
	ACTION_FETCH,	 /* the output of `step` is away and is needed: what needs it is asked for when it is here */
	ACTION_EVALUATE, /* the same of expressions of `step`: `sources` over `input`, {"input", "steps"} as they name them; round `index` */
	ACTION_REPLAY, /* the workflow's code is to be run over what its steps have come to */
	ACTION_STAND, /* what comes next is of the phase `waiting_for`, which a person begins: the run is paused; the only one then */
	ACTION_SLEEP, /* nothing is to be done before `at_us`, unless a call ends; the only one then */
	ACTION_END, /* the run ends as `end`, with `output` (of `step`, which may be away) or `error`; with both: it has recovered from that */
};

struct action {
	enum action_kind kind;
	unsigned step;
	int attempt;
	struct json *input;
	const struct json *cache_key; /* of what begins a step: what its output is kept under; NULL: it is not */
	unsigned index;
	const struct json *item;
	const struct str *sources;
	unsigned source_count;
	enum run_status end;
	const struct json *output;
	bool begun;
	struct str waiting_for;
	const struct message *message; /* that ended it; NULL: none */
	const struct message *answer;  /* that lets it begin again, or passes it over; NULL: none */
	int64_t at_us;		       /* PLAN_NEVER: until somebody asks something of the run */
	bool rests;	  /* of a sleep: whoever holds the run gives it back meanwhile, however short that is */
	struct str error; /* JSON text: {"code", "message"[, "path"]} */
	const char *
		handler; /* of an evaluation: the name of the workflow's handler that is called, with `input` as its context; NULL: expressions */
	const char *why; /* of a skip without an answer: "condition", "branch" or "code" */
};

static inline const struct step_def *
plan_def(const struct run_state *state, unsigned step)
{
	const struct frame *f;
	if (step < state->definition->step_count)
		return &state->definition->steps[step];
	f = state->frame_of[step - state->definition->step_count];
	return f->loop + (step - f->base);
}

/* review/grammar, each[3]/send */
static inline struct str
plan_path(const struct run_state *state, unsigned step)
{
	const struct frame *f;
	if (step < state->definition->step_count)
		return state->definition->steps[step].path;
	f = state->frame_of[step - state->definition->step_count];
	return f->paths[step - f->base];
}

/* The steps that its code knows the ends of, of the outermost list: they are done, and nothing changes that in this generation. */
bool plan_step_over(struct arena *arena, const struct run_state *state, unsigned step);

/* The model a step is to ask: what the run says of it, or of all, else what the definition says; empty: the default. */
struct str plan_model(const struct run_state *state, unsigned step);
/* The input somebody gave a step of this run, in place of its mapping and with nothing to fill in; NULL: nobody did. */
const struct json *plan_input(const struct run_state *state, unsigned step);

/* Of Math.random in what people wrote: the same for the same run, step and attempt, whoever evaluates it and however often. */
uint64_t plan_seed(const struct run_state *state, unsigned step, int attempt);

/*
 * Milliseconds between a failed attempt and the next, with some taken off at random: the same for the same run, step and
 * attempt, different for the many runs that fail together.
 */
int64_t plan_retry_delay_ms(const struct run_state *state, unsigned step);

/* How often the condition of a step that has begun has been asked: of a loop, how many iterations have begun; of a wait, since it is held. */
unsigned plan_round(const struct run_state *state, unsigned step);
bool plan_wants(const struct run_state *state, const struct evaluation *evaluation); /* it still is of use */
/* Of a step; NULL: it has none. */
const struct evaluation *plan_evaluation(const struct run_state *state, unsigned step);

/* The step that an evaluation is for; WHOLE_RUN and the like: the run. */
static inline unsigned
plan_asker(unsigned number)
{
	return number >= RUN_STARTER ? number : number & ~(STEP_STARTER | STEP_ENDER);
}

/*
 * What the handlers of a step without a call make of an action that begins or ends it; others stay as they are. False: `ret_asks`, a fetch or an
 * evaluation, comes first, and then this is asked again.
 */
bool plan_handle_step(
	struct arena *arena, const struct run_state *state, struct action *action, struct action *ret_asks);

/* Whether templates of a step name the output of another: then that must be here when the step begins. */
bool plan_names(struct arena *arena, const struct step_def *def, struct str key);
/* A template of a step's that is no part of its input, filled with what its input is filled with. */
bool plan_fill(struct arena *arena, const struct run_state *state, unsigned step, struct str template,
	struct json **ret_value, struct err *err);

/* What the code of a workflow's handler is given: the `input` of the action that asks for it, and the run's id. */
struct json *plan_handler_scope(struct arena *arena, const struct json *context, struct str run_id);

/* Actions in the order they are to be taken, in the arena; false only on a definition and state that do not fit. */
bool plan(struct arena *arena, const struct run_state *state, struct action **ret_actions, unsigned *ret_count,
	struct err *err);

#endif
