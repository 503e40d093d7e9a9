/* The protocol: what an executor, its transactions, the clock and people can do next. model.h says what is left out. */
#include "model.h"

#include <string.h>

/* ---- guards ---- */

const char *const guard_names[GUARDS] = {
	[LEASE_CHECK] = "lease_check",		    /* neither the transaction nor the call looks at the lease */
	[HOLDER_CHECK] = "holder_check",	    /* a flush writes whoever holds the run */
	[ROW_LOCK] = "row_lock",		    /* a flush looks at holder and epoch and does not lock them */
	[STARTED_COMMIT] = "started_commit",	    /* a call does not wait until its start is recorded */
	[FLUSH_NUMBER] = "flush_number",	    /* after an unknown outcome the same flush is sent again, unasked */
	[FLUSH_BELIEVED] = "flush_number_believed", /* after an unknown outcome the flush is taken for committed */
	[STATE_AFTER_CLAIM] = "state_after_claim",  /* the state of a claimed run is read before the claim */
	[INBOX_WITH_END] = "inbox_with_end",	    /* requests are removed when they are read */
	[RETIRE_WAITS] = "retire_waits",	    /* an incarnation is retired while its transaction is on its way */
	[REAPER] = "reaper",			    /* nobody takes back what the dead held */
};
int without = -1;
int faults_max = 1;

static bool
guarded(enum guard guard)
{
	return (int)guard != without;
}

/* ---- what is told of each step ---- */

char violation[160];
bool telling;
char told[160];

#define TELL(...) \
	do { \
		if (telling) \
			snprintf(told, sizeof told, __VA_ARGS__); \
	} while (0)
#define WRONG(...) \
	do { \
		if (!violation[0]) \
			snprintf(violation, sizeof violation, __VA_ARGS__); \
	} while (0)

/* ---- the executor's memory ---- */

static void
forget(struct executor *x)
{
	memset(x->runs, 0, sizeof x->runs);
}

/* What it does at once whenever something has happened to a run. */
static void
plan(struct executor *x, struct held *h)
{
	if (!h->held || h->now >= LAST)
		return;
	if (h->cancel) {
		h->now = CANCELLED;
		h->calling = 0;
	} else if (h->now % 2 == 0 && !x->stopping) {
		h->now++;
	}
}

static bool
in_flight(const struct state *s, const struct executor *x)
{
	return x->me && s->inc[x->me].tx.stage != NO_TX;
}

static struct executor *
owner(struct state *s, int i)
{
	for (int e = 0; e < EXECUTORS; e++)
		if (s->ex[e].me == i && !s->ex[e].leaving)
			return &s->ex[e];
	return NULL;
}

/* ---- transactions ---- */

static void
unlock(struct state *s, int i)
{
	for (int r = 0; r < RUNS; r++)
		if (s->run[r].lock == i)
			s->run[r].lock = 0;
}

static void
send_tx(const struct state *s, int e, int claim)
{
	struct state n = *s;
	struct executor *x = &n.ex[e];
	struct incarnation *inc = &n.inc[x->me];
	struct tx *t = &inc->tx;
	bool anything = claim > 0 || !x->lease;
	*t = (struct tx){.stage = BEGUN, .fresh = 1, .claim = (uint8_t)claim};
	for (int r = 0; r < RUNS; r++) {
		struct held *h = &x->runs[r];
		bool leave = x->stopping && h->held && h->now % 2 == 0 && h->now < LAST;
		anything = anything || (h->held && !h->cancel && s->run[r].inbox == 1);
		if (!h->held || (h->now == h->recorded && !leave))
			continue;
		anything = true;
		t->from[r] = h->recorded, t->to[r] = h->now, t->release[r] = leave, t->verdict[r] = SENT;
	}
	if (!anything)
		return;
	if (claim && !guarded(STATE_AFTER_CLAIM))
		t->seen[claim - 1] = s->run[claim - 1].done;
	if ((!inc->row || !inc->lease) && guarded(LEASE_CHECK))
		*t = (struct tx){.stage = REFUSED};
	else if (inc->row)
		inc->lease = 1;
	TELL("executor %d sends a transaction as incarnation %d%s%s%s", e + 1, x->me,
		t->verdict[0] || t->verdict[1] ? " with a flush" : "",
		claim == 1   ? ", claims run 1"
		: claim == 2 ? ", claims run 2"
			     : "",
		t->stage == REFUSED ? "; its lease is over" : "; renewed");
	found(&n, false);
}

