/*
 * The batch under way: one at a time, each one transaction and one round trip, made of what is due just then:
 *
 *	renew         always first: lease and flush number; fails the whole when the lease is over
 *	flush         journals of dirty runs
 *	claim, reap   due runs for free slots; executors whose lease is over
 *	definitions, prompts, inbox    what runs held wait for
 *
 * A batch without a flush does not wait for the disk. While a flush that was refused for its data is being taken apart
 * (flush_cap below its setting), a batch holds nothing else, so that it is known what was refused.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "base/time.h"
#include "exec/fault_points.h"
#include "store/executor.h"

#include <stdlib.h>

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Runs that may be claimed: free slots, and memory for them. */
static int64_t
free_slots(const struct executor *ex)
{
	int64_t slots = ex->settings->slots - (int64_t)ex->held_count + (int64_t)ex->quotas.parked;
	return ex->state == EXECUTOR_RUNNING && slots > 0 ? least(slots, memory_claimable(ex)) : 0;
}

/* How many runs may be taken beyond the slots because their workspaces have none here. */
static int64_t
guest_room(const struct executor *ex)
{
	int64_t beyond = (int64_t)ex->held_count - (int64_t)ex->quotas.parked - ex->settings->slots;
	return beyond >= BEYOND_MAX ? 0 : BEYOND_MAX - (beyond > 0 ? beyond : 0);
}

static bool
taking_apart(const struct executor *ex)
{
	return ex->flush_cap < (unsigned)ex->settings->flush_max;
}

static int64_t
renewal_due(const struct executor *ex)
{
	return ex->lease_end_us - lease_us(ex) * 2 / 3;
}

/* Where no slot is free only what cannot wait is looked for, and nobody wakes us for that. */
static bool
claim_due(const struct executor *ex, int64_t now)
{
	if (ex->state != EXECUTOR_RUNNING)
		return false;
	return free_slots(ex) > 0 ? ex->woken || now >= ex->next_poll_us : now >= ex->next_beyond_us;
}

bool
work_wanted(struct executor *ex, int64_t now, int64_t *ret_wake_us)
{
	if (ex->work.arena || (ex->state != EXECUTOR_RUNNING && ex->state != EXECUTOR_STOPPING))
		return false;
	if (now < ex->not_before_us) {
		*ret_wake_us = least(*ret_wake_us, ex->not_before_us);
		return false;
	}
	if (ex->dirty.first || ex->definitions.wanting > 0 || ex->envs.wanting > 0 || ex->caches_wanting > 0 ||
		ex->replays_wanting > 0 || quota_wanted(ex, now, ret_wake_us) || claim_due(ex, now) ||
		now >= renewal_due(ex))
		return true;
	if (ex->held_count > 0 && now >= ex->next_inbox_us)
		return true;
	if (!taking_apart(ex) && (rest_wanted(ex) || large_fetches_ready(ex) || gather_ready(ex)))
		return true;
	*ret_wake_us = least(*ret_wake_us, renewal_due(ex));
	if (ex->state == EXECUTOR_RUNNING)
		*ret_wake_us = least(*ret_wake_us, free_slots(ex) > 0 ? ex->next_poll_us : ex->next_beyond_us);
	if (ex->held_count > 0)
		*ret_wake_us = least(*ret_wake_us, ex->next_inbox_us);
	return false;
}

/* ---- making one ---- */

static int
by_key(const void *a, const void *b)
{
	const struct held *x = *(struct held *const *)a, *y = *(struct held *const *)b;
	int order = memcmp(x->workspace.b, y->workspace.b, sizeof x->workspace.b);
	return order ? order : memcmp(x->id.b, y->id.b, sizeof x->id.b);
}

/* A journal, or the next parts of the large texts in it, which go first. `ret_part_bytes` is how much of those. */
static size_t
share_of(const struct journal *journal, size_t part_bytes, size_t *ret_part_bytes)
{
	size_t left = MUTATED("parts_first") ? 0 : parts_left(&journal->parts), room = PARTS_MAX - part_bytes;
	*ret_part_bytes = left < room ? left : room;
	return left > 0 ? 0 : journal->bytes;
}

/* Journals of dirty runs, up to the caps; at least one, whatever its size. Who has parts to write and finds no room waits
 * for the next flush, before whoever found some. */
