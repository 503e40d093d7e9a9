/* Definitions: what is canonical, and what every mistake is told. */
#include "../support.h"

#include "flow/definition.h"
#include "json/writer.h"

static struct err err;

#define P1 "01920000-0000-7000-8000-000000000001"
#define P2 "01920000-0000-7000-8000-000000000002"

static const struct str text_only[] = {{"text", 4}};
static const struct str content_tone[] = {{"content", 7}, {"tone", 4}};
static const struct prompt_facts facts[] = {
	{{P1, 36}, 2, NULL, 0},
	{{P1, 36}, 3, text_only, 1},
	{{P1, 36}, 1, NULL, 0},
	{{P2, 36}, 1, content_tone, 2},
};

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	memset(&err, 0, sizeof err);
	return 0;
}

static bool
check(const char *text, struct json **ret_canonical)
{
	return definition_check(
		arena, doc(text), "/definition", facts, sizeof facts / sizeof *facts, ret_canonical, &err);
}

static const char *
canonical(const char *text)
{
	struct json *result;
	if (!check(text, &result))
		fail_msg("%s: %s %s", text, err.issue_count ? err.issues[0].path : err.message,
			err.issue_count ? err.issues[0].message : "");
	return json_text(arena, result).p;
}

#define STEP1 \
	"{\"key\": \"extract\", \"kind\": \"prompt\", \"prompt\": {\"id\": \"" P1 \
	"\"}, \"input\": {\"text\": \"{{input.text}}\"}}"
#define STEP2(input) \
	"{\"key\": \"summarise\", \"kind\": \"prompt\", \"prompt\": {\"id\": \"" P2 "\"}, \"input\": " input "}"
#define CHAIN(input) "{\"type\": \"chain\", \"steps\": [" STEP1 ", " STEP2(input) "]}"

/* Exactly this one issue, wherever it stands. */
static void
assert_issue(const char *text, const char *path, const char *code, const char *message)
{
	struct json *result = NULL;
	memset(&err, 0, sizeof err);
	assert_false(check(text, &result));
	assert_null(result);
	assert_int_equal(err.code, ERR_INVALID);
	assert_int_equal(err.issue_count, 1);
	assert_string_equal(err.issues[0].path, path);
	assert_string_equal(err.issues[0].code, code);
	if (message)
		assert_string_equal(err.issues[0].message, message);
}

static void
the_canonical_form_pins_versions_and_says_the_defaults(void **state)
{
	(void)state;
	assert_string_equal(canonical(CHAIN("{\"content\": \"{{steps.extract.output}}\", \"tone\": \"friendly\"}")),
		"{\"type\":\"chain\",\"input\":{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\","
		"\"title\":\"Text\"}},"
		"\"required\":[\"text\"]},\"steps\":["
		"{\"key\":\"extract\",\"name\":\"extract\",\"kind\":\"prompt\",\"prompt\":{\"id\":\"" P1
		"\",\"version\":3},"
		"\"input\":{\"text\":\"{{input.text}}\"},\"model\":\"builtin/echo\",\"timeout_seconds\":60},"
		"{\"key\":\"summarise\",\"name\":\"summarise\",\"kind\":\"prompt\",\"prompt\":{\"id\":\"" P2
		"\",\"version\":1},"
		"\"input\":{\"content\":\"{{steps.extract.output}}\",\"tone\":\"friendly\"},\"model\":\"builtin/"
		"echo\",\"timeout_seconds\":60}]}");
}

static void
other_spellings_are_rewritten(void **state)
{
	(void)state;
	static const char *const spellings[][2] = {
		{"{{step.1.output}}", "{{steps.extract.output}}"},
		{"{{ steps.1.output[0].a }}", "{{steps.extract.output.0.a}}"},
		{"{{initial.x}}", "{{input.x}}"},
		{"{{ args.x }}", "{{input.x}}"},
		{"{{workflow.input.x.y}}", "{{input.x.y}}"},
		{"a {{x||'b'}} \\\\{{c}}", "a {{input.x || 'b'}} \\\\{{input.c}}"},
		{"{{input}}", "{{input}}"},
	};
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		struct json *result;
		struct str template = json_text(arena, json_new_str(arena, str_of(spellings[i][0])));
		const char *text = arena_printf(arena,
			"{\"type\": \"chain\", \"steps\": [%s, %s \"input\": {\"content\": %.*s, \"tone\": 1}}]}",
			STEP1, "{\"key\": \"b\", \"kind\": \"prompt\", \"prompt\": {\"id\": \"" P2 "\"},",
			STR_ARG(template));
		assert_true(check(text, &result));
		const struct json *got = json_pointer(result, STR("/steps/1/input/content"));
		assert_non_null(got);
		assert_string_equal(arena_strz(arena, got->text), spellings[i][1]);
	}
}

