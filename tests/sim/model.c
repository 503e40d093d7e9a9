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
	[INBOX_WITH_END] = "inbox_with_end",	    /* a request to cancel is removed when it is read */
	[RETIRE_WAITS] = "retire_waits",	    /* an incarnation is retired while its transaction is on its way */
	[REAPER] = "reaper",			    /* nobody takes back what the dead held */
	[SIGNAL_WITH_END] = "signal_with_end",	    /* a signal is removed when it is read */
	[PAUSE_WITH_STATUS] = "pause_with_status",  /* requests to pause and resume, too */
	[SLEEPERS_ASKED] = "sleepers_asked", /* whoever claims looks for runs that are due, and not into the inbox */
	[KEPT_READ] = "kept_read",	     /* a claim reads only what nobody has read */
	[KEPT_MARKED] = "kept_marked",	     /* what is kept for later goes on waking */
	[STATUS_READ] = "status_read",	     /* whoever takes over does not look whether the run is paused */
	[SLEEP_LAST] = "sleep_last",	     /* what was read by the flush that puts to sleep counts as heard */
};
int without = -1;
int faults_max = 1;
int asks = ASK_CANCEL | ASK_SIGNAL | ASK_PAUSE;
int waiting;

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

static bool
paused(const struct held *h)
{
	return h->pauses == 1;
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
		return;
	}
	for (bool more = true; more && h->now < LAST;) {
		more = false;
		if (waiting && h->now == waiting && h->signal) {
			h->now++;
			h->signal = h->kept = 0;
			more = true;
		}
		if (h->now < LAST && h->now % 2 == 0 && !x->stopping && !paused(h)) {
			h->now++;
			more = true;
		}
	}
}

/* Nothing to do until somebody asks something. */
static bool
sleepy(const struct held *h)
{
	return h->held && h->now < LAST && ((waiting && h->now == waiting) || (h->now % 2 == 0 && paused(h))) &&
	       !h->cancel;
}

static bool
asks_something(const struct run *run)
{
	return run->cancel == ROW_NEW || run->signal == ROW_NEW || run->asked > run->gone;
}

static bool
due(const struct run *run)
{
	return !run->asleep || (asks_something(run) && guarded(SLEEPERS_ASKED));
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
	bool anything = claim > 0 || !x->lease, flush = false;
	*t = (struct tx){.stage = BEGUN, .fresh = 1, .claim = (uint8_t)claim};
	for (int r = 0; r < RUNS; r++) {
		struct held *h = &x->runs[r];
		struct part *part = &t->part[r];
		bool stop = x->stopping && h->held && h->now < LAST && (h->now % 2 == 0 || sleepy(h));
		bool keep = h->signal && !h->kept && guarded(KEPT_MARKED);
		anything = anything || (h->held && asks_something(&s->run[r]));
		if (!h->held ||
			(h->now == h->recorded && h->pauses == h->pauses_recorded && !keep && !stop && !sleepy(h)))
			continue;
		anything = flush = true;
		part->from = h->recorded, part->to = h->now, part->verdict = SENT;
		part->pause_to = h->pauses, part->keep = keep;
		part->release = stop || sleepy(h), part->sleep = !stop && sleepy(h);
	}
	if (!anything)
		return;
	if (claim && !guarded(STATE_AFTER_CLAIM))
		t->part[claim - 1].seen = s->run[claim - 1].done;
	if ((!inc->row || !inc->lease) && guarded(LEASE_CHECK))
		*t = (struct tx){.stage = REFUSED};
	else if (inc->row)
		inc->lease = 1;
	TELL("executor %d sends a transaction as incarnation %d%s%s%s", e + 1, x->me, flush ? " with a flush" : "",
		claim == 1   ? ", claims run 1"
		: claim == 2 ? ", claims run 2"
			     : "",
		t->stage == REFUSED ? "; its lease is over" : "; renewed");
	found(&n, STEP);
}

static void
lock_tx(const struct state *s, int i)
{
	struct state n = *s;
	struct tx *t = &n.inc[i].tx;
	t->stage = LOCKED;
	for (int r = 0; r < RUNS; r++) {
		struct run *run = &n.run[r];
		uint8_t *verdict = &t->part[r].verdict;
		if (*verdict != SENT)
			continue;
		bool mine = run->holder == i || !guarded(HOLDER_CHECK);
		*verdict = !mine ? LOST : run->lock ? SKIPPED : ACCEPTED;
		if (*verdict == ACCEPTED && guarded(ROW_LOCK))
			run->lock = (uint8_t)i;
	}
	TELL("the transaction of incarnation %d locks its runs", i);
	found(&n, STEP);
}

