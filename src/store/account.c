/* Accounts; see account.h. */
#include "store/account.h"

#include "db/db.h"
#include "store/mail.h"
#include "store/thing.h"

bool
account_read(const struct caller *caller, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_ACCOUNT_READ);
	return db_run(batch, err) && one_text(batch, index, "person", ret_json, err);
}

bool
account_rename(const struct caller *caller, struct str name, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_ACCOUNT_RENAME);
	db_str(batch, name);
	int index = db_add(batch, DB_ACCOUNT_READ);
	return caller_commit(batch, err) && one_text(batch, index, "person", ret_json, err);
}

bool
installation_read(const struct caller *caller, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_INSTALLATION_READ);
	return db_run(batch, err) && one_text(batch, index, "installation", ret_json, err);
}

bool
installation_change(const struct caller *caller, struct str sign_up, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_INSTALLATION_CHANGE);
	db_str(batch, sign_up);
	int index = db_add(batch, DB_INSTALLATION_READ);
	return caller_commit(batch, err) && one_text(batch, index, "installation", ret_json, err);
}

/* ---- signing up ---- */

bool
sign_up_look(const struct caller *caller, const struct attempt *attempt, bool *ret_open, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int counted = attempt_add(batch, attempt);
	int index = db_add(batch, DB_SIGN_UP_OPEN);
	return db_run(batch, err) && attempt_allowed(batch, counted, err) &&
	       db_value_bool(batch, index, 0, 0, ret_open);
}

bool
sign_up_state(const struct caller *caller, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_SIGN_UP_STATE);
	return db_run(batch, err) && one_text(batch, index, "installation", ret_json, err);
}

bool
sign_up_make(const struct caller *caller, const struct sign_up *new_one, struct str *ret_json, struct err *err)
{
	/* Not sent twice: when the answer was lost the account may be there, and the second would say that it was taken. */
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	caller_acting(batch, caller);
	db_add(batch, DB_SIGN_UP);
	db_id(batch, new_one->person);
	db_str(batch, new_one->email);
	db_str(batch, new_one->name);
	db_text(batch, new_one->hash);
	db_id(batch, new_one->workspace);
	db_add(batch, DB_SIGN_IN_DONE);
	db_id(batch, new_one->person);
	db_bytes(batch, caller->token, sizeof caller->token);
	db_text(batch, new_one->address);
	db_str(batch, new_one->agent);
	db_int(batch, new_one->seconds);
	caller_guard(batch, caller);
	if (new_one->confirmation)
		confirmation_add(batch, new_one->confirmation_token, new_one->confirmation);
	int index = db_add(batch, DB_PERSON_READ);
	return caller_commit(batch, err) && one_text(batch, index, "person", ret_json, err);
}

/* ---- passwords ---- */

bool
password_look(const struct caller *caller, const struct attempt *attempt, const char **ret_hash, struct str *ret_email,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	struct str hash = STR("");
	int index = db_add(batch, DB_PASSWORD_LOOK);
	db_id(batch, attempt->id);
	db_text(batch, attempt->address);
	if (!db_run(batch, err) || !attempt_allowed(batch, index, err))
		return false;
	db_value(batch, index, 0, 1, &hash);
	db_value(batch, index, 0, 2, ret_email);
	*ret_hash = arena_strz(caller->arena, hash);
	return true;
}

bool
password_change(const struct caller *caller, const struct attempt *attempt, const char *old_hash, const char *new_hash,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_PASSWORD_CHANGE);
	db_text(batch, old_hash);
	db_text(batch, new_hash);
	db_bytes(batch, caller->token, sizeof caller->token);
	attempt_add_end(batch, attempt);
	return caller_commit(batch, err);
}

bool
reset_link_make(const struct caller *caller, struct id person, const unsigned char *token, struct str *ret_json,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_RESET_LINK_MAKE);
	db_id(batch, person);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	return caller_commit(batch, err) && one_text(batch, index, "person", ret_json, err);
}

bool
reset_link_look(const struct caller *caller, const struct attempt *attempt, const unsigned char *token,
	struct str *ret_email, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int counted = attempt_add(batch, attempt);
	int index = db_add(batch, DB_RESET_LINK_LOOK);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	*ret_email = STR("");
	if (!db_run(batch, err) || !attempt_allowed(batch, counted, err))
		return false;
	db_value(batch, index, 0, 0, ret_email);
	return true;
}

bool
reset_link_use(const struct caller *caller, const struct attempt *attempt, const unsigned char *token, const char *hash,
	bool *ret_used, struct err *err)
{
	/* Not sent twice: the second would find the link used. */
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	caller_acting(batch, caller);
	int index = db_add(batch, DB_RESET_LINK_USE);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	db_text(batch, hash);
	attempt_add_end(batch, attempt);
	return caller_commit(batch, err) && db_value_bool(batch, index, 0, 0, ret_used);
}

/* ---- sessions ---- */

bool
session_list(const struct caller *caller, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_SESSION_LIST);
	db_bytes(batch, caller->token, sizeof caller->token);
	return db_run(batch, err) && one_text(batch, index, "session", ret_json, err);
}

bool
session_end(const struct caller *caller, struct id session, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	bool gone = false;
	int index = db_add(batch, DB_SESSION_END);
	db_id(batch, session);
	if (!caller_commit(batch, err))
		return false;
	db_value_bool(batch, index, 0, 0, &gone);
	return gone || err_set(err, ERR_NOT_FOUND, "There is no such session. It may have ended already.");
}

bool
sessions_end_others(const struct caller *caller, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_SESSIONS_END_OTHERS);
	db_bytes(batch, caller->token, sizeof caller->token);
	return caller_commit(batch, err);
}