static void
the_canonical_form_is_its_own_canonical_form(void **state)
{
	(void)state;
	const char *once = canonical(
		CHAIN("{\"content\": [\"{{step.1.output}}\", {\"k\": \"{{tone || 'x'}}\"}], \"tone\": null}"));
	assert_string_equal(canonical(once), once);
}

static void
the_input_is_derived_from_the_templates(void **state)
{
	(void)state;
	struct json *result;
	assert_true(check(CHAIN("{\"content\": \"{{customer_name}} {{input.rows[0].x}} {{input.user.id}}\", \"tone\": "
				"\"{{tone || 'x'}}\"}"),
		&result));
	assert_string_equal(json_text(arena, json_get(result, "input")).p,
		"{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\",\"title\":\"Text\"},"
		"\"customer_name\":{\"type\":\"string\",\"title\":\"Customer "
		"name\"},\"rows\":{\"type\":\"array\",\"title\":\"Rows\"},"
		"\"user\":{\"type\":\"object\",\"title\":\"User\"},\"tone\":{\"type\":\"string\",\"title\":\"Tone\"}},"
		"\"required\":[\"text\",\"customer_name\",\"rows\",\"user\"]}");
}

/* The derived schema of {input.x} where these steps use it. */
static const char *
derived(const char *steps)
{
	struct json *result;
	if (!check(arena_printf(arena, "{\"type\": \"flow\", \"steps\": [%s]}", steps), &result))
		fail_msg("%s: %s", steps, err.issues[0].message);
	const struct json *property = json_get(json_get(json_get(result, "input"), "properties"), "x");
	const struct json *type = json_get(property, "type");
	return type ? arena_strz(arena, type->text) : "";
}

static void
an_input_is_what_it_is_used_as(void **state)
{
	(void)state;
#define VALUE_OF(value) "{\"key\": \"v\", \"kind\": \"transform\", \"value\": \"" value "\"}"
#define ASKED \
	"{\"key\": \"p\", \"kind\": \"prompt\", \"prompt\": {\"id\": \"" P1 \
	"\"}, \"input\": {\"text\": \"{{input.x}}\"}}"
	assert_string_equal(derived(VALUE_OF("{{input.x}}")), "");
	assert_string_equal(derived(VALUE_OF("{{ input.x + 1 }}")), "");
	assert_string_equal(derived(VALUE_OF("no {{input.x}}")), "");
	assert_string_equal(derived(VALUE_OF("{{ input.x.map(y => y) }}")), "array");
	assert_string_equal(derived(VALUE_OF("{{input.x[0]}}")), "array");
	assert_string_equal(derived(VALUE_OF("{{input.x.y}}")), "object");
	assert_string_equal(derived(VALUE_OF("{{input.x.length}}")), "");
	assert_string_equal(derived(ASKED), "string");
	assert_string_equal(derived(ASKED ", " VALUE_OF("{{input.x > 5}}")), "");
	assert_string_equal(derived("{\"key\": \"a\", \"kind\": \"wait\", \"seconds\": \"{{input.x}}\"}"), "");
	assert_string_equal(
		derived("{\"key\": \"a\", \"kind\": \"transform\", \"value\": 1, \"condition\": \"{{input.x}} > "
			"5\"}"),
		"");
	assert_string_equal(
		derived("{\"key\": \"l\", \"kind\": \"loop\", \"items\": \"{{input.x}}\", \"steps\": [" VALUE_OF(
			"{{loop.item}}") "]}"),
		"array");
}

