/* The validation and applicator vocabularies about objects: the names of their members, and the members. */
#include "json/schema_keywords.h"

PASSES(min_properties)
{
	(void)run;
	return value->count >= check->least;
}

EXPLAIN(min_properties)
{
	schema_violation_count(run, frame, check, "too_few", "at least", check->least, "field");
}

PASSES(max_properties)
{
	(void)run;
	return value->count <= check->most;
}

EXPLAIN(max_properties)
{
	schema_violation_count(run, frame, check, "too_many", "at most", check->most, "field");
}

/* ---- required ---- */

COMPILE(required)
{
	if (!schema_operand_strings(c, schema, operand, check))
		return false;
	check->skip = check->names.count == 0;
	return true;
}

/* One walk over the members, until all names were met: no member stands twice. */
PASSES(required)
{
	uint32_t missing = check->names.count, cursor = 0;
	if (value->count < missing)
		return false;
	schema_cost(run, value->count);
	json_each (member, value)
		if (names_next(&check->names, member->key, &cursor) && --missing == 0)
			return true;
	return false;
}

EXPLAIN(required)
{
	schema_cost(run, (uint64_t)check->names.count * frame->value->count);
	for (uint32_t i = 0; i < check->names.count && !run->stopped; i++)
		if (!json_get_by(frame->value, check->names.list[i].text))
			schema_violation_at(run, frame, check->names.list[i].text, "required", "required",
				"This field is required.");
}

/* ---- properties, patternProperties, additionalProperties: one walk over the members for all three ---- */

static bool
compile_patterns(struct compiler *c, struct schema *schema, const struct json *operand, struct check *check)
{
	if (operand->type != JSON_OBJECT)
		return schema_fail(c, schema, operand, "\"patternProperties\" must be an object of schemas.");
	check->patterns = arena_array(c->arena, operand->count, sizeof *check->patterns);
	json_each (member, operand) {
		struct patterned *patterned = &check->patterns[check->pattern_count++];
		patterned->pattern = schema_pattern(c, schema, member, member->key);
		patterned->schema = schema_of(c, member);
		if (!patterned->pattern)
			return false;
	}
	return true;
}

/* The first of the three that stands in the schema compiles them all. */
COMPILE(properties)
{
	static const char *const earlier[] = {"properties", "patternProperties"};
	const struct json *patterns = json_get(schema->source, "patternProperties"),
			  *additional = json_get(schema->source, "additionalProperties");
	for (size_t i = 0; i < 2 && strcmp(earlier[i], check->keyword->name) != 0; i++)
		if (json_get(schema->source, earlier[i])) {
			check->skip = true;
			return true;
		}
	if (strcmp(check->keyword->name, "properties") == 0 && !schema_operand_named_schemas(c, schema, operand, check))
		return false;
	check->subs = arena_array(c->arena, 1, sizeof *check->subs);
	check->sub_count = 1;
	if (additional)
		check->subs[0] = schema_of(c, additional);
	return !patterns || compile_patterns(c, schema, patterns, check);
}

#define HINTS_MOST 20

static void
say_unknown(struct run *run, struct frame *frame, const struct check *check, const struct json *member)
{
	/* Comparing costs more than all else here; people read the first ones. */
	bool hint = frame->mode == MODE_ALOUD && run->hints++ < HINTS_MOST;
	const struct name *near = hint ? names_nearest(&check->names, member->key) : NULL;
	if (near && !json_get_by(frame->value, near->text))
		schema_violation_member(run, frame, member, "additionalProperties", "unknown_field",
			"There is no such field. The nearest is \"%.*s\".", STR_ARG(near->text));
	else
		schema_violation_member(
			run, frame, member, "additionalProperties", "unknown_field", "There is no such field.");
}

/* phase: how many of the member's schemas have had their turn. True when a frame was pushed. */
static bool
apply_to_member(struct run *run, struct frame *frame, const struct check *check, const struct json *member)
{
	if (frame->phase == 0) {
		const struct name *name = names_next(&check->names, member->key, &frame->cursor);
		frame->phase = 1;
		frame->matches = name != NULL;
		if (name) {
			schema_mark(run, frame, frame->at);
			if (!schema_apply_member(run, name->value, member))
				return true;
			frame->valid &= run->result;
		}
	}
	while (frame->pattern < check->pattern_count && !is_lost(frame)) {
		const struct patterned *patterned = &check->patterns[frame->pattern++];
		if (!schema_matches(run, patterned->pattern, member->key))
			continue;
		frame->matches = 1;
		schema_mark(run, frame, frame->at);
		if (!schema_apply_member(run, patterned->schema, member))
			return true;
		frame->valid &= run->result;
	}
	const struct schema *additional = check->subs[0];
	if (!additional || frame->matches || frame->phase == 2)
		return false;
	frame->phase = 2;
	schema_mark(run, frame, frame->at);
	if (additional->never) {
		say_unknown(run, frame, check, member);
		return false;
	}
	if (!schema_apply_member(run, additional, member))
		return true;
	frame->valid &= run->result;
	return false;
}

