/* Every keyword of JSON Schema that we know: how its operand is compiled, how a value is checked. The table is at the
 * end. */
#include "json/schema_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define COMPILE(name) \
	static bool compile_##name( \
		struct compiler *c, struct schema *schema, const struct json *operand, struct check *check)
#define CHECK(name) static enum check_flow check_##name(struct run *run, struct frame *frame, const struct check *check)

static bool
needs(struct compiler *c, struct schema *schema, const struct json *operand, const struct check *check,
	const char *what)
{
	return schema_fail(c, schema, operand, "\"%s\" must be %s.", check->keyword->name, what);
}

/* ---- operands of several keywords ---- */

COMPILE(nothing)
{
	(void)c, (void)schema, (void)operand, (void)check;
	return true;
}

COMPILE(count)
{
	int64_t value;
	if (!json_to_int(operand, &value) || value < 0)
		return needs(c, schema, operand, check, "a whole number, not negative");
	check->least = check->most = (uint64_t)value;
	return true;
}

COMPILE(number)
{
	if (operand->type != JSON_NUMBER || !number_read(operand->text, &check->number))
		return needs(c, schema, operand, check, "a number");
	return true;
}

COMPILE(one_schema)
{
	check->subs = arena_array(c->arena, 1, sizeof *check->subs);
	check->sub_count = 1;
	check->subs[0] = schema_of(c, schema, check->keyword->name, STR(""), operand);
	return true;
}

