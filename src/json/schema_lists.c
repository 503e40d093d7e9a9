/* Keywords about lists and their items. */
#include "json/schema_keywords.h"

#include <stdlib.h>

CHECK(min_items)
{
	if (frame->value->count < check->least)
		schema_issue_count(run, frame, "too_few", "at least", check->least, "item");
	return CHECK_DONE;
}

CHECK(max_items)
{
	if (frame->value->count > check->most)
		schema_issue_count(run, frame, "too_many", "at most", check->most, "item");
	return CHECK_DONE;
}

COMPILE(unique_items)
{
	if (operand->type != JSON_TRUE && operand->type != JSON_FALSE)
		return schema_needs(c, schema, operand, check, "true or false");
	return true;
}

static int
by_value(const void *a, const void *b)
{
	const struct json *const *left = a, *const *right = b;
	return json_order(*left, *right);
}

CHECK(unique_items)
{
	uint32_t n = 0, count = frame->value->count;
	if (check->operand->type == JSON_FALSE || count < 2)
		return CHECK_DONE;
	const struct json **items = calloc(count, sizeof *items);
	if (!items)
		out_of_memory();
	json_each (item, frame->value)
		items[n++] = item;
	schema_cost(run, (uint64_t)count * 16);
	qsort(items, n, sizeof *items, by_value);
	bool twice = false;
	for (uint32_t i = 1; i < n && !twice; i++)
		twice = json_equal(items[i - 1], items[i]);
	free(items);
	if (twice)
		schema_issue(run, frame, "duplicate", "An item stands in this list twice.");
	return CHECK_DONE;
}

CHECK(prefix_items)
{
	take_result(run, frame);
	frame->item = frame->started ? frame->item : frame->value->child;
	frame->started = true;
	if (!frame->item || frame->at >= check->sub_count)
		return CHECK_DONE;
	const struct json *item = frame->item;
	frame->item = item->next;
	uint32_t index = frame->at++;
	return schema_call_item(run, check->subs[index], item, index, false);
}

/* Items past those of prefixItems, whose number is in `least`. */
COMPILE(items)
{
	const struct check *prefix = schema_find(schema, "prefixItems");
	check->least = prefix ? prefix->sub_count : 0;
	return schema_operand_one_schema(c, schema, operand, check);
}

CHECK(items)
{
	take_result(run, frame);
	if (!frame->started) {
		frame->started = true;
		frame->item = frame->value->child;
		while (frame->item && frame->at < check->least) {
			frame->item = frame->item->next;
			frame->at++;
		}
	}
	if (!frame->item)
		return CHECK_DONE;
	const struct json *item = frame->item;
	frame->item = item->next;
	return schema_call_item(run, check->subs[0], item, frame->at++, false);
}

COMPILE(contains)
{
	int64_t least = 1, most = INT64_MAX;
	const struct json *min = json_get(schema->source, "minContains"),
			  *max = json_get(schema->source, "maxContains");
	if ((min && (!json_to_int(min, &least) || least < 0)) || (max && (!json_to_int(max, &most) || most < 0)))
		return schema_fail(
			c, schema, operand, "minContains and maxContains must be whole numbers, not negative.");
	check->least = (uint64_t)least;
	check->most = (uint64_t)most;
	return schema_operand_one_schema(c, schema, operand, check);
}

CHECK(contains)
{
	if (frame->returned)
		frame->matches += run->result;
	frame->returned = false;
	frame->item = frame->started ? frame->item : frame->value->child;
	frame->started = true;
	if (frame->item) {
		const struct json *item = frame->item;
		frame->item = item->next;
		return schema_call_item(run, check->subs[0], item, frame->at++, true);
	}
	if (frame->matches < check->least)
		schema_issue(run, frame, "contains",
			"Must contain at least %lu item%s of the required form. There are %u.",
			(unsigned long)check->least, check->least == 1 ? "" : "s", frame->matches);
	else if (frame->matches > check->most)
		schema_issue(run, frame, "contains", "May contain at most %lu item%s of this form. There are %u.",
			(unsigned long)check->most, check->most == 1 ? "" : "s", frame->matches);
	return CHECK_DONE;
}

const struct keyword schema_lists[] = {
	{"minItems", schema_operand_count, check_min_items, KIND_ARRAY, false},
	{"maxItems", schema_operand_count, check_max_items, KIND_ARRAY, false},
	{"uniqueItems", compile_unique_items, check_unique_items, KIND_ARRAY, false},
	{"prefixItems", schema_operand_schemas, check_prefix_items, KIND_ARRAY, false},
	{"items", compile_items, check_items, KIND_ARRAY, false},
	{"contains", compile_contains, check_contains, KIND_ARRAY, false},
	{"minContains", schema_operand_count, NULL, 0, false},
	{"maxContains", schema_operand_count, NULL, 0, false},
	{NULL, NULL, NULL, 0, false},
};
