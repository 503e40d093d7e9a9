/* Looking into trees and building them. */
#include "json/json.h"

#include "json/number.h"
#include "json/writer.h"

#include <inttypes.h>
#include <stdlib.h>

#define WEIGHED_LEVELS 132 /* no document is deeper than 128 */

/* ---- looking ---- */

const struct json *
json_get_by(const struct json *object, struct str key)
{
	if (!object || object->type != JSON_OBJECT)
		return NULL;
	json_each (member, object)
		if (str_eq(member->key, key))
			return member;
	return NULL;
}

const struct json *
json_get(const struct json *object, const char *key)
{
	return json_get_by(object, str_of(key));
}

const struct json *
json_at(const struct json *array, uint32_t index)
{
	if (!array || array->type != JSON_ARRAY || index >= array->count)
		return NULL;
	const struct json *item = array->child;
	while (index-- > 0)
		item = item->next;
	return item;
}

bool
json_get_str(const struct json *object, const char *key, struct str *ret_text)
{
	const struct json *value = json_get(object, key);
	if (!value || value->type != JSON_STRING)
		return false;
	*ret_text = value->text;
	return true;
}

bool
json_get_int(const struct json *object, const char *key, int64_t *ret_value)
{
	return json_to_int(json_get(object, key), ret_value);
}

bool
json_get_double(const struct json *object, const char *key, double *ret_value)
{
	return json_to_double(json_get(object, key), ret_value);
}

bool
json_get_bool(const struct json *object, const char *key, bool *ret_value)
{
	const struct json *value = json_get(object, key);
	if (!value || (value->type != JSON_TRUE && value->type != JSON_FALSE))
		return false;
	*ret_value = value->type == JSON_TRUE;
	return true;
}

bool
json_to_int(const struct json *value, int64_t *ret_value)
{
	struct number number;
	return value && value->type == JSON_NUMBER && number_read(value->text, &number) &&
	       number_to_int(&number, ret_value);
}

bool
json_to_double(const struct json *value, double *ret_value)
{
	struct number number;
	return value && value->type == JSON_NUMBER && number_read(value->text, &number) &&
	       number_to_double(&number, ret_value);
}

/* ---- building ---- */

static struct json *
new_node(struct arena *arena, enum json_type type)
{
	struct json *node = arena_new_of(arena, struct json);
	node->type = type;
	return node;
}

struct json *
json_new_object(struct arena *arena)
{
	return new_node(arena, JSON_OBJECT);
}

struct json *
json_new_array(struct arena *arena)
{
	return new_node(arena, JSON_ARRAY);
}

struct json *
json_new_str(struct arena *arena, struct str text)
{
	struct json *node = new_node(arena, JSON_STRING);
	node->text = text;
	return node;
}

struct json *
json_new_int(struct arena *arena, int64_t value)
{
	struct json *node = new_node(arena, JSON_NUMBER);
	node->text = str_of(arena_printf(arena, "%" PRId64, value));
	return node;
}

struct json *
json_new_double(struct arena *arena, double value)
{
	char text[JSON_DOUBLE_SIZE];
	if (!json_double_text(value, text))
		return new_node(arena, JSON_NULL);
	struct json *node = new_node(arena, JSON_NUMBER);
	node->text = str_of(arena_strdup(arena, text));
	return node;
}

struct json *
json_new_bool(struct arena *arena, bool value)
{
	return new_node(arena, value ? JSON_TRUE : JSON_FALSE);
}

struct json *
json_new_null(struct arena *arena)
{
	return new_node(arena, JSON_NULL);
}

static void
append(struct json *parent, struct json *value)
{
	if (parent->last)
		parent->last->next = value;
	else
		parent->child = value;
	parent->last = value;
	parent->count++;
}

void
json_add(struct json *object, struct str key, struct json *value)
{
	value->key = key;
	append(object, value);
}

void
json_push(struct json *array, struct json *value)
{
	append(array, value);
}

/* ---- copying ---- */

static struct str
copy_text(struct arena *arena, struct str text, bool share)
{
	return share ? text : arena_str(arena, text);
}

static struct json *
copy_node(struct arena *arena, const struct json *value, bool share)
{
	struct json *copy = arena_new_of(arena, struct json);
	copy->type = value->type;
	copy->line = value->line;
	copy->column = value->column;
	if (value->type == JSON_STRING || value->type == JSON_NUMBER)
		copy->text = copy_text(arena, value->text, share);
	return copy;
}

static struct json *
copy_tree(struct arena *arena, const struct json *value, bool share)
{
	struct level {
		const struct json *from; /* next to be copied */
		struct json *into;
	} *levels = NULL;
	size_t room = 0, depth = 0;
	struct json *root = copy_node(arena, value, share);
	const struct json *from = value->child;
	struct json *into = root;
	while (from || depth > 0) {
		if (!from) {
			depth--;
			from = levels[depth].from;
			into = levels[depth].into;
			continue;
		}
		struct json *copy = copy_node(arena, from, share);
		if (into->type == JSON_OBJECT)
			json_add(into, copy_text(arena, from->key, share), copy);
		else
			json_push(into, copy);
		if (!from->child) {
			from = from->next;
			continue;
		}
		if (depth == room) {
			room = room ? room * 2 : 32;
			levels = realloc(levels, room * sizeof *levels);
			if (!levels)
				out_of_memory();
		}
		levels[depth++] = (struct level){from->next, into};
		into = copy;
		from = from->child;
	}
	free(levels);
	return root;
}

struct json *
json_copy(struct arena *arena, const struct json *value)
{
	return copy_tree(arena, value, false);
}

struct json *
json_share(struct arena *arena, const struct json *value)
{
	return copy_tree(arena, value, true);
}

size_t
json_weigh(const struct json *value, size_t max)
{
	const struct json *above[WEIGHED_LEVELS];
	unsigned depth = 0;
	size_t weight = value->text.n + 2;
	const struct json *at = value->child;
	while (weight <= max) {
		while (!at && depth > 0)
			at = above[--depth];
		if (!at)
			break;
		weight += at->text.n + at->key.n + 16;
		const struct json *next = at->next;
		if (at->child) {
			if (depth == WEIGHED_LEVELS)
				return max + 1;
			above[depth++] = next;
			at = at->child;
		} else {
			at = next;
		}
	}
	return weight;
}
