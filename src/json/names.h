/*
 * A table of names, each with something it stands for: in the order they were added, found by hash. The hash has a secret
 * of the process, so that nobody can choose names that all meet in one place.
 *
 *	struct names names = {0};
 *	names_add(&names, arena, STR("title"), schema);
 *	struct schema *found = names_get(&names, member->key);
 *
 * Walking over members that stand in the order of the table is cheaper still: names_next looks at the name after the last
 * one found before it hashes anything.
 */
#ifndef STEPMILL_JSON_NAMES_H
#define STEPMILL_JSON_NAMES_H

#include "base/arena.h"

#include <stdint.h>

struct name {
	struct str text;
	uint64_t hash;
	void *value;
};

struct names {
	struct name *list;
	uint32_t count, room;
	uint32_t *slots; /* 1 + position in the list; NULL while there are few */
	uint32_t mask;
};

/* The text is not copied. A name that is there already keeps its value: false. */
bool names_add(struct names *names, struct arena *arena, struct str text, void *value);

const struct name *names_find(const struct names *names, struct str text);
void *names_get(const struct names *names, struct str text); /* NULL when it is not there */

/* Looks first at position *at, where it leaves the position after what it found. */
const struct name *names_next(const struct names *names, struct str text, uint32_t *at);

/* names_nearest.c: the name that differs by a letter or two; NULL when none does. */
const struct name *names_nearest(const struct names *names, struct str text);

uint64_t name_hash(const void *bytes, size_t n);

#endif
