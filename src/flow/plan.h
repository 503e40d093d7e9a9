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

struct step_state {
	enum step_status status;
	int attempt;		   /* of the newest step run; 0 while pending */
	const struct json *output; /* when completed; NULL: none, or */
	bool output_away;	   /* it is large, and only the database has it: see ACTION_FETCH */
	struct str error;	   /* {"code", "message"} as JSON text, when failed */
	int64_t due_us; /* failed: when the next attempt begins; waiting: when that is over; 0: not decided, never */
	int before;	/* attempts of earlier generations */
	int key_attempt; /* whose idempotency key the next call carries, when nobody knows what became of it; 0: its own */
	bool asked;	 /* failed, and a person has been asked what to do */
	bool outcome_unknown; /* running: its call was made by an executor that is gone, or perhaps not */
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

/* What the expressions of a step that is to begin have come to: see ACTION_EVALUATE. */
struct evaluation {
	const struct evaluation *next;
	unsigned step;
	int attempt;
	bool coming;		   /* it was asked for, and is not there yet */
	const struct json *values; /* {source: value} of them all; NULL: `error` says why there are none */
	struct str error;	   /* {"code", "message"} as JSON text */
};

struct run_state {
	const struct definition *definition;
	const struct json *input;
	enum run_status status;
	bool cancel_asked;
	struct step_state *steps; /* definition->step_count of them */
	struct id id;
	struct message *messages;  /* oldest first */
	struct message *newest;	   /* of them, when there are any */
	int64_t now_us;		   /* by the clock that due_us is of: the database's */
	const struct json *models; /* {step key, or "*" for all: model} instead of the definition's; NULL: none */
	const struct evaluation *evaluation; /* at most one a step; NULL: none */
	const struct json *env;	    /* {NAME: value} of the variables and secrets its definition names; NULL: none */
	const struct json *env_why; /* {NAME: why a secret is not among them}; NULL: none */
	const struct json
		*inputs; /* {step key: its input} instead of the definition's, templates and all; NULL: none */
};

enum action_kind {
	ACTION_START,	 /* begin `step` with `attempt`; `input` is its mapping with templates filled */
	ACTION_OPEN,	 /* begin `step`, a group: no call, what is in it follows */
	ACTION_WAIT,	 /* begin `step` as waiting for `waiting_for`, until `at_us`; `input` is shown, or NULL */
	ACTION_COMPLETE, /* end `step` with `output` (NULL: none) without a call; `begun` as below */
	ACTION_RETRY,	 /* `step` failed and will be tried again as `attempt` at `at_us` */
	ACTION_ASK,	 /* `step` failed for good: a person is asked what to do */
	ACTION_SKIP,	 /* `step` is passed over, as `attempt`, for `answer` or `why` said so */
	ACTION_ABORT,	 /* end `step` as cancelled: drop its call */
	ACTION_FAIL,	 /* end `step` as failed without a call (`error`); `begun`: its row is there */
	ACTION_FETCH,	 /* the output of `step` is away and is needed: what needs it is asked for when it is here */
	ACTION_EVALUATE, /* the same of expressions of `step`: `sources` over `input`, {"input", "steps"} as they name them */
	ACTION_SLEEP, /* nothing is to be done before `at_us`, unless a call ends; the only one then */
	ACTION_END,   /* the run ends as `end`, with `output` (of `step`, which may be away) or `error` */
};

struct action {
	enum action_kind kind;
	unsigned step;
	int attempt;
	struct json *input;
	const struct str *sources;
	unsigned source_count;
	enum run_status end;
	const struct json *output;
	bool begun;
	struct str waiting_for;
	const struct message *message; /* that ended it; NULL: none */
	const struct message *answer;  /* that lets it begin again, or passes it over; NULL: none */
	int64_t at_us;		       /* PLAN_NEVER: until somebody asks something of the run */
	struct str error;	       /* JSON text: {"code", "message"[, "path"]} */
	const char *why;	       /* of a skip without an answer: "condition" or "branch" */
};

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

/* Of a step; NULL: it has none. */
const struct evaluation *plan_evaluation(const struct run_state *state, unsigned step);

/* Whether templates of a step name the output of another: then that must be here when the step begins. */
bool plan_names(struct arena *arena, const struct step_def *def, struct str key);
/* A template of a step's that is no part of its input, filled with what its input is filled with. */
bool plan_fill(struct arena *arena, const struct run_state *state, unsigned step, struct str template,
	struct json **ret_value, struct err *err);

/* Actions in the order they are to be taken, in the arena; false only on a definition and state that do not fit. */
bool plan(struct arena *arena, const struct run_state *state, struct action **ret_actions, unsigned *ret_count,
	struct err *err);

#endif
