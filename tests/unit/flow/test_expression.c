/* Where an expression ends, and what it reads of the run. */
#include "../support.h"

#include "flow/expression.h"
#include "flow/template.h"
#include "json/writer.h"

#include <stdlib.h>

static const char *
source_of(const char *text)
{
	struct expression expression;
	struct expression_fault fault;
	size_t end;
	if (expression_scan(arena, str_of(text), 2, &expression, &end, &fault) != EXPRESSION_WHOLE)
		return NULL;
	assert_memory_equal(text + end, "}}", 2);
	return arena_strz(arena, expression.source);
}

static void
it_ends_at_the_first_braces_that_are_its_own(void **state)
{
	static const char *const cases[][2] = {
		{"{{ 1 }} {{ 2 }}", "1"},
		{"{{a+1}}", "a+1"},
		{"{{ {a: {b: 1}}.a }}x", "{a: {b: 1}}.a"},
		{"{{ {a: 1}}}", "{a: 1}"},
		{"{{ '}}' + \"}}\" }}", "'}}' + \"}}\""},
		{"{{ 'it\\'s }}' }}", "'it\\'s }}'"},
		{"{{ `a}}${ {x: '}}'}.x }}}` }}", "`a}}${ {x: '}}'}.x }}}`"},
		{"{{ `${`${1}`}` }}", "`${`${1}`}`"},
		{"{{ /}}/.test(x) }}", "/}}/.test(x)"},
		{"{{ /[/}}]/g.test(x) }}", "/[/}}]/g.test(x)"},
		{"{{ a / 2 / b }} /", "a / 2 / b"},
		{"{{ (a) / 2 }}", "(a) / 2"},
		{"{{ a /* }} */ + 1 }}", "a /* }} */ + 1"},
		{"{{ a // }}\n + 1 }}", "a // }}\n + 1"},
		{"{{ x => { return {} } }}", "x => { return {} }"},
		{"{{ typeof /}}/ }}", "typeof /}}/"},
		{"{{\n a\n}}", "a"},
		{"{{ a }} }}", "a"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *source = source_of(cases[i][0]);
		if (!source || strcmp(source, cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0], source ? source : "no end");
	}
}

static void
what_is_never_closed_is_none(void **state)
{
	static const char *const cases[] = {"{{", "{{ }}", "{{ 'a }}", "{{ \"a\n\" }}", "{{ `a }}", "{{ `${a }}",
		"{{ /a }}", "{{ (a }} /* }}", "{{ a // }}", "{{ /* }}", "{{ {a: 1 }", "{{ {a: 1 }}", "{{ a }"};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (source_of(cases[i]))
			fail_msg("%s: %s", cases[i], source_of(cases[i]));
}

/* "path", "path?" with a fallback, "path*" as a list, in their order. */
static const char *
refs_of(const char *text)
{
	struct template_ref *refs;
	unsigned count;
	struct err err = {0};
	const char *all = "";
	if (!template_refs(arena, str_of(text), &refs, &count, &err))
		fail_msg("%s: %s", text, err.message);
	for (unsigned i = 0; i < count; i++)
		all = arena_printf(arena, "%s%s%.*s%s%s", all, i ? " " : "", STR_ARG(refs[i].path),
			refs[i].has_fallback ? "?" : "", refs[i].is_list ? "*" : "");
	return all;
}

static void
what_it_names_is_known_without_running_it(void **state)
{
	static const char *const cases[][2] = {
		{"{{ input.a + 1 }}", "input.a"},
		{"{{ input.items.map(x => x.name).join(', ') }}", "input.items*"},
		{"{{ input.text.toUpperCase() }}", "input.text"},
		{"{{ steps.a.output.b[0].c + steps[\"b-c\"].output['d'] }}", "steps.a.output.b.0.c steps.b-c.output.d"},
		{"{{ steps.fetch-it.output.x - 1 }}", "steps.fetch-it.output.x"},
		{"{{ input.a - input.b }}", "input.a input.b"},
		{"{{ step.2.output + 1 }}", "step.2.output"},
		{"{{ input.a?.b ?? input.c }}", "input.a.b? input.c"},
		{"{{ input.a || 'x'.length }}", "input.a?"},
		{"{{ input?.['a'] + 1 }}", "input.a?"},
		{"{{ Object.keys(input) }}", "input"},
		{"{{ steps[input.x] }}", "steps input.x"},
		{"{{ workflow.input.a + args.b + initial.c + env.D }}", "workflow.input.a args.b initial.c env.D"},
		{"{{ x.input.a + x?.steps }}", ""},
		{"{{ ({ input: 1, steps: 2 }).input }}", ""},
		{"{{ 1 ? input.a : steps.b.output }}", "input.a steps.b.output"},
		{"{{ [...input.a, ...steps.b.output] }}", "input.a steps.b.output"},
		{"{{ 'input.a' + `steps.b ${input.c} input.d` }}", "input.c"},
		{"{{ /input.a/.test(input.b) /* input.c */ }}", "input.b"},
		{"{{ inputs.a + my_input.b + $input + steps2.c }}", ""},
		{"{{ input['a.b'] + input[\"a\\x62\"] + input[`c`] }}", "input input input"},
		{"{{ { x: input.a, ['y']: input.b } }}", "input.a input.b"},
		{"{{input.a}} {{ input.b + 1 }} {{steps.c.output || 'd'}}", "input.a input.b steps.c.output?"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *refs = refs_of(cases[i][0]);
		if (strcmp(refs, cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0], refs);
	}
}

static void
what_the_run_gives_is_only_read(void **state)
{
	static const char *const changes[] = {"{{ input.n = 5 }}", "{{ (input.n) = 5 }}", "{{ ((input.n)) = 5 }}",
		"{{ input.env=5 }}", "{{ input['a'].b = 1 }}", "{{ input[input.x] = 1 }}",
		"{{ steps.a.output.list[0].n = 1 }}", "{{ input.n += 1 }}", "{{ input.n -= 1 }}", "{{ input.n ||= 1 }}",
		"{{ input.n ?\?= 1 }}", "{{ input.n **= 2 }}", "{{ input.n >>>= 2 }}", "{{ input.n <<= 2 }}",
		"{{ input.n++ }}", "{{ --input.n }}", "{{ 1 + ++(input.n) }}", "{{ delete input.n }}",
		"{{ delete (input.n) }}", "{{ input = 5 }}", "{{ loop.index = 1 }}",
		"{{ input.list.map(x => input.n = x) }}", "{{ 1 == input.n = 5 }}"};
	static const char *const reads[] = {"{{ input.n == 5 }}", "{{ input.n === 5 }}", "{{ input.n != 5 }}",
		"{{ input.n !== 5 }}", "{{ input.n <= 5 }}", "{{ input.n >= 5 }}", "{{ (input.n) >= 5 }}",
		"{{ input.list.map(x => x + 1) }}", "{{ input.list.map((x) => ({ n: input.n, x })) }}",
		"{{ (() => { let n = input.n; n += 1; return n })() }}", "{{ input.a - -input.b }}",
		"{{ input.a > > 1 }}", "{{ ({ a: input.n }) }}", "{{ `${input.n}=5` }}", "{{ input.n ? 'a = b' : 1 }}",
		"{{ typeof input.n }}", "{{ (() => { const a = {}; a.input = 5; return a })() }}"};
	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct template_ref *refs;
		unsigned count;
		struct err err = {0};
		if (template_refs(arena, str_of(changes[i]), &refs, &count, &err))
			fail_msg("%s is taken", changes[i]);
		assert_non_null(strstr(err.message, "only read"));
	}
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		refs_of(reads[i]);
}

static void
names_of_the_run_cannot_be_parameters(void **state)
{
	static const char *const cases[] = {"{{ input => 1 }}", "{{ (a, steps) => 1 }}", "{{ ({ input }) => 1 }}",
		"{{ function (x, input) { return 1 } }}", "{{ function f(steps) {} }}",
		"{{ (() => { const input = 1 })() }}", "{{ (() => { let steps })() }}", "{{ a(input => input.b) }}",
		"{{ ((a, [input] = [1]) => a)() }}"};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct template_ref *refs;
		unsigned count;
		struct err err = {0};
		if (template_refs(arena, str_of(cases[i]), &refs, &count, &err))
			fail_msg("%s", cases[i]);
		assert_non_null(strstr(err.message, "name is taken"));
		assert_int_equal(err.line, 1);
	}
	assert_string_equal(refs_of("{{ (a => input.b)(x => steps.c.output) }}"), "input.b steps.c.output");
}

