/* The guard in front, and what all reads and writes of the API share; see caller.h. */
#include "store/caller.h"

#include "base/fault.h"
#include "db/db.h"

struct db_batch *
caller_batch(const struct caller *caller)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	if (!caller->hurry)
		db_retry_lost(batch);
	if (caller->role || caller->has_token)
		caller_guard(batch, caller);
	caller_acting(batch, caller);
	return batch;
}

void
caller_acting(struct db_batch *batch, const struct caller *caller)
{
	if (!caller->operation)
		return;
	db_add(batch, DB_ACTING);
	db_text(batch, caller->operation);
	db_text(batch, caller->address);
	db_text(batch, caller->request);
}

void
caller_guard(struct db_batch *batch, const struct caller *caller)
{
	int index = db_add(batch, DB_GUARD);
	if (caller->guarded)
		*caller->guarded = (struct caller_guarded){batch, index};
	db_bytes(batch, caller->token, sizeof caller->token);
	if (caller->role)
		db_id(batch, caller->workspace);
	else
		db_null(batch);
	db_text(batch, caller->administrator ? "administrator" : caller->role);
	db_text(batch, caller->scope);
}

bool
caller_person(const struct caller *caller, struct id *ret_person)
{
	const struct caller_guarded *guarded = caller->guarded;
	return guarded && guarded->batch && db_value_id(guarded->batch, guarded->index, 0, 1, ret_person);
}

bool
caller_commit(struct db_batch *batch, struct err *err)
{
	if (FAULT("api.before_commit"))
		return err_set(err, ERR_UNAVAILABLE, "The change could not be made. Try again in a moment.");
	if (!db_run(batch, err))
		return false;
	if (FAULT("api.after_commit"))
		return err_set(err, ERR_UNAVAILABLE,
			"The answer of the database was lost. Look at what is there before you try again.");
	return true;
}
