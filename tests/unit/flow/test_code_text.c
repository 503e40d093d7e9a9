/* What people write where the body of a function is to stand: a body, a function, an expression. */
#include "../support.h"

#include "flow/code_text.h"

#define BODY(text) \
	{ \
		text, text \
	}
#define CALLED(text, kept) \
	{ \
		text, "return await (" kept ")(input)" \
	}
#define VALUE(text, kept) \
	{ \
		text, "return (" kept ")" \
	}

static void
a_body_is_told_from_a_function_and_from_an_expression(void **state)
{
	static const char *const cases[][2] = {
		BODY("return input.x"),
		BODY("const x = input.x; return x"),
		BODY("if (input.x) throw new Error('x')"),
		BODY("function f(a) { return a }\nreturn f(input)"),
		BODY("const f = (a) => a;\nreturn f(input)"),
		BODY("console.log(1)\nconsole.log(input)"),
		BODY("foo(); return 1"),
		BODY("{ return 1 }"),
		BODY("for (const x of input.list) return x"),
		BODY("a = 1\n++b"),
		BODY("output = input.x"),
		BODY("output.n += 1"),
		BODY("(input) => input.x; return 1"),
		BODY("return `a${input.x}b${`c${1}`}`"),
		BODY("// nothing"),
		BODY("(input => "),
		CALLED("(input) => input.x", "(input) => input.x"),
		CALLED("input => input.x;", "input => input.x"),
		CALLED("async ({ a, b = {} }) => { return a } // so", "async ({ a, b = {} }) => { return a }"),
		CALLED("function main(input) { return input.x }", "function main(input) { return input.x }"),
		CALLED("async function (input) { return input.x; };", "async function (input) { return input.x; }"),
		CALLED("((input) => input.x)", "((input) => input.x)"),
		CALLED("// first\n(input) =>\n  input.list\n    .map((i) => i.x)",
			"// first\n(input) =>\n  input.list\n    .map((i) => i.x)"),
		VALUE("input.x + 1", "input.x + 1"),
		VALUE("input.items.map(i => i.x);", "input.items.map(i => i.x)"),
		VALUE("input.items.map(function (i) { return i.x })", "input.items.map(function (i) { return i.x })"),
		VALUE("((x) => x)(input)", "((x) => x)(input)"),
		VALUE("input.x // the x", "input.x"),
		VALUE("input.return", "input.return"),
		VALUE("input.x <= 1 || input.x !== input.y || input.x === 2 || input.x != 3",
			"input.x <= 1 || input.x !== input.y || input.x === 2 || input.x != 3"),
		VALUE("{ a: 1, b: input.x }", "{ a: 1, b: input.x }"),
		VALUE("input\n  .list\n  + 1\n  !== 2", "input\n  .list\n  + 1\n  !== 2"),
		VALUE("`a${input.x}b${`c${1}`}`", "`a${input.x}b${`c${1}`}`"),
		VALUE("await input.x", "await input.x"),
		VALUE("/;/.test(input.x) ? ';' : input.y", "/;/.test(input.x) ? ';' : input.y"),
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(code_text_body(arena, str_of(cases[i][0]), "input").p, cases[i][1]);
}

static void
a_body_that_comes_to_nothing_is_idle(void **state)
{
	static const char *const idle[] = {"const x = 1",
		"function a() { return 1 }\nfunction main(input) { return a() }", "const f = () => { return 1 }; f()",
		"class A { m() { return 1 } }", "if (input.x) { input.y }"};
	static const char *const busy[] = {"return 1", "if (a) { return 1 }", "for (const a of b) { if (a) return a }",
		"console.log(1); const a = 1", "const f = () => { throw 1 }; f()",
		"const x = 1; try { x() } catch (e) { return 1 }", "(input) => 1", "input.x", "{ return 1 }",
		"unclosed("};
	(void)state;
	for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
		assert_true(code_text_read(str_of(idle[i])).idle);
	for (size_t i = 0; i < sizeof busy / sizeof *busy; i++)
		assert_false(code_text_read(str_of(busy[i])).idle);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_body_is_told_from_a_function_and_from_an_expression),
		TEST(a_body_that_comes_to_nothing_is_idle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
