/* The validation vocabulary, of the value itself: its type, constants, numbers, texts. */
#include "json/schema_keywords.h"

#include <stdio.h>

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
	bool ok = operand->type == JSON_STRING && add_kind(operand, &check->types);
	if (!ok) {
		ok = operand->type == JSON_ARRAY && operand->count > 0;
		json_each (item, operand)
			ok = ok && add_kind(item, &check->types);
	}
	if (!ok)
		return schema_needs(c, schema, operand, check, "the name of a type, or a list of them");
	schema->types = check->types;
	return true;
}

PASSES(type)
{
	(void)run;
	return check->types & schema_kind(value);
}

void
schema_violation_types(struct run *run, struct frame *frame, const char *keyword, const char *code, unsigned types)
{
	char wanted[120] = "";
	size_t n = 0;
	for (size_t i = 0; i < KINDS; i++) {
		bool said_by_number = kinds[i].kinds == KIND_INTEGER && (types & KIND_NUMBER);
		if ((types & kinds[i].kinds) == kinds[i].kinds && !said_by_number && n < sizeof wanted)
			n += (size_t)snprintf(wanted + n, sizeof wanted - n, "%s%s", n ? " or " : "", kinds[i].words);
	}
	const char *found = "something else";
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].kinds & frame->kind & ~(unsigned)KIND_INTEGER)
			found = kinds[i].words;
	if (frame->kind == KIND_NUMBER && (types & KIND_INTEGER))
		found = "a number with a fraction";
	schema_violation(run, frame, keyword, code, "Must be %s, not %s.", wanted, found);
}

EXPLAIN(type)
{
	schema_violation_types(run, frame, "type", "type", check->types);
}

COMPILE(enum)
{
	/* Only ours is an error: 2020-12 allows a list that nothing is in. */
	if (operand->type != JSON_ARRAY || (operand->count == 0 && c->options->strict))
		return schema_needs(c, schema, operand, check, "a list of values, not empty");
	check->values = values_of(c->arena, operand);
	return true;
}

PASSES(enum)
{
	(void)run;
	return values_have(check->values, value);
}

EXPLAIN(enum)
{
	char shown[SCHEMA_SHOWN_SIZE], allowed[180] = "";
	size_t n = 0;
	json_each (choice, check->operand) {
		if (n >= sizeof allowed)
			break;
		n += (size_t)snprintf(
			allowed + n, sizeof allowed - n, "%s%s", n ? ", " : "", schema_show(choice, shown));
	}
	schema_violation(run, frame, "enum", "enum", "Must be one of: %s.", allowed);
}

PASSES(const)
{
	(void)run;
	if (check->operand->type != value->type)
		return false;
	return value->type == JSON_STRING ? str_eq(check->operand->text, value->text)
					  : json_equal(check->operand, value);
}

EXPLAIN(const)
{
	char shown[SCHEMA_SHOWN_SIZE];
	schema_violation(run, frame, "const", "const", "Must be %s.",
		check->operand->count ? "exactly what the schema says" : schema_show(check->operand, shown));
}

/* ---- numbers ---- */

static int
order_to_operand(const struct json *value, const struct check *check)
{
	struct number number;
	int64_t small;
	if (check->is_small && number_small(value->text, &small))
		return small < check->small ? -1 : small > check->small;
	return number_read(value->text, &number) ? number_order(&number, &check->number) : 0;
}

static void
explain_bound(struct run *run, struct frame *frame, const struct check *check, const char *code, const char *how)
{
	schema_violation(run, frame, check->keyword->name, code, "Must be %s %.*s.", how,
		(int)(check->operand->text.n < 80 ? check->operand->text.n : 80), check->operand->text.p);
}

PASSES(minimum)
{
	(void)run;
	return order_to_operand(value, check) >= 0;
}

EXPLAIN(minimum)
{
	explain_bound(run, frame, check, "minimum", "at least");
}

PASSES(maximum)
{
	(void)run;
	return order_to_operand(value, check) <= 0;
}

EXPLAIN(maximum)
{
	explain_bound(run, frame, check, "maximum", "at most");
}

PASSES(exclusive_minimum)
{
	(void)run;
	return order_to_operand(value, check) > 0;
}

EXPLAIN(exclusive_minimum)
{
	explain_bound(run, frame, check, "minimum", "more than");
}

PASSES(exclusive_maximum)
{
	(void)run;
	return order_to_operand(value, check) < 0;
}

EXPLAIN(exclusive_maximum)
{
	explain_bound(run, frame, check, "maximum", "less than");
}

