/* Iterations of loops; see frame.h. */
#include "flow/frame.h"

#include <string.h>

#define ROOM_LEAST 16

/* Numbers that belong together: an iteration's, or nobody's at the moment. */
struct block {
	struct block *next;
	unsigned base, size;
};

/* ---- looking ---- */

bool
frame_is_iteration(const struct run_state *state, unsigned step)
{
	const struct frame *f = frame_of(state, step);
	return f && f->base == step;
}

unsigned
frame_end(const struct run_state *state, unsigned step)
{
	const struct step_def *def = plan_def(state, step);
	return step + (def->end - def->index);
}

unsigned
frame_beside(const struct run_state *state, unsigned step, unsigned index)
{
	return step + index - plan_def(state, step)->index;
}

unsigned
frame_parent(const struct run_state *state, unsigned step)
{
	const struct frame *f = frame_of(state, step);
	if (f && f->base == step)
		return f->step;
	unsigned parent = plan_def(state, step)->parent;
	return parent == NO_STEP ? NO_STEP : frame_beside(state, step, parent);
}

unsigned
frame_named(const struct run_state *state, unsigned step, unsigned index)
{
	const struct frame *f = frame_of(state, step);
	while (f && index <= f->loop->index)
		f = f->around;
	return f ? f->base + (index - f->loop->index) : index;
}

bool
frame_find(const struct run_state *state, struct str path, unsigned *ret_step)
{
	for (unsigned i = 0; i < frame_slots(state); i++)
		if (frame_has(state, i) && str_eq(plan_path(state, i), path)) {
			*ret_step = i;
			return true;
		}
	return false;
}

bool
frame_path(struct str path, struct str *ret_loop, unsigned *ret_index)
{
	size_t at = path.n;
	unsigned long long index;
	while (at > 0 && path.p[at - 1] != '[')
		at--;
	if (at < 2 || path.n < at + 2 || path.p[path.n - 1] != ']' ||
		!str_to_u64((struct str){path.p + at, path.n - at - 1}, UINT32_MAX - 1, &index))
		return false;
	*ret_loop = (struct str){path.p, at - 1};
	*ret_index = (unsigned)index;
	return true;
}

/* ---- room ---- */

static void
make_room(struct arena *arena, struct run_state *state, unsigned slots)
{
	unsigned steps = state->definition->step_count, had = frame_slots(state);
	if (slots > state->room) {
		unsigned room = state->room > 0 ? state->room * 2 : steps + ROOM_LEAST;
		room = room > slots ? room : slots;
		struct step_state *states = arena_array(arena, room, sizeof *states);
		struct frame **frames = arena_array(arena, room - steps + 1, sizeof(struct frame *));
		memcpy(states, state->steps, had * sizeof *states);
		if (had > steps)
			memcpy(frames, state->frame_of, (had - steps) * sizeof(struct frame *));
		state->steps = states;
		state->frame_of = frames;
		state->room = room;
	}
	state->slots = slots;
}

static struct block *
take_block(struct arena *arena, struct run_state *state, unsigned size)
{
	for (struct block **at = &state->spare; *at; at = &(*at)->next)
		if ((*at)->size == size) {
			struct block *found = *at;
			*at = found->next;
			return found;
		}
	struct block *block = arena_new_of(arena, struct block);
	block->size = size;
	block->base = frame_slots(state);
	make_room(arena, state, block->base + size);
	return block;
}

/* ---- coming and going ---- */

/* each[3], each[3]/send: what follows the loop's own path is the same in the definition. */
static struct str *
make_paths(struct arena *arena, const struct run_state *state, const struct frame *f, unsigned size)
{
	struct str loop = plan_path(state, f->step), *paths = arena_array(arena, size, sizeof *paths);
	for (unsigned i = 0; i < size; i++) {
		struct str path = f->loop[i].path;
		size_t known = f->loop->path.n;
		paths[i] = str_of(arena_printf(
			arena, "%.*s[%u]%.*s", STR_ARG(loop), f->index, (int)(path.n - known), path.p + known));
	}
	return paths;
}

struct frame *
frame_open(struct arena *arena, struct arena *run, struct run_state *state, unsigned loop, unsigned index)
{
	const struct step_def *def = plan_def(state, loop);
	unsigned size = def->end - def->index, steps = state->definition->step_count;
	struct frame **at = &state->steps[loop].loop.frames;
	for (; *at; at = &(*at)->next)
		if ((*at)->index == index)
			return *at;
	struct frame *f = arena_new_of(arena, struct frame);
	int before = state->steps[loop].loop.before;
	f->arena = arena;
	f->around = frame_of(state, loop);
	f->loop = def;
	f->step = loop;
	f->index = index;
	f->paths = make_paths(arena, state, f, size);
	*at = f; /* before the array it may be in is made anew */
	f->block = take_block(run, state, size);
	f->base = f->block->base;
	for (unsigned i = 0; i < size; i++) {
		state->steps[f->base + i] =
			(struct step_state){.attempt = before, .before = before, .loop = {.before = before}};
		state->frame_of[f->base + i - steps] = f;
	}
	return f;
}

void
frame_close(struct run_state *state, struct frame *frame)
{
	struct frame **at = &state->steps[frame->step].loop.frames;
	while (*at != frame)
		at = &(*at)->next;
	*at = frame->next;
	for (unsigned i = 0; i < frame->block->size; i++)
		state->frame_of[frame->base + i - state->definition->step_count] = NULL;
}

void
frame_free(struct run_state *state, struct frame *frame)
{
	frame->block->next = state->spare;
	state->spare = frame->block;
}

/* A failure stops a loop that fails fast; of others the end tells, when what became of all is gathered. */
struct frame *
frame_unneeded(const struct run_state *state, unsigned loop)
{
	const struct step_def *def = plan_def(state, loop);
	const struct loop_state *l = &state->steps[loop].loop;
	bool over = step_ended(state->steps[loop].status);
	for (struct frame *f = l->frames; f; f = f->next) {
		enum step_status status = state->steps[f->base].status;
		bool last = def->at_once == 1 && f->index + 2 >= l->begun,
		     stops = def->fail_fast && status == STEP_FAILED;
		if (over ? status != STEP_RUNNING : step_ended(status) && !last && !stops)
			return f;
	}
	return NULL;
}

void
frame_items(struct run_state *state, unsigned loop, const struct json *items)
{
	struct loop_state *l = &state->steps[loop].loop;
	unsigned index = 0;
	l->items = items;
	l->items_away = false;
	l->next = NULL;
	if (plan_def(state, loop)->part == PART_AGENT)
		return; /* what it is given, not a list */
	json_each (item, items) {
		for (struct frame *f = l->frames; f; f = f->next)
			if (f->index == index)
				f->item = item;
		if (index++ == l->begun)
			l->next = item;
	}
}
