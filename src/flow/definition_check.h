/* One check of one definition, shared by the files that do it: definition_check.c,
 * definition_refs.c, definition_kinds.c, definition_groups.c, definition_question.c, definition_loops.c, definition_retry.c and definition_state.c. */
#ifndef STEPMILL_FLOW_DEFINITION_CHECK_H
#define STEPMILL_FLOW_DEFINITION_CHECK_H

#include "flow/definition.h"
#include "flow/finding.h"
#include "flow/template.h"

#define INPUTS_MAX 200
#define PATH_SIZE 320

/* An input that templates speak of, in order of first appearance; for the schema that nobody wrote. */
struct input_use {
	struct str name;
	const char *type; /* as what it is used: "array", "object"; NULL: it may be anything */
	bool in_prompt, elsewhere;
	bool required;
};

/* Where a step stands in the document. */
struct check_place {
	const struct json *written;
	const char *pointer;
	unsigned parent, end; /* the group it is in, or NO_STEP; past what is nested in it */
	bool poll;	      /* its parent is a wait, and it is that one's own step */
};

/* Whether a step runs. */
struct check_reach {
	bool optional;		/* it may be left out */
	bool kept;		/* its output may be one that was kept: then nothing in it runs */
	bool chosen, reachable; /* by a conditional or a switch; one of them may do so */
	bool never;
	unsigned chooser; /* the last of them */
};

struct check {
	struct arena *arena;
	struct findings *findings;
	const char *prefix;
	unsigned found; /* mistakes */
	const struct definition_known *known;
	struct str *keys;	    /* of all steps, groups before what is in them; empty where it is not a text */
	struct check_place *places; /* of the same */
	struct check_reach *reach;  /* of the same; NULL before check_reach() */
	unsigned step_count;
	const struct json *input; /* the author's schema; NULL: to be derived */
	struct str *input_names;  /* that it declares; NULL when it is open */
	unsigned input_count;
	struct input_use *uses;
	unsigned use_count;
	unsigned step;	    /* that is being checked; step_count: what the workflow says of all of them */
	unsigned next_step; /* that will be checked next */
	const char *member; /* of the step, that check_string works on: "/input" */
	const char *at;	    /* the string that is being checked */
	bool in_while;	    /* it is the condition that a loop asks each time */
	bool in_tool;	    /* of an agent: `input` is what a model gives it */
	unsigned made;	    /* steps that are parts of agents */
	bool plain;	    /* no expressions: who fills it in has no engine at hand */
	bool shell;	    /* || is that of a shell */
	bool coded;	    /* the workflow has code, which says `asked` */
	bool shown;	    /* no variables or secrets: what it comes to is shown */
};

