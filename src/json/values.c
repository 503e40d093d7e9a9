/*
 * Sets of values, for `enum` and `uniqueItems`: by a hash that is the same for equal values (1 and 1.0, members in any
 * order) and has the secret of the process, so that a stranger's list costs no more than any other.
 */
#include "json/schema_internal.h"

#include <stdlib.h>

static uint64_t
mix(uint64_t a, uint64_t b)
{
	uint64_t pair[2] = {a, b};
	return name_hash(pair, sizeof pair);
}

/* The digits that count, without the point, and where it stands. */
static uint64_t
hash_number(struct str text)
{
	struct number number;
	if (!number_read(text, &number))
		return name_hash(text.p, text.n);
	uint64_t hash = mix((uint64_t)number.exponent, number.negative), word = 0;
	size_t n = 0;
	for (size_t i = 0; i < number.span.n; i++) {
		if (number.span.p[i] == '.')
			continue;
		word = word << 8 | (unsigned char)number.span.p[i];
		if (++n % 8 == 0)
			hash = mix(hash, word);
	}
	return n % 8 ? mix(hash, word) : hash;
}

static uint64_t
hash_leaf(const struct json *value)
{
	if (value->type == JSON_NUMBER)
		return mix(JSON_NUMBER, hash_number(value->text));
	if (value->type == JSON_STRING)
		return mix(JSON_STRING, name_hash(value->text.p, value->text.n));
	return mix(value->type, value->count);
}

/* What is deeper counts as equal here; the reader allows no more. */
#define DEPTH_MOST 160

struct level {
	const struct json *parent, *next;
	uint64_t hash;
	uint64_t index;
};

/* A child's part in its parent's hash: with its key, whatever the order; with its place, in a list. */
static uint64_t
part(const struct level *level, const struct json *child, uint64_t hash)
{
	if (level->parent->type == JSON_OBJECT)
		return mix(name_hash(child->key.p, child->key.n), hash);
	return mix(level->index, hash);
}

static uint64_t
hash_value(const struct json *value)
{
	if (!value->child)
		return hash_leaf(value);
	struct level levels[DEPTH_MOST];
	int depth = 0;
	levels[0] = (struct level){value, value->child, hash_leaf(value), 0};
	for (;;) {
		struct level *level = &levels[depth];
		const struct json *child = level->next;
		if (!child) {
			if (depth == 0)
				return level->hash;
			depth--;
			levels[depth].hash += part(&levels[depth], level->parent, level->hash);
			levels[depth].index++;
			continue;
		}
		level->next = child->next;
		if (child->child && depth + 1 < DEPTH_MOST) {
			levels[++depth] = (struct level){child, child->child, hash_leaf(child), 0};
			continue;
		}
		level->hash += part(level, child, hash_leaf(child));
		level->index++;
	}
}

/* ---- a table of them ---- */

struct entry {
	uint64_t hash;
	const struct json *value;
	uint32_t index;
};

struct values {
	struct entry *entries;
	uint32_t mask;
};

/* Where it stands, or the empty entry where it would. */
static struct entry *
find(struct entry *entries, uint32_t mask, uint64_t hash, const struct json *value)
{
	uint32_t at = (uint32_t)hash & mask;
	while (entries[at].value && (entries[at].hash != hash || !json_equal(entries[at].value, value)))
		at = (at + 1) & mask;
	return &entries[at];
}

static uint32_t
mask_for(uint32_t count)
{
	uint32_t size = 4;
	while (size < UINT32_MAX / 4 && size < count + count / 2 + 1)
		size *= 2;
	return size - 1;
}

struct values *
values_of(struct arena *arena, const struct json *list)
{
	struct values *values = arena_new_of(arena, struct values);
	values->mask = mask_for(list->count);
	values->entries = arena_array(arena, (size_t)values->mask + 1, sizeof *values->entries);
	json_each (item, list) {
		uint64_t hash = hash_value(item);
		struct entry *entry = find(values->entries, values->mask, hash, item);
		*entry = (struct entry){hash, item, 0};
	}
	return values;
}

bool
values_have(const struct values *values, const struct json *value)
{
	return find(values->entries, values->mask, hash_value(value), value)->value != NULL;
}

/* ---- equal items ---- */

#define FEW 8
#define INLINE 128

static bool
twice_among_few(const struct json *list, uint32_t *ret_first, uint32_t *ret_second)
{
	uint32_t second = 0;
	for (const struct json *b = list->child; b; b = b->next, second++) {
		uint32_t first = 0;
		for (const struct json *a = list->child; a != b; a = a->next, first++)
			if (a->type == b->type && json_equal(a, b)) {
				*ret_first = first;
				*ret_second = second;
				return true;
			}
	}
	return false;
}

bool
values_twice(const struct json *list, uint32_t *ret_first, uint32_t *ret_second)
{
	if (list->count <= FEW)
		return twice_among_few(list, ret_first, ret_second);
	struct entry few[INLINE], *entries = few;
	uint32_t mask = mask_for(list->count), index = 0;
	if (mask < INLINE)
		memset(few, 0, sizeof few);
	else
		entries = calloc((size_t)mask + 1, sizeof *entries);
	if (!entries)
		out_of_memory();
	bool twice = false;
	for (const struct json *item = list->child; item && !twice; item = item->next, index++) {
		uint64_t hash = hash_value(item);
		struct entry *entry = find(entries, mask, hash, item);
		twice = entry->value != NULL;
		if (twice) {
			*ret_first = entry->index;
			*ret_second = index;
		} else {
			*entry = (struct entry){hash, item, index};
		}
	}
	if (entries != few)
		free(entries);
	return twice;
}
