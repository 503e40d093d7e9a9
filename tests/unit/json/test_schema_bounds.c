/*
 * What a stranger's schema or document can cost: many references, circles, huge enumerations, depth, alternatives, expressions
 * that try everything, keys and items made to collide. Each must end soon, with the right answer or with ERR_LIMIT.
 */
#include "../support.h"

#include "json/schema.h"

#include <stdio.h>
#include <time.h>

static struct err err;
static struct buf text;

static const struct json *
read_buf(void)
{
	struct json *doc = NULL;
	err_clear(&err);
	if (!json_read(arena, buf_str(&text), &json_limits_stored, &doc, &err))
		fail_msg("%s", err.message);
	buf_clear(&text);
	return doc;
}

static const struct json *
read_z(const char *z)
{
	buf_clear(&text);
	buf_add_z(&text, z);
	return read_buf();
}

static struct schema *
compile(const struct json *doc)
{
	static const struct schema_options options = {.formats = true, .everything = true};
	struct schema *schema = NULL;
	err_clear(&err);
	if (!schema_compile_with(arena, doc, "", &options, &schema, &err))
		fail_msg("%s", err.message);
	return schema;
}

static int
begin(void **state)
{
	buf_init(&text, (size_t)64 << 20);
	return arena_setup(state);
}

static int
end(void **state)
{
	buf_release(&text);
	return arena_teardown(state);
}

static void
ten_thousand_references(void **state)
{
	(void)state;
	enum { MANY = 10000 };
	/* One after the other … */
	buf_add_z(&text, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "\"d%d\":{\"$ref\":\"#/$defs/d%d\"},", i, i + 1);
	buf_printf(&text, "\"d%d\":{\"type\":\"null\"}}}", MANY);
	const struct schema *chain = compile(read_buf());
	assert_true(schema_check(chain, read_z("null"), "", &err));
	assert_false(schema_check(chain, read_z("1"), "", &err));
	/* … in a chain of schemas that each say something more … */
	buf_add_z(&text, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "\"d%d\":{\"$anchor\":\"a%d\",\"allOf\":[{\"$ref\":\"#a%d\"}]},", i, i, i + 1);
	buf_printf(&text, "\"d%d\":{\"$anchor\":\"a%d\",\"type\":\"null\"}}}", MANY, MANY);
	const struct schema *deep = compile(read_buf());
	assert_true(schema_check(deep, read_z("null"), "", &err));
	err_clear(&err);
	assert_false(schema_check(deep, read_z("1"), "", &err));
	assert_string_equal(err.issues[0].code, "type");
	/* … and beside each other, each with a URI of its own. */
	buf_add_z(&text, "{\"properties\":{");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "%s\"p%d\":{\"$ref\":\"u%d\"}", i ? "," : "", i, i);
	buf_add_z(&text, "},\"$defs\":{");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "%s\"d%d\":{\"$id\":\"u%d\",\"const\":%d}", i ? "," : "", i, i, i);
	buf_add_z(&text, "}}");
	const struct schema *wide = compile(read_buf());
	assert_true(schema_check(wide, read_z("{\"p9999\":9999,\"p0\":0}"), "", &err));
	assert_false(schema_check(wide, read_z("{\"p9999\":9998}"), "", &err));
}

static void
circles_are_refused_or_end(void **state)
{
	(void)state;
	static const char *const refused[] = {
		"{\"$ref\":\"#\"}",
		"{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}},\"$ref\":\"#/$defs/a\"}",
		"{\"if\":true,\"then\":{\"$ref\":\"#\"}}",
		"{\"dependentSchemas\":{\"a\":{\"$ref\":\"#\"}}}",
	};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct schema *schema = NULL;
		const struct json *doc = read_z(refused[i]);
		err_clear(&err);
		assert_false(schema_compile(arena, doc, "", &schema, &err));
		assert_non_null(strstr(err.message, "without end"));
	}
	/* A dynamic one is only seen while checking. */
	const struct schema *dynamic =
		compile(read_z("{\"$dynamicAnchor\":\"a\",\"anyOf\":[{\"$dynamicRef\":\"#a\"}]}"));
	assert_false(schema_check(dynamic, read_z("1"), "", &err));
	assert_int_equal(err.code, ERR_LIMIT);
	/* Going into the value is no circle. */
	const struct schema *tree = compile(read_z("{\"additionalProperties\":{\"$ref\":\"#\"},\"type\":\"object\"}"));
	assert_true(schema_check(tree, read_z("{\"a\":{\"b\":{}}}"), "", &err));
	assert_false(schema_check(tree, read_z("{\"a\":{\"b\":1}}"), "", &err));
}

