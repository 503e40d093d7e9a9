/* Secrets are found in every form that a filter may give them, hidden by their name, and can be put back exactly. */
#include "../support.h"

#include "flow/mask.h"
#include "json/writer.h"

static struct arena *arena;

static struct mask *
mask_of(const char *value)
{
	struct mask_secret *one = arena_new_of(arena, struct mask_secret);
	*one = (struct mask_secret){STR("KEY"), str_of(value)};
	return mask_new(arena, one, 1);
}

static const char *
shown(const char *secret, const char *text)
{
	return arena_strz(arena, mask_text(arena, mask_of(secret), str_of(text)));
}

static void
its_forms_are_hidden(void **state)
{
	(void)state;
	const char *secret = "Zq7/p+ä \"x\"";
	static const char *const forms[] = {"Zq7/p+ä \"x\"", "zq7/p+ä \"x\"", "ZQ7/P+ä \"X\"", "\"x\" ä+p/7qZ",
		"Zq7/p+ä \\\"x\\\"", "Zq7/p+ä \\\\\\\"x\\\\\\\"", "Zq7%2Fp%2B%C3%A4%20%22x%22",
		"Zq7%2fp%2b%c3%a4%20%22x%22", "Zq7%2Fp%2B%C3%A4+%22x%22", "Zq7/p+%C3%A4%20%22x%22",
		"5a71372f702bc3a4202278"
		"22",
		"WnE3L3Arw6QgIngi", "WnE3L3Arw6QgIngi"};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		assert_string_equal(shown(secret, forms[i]), "•••KEY•••");
		assert_string_equal(
			shown(secret, arena_printf(arena, "<%s>%s.", forms[i], forms[i])), "<•••KEY•••>•••KEY•••.");
	}
	assert_string_equal(shown("  padded-secret\n", "it is padded-secret"), "it is •••KEY•••");
	assert_string_equal(shown("line one of a key\nline two of a key", "x line two of a key"), "x •••KEY•••");
	assert_string_equal(shown("abcd", "nothing of it: abc d"), "nothing of it: abc d");
	assert_string_equal(shown("abc", "abc"), "abc"); /* too short to be looked for */
}

/* "user:" + secret and the like: every alignment, with and without an end. */
static void
base64_around_it_is_hidden(void **state)
{
	(void)state;
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *secret = "canary-9f31";
	for (size_t before = 0; before < 6; before++)
		for (size_t after = 0; after < 4; after++) {
			const char *text =
				arena_printf(arena, "%.*s%s%.*s", (int)before, "user::", secret, (int)after, "xyz");
			size_t n = strlen(text), at = 0;
			char *out = arena_alloc(arena, n * 2 + 8);
			for (size_t i = 0; i < n; i += 3) {
				unsigned bytes = (unsigned)(unsigned char)text[i] << 16;
				bytes |= i + 1 < n ? (unsigned)(unsigned char)text[i + 1] << 8 : 0;
				bytes |= i + 2 < n ? (unsigned)(unsigned char)text[i + 2] : 0;
				for (size_t c = 0; c < 4; c++)
					out[at++] = i + c > n ? '=' : letters[bytes >> (18 - 6 * c) & 63];
			}
			const char *hidden = shown(secret, out);
			assert_non_null(strstr(hidden, "•••KEY•••"));
			/* what is left tells nothing: characters that other bytes, or few bits of it, are in */
			assert_true(strlen(hidden) - strlen("•••KEY•••") <= (before + after) * 4 / 3 + 4);
		}
}

static void
the_longest_counts(void **state)
{
	(void)state;
	struct mask_secret two[] = {{STR("SHORT"), STR("abcd")}, {STR("LONG"), STR("abcdefgh")}};
	struct mask *mask = mask_new(arena, two, 2);
	struct str text = mask_text(arena, mask, STR("abcdefgh abcd abcdef"));
	assert_string_equal(arena_strz(arena, text), "•••LONG••• •••SHORT••• •••SHORT•••ef");
}

static void
values_come_back(void **state)
{
	(void)state;
	static const char *const docs[] = {
		"{\"a\":\"Bearer "
		"12345678\",\"b\":[1,\"1234567812345678\",{\"12345678\":null}],\"n\":12345678,\"m\":1.5}",
		"{\"12345678\":1,\"MTIzNDU2Nzg=\":2,\"•••KEY•••\":3}", "\"12345678\"", "12345678",
		"{\"was hidden before\":\"•••KEY•••\",\"x\":\"•••KEY•••12345678•••KEY•••\"}"};
	struct mask *mask = mask_of("12345678");
	for (size_t i = 0; i < sizeof docs / sizeof *docs; i++) {
		struct json *doc, *patches, *back, *read;
		struct err err = {0};
		assert_true(json_read(arena, str_of(docs[i]), &json_limits_request, &doc, &err));
		struct json *hidden = mask_value(arena, mask, doc, &patches);
		struct str text = json_text(arena, hidden);
		assert_null(memmem(text.p, text.n, "12345678", 8));
		assert_non_null(patches);
		assert_true(json_read(arena, text, &json_limits_request, &read, &err)); /* no key twice */
		assert_true(mask_restore(arena, read, patches, &back, &err));
		assert_string_equal(json_text(arena, back).p, docs[i]);
	}
	struct json *doc, *patches;
	assert_true(json_read(arena, STR("{\"a\":[\"1234567\"]}"), &json_limits_request, &doc, NULL));
	assert_ptr_equal(mask_value(arena, mask, doc, &patches), doc);
	assert_null(patches);
}

static void
patches_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"[[1,90,3,\"x\"]]", "[[7,0,3,\"x\"]]", "[[1,0,3]]", "[[1,-1,3,\"1\"],[0,0,0,\"\"]]"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct json *doc, *patches, *back;
		struct err err = {0};
		assert_true(json_read(arena, STR("[\"text\"]"), &json_limits_request, &doc, NULL));
		assert_true(json_read(arena, str_of(wrong[i]), &json_limits_request, &patches, NULL));
		assert_false(mask_restore(arena, doc, patches, &back, &err));
	}
}

/* However a text comes in pieces, what is shown of it never holds a part of the secret. */
static void
pieces_are_held_back(void **state)
{
	(void)state;
	struct mask *mask = mask_of("canary-9f31");
	const char *whole = "a can canary canary-9f31 and Y2FuYXJ5LTlmMzE= can";
	for (size_t cut = 0; cut <= strlen(whole); cut++) {
		size_t first = mask_settled(mask, (struct str){whole, cut});
		struct str a = mask_text(arena, mask, (struct str){whole, first});
		struct str b = mask_text(arena, mask, str_of(whole + first));
		assert_string_equal(arena_printf(arena, "%.*s%.*s", STR_ARG(a), STR_ARG(b)),
			"a can canary •••KEY••• and •••KEY••• can");
	}
	assert_int_equal(mask_settled(mask, STR("nothing")), 7);
	assert_int_equal(mask_settled(mask, STR("some ca")), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_forms_are_hidden),
		cmocka_unit_test(base64_around_it_is_hidden),
		cmocka_unit_test(the_longest_counts),
		cmocka_unit_test(values_come_back),
		cmocka_unit_test(patches_that_do_not_fit_are_refused),
		cmocka_unit_test(pieces_are_held_back),
	};
	arena = arena_new();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