/* What was asked goes with what it led to. */
static void
write_requests(struct run *run, int r, const struct part *part)
{
	bool starts = part->to < LAST && part->to > part->from && (part->to % 2 == 1 || part->to > part->from + 1);
	if (run->pauses == 1 && part->pause_to < 2 && starts)
		WRONG("a step of run %d begins while it is paused", r + 1);
	if (waiting && part->from <= waiting && part->to > waiting && part->to < CANCELLED) {
		if (run->signal != ROW_NEW && run->signal != ROW_KEPT && guarded(SIGNAL_WITH_END))
			WRONG("a step of run %d takes a signal that is not there", r + 1);
		run->signal = ROW_GONE;
	}
	if (part->keep && run->signal == ROW_NEW)
		run->signal = ROW_KEPT;
	if (part->pause_to > run->pauses)
		run->pauses = part->pause_to;
	if (part->pause_to > run->gone)
		run->gone = part->pause_to;
}

static void
write_run(struct run *run, int r, const struct part *part, int i)
{
	if (run->done >= LAST)
		WRONG("something is recorded after the end of run %d", r + 1);
	else if (run->holder != i)
		WRONG("a stale write: incarnation %d writes to run %d, which %s", i, r + 1,
			run->holder ? "another holds" : "nobody holds");
	else if (run->done > part->from)
		WRONG("a transition of run %d is recorded twice", r + 1);
	else if (run->done < part->from)
		WRONG("a transition of run %d is lost", r + 1);
	write_requests(run, r, part);
	run->done = part->to;
	if (part->to >= LAST) {
		if (part->to == CANCELLED && run->cancel == NOT_ASKED)
			WRONG("run %d is cancelled, and nobody asked for it", r + 1);
		*run = (struct run){.done = part->to, .lock = run->lock};
	} else if (part->release) {
		run->holder = 0;
		run->asleep = part->sleep;
	}
}

static void
claim_run(struct run *run, struct tx *t, int i)
{
	struct part *part = &t->part[t->claim - 1];
	if (run->holder || run->lock || run->done >= LAST || !due(run)) {
		part->seen = 0;
		t->claim = 0;
		return;
	}
	run->holder = (uint8_t)i;
	run->asleep = 0;
	if (guarded(STATE_AFTER_CLAIM))
		part->seen = run->done;
	part->pause_to = guarded(STATUS_READ) ? run->pauses : 0;
}

/* Of a run that is held: new rows; of one that was just claimed all of them. */
static void
read_inbox(struct run *run, struct part *part, bool claimed)
{
	part->cancel = run->cancel == ROW_NEW;
	part->signal =
		run->signal == ROW_NEW || (claimed && run->signal == ROW_KEPT && guarded(KEPT_READ)) ? run->signal : 0;
	part->pauses = run->asked > run->gone ? run->asked : 0;
	if (part->cancel && !guarded(INBOX_WITH_END))
		run->cancel = ROW_GONE;
	if (part->signal && !guarded(SIGNAL_WITH_END))
		run->signal = ROW_GONE;
	if (part->pauses && !guarded(PAUSE_WITH_STATUS))
		run->gone = run->asked;
}

static void
commit_tx(const struct state *s, int i)
{
	struct state n = *s;
	struct tx *t = &n.inc[i].tx;
	const struct executor *x = owner(&n, i);
	for (int r = 0; r < RUNS; r++) {
		bool given = t->part[r].verdict == ACCEPTED;
		if (given)
			write_run(&n.run[r], r, &t->part[r], i);
		if (given && n.run[r].asleep && n.run[r].signal == ROW_NEW && x && x->runs[r].signal)
			WRONG("run %d is put to sleep, and a request that was read wakes it at once", r + 1);
		if (given && n.run[r].asleep && !guarded(SLEEP_LAST))
			read_inbox(&n.run[r], &t->part[r], false);
		if (given && n.run[r].asleep && !guarded(SLEEP_LAST) && n.run[r].signal == ROW_NEW)
			n.run[r].signal = ROW_KEPT;
	}
	unlock(&n, i);
	if (t->claim)
		claim_run(&n.run[t->claim - 1], t, i);
	for (int r = 0; r < RUNS; r++)
		if (n.run[r].holder == i)
			read_inbox(&n.run[r], &t->part[r], t->claim == r + 1);
	t->stage = COMMITTED;
	if (!x)
		*t = (struct tx){0}; /* nobody waits for it */
	TELL("the transaction of incarnation %d is committed: run 1 at %d%s, run 2 at %d%s", i, n.run[0].done,
		n.run[0].asleep ? ", asleep" : "", n.run[1].done, n.run[1].asleep ? ", asleep" : "");
	found(&n, STEP);
}

static void
abort_tx(const struct state *s, int i)
{
	struct state n = *s;
	unlock(&n, i);
	n.inc[i].tx = (struct tx){0};
	TELL("the transaction of incarnation %d, which nobody waits for, is undone", i);
	found(&n, STEP);
}

