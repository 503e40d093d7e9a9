/* Second factors; see second_factor.h. */
#include "store/second_factor.h"

#include "db/db.h"
#include "store/thing.h"

#include <stdio.h>

/* The guard and no second try: a code is taken once, and who repeats the batch would find it taken. */
static struct db_batch *
once(const struct caller *caller)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	caller_guard(batch, caller);
	caller_acting(batch, caller);
	return batch;
}

static void
add_code(struct db_batch *batch, const struct second_factor_code *code)
{
	if (code->is_step)
		db_int(batch, code->step);
	else
		db_null(batch);
	db_bytes(batch, code->is_step ? NULL : code->hash, sizeof code->hash);
}

static void
add_hashes(struct db_batch *batch, struct arena *arena, const struct recovery_hashes *hashes)
{
	struct db_array *array = db_array_texts(arena);
	for (unsigned i = 0; i < hashes->count; i++) {
		char *hex = arena_alloc(arena, 2 * sizeof hashes->hash[i] + 1);
		for (size_t b = 0; b < sizeof hashes->hash[i]; b++)
			snprintf(hex + 2 * b, 3, "%02x", hashes->hash[i][b]);
		db_array_str(array, str_of(hex));
	}
	db_add_array(batch, array);
}

/* Bytes that the database wrote as hex. */
static bool
sealed_value(struct arena *arena, const struct db_batch *batch, int index, int column, struct second_factor *factor)
{
	struct str hex;
	if (!db_value_id(batch, index, 0, column, &factor->key) || !db_value(batch, index, 0, column + 1, &hex))
		return false;
	char *bytes = arena_alloc(arena, hex.n / 2 + 1);
	for (size_t i = 0; i + 1 < hex.n; i += 2)
		bytes[i / 2] = (char)(str_hex_digit(hex.p[i]) << 4 | str_hex_digit(hex.p[i + 1]));
	factor->sealed = (struct str){bytes, hex.n / 2};
	return true;
}

bool
second_factor_read(const struct caller *caller, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_SECOND_FACTOR_READ);
	return db_run(batch, err) && one_text(batch, index, "person", ret_json, err);
}

bool
second_factor_look(
	const struct caller *caller, const struct attempt *attempt, struct second_factor *ret_factor, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	struct second_factor factor = {.email = STR("")};
	struct str hash = STR("");
	int index = db_add(batch, DB_SECOND_FACTOR_LOOK);
	db_id(batch, attempt->id);
	db_text(batch, attempt->address);
	if (!db_run(batch, err) || !attempt_allowed(batch, index, err))
		return false;
	db_value_id(batch, index, 0, 1, &factor.person);
	db_value(batch, index, 0, 2, &factor.email);
	db_value(batch, index, 0, 3, &hash);
	db_value_bool(batch, index, 0, 4, &factor.enabled);
	factor.password_hash = arena_strz(caller->arena, hash);
	factor.has_secret = sealed_value(caller->arena, batch, index, 5, &factor);
	*ret_factor = factor;
	return true;
}

bool
second_factor_begin(
	const struct caller *caller, const struct attempt *attempt, struct id key, struct str sealed, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_SECOND_FACTOR_BEGIN);
	db_id(batch, key);
	db_bytes(batch, sealed.p, sealed.n);
	attempt_add_end(batch, attempt);
	return caller_commit(batch, err);
}

bool
second_factor_confirm(const struct caller *caller, const struct attempt *attempt, struct str sealed, int64_t step,
	const struct recovery_hashes *hashes, struct err *err)
{
	struct db_batch *batch = once(caller);
	db_add(batch, DB_SECOND_FACTOR_CONFIRM);
	db_bytes(batch, sealed.p, sealed.n);
	db_int(batch, step);
	add_hashes(batch, caller->arena, hashes);
	attempt_add_end(batch, attempt);
	return caller_commit(batch, err);
}

bool
second_factor_codes(const struct caller *caller, const struct attempt *attempt, const struct second_factor_code *code,
	const struct recovery_hashes *hashes, struct err *err)
{
	struct db_batch *batch = once(caller);
	db_add(batch, DB_RECOVERY_CODES_RENEW);
	add_code(batch, code);
	add_hashes(batch, caller->arena, hashes);
	attempt_add_end(batch, attempt);
	return caller_commit(batch, err);
}

bool
second_factor_disable(const struct caller *caller, const struct attempt *attempt, const struct second_factor_code *code,
	struct err *err)
{
	struct db_batch *batch = once(caller);
	db_add(batch, DB_SECOND_FACTOR_DISABLE);
	add_code(batch, code);
	attempt_add_end(batch, attempt);
	return caller_commit(batch, err);
}

bool
second_factor_remove(const struct caller *caller, struct id person, struct err *err)
{
	struct db_batch *batch = once(caller);
	db_add(batch, DB_SECOND_FACTOR_REMOVE);
	db_id(batch, person);
	return caller_commit(batch, err);
}

/* ---- at sign-in ---- */

bool
challenge_make(const struct caller *caller, const struct attempt *attempt, struct id person, const unsigned char *token,
	struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	attempt_add_end(batch, attempt);
	db_add(batch, DB_CHALLENGE_MAKE);
	db_id(batch, person);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	return caller_commit(batch, err);
}

bool
challenge_look(const struct caller *caller, const struct attempt *attempt, const unsigned char *token,
	struct second_factor *ret_factor, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	struct second_factor factor = {.email = STR(""), .enabled = true};
	if (!caller->hurry)
		db_retry_lost(batch);
	int index = db_add(batch, DB_CHALLENGE_LOOK);
	db_id(batch, attempt->id);
	db_text(batch, attempt->address);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	if (!db_run(batch, err) || !attempt_allowed(batch, index, err))
		return false;
	if (!db_value_id(batch, index, 0, 1, &factor.person))
		return err_set(err, ERR_UNAUTHENTICATED,
			"This sign-in has come to its end. Begin again with your e-mail address and password.");
	factor.has_secret = sealed_value(caller->arena, batch, index, 2, &factor);
	*ret_factor = factor;
	return true;
}

bool
challenge_refused(const struct caller *caller, const struct attempt *attempt, struct id person, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	caller_acting(batch, caller);
	db_add(batch, DB_CHALLENGE_FAILED);
	db_id(batch, person);
	db_text(batch, attempt->address);
	return caller_commit(batch, err);
}

bool
challenge_meet(const struct caller *caller, const struct attempt *attempt, const struct challenge_answer *answer,
	struct str *ret_json, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	caller_acting(batch, caller);
	attempt_add_end(batch, attempt);
	db_add(batch, DB_CHALLENGE_MEET);
	db_bytes(batch, answer->challenge, CALLER_TOKEN_SIZE);
	add_code(batch, answer->code);
	db_bytes(batch, caller->token, sizeof caller->token);
	db_text(batch, attempt->address);
	db_str(batch, answer->agent);
	db_int(batch, answer->seconds);
	if (answer->old) {
		db_add(batch, DB_SIGN_OUT);
		db_bytes(batch, answer->old, CALLER_TOKEN_SIZE);
	}
	caller_guard(batch, caller);
	int who = db_add(batch, DB_PERSON_READ);
	return caller_commit(batch, err) && one_text(batch, who, "person", ret_json, err);
}
