/*
 * The unevaluated vocabulary: members and items that no other keyword of this schema has looked at, nor any schema that it
 * applies to the same value and that fits. Who looked at what is kept in the frames, a bit for each child (schema.c).
 */
#include "json/schema_keywords.h"

COMPILE(unevaluated)
{
	schema->unevaluated = true;
	return schema_operand_one_schema(c, schema, operand, check);
}

static const struct json *
next_unmarked(struct run *run, struct frame *frame)
{
	if (!frame->started) {
		frame->started = true;
		frame->item = frame->value->child;
	}
	while (frame->item && schema_marked(run, frame, frame->at)) {
		frame->item = frame->item->next;
		frame->at++;
	}
	const struct json *item = frame->item;
	if (item) {
		schema_mark(run, frame, frame->at++);
		frame->item = item->next;
	}
	return item;
}

CHECK(unevaluated_properties)
{
	take_result(run, frame);
	for (const struct json *member; !is_lost(frame) && !run->stopped && (member = next_unmarked(run, frame));) {
		schema_cost(run, 1);
		if (check->subs[0]->never) {
			schema_violation_member(
				run, frame, member, check->keyword->name, "unknown_field", "There is no such field.");
			continue;
		}
		if (!schema_apply_member(run, check->subs[0], member))
			return CHECK_CALLED;
		frame->valid &= run->result;
	}
	return CHECK_DONE;
}

CHECK(unevaluated_items)
{
	take_result(run, frame);
	for (const struct json *item; !is_lost(frame) && !run->stopped && (item = next_unmarked(run, frame));) {
		schema_cost(run, 1);
		if (!schema_apply_item(run, check->subs[0], item, frame->at - 1, MODE_ALOUD))
			return CHECK_CALLED;
		frame->valid &= run->result;
	}
	return CHECK_DONE;
}

const struct keyword schema_unevaluated[] = {
	APPLIES("unevaluatedProperties", IN_2020, UNEVALUATED, ONE, KIND_OBJECT, false, compile_unevaluated,
		check_unevaluated_properties),
	APPLIES("unevaluatedItems", IN_2020, UNEVALUATED, ONE, KIND_ARRAY, false, compile_unevaluated,
		check_unevaluated_items),
	KEYWORDS_END,
};
