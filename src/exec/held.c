/* The runs held: where they are found, the queues they wait in, and their journals. */
#include "exec/executor.h"

#include <stdlib.h>

/* Events from which on the totals of a run are kept beside it: below that, whoever looks sums up its few step runs. */
#define TOTALS_FROM 200

/* ---- finding ---- */

/* The last bytes of a version 7 id are random. */
static struct held **
bucket(struct executor *ex, struct id run)
{
	unsigned hash = (unsigned)run.b[14] << 8 | run.b[15];
	return &ex->buckets[hash % RUN_BUCKETS];
}

struct held *
held_find(struct executor *ex, struct id workspace, struct id run)
{
	struct held *r = *bucket(ex, run);
	while (r && !(id_eq(r->id, run) && id_eq(r->workspace, workspace)))
		r = r->in_bucket;
	return r;
}

struct held *
held_new(struct executor *ex, const struct claimed *claimed)
{
	struct arena *arena = pool_take(&ex->pool);
	struct held *run = arena_new_of(arena, struct held);
	run->executor = ex;
	run->arena = arena;
	run->workspace = claimed->workspace;
	run->id = claimed->run;
	id_text(run->id, run->id_text);
	id_text(run->workspace, run->workspace_text);
	run->epoch = claimed->epoch;
	run->strikes = claimed->strikes;
	run->plan.status = claimed->status;
	run->seq = run->committed_seq = claimed->last_seq;
	run->whole = claimed->whole;
	run->copying = claimed->copying;
	run->kept_more = claimed->kept_more;
	run->kept_after = claimed->kept_after;
	ex->rests_wanting += rest_missing(run);
	run->inbox_more = claimed->inbox_more;
	if (claimed->input.p)
		run->input = arena_str(arena, claimed->input);
	run->loaded_steps = arena_str(arena, claimed->steps);
	run->loaded_inbox = arena_str(arena, claimed->inbox);
	run->loaded_spent = arena_str(arena, claimed->spent);
	run->loaded_overrides = arena_str(arena, claimed->overrides);
	run->generation = claimed->generation;
	run->plan.id = claimed->run;
	run->definition =
		definitions_use(&ex->definitions, claimed->workspace, claimed->workflow, claimed->workflow_version);
	run->state = HELD_LOADING;
	space_use(run);

	struct held **at = bucket(ex, run->id);
	run->in_bucket = *at;
	*at = run;
	run->next = ex->first_held;
	if (run->next)
		run->next->previous = run;
	ex->first_held = run;
	ex->held_count++;
	ex->loading_count++;
	if (!run->input.p) {
		struct fetch_key key = {.workspace = run->workspace, .run = run->id, .what = FETCH_RUN_INPUT};
		large_fetch(run, &key, 0, (size_t)claimed->input_bytes);
	}
	return run;
}

/* ---- queues ---- */

static void
push(struct held_queue *queue, struct held *run, bool dirty)
{
	struct held **link = dirty ? &run->next_dirty : &run->next_changed;
	*link = NULL;
	if (!queue->last)
		queue->first = run;
	else if (dirty)
		queue->last->next_dirty = run;
	else
		queue->last->next_changed = run;
	queue->last = run;
	queue->count++;
}

void
held_queue_put(struct held_queue *dirty, struct held *run)
{
	push(dirty, run, true);
}

struct held *
held_queue_take(struct held_queue *queue, bool dirty)
{
	struct held *run = queue->first;
	if (!run)
		return NULL;
	queue->first = dirty ? run->next_dirty : run->next_changed;
	if (!queue->first)
		queue->last = NULL;
	queue->count--;
	*(dirty ? &run->dirty : &run->changed) = false;
	return run;
}

static void
queue_remove(struct held_queue *queue, struct held *run, bool dirty)
{
	struct held *before = NULL;
	for (struct held *r = queue->first; r; before = r, r = dirty ? r->next_dirty : r->next_changed) {
		if (r != run)
			continue;
		struct held *after = dirty ? r->next_dirty : r->next_changed;
		if (!before)
			queue->first = after;
		else if (dirty)
			before->next_dirty = after;
		else
			before->next_changed = after;
		if (queue->last == run)
			queue->last = before;
		queue->count--;
		return;
	}
}

void
held_mark_changed(struct held *run)
{
	if (run->changed)
		return;
	run->changed = true;
	push(&run->executor->changed, run, false);
}

