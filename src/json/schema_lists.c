/* The validation and applicator vocabularies about lists and their items. */
#include "json/schema_keywords.h"

PASSES(min_items)
{
	(void)run;
	return value->count >= check->least;
}

EXPLAIN(min_items)
{
	schema_violation_count(run, frame, check, "too_few", "at least", check->least, "item");
}

PASSES(max_items)
{
	(void)run;
	return value->count <= check->most;
}

EXPLAIN(max_items)
{
	schema_violation_count(run, frame, check, "too_many", "at most", check->most, "item");
}

COMPILE(unique_items)
{
	if (operand->type != JSON_TRUE && operand->type != JSON_FALSE)
		return schema_needs(c, schema, operand, check, "true or false");
	check->skip = operand->type == JSON_FALSE;
	return true;
}

PASSES(unique_items)
{
	uint32_t first, second;
	(void)check;
	schema_cost(run, (uint64_t)value->count * 16);
	return !values_twice(value, &first, &second);
}

EXPLAIN(unique_items)
{
	uint32_t first = 0, second = 0;
	values_twice(frame->value, &first, &second);
	schema_violation(run, frame, check->keyword->name, "duplicate", "An item stands in this list twice: %u and %u.",
		first, second);
}

/* ---- items by position, and the rest ---- */

/* Each item with the schema of its place, then with `rest`, which may be NULL. */
static enum check_flow
check_places(
	struct run *run, struct frame *frame, struct schema *const *places, uint64_t count, const struct schema *rest)
{
	take_result(run, frame);
	if (!frame->started) {
		frame->started = true;
		frame->item = frame->value->child;
	}
	while (frame->item && !is_lost(frame) && !run->stopped) {
		const struct schema *schema = frame->at < count ? (places ? places[frame->at] : NULL) : rest;
		const struct json *item = frame->item;
		uint32_t index = frame->at++;
		frame->item = item->next;
		if (!schema && index >= count)
			break;
		schema_cost(run, 1);
		if (!schema)
			continue;
		schema_mark(run, frame, index);
		if (!schema_apply_item(run, schema, item, index, MODE_ALOUD))
			return CHECK_CALLED;
		frame->valid &= run->result;
	}
	return CHECK_DONE;
}

CHECK(prefix_items)
{
	return check_places(run, frame, check->subs, check->sub_count, NULL);
}

/* Items past those of prefixItems, whose number is in `least`; in draft 7 a list is what prefixItems is now. */
COMPILE(items)
{
	const struct json *prefix = json_get(schema->source, "prefixItems");
	bool old = schema->resource->dialect.draft == SCHEMA_DRAFT_7;
	if (old && operand->type == JSON_ARRAY) {
		check->most = 1;
		if (operand->count == 0) {
			check->skip = true;
			return true;
		}
		return schema_operand_schemas(c, schema, operand, check);
	}
	check->least = !old && prefix && prefix->type == JSON_ARRAY ? prefix->count : 0;
	return schema_operand_one_schema(c, schema, operand, check);
}

CHECK(items)
{
	if (check->most)
		return check_places(run, frame, check->subs, check->sub_count, NULL);
	return check_places(run, frame, NULL, check->least, check->subs[0]);
}

/* Says something only beside a list of items. */
COMPILE(additional_items)
{
	const struct json *items = json_get(schema->source, "items");
	check->skip = !items || items->type != JSON_ARRAY;
	check->least = items ? items->count : 0;
	return schema_operand_one_schema(c, schema, operand, check);
}

/* ---- contains ---- */

COMPILE(contains)
{
	struct check bound = {.keyword = check->keyword};
	const struct json *min = json_get(schema->source, "minContains"),
			  *max = json_get(schema->source, "maxContains");
	bool bounds = schema->resource->dialect.draft != SCHEMA_DRAFT_7 &&
		      (schema->resource->dialect.vocabularies & VOCABULARY_VALIDATION);
	check->least = 1;
	check->most = UINT64_MAX;
	if (bounds && min) {
		if (!schema_operand_count(c, schema, min, &bound))
			return false;
		check->least = bound.least;
	}
	if (bounds && max) {
		if (!schema_operand_count(c, schema, max, &bound))
			return false;
		check->most = bound.most;
	}
	return schema_operand_one_schema(c, schema, operand, check);
}

static void
judge_contains(struct run *run, struct frame *frame, const struct check *check)
{
	if (frame->matches < check->least)
		schema_violation(run, frame, check->least == 1 ? "contains" : "minContains", "contains",
			"Must contain at least %lu item%s of the required form. There are %u.",
			(unsigned long)check->least, check->least == 1 ? "" : "s", frame->matches);
	else if (frame->matches > check->most)
		schema_violation(run, frame, "maxContains", "contains",
			"May contain at most %lu item%s of this form. There are %u.", (unsigned long)check->most,
			check->most == 1 ? "" : "s", frame->matches);
}

CHECK(contains)
{
	if (!frame->started) {
		frame->started = true;
		frame->item = frame->value->child;
	}
	for (;;) {
		if (frame->returned && run->result) {
			frame->matches++;
			schema_mark(run, frame, frame->at - 1);
		}
		frame->returned = false;
		bool enough = frame->matches >= check->least && check->most == UINT64_MAX && !frame->marks;
		if (!frame->item || enough || run->stopped)
			break;
		const struct json *item = frame->item;
		frame->item = item->next;
		uint32_t index = frame->at++;
		schema_cost(run, 1);
		if (!schema_apply_item(run, check->subs[0], item, index, MODE_SILENT))
			return CHECK_CALLED;
		frame->returned = true;
	}
	judge_contains(run, frame, check);
	return CHECK_DONE;
}

const struct keyword schema_lists[] = {
	ASKS("minItems", IN_BOTH, VALIDATION, KIND_ARRAY, schema_operand_count, min_items),
	ASKS("maxItems", IN_BOTH, VALIDATION, KIND_ARRAY, schema_operand_count, max_items),
	ASKS("uniqueItems", IN_BOTH, VALIDATION, KIND_ARRAY, compile_unique_items, unique_items),
	APPLIES("prefixItems", IN_2020, APPLICATOR, LIST, KIND_ARRAY, false, schema_operand_schemas,
		check_prefix_items),
	APPLIES("items", IN_BOTH, APPLICATOR, ONE_OR_LIST, KIND_ARRAY, false, compile_items, check_items),
	APPLIES("additionalItems", IN_7, APPLICATOR, ONE, KIND_ARRAY, false, compile_additional_items, check_items),
	APPLIES("contains", IN_BOTH, APPLICATOR, ONE, KIND_ARRAY, false, compile_contains, check_contains),
	HELPS("minContains", IN_2020, VALIDATION, NONE, schema_operand_count),
	HELPS("maxContains", IN_2020, VALIDATION, NONE, schema_operand_count),
	KEYWORDS_END,
};
