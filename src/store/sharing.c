/* Sharing and cloning; see sharing.h. */
#include "store/sharing.h"

#include "db/db.h"
#include "store/prompt.h"
#include "store/workflow.h"

bool
prompt_share(const struct caller *caller, const struct sharing *sharing, struct str *ret_json, int64_t *ret_revision,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_PROMPT_SHARE);
	change_params(batch, caller, sharing->id, &sharing->change);
	db_str(batch, sharing->seen_by);
	return thing_commit(batch, caller, &prompt_thing, sharing->id, ret_json, ret_revision, err);
}

bool
workflow_share(const struct caller *caller, const struct sharing *sharing, struct str *ret_json, int64_t *ret_revision,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_WORKFLOW_SHARE);
	change_params(batch, caller, sharing->id, &sharing->change);
	db_str(batch, sharing->seen_by);
	db_bool(batch, sharing->share_prompts);
	return thing_commit(batch, caller, &workflow_thing, sharing->id, ret_json, ret_revision, err);
}

static bool
make_clone(const struct caller *caller, int statement, const struct cloning *cloning, const struct once *once,
	struct created *ret_created, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int create = db_add(batch, statement);
	db_id(batch, caller->workspace);
	db_id(batch, cloning->id);
	db_id(batch, cloning->source);
	db_str(batch, cloning->name);
	db_str(batch, once->key);
	db_bytes(batch, once->request, sizeof once->request);
	return caller_commit(batch, err) && created_result(batch, create, ret_created, err);
}

bool
prompt_clone(const struct caller *caller, const struct cloning *cloning, const struct once *once,
	struct created *ret_created, struct err *err)
{
	return make_clone(caller, DB_PROMPT_CLONE, cloning, once, ret_created, err);
}

bool
workflow_clone(const struct caller *caller, const struct cloning *cloning, const struct once *once,
	struct created *ret_created, struct err *err)
{
	return make_clone(caller, DB_WORKFLOW_CLONE, cloning, once, ret_created, err);
}

static bool
list(const struct caller *caller, int statement, const struct page_ask *ask, struct page *ret_page, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, statement);
	page_params(batch, ask);
	return db_run(batch, err) && page_result(batch, index, ret_page, err);
}

static bool
read_one(const struct caller *caller, int statement, const char *what, struct id id, struct str *ret_json,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, statement);
	db_id(batch, id);
	return db_run(batch, err) && one_text(batch, index, what, ret_json, err);
}

bool
public_prompt_list(const struct caller *caller, const struct page_ask *ask, struct page *ret_page, struct err *err)
{
	return list(caller, DB_PUBLIC_PROMPT_LIST, ask, ret_page, err);
}

bool
public_prompt_read(const struct caller *caller, struct id id, struct str *ret_json, struct err *err)
{
	return read_one(caller, DB_PUBLIC_PROMPT_READ, "public prompt", id, ret_json, err);
}

bool
public_workflow_list(const struct caller *caller, const struct page_ask *ask, struct page *ret_page, struct err *err)
{
	return list(caller, DB_PUBLIC_WORKFLOW_LIST, ask, ret_page, err);
}

bool
public_workflow_read(const struct caller *caller, struct id id, struct str *ret_json, struct err *err)
{
	return read_one(caller, DB_PUBLIC_WORKFLOW_READ, "public workflow", id, ret_json, err);
}
