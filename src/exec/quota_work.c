/*
 * Batches in which limits are drawn from and given back to: they hold no flush, for they lock rows that other executors wait
 * for, and a flush waits for the disk. Under load they take turns with flushes.
 */
#include "exec/executor.h"

#include "base/time.h"
#include "exec/fault_points.h"

/* ---- the queue ---- */

void
quota_want(struct executor *ex, struct ticket *t)
{
	struct quotas *q = &ex->quotas;
	t->queued = true;
	t->next_wanted = NULL;
	*(q->wanted_last ? &q->wanted_last->next_wanted : &q->wanted_first) = t;
	q->wanted_last = t;
}

void
quota_unwant(struct executor *ex, struct ticket *gone)
{
	struct quotas *q = &ex->quotas;
	struct ticket *before = NULL;
	gone->queued = false;
	for (struct ticket *t = q->wanted_first; t; before = t, t = t->next_wanted) {
		if (t != gone)
			continue;
		*(before ? &before->next_wanted : &q->wanted_first) = t->next_wanted;
		if (q->wanted_last == t)
			q->wanted_last = before;
		return;
	}
}

/* ---- when ---- */

/* Once a second, and sooner while somebody waits for a rate. */
bool
quota_look_due(const struct executor *ex, int64_t now)
{
	return ex->state == EXECUTOR_RUNNING && now >= ex->quotas.next_look_us;
}

bool
quota_wanted(struct executor *ex, int64_t now, int64_t *ret_wake_us)
{
	if (now < ex->quotas.not_before_us) {
		if (ex->quotas.not_before_us < *ret_wake_us)
			*ret_wake_us = ex->quotas.not_before_us;
		return false;
	}
	bool due = grant_due(ex, now, ret_wake_us);
	if (ex->quotas.looking) {
		due |= quota_look_due(ex, now);
		if (ex->quotas.next_look_us < *ret_wake_us)
			*ret_wake_us = ex->quotas.next_look_us;
	}
	return due || ex->quotas.wanted_first || ex->quotas.taken;
}

bool
quota_turn(struct executor *ex, int64_t now)
{
	int64_t wake = INT64_MAX;
	if (now < ex->quotas.not_before_us || (ex->quotas.had_turn && ex->dirty.first))
		return false;
	return ex->quotas.wanted_first || ex->quotas.taken || grant_due(ex, now, &wake) || quota_look_due(ex, now);
}

/* ---- the statements ---- */

static void
number(struct quota_work *w, struct quota_draw *draw, uint64_t batch, struct grant *g)
{
	if (g->batch == batch)
		return;
	g->batch = batch;
	g->number = quota_draw_limit(draw, g->workspace, g->scope, g->unit, &g->own);
	g->refs++;
	w->grants[g->number] = g;
	w->grant_count = g->number;
}

static void
add_draw(struct executor *ex)
{
	struct quotas *q = &ex->quotas;
	struct quota_work *w = &q->work;
	struct arena *arena = ex->work.arena;
	struct quota_draw *draw = quota_draw_new(arena);
	bool forced = q->wanted_first->again != NULL;
	size_t claims = 0;
	unsigned count = 0;
	for (struct ticket *t = q->wanted_first; t && count < QUOTA_DRAW_MAX && (t->again != NULL) == forced;
		t = t->next_wanted) {
		claims += t->claim_count;
		count++;
	}
	w->tickets = arena_array(arena, count, sizeof(struct ticket *));
	w->grants = arena_array(arena, claims + 1, sizeof(struct grant *));
	q->batch++;
	while (w->ticket_count < count) {
		struct ticket *t = q->wanted_first;
		quota_unwant(ex, t);
		t->in_draw = true;
		w->tickets[w->ticket_count++] = t;
		for (unsigned i = 0; i < t->claim_count; i++) {
			struct claim *c = &t->claims[i];
			if (forced && c->grant->unit != QUOTA_RATE)
				continue;
			number(w, draw, q->batch, c->grant);
			quota_draw_ticket(draw, w->ticket_count, c->grant->number, c->need, t->run->id);
		}
	}
	int64_t horizon = (int64_t)q->parked < ex->settings->slots ? QUOTA_HORIZON_US : 0;
	w->draw = quota_draw_add(draw, ex->work.batch, ex->incarnation, forced, horizon);
}

