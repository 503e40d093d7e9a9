/* Sessions; see session.h. */
#include "store/session.h"

#include "db/db.h"
#include "store/attempt.h"
#include "store/thing.h"

bool
session_look(const struct caller *caller, const struct attempt *attempt, struct str email, struct sign_in *ret_sign_in,
	struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	if (!caller->hurry)
		db_retry_lost(batch);
	int counted = attempt_add(batch, attempt);
	int person = db_add(batch, DB_SIGN_IN_LOOKUP);
	db_str(batch, email);
	if (!db_run(batch, err) || !attempt_allowed(batch, counted, err))
		return false;
	struct str hash = {"", 0};
	*ret_sign_in = (struct sign_in){0};
	ret_sign_in->known = db_value_id(batch, person, 0, 0, &ret_sign_in->person) &&
			     db_value(batch, person, 0, 1, &hash) &&
			     db_value_bool(batch, person, 0, 2, &ret_sign_in->second_factor);
	ret_sign_in->password_hash = arena_strz(caller->arena, hash);
	return true;
}

bool
session_open(const struct caller *caller, const struct attempt *attempt, const unsigned char *old, struct id person,
	struct str agent, int seconds, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	caller_acting(batch, caller);
	attempt_add_end(batch, attempt);
	if (old) {
		db_add(batch, DB_SIGN_OUT);
		db_bytes(batch, old, CALLER_TOKEN_SIZE);
	}
	db_add(batch, DB_SIGN_IN_DONE);
	db_id(batch, person);
	db_bytes(batch, caller->token, sizeof caller->token);
	db_text(batch, attempt->address);
	db_str(batch, agent);
	db_int(batch, seconds);
	caller_guard(batch, caller);
	int who = db_add(batch, DB_PERSON_READ);
	return caller_commit(batch, err) && one_text(batch, who, "person", ret_json, err);
}

bool
session_refused(const struct caller *caller, const struct attempt *attempt, struct str email, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	caller_acting(batch, caller);
	db_add(batch, DB_SIGN_IN_FAILED);
	db_str(batch, email);
	db_text(batch, attempt->address);
	return caller_commit(batch, err);
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
	caller_acting(batch, caller);
	db_add(batch, DB_SIGN_OUT);
	db_bytes(batch, caller->token, sizeof caller->token);
	return caller_commit(batch, err);
}