/* A dash is part of a name; whoever meant to subtract is told. */
static void
a_dash_that_looks_like_a_minus_is_warned_of(void **state)
{
	static const struct {
		const char *value;
		bool warned;
	} cases[] = {
		{"{{input.n-1}}", true},
		{"{{input.total-input.discount}}", true},
		{"{{input.a.b-2}}", true},
		{"{{n-1 || 0}}", true},
		{"{{input.total-discount}}", false},
		{"{{input.n - 1}}", false},
		{"{{ input.n-1 + 0 }}", false},
		{"{{input.api-key}}", false},
		{"{{env.A}}", false},
	};
	static const struct definition_known known = {.nothing = true};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct findings findings = {.arena = arena};
		struct json *result;
		assert_true(
			definition_examine(doc(arena_printf(arena,
						   "{\"type\": \"flow\", \"steps\": [{\"key\": \"step-1\", \"kind\": "
						   "\"transform\", \"value\": 1}, {\"key\": \"v\", \"kind\": "
						   "\"transform\", \"value\": [\"{{steps.step-1.output}}\", \"%s\"]}]}",
						   cases[i].value)),
				"", &known, &findings, &result));
		if ((findings.count == 1) != cases[i].warned)
			fail_msg("%s: %u", cases[i].value, findings.count);
		if (findings.count) {
			assert_string_equal(findings.list[0].code, "dash");
			assert_string_equal(findings.list[0].path, "/steps/1/value/1");
		}
	}
}

static void
references_must_lead_to_an_earlier_step(void **state)
{
	(void)state;
	assert_issue(CHAIN("{\"content\": \"{{steps.extarct.output}}\", \"tone\": \"\"}"),
		"/definition/steps/1/input/content", "unknown_step",
		"Step `extarct` does not exist. Did you mean `extract`?");
	assert_issue(CHAIN("{\"content\": \"{{steps.summarise.output}}\", \"tone\": \"\"}"),
		"/definition/steps/1/input/content", "own_output",
		"Step `summarise` cannot use its own output. Refer to an earlier step.");
	assert_issue(CHAIN("{\"content\": \"{{step.3.output}}\", \"tone\": \"\"}"), "/definition/steps/1/input/content",
		"unknown_step", "There is no step 3; this workflow has 2.");
	assert_issue(CHAIN("{\"content\": \"{{step.0.output}}\", \"tone\": \"\"}"), "/definition/steps/1/input/content",
		"unknown_step", "There is no step 0; this workflow has 2.");
	assert_issue(CHAIN("{\"content\": \"{{steps.extract.result}}\", \"tone\": \"\"}"),
		"/definition/steps/1/input/content", "unknown_field",
		"A step offers its output and its error. Write `steps.extract.output`.");
	assert_issue(CHAIN("{\"content\": \"{{steps}}\", \"tone\": \"\"}"), "/definition/steps/1/input/content",
		"incomplete", NULL);
	assert_issue(CHAIN("{\"content\": \"{{setps.extract.output}}\", \"tone\": \"\"}"),
		"/definition/steps/1/input/content", "unknown_name",
		"`setps.extract.output` begins with neither `input`, `steps` nor `env`. Did you mean `steps`?");
	assert_issue("{\"type\": \"chain\", \"steps\": [" STEP2(
			     "{\"content\": \"{{steps.extract.output}}\", \"tone\": 1}") ", " STEP1 "]}",
		"/definition/steps/0/input/content", "later_step",
		"Step `summarise` runs before `extract` and cannot use its output. Move `extract` up.");
	assert_issue(CHAIN("{\"content\": {\"a/b\": [\"{{x\"]}, \"tone\": \"\"}"),
		"/definition/steps/1/input/content/a~1b/0", "template",
		"`{{` is never closed. Close it with `}}`, or write `\\{{` for plain braces. (line 1, column 1)");
}

static void
every_variable_is_mapped_and_nothing_else(void **state)
{
	(void)state;
	assert_issue(CHAIN("{\"content\": \"x\"}"), "/definition/steps/1/input", "unmapped",
		"The variable `tone` of the prompt is not mapped. Map it to an input, an earlier output or a text.");
	assert_issue(CHAIN("{\"content\": \"x\", \"tone\": \"y\", \"tome\": 1}"), "/definition/steps/1/input/tome",
		"unknown_variable", "The prompt has no variable `tome`; there are content, tone. Did you mean `tone`?");
}

