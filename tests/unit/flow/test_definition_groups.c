/* Groups, branches, conditions and needs: what every mistake is told, and what is read of them. */
#include "../support.h"

#include "flow/definition.h"
#include "json/writer.h"

static struct err err;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	memset(&err, 0, sizeof err);
	return 0;
}

/* Single quotes stand for double ones. */
static const struct json *
flow(const char *steps)
{
	char *text = arena_strdup(arena, arena_printf(arena, "{'type': 'flow', 'steps': [%s]}", steps));
	for (char *at = text; *at; at++)
		if (*at == '\'')
			*at = '"';
	return doc(text);
}

static void
assert_issue(const char *steps, const char *path, const char *code)
{
	struct json *result = NULL;
	memset(&err, 0, sizeof err);
	if (definition_check(arena, flow(steps), "", NULL, 0, &result, &err))
		fail_msg("%s is taken", steps);
	if (strcmp(err.issues[0].path, path) != 0 || strcmp(err.issues[0].code, code) != 0)
		fail_msg("%s: %s at %s (%s) instead of %s at %s", steps, err.issues[0].code, err.issues[0].path,
			err.issues[0].message, code, path);
	assert_int_equal(err.issue_count, 1);
}

#define VALUE(key) "{'key': '" key "', 'kind': 'transform', 'value': 1}"
#define SAYS(key, what) "{'key': '" key "', 'kind': 'transform', 'value': '" what "'}"

static void
every_mistake_is_named_with_its_place(void **state)
{
	(void)state;
	assert_issue("{'key': 'g', 'kind': 'parallel'}", "/steps/0", "required");
	assert_issue("{'key': 'g', 'kind': 'parallel', 'steps': []}", "/steps/0/steps", "required");
	assert_issue("{'key': 'g', 'kind': 'parallel', 'steps': [{'key': 'a', 'kind': 'transfrom'}]}",
		"/steps/0/steps/0/kind", "unknown_kind");
	assert_issue("{'key': 'g', 'kind': 'parallel', 'steps': [" VALUE("a") "], 'max_concurrency': 0}",
		"/steps/0/max_concurrency", "range");
	assert_issue("{'key': 'g', 'kind': 'parallel', 'steps': [" VALUE("a") "], 'fail_fast': 1}",
		"/steps/0/fail_fast", "type");
	assert_issue("{'key': 'g', 'kind': 'sequential', 'steps': [" VALUE("a") "], 'fail_fast': true}",
		"/steps/0/fail_fast", "unknown_field");
	assert_issue("{'key': 'g', 'kind': 'parallel', 'steps': [" VALUE("a") "], 'retry': {'max_attempts': 2}}",
		"/steps/0/retry", "unknown_field");
	assert_issue("{'key': 'g', 'kind': 'parallel', 'steps': [" VALUE("a") "], 'on_failure': 'ask'}",
		"/steps/0/on_failure", "unknown");
	assert_issue("{'key': 'g', 'kind': 'parallel', 'steps': [" VALUE("a") "], 'timeout_seconds': 5}",
		"/steps/0/timeout_seconds", "unknown_field");
	assert_issue(VALUE("a") ", {'key': 'g', 'kind': 'parallel', 'steps': [" VALUE("a") "]}", "/steps/1/steps/0/key",
		"duplicate");
	/* what may be referred to */
	assert_issue("{'key': 'g', 'kind': 'parallel', 'steps': [" VALUE("a") ", " SAYS("b", "{{steps.a.output}}") "]}",
		"/steps/0/steps/1/value", "not_before");
	assert_issue("{'key': 'g', 'kind': 'parallel', 'steps': [" VALUE("a") ", {'key': 's', 'kind': 'sequential', "
									      "'steps': [" SAYS(
										      "b", "{{steps.a.output}}") "]}]}",
		"/steps/0/steps/1/steps/0/value", "not_before");
	assert_issue("{'key': 'g', 'kind': 'sequential', 'steps': [" SAYS("a", "{{steps.g.output}}") "]}",
		"/steps/0/steps/0/value", "own_output");
	assert_issue(VALUE("a") ", {'key': 'b', 'kind': 'transform', 'value': '{{steps.a.output}}', 'needs': []}",
		"/steps/1/value", "not_before");
	/* needs */
	assert_issue("{'key': 'a', 'kind': 'transform', 'value': 1, 'needs': 'b'}", "/steps/0/needs", "type");
	assert_issue("{'key': 'a', 'kind': 'transform', 'value': 1, 'needs': [7]}", "/steps/0/needs/0", "type");
	assert_issue("{'key': 'a', 'kind': 'transform', 'value': 1, 'needs': ['a']}", "/steps/0/needs/0", "own_output");
	assert_issue("{'key': 'a', 'kind': 'transform', 'value': 1, 'needs': ['b']}, " VALUE("b"), "/steps/0/needs/0",
		"later_step");
	assert_issue("{'key': 'g', 'kind': 'sequential', 'steps': [" VALUE("a") "]}, {'key': 'b', 'kind': 'transform', "
										"'value': 1, 'needs': ['a']}",
		"/steps/1/needs/0", "unknown_step");
	/* conditions and branches */
	assert_issue("{'key': 'a', 'kind': 'transform', 'value': 1, 'condition': 7}", "/steps/0/condition", "type");
	assert_issue("{'key': 'a', 'kind': 'transform', 'value': 1, 'condition': ''}", "/steps/0/condition", "type");
	assert_issue("{'key': 'a', 'kind': 'transform', 'value': 1, 'condition': '{{steps.b.output}}'}, " VALUE("b"),
		"/steps/0/condition", "later_step");
	assert_issue("{'key': 'c', 'kind': 'conditional', 'then': 'a'}, " VALUE("a"), "/steps/0", "required");
	assert_issue("{'key': 'c', 'kind': 'conditional', 'condition': true}", "/steps/0", "required");
	assert_issue("{'key': 'c', 'kind': 'conditional', 'condition': true, 'then': 'aa'}, " VALUE("a"),
		"/steps/0/then", "unknown_step");
	assert_issue(VALUE("a") ", {'key': 'c', 'kind': 'conditional', 'condition': true, 'then': 'a'}",
		"/steps/1/then", "earlier_step");
	assert_issue("{'key': 'c', 'kind': 'switch', 'cases': {'x': 'a'}}, " VALUE("a"), "/steps/0", "required");
	assert_issue("{'key': 'c', 'kind': 'switch', 'value': 1}, " VALUE("a"), "/steps/0", "required");
	assert_issue(
		"{'key': 'c', 'kind': 'switch', 'value': 1, 'cases': {}}, " VALUE("a"), "/steps/0/cases", "required");
	assert_issue("{'key': 'c', 'kind': 'switch', 'value': 1, 'cases': {'x': 7}}, " VALUE("a"), "/steps/0/cases/x",
		"type");
}

