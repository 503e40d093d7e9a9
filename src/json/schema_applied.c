/* Keywords that apply other schemas to the same value. */
#include "json/schema_keywords.h"

/* A fragment of a URI is percent-encoded; false when badly so. */
static bool
decode(struct arena *arena, struct str text, struct str *ret_text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '%') {
			out[n++] = text.p[i];
			continue;
		}
		int high = i + 2 < text.n ? str_hex_digit(text.p[i + 1]) : -1,
		    low = i + 2 < text.n ? str_hex_digit(text.p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return false;
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*ret_text = (struct str){out, n};
	return true;
}

COMPILE(ref)
{
	if (operand->type != JSON_STRING || operand->text.n == 0 || operand->text.p[0] != '#')
		return schema_needs(c, schema, operand, check, "a reference inside this document, beginning with #");
	struct str pointer;
	struct str fragment = {operand->text.p + 1, operand->text.n - 1};
	const struct json *target = decode(c->arena, fragment, &pointer) ? json_pointer(c->doc, pointer) : NULL;
	if (!target)
		return schema_fail(c, schema, operand, "there is nothing at %.*s.",
			(int)(operand->text.n < 120 ? operand->text.n : 120), operand->text.p);
	check->subs = arena_array(c->arena, 1, sizeof *check->subs);
	check->sub_count = 1;
	check->subs[0] = schema_of(c, NULL, NULL, pointer, target);
	return true;
}

CHECK(all_of)
{
	take_result(run, frame);
	return frame->at < check->sub_count ? schema_call(run, check->subs[frame->at++], frame->value, false)
					    : CHECK_DONE;
}

enum { PHASE_TRYING, PHASE_EXPLAINING };

/* Nothing fitted: the branch that was meant is gone through again, this time aloud. */
static enum check_flow
explain(struct run *run, struct frame *frame, const struct check *check)
{
	frame->valid = false;
	const struct schema *meant = frame->silent ? NULL : schema_meant(run, frame, check);
	if (!meant)
		return CHECK_DONE;
	frame->phase = PHASE_EXPLAINING;
	return schema_call(run, meant, frame->value, false);
}

CHECK(any_of)
{
	if (frame->phase == PHASE_EXPLAINING || (frame->returned && run->result))
		return CHECK_DONE;
	frame->returned = false;
	if (frame->at < check->sub_count)
		return schema_call(run, check->subs[frame->at++], frame->value, true);
	return explain(run, frame, check);
}

CHECK(one_of)
{
	if (frame->phase == PHASE_EXPLAINING)
		return CHECK_DONE;
	if (frame->returned)
		frame->matches += run->result;
	frame->returned = false;
	if (frame->at < check->sub_count && frame->matches < 2)
		return schema_call(run, check->subs[frame->at++], frame->value, true);
	if (frame->matches == 0)
		return explain(run, frame, check);
	if (frame->matches > 1)
		schema_issue(run, frame, "one_of", "This has more than one of the forms that are allowed here.");
	return CHECK_DONE;
}

CHECK(not )
{
	if (!frame->returned)
		return schema_call(run, check->subs[0], frame->value, true);
	if (run->result)
		schema_issue(run, frame, "not_allowed", "This form is not allowed here.");
	return CHECK_DONE;
}

/* Three places: if, then, else. */
COMPILE(if)
{
	static const char *const names[] = {"if", "then", "else"};
	(void)operand;
	check->subs = arena_array(c->arena, 3, sizeof *check->subs);
	check->sub_count = 3;
	for (uint32_t i = 0; i < 3; i++) {
		const struct json *node = json_get(schema->source, names[i]);
		check->subs[i] = node ? schema_of(c, schema, names[i], STR(""), node) : NULL;
	}
	return true;
}

CHECK(if)
{
	if (!frame->started) {
		frame->started = true;
		return schema_call(run, check->subs[0], frame->value, true);
	}
	if (frame->phase == 1) {
		take_result(run, frame);
		return CHECK_DONE;
	}
	frame->phase = 1;
	const struct schema *chosen = check->subs[run->result ? 1 : 2];
	return chosen ? schema_call(run, chosen, frame->value, false) : CHECK_DONE;
}

/* $id moves what references are relative to; at the top of a document there is nothing to move. */
COMPILE(id)
{
	if (schema->source != c->doc && schema->source != c->root)
		return schema_needs(c, schema, operand, check, "at the top of the document");
	return true;
}

const struct keyword schema_applied[] = {
	{"$id", compile_id, NULL, 0, false},
	{"$ref", compile_ref, check_all_of, KIND_ANY, true},
	{"allOf", schema_operand_schemas, check_all_of, KIND_ANY, true},
	{"anyOf", schema_operand_schemas, check_any_of, KIND_ANY, true},
	{"oneOf", schema_operand_schemas, check_one_of, KIND_ANY, true},
	{"not", schema_operand_one_schema, check_not, KIND_ANY, true},
	{"if", compile_if, check_if, KIND_ANY, true},
	{"then", NULL, NULL, 0, false},
	{"else", NULL, NULL, 0, false},
	{NULL, NULL, NULL, 0, false},
};
