/* Values within an address: none ends the host, leaves the path, adds a parameter or cuts anything off. */
#include "../support.h"

#include "flow/address.h"
#include "flow/template.h"

static struct str
filled(const char *url, const char *root, struct err *err)
{
	struct json *scope, *value, *address = NULL;
	assert_true(json_read(arena, str_of(root), &json_limits_stored, &scope, err));
	assert_true(template_fill_all(arena, address_take_apart(arena, str_of(url)), scope, &value, err));
	if (value->type == JSON_STRING)
		return value->text;
	return address_join(arena, value, &address, err) ? address->text : (struct str){0};
}

static void
a_value_stays_a_part_of_the_address(void **state)
{
	static const struct {
		const char *url, *root, *address;
	} cases[] = {
		{"https://a/x", "{}", "https://a/x"},
		{"{{input.u}}", "{\"input\":{\"u\":\"http://b/y?z=1#q\"}}", "http://b/y?z=1#q"},
		{"{{input.u}}/items/{{input.i}}", "{\"input\":{\"u\":\"http://b/y\",\"i\":\"a/b?c\"}}",
			"http://b/y/items/a%2Fb%3Fc"},
		{"https://a/{{input.i}}/x", "{\"input\":{\"i\":\"../../etc/p?x=1#f\"}}",
			"https://a/..%2F..%2Fetc%2Fp%3Fx%3D1%23f/x"},
		{"https://a/?u={{input.i}}&x=1", "{\"input\":{\"i\":\"bob&admin=true#\"}}",
			"https://a/?u=bob%26admin%3Dtrue%23&x=1"},
		{"https://a/{{input.i}}", "{\"input\":{\"i\":7}}", "https://a/7"},
		{"https://a/{{input.i}}", "{\"input\":{\"i\":\"Zürich 100%\"}}", "https://a/Z%C3%BCrich%20100%25"},
		{"https://{{input.i}}/x", "{\"input\":{\"i\":\"b.example:8080\"}}", "https://b.example:8080/x"},
		{"https://{{input.i}}/x", "{\"input\":{\"i\":\"evil.example/y?\"}}", "https://evil.example%2Fy%3F/x"},
		{"https://{{input.i}}.b/x", "{\"input\":{\"i\":\"me@evil\"}}", "https://me%40evil.b/x"},
		{"https://a{{input.i}}", "{\"input\":{\"i\":\".evil.example\"}}", "https://a.evil.example"},
		{"https://a/\\{{x/{{input.i}}", "{\"input\":{\"i\":\"b\"}}", "https://a/%7B%7Bx/b"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		struct str address = filled(cases[i].url, cases[i].root, &err);
		assert_string_equal(arena_strz(arena, address), cases[i].address);
		assert_string_equal(err.message, "");
	}
}

static void
no_value_climbs_out_of_the_path(void **state)
{
	static const char *const values[] = {"..", "."};
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct err err = {0};
		const char *root = arena_printf(arena, "{\"input\":{\"i\":\"%s\"}}", values[i]);
		assert_null(filled("https://a/b/{{input.i}}/c", root, &err).p);
		assert_string_equal(err.message,
			"A part of the path in the address is `..` or `.`, and would leave the path that is written.");
	}
	assert_true(address_climbs(STR("/a/../b")));
	assert_true(address_climbs(STR("/a/..")));
	assert_true(address_climbs(STR("/%2E%2e/b?x")));
	assert_true(address_climbs(STR("https://a/.")));
	assert_false(address_climbs(STR("https://../a")));
	assert_false(address_climbs(STR("/a/...?../")));
	assert_false(address_climbs(STR("/a..b/c.")));
	assert_false(address_climbs(STR("")));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_value_stays_a_part_of_the_address),
		TEST(no_value_climbs_out_of_the_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