static void
an_input_schema_is_checked_and_obeyed(void **state)
{
	(void)state;
#define WITH_INPUT(schema) \
	"{\"type\": \"chain\", \"input\": " schema ", \"steps\": [" STEP1 \
	", " STEP2("{\"content\": \"{{input.texts}}\", \"tone\": 1}") "]}"
	assert_issue(WITH_INPUT("{\"type\": \"object\", \"properties\": {\"text\": {\"type\": \"string\"}}}"),
		"/definition/steps/1/input/content", "unknown_input",
		"The input has no field `texts`; its fields are text. Did you mean `text`?");
	canonical(WITH_INPUT("{\"type\": \"object\", \"properties\": {\"text\": {}, \"texts\": {}}}"));
	canonical(WITH_INPUT("{\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}}"));
	assert_issue(WITH_INPUT("{\"type\": \"string\"}"), "/definition/input", "type", NULL);
	assert_issue(WITH_INPUT("[]"), "/definition/input", "type", NULL);
	memset(&err, 0, sizeof err);
	struct json *result;
	assert_false(check(
		WITH_INPUT("{\"type\": \"object\", \"properties\": {\"text\": {\"type\": \"strnig\"}, \"texts\": {}}}"),
		&result));
	assert_memory_equal(err.issues[0].path, "/definition/input", 17);
	assert_string_equal(err.issues[0].code, "schema");
}

static void
keys_names_kinds_models_and_times_have_their_form(void **state)
{
	(void)state;
#define ONE(member) \
	"{\"type\": \"flow\", \"steps\": [{\"kind\": \"prompt\", \"prompt\": {\"id\": \"" P1 \
	"\", \"version\": 2}, " member "}]}"
	canonical(
		ONE("\"key\": \"a\", \"model\": \"builtin/actions\", \"timeout_seconds\": 3600, \"name\": \"Größe\""));
	assert_issue(ONE("\"key\": \"A\""), "/definition/steps/0/key", "pattern", NULL);
	assert_issue(ONE("\"key\": \"a b\""), "/definition/steps/0/key", "pattern", NULL);
	assert_issue(ONE("\"key\": \"\""), "/definition/steps/0/key", "pattern", NULL);
	assert_issue(ONE("\"key\": 7"), "/definition/steps/0/key", "required", NULL);
	assert_issue(ONE("\"name\": \"x\""), "/definition/steps/0", "required", NULL);
	assert_issue(ONE("\"key\": \"a\", \"name\": \"\""), "/definition/steps/0/name", "type", NULL);
	assert_issue(
		ONE("\"key\": \"a\", \"timeout_seconds\": 0"), "/definition/steps/0/timeout_seconds", "range", NULL);
	assert_issue(
		ONE("\"key\": \"a\", \"timeout_seconds\": 3601"), "/definition/steps/0/timeout_seconds", "range", NULL);
	assert_issue(
		ONE("\"key\": \"a\", \"timeout_seconds\": 1.5"), "/definition/steps/0/timeout_seconds", "range", NULL);
	assert_issue(ONE("\"key\": \"a\", \"options\": []"), "/definition/steps/0/options", "type", NULL);
	assert_issue(ONE("\"key\": \"a\", \"input\": []"), "/definition/steps/0/input", "type", NULL);
	assert_issue(ONE("\"key\": \"a\", \"input\": {\"x\": 1}"), "/definition/steps/0/input/x", "unknown_variable",
		"The prompt has no variables, so `x` has no use.");
	assert_issue(ONE("\"key\": \"a\", \"model\": \"builtin/ecko\""), "/definition/steps/0/model", "unknown_model",
		"There is no model `builtin/ecko`; there are builtin/echo, builtin/extract, builtin/summarise, "
		"builtin/actions, "
		"builtin/score, builtin/schema, builtin/instant. Did you mean `builtin/echo`?");
	assert_issue("{\"type\": \"chain\", \"steps\": [" STEP1 ", " STEP1 "]}", "/definition/steps/1/key", "duplicate",
		"Step 1 has the key `extract` as well. Keys must differ.");
	assert_issue("{\"type\": \"flow\", \"steps\": [{\"key\": \"a\", \"kind\": \"htpp\"}]}",
		"/definition/steps/0/kind", "unknown_kind", "There is no kind of step `htpp`. Did you mean `http`?");
	assert_issue("{\"type\": \"flow\", \"steps\": [5]}", "/definition/steps/0", "type",
		"A step is an object, not a number.");
}