static void
lock_tx(const struct state *s, int i)
{
	struct state n = *s;
	struct tx *t = &n.inc[i].tx;
	t->stage = LOCKED;
	for (int r = 0; r < RUNS; r++) {
		struct run *run = &n.run[r];
		if (t->verdict[r] != SENT)
			continue;
		bool mine = run->holder == i || !guarded(HOLDER_CHECK);
		t->verdict[r] = !mine ? LOST : run->lock ? SKIPPED : ACCEPTED;
		if (t->verdict[r] == ACCEPTED && guarded(ROW_LOCK))
			run->lock = (uint8_t)i;
	}
	TELL("the transaction of incarnation %d locks its runs", i);
	found(&n, false);
}

static void
write_run(struct run *run, int r, const struct tx *t, int i)
{
	if (run->done >= LAST)
		WRONG("something is recorded after the end of run %d", r + 1);
	else if (run->holder != i)
		WRONG("a stale write: incarnation %d writes to run %d, which %s", i, r + 1,
			run->holder ? "another holds" : "nobody holds");
	else if (run->done > t->from[r])
		WRONG("a transition of run %d is recorded twice", r + 1);
	else if (run->done < t->from[r])
		WRONG("a transition of run %d is lost", r + 1);
	run->done = t->to[r];
	if (t->to[r] >= LAST) {
		if (t->to[r] == CANCELLED && run->inbox == 0)
			WRONG("run %d is cancelled, and nobody asked for it", r + 1);
		run->holder = 0;
		run->inbox = run->inbox ? 2 : 0;
	} else if (t->release[r]) {
		run->holder = 0;
	}
}

static void
commit_tx(const struct state *s, int i)
{
	struct state n = *s;
	struct tx *t = &n.inc[i].tx;
	for (int r = 0; r < RUNS; r++)
		if (t->verdict[r] == ACCEPTED)
			write_run(&n.run[r], r, t, i);
	unlock(&n, i);
	if (t->claim) {
		struct run *run = &n.run[t->claim - 1];
		if (run->holder == 0 && run->lock == 0 && run->done < LAST) {
			run->holder = (uint8_t)i;
			if (guarded(STATE_AFTER_CLAIM))
				t->seen[t->claim - 1] = run->done;
		} else {
			t->seen[t->claim - 1] = 0;
			t->claim = 0;
		}
	}
	for (int r = 0; r < RUNS; r++)
		if (n.run[r].holder == i && n.run[r].inbox == 1) {
			t->cancel[r] = 1;
			if (!guarded(INBOX_WITH_END)) {
				n.run[r].inbox = 2;
			}
		}
	t->stage = COMMITTED;
	if (!owner(&n, i))
		*t = (struct tx){0}; /* nobody waits for it */
	TELL("the transaction of incarnation %d is committed: run 1 at %d, run 2 at %d", i, n.run[0].done,
		n.run[1].done);
	found(&n, false);
}

static void
abort_tx(const struct state *s, int i)
{
	struct state n = *s;
	unlock(&n, i);
	n.inc[i].tx = (struct tx){0};
	TELL("the transaction of incarnation %d, which nobody waits for, is undone", i);
	found(&n, false);
}

static void
take_verdicts(struct executor *x, const struct tx *t)
{
	for (int r = 0; r < RUNS; r++) {
		struct held *h = &x->runs[r];
		if (t->verdict[r] == ACCEPTED) {
			h->recorded = t->to[r];
			if (t->to[r] >= LAST || t->release[r])
				*h = (struct held){0};
		} else if (t->verdict[r] == LOST) {
			*h = (struct held){0};
		}
		if (t->claim == r + 1)
			*h = (struct held){.held = 1, .recorded = t->seen[r], .now = t->seen[r]};
		if (h->held && t->cancel[r])
			h->cancel = 1;
		plan(x, h);
	}
}

static void
acknowledge(const struct state *s, int e)
{
	struct state n = *s;
	struct executor *x = &n.ex[e];
	struct tx t = n.inc[x->me].tx;
	n.inc[x->me].tx = (struct tx){0};
	TELL("executor %d hears that its transaction was %s", e + 1, t.stage == COMMITTED ? "committed" : "refused");
	if (t.stage == REFUSED) {
		forget(x);
		x->lease = 0;
		x->leaving = 1;
	} else {
		x->lease = t.fresh ? 1 : x->lease;
		take_verdicts(x, &t);
	}
	found(&n, false);
}

/* ---- incarnations ---- */

