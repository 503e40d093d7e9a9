/* The core vocabulary: references, and where others are kept. What an $id or an anchor names, schema_resource.c knows. */
#include "json/schema_keywords.h"

COMPILE(ref)
{
	struct str ignored;
	if (operand->type != JSON_STRING)
		return schema_needs(c, schema, operand, check, "a reference: a URI, or a part of one");
	check->subs = arena_array(c->arena, 1, sizeof *check->subs);
	check->sub_count = 1;
	return schema_refer(c, schema, operand, &ignored, &check->subs[0]);
}

CHECK(ref)
{
	if (!frame->started) {
		frame->started = true;
		if (!schema_apply_here(run, check->subs[0], frame->value, frame->mode))
			return CHECK_CALLED;
		frame->returned = true;
	}
	take_result(run, frame);
	return CHECK_DONE;
}

/* Is dynamic only when what it would be without dynamics has a dynamic anchor of that name. */
COMPILE(dynamic_ref)
{
	struct str anchor;
	if (operand->type != JSON_STRING)
		return schema_needs(c, schema, operand, check, "a reference: a URI, or a part of one");
	check->subs = arena_array(c->arena, 1, sizeof *check->subs);
	check->sub_count = 1;
	if (!schema_refer(c, schema, operand, &anchor, &check->subs[0]))
		return false;
	if (anchor.n > 0 && names_get(&check->subs[0]->resource->dynamic, anchor) == check->subs[0]) {
		check->dynamic = anchor;
		c->dynamic = true;
	}
	return true;
}

/* The outermost of the resources gone through that has this anchor. */
static const struct schema *
find_dynamic(struct run *run, const struct check *check)
{
	const struct resource *last = NULL;
	for (uint32_t i = 0; i < run->depth; i++) {
		const struct resource *resource = run->frames[i].schema->resource;
		if (resource == last)
			continue;
		last = resource;
		schema_cost(run, 1);
		const struct schema *found = names_get(&resource->dynamic, check->dynamic);
		if (found)
			return found;
	}
	return check->subs[0];
}

CHECK(dynamic_ref)
{
	if (!frame->started) {
		frame->started = true;
		const struct schema *schema = check->dynamic.n > 0 ? find_dynamic(run, check) : check->subs[0];
		if (!schema_apply_here(run, schema, frame->value, frame->mode))
			return CHECK_CALLED;
		frame->returned = true;
	}
	take_result(run, frame);
	return CHECK_DONE;
}

const struct keyword schema_core[] = {
	APPLIES("$ref", IN_BOTH, CORE, NONE, KIND_ANY, true, compile_ref, check_ref),
	APPLIES("$dynamicRef", IN_2020, CORE, NONE, KIND_ANY, true, compile_dynamic_ref, check_dynamic_ref),
	HELPS("$defs", IN_2020, CORE, NAMED, NULL),
	/* Of draft 7, and still written by everyone. */
	HELPS("definitions", IN_BOTH, CORE, NAMED, NULL),
	ANNOTATES("$id", IN_BOTH, CORE),
	ANNOTATES("$schema", IN_BOTH, CORE),
	ANNOTATES("$comment", IN_BOTH, CORE),
	ANNOTATES("$anchor", IN_2020, CORE),
	ANNOTATES("$dynamicAnchor", IN_2020, CORE),
	ANNOTATES("$vocabulary", IN_2020, CORE),
	KEYWORDS_END,
};
