/* Agents; see agent.h. */
#include "store/agent.h"

#include "db/db.h"

static const struct thing agent_thing = {"agent", DB_AGENT_READ};

bool
agent_list(
	const struct caller *caller, const struct page_ask *ask, bool archived, struct page *ret_page, struct err *err)
{
	return thing_list(caller, DB_AGENT_LIST, ask, archived, ret_page, err);
}

bool
agent_read(const struct caller *caller, struct id id, struct str *ret_json, int64_t *ret_revision, struct str *ret_kind,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int read = db_add(batch, DB_AGENT_READ);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	return db_run(batch, err) && one_text(batch, read, agent_thing.what, ret_json, err) &&
	       db_value_int(batch, read, 0, 1, ret_revision) && db_value(batch, read, 0, 2, ret_kind);
}

bool
agent_create(const struct caller *caller, const struct agent_change *agent, const struct once *once,
	struct created *ret_created, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int create = db_add(batch, DB_AGENT_CREATE);
	db_id(batch, caller->workspace);
	db_id(batch, agent->id);
	db_str(batch, agent->name);
	db_str(batch, agent->description);
	db_str(batch, agent->kind);
	db_str(batch, agent->config);
	db_str(batch, once->key);
	db_bytes(batch, once->request, sizeof once->request);
	return caller_commit(batch, err) && created_result(batch, create, ret_created, err);
}

bool
agent_change(const struct caller *caller, const struct agent_change *agent, struct str *ret_json, int64_t *ret_revision,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_AGENT_CHANGE);
	change_params(batch, caller, agent->id, &agent->change);
	db_str(batch, agent->name);
	db_str(batch, agent->description);
	db_str(batch, agent->config);
	if (agent->sets_archived)
		db_bool(batch, agent->archived);
	else
		db_null(batch);
	return thing_commit(batch, caller, &agent_thing, agent->id, ret_json, ret_revision, err);
}

bool
agent_load_facts(const struct caller *caller, const struct str *names, unsigned count, struct agent_facts **ret_facts,
	unsigned *ret_count, struct err *err)
{
	*ret_facts = NULL;
	*ret_count = 0;
	if (count == 0)
		return true;
	struct db_array *asked = db_array_texts(caller->arena);
	for (unsigned i = 0; i < count; i++)
		db_array_str(asked, names[i]);
	struct db_batch *batch = caller_batch(caller);
	int rows = db_add(batch, DB_AGENT_FACTS);
	db_id(batch, caller->workspace);
	db_add_array(batch, asked);
	if (!db_run(batch, err))
		return false;
	struct agent_facts *facts = arena_array(caller->arena, (size_t)db_rows(batch, rows) + 1, sizeof *facts);
	for (int row = 0; row < db_rows(batch, rows); row++) {
		struct agent_facts *agent = &facts[*ret_count];
		struct str config;
		struct json *read;
		if (!db_value(batch, rows, row, 0, &agent->asked) || !db_value(batch, rows, row, 1, &agent->id) ||
			!db_value(batch, rows, row, 2, &agent->name) || !db_value(batch, rows, row, 3, &agent->kind) ||
			!db_value(batch, rows, row, 4, &config) || !db_value_int(batch, rows, row, 5, &agent->revision))
			continue;
		if (!json_read(caller->arena, config, &json_limits_stored, &read, err))
			return false;
		agent->config = read;
		++*ret_count;
	}
	*ret_facts = facts;
	return true;
}