static void
prompts_must_exist_in_that_version(void **state)
{
	(void)state;
#define PROMPT(prompt) \
	"{\"type\": \"flow\", \"steps\": [{\"key\": \"a\", \"kind\": \"prompt\", \"prompt\": " prompt "}]}"
	assert_issue(PROMPT("{\"id\": \"x\"}"), "/definition/steps/0/prompt/id", "unknown_prompt", NULL);
	assert_issue(PROMPT("{\"id\": \"" P1 "\", \"version\": 9}"), "/definition/steps/0/prompt/version",
		"unknown_version", "This prompt has no version 9.");
	assert_issue(
		PROMPT("{\"id\": \"" P1 "\", \"version\": 0}"), "/definition/steps/0/prompt/version", "type", NULL);
	assert_issue(PROMPT("{}"), "/definition/steps/0/prompt", "required", NULL);
	assert_issue(PROMPT("5"), "/definition/steps/0/prompt", "required", NULL);
}

static void
a_workflow_has_a_type_and_enough_steps(void **state)
{
	(void)state;
	assert_issue("[]", "/definition", "type", "A workflow is an object, not a list.");
	assert_issue("{\"type\": \"chain\", \"steps\": [" STEP1 "]}", "/definition/steps", "too_few",
		"A chain has at least 2 steps; this one has 1.");
	assert_issue("{\"type\": \"chains\", \"steps\": [" STEP1 "]}", "/definition/type", "unknown_type", NULL);
	assert_issue("{\"type\": \"chain\"}", "/definition", "required", "A workflow needs a list of steps.");
	assert_issue("{\"steps\": [" STEP1 "]}", "/definition", "required", "A workflow needs a type: `chain`.");
}

static void
several_mistakes_are_told_at_once(void **state)
{
	(void)state;
	struct json *result;
	assert_false(check(
		"{\"type\": \"x\", \"steps\": [{\"key\": \"9\", \"kind\": \"prompt\"}, {\"key\": \"b\"}]}", &result));
	assert_int_equal(err.issue_count, 4);
	assert_false(definition_check(arena, doc("{}"), "", NULL, 0, &result, NULL));
}

static void
prompts_are_named_once_each_version(void **state)
{
	(void)state;
	struct str *ids;
	int64_t *versions;
	unsigned count;
	assert_true(definition_prompts(arena,
		doc("{\"steps\": [{\"prompt\": {\"id\": \"a\"}}, {\"prompt\": {\"id\": \"a\"}}, {\"prompt\": {\"id\": "
		    "\"a\", \"version\": 2}},"
		    " {\"prompt\": {\"id\": 5}}, {\"prompt\": \"b\"}, 7, {\"prompt\": {\"id\": \"c\", \"version\": "
		    "\"x\"}}]}"),
		&ids, &versions, &count, &err));
	assert_int_equal(count, 2);
	assert_true(str_is(ids[0], "a") && versions[0] == 0 && str_is(ids[1], "a") && versions[1] == 2);
	assert_true(definition_prompts(arena, doc("{\"steps\": {}}"), &ids, &versions, &count, &err));
	assert_int_equal(count, 0);
	assert_true(definition_prompts(arena, doc("[]"), &ids, &versions, &count, &err));
	assert_int_equal(count, 0);
}

