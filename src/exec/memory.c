/*
 * The cap on memory (--memory-mb). What is held in arenas and buffers is known exactly (base/memory.h). Towards the cap
 * fewer runs are claimed; above it none is, no call begins, and nothing large is fetched or made, for as long as somebody
 * else can give memory back.
 *
 * One run alone may need more than the cap: it is the favoured one, which is refused nothing. There is one at a time, and
 * it is that until it holds nothing large any more, so whatever waits gets its turn.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "base/memory.h"

#include <malloc.h>

#define TRIM_LEAST ((size_t)16 << 20)

static size_t
cap(const struct executor *ex)
{
	return (size_t)ex->settings->memory_mb << 20;
}

/* Room that was promised to fetches and is not taken yet. */
static size_t
promised(const struct executor *ex)
{
	size_t bytes = 0;
	for (const struct fetch *f = ex->fetches; f; f = f->next)
		if (f->granted)
			bytes += 2 * f->bytes - f->text.n;
	return bytes;
}

/* Three quarters are for claims: what they bring grows while it is worked on. */
int64_t
memory_claimable(const struct executor *ex)
{
	size_t used = memory_held() + promised(ex), most = cap(ex) / 4 * 3;
	if (used >= most)
		return ex->held_count == 0;
	return (int64_t)((most - used) / CLAIM_BYTES) + 1;
}

bool
memory_full(const struct executor *ex)
{
	return memory_held() > cap(ex);
}

bool
memory_grant(struct held *run, size_t more)
{
	struct executor *ex = run->executor;
	if (memory_held() + promised(ex) + more <= cap(ex))
		return true;
	if (!ex->favoured) {
		ex->favoured = run;
		log_debug("memory is short: one run at a time", LOG_STR("run", run->id_text),
			LOG_INT("held", (int64_t)memory_held()), LOG_INT("more", (int64_t)more));
	}
	return ex->favoured == run;
}

void
memory_wait(struct held *run)
{
	struct executor *ex = run->executor;
	ex->refused = true;
	if (run->waiting)
		return;
	run->waiting = true;
	run->next_waiting = NULL;
	*(ex->waiting_last ? &ex->waiting_last->next_waiting : &ex->waiting_first) = run;
	ex->waiting_last = run;
}

static void
stop_waiting(struct held *run)
{
	struct executor *ex = run->executor;
	struct held *before = NULL;
	if (!run->waiting)
		return;
	run->waiting = false;
	for (struct held *r = ex->waiting_first; r != run; r = r->next_waiting)
		before = r;
	*(before ? &before->next_waiting : &ex->waiting_first) = run->next_waiting;
	if (ex->waiting_last == run)
		ex->waiting_last = before;
}

void
memory_forget(struct held *run)
{
	stop_waiting(run);
	if (run->executor->favoured == run)
		run->executor->favoured = NULL;
}

static bool
holds_much(const struct held *run)
{
	bool much = run->large_here > 0 || run->filling.large > 0 || run->sent.large > 0 || run->waiting;
	for (const struct attempt *a = run->attempts; a && !much; a = a->next)
		much = arena_used(a->step.arena) > LARGE_ACTION || a->state == ATTEMPT_READY ||
		       net_body_bytes(a->call) > 0;
	for (const struct fetch *f = run->executor->fetches; f && !much; f = f->next)
		much = f->run == run;
	return much;
}

static void
give_to_system(struct executor *ex)
{
	size_t held = memory_held();
	if (held > ex->memory_peak)
		ex->memory_peak = held;
	if (ex->memory_peak - held < TRIM_LEAST || held > ex->memory_peak / 2)
		return;
	malloc_trim(0);
	ex->memory_peak = held;
}

/* Once a turn: whoever waits is looked at again when there is hope. */
void
memory_turn(struct executor *ex)
{
	if (ex->favoured && !holds_much(ex->favoured))
		ex->favoured = NULL;
	give_to_system(ex);
	/* Measured here, when what the refused one had made is gone: otherwise there would be hope at once, and for ever. */
	if (ex->refused && ex->favoured) {
		ex->waiting_since = memory_held();
		ex->refused = false;
		return;
	}
	struct held *run = ex->waiting_first;
	if (!run || (ex->favoured && memory_held() + LARGE_ACTION / 4 > ex->waiting_since))
		return;
	stop_waiting(run);
	held_mark_changed(run);
}
