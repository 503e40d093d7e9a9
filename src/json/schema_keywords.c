/* The tables of keywords, and the operands that several keywords have in common. */
#include "json/schema_keywords.h"

#include <stdio.h>
#include <stdlib.h>

/* Allow and refuse nothing. Schemas under $defs are compiled when something refers to them. */
static const struct keyword annotations[] = {
	{"$schema", NULL, NULL, 0, false},
	{"$comment", NULL, NULL, 0, false},
	{"$defs", NULL, NULL, 0, false},
	{"definitions", NULL, NULL, 0, false},
	{"title", NULL, NULL, 0, false},
	{"description", NULL, NULL, 0, false},
	{"default", NULL, NULL, 0, false},
	{"example", NULL, NULL, 0, false},
	{"examples", NULL, NULL, 0, false},
	{"readOnly", NULL, NULL, 0, false},
	{"writeOnly", NULL, NULL, 0, false},
	{"deprecated", NULL, NULL, 0, false},
	{"discriminator", NULL, NULL, 0, false},
	{"externalDocs", NULL, NULL, 0, false},
	{"contentMediaType", NULL, NULL, 0, false},
	{"contentEncoding", NULL, NULL, 0, false},
	{"contentSchema", NULL, NULL, 0, false},
	{NULL, NULL, NULL, 0, false},
};

/* In the order of checking: what a value is itself before what is in it, and that before what others say of it. */
const struct keyword *const schema_keywords[] = {
	schema_values, schema_lists, schema_objects, schema_applied, annotations, NULL};

bool
schema_needs(struct compiler *c, struct schema *schema, const struct json *operand, const struct check *check,
	const char *what)
{
	return schema_fail(c, schema, operand, "\"%s\" must be %s.", check->keyword->name, what);
}

void
schema_issue_count(
	struct run *run, struct frame *frame, const char *code, const char *how, uint64_t limit, const char *what)
{
	schema_issue(run, frame, code, "Must have %s %lu %s%s. There %s %u.", how, (unsigned long)limit, what,
		limit == 1 ? "" : "s", frame->value->count == 1 ? "is" : "are", frame->value->count);
}

SCHEMA_OPERAND(nothing)
{
	(void)c, (void)schema, (void)operand, (void)check;
	return true;
}

SCHEMA_OPERAND(count)
{
	int64_t value;
	if (!json_to_int(operand, &value) || value < 0)
		return schema_needs(c, schema, operand, check, "a whole number, not negative");
	check->least = check->most = (uint64_t)value;
	return true;
}

SCHEMA_OPERAND(number)
{
	if (operand->type != JSON_NUMBER || !number_read(operand->text, &check->number))
		return schema_needs(c, schema, operand, check, "a number");
	return true;
}

SCHEMA_OPERAND(one_schema)
{
	check->subs = arena_array(c->arena, 1, sizeof *check->subs);
	check->sub_count = 1;
	check->subs[0] = schema_of(c, schema, check->keyword->name, STR(""), operand);
	return true;
}

SCHEMA_OPERAND(schemas)
{
	if (operand->type != JSON_ARRAY || operand->count == 0)
		return schema_needs(c, schema, operand, check, "a list of schemas, not empty");
	check->subs = arena_array(c->arena, operand->count, sizeof *check->subs);
	json_each (item, operand) {
		char step[16];
		snprintf(step, sizeof step, "%u", check->sub_count);
		check->subs[check->sub_count++] = schema_of(c, schema, check->keyword->name, str_of(step), item);
	}
	return true;
}

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int difference = n > 0 ? memcmp(x->name.p, y->name.p, n) : 0;
	return difference ? difference : x->name.n < y->name.n ? -1 : x->name.n > y->name.n;
}

SCHEMA_OPERAND(named_schemas)
{
	if (operand->type != JSON_OBJECT)
		return schema_needs(c, schema, operand, check, "an object of schemas");
	check->named = arena_array(c->arena, operand->count, sizeof *check->named);
	json_each (member, operand) {
		struct named *named = &check->named[check->named_count++];
		named->name = member->key;
		named->schema = schema_of(c, schema, check->keyword->name, member->key, member);
	}
	qsort(check->named, check->named_count, sizeof *check->named, by_name);
	return true;
}

struct schema *
schema_named(const struct check *check, struct str name)
{
	const struct named key = {.name = name};
	const struct named *found =
		check->named_count > 0 ? bsearch(&key, check->named, check->named_count, sizeof key, by_name) : NULL;
	return found ? found->schema : NULL;
}

SCHEMA_OPERAND(strings)
{
	if (operand->type != JSON_ARRAY)
		return schema_needs(c, schema, operand, check, "a list of names");
	json_each (item, operand)
		if (item->type != JSON_STRING)
			return schema_needs(c, schema, item, check, "a list of names");
	return true;
}
