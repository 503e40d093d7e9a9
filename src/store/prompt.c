/* Prompts; see prompt.h. */
#include "store/prompt.h"

#include "db/db.h"

const struct thing prompt_thing = {"prompt", DB_PROMPT_READ};

bool
prompt_list(const struct caller *caller, const struct page_ask *ask, struct page *ret_page, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_PROMPT_LIST);
	db_id(batch, caller->workspace);
	page_params(batch, ask);
	return db_run(batch, err) && page_result(batch, list, ret_page, err);
}

bool
prompt_read(const struct caller *caller, struct id id, struct str *ret_json, int64_t *ret_revision, struct err *err)
{
	return thing_read(caller, &prompt_thing, id, ret_json, ret_revision, err);
}

bool
prompt_change(const struct caller *caller, const struct prompt_change *prompt, struct str *ret_json,
	int64_t *ret_revision, struct err *err)
{
	struct db_array *variables = db_array_texts(caller->arena);
	for (unsigned i = 0; i < prompt->variable_count; i++)
		db_array_str(variables, prompt->variables[i]);
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_PROMPT_CHANGE);
	change_params(batch, caller, prompt->id, &prompt->change);
	db_str(batch, prompt->name);
	db_str(batch, prompt->description);
	db_str(batch, prompt->body);
	db_add_array(batch, variables);
	db_str(batch, prompt->message);
	return thing_commit(batch, caller, &prompt_thing, prompt->id, ret_json, ret_revision, err);
}

bool
prompt_archive(const struct caller *caller, struct id id, const struct change *change, struct err *err)
{
	return thing_archive(caller, DB_PROMPT_ARCHIVE, id, change, err);
}

bool
prompt_versions(const struct caller *caller, struct id id, int64_t limit, int64_t below, struct version_page *ret_page,
	struct err *err)
{
	return versions_read(caller, DB_PROMPT_VERSIONS, "prompt", id, limit, below, ret_page, err);
}

bool
prompt_version_read(const struct caller *caller, struct id id, int64_t version, struct str *ret_json, struct err *err)
{
	return version_read(caller, DB_PROMPT_VERSION_READ, id, version, ret_json, err);
}

bool
prompt_create(const struct caller *caller, const struct prompt_new *prompt, const struct once *once,
	struct created *ret_created, struct err *err)
{
	struct db_array *variables = db_array_texts(caller->arena);
	for (unsigned i = 0; i < prompt->variable_count; i++)
		db_array_str(variables, prompt->variables[i]);
	struct db_batch *batch = caller_batch(caller);
	int create = db_add(batch, DB_PROMPT_CREATE);
	db_id(batch, caller->workspace);
	db_id(batch, prompt->id);
	db_str(batch, prompt->name);
	db_str(batch, prompt->description);
	db_text(batch, prompt->visibility);
	db_str(batch, prompt->body);
	db_add_array(batch, variables);
	db_str(batch, once->key);
	db_bytes(batch, once->request, sizeof once->request);
	return caller_commit(batch, err) && created_result(batch, create, ret_created, err);
}

/* A row's list of variables, which was written by PostgreSQL as a JSON array of strings. */
static bool
read_variables(struct arena *arena, struct str text, struct prompt_facts *facts, struct err *err)
{
	struct json *list;
	if (!json_read(arena, text, &json_limits_stored, &list, err))
		return false;
	struct str *variables = arena_array(arena, list->count + 1, sizeof *variables);
	json_each (name, list)
		variables[facts->variable_count++] = name->text;
	facts->variables = variables;
	return true;
}

bool
prompt_load_facts(const struct caller *caller, const struct str *ids, const int64_t *versions, unsigned count,
	struct prompt_facts **ret_facts, unsigned *ret_count, struct err *err)
{
	struct named_versions named = {ids, versions, count, NULL};
	struct db_batch *batch = caller_batch(caller);
	int rows = named_versions_add(batch, caller, DB_PROMPT_FACTS, &named);
	if (!db_run(batch, err))
		return false;
	struct prompt_facts *facts = arena_array(caller->arena, (size_t)db_rows(batch, rows) + 1, sizeof *facts);
	unsigned n = 0;
	for (int row = 0; row < db_rows(batch, rows); row++) {
		struct str variables;
		facts[n].id = named_versions_id(batch, rows, row, &named);
		if (!facts[n].id.p || !db_value_int(batch, rows, row, 1, &facts[n].version) ||
			!db_value(batch, rows, row, 2, &variables))
			continue;
		if (!read_variables(caller->arena, variables, &facts[n], err))
			return false;
		n++;
	}
	*ret_facts = facts;
	*ret_count = n;
	return true;
}
