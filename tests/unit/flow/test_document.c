/* A definition, written out as a document, is the same definition when it is read again. */
#include "../support.h"

#include "flow/definition.h"
#include "flow/document.h"
#include "json/writer.h"
#include "json/yaml.h"

#include <stdio.h>

static const struct definition_known nobody = {.nothing = true};

static const char *
said(const struct findings *findings)
{
	return findings->count ? arena_printf(arena, "%s: %s", findings->list[0].path, findings->list[0].message) : "";
}

static struct json *
canonical(const struct json *definition, const char *what)
{
	struct findings findings = {.arena = arena};
	struct json *made;
	if (!definition_examine(definition, "", &nobody, &findings, &made))
		fail_msg("%s: %s", what, said(&findings));
	return made;
}

static const struct json *
read_back(struct str text, const char *what, unsigned number)
{
	struct findings findings = {.arena = arena};
	struct document_flow *flows;
	unsigned count;
	document_read(text, DOCUMENT_JSON, "", &findings, &flows, &count);
	if (findings.count || count <= number)
		fail_msg("%s: %s", what, said(&findings));
	return flows[number].definition;
}

static void
assert_reads_back(const struct json *definition, const char *what)
{
	struct json *once = canonical(definition, what);
	struct str text = json_text(arena, once);
	struct json *again = canonical(read_back(text, what, 0), what);
	if (!json_equal(again, once)) /* in any order */
		assert_string_equal(json_text(arena, again).p, text.p);
}

