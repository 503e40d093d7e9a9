/*
 * Tickets: what one attempt of a step holds of the limits that apply to it. They go by the step's number and attempt; one whose step is not
 * begun, and will not be, goes at the end of the look at the run that shows it: numbers of iterations are given to others later, and what it
 * holds is idle for whoever waits.
 */
#include "exec/executor.h"

#include "flow/frame.h"

bool
ticket_begun(const struct ticket *t)
{
	return t->state == TICKET_USED || t->state == TICKET_OVER;
}

struct ticket *
ticket_find(const struct held *run, unsigned step, int attempt, bool begun)
{
	struct ticket *t = run->tickets;
	while (t && !(t->step == step && t->attempt == attempt && ticket_begun(t) == begun && t->state != TICKET_OVER))
		t = t->next;
	return t;
}

struct ticket *
ticket_new(struct held *run, unsigned step, int attempt)
{
	struct executor *ex = run->executor;
	struct arena *arena = pool_take(&ex->pool);
	struct ticket *t = arena_new_of(arena, struct ticket);
	t->arena = arena;
	t->run = run;
	t->step = step;
	t->attempt = attempt;
	t->next = run->tickets;
	run->tickets = t;
	return t;
}

/* What it holds is idle again. */
void
ticket_give_up(struct executor *ex, struct ticket *t, bool money_too)
{
	for (unsigned i = 0; i < t->claim_count; i++) {
		struct claim *c = &t->claims[i];
		if (!c->held || (c->grant->unit == QUOTA_MONEY && !money_too))
			continue;
		c->held = false;
		c->grant->used -= c->need;
		grant_idle(ex, c->grant, c->need);
	}
}

void
ticket_leave_run(struct ticket *t)
{
	if (!t->run)
		return;
	struct ticket **at = &t->run->tickets;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->run = NULL;
}

/* One in a draw stays until that is answered. Money that is still reserved stays in use: the incarnation is left, and whoever retires it
 * charges it as that of a call whose outcome nobody knows. */
void
ticket_free(struct executor *ex, struct ticket *t)
{
	ticket_leave_run(t);
	ex->quotas.parked -= t->parked;
	t->parked = false;
	ticket_give_up(ex, t, !t->reserved);
	if (t->queued)
		quota_unwant(ex, t);
	if (t->in_draw)
		return;
	for (unsigned i = 0; i < t->claim_count; i++)
		grant_leave(ex, t->claims[i].grant);
	if (t->refused_by)
		grant_leave(ex, t->refused_by);
	pool_give(&ex->pool, t->arena);
}

/* Its step, or the call that is made again, may still begin: neither that nor anything it is in has ended. */
static bool
wanted(const struct held *run, const struct ticket *t)
{
	const struct run_state *plan = &run->plan;
	if (!frame_has(plan, t->step))
		return false;
	const struct step_state *step = &plan->steps[t->step];
	bool again = step->attempt == t->attempt && step->status == STEP_RUNNING && run->repeats &&
		     run->repeats[t->step].wanted;
	bool may = step->attempt < t->attempt || again;
	for (unsigned i = frame_parent(plan, t->step); may && i != NO_STEP; i = frame_parent(plan, i))
		may = !step_ended(plan->steps[i].status);
	return may;
}

void
tickets_sweep(struct held *run)
{
	for (struct ticket *t = run->tickets, *next; t; t = next) {
		next = t->next;
		if (!ticket_begun(t) && !wanted(run, t))
			ticket_free(run->executor, t);
	}
}
