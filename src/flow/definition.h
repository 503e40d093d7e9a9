/*
 * A workflow's definition: canonical JSON, whatever it was written in. Its JSON Schema is WorkflowDefinition in
 * src/api/openapi.yaml and says the shape; what a schema cannot say (keys are unique, a template names a step before it,
 * every variable of a prompt is mapped) is checked here. Pure: no I/O, everything lives in the arena given.
 *
 *	{"type": "chain",
 *	 "input": {"type": "object", "properties": {"text": {"type": "string", "title": "Text"}}, "required": ["text"]},
 *	 "steps": [
 *	   {"key": "extract", "name": "Extract key points", "kind": "prompt",
 *	    "prompt": {"id": "0192…", "version": 3},
 *	    "input": {"text": "{{input.text}}"},
 *	    "model": "builtin/extract", "options": {"stream_ms": 20}, "timeout_seconds": 60},
 *	   {"key": "summarise", …, "input": {"content": "{{steps.extract.output}}", "tone": "friendly"}}],
 *	 "state": {"points": "{{steps.extract.output}}"}}      what the workflow publishes: see flow/published.h
 *
 * Steps nest: sequential and parallel ones and loops have "steps" of their own. Read, they are one list in the order they are written in, a
 * group before what is in it, and a step's path names the groups around it: review/grammar. Keys differ in the whole workflow.
 */
#ifndef STEPMILL_FLOW_DEFINITION_H
#define STEPMILL_FLOW_DEFINITION_H

#include "flow/finding.h"
#include "json/json.h"

#include <limits.h>

#define DEFINITION_STEPS_MAX 1000
#define DEFINITION_DEPTH_MAX 8 /* groups in groups */
#define NO_STEP UINT_MAX
#define CHILD_DEPTH_MAX 8		  /* runs in runs */
#define CHILD_INPUT_MAX ((size_t)1 << 20) /* of a run that a step starts: as of one that a person does */
#define WHOLE_RUN (UINT_MAX - 1)	  /* in place of a step: what comes after all of them */
#define RUN_HANDLER (UINT_MAX - 2)	  /* the same: what a handler of the workflow looks at in the end */
#define RUN_STARTER (UINT_MAX - 3)	  /* and before its first step */
#define STARTED_WITH_MAX \
	((size_t)64 << 10) /* what on_start returns: it is in the run's own row, and read with each claim */
#define LOOP_ITERATIONS_MAX 100000
#define LOOP_ITERATIONS 1000 /* unless set */
#define LOOP_AT_ONCE_MAX 1000
#define LOOP_SPAN \
	2000 /* no iteration begins that is so far past the oldest under way: whoever takes the run over looks at so many rows */
#define STEP_TIMEOUT_SECONDS 60	    /* prompt steps, unless set */
#define FUNCTION_TIMEOUT_SECONDS 30 /* unless set */
#define FUNCTION_TIMEOUT_SECONDS_MAX 300
#define FUNCTION_CODE_MAX 65536
#define WORKFLOW_CODE_MAX 262144
#define WAIT_SECONDS_MAX (366 * 24 * 60 * 60)
#define POLL_SECONDS 10 /* between two looks of a wait at its condition, unless set */
#define POLL_SECONDS_MAX 86400
#define POLL_KEY "poll" /* of a wait's own step, behind the wait's key: until/poll */
#define RETRY_ATTEMPTS_MAX 100
#define RETRY_DELAY_MS 1000 /* unless set */
#define RETRY_DELAY_MS_MAX INT64_C(86400000)
#define RETRY_MAX_DELAY_MS 60000 /* unless set */
#define RETRY_CODES_MAX 20
#define CACHE_SECONDS_MAX (30 * 24 * 60 * 60)
#define LIMIT_KEY_MAX 200
#define LIMIT_UNITS_MAX 1000000
#define LIMIT_SECONDS_MAX 86400
#define LIMIT_USD_MAX 1000000
#define LIMIT_STEPS_MAX 10000000
#define CHAIN_COST_USD 5 /* a run of a chain, unless set */
#define CHAIN_WARN_USD 1
#define RETRY_AFTER_MS_MAX INT64_C(3600000) /* the longest pause that another side may ask for */