/* Adds an error; always false. */
bool check_report(struct check *c, const char *path, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* What may be meant so, and looks wrong. */
void check_warn(struct check *c, const char *path, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The JSON pointer of a member of the step that is being checked. */
const char *check_step_path(struct check *c, const char *member);

/* Members that only another sort of step has: an error each, which says `what`. */
void check_foreign(struct check *c, const struct json *step, const char *const *names, size_t count, const char *what);

bool check_listed(const struct str *names, unsigned count, struct str name);

/* For template_map over a step's input: checks every reference of a string and rewrites it. `with` is the check. */
template_change check_string;

/* Does the schema name all the fields it allows, as far as a reader can tell? */
bool check_schema_closed(const struct json *schema);

/* definition_check.c */
/* The prompt that is named, its version pinned in `ret_step`; NULL: unknown, and that was reported if it could be. */
const struct prompt_facts *check_prompt(struct check *c, const struct json *step, struct json *ret_step);
/* Each variable of a prompt has something, and nothing else does; facts may be NULL. */
void check_prompt_mapping(struct check *c, const struct prompt_facts *facts, const struct json *input);

bool check_key_valid(struct str key);
const char *check_kind_of(const struct json *value); /* "a text" */

void check_schema_fault(struct check *c, const char *path, const struct err *err);

/* definition_unused.c */
void check_unused(struct check *c, const struct json *step);

/* definition_any.c */
void check_note(struct check *c, const struct json *step);
void check_some_run(struct check *c, const char *path, const struct json *steps);
void check_any(struct check *c, const struct json *step);
bool check_output_path(struct check *c, struct str path, struct str *ret_path);
void check_handlers(struct check *c, const struct json *step);
void check_cache(struct check *c, enum step_control control, const struct json *step, struct json *ret_step);
void check_run_handlers(struct check *c, const struct json *doc);
void check_output(struct check *c, const struct json *doc, struct json *ret_canonical);

/* definition_kinds.c */
/* A value with templates, checked and rewritten where it stands: `member` is its place in the step, "/value". */
struct json *check_value(struct check *c, const char *member, const struct json *value);
void check_function(struct check *c, const struct json *step, struct json *ret_step);
void check_control(struct check *c, enum step_control control, const struct json *step, struct json *ret_step);

/* definition_agent.c */
void check_agent(struct check *c, const struct json *step, struct json *ret_step);

/* definition_tools.c */
/* The tools of an agent that is asked by a prompt go into its `call`. */
void check_tools(struct check *c, const struct json *step, const struct agent_facts *facts, struct json *call);

/* definition_workflow.c */
/* The workflow that is named, its version pinned in `ret_step`; NULL: unknown, and that was reported if it could be. */
const struct workflow_facts *check_child_workflow(struct check *c, const struct json *step, struct json *ret_step);
void check_child(struct check *c, const struct json *step, struct json *ret_step);

/* definition_groups.c */
bool check_read_places(struct check *c, const struct json *steps);
void check_group(struct check *c, enum step_control control, const struct json *step, struct json *ret_step);
void check_conditional(struct check *c, const struct json *step, struct json *ret_step);
void check_switch(struct check *c, const struct json *step, struct json *ret_step);
void check_needs(struct check *c, const struct json *step, struct json *ret_step);
/* Is the other step over with, whatever happens, before the one that is being checked begins? */
bool check_precedes(struct check *c, unsigned other);

/* definition_question.c */
/* A condition, where it stands: "/condition". */
void check_question(struct check *c, const char *member, const struct json *condition, struct json *ret_step);
void check_condition(struct check *c, const struct json *step, struct json *ret_step);

/* definition_loops.c */
void check_loop(struct check *c, const struct json *step, struct json *ret_step);
void check_loop_ref(struct check *c, const struct str *names, unsigned count);
bool check_loop_outside(
	struct check *c, unsigned other); /* false: its output cannot be named here, and that is reported */
bool check_is_loop(const struct check *c, unsigned step);
unsigned check_loop_around(const struct check *c, unsigned step); /* NO_STEP: none */
bool check_in_loop(const struct check *c);

/* definition_look.c */
void check_look(struct check *c, const struct json *step, struct json *ret_step);
void check_no_look(struct check *c, const struct json *step);
void check_poll(struct check *c,
	const struct json *poll); /* what is said of the step that is being checked, which is a wait's own */
void check_poll_ref(struct check *c, const struct str *names, unsigned count);
bool check_sees_poll(const struct check *c);

/* definition_reach.c */
void check_reach(struct check *c);
/* May the other step have been left out where the one that is being checked runs for sure? */
bool check_may_be_missing(struct check *c, unsigned other);
const char *check_way_back(struct check *c, unsigned from);
void check_phases(struct check *c, const struct json *doc);

/* definition_limits.c */
void check_limits(struct check *c, const struct json *doc, struct json *ret_doc);
void check_own_limits(struct check *c, enum step_control control, const struct json *step, struct json *ret_step);

/* definition_retry.c */
void check_retry(struct check *c, enum step_control control, const struct json *step, struct json *ret_step);
void check_on_failure(struct check *c, enum step_control control, const struct json *step, struct json *ret_step);

/* definition_state.c */
void check_state(struct check *c, const struct json *doc, struct json *ret_canonical);

#endif
