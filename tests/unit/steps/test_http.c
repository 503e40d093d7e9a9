/* Steps of the kind "http" with a double of the executor: what they ask for, and what they make of the answer. */
#include "played.h"

#include "flow/definition_http.h"
#include "json/writer.h"

static struct call_answer answer;
static struct step_attempt *attempt;

static void
io_http(struct step_attempt *of, const struct call_request *request, call_done *done)
{
	buf_printf(&said, "%.*s %.*s\n", STR_ARG(request->method), STR_ARG(request->url));
	for (unsigned i = 0; i < request->header_count; i++)
		buf_printf(
			&said, "%.*s: %.*s\n", STR_ARG(request->headers[i].name), STR_ARG(request->headers[i].value));
	if (request->body.p)
		buf_printf(&said, "[%.*s]\n", STR_ARG(request->body));
	done(of, &answer);
}

static void
io_finish(struct step_attempt *of, const struct json *output, const struct step_usage *usage)
{
	(void)of;
	struct str text = json_text(arena, output);
	assert_null(usage->provider.p);
	buf_printf(&said, "finish %.*s\n", STR_ARG(text));
}

static void
io_fail(struct step_attempt *of, const char *code, struct str message, const struct step_usage *usage)
{
	assert_null(usage->provider.p);
	assert_true(message.n > 0);
	buf_printf(&said, "fail %s%s%s\n", code, of->failure.outcome_unknown ? " unknown" : "",
		of->failure.retry_after_ms > 0 ? " later" : "");
	if (of->failure.status > 0)
		buf_printf(&said, "status %d\n", of->failure.status);
	buf_printf(&said, "%.*s\n", STR_ARG(message));
}

static const struct step_io io = {.http = io_http, .finish = io_finish, .fail_with = io_fail};

static int
setup(void **state)
{
	(void)state;
	answer = (struct call_answer){.outcome = CALL_ANSWERED, .status = 200, .url = STR("http://a/"), .framed = true};
	return played_setup(1 << 20);
}

/* `step` as the definition has it, `input` as filled; NULL: nothing was to be filled. */
static const char *
play(const char *step, const char *input)
{
	struct step_def *def = arena_new_of(arena, struct step_def);
	def->kind = STR("http");
	assert_true(definition_read_http(arena, doc(step), def));
	attempt = played_attempt(def, input ? doc(input) : def->input, &io);
	buf_clear(&said);
	return played_start(attempt);
}

static void
answered(const char *content_type, const char *body)
{
	struct call_header *headers = arena_new_of(arena, struct call_header);
	*headers = (struct call_header){STR("content-type"), str_of(content_type)};
	answer.headers = headers;
	answer.header_count = content_type ? 1 : 0;
	answer.body = str_of(body);
}

#define assert_says(said_, part) \
	do { \
		if (!strstr((said_), (part))) \
			fail_msg("no \"%s\" in:\n%s", (part), buf_str(&said).p); \
	} while (0)

/* ---- what is asked ---- */

static void
a_request_is_made_of_the_filled_input(void **state)
{
	(void)state;
	const char *what = play("{\"method\": \"POST\", \"url\": \"https://a.example/x\", \"headers\": {\"X-One\": 1, "
				"\"X-None\": null},"
				" \"query\": {\"q\": \"a b&c=d\", \"n\": 1.50, \"list\": [\"x\", true], \"none\": "
				"null}, \"body\": {\"a\": [1]}}",
		NULL);
	assert_says(what, "POST https://a.example/x?q=a%20b%26c%3Dd&n=1.50&list=x&list=true\n");
	assert_says(what, "X-One: 1\nContent-Type: application/json\nIdempotency-Key: run/s1/1\n[{\"a\":[1]}]\n");
	what = play("{\"url\": \"https://a.example/?x=1#top\", \"query\": {\"y\": 2}, \"body\": \"text\"}", NULL);
	assert_says(what, "GET https://a.example/?x=1&y=2\nContent-Type: text/plain; charset=utf-8\n");
	assert_says(what, "[text]\n");
	what = play("{\"url\": \"https://a.example/\", \"headers\": {\"idempotency-KEY\": \"mine\", \"CONTENT-type\": "
		    "\"a/b\"}, \"body\": \"x\"}",
		NULL);
	assert_says(what, "idempotency-KEY: mine\nCONTENT-type: a/b\n[x]\n");
	assert_null(strstr(what, "run/s1/1"));
	assert_null(strstr(play("{\"url\": \"https://a.example/\", \"body\": null}", NULL), "["));
}