/* What a step needs of its executor. */
enum step_control {
	CONTROL_CALL,	   /* a call: its kind is one of steps/ */
	CONTROL_TRANSFORM, /* nothing: plan() begins and ends it, as the following ones */
	CONTROL_WAIT,
	CONTROL_APPROVAL,
	CONTROL_SIGNAL,
	CONTROL_SEQUENTIAL, /* it is what its steps are */
	CONTROL_PARALLEL,
	CONTROL_CONDITIONAL, /* it says which of other steps runs */
	CONTROL_SWITCH,
	CONTROL_WORKFLOW, /* a run of its own, and its end */
	CONTROL_LOOP,	  /* it runs its steps again and again */
};
enum step_control step_control(struct str kind);

/*
 * What a step is of an agent that has tools. Such an agent is a loop that its definition is read into: an iteration is a turn of the model, and
 * the calls that it asks for. Of all but the agent itself nobody has written a step, and templates cannot name them.
 *
 *	review                    the agent
 *	review[0]                 a turn
 *	review[0]/model           what the model is told, and answers
 *	review[0]/tools           what it asks for, if it does: a loop
 *	review[0]/tools[1]/lookup the second of these, with the tool's name
 */
enum agent_part { PART_NONE, PART_AGENT, PART_MODEL, PART_TOOLS, PART_TOOL };
#define AGENT_DEPTH 2  /* parts are nested in an agent so deep */
#define AGENT_TURNS 10 /* unless set */
#define AGENT_TURNS_MAX 100
#define AGENT_TOOLS_MAX 32
#define AGENT_CALLS_MAX 64 /* of one turn */
#define AGENT_CALLS_AT_ONCE 8

/* How the wait before the next attempt grows. */
enum backoff { BACKOFF_NONE, BACKOFF_LINEAR, BACKOFF_EXPONENTIAL };

/* What becomes of the run when a step has failed for good. */
enum on_failure {
	FAILURE_STOPS,	   /* it fails */
	FAILURE_CONTINUES, /* it goes on without the step's output; "steps.KEY.error" says what happened */
	FAILURE_ASKS,	   /* a person decides: try it again, skip it, or stop */
};

/* What follows an attempt that failed. */
struct retry_def {
	bool never;	  /* not even the same attempt again when its outcome is unknown */
	int max_attempts; /* in all, of one generation; 0 and 1: no other */
	int64_t delay_ms, max_delay_ms;
	enum backoff backoff;
	const struct json *on; /* array of error codes; NULL: each that another attempt could change */
};

/* What a step allows of a key that it names itself, in a template; see limits in src/exec/README.md. */
struct own_limit {
	struct str key;
	int64_t cap;		  /* 0: none; calls in flight, or calls in period_ms */
	int64_t period_ms, burst; /* of a rate */
};

/* A variable or secret of the workspace that a step names. */
struct env_use {
	struct str name;
	bool needed; /* without it the step cannot begin */
};