static bool
canonical(void *with, const struct template_ref *ref, struct str *ret_path, struct err *err)
{
	(void)with, (void)err;
	if (str_starts(ref->path, STR("args.")))
		*ret_path = str_of(
			arena_printf(arena, "input.%.*s", STR_ARG(((struct str){ref->path.p + 5, ref->path.n - 5}))));
	else if (str_starts(ref->path, STR("step.2")))
		*ret_path = str_of(arena_printf(
			arena, "steps.b-c%.*s", STR_ARG(((struct str){ref->path.p + 6, ref->path.n - 6}))));
	else
		*ret_path = ref->path;
	return true;
}

static void
only_heads_are_written_anew(void **state)
{
	static const char *const cases[][2] = {
		{"a {{ args.x.map( y=>y ) }} b", "a {{input.x.map( y=>y )}} b"},
		{"{{ step.2.output['k'] +  steps.b-c.output.x }}",
			"{{steps[\"b-c\"].output['k'] +  steps[\"b-c\"].output.x}}"},
		{"{{ steps['a'].output + input . z }}", "{{steps.a.output + input . z}}"},
		{"{{ 1 + 1 }}", "{{1 + 1}}"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str out, again;
		struct err err = {0};
		assert_true(template_rewrite(arena, str_of(cases[i][0]), canonical, NULL, &out, &err));
		assert_string_equal(out.p, cases[i][1]);
		assert_true(template_rewrite(arena, out, canonical, NULL, &again, &err));
		assert_true(str_eq(out, again));
	}
}

static void
values_are_put_in_where_they_were_evaluated(void **state)
{
	static const char root[] = "{\"input\": {\"a\": 1}, \"=\": {\"input.a + 1\": 2, \"[input.a]\": [1]}}";
	struct json *value;
	struct err err = {0};
	(void)state;
	assert_true(template_fill_all(
		arena, doc("{\"x\": \"{{ input.a + 1 }}\", \"y\": \"<{{[input.a]}}>\"}"), doc(root), &value, &err));
	assert_string_equal(json_text(arena, value).p, "{\"x\":2,\"y\":\"<[1]>\"}");
	assert_false(template_fill(arena, STR("{{ input.b + 1 }}"), doc(root), &value, &err));
	assert_int_equal(err.code, ERR_INTERNAL);
	struct str *sources;
	unsigned count;
	assert_true(template_expressions(
		arena, doc("[\"{{a}}\", {\"b\": \"{{ b+1 }}{{ c() }}\"}, \"{{b+1}}\", 7]"), &sources, &count, &err));
	assert_int_equal(count, 2);
	assert_true(str_is(sources[0], "b+1") && str_is(sources[1], "c()"));
}

/* Whatever stands there, reading ends, and stays inside of the text. */
static void
anything_is_read_or_refused(void **state)
{
	static const char pieces[] = "{}[]()`'\"/\\$.?=>,:;\n input steps a 1 ";
	uint64_t chance = 1;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		char *text = arena_alloc(arena, 40);
		size_t n = 2;
		text[0] = text[1] = '{';
		for (; n < 38; n++) {
			chance = chance * UINT64_C(6364136223846793005) + 1442695040888963407u;
			text[n] = pieces[(chance >> 33) % (sizeof pieces - 1)];
		}
		struct expression expression;
		struct expression_fault fault;
		size_t end = 0;
		struct str exact = {memcpy(malloc(n), text, n), n};
		if (expression_scan(arena, exact, 2, &expression, &end, &fault) == EXPRESSION_WHOLE) {
			assert_true(end + 2 <= n);
			for (unsigned i = 0; i < expression.ref_count; i++)
				assert_true(expression.refs[i].from < expression.refs[i].to &&
					    expression.refs[i].to <= expression.source.n);
		}
		free((char *)exact.p);
		if (round % 1000 == 0)
			arena_reset(arena);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(it_ends_at_the_first_braces_that_are_its_own),
		TEST(what_is_never_closed_is_none),
		TEST(what_it_names_is_known_without_running_it),
		TEST(what_the_run_gives_is_only_read),
		TEST(names_of_the_run_cannot_be_parameters),
		TEST(only_heads_are_written_anew),
		TEST(values_are_put_in_where_they_were_evaluated),
		TEST(anything_is_read_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
