/* Steps of the kind "http" in a definition: the canonical form, and a message for each mistake. */
#include "../support.h"

#include "flow/definition.h"
#include "json/writer.h"

static struct err err;

/* A flow of one step: what follows its key and kind. */
static bool
check(const char *kind, const char *members, struct json **ret_canonical)
{
	struct json *doc;
	const char *text = arena_printf(
		arena, "{\"type\": \"flow\", \"steps\": [{\"key\": \"s\", \"kind\": \"%s\"%s}]}", kind, members);
	memset(&err, 0, sizeof err);
	if (!json_read(arena, str_of(text), &json_limits_request, &doc, &err))
		fail_msg("%s: %s", text, err.message);
	return definition_check(arena, doc, "", NULL, 0, ret_canonical, &err);
}

static void
the_canonical_form_says_the_defaults_and_rewrites_templates(void **state)
{
	(void)state;
	struct json *canonical;
	assert_true(check("http",
		", \"url\": \"https://a.example/{{id}}\", \"headers\": {\"X\": \"{{args.x}}\"}, \"query\": {\"q\": "
		"\"{{q}}\"}, "
		"\"body\": [\"{{input.b}}\"], \"expect\": [200, \"3xx\"]",
		&canonical));
	assert_string_equal(json_text(arena, json_at(json_get(canonical, "steps"), 0)).p,
		"{\"key\":\"s\",\"name\":\"s\",\"kind\":\"http\",\"method\":\"GET\",\"url\":\"https://a.example/"
		"{{input.id}}\","
		"\"headers\":{\"X\":\"{{input.x}}\"},\"query\":{\"q\":\"{{input.q}}\"},\"body\":[\"{{input.b}}\"],"
		"\"timeout_seconds\":30,\"expect\":[200,\"3xx\"]}");
	assert_int_equal(json_get(json_get(canonical, "input"), "properties")->count, 4);
	struct json *again;
	memset(&err, 0, sizeof err);
	assert_true(definition_check(arena, canonical, "", NULL, 0, &again, &err));
	assert_true(json_equal(canonical, again));
}

static void
reading_gives_the_input_that_is_filled(void **state)
{
	(void)state;
	struct json *canonical;
	struct definition *definition;
	assert_true(check(
		"http", ", \"url\": \"https://a/\", \"method\": \"PUT\", \"body\": 1, \"max_bytes\": 5", &canonical));
	assert_true(definition_read(arena, canonical, &definition, &err));
	const struct step_def *step = &definition->steps[0];
	assert_string_equal(json_text(arena, step->input).p, "{\"method\":\"PUT\",\"url\":\"https://a/\",\"body\":1}");
	assert_int_equal(step->max_bytes, 5);
	assert_int_equal(step->timeout_seconds, 30);
	assert_int_equal(step->control, CONTROL_CALL);
}

static void
each_mistake_is_told_at_its_place(void **state)
{
	static const struct {
		const char *members, *path, *code;
	} cases[] = {
		{"", "/steps/0", "required"},
		{", \"url\": 1", "/steps/0/url", "required"},
		{", \"url\": \"\"", "/steps/0/url", "required"},
		{", \"url\": \"example.com\"", "/steps/0/url", "scheme"},
		{", \"url\": \"ftp://a/\"", "/steps/0/url", "scheme"},
		{", \"url\": \"a{{x}}\"", "/steps/0/url", "scheme"},
		{", \"url\": \"https:\"", "/steps/0/url", "scheme"},
		{", \"url\": \"https://\"", "/steps/0/url", "host"},
		{", \"url\": \"https://a/\\n\"", "/steps/0/url", "pattern"},
		{", \"url\": \"https://a/{{steps.x.output}}\"", "/steps/0/url", "unknown_step"},
		{", \"url\": \"https://a/{{\"", "/steps/0/url", "template"},
		{", \"url\": \"https://a\", \"method\": \"get\"", "/steps/0/method", "unknown"},
		{", \"url\": \"https://a\", \"method\": \"TRACE\"", "/steps/0/method", "unknown"},
		{", \"url\": \"https://a\", \"headers\": []", "/steps/0/headers", "type"},
		{", \"url\": \"https://a\", \"headers\": {\"a b\": \"x\"}", "/steps/0/headers", "pattern"},
		{", \"url\": \"https://a\", \"headers\": {\"\": \"x\"}", "/steps/0/headers", "pattern"},
		{", \"url\": \"https://a\", \"headers\": {\"X:\": \"x\"}", "/steps/0/headers", "pattern"},
		{", \"url\": \"https://a\", \"headers\": {\"X\\r\\nY\": \"x\"}", "/steps/0/headers", "pattern"},
		{", \"url\": \"https://a\", \"headers\": {\"X\": \"x\\r\\ny: z\"}", "/steps/0/headers", "pattern"},
		{", \"url\": \"https://a\", \"headers\": {\"X\": []}", "/steps/0/headers", "type"},
		{", \"url\": \"https://a\", \"headers\": {\"x\": \"1\", \"X\": \"2\"}", "/steps/0/headers",
			"duplicate"},
		{", \"url\": \"https://a\", \"headers\": {\"Host\": \"b\"}", "/steps/0/headers", "reserved"},
		{", \"url\": \"https://a\", \"headers\": {\"transfer-Encoding\": \"chunked\"}", "/steps/0/headers",
			"reserved"},
		{", \"url\": \"https://a\", \"query\": \"a=b\"", "/steps/0/query", "type"},
		{", \"url\": \"https://a\", \"expect\": []", "/steps/0/expect", "type"},
		{", \"url\": \"https://a\", \"expect\": [99]", "/steps/0/expect", "type"},
		{", \"url\": \"https://a\", \"expect\": [\"6xx\"]", "/steps/0/expect", "type"},
		{", \"url\": \"https://a\", \"answer\": \"xml\"", "/steps/0/answer", "unknown"},
		{", \"url\": \"https://a\", \"redirects\": 11", "/steps/0/redirects", "range"},
		{", \"url\": \"https://a\", \"max_bytes\": 0", "/steps/0/max_bytes", "range"},
		{", \"url\": \"https://a\", \"unframed\": 1", "/steps/0/unframed", "type"},
		{", \"url\": \"https://a\", \"timeout_seconds\": 3601", "/steps/0/timeout_seconds", "range"},
		{", \"url\": \"https://a\", \"input\": {}", "/steps/0/input", "unknown_field"},
		{", \"url\": \"https://a\", \"model\": \"builtin/echo\"", "/steps/0/model", "unknown_field"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json *canonical;
		if (check("http", cases[i].members, &canonical))
			fail_msg("%s is taken", cases[i].members);
		if (err.issue_count != 1 || strcmp(err.issues[0].path, cases[i].path) != 0 ||
			strcmp(err.issues[0].code, cases[i].code) != 0)
			fail_msg("%s: %u issues, %s %s", cases[i].members, err.issue_count, err.issues[0].path,
				err.issues[0].code);
	}
}

static void
other_kinds_have_no_members_of_http(void **state)
{
	(void)state;
	struct json *canonical;
	assert_false(check("transform", ", \"value\": 1, \"url\": \"https://a/\"", &canonical));
	assert_string_equal(err.issues[0].path, "/steps/0/url");
	assert_string_equal(err.issues[0].code, "unknown_field");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_canonical_form_says_the_defaults_and_rewrites_templates),
		TEST(reading_gives_the_input_that_is_filled),
		TEST(each_mistake_is_told_at_its_place),
		TEST(other_kinds_have_no_members_of_http),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
