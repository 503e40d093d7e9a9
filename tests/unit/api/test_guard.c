/* Who asks, as far as headers tell it. */
#include "api/guard.h"
#include "crypto/token.h"

#include "../support.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123_-4"

static struct request request;

static void
ask(const char *method, const char *a, const char *b)
{
	const char **params = arena_array(arena, 6, sizeof *params);
	unsigned n = 0;
	params[n++] = arena_printf(arena, "REQUEST_METHOD=%s", method);
	params[n++] = "REQUEST_SCHEME=https";
	params[n++] = "HTTP_HOST=stepmill.test:8443";
	if (a)
		params[n++] = a;
	if (b)
		params[n++] = b;
	request_init(&request, arena, (char *const *)params, (struct request_source){0});
}

static bool
let_in(const char *method, const char *a, const char *b)
{
	struct err err;
	err_clear(&err);
	ask(method, a, b);
	bool ok = guard_origin(&request, "https://also.test", &err);
	assert_true(ok || err.code == ERR_FORBIDDEN);
	return ok;
}

static void
changes_from_other_sites_are_refused(void **state)
{
	(void)state;
	assert_true(let_in("POST", NULL, NULL));
	assert_true(let_in("POST", "HTTP_ORIGIN=https://stepmill.test:8443", NULL));
	assert_true(let_in("DELETE", "HTTP_SEC_FETCH_SITE=same-origin", NULL));
	assert_true(let_in("POST", "HTTP_SEC_FETCH_SITE=none", NULL));
	assert_true(let_in("POST", "HTTP_ORIGIN=https://also.test", "HTTP_SEC_FETCH_SITE=cross-site"));
	static const char *const others[] = {"HTTP_ORIGIN=https://stepmill.test",
		"HTTP_ORIGIN=http://stepmill.test:8443", "HTTP_ORIGIN=null",
		"HTTP_ORIGIN=", "HTTP_ORIGIN=https://stepmill.test:8443.evil.test",
		"HTTP_ORIGIN=https://also.test.evil.test", "HTTP_SEC_FETCH_SITE=same-site",
		"HTTP_SEC_FETCH_SITE=cross-site", "HTTP_SEC_FETCH_SITE=", "HTTP_SEC_FETCH_SITE=Same-Origin"};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (let_in("POST", others[i], NULL) || let_in("BREW", others[i], NULL))
			fail_msg("let in: %s", others[i]);
		assert_true(let_in("GET", others[i], NULL) && let_in("HEAD", others[i], NULL));
	}
	assert_false(let_in("POST", "HTTP_ORIGIN=https://stepmill.test:8443", "HTTP_SEC_FETCH_SITE=cross-site"));
}

static void
without_an_origin_of_our_own_none_is_equal_to_it(void **state)
{
	(void)state;
	static char *const params[] = {(char *)"REQUEST_METHOD=POST", (char *)"HTTP_ORIGIN=://", NULL};
	struct err err;
	err_clear(&err);
	request_init(&request, arena, params, (struct request_source){0});
	assert_false(guard_origin(&request, NULL, &err));
	assert_false(guard_origin(&request, "", &err));
}

static void
only_a_token_that_we_could_have_given_is_looked_up(void **state)
{
	(void)state;
	unsigned char hash[CALLER_TOKEN_SIZE], expected[CALLER_TOKEN_SIZE];
	ask("GET", "HTTP_COOKIE=" SESSION_COOKIE "=" TOKEN, NULL);
	assert_int_equal(guard_token(&request, hash), GUARD_TOKEN);
	token_hash(STR(TOKEN), expected);
	assert_memory_equal(hash, expected, sizeof hash);
	ask("GET", NULL, NULL);
	assert_int_equal(guard_token(&request, hash), GUARD_NO_TOKEN);
	ask("GET", "HTTP_COOKIE=other=" TOKEN, NULL);
	assert_int_equal(guard_token(&request, hash), GUARD_NO_TOKEN);
	static const char *const bad[] = {"HTTP_COOKIE=" SESSION_COOKIE "=", "HTTP_COOKIE=" SESSION_COOKIE "=null",
		"HTTP_COOKIE=" SESSION_COOKIE "=" TOKEN "A",
		"HTTP_COOKIE=" SESSION_COOKIE "=abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123_-\xff",
		"HTTP_COOKIE=" SESSION_COOKIE "=" TOKEN "; " SESSION_COOKIE "=null"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ask("GET", bad[i], NULL);
		assert_int_equal(guard_token(&request, hash), GUARD_BAD_TOKEN);
	}
}

static enum guard_token
bearer(const char *header)
{
	unsigned char hash[CALLER_TOKEN_SIZE];
	ask("POST", arena_printf(arena, "HTTP_AUTHORIZATION=%s", header), "HTTP_COOKIE=" SESSION_COOKIE "=" TOKEN);
	return guard_bearer(&request, hash);
}

static void
api_tokens_are_told_from_other_schemes(void **state)
{
	(void)state;
	unsigned char whole[CALLER_TOKEN_SIZE], of_text[CALLER_TOKEN_SIZE];
	assert_int_equal(bearer("Bearer sm_" TOKEN), GUARD_TOKEN);
	assert_int_equal(bearer("bearer   sm_" TOKEN), GUARD_TOKEN);
	assert_int_equal(guard_bearer(&request, whole), GUARD_TOKEN);
	token_hash(STR("sm_" TOKEN), of_text);
	assert_memory_equal(whole, of_text, sizeof whole);
	static const char *const wrong[] = {"Bearer", "Bearer ", "Bearer " TOKEN, "Bearer sm_", "Bearer sm_" TOKEN "A",
		"Bearer sm_" TOKEN " ", "Bearer SM_" TOKEN, "Bearer sm_abc$efghijklmnopqrstuvwxyzABCDEFGHIJ0123_-4"};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (bearer(wrong[i]) != GUARD_BAD_TOKEN)
			fail_msg("not refused: %s", wrong[i]);
	static const char *const others[] = {"", "Basic sm_" TOKEN, "Bearersm_" TOKEN, "Bear"};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_int_equal(bearer(others[i]), GUARD_NO_TOKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(changes_from_other_sites_are_refused, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			without_an_origin_of_our_own_none_is_equal_to_it, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			only_a_token_that_we_could_have_given_is_looked_up, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(api_tokens_are_told_from_other_schemes, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
