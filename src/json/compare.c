/*
 * Comparing trees, and finding equal keys. Both sort, because sorting has no bad input: a hash would need a secret, and
 * comparing each with each is quadratic.
 */
#include "json/json.h"

#include "json/number.h"

#include <stdlib.h>

static int
str_order(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int difference = n > 0 ? memcmp(a.p, b.p, n) : 0;
	if (difference != 0)
		return difference;
	return a.n < b.n ? -1 : a.n > b.n;
}

static int
by_key(const void *a, const void *b)
{
	const struct json *const *left = a, *const *right = b;
	return str_order((*left)->key, (*right)->key);
}

static void *
take(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);
	if (!p)
		out_of_memory();
	return p;
}

static const struct json **
members_by_key(const struct json *object)
{
	const struct json **members = take(object->count, sizeof *members);
	size_t n = 0;
	json_each (member, object)
		members[n++] = member;
	qsort(members, n, sizeof *members, by_key);
	return members;
}

/* Objects of a few members are the common case: compared each with each, without memory. */
#define FEW 8

static const struct json *
duplicate_among_few(const struct json *object)
{
	json_each (later, object)
		for (const struct json *earlier = object->child; earlier != later; earlier = earlier->next)
			if (str_eq(earlier->key, later->key))
				return later;
	return NULL;
}

static bool
stands_after(const struct json *a, const struct json *b)
{
	return a->line > b->line || (a->line == b->line && a->column > b->column);
}

const struct json *
json_duplicate_key(const struct json *object)
{
	if (object->count <= FEW)
		return duplicate_among_few(object);
	const struct json **members = members_by_key(object);
	const struct json *found = NULL;
	for (uint32_t i = 1; i < object->count; i++) {
		if (!str_eq(members[i - 1]->key, members[i]->key))
			continue;
		const struct json *later = stands_after(members[i], members[i - 1]) ? members[i] : members[i - 1];
		if (!found || stands_after(found, later))
			found = later; /* the first that a reader of the text meets */
	}
	free(members);
	return found;
}

/* ---- order of trees ---- */

struct pair {
	const struct json *a, *b;
};

#define PAIRS_INLINE 32

struct pairs {
	struct pair *at; /* `few`, until there are more */
	size_t n, room;
	struct pair few[PAIRS_INLINE];
};

static void
push(struct pairs *pairs, const struct json *a, const struct json *b)
{
	if (pairs->n == pairs->room) {
		struct pair *more = realloc(pairs->at == pairs->few ? NULL : pairs->at, pairs->room * 2 * sizeof *more);
		if (!more)
			out_of_memory();
		if (pairs->at == pairs->few)
			memcpy(more, pairs->few, sizeof pairs->few);
		pairs->at = more;
		pairs->room *= 2;
	}
	pairs->at[pairs->n++] = (struct pair){a, b};
}

/* Pairs are taken from the end: what was pushed is turned round, so that the first children are compared first. */
static void
reverse_from(struct pairs *pairs, size_t from)
{
	for (size_t i = from, j = pairs->n; i + 1 < j; i++) {
		j--;
		struct pair kept = pairs->at[i];
		pairs->at[i] = pairs->at[j];
		pairs->at[j] = kept;
	}
}

static int
push_members(struct pairs *pairs, const struct json *a, const struct json *b)
{
	const struct json **left = members_by_key(a), **right = members_by_key(b);
	int order = 0;
	for (uint32_t i = 0; i < a->count && order == 0; i++)
		order = str_order(left[i]->key, right[i]->key);
	for (uint32_t i = a->count; i > 0 && order == 0; i--)
		push(pairs, left[i - 1], right[i - 1]);
	free(left);
	free(right);
	return order;
}

static void
push_items(struct pairs *pairs, const struct json *a, const struct json *b)
{
	size_t from = pairs->n;
	for (const struct json *x = a->child, *y = b->child; x && y; x = x->next, y = y->next)
		push(pairs, x, y);
	reverse_from(pairs, from);
}

static int
number_text_order(struct str a, struct str b)
{
	struct number x, y;
	if (str_eq(a, b))
		return 0;
	if (!number_read(a, &x) || !number_read(b, &y))
		return str_order(a, b);
	return number_order(&x, &y);
}

/* One node against another; their children are pushed to be compared later. */
static int
node_order(struct pairs *pairs, const struct json *a, const struct json *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type == JSON_STRING)
		return str_order(a->text, b->text);
	if (a->type == JSON_NUMBER)
		return number_text_order(a->text, b->text);
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	if (a->type == JSON_OBJECT)
		return push_members(pairs, a, b);
	push_items(pairs, a, b);
	return 0;
}

int
json_order(const struct json *a, const struct json *b)
{
	struct pairs pairs;
	pairs.at = pairs.few;
	pairs.n = 0;
	pairs.room = PAIRS_INLINE;
	int order = node_order(&pairs, a, b);
	while (order == 0 && pairs.n > 0) {
		struct pair pair = pairs.at[--pairs.n];
		order = node_order(&pairs, pair.a, pair.b);
	}
	if (pairs.at != pairs.few)
		free(pairs.at);
	return order;
}

bool
json_equal(const struct json *a, const struct json *b)
{
	return json_order(a, b) == 0;
}