static int
unused(const struct state *s)
{
	for (int i = 1; i <= INCARNATIONS; i++)
		if (!used(s, i))
			return i;
	return 0;
}

static void
begin_incarnation(struct state *s, struct executor *x, int i)
{
	s->inc[i] = (struct incarnation){.row = 1, .lease = 1};
	x->me = (uint8_t)i;
	x->lease = 1;
	x->leaving = 0;
}

/* Waits for a transaction of it that is on its way. */
static bool
can_retire(const struct state *s, int i)
{
	if (!guarded(RETIRE_WAITS))
		return true;
	if (s->inc[i].tx.stage == BEGUN || s->inc[i].tx.stage == LOCKED)
		return false;
	for (int r = 0; r < RUNS; r++)
		if (s->run[r].holder == i && s->run[r].lock)
			return false;
	return true;
}

static void
retire(struct state *s, int i)
{
	for (int r = 0; r < RUNS; r++)
		if (s->run[r].holder == i)
			s->run[r].holder = 0;
	s->inc[i].row = s->inc[i].lease = 0;
}

static void
enter(const struct state *s, int e)
{
	struct state n = *s;
	struct executor *x = &n.ex[e];
	int fresh;
	if (x->me && !can_retire(s, x->me))
		return;
	if (x->me && s->inc[x->me].row)
		retire(&n, x->me);
	fresh = unused(&n);
	if (!fresh)
		return;
	begin_incarnation(&n, x, fresh);
	TELL("executor %d enters as incarnation %d", e + 1, fresh);
	found(&n, false);
}

static void
reap(const struct state *s, int e, int i)
{
	struct state n = *s;
	if (s->ex[e].me == i || !s->inc[i].row || s->inc[i].lease || !can_retire(s, i))
		return;
	retire(&n, i);
	TELL("executor %d retires incarnation %d, whose lease is over", e + 1, i);
	found(&n, false);
}

/* ---- calls ---- */

static void
call(const struct state *s, int e, int r)
{
	struct state n = *s;
	struct executor *x = &n.ex[e];
	struct held *h = &x->runs[r];
	if (!h->held || h->calling || h->now % 2 == 0 || h->now >= LAST)
		return;
	if ((guarded(LEASE_CHECK) && !x->lease) || (guarded(STARTED_COMMIT) && h->recorded != h->now))
		return;
	if (!s->inc[x->me].row || !s->inc[x->me].lease)
		WRONG("a call for run %d begins after the lease is over", r + 1);
	if (s->run[r].done < h->now)
		WRONG("a call for run %d begins, and its start is not recorded", r + 1);
	h->calling = 1;
	TELL("executor %d makes the call of step %d of run %d", e + 1, h->now / 2 + 1, r + 1);
	found(&n, false);
}

static void
answer(const struct state *s, int e, int r)
{
	struct state n = *s;
	struct held *h = &n.ex[e].runs[r];
	if (!h->calling)
		return;
	h->calling = 0;
	h->now++;
	TELL("the call of step %d of run %d ends at executor %d", h->now / 2, r + 1, e + 1);
	plan(&n.ex[e], h);
	found(&n, false);
}

/* ---- faults and the clock ---- */

static void
leave(struct state *n, struct executor *x)
{
	struct tx *t = &n->inc[x->me].tx;
	if (t->stage == COMMITTED || t->stage == REFUSED)
		*t = (struct tx){0};
	forget(x);
	x->lease = 0;
}

static void
crash(const struct state *s, int e)
{
	struct state n = *s;
	leave(&n, &n.ex[e]);
	n.ex[e] = (struct executor){0};
	TELL("executor %d is killed", e + 1);
	found(&n, true);
}

static void
cut(const struct state *s, int e)
{
	struct state n = *s;
	struct executor *x = &n.ex[e];
	struct tx t = n.inc[x->me].tx;
	TELL("executor %d loses its connection and does not hear what became of its transaction", e + 1);
	if (guarded(FLUSH_NUMBER) && guarded(FLUSH_BELIEVED)) {
		leave(&n, x);
		x->leaving = 1;
		found(&n, true);
		return;
	}
	/* The same incarnation goes on, by another connection. */
	if (t.stage == BEGUN || t.stage == LOCKED)
		unlock(&n, x->me);
	n.inc[x->me].tx = (struct tx){0};
	if (t.stage != REFUSED && !guarded(FLUSH_BELIEVED)) {
		for (int r = 0; r < RUNS; r++)
			if (t.verdict[r])
				t.verdict[r] = ACCEPTED;
		t.claim = 0;
		take_verdicts(x, &t);
	}
	found(&n, true);
}