static void
take_verdicts(struct executor *x, const struct tx *t)
{
	for (int r = 0; r < RUNS; r++) {
		struct held *h = &x->runs[r];
		const struct part *part = &t->part[r];
		if (part->verdict == ACCEPTED) {
			h->recorded = part->to;
			h->pauses_recorded = part->pause_to;
			h->kept |= part->keep;
			if (part->to >= LAST || part->release)
				*h = (struct held){0};
		} else if (part->verdict == LOST) {
			*h = (struct held){0};
		}
		if (t->claim == r + 1)
			*h = (struct held){.held = 1,
				.recorded = part->seen,
				.now = part->seen,
				.pauses = part->pause_to,
				.pauses_recorded = part->pause_to};
		if (h->held && part->cancel)
			h->cancel = 1;
		if (h->held && part->pauses > h->pauses)
			h->pauses = part->pauses;
		if (h->held && part->signal && (!waiting || h->now <= waiting)) {
			h->signal = 1;
			h->kept |= part->signal == ROW_KEPT;
		}
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
	found(&n, STEP);
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
			s->run[r].holder = s->run[r].asleep = 0;
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
	found(&n, STEP);
}

static void
reap(const struct state *s, int e, int i)
{
	struct state n = *s;
	if (s->ex[e].me == i || !s->inc[i].row || s->inc[i].lease || !can_retire(s, i))
		return;
	retire(&n, i);
	TELL("executor %d retires incarnation %d, whose lease is over", e + 1, i);
	found(&n, STEP);
}

/* ---- calls ---- */

static void
call(const struct state *s, int e, int r)
{
	struct state n = *s;
	struct executor *x = &n.ex[e];
	struct held *h = &x->runs[r];
	if (!h->held || h->calling || h->now % 2 == 0 || h->now >= LAST || (waiting && h->now == waiting))
		return;
	if ((guarded(LEASE_CHECK) && !x->lease) || (guarded(STARTED_COMMIT) && h->recorded != h->now))
		return;
	if (!s->inc[x->me].row || !s->inc[x->me].lease)
		WRONG("a call for run %d begins after the lease is over", r + 1);
	if (s->run[r].done < h->now)
		WRONG("a call for run %d begins, and its start is not recorded", r + 1);
	h->calling = 1;
	TELL("executor %d makes the call of step %d of run %d", e + 1, h->now / 2 + 1, r + 1);
	found(&n, STEP);
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
	found(&n, STEP);
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
	found(&n, FAULT);
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
		found(&n, FAULT);
		return;
	}
	/* The same incarnation goes on, by another connection. */
	if (t.stage == BEGUN || t.stage == LOCKED)
		unlock(&n, x->me);
	n.inc[x->me].tx = (struct tx){0};
	if (t.stage != REFUSED && !guarded(FLUSH_BELIEVED)) {
		for (int r = 0; r < RUNS; r++)
			if (t.part[r].verdict)
				t.part[r].verdict = ACCEPTED;
		t.claim = 0;
		take_verdicts(x, &t);
	}
	found(&n, FAULT);
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
	found(&n, FAULT);
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
	found(&n, STEP);
}

static void
steal(const struct state *s, int r)
{
	struct state n = *s;
	if (!s->run[r].holder || s->run[r].lock)
		return;
	n.run[r].holder = 0;
	TELL("run %d is taken from its holder by hand", r + 1);
	found(&n, FAULT);
}

static void
people(const struct state *s, int r)
{
	struct state n = *s;
	if (s->run[r].done >= LAST)
		return;
	if (!s->run[r].cancel && asks & ASK_CANCEL) {
		n.run[r].cancel = ROW_NEW;
		TELL("somebody asks to cancel run %d", r + 1);
		found(&n, WHIM);
	}
	n = *s;
	if (!s->run[r].signal && asks & ASK_SIGNAL) {
		n.run[r].signal = ROW_NEW;
		TELL("somebody sends run %d its signal", r + 1);
		found(&n, STEP);
	}
	n = *s;
	if (s->run[r].asked < 2 && asks & ASK_PAUSE) {
		n.run[r].asked++;
		TELL("somebody asks to %s run %d", s->run[r].asked ? "resume" : "pause", r + 1);
		found(&n, STEP);
	}
}

static void
tell_to_stop(const struct state *s, int e)
{
	struct state n = *s;
	n.ex[e].stopping = 1;
	TELL("executor %d is told to stop", e + 1);
	found(&n, FAULT);
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
	found(&n, STEP);
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
					      due(&s->run[claim - 1]) && !x->runs[claim - 1].held))
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
		people(s, r);
	if (s->faults < faults_max)
		faults(s);
}

/* A request that is gone has done what it was made for. */
void
check(const struct state *s)
{
	for (int r = 0; r < RUNS; r++) {
		const struct run *run = &s->run[r];
		if (run->done >= LAST)
			continue;
		if (run->cancel == ROW_GONE)
			WRONG("the request to cancel run %d is gone, and the run has not ended", r + 1);
		if (run->signal == ROW_GONE && run->done <= waiting)
			WRONG("the signal to run %d is gone, and no step has taken it", r + 1);
		if (waiting && run->done > waiting && run->signal != ROW_GONE)
			WRONG("the signal to run %d was taken, and is still there", r + 1);
		if (run->gone > run->pauses)
			WRONG("a request to pause or resume run %d is gone, and it was not carried out", r + 1);
	}
}
