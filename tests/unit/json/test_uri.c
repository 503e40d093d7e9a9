/* References beside a base: the examples of RFC 3986, section 5.4, and what stands between them. */
#include "../support.h"

#include "json/uri.h"

static const struct {
	const char *base, *reference, *uri, *fragment;
} cases[] = {
	{"http://a/b/c/d;p?q", "g:h", "g:h", ""},
	{"http://a/b/c/d;p?q", "g", "http://a/b/c/g", ""},
	{"http://a/b/c/d;p?q", "./g", "http://a/b/c/g", ""},
	{"http://a/b/c/d;p?q", "g/", "http://a/b/c/g/", ""},
	{"http://a/b/c/d;p?q", "/g", "http://a/g", ""},
	{"http://a/b/c/d;p?q", "//g", "http://g", ""},
	{"http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y", ""},
	{"http://a/b/c/d;p?q", "g?y", "http://a/b/c/g?y", ""},
	{"http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q", "s"},
	{"http://a/b/c/d;p?q", "g#s", "http://a/b/c/g", "s"},
	{"http://a/b/c/d;p?q", "g?y#s", "http://a/b/c/g?y", "s"},
	{"http://a/b/c/d;p?q", ";x", "http://a/b/c/;x", ""},
	{"http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q", ""},
	{"http://a/b/c/d;p?q", ".", "http://a/b/c/", ""},
	{"http://a/b/c/d;p?q", "./", "http://a/b/c/", ""},
	{"http://a/b/c/d;p?q", "..", "http://a/b/", ""},
	{"http://a/b/c/d;p?q", "../", "http://a/b/", ""},
	{"http://a/b/c/d;p?q", "../g", "http://a/b/g", ""},
	{"http://a/b/c/d;p?q", "../..", "http://a/", ""},
	{"http://a/b/c/d;p?q", "../../g", "http://a/g", ""},
	{"http://a/b/c/d;p?q", "../../../g", "http://a/g", ""},
	{"http://a/b/c/d;p?q", "/./g", "http://a/g", ""},
	{"http://a/b/c/d;p?q", "/../g", "http://a/g", ""},
	{"http://a/b/c/d;p?q", "g.", "http://a/b/c/g.", ""},
	{"http://a/b/c/d;p?q", "..g", "http://a/b/c/..g", ""},
	{"http://a/b/c/d;p?q", "./../g", "http://a/b/g", ""},
	{"http://a/b/c/d;p?q", "g/./h", "http://a/b/c/g/h", ""},
	{"http://a/b/c/d;p?q", "g/../h", "http://a/b/c/h", ""},
	{"http://a/b/c/d;p?q", "g?y/../x", "http://a/b/c/g?y/../x", ""},
	{"http://a/b/c/d;p?q", "g#s/../x", "http://a/b/c/g", "s/../x"},
	{"http://a", "g", "http://a/g", ""},
	{"", "other.json#/x", "other.json", "/x"},
	{"", "#/x", "", "/x"},
	{"dir/one.json", "two.json", "dir/two.json", ""},
	{"urn:uuid:1-2", "#a", "urn:uuid:1-2", "a"},
	{"http://a/b", "urn:x:y", "urn:x:y", ""},
};

static void
references_beside_a_base(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str fragment;
		struct str uri = uri_resolve(arena, str_of(cases[i].base), str_of(cases[i].reference), &fragment);
		if (!str_is(uri, cases[i].uri) || !str_is(fragment, cases[i].fragment))
			fail_msg("%s beside %s: %.*s, %.*s", cases[i].reference, cases[i].base, STR_ARG(uri),
				STR_ARG(fragment));
	}
}

static void
percent_encoding(void **state)
{
	(void)state;
	struct str text;
	assert_true(uri_decode(arena, STR("a%20b%C3%a9%25"), &text));
	assert_true(str_is(text, "a b\xc3\xa9%"));
	assert_false(uri_decode(arena, STR("a%2"), &text));
	assert_false(uri_decode(arena, STR("a%zz"), &text));
	assert_false(uri_decode(arena, STR("%"), &text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(references_beside_a_base, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(percent_encoding, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