static void
groups_nest_eight_deep(void **state)
{
	(void)state;
	const char *steps = VALUE("a");
	struct json *result;
	for (int i = 0; i < DEFINITION_DEPTH_MAX; i++)
		steps = arena_printf(arena, "{'key': 'g%d', 'kind': 'sequential', 'steps': [%s]}", i, steps);
	assert_true(definition_check(arena, flow(steps), "", NULL, 0, &result, &err));
	steps = arena_printf(arena, "{'key': 'g', 'kind': 'sequential', 'steps': [%s]}", steps);
	assert_false(definition_check(arena, flow(steps), "", NULL, 0, &result, &err));
	assert_string_equal(err.issues[0].code, "too_deep");
}

static void
a_workflow_has_a_thousand_steps_in_all(void **state)
{
	(void)state;
	struct buf text;
	struct json *result;
	buf_init(&text, 1 << 20);
	for (int g = 0; g < 11; g++) {
		buf_printf(&text, "%s{'key': 'g%d', 'kind': 'parallel', 'steps': [", g ? ", " : "", g);
		for (int i = 0; i < 91; i++)
			buf_printf(&text, "%s{'key': 's%d-%d', 'kind': 'transform', 'value': 1}", i ? ", " : "", g, i);
		buf_printf(&text, "]}");
	}
	buf_add_char(&text, '\0');
	assert_false(definition_check(arena, flow(text.p), "", NULL, 0, &result, &err));
	assert_string_equal(err.issues[0].code, "too_many");
	buf_release(&text);
}

#define EXAMPLE \
	VALUE("a") \
	", {'key': 'g', 'kind': 'parallel', 'max_concurrency': 2, 'fail_fast': true, 'condition': " \
	"'{{steps.a.output}}', " \
	"'steps': [" VALUE("b") ", {'key': 's', 'kind': 'sequential', 'steps': [" VALUE("c") ", " VALUE( \
		"d") "]}, " \
		     "{'key': 'e', 'kind': 'transform', 'value': '{{steps.b.output}}', 'needs': ['b', 's']}]}, " \
		     "{'key': 'w', 'kind': 'switch', 'value': '{{steps.a.output}}', 'cases': {'1': 'x'}, 'default': " \
		     "'y'}, " VALUE("x") ", " VALUE("y")

static void
checking_again_changes_nothing(void **state)
{
	(void)state;
	struct json *once, *twice;
	assert_true(definition_check(arena, flow(EXAMPLE), "", NULL, 0, &once, &err));
	assert_true(definition_check(arena, once, "", NULL, 0, &twice, &err));
	assert_string_equal(json_text(arena, once).p, json_text(arena, twice).p);
}

static unsigned
at(const struct definition *d, const char *path)
{
	for (unsigned i = 0; i < d->step_count; i++)
		if (str_is(d->steps[i].path, path))
			return i;
	fail_msg("there is no %s", path);
	return 0;
}

static void
what_waits_for_what_is_read(void **state)
{
	(void)state;
	struct json *canonical;
	struct definition *d;
	assert_true(definition_check(arena, flow(EXAMPLE), "", NULL, 0, &canonical, &err));
	assert_true(definition_read(arena, canonical, &d, &err));
	assert_int_equal(d->step_count, 10);
	const struct step_def *g = &d->steps[at(d, "g")], *e = &d->steps[at(d, "g/e")], *s = &d->steps[at(d, "g/s/d")];
	assert_int_equal(g->parent, NO_STEP);
	assert_int_equal(g->end, at(d, "w"));
	assert_int_equal(g->at_once, 2);
	assert_true(g->fail_fast && step_is_group(g) && !step_chooses(g));
	assert_int_equal(g->need_count, 1);
	assert_int_equal(g->needs[0], at(d, "a"));
	assert_int_equal(d->steps[at(d, "g/b")].need_count, 0);
	assert_int_equal(e->need_count, 2);
	assert_int_equal(e->needs[1], at(d, "g/s"));
	assert_int_equal(s->parent, at(d, "g/s"));
	assert_int_equal(s->needs[0], at(d, "g/s/c"));
	assert_int_equal(d->steps[at(d, "x")].chooser_count, 1);
	assert_int_equal(d->steps[at(d, "y")].choosers[0], at(d, "w"));
	assert_int_equal(d->steps[at(d, "w")].need_count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_mistake_is_named_with_its_place, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(groups_nest_eight_deep, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(a_workflow_has_a_thousand_steps_in_all, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(checking_again_changes_nothing, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(what_waits_for_what_is_read, setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