static void
a_huge_enumeration_is_a_table(void **state)
{
	(void)state;
	enum { MANY = 200000, ASKED = 20000 };
	buf_add_z(&text, "{\"items\":{\"enum\":[");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "%s%d.50,\"name %d\"", i ? "," : "", i, i);
	buf_add_z(&text, "]}}");
	const struct schema *schema = compile(read_buf());
	buf_add_z(&text, "[\"name 0\"");
	for (int i = 0; i < ASKED; i++)
		buf_printf(&text, ",%d.5,\"name %d\"", i, i * 7);
	buf_add_z(&text, "]");
	/* One by one this would be 10^10 comparisons. */
	assert_true(schema_check(schema, read_buf(), "", &err));
	err_clear(&err);
	assert_false(schema_check(schema, read_z("[1]"), "", &err));
	assert_string_equal(err.issues[0].code, "enum");
	assert_true(strlen(err.issues[0].message) > 40);
}

static void
unique_items_of_a_long_list(void **state)
{
	(void)state;
	enum { MANY = 300000 };
	const struct schema *schema = compile(read_z("{\"uniqueItems\":true}"));
	for (int twice = 0; twice < 2; twice++) {
		buf_add_z(&text, "[{\"a\":[0,{\"b\":1}],\"c\":null}");
		for (int i = 1; i < MANY; i++)
			buf_printf(&text, ",{\"c\":null,\"a\":[0,{\"b\":%d.%s}]}", i + 1, i % 2 ? "0" : "00");
		buf_printf(&text, ",{\"c\":null,\"a\":[0,{\"b\":%s}]}]", twice ? "10.00e-1" : "-1");
		const struct json *doc = read_buf();
		err_clear(&err);
		assert_int_equal(schema_check(schema, doc, "", &err), !twice);
	}
	char place[16];
	snprintf(place, sizeof place, "and %d.", MANY);
	assert_non_null(strstr(err.issues[0].message, place));
	assert_non_null(strstr(err.issues[0].message, "0 and"));
}

/* Long numbers of the same length with a point at the same place once had the same hash. */
static void
long_numbers_do_not_collide(void **state)
{
	(void)state;
	enum { MANY = 20000 };
	const struct schema *schema = compile(read_z("{\"uniqueItems\":true}"));
	buf_add_z(&text, "[0");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, ",1.%0200d%d1", 0, i + 1000000);
	buf_add_z(&text, "]");
	assert_true(schema_check(schema, read_buf(), "", &err));
}

static void
deep_schemas_and_values(void **state)
{
	(void)state;
	enum { DEEP = 20000 };
	struct json *schema_doc = json_new_object(arena), *at = schema_doc;
	struct json *value = json_new_array(arena), *inner = value;
	for (int i = 0; i < DEEP; i++) {
		struct json *items = json_new_object(arena), *deeper = json_new_array(arena);
		json_add(at, STR("items"), items);
		json_push(inner, deeper);
		at = items;
		inner = deeper;
	}
	json_add(at, STR("maxItems"), json_new_int(arena, 0));
	const struct schema *schema = compile(schema_doc);
	assert_true(schema_check(schema, value, "", &err));
	json_push(inner, json_new_null(arena));
	err_clear(&err);
	assert_false(schema_check(schema, value, "", &err));
	assert_string_equal(err.issues[0].code, "too_many");
	assert_int_equal(strlen(err.issues[0].path), sizeof err.issues[0].path - 1); /* cut */
}

static void
what_was_looked_at_of_many_members(void **state)
{
	(void)state;
	enum { MANY = 50000 };
	buf_add_z(&text, "{\"allOf\":[{\"properties\":{");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "%s\"p%d\":true", i ? "," : "", i);
	buf_add_z(&text, "}}],\"unevaluatedProperties\":false}");
	const struct schema *schema = compile(read_buf());
	buf_add_z(&text, "{\"p0\":1");
	for (int i = MANY - 1; i > 0; i--)
		buf_printf(&text, ",\"p%d\":1", i);
	const size_t n = text.n;
	buf_add_z(&text, "}");
	assert_true(schema_check(schema, read_buf(), "", &err));
	assert_true(n > MANY);
	err_clear(&err);
	assert_false(schema_check(schema, read_z("{\"p1\":1,\"q\":1}"), "", &err));
	assert_string_equal(err.issues[0].path, "/q");
}

static void
count_issue(void *to, const struct schema_issue *issue)
{
	unsigned *count = to;
	*count += issue->value->line > 0;
}