void
held_mark_dirty(struct held *run)
{
	/* One that is in the flush under way, or was just skipped, joins the queue again when that is known to be over.
	 */
	if (run->dirty || run->in_flush || run->retry.place)
		return;
	run->dirty = true;
	push(&run->executor->dirty, run, true);
}

/* ---- journals ---- */

struct arena *
journal_arena(struct held *run)
{
	if (!run->filling.arena)
		run->filling.arena = pool_take(&run->executor->pool);
	return run->filling.arena;
}

struct change *
journal_add(struct held *run, enum change_kind kind)
{
	struct journal *journal = &run->filling;
	struct change *change = arena_new_of(journal_arena(run), struct change);
	change->kind = kind;
	*(journal->last ? &journal->last->next : &journal->first) = change;
	journal->last = change;
	journal->count++;
	held_mark_dirty(run);
	return change;
}

void
journal_event(struct held *run, const char *type, struct str path, int attempt, struct str data)
{
	struct change *change = journal_add(run, CHANGE_EVENT);
	change->path = path;
	change->attempt = attempt;
	change->event.seq = ++run->seq;
	change->event.type = type;
	change->event.data = data;
}

void
journal_large(struct held *run, struct str text)
{
	if (text.n > OUTPUT_INLINE_MAX)
		run->filling.large += text.n;
}

bool
journal_has(const struct journal *journal, enum change_kind kind)
{
	const struct change *c = journal->first;
	while (c && c->kind != kind)
		c = c->next;
	return c != NULL;
}

void
journal_give_back(struct held *run, struct journal *journal)
{
	pool_give(&run->executor->pool, journal->arena);
	*journal = (struct journal){.number = journal->number};
}

/* What the run has come to with these changes, when summing it up would take whoever looks too long: 0003_run.sql. */
static void
add_totals(struct held *run)
{
	bool going_on = run->state == HELD_ACTIVE || run->state == HELD_RELEASING;
	if (run->seq <= TOTALS_FROM || !going_on || !run->plan.definition)
		return;
	struct change *change = journal_add(run, CHANGE_TOTALS);
	change->totals.steps_done = advance_steps_done(run);
	change->totals.tokens_in = run->tokens_in;
	change->totals.tokens_out = run->tokens_out;
	change->totals.cost_nano = (struct maybe_int){!run->cost_unknown, run->cost_nano};
}

/* One that was skipped goes again as it was: what has come since may be more than a flush takes, and waits. */
struct journal *
journal_to_send(struct held *run)
{
	if (run->sent.first)
		return &run->sent;
	if (!run->filling.first)
		return NULL;
	add_totals(run);
	uint64_t number = run->filling.number;
	journal_give_back(run, &run->sent);
	run->sent = run->filling;
	run->filling = (struct journal){.number = number + 1};
	for (const struct change *c = run->sent.first; c; c = c->next)
		run->sent.bytes += change_bytes(c);
	parts_begin(run->sent.first, &run->sent.parts);
	return &run->sent;
}

/* ---- letting go ---- */

void
held_free(struct held *run)
{
	struct executor *ex = run->executor;
	while (run->attempts)
		attempt_abort(run->attempts, NULL);
	timer_clear(&ex->timers, &run->retry);
	timer_clear(&ex->timers, &run->wake);
	if (run->dirty)
		queue_remove(&ex->dirty, run, true);
	if (run->changed)
		queue_remove(&ex->changed, run, false);
	struct held **at = bucket(ex, run->id);
	while (*at != run)
		at = &(*at)->in_bucket;
	*at = run->in_bucket;
	*(run->previous ? &run->previous->next : &ex->first_held) = run->next;
	if (run->next)
		run->next->previous = run->previous;
	ex->held_count--;
	ex->loading_count -= run->state == HELD_LOADING;
	ex->rests_wanting -= rest_missing(run);
	memory_forget(run);
	large_release(run);
	gather_release(run);
	evaluate_let_go(run);
	replay_let_go(run);
	cache_let_go(run);
	quota_drop(run);
	space_done(run);
	env_done(run);
	definitions_done(&ex->definitions, run->definition);
	journal_give_back(run, &run->filling);
	journal_give_back(run, &run->sent);
	frames_release(run);
	attempt_bury(ex); /* their memory must not outlive the run they point to */
	pool_give(&ex->pool, run->arena);
}

void
held_drop_all(struct executor *ex)
{
	ex->dirty = ex->changed = (struct held_queue){0};
	for (struct held *r = ex->first_held; r; r = r->next)
		r->dirty = r->changed = false;
	while (ex->first_held)
		held_free(ex->first_held);
}