static void
add_back(struct executor *ex, int64_t now)
{
	struct quotas *q = &ex->quotas;
	struct quota_work *w = &q->work;
	struct quota_back *back = quota_back_new(ex->work.arena);
	unsigned count = 0;
	for (struct grant *g = q->idle; g; g = g->next_idle)
		count++;
	w->backs = arena_array(ex->work.arena, count, sizeof *w->backs);
	for (struct grant *g = q->idle; g; g = g->next_idle) {
		if ((g->idle == 0 && !g->tell) || (!g->scarce && now < g->idle_us + QUOTA_IDLE_US))
			continue;
		quota_back_units(back, g->workspace, g->scope, g->unit, g->idle);
		w->backs[w->back_count].grant = g;
		w->backs[w->back_count++].amount = g->idle;
		g->refs++;
		g->idle = 0;
		g->tell = false;
	}
	w->back = quota_back_add(back, ex->work.batch, ex->incarnation);
}

/* Calls of runs that others have taken from us. */
static void
add_taken(struct executor *ex)
{
	struct quota_work *w = &ex->quotas.work;
	struct quota_taken *taken = quota_taken_new(ex->work.arena);
	w->taken_first = ex->quotas.taken;
	ex->quotas.taken = NULL;
	for (struct ticket *t = w->taken_first; t; t = t->next) {
		struct quota_call call = {.workspace = t->claims[0].grant->workspace,
			.run = t->taken_run,
			.path = t->path,
			.attempt = t->attempt,
			.epoch = t->epoch,
			.made = t->called,
			.cost_known = t->cost_nano.known,
			.cost_nano = t->cost_nano.value};
		quota_taken_call(taken, &call);
		for (unsigned i = 0; i < t->claim_count; i++)
			if (t->claims[i].grant->unit == QUOTA_MONEY && t->claims[i].held)
				quota_taken_limit(taken, t->claims[i].grant->scope, t->claims[i].need);
	}
	w->taken = quota_taken_add(taken, ex->work.batch, ex->incarnation);
}

static void
clear(struct quota_work *w)
{
	*w = (struct quota_work){.draw = -1, .back = -1, .wake = -1, .limits = -1, .claimed = -1, .taken = -1};
}

/* Into a batch without a flush, after the renewal. */
void
quota_add(struct executor *ex, int64_t now)
{
	struct quotas *q = &ex->quotas;
	struct quota_work *w = &q->work;
	int64_t wake = INT64_MAX;
	clear(w);
	q->had_turn = false;
	if (now < q->not_before_us)
		return;
	if (q->taken)
		add_taken(ex);
	if (grant_due(ex, now, &wake))
		add_back(ex, now);
	if (q->wanted_first)
		add_draw(ex);
	/* A little before its time, with a batch that is made anyway. */
	if (ex->state == EXECUTOR_RUNNING && now >= q->next_look_us - QUOTA_LOOK_US / 5)
		w->wake = quota_wake_add(ex->work.batch);
	w->any = true;
	q->had_turn = w->draw >= 0 || w->back >= 0 || w->wake >= 0 || w->taken >= 0;
}

bool
quota_under_way(const struct executor *ex)
{
	const struct quota_work *w = &ex->quotas.work;
	return w->any && (w->draw >= 0 || w->back >= 0 || w->taken >= 0);
}

/* What people have set in the workspaces of the runs held. */
void
quota_add_limits(struct executor *ex)
{
	struct quotas *q = &ex->quotas;
	if (q->space_count == 0)
		return;
	if (!q->work.any)
		clear(&q->work);
	q->work.any = true;
	q->work.limits = quota_limits_add(ex->work.batch, spaces_held(ex, ex->work.arena));
}

void
quota_add_claimed(struct executor *ex)
{
	struct quotas *q = &ex->quotas;
	if (!q->work.any)
		clear(&q->work);
	q->work.any = true;
	q->work.claimed = quota_limits_add_claimed(ex->work.batch);
}

/* ---- the answers ---- */

static void
take_grants(struct executor *ex)
{
	struct quota_work *w = &ex->quotas.work;
	struct quota_row row;
	int64_t now = boot_us();
	for (int i = 0; quota_row(ex->work.batch, w->draw, i, &row); i++) {
		if (row.ticket != 0 || row.limit < 1 || row.limit > w->grant_count)
			continue;
		struct grant *g = w->grants[row.limit];
		if (row.verdict == QUOTA_NONE)
			g->number = -1;
		g->drawn_us = now;
		g->scarce = row.verdict == QUOTA_SCARCE;
		if (g->unit != QUOTA_RATE && row.verdict != QUOTA_NONE)
			grant_idle(ex, g, row.given);
	}
}

