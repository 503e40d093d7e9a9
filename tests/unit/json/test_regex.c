/* ECMAScript's regular expressions: what they match where PCRE2 by itself would say something else, and what is none. */
#include "../support.h"

#include "json/regex.h"

#include <stdio.h>

static const struct {
	const char *pattern, *text;
	bool matches;
} cases[] = {
	{"a", "bab", true},
	{"^a$", "a\n", false}, /* $ is the very end */
	{"a.c", "a\nc", false},
	{"a.c", "a\rc", false},
	{"a.c",
		"a\xe2\x80\xa8"
		"c",
		false}, /* U+2028 ends a line too */
	{"^.$", "\xf0\x9f\x98\x80", true},
	{"^\\s$", "\xc2\xa0", true}, /* U+00A0 */
	{"^\\s$", "\xef\xbb\xbf", true},
	{"^\\S$", "\xc2\xa0", false},
	{"^[\\s\\d]+$", "1 2\xe3\x80\x80", true},
	{"^[^\\S]$", " ", true},
	{"^[\\S]$", "x", true},
	{"^\\d$", "\xd9\xa1", false}, /* only 0 to 9 */
	{"^\\w$", "\xc3\xa9", false},
	{"^\\v$", "\v", true},
	{"^\\v$", "\n", false}, /* PCRE2's \v is a class */
	{"^\\cC$", "\x03", true},
	{"^\\x41\\u0042\\u{43}$", "ABC", true},
	{"^\\u{1F600}$", "\xf0\x9f\x98\x80", true},
	{"^\\ud83d\\ude00$", "\xf0\x9f\x98\x80", true},
	{"^[\\b]$", "\b", true},
	{"\\bword\\b", "a word.", true},
	{"^[[:alpha:]]$", ":]", true}, /* a class, then a bracket */
	{"^[a[]$", "[", true},
	{"^[\\w-]+$", "a-b", true},
	{"^[\\s-x]+$", "- x", true}, /* no range */
	{"[]", "a", false},
	{"[^]", "\n", true},
	{"^\\p{Letter}+$", "\xc3\xa9z", true},
	{"^\\p{gc=Lu}$", "\xc3\x89", true},
	{"^\\P{General_Category=Decimal_Number}$", "1", false},
	{"^\\p{Script=Greek}$", "\xce\xb1", true},
	{"^[\\p{Lu}\\p{digit}]+$", "A1", true},
	{"^(a)\\1$", "aa", true},
	{"^(?<x>a)\\k<x>$", "aa", true},
	{"^(?:(a)|b)\\1$", "b", true}, /* a group that took no part matches nothing */
	{"^(?=a)(?!ab)a", "ac", true},
	{"(?<=a)b", "ab", true},
	{"(?<!a)b", "ab", false},
	{"^(?i:a)$", "A", true},
	{"^a{2,3}?$", "aaa", true},
	{"^a{,3}$", "a{,3}", true}, /* no quantifier */
	{"^{$", "{", true},
	{"^\\/\\-\\_\\@$", "/-_@", true},
	{"^\\0$", "", false},
};

static void
each_matches_as_ecmascript_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct regex *regex;
		char why[REGEX_WHY_SIZE];
		if (!regex_compile(arena, str_of(cases[i].pattern), &regex, why))
			fail_msg("%s: %s", cases[i].pattern, why);
		/* Without the JIT, and with it. */
		for (int turn = 0; turn < 3; turn++)
			if (regex_match(regex, str_of(cases[i].text)) !=
				(cases[i].matches ? REGEX_MATCHES : REGEX_MISSES))
				fail_msg("%s on \"%s\", turn %d", cases[i].pattern, cases[i].text, turn);
	}
	struct regex *nul;
	char why[REGEX_WHY_SIZE];
	assert_true(regex_compile(arena, STR("^a\\0b$"), &nul, why));
	assert_int_equal(regex_match(nul, STR("a\0b")), REGEX_MATCHES);
	assert_int_equal(regex_match(nul, (struct str){NULL, 0}), REGEX_MISSES);
}

static void
what_ecmascript_does_not_know_is_refused(void **state)
{
	(void)state;
	static const char *const refused[] = {"\\A", "\\Z", "\\z", "\\a", "\\e", "\\h", "\\R", "\\K", "\\Qa\\E", "\\G",
		"\\X", "\\C", "\\07", "\\x4", "\\u12", "\\u{110000}", "\\ud800", "\\c1", "\\p", "\\pL", "\\p{Nonsense}",
		"\\p{^Lu}", "[\\B]", "(?>a)", "(?P<n>a)", "(?#c)", "(?R)", "(?1)", "(*UTF)a", "(*LIMIT_MATCH=1)a",
		"(?s)a", "(?|a)", "a++", "a*+", "a?+", "a{2}+", "a**", "*a", "+", "(", ")", "[a", "a\\", "[b-a]",
		"(?<1>a)", "\\k<none>", "\\1"};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		char why[REGEX_WHY_SIZE] = "";
		if (regex_compile(NULL, str_of(refused[i]), NULL, why))
			fail_msg("%s is accepted", refused[i]);
		assert_true(strlen(why) > 10);
	}
	char why[REGEX_WHY_SIZE], *long_one = arena_alloc(arena, 5000);
	memset(long_one, 'a', 4999);
	assert_false(regex_compile(NULL, str_of(long_one), NULL, why));
	memset(long_one, '.', 4096);
	assert_true(regex_compile(NULL, (struct str){long_one, 500}, NULL, why));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_matches_as_ecmascript_says, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(what_ecmascript_does_not_know_is_refused, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
