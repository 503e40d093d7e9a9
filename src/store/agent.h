/* Agents, as the API reads and makes them. */
#ifndef STEPMILL_STORE_AGENT_H
#define STEPMILL_STORE_AGENT_H

#include "flow/definition.h"
#include "store/thing.h"

/* What stays has p NULL, or is not set. */
struct agent_change {
	struct id id;
	struct change change;
	struct str name, description, kind, config; /* config: JSON; kind: of a new one */
	bool sets_archived, archived;
};

bool agent_list(
	const struct caller *caller, const struct page_ask *ask, bool archived, struct page *ret_page, struct err *err);
bool agent_read(const struct caller *caller, struct id id, struct str *ret_json, int64_t *ret_revision,
	struct str *ret_kind, struct err *err);
bool agent_create(const struct caller *caller, const struct agent_change *agent, const struct once *once,
	struct created *ret_created, struct err *err);
/* The answer is the agent as it is now. */
bool agent_change(const struct caller *caller, const struct agent_change *agent, struct str *ret_json,
	int64_t *ret_revision, struct err *err);

/* Facts of those agents that there are, by id or name as they are asked for; the others are left out. */
bool agent_load_facts(const struct caller *caller, const struct str *names, unsigned count,
	struct agent_facts **ret_facts, unsigned *ret_count, struct err *err);

#endif
