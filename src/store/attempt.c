/* Attempts; see attempt.h. */
#include "store/attempt.h"

#include "db/db.h"

int
attempt_add(struct db_batch *batch, const struct attempt *attempt)
{
	int index = db_add(batch, DB_ATTEMPT_BEGIN);
	db_id(batch, attempt->id);
	db_text(batch, attempt->what);
	db_text(batch, attempt->address);
	return index;
}

bool
attempt_allowed(const struct db_batch *batch, int index, struct err *err)
{
	int64_t wait = 0;
	db_value_int(batch, index, 0, 0, &wait);
	if (wait == 0)
		return true;
	err_set(err, ERR_RATE_LIMITED, "Too many failed attempts from here. Wait %lld %s and try again.",
		(long long)(wait >= 120 ? (wait + 59) / 60 : wait), wait >= 120 ? "minutes" : "seconds");
	err->retry_after_seconds = (int)wait;
	return false;
}

void
attempt_add_end(struct db_batch *batch, const struct attempt *attempt)
{
	db_add(batch, DB_ATTEMPT_END);
	db_id(batch, attempt->id);
}

void
attempt_forget(const struct caller *caller, const struct attempt *attempt)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	struct err ignored; /* then it counts, which is the safe side */
	err_clear(&ignored);
	attempt_add_end(batch, attempt);
	(void)db_run(batch, &ignored);
}