/* Steps of each kind with all that they may say, in the words of the contract. */
static const char *const steps[] = {
	"{key: a, kind: wait, seconds: 60, condition: '{{input.go}}'}",
	"{key: a, kind: wait, seconds: '{{input.s}}'}",
	"{key: a, kind: wait, seconds: 0.5}",
	"{key: a, kind: wait, until: '{{input.t}}', condition: '{{input.go || input.now}}'}",
	"{key: a, kind: wait, while: '{{input.n}} > 5', condition: 'input.go', max_seconds: 60, poll_seconds: 5, "
	"signal: go}",
	"{key: a, kind: wait, while: '{{poll.output.busy}}', poll: {kind: http, url: "
	"'https://example.com/{{input.x}}', "
	"condition: '{{input.go}}', timeout_seconds: 9, on_failure: continue}}",
	"{key: a, kind: transform, value: '{{input.a}} || {{input.b}}'}",
	"{key: a, kind: transform, value: ['{{input.a}} || {{ \"x\" }}', '{{ input.a ?? null }} || {{input.b}}'], "
	"condition: "
	"'{{input.a}} || {{input.b}}'}",
	"{key: a, kind: transform, value: {k: '{{input.a}} or {{input.b}}'}, condition: \"'{{input.a}}' == 'x'\", "
	"on_complete: {code: "
	"return 1}, on_error: {code: return 2}}",
	"{key: a, kind: transform, value: 1, cache: {key: '{{input.a}}', ttl_seconds: 90}, phase: First, output: made, "
	"name: A b}",
	"{key: a, kind: function, input: {x: '{{input.a}}'}, code: 'return `{{input.a}} || {{input.b}}`', "
	"timeout_seconds: 200, on_start: "
	"{code: return 1}}",
	"{key: a, kind: script, command: 'grep {{input.a}} || {{input.b}}', cwd: sub, env: {A: '{{input.a}}'}, format: "
	"json}",
	"{key: a, kind: script, command: ['{{input.a}} || {{input.b}}'], network: true, timeout_seconds: 5}",
	"{key: a, kind: script, command: '{{input.a}} || {{input.b}}'}",
	"{key: a, kind: note, text: '{{a}} || {{b}}'}, {key: b, kind: transform, value: 1}",
	"{key: a, kind: http, url: 'https://example.com/', method: POST, headers: {A: '{{input.a}} || {{input.b}}'}, "
	"query: {q: '1'}, body: "
	"{b: '{{input.a}}'}, retry: {max_attempts: 3, delay_ms: 1500, max_delay_ms: 60000, backoff: linear, on: "
	"[http_status]}}",
	"{key: a, kind: http, url: 'https://example.com/', retry: never, on_failure: ask, concurrency: {key: k, limit: "
	"2}, rate: {key: "
	"'{{input.a}}', limit: 5, per_seconds: 0.5}}",
	"{key: a, kind: prompt, prompt: {id: 0192f0c4-0000-7000-8000-0000000000f1, version: 2}, model: builtin/echo, "
	"input: {text: "
	"'{{input.a}}'}, options: {delay_ms: 5}, timeout_seconds: 61}",
	"{key: a, kind: agent, agent: WRITER, action: prompt, input: {prompt: '{{input.a}} || {{input.b}}', prompt2: "
	"x}}",
	"{key: a, kind: agent, agent: WRITER, action: http, endpoint: /x, input: {text: '{{input.a}}'}}",
	"{key: a, kind: workflow, workflow: {id: 0192f0c4-0000-7000-8000-0000000000f1, version: 1}, input: {a: "
	"'{{input.a}}'}, "
	"timeout_seconds: 100}",
	"{key: a, kind: approval, input: {text: '{{input.a}}'}, form: {type: object, properties: {duration: {type: "
	"string, default: 30s}}}, "
	"timeout_seconds: 3600}",
	"{key: a, kind: signal, signal: paid, timeout_seconds: 5, on_failure: continue}",
	"{key: c, kind: conditional, condition: '{{input.a}} || {{input.b}}', then: d, else: e}, {key: d, kind: "
	"transform, value: 1}, {key: "
	"e, kind: transform, value: 2, needs: [c]}",
	"{key: c, kind: switch, value: '{{input.a}}', cases: {'1': d}, default: e}, {key: d, kind: transform, value: "
	"1}, {key: e, kind: "
	"transform, value: 2}",
	"{key: g, kind: parallel, max_concurrency: 2, fail_fast: true, steps: [{key: a, kind: wait, seconds: 1, "
	"condition: 'input.a'}, {key: "
	"b, kind: transform, value: 1, needs: [a]}]}",
	"{key: l, kind: loop, items: '{{input.list}}', max_iterations: 5, max_concurrency: 3, fail_fast: false, steps: "
	"[{key: a, kind: "
	"transform, value: '{{loop.item}} || {{loop.index}}'}]}",
	"{key: l, kind: loop, while: '{{loop.index}} < 3', steps: [{key: s, kind: sequential, steps: [{key: a, kind: "
	"wait, until: "
	"'2027-01-31T08:00:00Z', condition: true}]}]}",
};

static void
every_step_reads_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct json *list;
		struct err err = {0};
		const char *text = arena_printf(arena,
			"{type: flow, steps: [%s], output: '{{input.a}} || {{input.b}}', limits: {cost_usd: 1, steps: "
			"90}, state: {x: "
			"'{{input.a}} || {{input.b}}'}, on_start: {code: return 1}, on_error: {code: return 2}}",
			steps[i]);
		if (!yaml_read(arena, str_of(text), &json_limits_request, &list, &err))
			fail_msg("%s: %s", steps[i], err.message);
		assert_reads_back(list, steps[i]);
	}
}

static void
every_example_reads_back(void **state)
{
	static const char *const files[] = {"content-generation-pipeline.yaml", "research-and-summarize.yaml",
		"research-in-depth.yaml", "simple-pipeline.yaml"};
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const char *path = arena_printf(arena, "%s/%s", EXAMPLES, files[i]);
		FILE *file = fopen(path, "r");
		char *text = arena_alloc(arena, 1 << 16);
		struct findings findings = {.arena = arena};
		struct document_flow *flows;
		unsigned count;
		assert_non_null(file);
		size_t n = fread(text, 1, 1 << 16, file);
		fclose(file);
		document_read((struct str){text, n}, DOCUMENT_YAML, "", &findings, &flows, &count);
		assert_true(count > 0);
		for (unsigned j = 0; j < count; j++)
			assert_reads_back(flows[j].definition, path);
	}
}