static void
a_canonical_definition_can_be_read(void **state)
{
	(void)state;
	struct definition *definition;
	assert_true(definition_read(arena,
		doc(canonical(CHAIN("{\"content\": \"{{steps.extract.output}}\", \"tone\": \"t\"}"))), &definition,
		&err));
	assert_int_equal(definition->step_count, 2);
	assert_true(str_is(definition->type, "chain"));
	assert_non_null(json_get(definition->input, "properties"));
	const struct step_def *step = &definition->steps[1];
	assert_int_equal(step->index, 1);
	assert_true(str_is(step->key, "summarise") && str_is(step->kind, "prompt") && str_is(step->prompt_id, P2));
	assert_int_equal(step->prompt_version, 1);
	assert_int_equal(step->timeout_seconds, 60);
	assert_true(str_is(step->model, "builtin/echo"));
	assert_null(step->options);
	assert_false(definition_read(arena, doc("{\"type\": \"chain\", \"steps\": [{}]}"), &definition, &err));
	assert_int_equal(err.code, ERR_INTERNAL);
}

static const char *
with_retry(const char *retry)
{
	return arena_printf(arena,
		"{\"type\": \"flow\", \"steps\": [{\"key\": \"a\", \"kind\": \"prompt\", \"prompt\": {\"id\": \"" P1
		"\", \"version\": 3}, \"input\": {\"text\": \"x\"}, \"retry\": %s}]}",
		retry);
}

static void
a_retry_policy_is_completed_and_read(void **state)
{
	(void)state;
	struct json *canonical, *again;
	struct definition *definition;
	assert_true(check(with_retry("{\"max_attempts\": 5, \"on\": [\"timeout\"]}"), &canonical));
	struct str text = json_text(arena, json_get(json_get(canonical, "steps")->child, "retry"));
	assert_string_equal(text.p,
		"{\"max_attempts\":5,\"delay_ms\":1000,\"backoff\":\"exponential\",\"max_delay_ms\":60000,"
		"\"on\":[\"timeout\"]}");
	assert_true(check(json_text(arena, canonical).p, &again));
	assert_true(json_equal(canonical, again));
	assert_true(definition_read(arena, canonical, &definition, &err));
	assert_int_equal(definition->steps[0].retry.max_attempts, 5);
	assert_int_equal(definition->steps[0].retry.backoff, BACKOFF_EXPONENTIAL);
	assert_int_equal(definition->steps[0].retry.on->count, 1);
	assert_true(check(with_retry("\"never\""), &canonical));
	assert_true(definition_read(arena, canonical, &definition, &err));
	assert_true(definition->steps[0].retry.never);
}

static void
a_retry_policy_that_is_none_is_told(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
		{"\"always\"", "/definition/steps/0/retry"},
		{"{}", "/definition/steps/0/retry"},
		{"{\"max_attempts\": 0}", "/definition/steps/0/retry/max_attempts"},
		{"{\"max_attempts\": 101}", "/definition/steps/0/retry/max_attempts"},
		{"{\"max_attempts\": 2, \"delay_ms\": -1}", "/definition/steps/0/retry/delay_ms"},
		{"{\"max_attempts\": 2, \"backoff\": \"quadratic\"}", "/definition/steps/0/retry/backoff"},
		{"{\"max_attempts\": 2, \"max_delay_ms\": 1e12}", "/definition/steps/0/retry/max_delay_ms"},
		{"{\"max_attempts\": 2, \"on\": []}", "/definition/steps/0/retry/on"},
		{"{\"max_attempts\": 2, \"on\": [1]}", "/definition/steps/0/retry/on"},
		{"{\"max_attempts\": 2, \"delay\": 1}", "/definition/steps/0/retry/delay"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct json *canonical;
		err_clear(&err);
		assert_false(check(with_retry(wrong[i][0]), &canonical));
		assert_int_equal(err.issue_count, 1);
		assert_string_equal(err.issues[0].path, wrong[i][1]);
	}
}