static void
what_templates_bring_in_cannot_break_a_header_or_the_query(void **state)
{
	static const char *const inputs[] = {"{\"url\": \"https://a/\", \"headers\": {\"X\": \"a\\r\\nHost: b\"}}",
		"{\"url\": \"https://a/\", \"headers\": {\"X\": \"a\\nb\"}}",
		"{\"url\": \"https://a/\", \"headers\": {\"X\": {\"a\": 1}}}",
		"{\"url\": \"https://a/\", \"query\": {\"X\": {\"a\": 1}}}",
		"{\"url\": \"https://a/\", \"query\": {\"X\": [[1]]}}", "{\"url\": 7}", "{\"url\": \"\"}",
		"{\"url\": null}"};
	(void)state;
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		const char *what = play("{\"url\": \"{{input.u}}\"}", inputs[i]);
		assert_says(what, "fail http_invalid\nNothing was sent. ");
	}
}

static void
a_value_in_the_address_does_not_lead_to_another_host(void **state)
{
	static const struct {
		const char *written, *filled;
		bool fits;
	} cases[] = {
		{"https://{{input.t}}.example.com/x", "https://a.example.com/x", true},
		{"https://{{input.t}}.example.com/x", "https://A.EXAMPLE.com/x", true},
		{"https://{{input.t}}.example.com/x", "https://evil.org/.example.com/x", false},
		{"https://{{input.t}}.example.com/x", "https://evil.org#.example.com/x", false},
		{"https://{{input.t}}.example.com/x", "https://evil.org?.example.com/x", false},
		{"https://{{input.t}}.example.com/x", "https://evil.org\\\\.example.com/x", false},
		{"https://{{input.t}}.example.com/x", "https://evil.org/{{.example.com/x", false},
		{"https://api.example.com{{input.p}}", "https://api.example.com/x", true},
		{"https://api.example.com{{input.p}}", "https://api.example.com?x", true},
		{"https://api.example.com{{input.p}}", "https://api.example.com.evil.org/", false},
		{"https://api.example.com{{input.p}}", "https://api.example.com@evil.org/", false},
		{"https://api.example.com{{input.p}}", "https://api.example.com:81@evil.org/", false},
		{"https://api.example.com:{{input.port}}/x", "https://api.example.com:81/x", true},
		{"https://api.example.com/{{input.p}}", "https://api.example.com//evil.org/", true},
		{"https://api.example.com/{{input.p}}", "https://evil.org/", false},
		{"{{input.s}}://api.example.com/", "https://evil.org/?://api.example.com/", false},
		{"{{input.s}}://api.example.com/", "http://api.example.com/", true},
		{"https://{{ ({x: {}}/1) + input.t }}.example.com/x", "https://a.example.com/x", true},
		{"https://{{ ({x: {}}/1) + input.t }}.example.com/x", "https://evil.org/x", false},
		{"{{input.base}}/x", "https://any.org/x", true},
		{"https://{{input.host}}/x", "https://any.org/x", true},
		{"https://{{input.a || \"://\"}}.example.com/", "https://a.example.com/", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json *step = json_new_object(arena);
		json_add(step, STR("url"), json_new_str(arena, str_of(cases[i].written)));
		const char *text = json_text(arena, step).p;
		const char *what = play(text, arena_printf(arena, "{\"url\": \"%s\"}", cases[i].filled));
		if (cases[i].fits != !strstr(what, "fail http_invalid"))
			fail_msg("%s filled as %s: %s", cases[i].written, cases[i].filled, what);
	}
}

/* ---- what is made of the answer ---- */

#define STEP "{\"url\": \"http://a/\"}"

static void
json_is_read_and_text_is_kept(void **state)
{
	(void)state;
	answered("application/json; charset=utf-8", "{\"a\": 1}");
	assert_says(play(STEP, NULL), "finish {\"status\":200,\"headers\":{\"content-type\":\"application/json; "
				      "charset=utf-8\"},\"body\":{\"a\":1},"
				      "\"encoding\":\"json\",\"url\":\"http://a/\"}\n");
	answered("application/problem+json", "[1]");
	assert_says(play(STEP, NULL), "\"body\":[1],\"encoding\":\"json\"");
	answered("text/plain", "{\"a\": 1}");
	assert_says(play(STEP, NULL), "\"body\":\"{\\\"a\\\": 1}\",\"encoding\":\"text\"");
	answered(NULL, "");
	assert_says(play(STEP, NULL), "\"body\":\"\",\"encoding\":\"text\"");
	answered("application/json", "");
	assert_says(play(STEP, NULL), "\"body\":null,\"encoding\":\"json\"");
	answered("application/json", "{\"a\": 1}");
	assert_says(play("{\"url\": \"http://a/\", \"answer\": \"text\"}", NULL), "\"encoding\":\"text\"");
	answered("text/plain", "7");
	assert_says(play("{\"url\": \"http://a/\", \"answer\": \"json\"}", NULL), "\"body\":7,\"encoding\":\"json\"");
}

static void
what_is_no_text_comes_as_base64(void **state)
{
	static const struct {
		struct str body;
		const char *text;
	} cases[] = {
		{STR("\xff"), "/w=="}, {STR("\xff\xd8"), "/9g="}, {STR("\xff\xd8\xff"), "/9j/"}, {STR("a\0b"), "YQBi"}};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		answered("image/jpeg", "");
		answer.body = cases[i].body;
		assert_says(play(STEP, NULL),
			arena_printf(arena, "\"body\":\"%s\",\"encoding\":\"base64\"", cases[i].text));
	}
}