static void
collect_flush(struct executor *ex)
{
	struct work *w = &ex->work;
	struct held_queue waiting = {0};
	size_t bytes = 0, part_bytes = 0;
	unsigned room = ex->dirty.count < ex->flush_cap ? ex->dirty.count : ex->flush_cap;
	w->sent = arena_array(w->arena, room, sizeof(struct held *));
	while (ex->dirty.first && w->sent_count < room) {
		struct journal *journal = journal_to_send(ex->dirty.first);
		size_t parts = 0, more = journal ? share_of(journal, part_bytes, &parts) : 0;
		if (w->sent_count > 0 && bytes + more > FLUSH_BYTES_MAX)
			break;
		struct held *run = held_queue_take(&ex->dirty, true);
		if (!journal)
			continue;
		run->sending_parts = journal->parts.change != NULL && !MUTATED("parts_first");
		if (run->sending_parts && parts == 0) {
			held_queue_put(&waiting, run);
			continue;
		}
		bytes += more;
		part_bytes += parts;
		run->part_room = parts;
		run->in_flush = true;
		w->sent[w->sent_count++] = run;
	}
	for (struct held *run; (run = held_queue_take(&waiting, true));)
		held_mark_dirty(run);
}

static void
build_flush(struct executor *ex)
{
	struct work *w = &ex->work;
	qsort(w->sent, w->sent_count, sizeof *w->sent, by_key);
	w->flush = flush_new(w->arena);
	for (unsigned i = 0; i < w->sent_count; i++) {
		struct held *run = w->sent[i];
		run->place = flush_run(w->flush, run->workspace, run->id, run->epoch);
		if (run->sending_parts) {
			run->parts_next = run->sent.parts;
			parts_write(w->flush, run->place, &run->parts_next, run->part_room);
			continue;
		}
		w->durable = true;
		for (const struct change *c = run->sent.first; c; c = c->next)
			flush_change(w->flush, run->place, c);
	}
}

static void
add_claim(struct executor *ex)
{
	struct work *w = &ex->work;
	struct claim_wish wish = {
		.incarnation = ex->incarnation,
		.last_workspace = ex->last_workspace,
		.at_most = least(free_slots(ex), ex->settings->claim_max),
		.planner = FAULT_NUMBER("STEPMILL_PLANNER", PLANNER_VERSION),
	};
	if (wish.at_most == 0) {
		bool memory = memory_claimable(ex) > 0;
		wish.at_most = memory ? BEYOND_MAX : 1;
		wish.no_slot = true;
		wish.guests = memory ? guest_room(ex) : 0;
		wish.served = spaces_held(ex, w->arena);
	}
	w->claim_asked = wish.at_most;
	w->claim_beyond = wish.no_slot;
	w->claim = claim_add(w->batch, &wish);
	quota_add_claimed(ex);
	ex->woken &= wish.no_slot; /* what is due besides is looked for when a slot is free */
}

/* What locks rows of others is in no batch with a flush, and comes before the claim. */
static void
add_look(struct executor *ex, int64_t now)
{
	struct work *w = &ex->work;
	if (ex->state == EXECUTOR_RUNNING && now >= ex->last_reap_us + POLL_LAST_US * 9 / 10) {
		w->reap = executor_add_reap(w->batch, ex->incarnation);
		ex->last_reap_us = now;
	}
	quota_add(ex, now);
}

static void
add_definitions(struct executor *ex)
{
	struct work *w = &ex->work;
	struct version_keys *definitions = version_keys_new(w->arena), *prompts = version_keys_new(w->arena);
	definitions_ask(&ex->definitions, definitions, prompts);
	w->asked_definitions = true;
	if (version_keys_count(definitions) > 0)
		w->definitions = definitions_add(w->batch, definitions);
	if (version_keys_count(prompts) > 0)
		w->prompts = prompts_add(w->batch, prompts);
}

