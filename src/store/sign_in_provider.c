/* Sign-in providers; see sign_in_provider.h. */
#include "store/sign_in_provider.h"

#include "db/db.h"
#include "store/thing.h"

static void
add_flag(struct db_batch *batch, int flag)
{
	if (flag < 0)
		db_null(batch);
	else
		db_bool(batch, flag != 0);
}

static void
add_change(struct db_batch *batch, const struct provider_change *change)
{
	db_id(batch, change->id);
	db_str(batch, change->name);
	db_str(batch, change->issuer);
	db_str(batch, change->client);
	if (change->has_secret)
		db_id(batch, change->key);
	else
		db_null(batch);
	db_bytes(batch, change->has_secret ? change->sealed.p : NULL, change->sealed.n);
	add_flag(batch, change->enabled);
	add_flag(batch, change->create_accounts);
	add_flag(batch, change->link_accounts);
	db_str(batch, change->rules);
}

static bool
write_and_read(const struct caller *caller, enum db_statement statement, const struct provider_change *change,
	struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, statement);
	add_change(batch, change);
	int index = db_add(batch, DB_PROVIDER_READ);
	db_id(batch, change->id);
	return caller_commit(batch, err) && one_text(batch, index, "sign-in provider", ret_json, err);
}

static bool
read_text(const struct caller *caller, enum db_statement statement, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, statement);
	return db_run(batch, err) && one_text(batch, index, "person", ret_json, err);
}

bool
provider_list(const struct caller *caller, struct str *ret_json, struct err *err)
{
	return read_text(caller, DB_PROVIDER_LIST, ret_json, err);
}

bool
provider_names(const struct caller *caller, struct str *ret_json, struct err *err)
{
	return read_text(caller, DB_PROVIDER_NAMES, ret_json, err);
}

bool
provider_read(const struct caller *caller, struct id id, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_PROVIDER_READ);
	db_id(batch, id);
	return db_run(batch, err) && one_text(batch, index, "sign-in provider", ret_json, err);
}

bool
provider_make(
	const struct caller *caller, const struct provider_change *provider, struct str *ret_json, struct err *err)
{
	return write_and_read(caller, DB_PROVIDER_MAKE, provider, ret_json, err);
}

bool
provider_change(
	const struct caller *caller, const struct provider_change *change, struct str *ret_json, struct err *err)
{
	return write_and_read(caller, DB_PROVIDER_CHANGE, change, ret_json, err);
}

/* Says whether there was one. */
static bool
remove_one(const struct caller *caller, enum db_statement statement, struct id id, const char *missing, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	bool gone = false;
	int index = db_add(batch, statement);
	db_id(batch, id);
	if (!caller_commit(batch, err))
		return false;
	db_value_bool(batch, index, 0, 0, &gone);
	return gone || err_set(err, ERR_NOT_FOUND, "%s", missing);
}

bool
provider_delete(const struct caller *caller, struct id id, struct err *err)
{
	return remove_one(caller, DB_PROVIDER_DELETE, id,
		"There is no such sign-in provider. It may have been deleted already.", err);
}

/* ---- there and back ---- */

bool
flow_begin(const struct caller *caller, struct id provider, const unsigned char *token, const unsigned char *session,
	struct str back_to, struct provider_flow *ret_flow, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	if (!caller->hurry)
		db_retry_lost(batch);
	int index = db_add(batch, DB_FLOW_BEGIN);
	db_id(batch, provider);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	db_bytes(batch, session, CALLER_TOKEN_SIZE);
	db_str(batch, back_to);
	if (!caller_commit(batch, err))
		return false;
	*ret_flow = (struct provider_flow){.connects = session != NULL, .back_to = back_to};
	if (!db_value(batch, index, 0, 0, &ret_flow->issuer) || !db_value(batch, index, 0, 1, &ret_flow->client))
		return err_set(err, ERR_NOT_FOUND, "There is no such sign-in provider, or it is turned off.");
	return true;
}

bool
flow_end(const struct caller *caller, struct id provider, const unsigned char *token, struct provider_flow *ret_flow,
	struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	struct provider_flow flow = {0};
	struct str hex;
	int index = db_add(batch, DB_FLOW_END);
	db_id(batch, provider);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	if (!caller_commit(batch, err))
		return false;
	if (!db_value(batch, index, 0, 0, &flow.issuer) || !db_value(batch, index, 0, 1, &flow.client) ||
		!db_value_id(batch, index, 0, 2, &flow.key) || !db_value(batch, index, 0, 3, &hex))
		return err_set(err, ERR_NOT_FOUND, "This sign-in has come to its end. Begin again.");
	char *bytes = arena_alloc(caller->arena, hex.n / 2 + 1);
	for (size_t i = 0; i + 1 < hex.n; i += 2)
		bytes[i / 2] = (char)(str_hex_digit(hex.p[i]) << 4 | str_hex_digit(hex.p[i + 1]));
	flow.sealed = (struct str){bytes, hex.n / 2};
	flow.connects = db_value_id(batch, index, 0, 4, &flow.person);
	flow.back_to = STR("/");
	db_value(batch, index, 0, 5, &flow.back_to);
	*ret_flow = flow;
	return true;
}

bool
identity_person(const struct caller *caller, const struct identity *identity, const struct provider_flow *flow,
	struct identity_person *ret_person, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	int index = db_add(batch, DB_IDENTITY_PERSON);
	db_id(batch, identity->provider);
	db_str(batch, identity->subject);
	db_str(batch, identity->email);
	db_bool(batch, identity->email_verified);
	db_str(batch, identity->name);
	db_str(batch, identity->claims);
	if (flow->connects)
		db_id(batch, flow->person);
	else
		db_null(batch);
	db_id(batch, id_new());
	db_id(batch, id_new());
	db_text(batch, identity->address);
	if (!caller_commit(batch, err))
		return false;
	struct identity_person person = {.refusal = STR("")};
	db_value_id(batch, index, 0, 0, &person.person);
	db_value_bool(batch, index, 0, 1, &person.second_factor);
	db_value(batch, index, 0, 2, &person.refusal);
	*ret_person = person;
	return true;
}

bool
identity_list(const struct caller *caller, struct str *ret_json, struct err *err)
{
	return read_text(caller, DB_IDENTITY_LIST, ret_json, err);
}

bool
identity_remove(const struct caller *caller, struct id provider, struct err *err)
{
	return remove_one(caller, DB_IDENTITY_REMOVE, provider, "Your account is not connected to this provider.", err);
}
