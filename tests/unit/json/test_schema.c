/* Schemas: every keyword both ways, the paths and codes of issues, what cannot be compiled, and what costs too much. */
#include "../support.h"

#include "json/schema.h"

#include <stdio.h>

static struct err err;

static struct json *
read_z(const char *text)
{
	struct json *doc = NULL;
	err_clear(&err);
	if (!json_read(arena, str_of(text), &json_limits_request, &doc, &err))
		fail_msg("%s: %s", text, err.message);
	return doc;
}

static struct schema *
compile(const char *text)
{
	struct schema *schema = NULL;
	const struct json *doc = read_z(text);
	err_clear(&err);
	if (!schema_compile(arena, doc, "", &schema, &err))
		fail_msg("%s: %s", text, err.message);
	return schema;
}

static bool
check(const struct schema *schema, const char *value)
{
	const struct json *doc = read_z(value);
	err_clear(&err);
	return schema_check(schema, doc, "", &err);
}

/* A schema, values that pass, then values that do not with the path and code of the first issue. */
struct refusal {
	const char *value, *path, *code;
};

struct keyword_case {
	const char *schema;
	const char *passes[6];
	struct refusal refused[5];
};

static const struct keyword_case keyword_cases[] = {
	{"{}", {"1", "null", "{\"a\":[]}"}, {{0}}},
	{"true", {"1"}, {{0}}},
	{"false", {NULL}, {{"1", "", "not_allowed"}}},
	{"{\"type\":\"integer\"}", {"1", "1.0", "1e3"},
		{{"1.5", "", "type"}, {"\"1\"", "", "type"}, {"true", "", "type"}}},
	{"{\"type\":\"number\"}", {"1", "1.5"}, {{"null", "", "type"}}},
	{"{\"type\":[\"string\",\"null\"]}", {"\"a\"", "null"}, {{"1", "", "type"}, {"[]", "", "type"}}},
	{"{\"enum\":[\"a\",1,{\"b\":[]}]}", {"\"a\"", "1.0", "{\"b\":[]}"},
		{{"\"b\"", "", "enum"}, {"{}", "", "enum"}}},
	{"{\"const\":{\"a\":1}}", {"{\"a\":1.0}"}, {{"{}", "", "const"}}},
	{"{\"minimum\":1,\"maximum\":2.5}", {"1", "2.5", "\"x\""}, {{"0.99", "", "minimum"}, {"2.51", "", "maximum"}}},
	{"{\"exclusiveMinimum\":1,\"exclusiveMaximum\":2}", {"1.01"}, {{"1", "", "minimum"}, {"2", "", "maximum"}}},
	{"{\"multipleOf\":0.01}", {"19.99", "0", "\"x\""}, {{"0.001", "", "multiple_of"}}},
	{"{\"minLength\":2,\"maxLength\":3}",
		{"\"\\u00e9\\u00e9\"", "\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"", "1"},
		{{"\"a\"", "", "too_short"}, {"\"abcd\"", "", "too_long"}}},
	{"{\"pattern\":\"^a+$\"}", {"\"aa\"", "1"}, {{"\"b\"", "", "pattern"}, {"\"a\\n\"", "", "pattern"}}},
	{"{\"pattern\":\"^\\\\p{L}.$\"}", {"\"\xc3\xa9\xe2\x82\xac\""}, {{"\"1x\"", "", "pattern"}}},
	{"{\"minItems\":1,\"maxItems\":2}", {"[1]", "[1,2]", "{}"},
		{{"[]", "", "too_few"}, {"[1,2,3]", "", "too_many"}}},
	{"{\"uniqueItems\":true}", {"[]", "[1,\"1\",true,[1]]", "[{\"a\":1},{\"a\":2}]"},
		{{"[1,2,1.0]", "", "duplicate"}, {"[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]", "", "duplicate"}}},
	{"{\"items\":{\"type\":\"string\"}}", {"[]", "[\"a\"]"}, {{"[\"a\",1]", "/1", "type"}}},
	{"{\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"integer\"}],\"items\":false}",
		{"[]", "[\"a\"]", "[\"a\",1]"}, {{"[1]", "/0", "type"}, {"[\"a\",1,2]", "/2", "not_allowed"}}},
	{"{\"contains\":{\"const\":1},\"maxContains\":2}", {"[1]", "[2,1,1]"},
		{{"[2]", "", "contains"}, {"[1,1,1]", "", "contains"}}},
	{"{\"minProperties\":1,\"maxProperties\":2}", {"{\"a\":1}"},
		{{"{}", "", "too_few"}, {"{\"a\":1,\"b\":1,\"c\":1}", "", "too_many"}}},
	{"{\"required\":[\"a\",\"b/c\"]}", {"{\"a\":1,\"b/c\":null}", "[]"},
		{{"{\"a\":1}", "/b~1c", "required"}, {"{}", "/a", "required"}}},
	{"{\"properties\":{\"a\":{\"properties\":{\"b\":{\"type\":\"integer\"}}}}}",
		{"{\"a\":{\"b\":1}}", "{\"a\":1,\"x\":2}"}, {{"{\"a\":{\"b\":\"x\"}}", "/a/b", "type"}}},
	{"{\"properties\":{\"a\":true},\"patternProperties\":{\"^x-\":{\"type\":\"string\"}},\"additionalProperties\":"
	 "false}",
		{"{\"a\":1,\"x-y\":\"z\"}"}, {{"{\"b\":1}", "/b", "unknown_field"}, {"{\"x-y\":1}", "/x-y", "type"}}},
	{"{\"additionalProperties\":{\"type\":\"integer\"}}", {"{\"a\":1}"}, {{"{\"a\":\"b\"}", "/a", "type"}}},
	{"{\"propertyNames\":{\"pattern\":\"^[a-z]+$\",\"maxLength\":3}}", {"{\"abc\":1}", "{}"},
		{{"{\"a\":1,\"B\":1}", "/B", "pattern"}, {"{\"abcd\":1}", "/abcd", "too_long"}}},
	{"{\"dependentRequired\":{\"a\":[\"b\"]}}", {"{}", "{\"a\":1,\"b\":1}"}, {{"{\"a\":1}", "/b", "required"}}},
	{"{\"dependentSchemas\":{\"a\":{\"maxProperties\":1}}}", {"{\"b\":1,\"c\":1}"},
		{{"{\"a\":1,\"b\":1}", "", "too_many"}}},
	{"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", {"1"}, {{"3", "", "maximum"}, {"0", "", "minimum"}}},
	{"{\"not\":{\"type\":\"null\"}}", {"1"}, {{"null", "", "not_allowed"}}},
	{"{\"oneOf\":[{\"minimum\":1},{\"maximum\":2}]}", {"0", "3"}, {{"1", "", "one_of"}}},
	{"{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":2},\"else\":{\"minimum\":2}}", {"\"ab\"", "2"},
		{{"\"a\"", "", "too_short"}, {"1", "", "minimum"}}},
	{"{\"format\":\"uuid\"}", {"\"01a1fdac-818b-7688-bdbc-e79e0abf4c2d\"", "1"}, {{"\"x\"", "", "format"}}},
	{"{\"$ref\":\"#/$defs/a%20b~1c\",\"$defs\":{\"a b/c\":{\"type\":\"null\"}}}", {"null"}, {{"1", "", "type"}}},
	{"{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#\"},\"v\":{\"type\":\"integer\"}},\"required\":["
	 "\"v\"]}",
		{"{\"v\":1,\"next\":{\"v\":2}}"},
		{{"{\"v\":1,\"next\":{\"v\":2,\"next\":{}}}", "/next/next/v", "required"}}},
	{"{\"title\":\"t\",\"description\":\"d\",\"default\":1,\"examples\":[1],\"readOnly\":true,\"writeOnly\":true,"
	 "\"deprecated\":true,\"discriminator\":{},\"x-anything\":1,\"$comment\":\"c\",\"format\":\"int64\"}",
		{"1"}, {{0}}},
};