static void
many_fields_that_are_not_known(void **state)
{
	(void)state;
	enum { MANY = 300000 };
	unsigned told = 0;
	const struct schema *schema =
		compile(read_z("{\"properties\":{\"field\":true,\"fields\":true},\"additionalProperties\":false}"));
	buf_add_z(&text, "{\"feild\":1");
	for (int i = 1; i < MANY; i++)
		buf_printf(&text, ",\"field%d\":1", i);
	buf_add_z(&text, "}");
	const struct json *doc = read_buf();
	err_clear(&err);
	assert_false(schema_check_each(schema, doc, count_issue, &told, &err));
	assert_int_equal(told, MANY);
	assert_false(schema_check(schema, doc, "", &err));
	assert_int_equal(err.issue_count + err.issues_dropped, MANY);
	assert_string_equal(err.issues[0].message, "There is no such field. The nearest is \"field\".");
}

static void
alternatives_of_alternatives(void **state)
{
	(void)state;
	/* Each level doubles the work: it ends with an error that says so. */
	buf_add_z(&text, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
	for (int i = 0; i < 60; i++)
		buf_printf(&text, "\"d%d\":{\"oneOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]},", i,
			i + 1, i + 1);
	buf_add_z(&text, "\"d60\":{\"minimum\":0}}}");
	const struct schema *schema = compile(read_buf());
	assert_false(schema_check(schema, read_z("1"), "", &err));
	assert_int_equal(err.code, ERR_LIMIT);
	/* Explaining does not multiply: each level is gone through three times, not three times three times … */
	buf_add_z(&text, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
	for (int i = 0; i < 300; i++)
		buf_printf(&text,
			"\"d%d\":{\"anyOf\":[{\"properties\":{\"a\":{\"$ref\":\"#/$defs/"
			"d%d\"}}},{\"required\":[\"x\"]}]},",
			i, i + 1);
	buf_add_z(&text, "\"d300\":{\"type\":\"null\"}}}");
	schema = compile(read_buf());
	for (int i = 0; i < 120; i++)
		buf_add_z(&text, "{\"b\":0,\"a\":");
	buf_add_z(&text, "1");
	for (int i = 0; i < 120; i++)
		buf_add_z(&text, "}");
	const struct json *doc = read_buf();
	err_clear(&err);
	assert_true(schema_check(schema, doc, "", &err));
}

static void
expressions_that_try_everything(void **state)
{
	(void)state;
	static const char *const patterns[] = {
		"^(a+)+$", "^(a|a)*$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*x"};
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
		buf_printf(&text, "{\"items\":{\"not\":{\"pattern\":\"%s\"}}}", patterns[i]);
		const struct schema *schema = compile(read_buf());
		buf_add_z(&text, "[\"1\",\"2\",\"");
		for (int k = 0; k < 5000; k++)
			buf_add_char(&text, 'a');
		buf_add_z(&text, "!\"]");
		const struct json *doc = read_buf();
		err_clear(&err);
		/* None matches. PCRE2 sees that at once, or it is given up; then "not" must not let the text pass. */
		bool valid = schema_check(schema, doc, "", &err);
		if (!valid && (err.code != ERR_LIMIT || !strstr(err.message, patterns[i])))
			fail_msg("%s: %s", patterns[i], err.message);
		assert_true(i > 0 || !valid);
	}
	/* A long text is no reason to give up. */
	const struct schema *plain = compile(read_z("{\"pattern\":\"^([a-z]|[0-9])*$\"}"));
	buf_add_z(&text, "\"");
	for (int k = 0; k < 200000; k++)
		buf_add_char(&text, 'a');
	buf_add_z(&text, "\"");
	const struct json *doc = read_buf();
	for (int i = 0; i < 3; i++) {
		err_clear(&err);
		if (!schema_check(plain, doc, "", &err))
			fail_msg("turn %d: %s", i, err.message);
	}
}

static void
patterns_that_are_large(void **state)
{
	(void)state;
	static const struct schema_options options = {.draft = SCHEMA_2020_12};
	struct schema *schema = NULL;
	buf_add_z(&text, "{\"patternProperties\":{\"x\":true");
	for (int i = 0; i < 10000; i++)
		buf_printf(&text, ",\"(abc){1,2%03d}%d\":true", i % 1000, i);
	buf_add_z(&text, "}}");
	const struct json *doc = read_buf();
	err_clear(&err);
	assert_false(schema_compile_with(arena, doc, "", &options, &schema, &err));
	assert_non_null(strstr(err.message, "MiB"));
}

/* ---- allocations: the linker leads them through here ---- */

static unsigned allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *
__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	allocations++;
	return __real_realloc(old, size);
}