static void
add_the_rest(struct executor *ex, int64_t now)
{
	struct work *w = &ex->work;
	if (!w->flush)
		add_look(ex, now);
	else
		ex->quotas.had_turn = false;
	if (claim_due(ex, now) && ex->quotas.work.draw < 0 && ex->quotas.work.back < 0)
		add_claim(ex);
	if (ex->definitions.wanting > 0)
		add_definitions(ex);
	if (ex->envs.wanting > 0)
		env_add(ex);
	if (ex->caches_wanting > 0)
		cache_add(ex);
	if (ex->replays_wanting > 0)
		replay_add(ex);
	rest_add(ex);
	large_fetches_add(ex);
	gather_add(ex);
	if (ex->held_count > 0 && now >= ex->next_inbox_us - INBOX_PAUSE_US / 2) {
		w->inbox = inbox_add(w->batch, ex->incarnation);
		quota_add_limits(ex);
		requests_looking(ex);
		ex->next_inbox_us = now + INBOX_PAUSE_US;
	}
	if (metrics_due(ex, now))
		executor_add_metrics(w->batch, ex->incarnation, metrics_tell(ex, w->arena, now));
}

static void failed(struct executor *ex, struct err *err);

void
work_start(struct executor *ex)
{
	struct work *w = &ex->work;
	int64_t now = boot_us();
	*w = (struct work){.renew = -1,
		.claim = -1,
		.reap = -1,
		.definitions = -1,
		.prompts = -1,
		.inbox = -1,
		.env = -1,
		.cache = -1,
		.replay = -1,
		.rest = {-1, -1, -1}};
	w->arena = pool_take(&ex->pool);
	w->batch = db_batch_new(ex->db, w->arena);
	w->sent_us = now;
	ex->quotas.work.draw = ex->quotas.work.back = -1;
	bool aside = !taking_apart(ex) && quota_turn(ex, now);
	if (ex->dirty.first && !aside)
		collect_flush(ex);
	if (w->sent_count > 0)
		build_flush(ex);
	if (!w->flush && !aside) /* nothing is left to take apart: whoever was refused has been found */
		ex->flush_cap = (unsigned)ex->settings->flush_max;
	w->renew = executor_add_renew(w->batch, ex->incarnation, ex->settings->lease_seconds * 1000, w->durable);
	if (w->flush)
		flush_add(w->flush, w->batch, ex->incarnation);
	if (!taking_apart(ex))
		add_the_rest(ex, now);
	ex->counters.batches++;
	ex->counters.flushes += w->flush != NULL;
	ex->counters.claims += w->claim >= 0;

	struct err err = {0};
	bool refused = (w->flush && FAULT("exec.flush.before")) || (w->claim >= 0 && FAULT("exec.claim.before")) ||
		       (w->flush && flush_has_blobs(w->flush) && FAULT("exec.flush.blob")) ||
		       (quota_under_way(ex) && FAULT("exec.quota.before"));
	if (refused)
		err_set(&err, ERR_UNAVAILABLE, "A fault test refused this batch.");
	if (refused || !db_start(w->batch, &err)) {
		failed(ex, &err);
		return;
	}
	w->progress = DB_WAIT_WRITE;
	work_advance(ex);
}

void
work_drop(struct executor *ex)
{
	struct work *w = &ex->work;
	for (unsigned i = 0; i < w->sent_count; i++)
		w->sent[i]->in_flush = false;
	if (w->asked_definitions)
		definitions_ask_failed(&ex->definitions);
	env_failed(ex);
	cache_failed(ex);
	replay_failed(ex);
	large_fetches_failed(ex);
	gather_failed(ex);
	quota_failed(ex);
	struct arena *arena = w->arena;
	*w = (struct work){0};
	pool_give(&ex->pool, arena);
}

/* ---- its end ---- */

/* The journal sent is committed. False: the run is no longer held. */
static bool
accepted(struct held *run)
{
	struct executor *ex = run->executor;
	bool gone = false;
	if (run->sending_parts) {
		FAULT_PLACE("exec.parts.committed");
		run->sent.parts = run->parts_next;
		held_mark_dirty(run);
		return true;
	}
	for (const struct change *c = run->sent.first; c; c = c->next) {
		if (c->kind == CHANGE_STEP_STARTED)
			run->recorded[c->step] = RECORDED_STARTED;
		else if (c->kind == CHANGE_STEP_ENDED)
			run->recorded[c->step] = RECORDED_ENDED;
		else if (c->kind == CHANGE_EVENT)
			run->committed_seq = c->event.seq;
		else if (c->kind == CHANGE_SETTLED)
			quota_settled(run, c);
		/* Another run is due: that which has begun, or that which waits for this one. */
		if (c->kind == CHANGE_CHILD || c->kind == CHANGE_CHILD_ASKED ||
			(c->kind == CHANGE_RUN_ENDED && run->is_child)) {
			ex->woken = true;
			ex->next_inbox_us = 0;
		}
		gone |= c->kind == CHANGE_RUN_ENDED || c->kind == CHANGE_RELEASE || c->kind == CHANGE_RUN_FORGOTTEN;
	}
	if (gone) {
		held_free(run);
		return false;
	}
	for (struct attempt *a = run->attempts; a; a = a->next)
		if (a->state == ATTEMPT_PLANNED && a->started_in <= run->sent.number)
			attempt_make_ready(a);
	frames_committed(run, run->sent.number);
	journal_give_back(run, &run->sent);
	ex->counters.flushed++;
	if (run->filling.first)
		held_mark_dirty(run);
	if (run->after_flush) {
		run->after_flush = false;
		held_mark_changed(run);
	}
	return true;
}