static void
every_keyword_lets_pass_and_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof keyword_cases / sizeof keyword_cases[0]; i++) {
		const struct keyword_case *c = &keyword_cases[i];
		struct schema *schema = compile(c->schema);
		for (size_t k = 0; k < 6 && c->passes[k]; k++)
			if (!check(schema, c->passes[k]) || err.issue_count)
				fail_msg("%s refuses %s: %s", c->schema, c->passes[k], err.issues[0].message);
		for (size_t k = 0; k < 5 && c->refused[k].value; k++) {
			const struct refusal *r = &c->refused[k];
			bool ok = check(schema, r->value);
			if (ok || err.issue_count == 0 || strcmp(err.issues[0].path, r->path) ||
				strcmp(err.issues[0].code, r->code))
				fail_msg("%s on %s: %s at \"%s\"", c->schema, r->value,
					ok ? "accepted" : err.issues[0].code, err.issues[0].path);
			assert_int_equal(err.code, ERR_INVALID);
			assert_true(err.issues[0].message[0] != '\0');
		}
	}
}

static void
all_violations_are_named_at_once(void **state)
{
	(void)state;
	struct schema *schema =
		compile("{\"required\":[\"a\"],\"properties\":{\"b\":{\"type\":\"string\"},\"c\":{\"minimum\":5}},"
			"\"additionalProperties\":false}");
	const struct json *value = read_z("{\"b\":1,\"c\":2,\"d\":3}");
	err_clear(&err);
	assert_false(schema_check(schema, value, "/body", &err));
	assert_int_equal(err.issue_count, 4);
	assert_string_equal(err.issues[0].path, "/body/a");
	assert_string_equal(err.issues[1].path, "/body/b");
	assert_string_equal(err.issues[1].message, "Must be a text, not a number.");
	assert_string_equal(err.issues[2].path, "/body/c");
	assert_string_equal(err.issues[2].message, "Must be at least 5.");
	assert_string_equal(err.issues[3].path, "/body/d");
	assert_string_equal(err.issues[3].message, "There is no such field.");
	assert_false(schema_check(schema, value, "", NULL));
	schema = compile("{\"properties\":{\"retries\":true,\"name\":true},\"additionalProperties\":false}");
	assert_false(check(schema, "{\"retires\":1,\"nam\":2,\"mane\":3,\"other\":4}"));
	assert_string_equal(err.issues[0].message, "There is no such field. The nearest is \"retries\".");
	assert_string_equal(err.issues[1].message, "There is no such field. The nearest is \"name\".");
	assert_string_equal(err.issues[3].message, "There is no such field.");
	/* What is there already was not meant. */
	assert_false(check(schema, "{\"name\":1,\"nam\":2}"));
	assert_string_equal(err.issues[0].message, "There is no such field.");
	assert_false(check(compile("{\"type\":\"integer\"}"), "1.5"));
	assert_string_equal(err.issues[0].message, "Must be a whole number, not a number with a fraction.");
}

