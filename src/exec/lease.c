/*
 * Incarnations: entered at the start and after every loss of the connection or the lease, left with everything held. A
 * run is only worked on under the incarnation that claimed it.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "base/time.h"
#include "db/migrate.h"
#include "exec/fault_points.h"
#include "store/executor.h"

int64_t
lease_us(const struct executor *ex)
{
	return ex->settings->lease_seconds * 1000000;
}

/* The margin is for what lies between this look and the other side: a call that begins now must begin under the lease.
 */
bool
lease_good(const struct executor *ex)
{
	return boot_us() < ex->lease_end_us - lease_us(ex) / 5 || MUTATED("lease_check");
}

/* Whether the last flush of the incarnation we left was committed: its number tells, before anything else is done. */
static void
log_old(struct executor *ex, const struct retired *old)
{
	const char *outcome = "known";
	if (ex->old_outcome_unknown)
		outcome = !old->found ? "gone" : old->last_flush > ex->flush_number ? "committed" : "not committed";
	char *incarnation = arena_alloc(ex->tick, ID_TEXT_SIZE);
	id_text(ex->old_incarnation, incarnation);
	log_info("old incarnation retired", LOG_STR("incarnation", incarnation),
		LOG_STR("outcome_of_its_last_flush", outcome), LOG_INT("runs", old->runs),
		LOG_INT("flush", old->last_flush));
}

static void
enter_again(void *what)
{
	lease_enter(what);
}

static void
entered(struct executor *ex, int64_t sent_us)
{
	int64_t now = boot_us();
	ex->has_incarnation = true;
	ex->has_old = false;
	ex->connection = db_connection_number(ex->db);
	ex->flush_number = 0;
	ex->lease_end_us = sent_us + lease_us(ex);
	boxes_lease(ex->boxes, ex->lease_end_us);
	ex->state = EXECUTOR_RUNNING;
	ex->woken = true;
	ex->poll_pause_us = 0;
	ex->retry_pause_us = 0;
	ex->not_before_us = 0;
	ex->next_poll_us = ex->next_inbox_us = now;
	ex->flush_cap = (unsigned)ex->settings->flush_max;
	id_text(ex->incarnation, ex->incarnation_text);
	log_info("incarnation entered", LOG_STR("incarnation", ex->incarnation_text),
		LOG_STR("name", ex->settings->name));
	FAULT_PLACE("exec.lease.after");
}

static void
try_later(struct executor *ex, const struct err *err)
{
	uint8_t r;
	random_bytes(&r, 1);
	log_warn("the database cannot be used, trying again", LOG_STR("why", err->message),
		LOG_STR("detail", err->detail));
	timer_set(&ex->timers, &ex->enter_timer, boot_us() + 100000 + r * 1500, enter_again, ex);
}

/* A schema of another version is for a person to mend: the executor ends. */
static bool
schema_fits(struct executor *ex)
{
	struct err err = {0};
	if (ex->schema_checked || db_schema_check(ex->db, &err)) {
		ex->schema_checked = true;
		return true;
	}
	if (err_retryable(err.code)) {
		try_later(ex, &err);
		return false;
	}
	log_error("the schema does not fit", LOG_STR("why", err.message), LOG_STR("detail", err.detail));
	ex->state = EXECUTOR_STOPPED;
	ex->exit_status = 1;
	return false;
}

void
lease_enter(struct executor *ex)
{
	if (!schema_fits(ex))
		return;
	struct arena *arena = pool_take(&ex->pool);
	struct db_batch *batch = db_batch_new(ex->db, arena);
	struct err err = {0};
	int retire = -1;
	ex->incarnation =
		id_new(); /* a new one for each try: one whose outcome is unknown holds nothing and is reaped */
	/* Not blamed: it is we who left it, alive. */
	if (ex->has_old)
		retire = executor_add_retire(batch, ex->old_incarnation, false);
	executor_add_start(batch, ex->incarnation, ex->settings->name,
		FAULT_NUMBER("STEPMILL_PLANNER", PLANNER_VERSION), ex->settings->lease_seconds * 1000);
	int64_t sent_us = boot_us();
	bool ok = !FAULT("exec.lease.before") && db_run(batch, &err) && !FAULT_LIES("exec.lease.before");
	if (ok) {
		if (retire >= 0) {
			struct retired old = executor_retired(batch, retire);
			log_old(ex, &old);
		}
		entered(ex, sent_us);
	} else {
		try_later(ex, &err);
	}
	pool_give(&ex->pool, arena);
}

void
lease_leave(struct executor *ex, const char *why, bool outcome_unknown)
{
	log_warn("incarnation left", LOG_STR("incarnation", ex->incarnation_text), LOG_STR("why", why),
		LOG_STR("outcome", outcome_unknown ? "unknown" : "known"), LOG_INT("runs_dropped", ex->held_count));
	ex->counters.reconnects++;
	if (ex->work.arena)
		work_drop(ex);
	unmade_note(ex);
	held_drop_all(ex);
	grants_forget(ex);
	ex->has_incarnation = false;
	ex->has_old = true;
	ex->old_incarnation = ex->incarnation;
	ex->old_outcome_unknown = outcome_unknown;
	if (ex->state == EXECUTOR_STOPPING) {
		lease_stop(ex);
		return;
	}
	ex->state = EXECUTOR_AWAY;
	timer_set(&ex->timers, &ex->enter_timer, boot_us(), enter_again, ex);
}

void
lease_stop(struct executor *ex)
{
	struct arena *arena = pool_take(&ex->pool);
	struct err err = {0};
	bool refused = FAULT("exec.stop");
	if (ex->has_incarnation || ex->has_old) {
		struct db_batch *batch = db_batch_new(ex->db, arena);
		executor_add_retire(batch, ex->has_incarnation ? ex->incarnation : ex->old_incarnation, false);
		if (refused || !db_run(batch, &err) || FAULT_LIES("exec.stop"))
			log_warn("the executor's row could not be removed; it ends with its lease",
				LOG_STR("why", err.message), LOG_STR("detail", err.detail));
	}
	ex->has_incarnation = ex->has_old = false;
	ex->state = EXECUTOR_STOPPED;
	pool_give(&ex->pool, arena);
}