static void
steps_without_a_call_are_checked_and_read(void **state)
{
	(void)state;
	struct json *canonical, *again;
	struct definition *definition;
	assert_true(check("{\"type\": \"flow\", \"steps\": [{\"key\": \"a\", \"kind\": \"transform\", \"value\": "
			  "{\"x\": [\"{{initial.who}}\"]}},"
			  "{\"key\": \"b\", \"kind\": \"wait\", \"seconds\": \"{{steps.a.output.x}}\"},"
			  "{\"key\": \"c\", \"kind\": \"approval\", \"input\": {\"show\": \"{{step.1.output}}\"}, "
			  "\"timeout_seconds\": 86400},"
			  "{\"key\": \"d\", \"kind\": \"signal\"}]}",
		&canonical));
	assert_string_equal(json_text(arena, json_get(canonical, "steps")).p,
		"[{\"key\":\"a\",\"name\":\"a\",\"kind\":\"transform\",\"value\":{\"x\":[\"{{input.who}}\"]}},"
		"{\"key\":\"b\",\"name\":\"b\",\"kind\":\"wait\",\"seconds\":\"{{steps.a.output.x}}\"},"
		"{\"key\":\"c\",\"name\":\"c\",\"kind\":\"approval\",\"input\":{\"show\":\"{{steps.a.output}}\"},"
		"\"timeout_seconds\":86400},"
		"{\"key\":\"d\",\"name\":\"d\",\"kind\":\"signal\",\"signal\":\"d\"}]");
	assert_true(check(json_text(arena, canonical).p, &again));
	assert_true(json_equal(canonical, again));
	assert_true(definition_read(arena, canonical, &definition, &err));
	assert_int_equal(definition->steps[1].control, CONTROL_WAIT);
	assert_int_equal(definition->steps[1].timeout_seconds, 0);
	assert_int_equal(definition->steps[2].timeout_seconds, 86400);
	assert_string_equal(arena_strz(arena, definition->steps[3].signal), "d");
}

static void
the_state_speaks_of_every_step_and_asks_for_no_input(void **state)
{
	(void)state;
#define STATE(state) \
	"{\"type\": \"chain\", \"steps\": [" STEP1 \
	", " STEP2("{\"content\": \"x\", \"tone\": 1}") "], \"state\": " state "}"
	struct json *result;
	const char *once = canonical(STATE(
		"{\"last\": \"{{step.2.output}} {{goal}}\", \"one\": [1, {\"a\": \"{{steps.extract.output.n}}\"}]}"));
	assert_true(check(once, &result));
	assert_string_equal(json_text(arena, json_get(result, "state")).p,
		"{\"last\":\"{{steps.summarise.output}} "
		"{{input.goal}}\",\"one\":[1,{\"a\":\"{{steps.extract.output.n}}\"}]}");
	assert_string_equal(json_text(arena, json_get(json_get(result, "input"), "required")).p, "[\"text\"]");
	assert_string_equal(canonical(once), once);
	assert_issue(STATE("[]"), "/definition/state", "type", NULL);
	assert_issue(STATE("{\"Last one\": 1}"), "/definition/state", "pattern", NULL);
	assert_issue(STATE("{\"a\": [\"{{steps.extarct.output}}\"]}"), "/definition/state/a/0", "unknown_step",
		"Step `extarct` does not exist. Did you mean `extract`?");
}

#define LIMITED(limits) \
	"{\"type\": \"flow\", \"steps\": [{\"key\": \"a\", \"kind\": \"prompt\", \"prompt\": {\"id\": \"" P1 \
	"\"}, \"input\": {\"text\": \"x\"}, " limits "}]}"
#define WITH_COSTS(type, limits) \
	"{\"type\": \"" type "\", \"limits\": " limits ", \"steps\": [" STEP1 \
	", " STEP2("{\"content\": 1, \"tone\": 1}") "]}"

static void
limits_of_a_step_are_completed_and_read(void **state)
{
	(void)state;
	struct json *result;
	struct definition *definition;
	assert_true(check(LIMITED("\"concurrency\": {\"key\": \"for {{customer}}\", \"limit\": 2}, "
				  "\"rate\": {\"key\": \"mail\", \"limit\": 100, \"per_seconds\": 0.5}"),
		&result));
	assert_string_equal(json_text(arena, json_pointer(result, STR("/steps/0/concurrency"))).p,
		"{\"key\":\"for {{input.customer}}\",\"limit\":2}");
	assert_non_null(json_pointer(result, STR("/input/properties/customer")));
	assert_true(definition_read(arena, result, &definition, &err));
	const struct step_def *step = &definition->steps[0];
	assert_int_equal(step->concurrency.cap, 2);
	assert_string_equal(arena_strz(arena, step->concurrency.key), "for {{input.customer}}");
	assert_int_equal(step->rate.cap, 100);
	assert_int_equal(step->rate.period_ms, 500);
	assert_int_equal(step->rate.burst, 20); /* a tenth of a second */
	assert_string_equal(canonical(json_text(arena, result).p), json_text(arena, result).p);
}