static const char steps_schema[] =
	"{\"items\":{\"oneOf\":[{\"$ref\":\"#/$defs/http\"},{\"$ref\":\"#/$defs/model\"}]},\"$defs\":{"
	"\"http\":{\"type\":\"object\",\"required\":[\"kind\",\"url\"],\"properties\":{\"kind\":{\"const\":\"http\"},"
	"\"url\":{\"type\":\"string\"}}},"
	"\"model\":{\"type\":\"object\",\"required\":[\"kind\",\"prompt\"],\"properties\":{\"kind\":{\"const\":"
	"\"model\"},"
	"\"prompt\":{\"type\":\"string\"}}}}}";

static void
of_several_forms_the_one_that_was_meant_is_explained(void **state)
{
	(void)state;
	struct schema *schema = compile(steps_schema);
	assert_true(check(schema, "[{\"kind\":\"http\",\"url\":\"x\"},{\"kind\":\"model\",\"prompt\":\"y\"}]"));
	assert_false(check(schema, "[{\"kind\":\"model\",\"prompt\":5}]"));
	assert_int_equal(err.issue_count, 1);
	assert_string_equal(err.issues[0].path, "/0/prompt");
	assert_string_equal(err.issues[0].code, "type");
	assert_false(check(schema, "[{\"kind\":\"htp\",\"url\":\"x\"}]"));
	assert_string_equal(err.issues[0].path, "/0/kind");
	assert_string_equal(err.issues[0].code, "enum");
	assert_string_equal(err.issues[0].message, "Must be one of: http, model.");
	assert_false(check(schema, "[{\"url\":\"x\"}]"));
	assert_string_equal(err.issues[0].path, "/0/kind");
	assert_string_equal(err.issues[0].code, "required");
	assert_false(check(schema, "[5]"));
	assert_string_equal(err.issues[0].path, "/0");
	assert_string_equal(err.issues[0].code, "one_of");

	schema = compile("{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"string\",\"minLength\":2}]}");
	assert_true(check(schema, "null"));
	assert_false(check(schema, "\"a\""));
	assert_string_equal(err.issues[0].code, "too_short");
	assert_false(check(schema, "1"));
	assert_string_equal(err.issues[0].code, "any_of");
}