static void
try_again(void *what)
{
	held_mark_dirty(what);
}

/*
 * A claim of another executor that looked at the row just before we took it keeps it locked until it commits; so does
 * whoever works on the database by hand.
 */
static void
skipped(struct held *run)
{
	struct executor *ex = run->executor;
	ex->counters.skipped++;
	timer_set(&ex->timers, &run->retry, boot_us() + SKIPPED_PAUSE_US, try_again, run);
}

static void
lost(struct held *run)
{
	run->executor->counters.lost++;
	log_warn("run lost: another holds it, or it has ended", LOG_STR("run", run->id_text),
		LOG_INT("epoch", run->epoch));
	quota_leave_behind(run);
	held_free(run);
}

static void
take_flush(struct executor *ex)
{
	struct work *w = &ex->work;
	FAULT_PLACE("exec.flush.committed");
	int64_t doubled = flush_doubled(w->flush, w->batch);
	ex->counters.flush_us += boot_us() - w->sent_us;
	if (doubled > 0) {
		ex->counters.doubled += doubled;
		log_error("ends refused: a step or run had ended before", LOG_INT("count", doubled));
	}
	unsigned count = w->sent_count, locked = 0;
	w->sent_count = 0; /* from here on they may be gone */
	for (unsigned i = 0; i < count; i++) {
		struct held *run = w->sent[i];
		enum flush_verdict verdict = flush_verdict(w->flush, w->batch, run->place);
		run->in_flush = false;
		if (verdict == FLUSH_ACCEPTED)
			accepted(run);
		else if (verdict == FLUSH_LOST)
			lost(run);
		else
			skipped(run);
		locked += verdict == FLUSH_SKIPPED;
	}
	if (locked > 0)
		log_warn("runs skipped: somebody has their rows locked", LOG_INT("runs", locked), LOG_INT("of", count));
	if (taking_apart(ex))
		ex->flush_cap = (unsigned)least((int64_t)ex->flush_cap * 2, ex->settings->flush_max);
}

/* At once when there may be more; else with a pause that grows to a second, and not later than the next run is due. */
static void
next_poll(struct executor *ex, int claimed)
{
	int64_t due_us, pause_us = POLL_FIRST_US;
	if (ex->work.claim_beyond) {
		ex->next_beyond_us = boot_us() + (claimed >= ex->work.claim_asked ? 0 : POLL_LAST_US / 2);
		return;
	}
	ex->poll_pause_us =
		claimed > 0 ? 0 : least(POLL_LAST_US, ex->poll_pause_us > 0 ? ex->poll_pause_us * 2 : POLL_FIRST_US);
	if (claimed == 0)
		pause_us = ex->poll_pause_us;
	if (claim_next_due(ex->work.batch, ex->work.claim, &due_us) && due_us < pause_us)
		pause_us = due_us > POLL_FIRST_US ? due_us : POLL_FIRST_US;
	ex->next_poll_us = boot_us() + (claimed >= ex->work.claim_asked ? 0 : pause_us);
}