/* What a document says in words of other tools is not what the same words say in ours. */
static void
other_tools_wait_while_a_condition_holds(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"{'id':'a','type':'wait','duration':'1m','condition':'{{input.go}}'}",
			"{'key':'a','kind':'wait','while':'{{input.go}}','max_seconds':60}"},
		{"{'id':'a','type':'wait','condition':'{{input.go}}','maxWait':5000}",
			"{'key':'a','kind':'wait','while':'{{input.go}}','max_seconds':5}"},
		{"{'id':'a','type':'wait','seconds':60,'condition':'{{input.go}}'}",
			"{'key':'a','kind':'wait','seconds':60,'condition':'{{input.go}}'}"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = arena_strdup(arena, arena_printf(arena, "{'steps': [%s]}|%s", cases[i][0], cases[i][1]));
		for (char *at = text; *at; at++)
			*at = *at == '\'' ? '"' : *at;
		char *wanted = strchr(text, '|');
		*wanted++ = '\0';
		const struct json *list = json_get(read_back(str_of(text), text, 0), "steps");
		assert_string_equal(json_text(arena, list->child).p, wanted);
	}
}

static void
bare_numbers_of_a_cache_and_a_rate_are_seconds(void **state)
{
	(void)state;
	static const char text[] =
		"{\"steps\": [{\"id\": \"a\", \"type\": \"prompt\", \"timeout\": 30000, \"cache\": {\"key\": \"k\", "
		"\"ttl\": "
		"3600}, "
		"\"rate\": {\"key\": \"k\", \"limit\": 5, \"per\": 60}}, {\"id\": \"b\", \"type\": \"prompt\", "
		"\"cache\": "
		"{\"key\": "
		"\"k\", \"ttl\": \"2h\"}, \"rate\": {\"key\": \"k\", \"limit\": 5, \"per\": \"500ms\"}}]}";
	const struct json *list = json_get(read_back(str_of(text), text, 0), "steps");
	assert_string_equal(json_text(arena, list->child).p,
		"{\"key\":\"a\",\"kind\":\"prompt\",\"timeout_seconds\":30,\"cache\":{\"key\":\"k\",\"ttl_seconds\":"
		"3600},"
		"\"rate\":{\"key\":\"k\",\"limit\":5,\"per_seconds\":60}}");
	assert_string_equal(json_text(arena, list->child->next).p,
		"{\"key\":\"b\",\"kind\":\"prompt\",\"cache\":{\"key\":\"k\",\"ttl_seconds\":7200},"
		"\"rate\":{\"key\":\"k\",\"limit\":5,\"per_seconds\":0.5}}");
}

/* Which way an agent is asked is its own affair, unless the step says so. */
static void
an_agent_step_says_nothing_of_how_it_is_asked(void **state)
{
	(void)state;
	static const char text[] =
		"{\"steps\": [{\"id\": \"a\", \"type\": \"agent\", \"agent\": \"SERVICE\", \"input\": {\"text\": "
		"\"x\"}}]}";
	const struct json *list = json_get(read_back(str_of(text), text, 0), "steps");
	assert_string_equal(json_text(arena, list->child).p,
		"{\"key\":\"a\",\"kind\":\"agent\",\"agent\":\"SERVICE\",\"input\":{\"text\":\"x\"}}");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_step_reads_back),
		TEST(every_example_reads_back),
		TEST(other_tools_wait_while_a_condition_holds),
		TEST(bare_numbers_of_a_cache_and_a_rate_are_seconds),
		TEST(an_agent_step_says_nothing_of_how_it_is_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
