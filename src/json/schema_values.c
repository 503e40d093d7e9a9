/* Keywords about the value itself: its type, constants, numbers, texts. */
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
	if (operand->type == JSON_STRING && add_kind(operand, &check->kinds))
		return true;
	bool ok = operand->type == JSON_ARRAY && operand->count > 0;
	json_each (item, operand)
		ok = ok && add_kind(item, &check->kinds);
	return ok || schema_needs(c, schema, operand, check, "the name of a type, or a list of them");
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
	if (kind == KIND_NUMBER && (check->kinds & KIND_INTEGER))
		found = "a number with a fraction";
	schema_issue(run, frame, "type", "Must be %s, not %s.", wanted, found);
	return CHECK_DONE;
}

COMPILE(enum)
{
	if (operand->type != JSON_ARRAY || operand->count == 0)
		return schema_needs(c, schema, operand, check, "a list of values, not empty");
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
	if (!schema_operand_number(c, schema, operand, check))
		return false;
	if (check->number.digits == 0 || check->number.negative || check->number.digits > NUMBER_STEP_DIGITS)
		return schema_needs(c, schema, operand, check, "more than 0, of at most 18 digits");
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
		return schema_needs(c, schema, operand, check, "a regular expression");
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
		return schema_needs(c, schema, operand, check, "the name of a format");
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

#define NUMBERS (KIND_NUMBER | KIND_INTEGER)

const struct keyword schema_values[] = {
	{"type", compile_type, check_type, KIND_ANY, false},
	{"const", schema_operand_nothing, check_const, KIND_ANY, false},
	{"enum", compile_enum, check_enum, KIND_ANY, false},
	{"minimum", schema_operand_number, check_minimum, NUMBERS, false},
	{"maximum", schema_operand_number, check_maximum, NUMBERS, false},
	{"exclusiveMinimum", schema_operand_number, check_exclusive_minimum, NUMBERS, false},
	{"exclusiveMaximum", schema_operand_number, check_exclusive_maximum, NUMBERS, false},
	{"multipleOf", compile_multiple_of, check_multiple_of, NUMBERS, false},
	{"minLength", schema_operand_count, check_min_length, KIND_STRING, false},
	{"maxLength", schema_operand_count, check_max_length, KIND_STRING, false},
	{"pattern", compile_pattern, check_pattern, KIND_STRING, false},
	{"format", compile_format, check_format, KIND_STRING, false},
	{NULL, NULL, NULL, 0, false},
};