struct step_def {
	unsigned index; /* 0-based place; the page shows index + 1 */
	struct str key, name, kind;
	struct str phase; /* where the run stands with it; empty: none of its own */
	struct str prompt_id;
	int64_t prompt_version;
	const struct json *input;   /* variable → template, or literal of any type */
	struct str model;	    /* empty: builtin/echo */
	const struct json *options; /* for the model; NULL when absent */
	int64_t timeout_seconds;    /* 0: none */
	enum step_control control;
	const struct json *value; /* of a transform */
	const struct json *seconds,
		*until;		 /* of a wait: one of them, or it waits while something holds (repeat_while) */
	int64_t poll_us, max_us; /* of such a wait: between two looks, and in all; max_us 0: as long as it takes */
	bool polls;		 /* the next step is its own, which runs before it looks again */
	bool polls_first;	 /* also before it looks for the first time: the condition names what it gave */
	bool is_poll;		 /* it is that step of the wait before it */
	struct str signal;	 /* its name; of such a wait: lets it look at once */
	struct str code;	 /* of a function: its body */
	struct str agent_text;	 /* of an agent that is asked by a prompt: what a model is told; empty: none */
	enum agent_part part;
	const struct json *tools;  /* of PART_MODEL: [{"key", "description", "input_schema"}] */
	const struct json *schema; /* of PART_TOOL: of its input; NULL: any object */
	struct str agent;	   /* of PART_MODEL: key of the agent's step */
	struct str workflow_id;	   /* of a workflow: which, and its version */
	int64_t workflow_version;
	const struct json *http; /* of an http step: the step as written */
	size_t max_bytes;	 /* of its answer */
	struct str shell,
		directory; /* of a script: what a shell is told, empty: its command is a list; and where that begins */
	bool gives_json, network; /* of a script */
	struct retry_def retry;
	struct own_limit concurrency, rate;
	struct str on_start, on_complete, on_error; /* its handlers, as bodies of functions; empty: none */
	const struct json *cache_key;		    /* what its output is kept under; NULL: it is not */
	int64_t cache_ttl;			    /* seconds */
	const struct json *written;		    /* the step as it stands in the definition */
	enum on_failure on_failure;
	const struct json *
		condition; /* of any step: it is skipped when this is not true; NULL: none. Of a conditional: its question */
	/* where it stands */
	struct str path;       /* keys of the groups around it and its own, with / between them */
	unsigned parent;       /* the group or loop it is in, or NO_STEP */
	unsigned loop;	       /* the innermost loop it is in, or NO_STEP */
	unsigned end;	       /* past what is nested in it */
	const unsigned *needs; /* siblings written before it, that have to be over with first */
	unsigned need_count;
	const unsigned *choosers; /* conditionals and switches that say whether it runs */
	unsigned chooser_count;
	/* of a group, or a loop */
	unsigned at_once; /* how many of its steps, or iterations, may be under way; 0: as many as like */
	bool fail_fast;	  /* what is under way is dropped when one fails */
	/* of a loop */
	const struct json *items;	 /* what it goes through; NULL: it asks */
	const struct json *repeat_while; /* its condition; NULL: it has items. Of a wait: it goes on while this holds */
	unsigned max_iterations;
	bool names_previous; /* something in it may name the output of the iteration before */
	/* of a conditional and a switch */
	const struct json *cases;   /* of a switch: value → key of a sibling */
	struct str then, otherwise; /* keys of siblings; otherwise: else, default; empty: none */
	struct str *sources;	    /* the expressions in what is filled in when it begins, each once */
	unsigned source_count;
	struct env_use *env;
	unsigned env_count;
	struct str *while_sources; /* those in the condition that it asks again and again */
	unsigned while_source_count;
};
/* The first of the list that `parent` has, or of the outermost one (NO_STEP): what is in a step follows it. */
static inline unsigned
first_inside(unsigned parent)
{
	return parent == NO_STEP ? 0 : parent + 1;
}
bool step_has_steps(const struct step_def *step); /* groups and loops */
bool step_is_group(const struct step_def *step);
bool step_looks(const struct step_def *step); /* a wait that goes on while its condition holds */
bool step_chooses(const struct step_def *step);

struct definition {
	struct str type;
	const struct json *input; /* JSON Schema of a run's input */
	struct step_def *steps;
	unsigned step_count;
	const struct json *output;  /* what a run gives; NULL: what its last step gave */
	unsigned output_step;	    /* it is that step's output and nothing else; NO_STEP */
	struct str *output_sources; /* the expressions in it */
	unsigned output_source_count;
	struct str on_start, on_complete, on_error; /* its handlers, as bodies of functions; empty: none */
	bool steps_handled;			    /* a step that makes no call has handlers */
	struct str code;       /* that asks for its steps, one by one: they begin when it does; empty: none */
	const struct str *env; /* variables and secrets that its steps name, each once */
	unsigned env_count;
	int64_t cost_nano, warn_nano; /* of one run: the most it may spend, and when to say so; -1: any */
	int64_t limit_us,
		limit_steps; /* of one generation of a run: how long it may take, how many step runs it may begin; 0: any */
};

/* definition_any.c */
void definition_read_handlers(struct arena *arena, const struct json *from, struct step_def *step);
/* The code of a handler, which is given `context`, as the body of a function of `input`; empty: there is none. */
struct str handler_source(struct arena *arena, const struct json *step, const char *name);
/* Whether what people wrote of it has the word in it. */
bool handler_speaks_of(struct str source, struct str word);
/* Whether it is given that step's output: it names the step, or uses `steps` in another way than by a name that stands there. */
bool handler_reads_step(struct str source, struct str key);
extern const char *const handler_names[];		  /* ends with NULL */
bool step_is_note(const struct json *step);		  /* as it is written: it never runs, and is not read */
unsigned definition_step_count(const struct json *steps); /* of a list: how many run */
bool definition_read_output(struct arena *arena, const struct json *doc, struct definition *d, struct err *err);

/* definition_env.c */
bool definition_env_name_valid(struct str name);
bool definition_read_env(struct arena *arena, struct step_def *step, struct err *err);
void definition_join_env(struct arena *arena, struct definition *definition);

/* definition_limits.c; a limit's burst unless it says one */
bool definition_read_limits(const struct json *doc, struct definition *definition);
bool definition_read_own_limits(const struct json *step, struct step_def *ret_step);
int64_t limit_burst(int64_t cap, int64_t period_ms);
int64_t usd_to_nano(double usd);
#define HTTP_REDIRECTS 5 /* unless set */
bool http_header_name_valid(struct str name);
bool http_header_value_valid(struct str value); /* no line break, no other control character */

