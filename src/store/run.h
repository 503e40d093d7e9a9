/* Runs, as the API reads and makes them. The engine's side is in claim.h and flush.h. */
#ifndef STEPMILL_STORE_RUN_H
#define STEPMILL_STORE_RUN_H

#include "store/thing.h"

struct run_new {
	struct id workflow;
	int64_t version; /* whose schema the inputs were checked against */
	bool pinned;	 /* the request asked for it by number */
	const struct id *ids;
	const struct str *inputs; /* JSON texts */
	unsigned count;
	int priority; /* lower goes first */
	int planner;
	const struct id *project; /* NULL: none */
	struct str answer;	  /* what the client will be told; kept under its key */
	bool wake;		  /* executors are told with it, as by run_wake() */
};

/* ERR_PRECONDITION: the version is no longer the current one, look again. `ret_woke`: executors have been told. */
bool run_create(const struct caller *caller, const struct run_new *run, const struct once *once,
	struct created *ret_created, bool *ret_woke, struct err *err);
/* A request to a run that has not ended: 409 when it has. */
struct ask {
	const char *kind;
	struct str data; /* JSON text; p NULL: none */
	struct str once; /* the name it is asked once under; p NULL: as often as it comes */
};
bool run_ask(const struct caller *caller, struct id run, const struct ask *ask, bool *ret_new, struct err *err);
/* An approval step: 404 when the run has none of that path. */
struct approval {
	bool waits;
	int64_t attempt;
	struct str form; /* JSON Schema; empty: none */
};
bool run_approval(
	const struct caller *caller, struct id run, struct str path, struct approval *ret_approval, struct err *err);
/* The attempt of a step that failed and that a person is asked about: 404 when the run has no such step, 0 when nobody is asked. */
bool run_failure(const struct caller *caller, struct id run, struct str path, int64_t *ret_attempt, struct err *err);
/* Has the run's workflow a step for this signal? */
bool run_signals(const struct caller *caller, struct id run, struct str name, bool *ret_known, struct err *err);
bool run_cancel(const struct caller *caller, struct id run, struct err *err);
/* Tells the executors that something is due; only a hint. */
bool run_wake(const struct caller *caller, struct err *err);

struct run_filter {
	const struct db_array *statuses; /* NULL: all */
	bool by_workflow, by_project, by_parent;
	struct id workflow, project, parent;
};
/* One or several, with commas; NULL for an empty text. */
const struct db_array *run_statuses(struct arena *arena, struct str list);

bool run_list(const struct caller *caller, const struct page_ask *ask, const struct run_filter *filter,
	struct page *ret_page, struct err *err);
bool run_read(const struct caller *caller, struct id run, struct str *ret_json, struct err *err);

/* What a workflow publishes: its templates (empty: nothing) and the run's input, as JSON texts. */
bool run_state_asked(const struct caller *caller, struct id run, struct str *ret_state, struct str *ret_input,
	struct str *ret_nested, struct err *err);
/* The run at one moment, with the outputs of those of the named steps that have completed. */
struct run_outputs {
	struct str status;
	int64_t last_event;
	unsigned count;
	struct step_output {
		struct str path;
		struct str json; /* p NULL: too large */
	} * list;
};
bool run_outputs(const struct caller *caller, struct id run, const struct str *paths, unsigned count, size_t bytes_most,
	struct run_outputs *ret_outputs, struct err *err);

/* Step runs are ordered by start, attempt and path. */
struct step_cursor {
	int64_t us;
	int64_t attempt;
	struct str path;
};
bool step_run_list(const struct caller *caller, struct id run, int64_t limit, const struct step_cursor *after,
	struct str *ret_json, bool *ret_more, struct step_cursor *ret_next, struct err *err);

/* An input or output as it is kept: whole, or in a blob whose parts are read one by one. */
struct kept_text {
	struct str text; /* p NULL: in the blob */
	struct id blob;
	int64_t bytes;
};
/* ERR_NOT_FOUND also when there is none (yet). `path` p NULL: the run's own output. */
bool run_text(const struct caller *caller, struct id run, struct str path, int64_t attempt, bool input,
	struct kept_text *ret_text, struct err *err);
bool run_text_part(const struct caller *caller, struct id run, struct id blob, int64_t part, struct str *ret_content,
	struct err *err);

struct event_page {
	struct str json;
	int64_t last;
	bool ended;
};
bool event_list(const struct caller *caller, struct id run, int64_t after, int64_t limit, struct event_page *ret_page,
	struct err *err);

#endif
