/* Variables and secrets; see secret.h. */
#include "store/secret.h"

#include "db/db.h"
#include "store/thing.h"

/* A statement about the caller's workspace and, unless p is NULL, a name in it. */
static struct db_batch *
begin(const struct caller *caller, enum db_statement statement, struct str name, int *ret_index)
{
	struct db_batch *batch = caller_batch(caller);
	*ret_index = db_add(batch, statement);
	db_id(batch, caller->workspace);
	if (name.p)
		db_str(batch, name);
	return batch;
}

static bool
list(const struct caller *caller, enum db_statement statement, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, statement, (struct str){0}, &index);
	return db_run(batch, err) && one_text(batch, index, "workspace", ret_json, err);
}

static bool
remove_one(const struct caller *caller, enum db_statement statement, struct str name, struct err *err)
{
	int index;
	return caller_commit(begin(caller, statement, name, &index), err);
}

bool
variable_list(const struct caller *caller, struct str *ret_json, struct err *err)
{
	return list(caller, DB_VARIABLE_LIST, ret_json, err);
}

bool
variable_read(const struct caller *caller, struct str name, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_VARIABLE_READ, name, &index);
	return db_run(batch, err) && one_text(batch, index, "variable", ret_json, err);
}

bool
variable_put(const struct caller *caller, struct str name, struct str value, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_VARIABLE_PUT, name, &index);
	db_str(batch, value);
	index = db_add(batch, DB_VARIABLE_READ);
	db_id(batch, caller->workspace);
	db_str(batch, name);
	return caller_commit(batch, err) && one_text(batch, index, "variable", ret_json, err);
}

bool
variable_delete(const struct caller *caller, struct str name, struct err *err)
{
	return remove_one(caller, DB_VARIABLE_DELETE, name, err);
}

bool
secret_list(const struct caller *caller, struct str *ret_json, struct err *err)
{
	return list(caller, DB_SECRET_LIST, ret_json, err);
}

bool
secret_key(const struct caller *caller, struct seal_public *ret_public, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_SEAL_KEY_READ);
	struct str hex;
	if (!db_run(batch, err))
		return false;
	if (!db_value(batch, index, 0, 1, &hex))
		return err_set(err, ERR_CONFLICT,
			"This installation has no key to seal secrets with. Its administrator makes one: stepmill keys "
			"init.");
	if (!seal_public_parse(hex, ret_public))
		return err_ours(err, "the public key in seal_key is not %d bytes", SEAL_PUBLIC_SIZE);
	return true;
}

bool
secret_put(const struct caller *caller, struct str name, struct id key, struct str sealed, struct str *ret_json,
	struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_SECRET_PUT, name, &index);
	db_id(batch, key);
	db_bytes(batch, sealed.p, sealed.n);
	return caller_commit(batch, err) && one_text(batch, index, "secret", ret_json, err);
}

bool
secret_delete(const struct caller *caller, struct str name, struct err *err)
{
	return remove_one(caller, DB_SECRET_DELETE, name, err);
}