CHECK(properties)
{
	take_result(run, frame);
	if (!frame->started) {
		frame->started = true;
		frame->item = frame->value->child;
	}
	while (frame->item && !is_lost(frame) && !run->stopped) {
		schema_cost(run, 1);
		if (apply_to_member(run, frame, check, frame->item))
			return CHECK_CALLED;
		frame->item = frame->item->next;
		frame->phase = 0;
		frame->pattern = 0;
		frame->at++;
	}
	return CHECK_DONE;
}

CHECK(property_names)
{
	take_result(run, frame);
	if (!frame->started) {
		frame->started = true;
		frame->item = frame->value->child;
	}
	while (frame->item && !is_lost(frame) && !run->stopped) {
		const struct json *member = frame->item;
		frame->item = member->next;
		/* A schema for texts applies none to names: there is one at a time. */
		run->name = (struct json){.type = JSON_STRING,
			.text = member->key,
			.key = member->key,
			.line = member->line,
			.column = member->column};
		if (!schema_apply_member(run, check->subs[0], &run->name))
			return CHECK_CALLED;
		frame->valid &= run->result;
	}
	return CHECK_DONE;
}

/* ---- one field asks for another ---- */

COMPILE(dependent_required)
{
	if (operand->type != JSON_OBJECT)
		return schema_needs(c, schema, operand, check, "an object of lists of names");
	json_each (member, operand) {
		struct check ignored = {.keyword = check->keyword};
		if (!schema_operand_strings(c, schema, member, &ignored))
			return false;
	}
	return true;
}

static bool
has_all(const struct json *value, const struct json *names)
{
	json_each (name, names)
		if (!json_get_by(value, name->text))
			return false;
	return true;
}

PASSES(dependent_required)
{
	json_each (dependency, check->operand) {
		schema_cost(run, value->count * (dependency->count + 1));
		if (dependency->type == JSON_ARRAY && json_get_by(value, dependency->key) &&
			!has_all(value, dependency))
			return false;
	}
	return true;
}

EXPLAIN(dependent_required)
{
	json_each (dependency, check->operand) {
		if (dependency->type != JSON_ARRAY || !json_get_by(frame->value, dependency->key))
			continue;
		json_each (name, dependency)
			if (!json_get_by(frame->value, name->text))
				schema_violation_at(run, frame, name->text, check->keyword->name, "required",
					"This field is required together with %.*s.",
					(int)(dependency->key.n < 80 ? dependency->key.n : 80), dependency->key.p);
	}
}

CHECK(dependent_schemas)
{
	take_result(run, frame);
	while (frame->at < check->names.count && !is_lost(frame) && !run->stopped) {
		const struct name *name = &check->names.list[frame->at++];
		schema_cost(run, frame->value->count);
		if (!json_get_by(frame->value, name->text))
			continue;
		if (!schema_apply_here(run, name->value, frame->value, MODE_ALOUD))
			return CHECK_CALLED;
		frame->valid &= run->result;
	}
	return CHECK_DONE;
}

/* Of draft 7, with both in one: a list of names, or a schema. In 2020-12 it may be supported, and those who write it mean it. */
COMPILE(dependencies)
{
	if (operand->type != JSON_OBJECT)
		return schema_needs(c, schema, operand, check, "an object of schemas or lists of names");
	json_each (member, operand) {
		struct check names = {.keyword = check->keyword};
		if (member->type != JSON_ARRAY)
			names_add(&check->names, c->arena, member->key, schema_of(c, member));
		else if (!schema_operand_strings(c, schema, member, &names))
			return false;
	}
	return true;
}

CHECK(dependencies)
{
	if (!frame->started) {
		frame->started = true;
		if (!passes_dependent_required(run, check, frame->value))
			explain_dependent_required(run, frame, check);
	}
	return check_dependent_schemas(run, frame, check);
}

const struct keyword schema_objects[] = {
	ASKS("minProperties", IN_BOTH, VALIDATION, KIND_OBJECT, schema_operand_count, min_properties),
	ASKS("maxProperties", IN_BOTH, VALIDATION, KIND_OBJECT, schema_operand_count, max_properties),
	ASKS("required", IN_BOTH, VALIDATION, KIND_OBJECT, compile_required, required),
	ASKS("dependentRequired", IN_2020, VALIDATION, KIND_OBJECT, compile_dependent_required, dependent_required),
	APPLIES("properties", IN_BOTH, APPLICATOR, NAMED, KIND_OBJECT, false, compile_properties, check_properties),
	APPLIES("patternProperties", IN_BOTH, APPLICATOR, NAMED, KIND_OBJECT, false, compile_properties,
		check_properties),
	APPLIES("additionalProperties", IN_BOTH, APPLICATOR, ONE, KIND_OBJECT, false, compile_properties,
		check_properties),
	APPLIES("propertyNames", IN_BOTH, APPLICATOR, ONE, KIND_OBJECT, false, schema_operand_one_schema,
		check_property_names),
	APPLIES("dependentSchemas", IN_2020, APPLICATOR, NAMED, KIND_OBJECT, true, schema_operand_named_schemas,
		check_dependent_schemas),
	APPLIES("dependencies", IN_BOTH, APPLICATOR, NAMED, KIND_OBJECT, true, compile_dependencies,
		check_dependencies),
	KEYWORDS_END,
};