COMPILE(multiple_of)
{
	if (!schema_operand_number(c, schema, operand, check))
		return false;
	if (check->number.digits == 0 || check->number.negative || check->number.digits > NUMBER_STEP_DIGITS_MOST)
		return schema_fail(c, schema, operand, "\"multipleOf\" must be more than 0, of at most %d digits.",
			NUMBER_STEP_DIGITS_MOST);
	return true;
}

PASSES(multiple_of)
{
	struct number number;
	schema_cost(run, value->text.n * (1 + check->number.digits / 8));
	return !number_read(value->text, &number) || number_multiple(&number, &check->number);
}

EXPLAIN(multiple_of)
{
	explain_bound(run, frame, check, "multiple_of", "a multiple of");
}

/* ---- texts: as many bytes as characters at least, four times as many at most ---- */

PASSES(min_length)
{
	(void)run;
	return value->text.n / 4 >= check->least ||
	       (value->text.n >= check->least && str_utf8_length(value->text) >= check->least);
}

EXPLAIN(min_length)
{
	size_t length = str_utf8_length(frame->value->text);
	if (length == 0 && check->least == 1)
		schema_violation(run, frame, "minLength", "too_short", "Must not be empty.");
	else
		schema_violation(run, frame, "minLength", "too_short", "Must have at least %lu characters. It has %zu.",
			(unsigned long)check->least, length);
}

PASSES(max_length)
{
	(void)run;
	return value->text.n <= check->most ||
	       (value->text.n / 4 <= check->most && str_utf8_length(value->text) <= check->most);
}

EXPLAIN(max_length)
{
	schema_violation(run, frame, "maxLength", "too_long", "Must have at most %lu characters. It has %zu.",
		(unsigned long)check->most, str_utf8_length(frame->value->text));
}

COMPILE(pattern)
{
	if (operand->type != JSON_STRING)
		return schema_needs(c, schema, operand, check, "a regular expression");
	check->pattern = schema_pattern(c, schema, operand, operand->text);
	return check->pattern != NULL;
}

PASSES(pattern)
{
	return schema_matches(run, check->pattern, value->text);
}

EXPLAIN(pattern)
{
	schema_violation(run, frame, "pattern", "pattern", "Does not have the form %.*s.",
		(int)(check->operand->text.n < 120 ? check->operand->text.n : 120), check->operand->text.p);
}

COMPILE(format)
{
	const struct dialect *dialect = &schema->resource->dialect;
	if (operand->type != JSON_STRING)
		return schema_needs(c, schema, operand, check, "the name of a format");
	if (!schema_format(operand->text, c->options->strict, &check->format) && c->options->strict)
		return schema_fail(c, schema, operand, "the format \"%.*s\" is not known.",
			(int)(operand->text.n < 80 ? operand->text.n : 80), operand->text.p);
	check->skip = !check->format || !(c->options->formats || (dialect->vocabularies & VOCABULARY_FORMAT_ASSERTION));
	return true;
}

PASSES(format)
{
	schema_cost(run, value->text.n / 8);
	return check->format(value->text);
}

EXPLAIN(format)
{
	schema_violation(run, frame, "format", "format", "Is not a valid %.*s.", STR_ARG(check->operand->text));
}

#define NUMBERS (KIND_NUMBER | KIND_INTEGER)

const struct keyword schema_values[] = {
	ASKS("type", IN_BOTH, VALIDATION, KIND_ANY, compile_type, type),
	ASKS("const", IN_BOTH, VALIDATION, KIND_ANY, schema_operand_nothing, const),
	ASKS("enum", IN_BOTH, VALIDATION, KIND_ANY, compile_enum, enum),
	ASKS("minimum", IN_BOTH, VALIDATION, NUMBERS, schema_operand_number, minimum),
	ASKS("maximum", IN_BOTH, VALIDATION, NUMBERS, schema_operand_number, maximum),
	ASKS("exclusiveMinimum", IN_BOTH, VALIDATION, NUMBERS, schema_operand_number, exclusive_minimum),
	ASKS("exclusiveMaximum", IN_BOTH, VALIDATION, NUMBERS, schema_operand_number, exclusive_maximum),
	ASKS("multipleOf", IN_BOTH, VALIDATION, NUMBERS, compile_multiple_of, multiple_of),
	ASKS("minLength", IN_BOTH, VALIDATION, KIND_STRING, schema_operand_count, min_length),
	ASKS("maxLength", IN_BOTH, VALIDATION, KIND_STRING, schema_operand_count, max_length),
	ASKS("pattern", IN_BOTH, VALIDATION, KIND_STRING, compile_pattern, pattern),
	ASKS("format", IN_BOTH, FORMAT, KIND_STRING, compile_format, format),
	KEYWORDS_END,
};