static void
expire_here(const struct state *s, int e)
{
	struct state n = *s;
	struct executor *x = &n.ex[e];
	struct tx *t = &n.inc[x->me].tx;
	if (!x->lease && !t->fresh)
		return;
	x->lease = 0;
	t->fresh = 0;
	TELL("executor %d sleeps past the end of its lease", e + 1);
	found(&n, true);
}

/* The database's clock is the later one. */
static void
expire_there(const struct state *s, int i)
{
	struct state n = *s;
	struct executor *x = owner(&n, i);
	if (!s->inc[i].row || !s->inc[i].lease || (x && (x->lease || s->inc[i].tx.fresh)))
		return;
	n.inc[i].lease = 0;
	TELL("the lease of incarnation %d is over", i);
	found(&n, false);
}

static void
steal(const struct state *s, int r)
{
	struct state n = *s;
	if (!s->run[r].holder || s->run[r].lock)
		return;
	n.run[r].holder = 0;
	TELL("run %d is taken from its holder by hand", r + 1);
	found(&n, true);
}

static void
ask_cancel(const struct state *s, int r)
{
	struct state n = *s;
	if (s->run[r].inbox || s->run[r].done >= LAST)
		return;
	n.run[r].inbox = 1;
	TELL("somebody asks to cancel run %d", r + 1);
	found(&n, false);
}

static void
tell_to_stop(const struct state *s, int e)
{
	struct state n = *s;
	n.ex[e].stopping = 1;
	TELL("executor %d is told to stop", e + 1);
	found(&n, true);
}

/* When everything is given back, or when it has waited long enough. */
static void
stop(const struct state *s, int e)
{
	struct state n = *s;
	if (!can_retire(s, s->ex[e].me))
		return;
	if (s->inc[s->ex[e].me].row)
		retire(&n, s->ex[e].me);
	n.ex[e] = (struct executor){0};
	TELL("executor %d stops, and gives back what it held", e + 1);
	found(&n, false);
}

/* ---- all that can happen next ---- */

static void
executor_acts(const struct state *s, int e)
{
	const struct executor *x = &s->ex[e];
	if (!x->me || x->leaving) {
		enter(s, e);
		return;
	}
	if (!in_flight(s, x)) {
		for (int claim = 0; claim <= (x->stopping ? 0 : RUNS); claim++)
			if (!claim || (!s->run[claim - 1].holder && s->run[claim - 1].done < LAST &&
					      !x->runs[claim - 1].held))
				send_tx(s, e, claim);
		if (x->stopping)
			stop(s, e);
	}
	if (s->inc[x->me].tx.stage >= COMMITTED)
		acknowledge(s, e);
	for (int r = 0; r < RUNS; r++) {
		call(s, e, r);
		answer(s, e, r);
	}
	for (int i = 1; i <= INCARNATIONS && guarded(REAPER); i++)
		reap(s, e, i);
}

static void
faults(const struct state *s)
{
	for (int e = 0; e < EXECUTORS; e++) {
		const struct executor *x = &s->ex[e];
		if (!x->me)
			continue;
		crash(s, e);
		if (x->leaving)
			continue;
		expire_here(s, e);
		if (in_flight(s, x))
			cut(s, e);
		if (!x->stopping)
			tell_to_stop(s, e);
	}
	for (int r = 0; r < RUNS; r++)
		steal(s, r);
}

void
everything(const struct state *s)
{
	for (int e = 0; e < EXECUTORS; e++)
		executor_acts(s, e);
	for (int i = 1; i <= INCARNATIONS; i++) {
		const struct tx *t = &s->inc[i].tx;
		struct state copy = *s;
		if (t->stage == BEGUN)
			lock_tx(s, i);
		if (t->stage == LOCKED)
			commit_tx(s, i);
		if ((t->stage == BEGUN || t->stage == LOCKED) && !owner(&copy, i))
			abort_tx(s, i);
		expire_there(s, i);
	}
	for (int r = 0; r < RUNS; r++)
		ask_cancel(s, r);
	if (s->faults < faults_max)
		faults(s);
}

/* A request that is gone has ended its run. */
void
check(const struct state *s)
{
	for (int r = 0; r < RUNS; r++)
		if (s->run[r].inbox == 2 && s->run[r].done < LAST)
			WRONG("the request to cancel run %d is gone, and the run has not ended", r + 1);
}