COMPILE(schemas)
{
	if (operand->type != JSON_ARRAY || operand->count == 0)
		return needs(c, schema, operand, check, "a list of schemas, not empty");
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

COMPILE(named_schemas)
{
	if (operand->type != JSON_OBJECT)
		return needs(c, schema, operand, check, "an object of schemas");
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

COMPILE(strings)
{
	if (operand->type != JSON_ARRAY)
		return needs(c, schema, operand, check, "a list of names");
	json_each (item, operand)
		if (item->type != JSON_STRING)
			return needs(c, schema, item, check, "a list of names");
	return true;
}

/* ---- any value ---- */

static const struct {
	const char *name;
	unsigned kinds;
	const char *words;
} kinds[] = {
	{"null", KIND_NULL, "null"},
	{"boolean", KIND_BOOLEAN, "true or false"},
	{"integer", KIND_INTEGER, "a whole number"},
	{"number", KIND_NUMBER | KIND_INTEGER, "a number"},
	{"string", KIND_STRING, "a text"},
	{"array", KIND_ARRAY, "a list"},
	{"object", KIND_OBJECT, "an object"},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static bool
add_kind(const struct json *name, unsigned *kinds_so_far)
{
	for (size_t i = 0; i < KINDS; i++)
		if (name->type == JSON_STRING && str_is(name->text, kinds[i].name)) {
			*kinds_so_far |= kinds[i].kinds;
			return true;
		}
	return false;
}

COMPILE(type)
{
	if (operand->type == JSON_STRING && add_kind(operand, &check->kinds))
		return true;
	bool ok = operand->type == JSON_ARRAY && operand->count > 0;
	json_each (item, operand)
		ok = ok && add_kind(item, &check->kinds);
	return ok || needs(c, schema, operand, check, "the name of a type, or a list of them");
}

CHECK(type)
{
	unsigned kind = schema_kind(frame->value);
	if (check->kinds & kind)
		return CHECK_DONE;
	char wanted[120] = "";
	size_t n = 0;
	for (size_t i = 0; i < KINDS; i++) {
		bool said_by_number = kinds[i].kinds == KIND_INTEGER && (check->kinds & KIND_NUMBER);
		if ((check->kinds & kinds[i].kinds) == kinds[i].kinds && !said_by_number && n < sizeof wanted)
			n += (size_t)snprintf(wanted + n, sizeof wanted - n, "%s%s", n ? " or " : "", kinds[i].words);
	}
	const char *found = "something else";
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].kinds & kind & ~(unsigned)KIND_INTEGER)
			found = kinds[i].words;
	schema_issue(run, frame, "type", "Must be %s, not %s.", wanted, found);
	return CHECK_DONE;
}

COMPILE(enum)
{
	if (operand->type != JSON_ARRAY || operand->count == 0)
		return needs(c, schema, operand, check, "a list of values, not empty");
	return true;
}

CHECK(enum)
{
	char shown[SCHEMA_SHOWN_SIZE], allowed[180] = "";
	size_t n = 0;
	json_each (item, check->operand) {
		schema_cost(run, 1);
		if (json_equal(item, frame->value))
			return CHECK_DONE;
	}
	json_each (choice, check->operand)
		if (n < sizeof allowed)
			n += (size_t)snprintf(
				allowed + n, sizeof allowed - n, "%s%s", n ? ", " : "", schema_show(choice, shown));
	schema_issue(run, frame, "enum", "Must be one of: %s.", allowed);
	return CHECK_DONE;
}

CHECK(const)
{
	char shown[SCHEMA_SHOWN_SIZE];
	if (!json_equal(check->operand, frame->value))
		schema_issue(run, frame, "const", "Must be %s.",
			check->operand->count ? "exactly what the schema says" : schema_show(check->operand, shown));
	return CHECK_DONE;
}

/* ---- numbers ---- */

static int
order_to_operand(const struct frame *frame, const struct check *check)
{
	struct number number;
	return number_read(frame->value->text, &number) ? number_order(&number, &check->number) : 0;
}

CHECK(minimum)
{
	if (order_to_operand(frame, check) < 0)
		schema_issue(run, frame, "minimum", "Must be at least %.*s.", STR_ARG(check->operand->text));
	return CHECK_DONE;
}

CHECK(maximum)
{
	if (order_to_operand(frame, check) > 0)
		schema_issue(run, frame, "maximum", "Must be at most %.*s.", STR_ARG(check->operand->text));
	return CHECK_DONE;
}

CHECK(exclusive_minimum)
{
	if (order_to_operand(frame, check) <= 0)
		schema_issue(run, frame, "minimum", "Must be more than %.*s.", STR_ARG(check->operand->text));
	return CHECK_DONE;
}

CHECK(exclusive_maximum)
{
	if (order_to_operand(frame, check) >= 0)
		schema_issue(run, frame, "maximum", "Must be less than %.*s.", STR_ARG(check->operand->text));
	return CHECK_DONE;
}

COMPILE(multiple_of)
{
	if (!compile_number(c, schema, operand, check))
		return false;
	if (check->number.digits == 0 || check->number.negative || check->number.digits > NUMBER_STEP_DIGITS)
		return needs(c, schema, operand, check, "more than 0, of at most 18 digits");
	return true;
}

CHECK(multiple_of)
{
	struct number number;
	if (number_read(frame->value->text, &number) && !number_multiple(&number, &check->number))
		schema_issue(run, frame, "multiple_of", "Must be a multiple of %.*s.", STR_ARG(check->operand->text));
	return CHECK_DONE;
}

/* ---- texts ---- */

CHECK(min_length)
{
	size_t length = str_utf8_length(frame->value->text);
	if (length < check->least && length == 0 && check->least == 1)
		schema_issue(run, frame, "too_short", "Must not be empty.");
	else if (length < check->least)
		schema_issue(run, frame, "too_short", "Must have at least %lu characters. It has %zu.",
			(unsigned long)check->least, length);
	return CHECK_DONE;
}

CHECK(max_length)
{
	size_t length = str_utf8_length(frame->value->text);
	if (length > check->most)
		schema_issue(run, frame, "too_long", "Must have at most %lu characters. It has %zu.",
			(unsigned long)check->most, length);
	return CHECK_DONE;
}

COMPILE(pattern)
{
	if (operand->type != JSON_STRING)
		return needs(c, schema, operand, check, "a regular expression");
	check->pattern = schema_pattern(c, schema, operand, operand->text);
	return check->pattern != NULL;
}

CHECK(pattern)
{
	if (!schema_matches(run, check->pattern, frame->value->text))
		schema_issue(run, frame, "pattern", "Does not have the form %.*s.",
			(int)(check->operand->text.n < 120 ? check->operand->text.n : 120), check->operand->text.p);
	return CHECK_DONE;
}

COMPILE(format)
{
	if (operand->type != JSON_STRING)
		return needs(c, schema, operand, check, "the name of a format");
	if (!schema_format(operand->text, &check->format))
		return schema_fail(c, schema, operand, "the format \"%.*s\" is not known.",
			(int)(operand->text.n < 80 ? operand->text.n : 80), operand->text.p);
	return true;
}

CHECK(format)
{
	if (check->format && !check->format(frame->value->text))
		schema_issue(run, frame, "format", "Is not a valid %.*s.", STR_ARG(check->operand->text));
	return CHECK_DONE;
}

/* ---- lists ---- */

static void
issue_count(struct run *run, struct frame *frame, const char *code, const char *how, uint64_t limit, const char *what)
{
	schema_issue(run, frame, code, "Must have %s %lu %s%s. There %s %u.", how, (unsigned long)limit, what,
		limit == 1 ? "" : "s", frame->value->count == 1 ? "is" : "are", frame->value->count);
}

CHECK(min_items)
{
	if (frame->value->count < check->least)
		issue_count(run, frame, "too_few", "at least", check->least, "item");
	return CHECK_DONE;
}

CHECK(max_items)
{
	if (frame->value->count > check->most)
		issue_count(run, frame, "too_many", "at most", check->most, "item");
	return CHECK_DONE;
}

COMPILE(unique_items)
{
	if (operand->type != JSON_TRUE && operand->type != JSON_FALSE)
		return needs(c, schema, operand, check, "true or false");
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

/* What the schema called last has to say counts as ours. */
static void
take_result(struct run *run, struct frame *frame)
{
	if (frame->returned)
		frame->valid &= run->result;
	frame->returned = false;
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
	return compile_one_schema(c, schema, operand, check);
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
	return compile_one_schema(c, schema, operand, check);
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

/* ---- objects ---- */

CHECK(min_properties)
{
	if (frame->value->count < check->least)
		issue_count(run, frame, "too_few", "at least", check->least, "field");
	return CHECK_DONE;
}

CHECK(max_properties)
{
	if (frame->value->count > check->most)
		issue_count(run, frame, "too_many", "at most", check->most, "field");
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
	if (!compile_named_schemas(c, schema, operand, check))
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
		return needs(c, schema, operand, check, "an object of lists of names");
	json_each (member, operand)
		if (!compile_strings(c, schema, member, check))
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

/* ---- schemas for the same value ---- */

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

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
		int high = i + 2 < text.n ? hex(text.p[i + 1]) : -1, low = i + 2 < text.n ? hex(text.p[i + 2]) : -1;
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
		return needs(c, schema, operand, check, "a reference inside this document, beginning with #");
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
		return needs(c, schema, operand, check, "at the top of the document");
	return true;
}

#define NUMBERS (KIND_NUMBER | KIND_INTEGER)

/* Cheap checks first; a keyword that looks at another's compiled form stands after it. */
const struct keyword schema_keywords[] = {
	{"$id", compile_id, NULL, 0, false},
	{"type", compile_type, check_type, KIND_ANY, false},
	{"const", compile_nothing, check_const, KIND_ANY, false},
	{"enum", compile_enum, check_enum, KIND_ANY, false},
	{"minimum", compile_number, check_minimum, NUMBERS, false},
	{"maximum", compile_number, check_maximum, NUMBERS, false},
	{"exclusiveMinimum", compile_number, check_exclusive_minimum, NUMBERS, false},
	{"exclusiveMaximum", compile_number, check_exclusive_maximum, NUMBERS, false},
	{"multipleOf", compile_multiple_of, check_multiple_of, NUMBERS, false},
	{"minLength", compile_count, check_min_length, KIND_STRING, false},
	{"maxLength", compile_count, check_max_length, KIND_STRING, false},
	{"pattern", compile_pattern, check_pattern, KIND_STRING, false},
	{"format", compile_format, check_format, KIND_STRING, false},
	{"minItems", compile_count, check_min_items, KIND_ARRAY, false},
	{"maxItems", compile_count, check_max_items, KIND_ARRAY, false},
	{"uniqueItems", compile_unique_items, check_unique_items, KIND_ARRAY, false},
	{"prefixItems", compile_schemas, check_prefix_items, KIND_ARRAY, false},
	{"items", compile_items, check_items, KIND_ARRAY, false},
	{"contains", compile_contains, check_contains, KIND_ARRAY, false},
	{"minContains", compile_count, NULL, 0, false},
	{"maxContains", compile_count, NULL, 0, false},
	{"minProperties", compile_count, check_min_properties, KIND_OBJECT, false},
	{"maxProperties", compile_count, check_max_properties, KIND_OBJECT, false},
	{"required", compile_strings, check_required, KIND_OBJECT, false},
	{"dependentRequired", compile_dependent_required, check_dependent_required, KIND_OBJECT, false},
	{"properties", compile_named_schemas, check_properties, KIND_OBJECT, false},
	{"patternProperties", compile_pattern_properties, check_pattern_properties, KIND_OBJECT, false},
	{"additionalProperties", compile_one_schema, check_additional_properties, KIND_OBJECT, false},
	{"propertyNames", compile_one_schema, check_property_names, KIND_OBJECT, false},
	{"$ref", compile_ref, check_all_of, KIND_ANY, true},
	{"allOf", compile_schemas, check_all_of, KIND_ANY, true},
	{"anyOf", compile_schemas, check_any_of, KIND_ANY, true},
	{"oneOf", compile_schemas, check_one_of, KIND_ANY, true},
	{"not", compile_one_schema, check_not, KIND_ANY, true},
	{"if", compile_if, check_if, KIND_ANY, true},
	{"then", NULL, NULL, 0, false},
	{"else", NULL, NULL, 0, false},
	{"dependentSchemas", compile_named_schemas, check_dependent_schemas, KIND_OBJECT, true},
	/* Annotations, which allow and refuse nothing. Schemas under $defs are compiled when something refers to them.
	 */
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
