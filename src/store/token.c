/* API tokens; see token.h. */
#include "store/token.h"

#include "db/db.h"
#include "store/thing.h"

bool
token_make(const struct caller *caller, const struct token_new *token, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	struct db_array *scopes = db_array_texts(caller->arena);
	json_each (scope, token->scopes)
		db_array_str(scopes, scope->text);
	int index = db_add(batch, DB_TOKEN_MAKE);
	db_id(batch, token->id);
	db_bytes(batch, token->hash, sizeof token->hash);
	db_str(batch, token->name);
	db_add_array(batch, scopes);
	if (token->days > 0)
		db_int(batch, token->days);
	else
		db_null(batch);
	if (token->one_workspace)
		db_id(batch, token->workspace);
	else
		db_null(batch);
	return caller_commit(batch, err) && one_text(batch, index, "token", ret_json, err);
}

bool
token_list(const struct caller *caller, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_TOKEN_LIST);
	return db_run(batch, err) && one_text(batch, index, "token", ret_json, err);
}

bool
token_revoke(const struct caller *caller, struct id token, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	bool gone = false;
	int index = db_add(batch, DB_TOKEN_REVOKE);
	db_id(batch, token);
	if (!caller_commit(batch, err))
		return false;
	db_value_bool(batch, index, 0, 0, &gone);
	if (gone)
		return true;
	return err_set(err, ERR_NOT_FOUND, "There is no such token. It may have been revoked already.");
}
