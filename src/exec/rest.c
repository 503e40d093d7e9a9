/*
 * What a claim leaves out of runs that have too much of it, so that no batch takes long: the state of a run of many events, requests
 * that were kept for later when there are many, and what a fork takes over when that is large. Read, or copied, afterwards for one run a
 * batch, in pages; until then the run loads.
 */
#include "exec/executor.h"

#include "base/log.h"

bool
rest_missing(const struct held *run)
{
	return run->copying || !run->whole || run->kept_more;
}

/* It has no steps then, and plan() will begin none. */
void
rest_give_up_copy(struct held *run)
{
	run->copying = false;
	run->whole = true;
	run->executor->rests_wanting -= !rest_missing(run);
}

/* One for which there is memory. */
static struct held *
wanting(const struct executor *ex)
{
	struct held *run = ex->rests_wanting > 0 ? ex->first_held : NULL;
	while (run && (run->state != HELD_LOADING || !rest_missing(run) || !memory_grant(run, REST_MAX)))
		run = run->next;
	return run;
}

bool
rest_wanted(const struct executor *ex)
{
	return wanting(ex) != NULL;
}

void
rest_add(struct executor *ex)
{
	struct rest *rest = &ex->work.rest;
	struct held *run = wanting(ex);
	if (!run)
		return;
	rest->workspace = run->workspace;
	rest->run = run->id;
	rest->epoch = run->epoch;
	if (run->copying)
		rest->copy = copy_add(ex->work.batch, ex->incarnation, run->workspace, run->id, COPY_PARTS);
	else if (run->whole)
		rest->kept = kept_add(ex->work.batch, run->workspace, run->id, run->kept_after);
	else
		rest->state = state_add(ex->work.batch, run->workspace, run->id);
}

static void
take_state(struct held *run)
{
	struct executor *ex = run->executor;
	struct str steps, spent;
	state_row(ex->work.batch, ex->work.rest.state, &steps, &spent);
	if (spent.n == 0 || run->loaded_spent.n == 0)
		return; /* asked for again */
	run->loaded_steps = arena_str(run->arena, steps);
	/* One object of the two: sums over the attempts, and what the claim knew. */
	run->loaded_spent = str_of(arena_printf(run->arena, "%.*s,%.*s", (int)spent.n - 1, spent.p,
		(int)run->loaded_spent.n - 1, run->loaded_spent.p + 1));
	run->whole = true;
}

static void
take_kept(struct held *run)
{
	struct executor *ex = run->executor;
	struct request r;
	run->kept_more = false;
	for (int i = 0; inbox_row(ex->work.batch, ex->work.rest.kept, i, &r); i++) {
		struct loaded_request *loaded = arena_new_of(run->arena, struct loaded_request);
		r.kind = arena_str(run->arena, r.kind);
		r.by = arena_str(run->arena, r.by);
		r.data = arena_str(run->arena, r.data);
		r.kept = true;
		loaded->request = r;
		*(run->kept_last ? &run->kept_last->next : &run->kept_first) = loaded;
		run->kept_last = loaded;
		run->kept_after = r.id;
		run->kept_more = r.more;
	}
}

/* A run that was lost meanwhile, and perhaps claimed again, asks for itself. */
void
rest_take(struct executor *ex)
{
	const struct rest *rest = &ex->work.rest;
	if (rest->copy < 0 && rest->state < 0 && rest->kept < 0)
		return;
	struct held *run = held_find(ex, rest->workspace, rest->run);
	if (!run || run->epoch != rest->epoch || run->state != HELD_LOADING)
		return;
	if (rest->copy >= 0 && run->copying)
		run->copying = !copy_done(ex->work.batch, rest->copy);
	else if (rest->copy >= 0)
		return; /* given up meanwhile */
	else if (rest->state >= 0)
		take_state(run);
	else
		take_kept(run);
	ex->rests_wanting -= !rest_missing(run);
}