static void
take_claim(struct executor *ex)
{
	struct work *w = &ex->work;
	int rows = claim_rows(w->batch, w->claim);
	FAULT_PLACE("exec.claim.after");
	ex->last_workspace = claim_cursor(w->batch, w->claim);
	for (int i = 0; i < rows; i++) {
		struct claimed claimed;
		struct err err = {0};
		if (!claim_row(w->batch, w->claim, i, &claimed, &err)) {
			log_error("claim", LOG_STR("why", err.message), LOG_STR("detail", err.detail));
			continue;
		}
		struct held *old = held_find(ex, claimed.workspace, claimed.run);
		if (old) { /* taken from us and due again before we noticed */
			ex->counters.lost++;
			quota_leave_behind(old);
			held_free(old);
		}
		struct held *run = held_new(ex, &claimed);
		if (run->copying)
			requests_take(run, run->loaded_inbox); /* a cancellation, of what has not begun */
		ex->counters.claimed++;
	}
	next_poll(ex, rows);
}

static void
take_reaped(struct executor *ex)
{
	struct work *w = &ex->work;
	struct retired dead;
	for (int i = 0; executor_reaped(w->batch, w->reap, i, &dead); i++) {
		FAULT_PLACE("exec.reap");
		ex->counters.reaped++;
		ex->counters.struck += dead.runs;
		ex->woken = true;
		log_warn("executor retired: its lease was over", LOG_STR("incarnation", dead.incarnation.p),
			LOG_STR("name", dead.name.p), LOG_INT("runs", dead.runs), LOG_INT("flush", dead.last_flush));
	}
}

static void
take_definitions(struct executor *ex)
{
	struct work *w = &ex->work;
	struct version_row row;
	for (int i = 0; w->definitions >= 0 && version_row(w->batch, w->definitions, i, &row); i++)
		definitions_take(&ex->definitions, &row);
	for (int i = 0; w->prompts >= 0 && version_row(w->batch, w->prompts, i, &row); i++)
		definitions_take_prompt(&ex->definitions, &row);
	definitions_taken(&ex->definitions);
}

/* When more is asked of a run than came, the next look is soon, and the run is not given back before. */
static void
take_inbox(struct executor *ex)
{
	struct request request;
	for (int i = 0; inbox_row(ex->work.batch, ex->work.inbox, i, &request); i++) {
		struct held *run = held_find(ex, request.workspace, request.run);
		if (!run)
			continue;
		request_take(run, &request);
		if (request.more && run->state == HELD_ACTIVE) {
			requests_look(run);
			ex->next_inbox_us = boot_us() + INBOX_LEAST_US;
		}
	}
	requests_looked(ex);
}

static void
done(struct executor *ex)
{
	struct work *w = &ex->work;
	ex->flush_number = executor_flush_number(w->batch, w->renew);
	ex->lease_end_us = w->sent_us + lease_us(ex);
	boxes_lease(ex->boxes, ex->lease_end_us);
	ex->clock_ahead_us = executor_clock_us(w->batch, w->renew) - boot_us();
	ex->clock_most_us = executor_clock_us(w->batch, w->renew) - w->sent_us;
	ex->retry_pause_us = 0;
	if (w->flush)
		take_flush(ex);
	if (w->reap >= 0)
		take_reaped(ex);
	if (w->asked_definitions)
		take_definitions(ex);
	w->asked_definitions = false;
	if (w->claim >= 0)
		take_claim(ex);
	if (w->env >= 0)
		env_take(ex);
	if (w->cache >= 0)
		cache_take(ex);
	if (w->replays)
		replay_take(ex);
	rest_take(ex);
	large_fetches_take(ex);
	gather_take(ex);
	quota_take_limits(ex);
	load_ready(ex);
	if (w->inbox >= 0) {
		take_inbox(ex);
		load_ready(ex); /* those that were cancelled while they were copied */
	}
	quota_take(ex);
	work_drop(ex);
	/* A connection that died while it was idle is replaced by the batch that finds it dead. */
	if (db_connection_number(ex->db) != ex->connection)
		lease_leave(ex, "the database connection was replaced", false);
}

/* ---- failures ---- */

/* Runs of the failed flush go to the front of the queue, in their order. */
static void
back_to_front(struct executor *ex)
{
	struct work *w = &ex->work;
	struct held_queue rest = ex->dirty;
	ex->dirty = (struct held_queue){0};
	for (unsigned i = 0; i < w->sent_count; i++) {
		w->sent[i]->in_flush = false;
		held_mark_dirty(w->sent[i]);
	}
	if (!rest.first)
		return;
	if (!ex->dirty.last) {
		ex->dirty = rest;
		return;
	}
	ex->dirty.last->next_dirty = rest.first;
	ex->dirty.last = rest.last;
	ex->dirty.count += rest.count;
}