static void
take_draw(struct executor *ex)
{
	struct quota_work *w = &ex->quotas.work;
	struct quota_row row;
	take_grants(ex);
	for (int i = 0; quota_row(ex->work.batch, w->draw, i, &row); i++)
		if (row.ticket >= 1 && row.ticket <= w->ticket_count)
			quota_answered(ex, w->tickets[row.ticket - 1], &row);
	for (int64_t i = 1; i <= w->grant_count; i++)
		grant_leave(ex, w->grants[i]);
}

static void
take_limits(struct executor *ex, int index)
{
	struct id workspace;
	struct str limits;
	for (int i = 0; quota_limits_row(ex->work.batch, index, i, &workspace, &limits); i++) {
		struct space *space = space_find(ex, workspace);
		struct json *list = NULL;
		if (!space || (limits.n == 0 && space->limit_count == 0) ||
			(limits.n > 0 && !json_read(ex->tick, limits, &json_limits_stored, &list, NULL)))
			continue;
		space_set(space, list);
	}
}

void
quota_take_limits(struct executor *ex)
{
	const struct quota_work *w = &ex->quotas.work;
	if (w->any && w->limits >= 0)
		take_limits(ex, w->limits);
	if (w->any && w->claimed >= 0)
		take_limits(ex, w->claimed);
}

/* What the database did not know of was never reserved there: it is free. */
static void
take_taken(struct executor *ex)
{
	struct quota_work *w = &ex->quotas.work;
	int64_t number, cost, at = 1;
	for (struct ticket *t = w->taken_first; t; t = t->next, at++)
		for (int row = 0; quota_taken_row(ex->work.batch, w->taken, row, &number, &cost); row++)
			if (number == at)
				t->charged = cost;
	for (struct ticket *t = w->taken_first, *next; t; t = next) {
		next = t->next;
		quota_settle_taken(ex, t);
	}
	w->taken_first = NULL;
}

static void
take_woken(struct executor *ex, int64_t woken)
{
	ex->woken |= woken > 0;
}

/* The batch is committed. */
void
quota_take(struct executor *ex)
{
	struct quotas *q = &ex->quotas;
	struct quota_work *w = &q->work;
	int64_t next_ms = 0, now = boot_us();
	if (!w->any)
		return;
	if (quota_under_way(ex))
		FAULT_PLACE("exec.quota.committed");
	w->any = false;
	if (w->taken >= 0)
		take_taken(ex);
	if (w->back >= 0)
		take_woken(ex, quota_woken(ex->work.batch, w->back));
	for (unsigned i = 0; i < w->back_count; i++)
		grant_leave(ex, w->backs[i].grant);
	if (w->draw >= 0)
		take_draw(ex);
	if (w->wake >= 0) {
		take_woken(ex, quota_woken(ex->work.batch, w->wake));
		q->looking = quota_wake_next(ex->work.batch, w->wake, &next_ms);
		int64_t pause = q->looking && next_ms * 1000 < QUOTA_LOOK_US ? next_ms * 1000 : QUOTA_LOOK_US;
		q->next_look_us = now + (pause > QUOTA_LOOK_LEAST_US ? pause : QUOTA_LOOK_LEAST_US);
	}
}

/* Nothing of it happened. */
void
quota_failed(struct executor *ex)
{
	struct quotas *q = &ex->quotas;
	struct quota_work *w = &q->work;
	if (!w->any)
		return;
	w->any = false;
	while (w->taken_first) {
		struct ticket *t = w->taken_first;
		w->taken_first = t->next;
		t->next = q->taken;
		q->taken = t;
	}
	if (w->draw >= 0 || w->back >= 0 || w->wake >= 0 || w->taken >= 0)
		q->not_before_us = boot_us() + QUOTA_RETRY_US;
	for (unsigned i = w->ticket_count; i-- > 0;) {
		struct ticket *t = w->tickets[i];
		t->in_draw = false;
		if (!t->run && !t->taken)
			ticket_free(ex, t);
		if (!t->run || (ticket_begun(t) && !t->again)) /* its call was dropped meanwhile */
			continue;
		t->queued = true;
		t->next_wanted = q->wanted_first;
		q->wanted_first = t;
		if (!q->wanted_last)
			q->wanted_last = t;
	}
	for (unsigned i = 0; i < w->back_count; i++) {
		w->backs[i].grant->tell = w->backs[i].grant->unit == QUOTA_MONEY;
		grant_idle(ex, w->backs[i].grant, w->backs[i].amount);
		grant_leave(ex, w->backs[i].grant);
	}
	for (int64_t i = 1; i <= w->grant_count; i++)
		grant_leave(ex, w->grants[i]);
}