static void
what_cannot_be_enforced_is_not_compiled(void **state)
{
	(void)state;
	static const struct {
		const char *schema, *says;
	} cases[] = {
		{"{\"minimun\":1}", "minimun"},
		{"{\"properties\":{\"a\":{\"unevaluatedProps\":false}}}", "unevaluatedProps"},
		{"{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}", "draft-04"},
		{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"$ref\":\"#/definitions/a\",\"minimum\":1,"
		 "\"definitions\":{\"a\":{}}}",
			"beside"},
		{"{\"pattern\":\"\\\\A\"}", "escape"},
		{"{\"pattern\":\"(?>a)\"}", "group"},
		{"{\"pattern\":\"a++\"}", "repeat"},
		{"{\"$anchor\":\"a\",\"not\":{\"$anchor\":\"a\"}}", "anchor"},
		{"{\"$id\":\"http://x/y#z\"}", "$id"},
		{"{\"type\":\"text\"}", "type"},
		{"{\"type\":[]}", "type"},
		{"{\"required\":\"a\"}", "required"},
		{"{\"required\":[1]}", "required"},
		{"{\"minLength\":-1}", "minLength"},
		{"{\"minLength\":1.5}", "minLength"},
		{"{\"minimum\":\"1\"}", "minimum"},
		{"{\"multipleOf\":0}", "multipleOf"},
		{"{\"multipleOf\":-1}", "multipleOf"},
		{"{\"enum\":[]}", "enum"},
		{"{\"allOf\":[]}", "allOf"},
		{"{\"pattern\":\"(\"}", "pattern"},
		{"{\"patternProperties\":{\"[\":true}}", "pattern"},
		{"{\"format\":\"telepathy\"}", "telepathy"},
		{"{\"$ref\":\"#/$defs/none\"}", "#/$defs/none"},
		{"{\"$ref\":\"http://example.com/x\"}", "$ref"},
		{"{\"items\":[true]}", "/items"},
		{"{\"properties\":{\"a\":5}}", "/properties/a"},
		{"5", "object"},
		{"{\"$ref\":\"#\"}", "without end"},
		{"{\"allOf\":[{\"$ref\":\"#/$defs/a\"}],\"$defs\":{\"a\":{\"anyOf\":[{\"$ref\":\"#\"}]}}}",
			"without end"},
		{"{\"$defs\":{\"a\":{\"not\":{\"$ref\":\"#/$defs/a\"}}},\"properties\":{\"x\":{\"$ref\":\"#/$defs/"
		 "a\"}}}",
			"without end"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct schema *schema = NULL;
		const struct json *doc = read_z(cases[i].schema);
		err_clear(&err);
		if (schema_compile(arena, doc, "", &schema, &err) || !strstr(err.message, cases[i].says))
			fail_msg("%s: %s", cases[i].schema, schema ? "compiled" : err.message);
		assert_int_equal(err.code, ERR_INVALID);
		assert_null(schema);
	}
	struct schema *schema;
	assert_false(schema_compile(arena, read_z("{}"), "/components", &schema, &err));
	const struct json *doc = read_z("{\n\"properties\": {\n  \"a\": {\"typ\": 1}}}");
	assert_false(schema_compile(arena, doc, NULL, &schema, &err));
	assert_int_equal(err.line, 3);
	assert_int_equal(err.column, 9);
}

static void
a_part_of_a_document_is_compiled_with_references_into_the_whole(void **state)
{
	(void)state;
	const struct json *doc = read_z("{\"components\":{\"schemas\":{\"A\":{\"$ref\":\"#/components/schemas/B\"},"
					"\"B\":{\"type\":\"string\"},\"Bad\":{\"nonsense\":1}}}}");
	struct schema *schema;
	err_clear(&err);
	assert_true(schema_compile(arena, doc, "/components/schemas/A", &schema, &err));
	assert_true(check(schema, "\"x\""));
	assert_false(check(schema, "1"));
}

static void
alternatives_that_multiply_end_with_an_error(void **state)
{
	(void)state;
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_add_z(&text, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
	for (int i = 0; i < 40; i++)
		buf_printf(&text, "\"d%d\":{\"anyOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]},", i,
			i + 1, i + 1);
	buf_add_z(&text, "\"d40\":false}}");
	struct schema *schema = compile(text.p);
	assert_false(check(schema, "1"));
	assert_int_equal(err.code, ERR_LIMIT);
	buf_release(&text);

	schema = compile("{\"items\":{\"pattern\":\"^(a+)+$\"}}");
	assert_false(check(schema, "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"]"));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_non_null(strstr(err.message, "^(a+)+$"));
}

static void
deep_values_and_schemas_do_not_recurse(void **state)
{
	(void)state;
	const struct json *doc = read_z("{\"items\":{\"$ref\":\"#\"}}");
	struct schema *schema;
	assert_true(schema_compile(arena, doc, "", &schema, &err));
	struct json *value = json_new_array(arena), *at = value;
	for (int i = 0; i < 100000; i++) {
		struct json *deeper = json_new_array(arena);
		json_push(at, deeper);
		at = deeper;
	}
	assert_true(schema_check(schema, value, "", &err));

	struct json *deep = json_new_object(arena), *inner = deep;
	for (int i = 0; i < 5000; i++) {
		struct json *deeper = json_new_object(arena);
		json_add(inner, STR("not"), deeper);
		inner = deeper;
	}
	assert_true(schema_compile(arena, deep, "", &schema, &err));
	assert_true(schema_check(schema, value, "", &err));
}

static void
formats_are_asserted(void **state)
{
	(void)state;
	static const struct {
		const char *format;
		const char *valid[6], *invalid[14];
	} cases[] = {
		{"email", {"a@b.co", "a.b+c@x-y.example.org", "\xc3\xa9@\xc3\xa9.fr"},
			{"a", "@b.co", "a@", "a@b", "a b@c.de", "a@b..c", "a@-b.c", "a@b.c-", "a@b.co ", ".a@b.co",
				"a..b@c.de", "a@b@c.de", "a.@b.co", ""}},
		{"date-time",
			{"2026-11-21T10:20:30Z", "2026-11-21t10:20:30.123456+01:30", "2000-02-29T00:00:00-00:00",
				"1998-12-31T23:59:60Z", "1998-12-31T15:59:60.123-08:00"},
			{"2026-11-21", "2026-11-21 10:20:30Z", "2026-11-21T10:20:30", "2026-13-01T00:00:00Z",
				"2026-02-29T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T10:60:00Z",
				"2026-11-21T10:20:61Z", "2026-11-21T10:20:30.Z", "2026-11-21T10:20:30+24:00",
				"2026-11-21T10:20:30+0100", "1998-12-31T22:59:60Z", "x026-11-21T10:20:30Z", ""}},
		{"date", {"2026-11-21", "2024-02-29"},
			{"2026-11-31", "2026-1-01", "2026-00-10", "1900-02-29", "26-11-21"}},
		{"time", {"08:30:06Z", "23:59:60Z", "08:30:06.28+01:30"},
			{"08:30", "24:00:00Z", "22:59:60Z", "08:30:06", "8:30:06Z"}},
		{"duration", {"P4DT12H30M5S", "P1Y2M3D", "PT36H", "P4W", "PT1M"},
			{"P", "PT", "P1", "P4DT", "1D", "P1D2H", "P2S", "P1W2D", "P1Y2D", "PT1D", "PD"}},
		{"hostname", {"a", "www.example.org", "xn--4gbwdl.xn--wgbh1c", "1host"},
			{"", ".", "-a", "a-", "a..b", "a_b", "a.", "ab--cd", "xn--X", "xn--a-"}},
		{"idn-hostname", {"example.org", "\xe5\xae\x9f\xe4\xbe\x8b.com", "l\xc2\xb7l", "\xd7\x90\xd7\x91"},
			{"", "a\xc2\xb7l",
				"\xe3\x80\xae"
				"a",
				"\xcd\xb5S",
				"\xd7\x90"
				"a",
				"1\xd7\x90", "-\xc3\xa9"}},
		{"ipv4", {"127.0.0.1", "0.0.0.0"}, {"256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4 ", "0x7f.1.1.1", ""}},
		{"ipv6", {"::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8"},
			{"1::2::3", "12345::", "::1%eth0", "1:2:3", ":", ""}},
		{"uri-reference", {"", "a/b?c#d", "//host", "#x"}, {"a b", "\\x", "http://[::1", "%zz"}},
		{"iri", {"http://\xc3\xa9.fr/\xc3\xa9"}, {"\xc3\xa9", "http://a b"}},
		{"uri-template", {"http://a/{x}/{+y,z*}{?q:12}", "plain"},
			{"{", "{}", "a}", "{x:0}", "{x:12345}", "{ x}", "{a..b}"}},
		{"json-pointer", {"", "/a~0b~1/0", "/"}, {"a", "/~", "/~2", "#/a"}},
		{"relative-json-pointer", {"0", "1/a", "2#", "0+1/x"}, {"", "01", "-1", "/a", "1a", "0++1"}},
		{"regex", {"^a+$", "[^]"}, {"(", "\\Z", "a**"}},
		{"uuid", {"01a1fdac-818b-7688-bdbc-e79e0abf4c2d"}, {"01a1fdac818b7688bdbce79e0abf4c2d", ""}},
		{"uri", {"https://example.org/a?b=c#d", "mailto:a@b.c", "urn:x:y", "http://[::1]/%20"},
			{"", "example.org", "//x", "http:", "1http://x", "http://a b", "http://x/%2", "http://x/<",
				"http://\xc3\xa9", ":x"}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct schema *schema = compile(arena_printf(arena, "{\"format\":\"%s\"}", cases[i].format));
		struct json *value = json_new_str(arena, STR(""));
		for (size_t k = 0; k < 6 && cases[i].valid[k]; k++) {
			value->text = str_of(cases[i].valid[k]);
			if (!schema_check(schema, value, "", &err))
				fail_msg("%s refuses %s", cases[i].format, cases[i].valid[k]);
		}
		for (size_t k = 0; k < 14 && cases[i].invalid[k]; k++) {
			value->text = str_of(cases[i].invalid[k]);
			if (schema_check(schema, value, "", &err))
				fail_msg("%s accepts %s", cases[i].format, cases[i].invalid[k]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_keyword_lets_pass_and_refuses, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(all_violations_are_named_at_once, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			of_several_forms_the_one_that_was_meant_is_explained, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_enforced_is_not_compiled, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			a_part_of_a_document_is_compiled_with_references_into_the_whole, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			alternatives_that_multiply_end_with_an_error, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(deep_values_and_schemas_do_not_recurse, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(formats_are_asserted, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