bool backoff_parse(struct str name, enum backoff *ret_backoff);
bool on_failure_parse(struct str name, enum on_failure *ret_policy);

/* Reads what definition_check has accepted before; keeps pointers into `doc`. */
bool definition_read(struct arena *arena, const struct json *doc, struct definition **ret_definition, struct err *err);

/* What the checker must know of a prompt: the caller has loaded those that definition_prompts names. */
struct prompt_facts {
	struct str id;
	int64_t version; /* the one asked for, or the current one when the step names none: of several the highest */
	const struct str *variables;
	unsigned variable_count;
};
/*
 * The prompts the document names, as far as its shape allows to see them: pairs of id and version, each once; version 0
 * where a step names none.
 */
bool definition_prompts(struct arena *arena, const struct json *doc, struct str **ret_ids, int64_t **ret_versions,
	unsigned *ret_count, struct err *err);

/* The same of the workflows it names. */
bool definition_workflows(struct arena *arena, const struct json *doc, struct str **ret_ids, int64_t **ret_versions,
	unsigned *ret_count, struct err *err);

/* What the checker must know of a workflow that steps start runs of; versions as of prompts. */
struct workflow_facts {
	struct str id;
	int64_t version;
	struct str name;
	const struct json *input; /* JSON Schema */
};

/* What agents it names, by id or name; not each once. */
void definition_agents(struct arena *arena, const struct json *doc, struct str **ret_names, unsigned *ret_count);

/* What the checker must know of a registered agent. */
struct agent_facts {
	struct str asked; /* as the step names it */
	struct str id, name, kind;
	const struct json *config;
	int64_t revision;
};
/* A document in which, besides its own, stand the prompts and workflows of the agents: for those who look for what is named. */
struct json *definition_with_agents(
	struct arena *arena, const struct json *doc, const struct agent_facts *agents, unsigned count);

/* Of a checked step; keeps pointers into `from`. */
bool definition_read_agent(struct arena *arena, const struct json *from, struct step_def *step);
bool definition_read_asked(const struct json *call, struct step_def *step); /* what its model is told */

/* What is known of the workspace that the definition is for. */
struct definition_known {
	const struct prompt_facts *prompts;
	unsigned prompt_count;
	const struct workflow_facts *workflows;
	unsigned workflow_count;
	const struct agent_facts *agents;
	unsigned agent_count;
	bool nothing; /* not even which prompts and workflows there are: what would depend on it is left as it is */
};

/*
 * Checks everything and returns the canonical form: prompt and workflow versions pinned; "{{step.2.output}}", "{{initial.x}}", "{{args.x}}",
 * "{{workflow.input.x}}" and bare "{{x}}" rewritten; name, input, model and time-out said where they were left out; "input"
 * derived from the templates when there was none (every {{input.x}} titled by its name, required unless each use has a fallback; a text where it only
 * fills prompts, a list or an object where it is used as one, otherwise anything). Checking it again changes nothing. Every error is an issue with its JSON pointer below `prefix`; several
 * are reported at once. Models are those of flow/models.h.
 */
bool definition_check(struct arena *arena, const struct json *doc, const char *prefix,
	const struct prompt_facts *prompts, unsigned prompt_count, struct json **ret_canonical, struct err *err);

/* The same with all that was found, warnings too; false when there is an error, and then the form is only good for looking at it. */
bool definition_examine(const struct json *doc, const char *prefix, const struct definition_known *known,
	struct findings *findings, struct json **ret_canonical);

/* definition_shape.c: what the contract says a definition looks like, without what `findings` has already. False: err says why not. */
bool definition_shape(const struct json *doc, const char *prefix, struct findings *findings, struct err *err);

/* definition_tools.c */
/* Of an agent that is to be registered: what is wrong with its prompt and its tools goes to `findings`, at its place in the config. */
void definition_check_agent(
	const struct json *config, const char *prefix, const struct definition_known *known, struct findings *findings);
/* The parts of an agent that has tools, as they are read; other steps are left as they are. */
bool definition_read_part(struct arena *arena, const struct json *from, struct step_def *step);
/* How the agent's step says that calls are made is how its model is asked. */
void definition_link_model(struct step_def *agent, struct step_def *model);
/* What is nested in a step as it is written; NULL: nothing. */
const struct json *step_written_steps(const struct json *from);

#endif