static void
json_that_is_none_is_a_failure(void **state)
{
	(void)state;
	answered("application/json", "{\"a\": ");
	assert_says(play(STEP, NULL), "fail http_unexpected_body\nstatus 200\n");
	answer.framed = false;
	assert_says(play(STEP, NULL), "fail http_broken_answer unknown\n");
}

static void
an_answer_that_may_be_cut_is_a_failure(void **state)
{
	(void)state;
	answer.framed = false;
	answered("text/plain", "half a sen");
	assert_says(play(STEP, NULL), "fail http_broken_answer unknown\n");
	assert_says(play("{\"url\": \"http://a/\", \"unframed\": true}", NULL), "finish ");
	answered("application/json", "{\"a\": 12}");
	assert_says(play(STEP, NULL), "finish ");
	answered("application/json", "12");
	assert_says(play(STEP, NULL), "fail http_broken_answer unknown\n");
}

static void
an_unexpected_status_is_a_failure_with_its_code(void **state)
{
	static const struct {
		int status;
		const char *says;
	} cases[] = {{404, "fail http_status\n"}, {400, "fail http_status\n"}, {302, "fail http_status\n"},
		{429, "fail rate_limited\n"}, {408, "fail http_timeout unknown\n"}, {500, "fail http_server_error\n"},
		{502, "fail http_server_error unknown\n"}, {503, "fail http_server_error\n"},
		{504, "fail http_server_error unknown\n"}};
	(void)state;
	answered("text/plain", "because\nof this");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		answer.status = cases[i].status;
		assert_says(play(STEP, NULL), cases[i].says);
		assert_says(play(STEP, NULL), arena_printf(arena, "status %d: because of this\n", cases[i].status));
	}
	answer.retry_after_ms = 5000;
	assert_says(play(STEP, NULL), " later\n");
}

static void
expected_statuses_are_those_that_are_listed(void **state)
{
	(void)state;
	const char *step = "{\"url\": \"http://a/\", \"expect\": [404, \"5xx\"]}";
	answer.status = 404;
	assert_says(play(step, NULL), "finish {\"status\":404,");
	answer.status = 503;
	assert_says(play(step, NULL), "finish {\"status\":503,");
	answer.status = 200;
	assert_says(play(step, NULL), "fail http_status\n");
}

static void
no_answer_is_a_failure_and_says_whether_it_may_have_been_done(void **state)
{
	static const struct {
		enum call_outcome outcome;
		bool sent;
		const char *says;
	} cases[] = {{CALL_INVALID, false, "fail http_invalid\n"}, {CALL_REFUSED, false, "fail http_address_refused\n"},
		{CALL_UNREACHED, false, "fail http_unreachable\n"}, {CALL_UNTRUSTED, false, "fail http_untrusted\n"},
		{CALL_STALLED, true, "fail http_timeout unknown\n"}, {CALL_TOO_LARGE, true, "fail http_too_large\n"},
		{CALL_MISLED, true, "fail http_redirect\n"}, {CALL_BROKEN, true, "fail http_broken_answer unknown\n"},
		{CALL_BROKEN, false, "fail http_broken_answer\n"}};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		answer = (struct call_answer){.outcome = cases[i].outcome, .sent = cases[i].sent, .why = "why"};
		assert_says(play(STEP, NULL), cases[i].says);
		assert_says(play(STEP, NULL), "\nwhy\n");
	}
}

static void
repeated_headers_are_one_and_broken_ones_are_left_out(void **state)
{
	static const struct call_header headers[] = {
		{STR("vary"), STR("a")}, {STR("x"), STR("\xff")}, {STR("vary"), STR("b")}};
	(void)state;
	answer.headers = headers;
	answer.header_count = 3;
	assert_says(play(STEP, NULL), "\"headers\":{\"vary\":\"a, b\"}");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, played_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_request_is_made_of_the_filled_input),
		TEST(what_templates_bring_in_cannot_break_a_header_or_the_query),
		TEST(a_value_in_the_address_does_not_lead_to_another_host),
		TEST(json_is_read_and_text_is_kept),
		TEST(what_is_no_text_comes_as_base64),
		TEST(json_that_is_none_is_a_failure),
		TEST(an_answer_that_may_be_cut_is_a_failure),
		TEST(an_unexpected_status_is_a_failure_with_its_code),
		TEST(expected_statuses_are_those_that_are_listed),
		TEST(no_answer_is_a_failure_and_says_whether_it_may_have_been_done),
		TEST(repeated_headers_are_one_and_broken_ones_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