/* The one run whose changes the database does not take. What it did since its last flush is gone; it ends saying so. */
static void
unrecordable(struct held *run, const struct err *err)
{
	struct executor *ex = run->executor;
	ex->counters.unrecordable++;
	log_error("run cannot be recorded", LOG_STR("run", run->id_text), LOG_STR("why", err->message),
		LOG_STR("detail", err->detail));
	bool only_release = run->sent.first && run->sent.first->kind == CHANGE_RELEASE;
	bool reopening = run->sent.first && run->sent.first->kind == CHANGE_RUN_REOPENED;
	if (journal_has(&run->sent, CHANGE_RUN_STARTED) || journal_has(&run->filling, CHANGE_RUN_STARTED))
		run->plan.status = RUN_PENDING; /* so nobody knows that it was begun */
	journal_give_back(run, &run->filling);
	journal_give_back(run, &run->sent);
	quota_unrecordable(run);
	run->seq = run->committed_seq;
	if (only_release) { /* not even that: it stays ours on paper until this incarnation ends */
		held_free(run);
	} else if (reopening) { /* it stays as it had ended */
		run->reported_unrecordable = true;
		run->state = HELD_ENDING;
		journal_add(run, CHANGE_RUN_FORGOTTEN);
	} else if (run->reported_unrecordable) {
		wait_release(run, 60000);
	} else {
		run->reported_unrecordable = true;
		advance_end_failed(run, "unrecordable",
			STR("The database refused to record what this run produced, so the run was ended. "
			    "Look at the executor's log for the reason, then run it again."));
	}
}

static void
pause_before_retry(struct executor *ex, const struct err *err)
{
	ex->retry_pause_us = ex->retry_pause_us > 0 ? least(ex->retry_pause_us * 2, RETRY_LAST_US) : RETRY_FIRST_US;
	ex->not_before_us = boot_us() + ex->retry_pause_us;
	log_warn("batch failed, will be tried again", LOG_STR("why", err->message), LOG_STR("detail", err->detail));
}

static void
failed(struct executor *ex, struct err *err)
{
	struct work *w = &ex->work;
	bool unknown = db_outcome_unknown(w->batch);
	unsigned sent = w->sent_count;
	bool alone = sent == 1 && taking_apart(ex);
	struct held *only = sent == 1 ? w->sent[0] : NULL;
	bool was_claim = w->claim >= 0;
	back_to_front(ex);
	w->sent_count = 0;
	work_drop(ex);
	ex->woken |= was_claim;
	if (executor_lease_over(err)) {
		ex->counters.leases_lost++;
		lease_leave(ex, "its lease was over", false);
	} else if (!db_connected(ex->db)) {
		lease_leave(ex, err->detail[0] ? err->detail : err->message, unknown);
	} else if (err_retryable(err->code) || sent == 0) {
		pause_before_retry(ex, err);
	} else if (alone) {
		unrecordable(only, err);
	} else {
		ex->flush_cap = sent > 1 ? sent / 2 : 1;
		log_warn("flush refused, looking for the run that causes it", LOG_INT("runs", sent),
			LOG_STR("why", err->message), LOG_STR("detail", err->detail));
	}
}

/* It is committed, and a fault test wants us not to know. */
static bool
disbelieved(const struct executor *ex)
{
	const struct work *w = &ex->work;
	return (w->flush && FAULT_LIES("exec.flush.committed")) || (w->claim >= 0 && FAULT_LIES("exec.claim.after")) ||
	       (quota_under_way(ex) && FAULT_LIES("exec.quota.committed"));
}

void
work_advance(struct executor *ex)
{
	struct work *w = &ex->work;
	struct err err = {0};
	bool sending = w->progress == DB_WAIT_WRITE;
	w->progress = db_advance(w->batch, &err);
	if (sending && w->flush && w->progress == DB_WAIT_READ && FAULT("exec.flush.sent"))
		lease_leave(ex, "A fault test broke the connection before the answer came.", true);
	else if (w->progress == DB_DONE && disbelieved(ex))
		lease_leave(ex, "A fault test lost the answer.", true);
	else if (w->progress == DB_DONE)
		done(ex);
	else if (w->progress == DB_FAILED)
		failed(ex, &err);
}
