/* The tables of keywords, finding one in them, and the operands that several keywords have in common. */
#include "json/schema_keywords.h"

#include <stdio.h>
#include <stdlib.h>

/* Allow and refuse nothing. */
static const struct keyword annotations[] = {
	ANNOTATES("title", IN_BOTH, META_DATA),
	ANNOTATES("description", IN_BOTH, META_DATA),
	ANNOTATES("default", IN_BOTH, META_DATA),
	ANNOTATES("examples", IN_BOTH, META_DATA),
	ANNOTATES("readOnly", IN_BOTH, META_DATA),
	ANNOTATES("writeOnly", IN_BOTH, META_DATA),
	ANNOTATES("deprecated", IN_BOTH, META_DATA),
	ANNOTATES("contentMediaType", IN_BOTH, CONTENT),
	ANNOTATES("contentEncoding", IN_BOTH, CONTENT),
	HELPS("contentSchema", IN_2020, CONTENT, ONE, NULL),
	ANNOTATES("example", IN_BOTH, OURS),
	ANNOTATES("discriminator", IN_BOTH, OURS),
	ANNOTATES("externalDocs", IN_BOTH, OURS),
	KEYWORDS_END,
};

/* In the order of checking: what a value is itself before what is in it, and that before what others say of it. */
const struct keyword *const schema_keywords[] = {schema_values, schema_lists, schema_objects, schema_core,
	schema_applied, schema_unevaluated, annotations, NULL};

/* Made once: names of the process, which live as long as it does. */
static struct names by_name;
static struct arena *by_name_arena;

const struct keyword *
schema_keyword(struct str name, const struct dialect *dialect, uint32_t *ret_order)
{
	if (!by_name_arena) {
		by_name_arena = arena_new();
		for (size_t i = 0; schema_keywords[i]; i++)
			for (const struct keyword *keyword = schema_keywords[i]; keyword->name; keyword++)
				names_add(&by_name, by_name_arena, str_of(keyword->name), (void *)keyword);
	}
	const struct name *found = names_find(&by_name, name);
	const struct keyword *keyword = found ? found->value : NULL;
	unsigned draft = dialect->draft == SCHEMA_DRAFT_7 ? IN_7 : IN_2020;
	if (!keyword || !(keyword->drafts & draft) || !(keyword->vocabulary & dialect->vocabularies))
		return NULL;
	*ret_order = (uint32_t)(found - by_name.list);
	return keyword;
}

bool
schema_needs(struct compiler *c, struct schema *schema, const struct json *operand, const struct check *check,
	const char *what)
{
	return schema_fail(c, schema, operand, "\"%s\" must be %s.", check->keyword->name, what);
}

void
schema_violation_count(struct run *run, struct frame *frame, const struct check *check, const char *code,
	const char *how, uint64_t limit, const char *what)
{
	schema_violation(run, frame, check->keyword->name, code, "Must have %s %lu %s%s. There %s %u.", how,
		(unsigned long)limit, what, limit == 1 ? "" : "s", frame->value->count == 1 ? "is" : "are",
		frame->value->count);
}

SCHEMA_OPERAND(nothing)
{
	(void)c, (void)schema, (void)operand, (void)check;
	return true;
}

/* A number past 2^63 is as good as 2^63: nothing has so many items. */
SCHEMA_OPERAND(count)
{
	struct number number;
	int64_t value = INT64_MAX;
	if (operand->type != JSON_NUMBER || !number_read(operand->text, &number) || !number_whole(&number) ||
		number.negative)
		return schema_needs(c, schema, operand, check, "a whole number, not negative");
	if (!number_to_int(&number, &value))
		value = INT64_MAX;
	check->least = check->most = (uint64_t)value;
	return true;
}

SCHEMA_OPERAND(number)
{
	if (operand->type != JSON_NUMBER || !number_read(operand->text, &check->number))
		return schema_needs(c, schema, operand, check, "a number");
	check->is_small = number_small(operand->text, &check->small);
	return true;
}

SCHEMA_OPERAND(one_schema)
{
	(void)schema;
	check->subs = arena_array(c->arena, 1, sizeof *check->subs);
	check->sub_count = 1;
	check->subs[0] = schema_of(c, operand);
	return true;
}

SCHEMA_OPERAND(schemas)
{
	if (operand->type != JSON_ARRAY || operand->count == 0)
		return schema_needs(c, schema, operand, check, "a list of schemas, not empty");
	check->subs = arena_array(c->arena, operand->count, sizeof *check->subs);
	json_each (item, operand)
		check->subs[check->sub_count++] = schema_of(c, item);
	return true;
}

SCHEMA_OPERAND(named_schemas)
{
	if (operand->type != JSON_OBJECT)
		return schema_needs(c, schema, operand, check, "an object of schemas");
	json_each (member, operand)
		names_add(&check->names, c->arena, member->key, schema_of(c, member));
	return true;
}

SCHEMA_OPERAND(strings)
{
	if (operand->type != JSON_ARRAY)
		return schema_needs(c, schema, operand, check, "a list of names");
	json_each (item, operand) {
		if (item->type != JSON_STRING)
			return schema_needs(c, schema, item, check, "a list of names");
		names_add(&check->names, c->arena, item->text, NULL);
	}
	return true;
}