static void
limits_that_make_no_sense_are_told(void **state)
{
	(void)state;
	assert_issue(LIMITED("\"concurrency\": 3"), "/definition/steps/0/concurrency", "type", NULL);
	assert_issue(
		LIMITED("\"concurrency\": {\"limit\": 3}"), "/definition/steps/0/concurrency/key", "required", NULL);
	assert_issue(LIMITED("\"concurrency\": {\"key\": \"a\", \"limit\": 0}"),
		"/definition/steps/0/concurrency/limit", "range", NULL);
	assert_issue(LIMITED("\"concurrency\": {\"key\": \"a\", \"limit\": 1, \"burts\": 1}"),
		"/definition/steps/0/concurrency/burts", "unknown_field", NULL);
	assert_issue(LIMITED("\"rate\": {\"key\": \"a\", \"limit\": 1}"), "/definition/steps/0/rate/per_seconds",
		"range", NULL);
	assert_issue(LIMITED("\"rate\": {\"key\": \"{{steps.b.output}}\", \"limit\": 1, \"per_seconds\": 1}"),
		"/definition/steps/0/rate/key", "unknown_step", NULL);
	assert_issue(
		"{\"type\": \"flow\", \"steps\": [{\"key\": \"a\", \"kind\": \"signal\", \"rate\": {\"key\": \"a\", "
		"\"limit\": 1, \"per_seconds\": 1}}]}",
		"/definition/steps/0/rate", "unknown_field", NULL);
	assert_issue(WITH_COSTS("chain", "[]"), "/definition/limits", "type", NULL);
	assert_issue(WITH_COSTS("chain", "{\"cost_usd\": -1}"), "/definition/limits/cost_usd", "range", NULL);
	assert_issue(WITH_COSTS("chain", "{\"cost\": 1}"), "/definition/limits/cost", "unknown_field", NULL);
}

static void
a_chain_costs_at_most_five_dollars_unless_it_says_otherwise(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t cost, warn;
	} cases[] = {
		{WITH_COSTS("chain", "{}"), 5000000000, 1000000000},
		{WITH_COSTS("chain", "{\"cost_usd\": 0.25}"), 250000000, 1000000000},
		{WITH_COSTS("flow", "{}"), -1, -1},
		{WITH_COSTS("flow", "{\"cost_usd\": 2, \"warn_usd\": 0.5}"), 2000000000, 500000000},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json *result;
		struct definition *definition;
		assert_true(check(cases[i].text, &result));
		assert_true(definition_read(arena, result, &definition, &err));
		assert_int_equal(definition->cost_nano, cases[i].cost);
		assert_int_equal(definition->warn_nano, cases[i].warn);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(steps_without_a_call_are_checked_and_read),
		TEST(a_retry_policy_is_completed_and_read),
		TEST(a_retry_policy_that_is_none_is_told),
		TEST(the_canonical_form_pins_versions_and_says_the_defaults),
		TEST(other_spellings_are_rewritten),
		TEST(the_canonical_form_is_its_own_canonical_form),
		TEST(the_input_is_derived_from_the_templates),
		TEST(an_input_is_what_it_is_used_as),
		TEST(a_dash_that_looks_like_a_minus_is_warned_of),
		TEST(references_must_lead_to_an_earlier_step),
		TEST(every_variable_is_mapped_and_nothing_else),
		TEST(an_input_schema_is_checked_and_obeyed),
		TEST(keys_names_kinds_models_and_times_have_their_form),
		TEST(prompts_must_exist_in_that_version),
		TEST(a_workflow_has_a_type_and_enough_steps),
		TEST(several_mistakes_are_told_at_once),
		TEST(prompts_are_named_once_each_version),
		TEST(a_canonical_definition_can_be_read),
		TEST(limits_of_a_step_are_completed_and_read),
		TEST(limits_that_make_no_sense_are_told),
		TEST(a_chain_costs_at_most_five_dollars_unless_it_says_otherwise),
		TEST(the_state_speaks_of_every_step_and_asks_for_no_input),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
