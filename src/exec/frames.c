/*
 * Iterations of loops: each has a frame (flow/frame.h) with an arena of its own, from its start until its end is committed. Their
 * numbers are given to others only then, because what is in a journal speaks of steps by their numbers.
 */
#include "exec/executor.h"

#include "json/writer.h"

struct closed_frame {
	struct closed_frame *next;
	struct frame *frame;
	uint64_t journal; /* that has its end */
};

/* ---- room ---- */

static void *
larger(struct held *run, const void *had, size_t size)
{
	void *array = arena_array(run->arena, run->plan.room, size);
	memcpy(array, had, run->room * size);
	return array;
}

static void
make_room(struct held *run)
{
	if (run->plan.room <= run->room)
		return;
	run->recorded = larger(run, run->recorded, sizeof *run->recorded);
	run->large = larger(run, run->large, sizeof *run->large);
	if (run->repeats)
		run->repeats = larger(run, run->repeats, sizeof *run->repeats);
	run->room = run->plan.room;
}

struct frame *
frames_open(struct held *run, unsigned loop, unsigned index)
{
	for (struct frame *f = run->plan.steps[loop].loop.frames; f; f = f->next)
		if (f->index == index)
			return f;
	struct frame *f = frame_open(pool_take(&run->executor->pool), run->arena, &run->plan, loop, index);
	make_room(run);
	for (unsigned i = f->base; i < frame_end(&run->plan, f->base); i++) {
		run->recorded[i] = RECORDED_NOTHING;
		run->large[i] = (struct large_output){0};
		if (run->repeats)
			run->repeats[i] = (struct repeat){0};
	}
	return f;
}

struct arena *
frames_arena(struct held *run, unsigned step)
{
	const struct frame *f = frame_of(&run->plan, step);
	return f ? f->arena : run->arena;
}

/* ---- what they go through ---- */

void
frames_items(struct held *run, unsigned loop, const struct json *items)
{
	struct large_output *large = &run->large[loop];
	if (!items)
		return;
	large->items = pool_take(&run->executor->pool);
	env_comes_into(run, large->items);
	frame_items(&run->plan, loop, json_copy(large->items, items));
}

/* As it was recorded; what was hidden in what an agent is given is put back. */
void
frames_items_again(struct held *run, unsigned loop, const struct json *recorded)
{
	const struct json *items = recorded;
	struct repeat *repeat = run->repeats ? &run->repeats[loop] : NULL;
	if (repeat && repeat->sealed.n > 0 &&
		!env_input_again(run, loop, recorded, repeat->sealed, &items, &repeat->error)) {
		repeat->wanted = true; /* the agent fails of it */
		held_mark_changed(run);
		return;
	}
	frames_items(run, loop, items);
}

void
frames_items_go(struct held *run, unsigned loop)
{
	pool_give(&run->executor->pool, run->large[loop].items);
	run->large[loop].items = NULL;
	run->plan.steps[loop].loop.items = run->plan.steps[loop].loop.next = NULL;
}

/* ---- letting go ---- */

static void
close_frame(struct held *run, struct frame *f)
{
	unsigned end = frame_end(&run->plan, f->base);
	for (unsigned i = f->base; i < end; i++) {
		evaluate_forget(run, i);
		cache_forget(run, i);
		large_forget(run, i);
		gather_forget(run, i);
		frames_items_go(run, i);
	}
	frame_close(&run->plan, f);
	struct closed_frame *closed = arena_new_of(f->arena, struct closed_frame);
	*closed = (struct closed_frame){run->closed_frames, f, run->filling.number};
	run->closed_frames = closed;
}

/* A frame that was opened in a block below is looked at after that one's loop: what is in it goes first. */
void
frames_sweep(struct held *run)
{
	for (unsigned i = frame_slots(&run->plan); run->plan.slots > 0 && i-- > 0;) {
		struct frame *f;
		if (!frame_has(&run->plan, i) || !run->plan.steps[i].loop.frames)
			continue;
		while ((f = frame_unneeded(&run->plan, i)))
			close_frame(run, f);
	}
}

static void
give_frame(struct held *run, struct closed_frame **at)
{
	struct frame *f = (*at)->frame;
	*at = (*at)->next;
	frame_free(&run->plan, f);
	pool_give(&run->executor->pool, f->arena);
}

void
frames_committed(struct held *run, uint64_t journal)
{
	for (struct closed_frame **at = &run->closed_frames; *at;)
		if ((*at)->journal <= journal)
			give_frame(run, at);
		else
			at = &(*at)->next;
}

static void
release_frames(struct held *run, unsigned loop)
{
	struct pool *pool = &run->executor->pool;
	for (struct frame *f = run->plan.steps[loop].loop.frames, *next; f; f = next) {
		next = f->next;
		for (unsigned i = f->base; i < f->base + (f->loop->end - f->loop->index); i++) {
			release_frames(run, i);
			pool_give(pool, run->large[i].items);
		}
		pool_give(pool, f->arena);
	}
}

void
frames_release(struct held *run)
{
	struct pool *pool = &run->executor->pool;
	for (unsigned i = 0; run->large && i < run->plan.definition->step_count; i++) {
		release_frames(run, i);
		pool_give(pool, run->large[i].items);
	}
	while (run->closed_frames) {
		struct frame *f = run->closed_frames->frame;
		run->closed_frames = run->closed_frames->next;
		pool_give(pool, f->arena);
	}
}