static void
what_is_valid_allocates_nothing(void **state)
{
	(void)state;
	const struct schema *schema = compile(read_z(
		"{\"type\":\"object\",\"required\":[\"a\",\"steps\"],\"properties\":{\"a\":{\"enum\":[1,\"x\",null]},"
		"\"b\":{\"pattern\":\"^[a-z]+$\"},\"c\":{\"multipleOf\":0.01,\"maximum\":1e3},\"d\":{\"format\":"
		"\"date\"},"
		"\"steps\":{\"uniqueItems\":true,\"items\":{\"oneOf\":[{\"$ref\":\"#/$defs/"
		"s\"},{\"type\":\"null\"}]}}},"
		"\"unevaluatedProperties\":false,\"propertyNames\":{\"maxLength\":9},\"$defs\":{\"s\":{\"type\":"
		"\"array\","
		"\"contains\":{\"const\":1},\"unevaluatedItems\":{\"type\":\"integer\"},\"prefixItems\":[{\"items\":"
		"true}]}}}"));
	schema_check(schema, read_z("{\"a\":\"x\",\"b\":\"x\",\"steps\":[]}"), "", &err); /* PCRE2 prepares itself */
	schema_check(schema, read_z("{\"a\":\"x\",\"b\":\"x\",\"steps\":[]}"), "", &err);
	const struct json *doc = read_z("{\"a\":\"x\",\"b\":\"abc\",\"c\":19.99,\"d\":\"2026-11-21\",\"steps\":[[[1],1,"
					"2],null,[7,1],[[[1]],1]]}");
	err_clear(&err);
	allocations = 0;
	bool valid = true;
	for (int i = 0; i < 10; i++)
		valid &= schema_check(schema, doc, "", &err);
	unsigned counted = allocations;
	if (!valid)
		fail_msg("%s: %s", err.issues[0].path, err.issues[0].message);
	assert_int_equal(counted, 0);
	assert_false(schema_check(schema, read_z("{\"a\":2,\"steps\":[[[1],2]],\"z\":0}"), "", &err));
	assert_true(allocations > 0); /* so they are counted */
}

static void
numbers_that_are_long(void **state)
{
	(void)state;
	buf_add_z(&text, "[1");
	for (int i = 0; i < 1000000; i++)
		buf_add_char(&text, '0');
	buf_add_z(&text, "1, 1e1000000000000, 1e-999999999999999999, -0.0e99]");
	const struct json *doc = read_buf();
	const struct schema *schema =
		compile(read_z("{\"items\":{\"multipleOf\":0.000000000000007,\"maximum\":1e2000000000000}}"));
	err_clear(&err);
	assert_false(schema_check(schema, doc, "", &err));
	assert_int_equal(err.code, ERR_INVALID);
	/* A step of many digits divides by hand: a long number, many times. */
	buf_add_z(&text, "{\"items\":{\"multipleOf\":0.");
	for (int i = 0; i < 399; i++)
		buf_add_char(&text, (char)('1' + i % 9));
	buf_add_z(&text, "}}");
	schema = compile(read_buf());
	buf_add_z(&text, "[1");
	for (int i = 0; i < 300; i++)
		buf_printf(&text, ",%0300d", 1);
	for (size_t i = 2; i < text.n; i++)
		if (text.p[i] == '0')
			text.p[i] = '7';
	buf_add_z(&text, "]");
	const struct json *many = read_buf();
	err_clear(&err);
	assert_false(schema_check(schema, many, "", &err));
	assert_int_equal(err.issue_count + err.issues_dropped, 301);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ten_thousand_references, begin, end),
		cmocka_unit_test_setup_teardown(circles_are_refused_or_end, begin, end),
		cmocka_unit_test_setup_teardown(a_huge_enumeration_is_a_table, begin, end),
		cmocka_unit_test_setup_teardown(unique_items_of_a_long_list, begin, end),
		cmocka_unit_test_setup_teardown(long_numbers_do_not_collide, begin, end),
		cmocka_unit_test_setup_teardown(deep_schemas_and_values, begin, end),
		cmocka_unit_test_setup_teardown(what_was_looked_at_of_many_members, begin, end),
		cmocka_unit_test_setup_teardown(many_fields_that_are_not_known, begin, end),
		cmocka_unit_test_setup_teardown(alternatives_of_alternatives, begin, end),
		cmocka_unit_test_setup_teardown(expressions_that_try_everything, begin, end),
		cmocka_unit_test_setup_teardown(patterns_that_are_large, begin, end),
		cmocka_unit_test_setup_teardown(what_is_valid_allocates_nothing, begin, end),
		cmocka_unit_test_setup_teardown(numbers_that_are_long, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
