/* Keywords about objects, the names of their members and the members. */
#include "json/schema_keywords.h"

#include <stdlib.h>

CHECK(min_properties)
{
	if (frame->value->count < check->least)
		schema_issue_count(run, frame, "too_few", "at least", check->least, "field");
	return CHECK_DONE;
}

CHECK(max_properties)
{
	if (frame->value->count > check->most)
		schema_issue_count(run, frame, "too_many", "at most", check->most, "field");
	return CHECK_DONE;
}

CHECK(required)
{
	json_each (name, check->operand)
		if (!json_get_by(frame->value, name->text))
			schema_issue_at(run, frame, name->text, "required", "This field is required.");
	schema_cost(run, check->operand->count);
	return CHECK_DONE;
}

/* Members one after the other; NULL at the end. */
static const struct json *
next_member(struct frame *frame)
{
	const struct json *member = frame->started ? frame->item : frame->value->child;
	frame->started = true;
	frame->item = member ? member->next : NULL;
	return member;
}

CHECK(properties)
{
	take_result(run, frame);
	for (const struct json *member; (member = next_member(frame));) {
		const struct schema *schema = schema_named(check, member->key);
		if (schema)
			return schema_call_member(run, schema, member);
	}
	return CHECK_DONE;
}

COMPILE(pattern_properties)
{
	if (!schema_operand_named_schemas(c, schema, operand, check))
		return false;
	for (uint32_t i = 0; i < check->named_count; i++) {
		check->named[i].pattern = schema_pattern(c, schema, operand, check->named[i].name);
		if (!check->named[i].pattern)
			return false;
	}
	return true;
}

/* For every member each pattern in turn: `at` is the next pattern, `item` the member. */
CHECK(pattern_properties)
{
	take_result(run, frame);
	frame->item = frame->started ? frame->item : frame->value->child;
	frame->started = true;
	for (; frame->item; frame->item = frame->item->next, frame->at = 0) {
		while (frame->at < check->named_count) {
			const struct named *named = &check->named[frame->at++];
			if (schema_matches(run, named->pattern, frame->item->key))
				return schema_call_member(run, named->schema, frame->item);
		}
	}
	return CHECK_DONE;
}

static bool
is_additional(struct run *run, const struct schema *schema, struct str name)
{
	const struct check *properties = schema_find(schema, "properties");
	const struct check *patterns = schema_find(schema, "patternProperties");
	if (properties && schema_named(properties, name))
		return false;
	for (uint32_t i = 0; patterns && i < patterns->named_count; i++)
		if (schema_matches(run, patterns->named[i].pattern, name))
			return false;
	return true;
}

CHECK(additional_properties)
{
	take_result(run, frame);
	for (const struct json *member; (member = next_member(frame));) {
		if (!is_additional(run, frame->schema, member->key))
			continue;
		if (!check->subs[0]->never)
			return schema_call_member(run, check->subs[0], member);
		schema_issue_at(run, frame, member->key, "unknown_field", "There is no such field.");
	}
	return CHECK_DONE;
}

CHECK(property_names)
{
	take_result(run, frame);
	const struct json *member = next_member(frame);
	if (!member)
		return CHECK_DONE;
	if (!frame->name && !(frame->name = malloc(sizeof *frame->name)))
		out_of_memory();
	*frame->name = (struct json){.type = JSON_STRING,
		.text = member->key,
		.key = member->key,
		.line = member->line,
		.column = member->column};
	return schema_call_member(run, check->subs[0], frame->name);
}

COMPILE(dependent_required)
{
	if (operand->type != JSON_OBJECT)
		return schema_needs(c, schema, operand, check, "an object of lists of names");
	json_each (member, operand)
		if (!schema_operand_strings(c, schema, member, check))
			return false;
	return true;
}

CHECK(dependent_required)
{
	json_each (dependency, check->operand) {
		if (!json_get_by(frame->value, dependency->key))
			continue;
		json_each (name, dependency)
			if (!json_get_by(frame->value, name->text))
				schema_issue_at(run, frame, name->text, "required",
					"This field is required together with %.*s.",
					(int)(dependency->key.n < 80 ? dependency->key.n : 80), dependency->key.p);
	}
	return CHECK_DONE;
}

CHECK(dependent_schemas)
{
	take_result(run, frame);
	while (frame->at < check->named_count) {
		const struct named *named = &check->named[frame->at++];
		if (json_get_by(frame->value, named->name))
			return schema_call(run, named->schema, frame->value, false);
	}
	return CHECK_DONE;
}

const struct keyword schema_objects[] = {
	{"minProperties", schema_operand_count, check_min_properties, KIND_OBJECT, false},
	{"maxProperties", schema_operand_count, check_max_properties, KIND_OBJECT, false},
	{"required", schema_operand_strings, check_required, KIND_OBJECT, false},
	{"dependentRequired", compile_dependent_required, check_dependent_required, KIND_OBJECT, false},
	{"properties", schema_operand_named_schemas, check_properties, KIND_OBJECT, false},
	{"patternProperties", compile_pattern_properties, check_pattern_properties, KIND_OBJECT, false},
	{"additionalProperties", schema_operand_one_schema, check_additional_properties, KIND_OBJECT, false},
	{"propertyNames", schema_operand_one_schema, check_property_names, KIND_OBJECT, false},
	{"dependentSchemas", schema_operand_named_schemas, check_dependent_schemas, KIND_OBJECT, true},
	{NULL, NULL, NULL, 0, false},
};
