/*
 * Arenas: everything in Stepmill that is allocated belongs to one of three lifetimes, and is released with it.
 *
 *   process    from start to exit: configuration, the route table, compiled schemas
 *   request    one HTTP request, or one attempt of a step
 *   tick       one turn of an event loop
 *
 * The arena is passed explicitly. Nobody frees a single allocation; things that are not memory (PGresult, descriptors,
 * curl handles) hang on the arena as clean-ups, run in reverse order by arena_reset and arena_free.
 *
 * Running out of memory ends the process: every process of Stepmill may die at any instant, and an allocation that can
 * fail would be a second, untested way of doing so. What a stranger can make large is bounded before it is read.
 *
 *	struct arena *a = arena_new();
 *	char *name = arena_printf(a, "run %s", id);
 *	arena_defer(a, close_descriptor, &fd);
 *	arena_free(a);
 */
#ifndef STEPMILL_BASE_ARENA_H
#define STEPMILL_BASE_ARENA_H

#include "base/str.h"

#include <stdarg.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);  /* NULL is fine */
void arena_reset(struct arena *arena); /* runs the clean-ups, keeps the newest block */
/* What is in it, and comes into it until it is reset, is a secret: its memory is overwritten before it goes. */
void arena_wipe(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);		   /* zeroed, aligned for any type */
void *arena_array(struct arena *arena, size_t count, size_t size); /* the product is checked */
#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

char *arena_strdup(struct arena *arena, const char *z);
char *arena_strz(struct arena *arena, struct str s);	 /* a copy that ends in NUL */
struct str arena_str(struct arena *arena, struct str s); /* a copy; also ends in NUL */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

void arena_defer(struct arena *arena, void (*cleanup)(void *), void *object);

size_t arena_used(const struct arena *arena); /* bytes handed out since the last reset */

_Noreturn void out_of_memory(void); /* says so on standard error and aborts */

#endif
