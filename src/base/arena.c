/*
 * Arenas are lists of blocks, newest first. A block twice the size of the one before is taken when the newest is full;
 * what does not fit a quarter of the largest block gets one of its own, behind the newest, so that the room left is not
 * lost.
 */
#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK_FIRST ((size_t)8 << 10)
#define BLOCK_LAST ((size_t)1 << 20)
#define ALIGNMENT alignof(max_align_t)

struct block {
	struct block *next;
	size_t room;
	size_t used;
	alignas(max_align_t) char bytes[];
};

struct cleanup {
	struct cleanup *next;
	void (*run)(void *);
	void *object;
};

struct arena {
	struct block *blocks; /* the first is the one that is filled */
	struct cleanup *cleanups;
	size_t used;
	bool secret;
};

_Noreturn void
out_of_memory(void)
{
	static const char text[] = "{\"level\":\"error\",\"what\":\"out of memory\"}\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
	(void)ignored;
	abort();
}

static struct block *
block_new(size_t room)
{
	struct block *block = malloc(sizeof *block + room);
	if (!block)
		out_of_memory();
	memory_taken(sizeof *block + room);
	block->next = NULL;
	block->room = room;
	block->used = 0;
	return block;
}

struct arena *
arena_new(void)
{
	struct arena *arena = calloc(1, sizeof *arena);
	if (!arena)
		out_of_memory();
	arena->blocks = block_new(BLOCK_FIRST);
	return arena;
}

static void
run_cleanups(struct arena *arena)
{
	/* A clean-up may defer another one: taken off the list before it runs. */
	while (arena->cleanups) {
		struct cleanup *cleanup = arena->cleanups;
		arena->cleanups = cleanup->next;
		cleanup->run(cleanup->object);
	}
}

void
arena_wipe(struct arena *arena)
{
	arena->secret = true;
}

static void
free_blocks(struct block *block, bool secret)
{
	while (block) {
		struct block *next = block->next;
		if (secret)
			explicit_bzero(block->bytes, block->used);
		memory_given(sizeof *block + block->room);
		free(block);
		block = next;
	}
}

void
arena_free(struct arena *arena)
{
	if (!arena)
		return;
	run_cleanups(arena);
	free_blocks(arena->blocks, arena->secret);
	free(arena);
}

void
arena_reset(struct arena *arena)
{
	run_cleanups(arena);
	free_blocks(arena->blocks->next, arena->secret);
	if (arena->secret)
		explicit_bzero(arena->blocks->bytes, arena->blocks->used);
	arena->secret = false;
	arena->blocks->next = NULL;
	arena->blocks->used = 0;
	arena->used = 0;
}

static void *
take(struct block *block, size_t size)
{
	void *p = block->bytes + block->used;
	block->used += size;
	return p;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		out_of_memory();
	size_t rounded = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	struct block *newest = arena->blocks;
	void *p;
	if (rounded <= newest->room - newest->used) {
		p = take(newest, rounded);
	} else if (rounded > BLOCK_LAST / 4) {
		struct block *own = block_new(rounded);
		own->next = newest->next;
		newest->next = own;
		p = take(own, rounded);
	} else {
		size_t room = newest->room < BLOCK_LAST ? newest->room * 2 : BLOCK_LAST;
		while (room < rounded)
			room *= 2;
		struct block *fresh = block_new(room);
		fresh->next = newest;
		arena->blocks = fresh;
		p = take(fresh, rounded);
	}
	arena->used += rounded;
	memset(p, 0, rounded);
	return p;
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t product;
	if (__builtin_mul_overflow(count, size, &product))
		out_of_memory();
	return arena_alloc(arena, product);
}

char *
arena_strz(struct arena *arena, struct str s)
{
	char *copy = arena_alloc(arena, s.n + 1);
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *z)
{
	return arena_strz(arena, str_of(z));
}

struct str
arena_str(struct arena *arena, struct str s)
{
	return (struct str){arena_strz(arena, s), s.n};
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		out_of_memory();
	char *text = arena_alloc(arena, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text;
}

void
arena_defer(struct arena *arena, void (*cleanup)(void *), void *object)
{
	struct cleanup *entry = arena_new_of(arena, struct cleanup);
	entry->run = cleanup;
	entry->object = object;
	entry->next = arena->cleanups;
	arena->cleanups = entry;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->used;
}
