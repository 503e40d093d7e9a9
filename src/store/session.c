/* Sessions; see session.h. */
#include "store/session.h"

#include "db/db.h"

bool
session_look(const struct caller *caller, struct str email, const char *address, struct sign_in *ret_sign_in,
	struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	if (!caller->hurry)
		db_retry_lost(batch);
	int allowed = db_add(batch, DB_SIGN_IN_ALLOWED);
	db_str(batch, email);
	db_text(batch, address);
	int person = db_add(batch, DB_SIGN_IN_LOOKUP);
	db_str(batch, email);
	if (!db_run(batch, err))
		return false;
	struct str hash = {"", 0};
	*ret_sign_in = (struct sign_in){0};
	db_value_bool(batch, allowed, 0, 0, &ret_sign_in->allowed);
	ret_sign_in->known =
		db_value_id(batch, person, 0, 0, &ret_sign_in->person) && db_value(batch, person, 0, 1, &hash);
	ret_sign_in->password_hash = arena_strz(caller->arena, hash);
	return true;
}

bool
session_failed(const struct caller *caller, struct str email, const char *address, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	db_add(batch, DB_SIGN_IN_FAILED);
	db_str(batch, email);
	db_text(batch, address);
	return caller_commit(batch, err);
}

bool
session_open(const struct caller *caller, const unsigned char *old, struct id person, const char *address,
	struct str agent, int seconds, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	if (old) {
		db_add(batch, DB_SIGN_OUT);
		db_bytes(batch, old, CALLER_TOKEN_SIZE);
	}
	db_add(batch, DB_SIGN_IN_DONE);
	db_id(batch, person);
	db_bytes(batch, caller->token, sizeof caller->token);
	db_text(batch, address);
	db_str(batch, agent);
	db_int(batch, seconds);
	db_add(batch, DB_GUARD_PERSON);
	db_bytes(batch, caller->token, sizeof caller->token);
	int who = db_add(batch, DB_PERSON_READ);
	return caller_commit(batch, err) && one_text(batch, who, "person", ret_json, err);
}

bool
session_read(const struct caller *caller, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int who = db_add(batch, DB_PERSON_READ);
	return db_run(batch, err) && one_text(batch, who, "person", ret_json, err);
}

bool
session_close(const struct caller *caller, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	if (!caller->hurry)
		db_retry_lost(batch);
	db_add(batch, DB_SIGN_OUT);
	db_bytes(batch, caller->token, sizeof caller->token);
	return caller_commit(batch, err);
}
