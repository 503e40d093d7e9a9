/* ID tokens: the standard's own signatures, and everything that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/id_token.h"
#include "base/buf.h"
#include "crypto/signature.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define NOW 1700000000

static struct arena *arena;
static EVP_PKEY *rsa, *other_rsa, *ec;
static const char *keys_text;

/* ---- the provider's side ---- */

static char *
number_of(EVP_PKEY *key, const char *name, int bytes)
{
	BIGNUM *number = NULL;
	unsigned char out[512];
	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
	int n = bytes ? BN_bn2binpad(number, out, bytes) : BN_bn2bin(number, out);
	BN_free(number);
	return base64url_encode(arena, (struct str){(const char *)out, (size_t)n});
}

static struct str
sign(EVP_PKEY *key, const char *text)
{
	unsigned char out[512];
	size_t n = sizeof out;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(context, out, &n, (const unsigned char *)text, strlen(text)), 1);
	EVP_MD_CTX_free(context);
	if (key == ec) { /* r and s, 32 bytes each */
		const unsigned char *der = out;
		ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)n);
		unsigned char raw[64];
		BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32);
		BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32);
		ECDSA_SIG_free(pair);
		return arena_str(arena, (struct str){(const char *)raw, sizeof raw});
	}
	return arena_str(arena, (struct str){(const char *)out, n});
}

static struct str
token_of(EVP_PKEY *key, const char *header, const char *claims)
{
	const char *text = arena_printf(
		arena, "%s.%s", base64url_encode(arena, str_of(header)), base64url_encode(arena, str_of(claims)));
	return str_of(arena_printf(arena, "%s.%s", text, base64url_encode(arena, sign(key, text))));
}

static int
start(void **state)
{
	(void)state;
	arena = arena_new();
	rsa = EVP_RSA_gen(2048);
	other_rsa = EVP_RSA_gen(2048);
	ec = EVP_EC_gen("P-256");
	keys_text = arena_printf(arena,
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r1\",\"use\":\"sig\",\"alg\":\"RS256\",\"n\":\"%s\",\"e\":\"%"
		"s\"},"
		"{\"kty\":\"EC\",\"kid\":\"e1\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"},"
		"{\"kty\":\"RSA\",\"kid\":\"enc\",\"use\":\"enc\",\"n\":\"%s\",\"e\":\"AQAB\"},{\"kty\":\"oct\","
		"\"kid\":\"o\",\"k\":\"AAAA\"}]}",
		number_of(rsa, OSSL_PKEY_PARAM_RSA_N, 0), number_of(rsa, OSSL_PKEY_PARAM_RSA_E, 0),
		number_of(ec, OSSL_PKEY_PARAM_EC_PUB_X, 32), number_of(ec, OSSL_PKEY_PARAM_EC_PUB_Y, 32),
		number_of(other_rsa, OSSL_PKEY_PARAM_RSA_N, 0));
	return rsa && other_rsa && ec ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other_rsa);
	EVP_PKEY_free(ec);
	arena_free(arena);
	return 0;
}

/* ---- ours ---- */

#define GOOD_CLAIMS \
	"{\"iss\":\"https://" \
	"id.test\",\"aud\":\"us\",\"sub\":\"s1\",\"nonce\":\"n\",\"exp\":1700000300,\"iat\":1699999990," \
	"\"email\":\"a@b.test\",\"email_verified\":true,\"name\":\"A\"}"
#define RS256 "{\"alg\":\"RS256\",\"kid\":\"r1\",\"typ\":\"JWT\"}"

static enum id_token_verdict
check(struct str text, struct id_token *ret_token, const char **ret_why)
{
	struct err err = {0};
	struct json *keys;
	struct id_token_expect expect = {STR("https://id.test"), STR("us"), STR("n"), (int64_t)NOW * 1000000};
	assert_true(json_read(arena, str_of(keys_text), &json_limits_request, &keys, &err));
	return id_token_check(arena, text, keys, &expect, ret_token, ret_why);
}

static void
expect_verdict(EVP_PKEY *key, const char *header, const char *claims, enum id_token_verdict wanted)
{
	struct id_token token;
	const char *why = NULL;
	enum id_token_verdict got = check(token_of(key, header, claims), &token, &why);
	if (got != wanted)
		fail_msg("%s %s: verdict %d (%s)", header, claims, got, why ? why : "");
	assert_true((got == ID_TOKEN_GOOD) == (why == NULL));
}

static void
good_ones_say_who_it_is(void **state)
{
	(void)state;
	struct id_token token;
	const char *why;
	assert_int_equal(check(token_of(rsa, RS256, GOOD_CLAIMS), &token, &why), ID_TOKEN_GOOD);
	assert_true(str_is(token.subject, "s1") && str_is(token.email, "a@b.test") && token.email_verified);
	assert_int_equal(
		check(token_of(ec, "{\"alg\":\"ES256\",\"kid\":\"e1\"}", GOOD_CLAIMS), &token, &why), ID_TOKEN_GOOD);
	expect_verdict(rsa, "{\"alg\":\"RS256\"}", GOOD_CLAIMS, ID_TOKEN_GOOD);
	expect_verdict(rsa, RS256,
		"{\"iss\":\"https://"
		"id.test\",\"aud\":[\"us\",\"them\"],\"azp\":\"us\",\"sub\":\"s\",\"nonce\":\"n\",\"exp\":1700000300.5,"
		"\"iat\":1}",
		ID_TOKEN_GOOD);
}

static void
algorithms_and_keys_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	static const char *const headers[] = {"{\"alg\":\"none\"}", "{\"alg\":\"HS256\",\"kid\":\"o\"}",
		"{\"alg\":\"RS512\",\"kid\":\"r1\"}", "{\"alg\":\"rs256\",\"kid\":\"r1\"}", "{\"kid\":\"r1\"}",
		"{\"alg\":[\"RS256\"]}", "[]", "{\"alg\":\"RS256\",\"kid\":\"r1\",\"crit\":[\"x\"]}"};
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		expect_verdict(rsa, headers[i], GOOD_CLAIMS, ID_TOKEN_BAD);
	expect_verdict(other_rsa, RS256, GOOD_CLAIMS, ID_TOKEN_BAD);
	expect_verdict(other_rsa, "{\"alg\":\"RS256\",\"kid\":\"new\"}", GOOD_CLAIMS, ID_TOKEN_UNKNOWN_KEY);
	expect_verdict(other_rsa, "{\"alg\":\"RS256\",\"kid\":\"enc\"}", GOOD_CLAIMS,
		ID_TOKEN_UNKNOWN_KEY); /* for encryption only */
	expect_verdict(other_rsa, "{\"alg\":\"RS256\"}", GOOD_CLAIMS, ID_TOKEN_UNKNOWN_KEY);
	expect_verdict(rsa, "{\"alg\":\"ES256\",\"kid\":\"r1\"}", GOOD_CLAIMS, ID_TOKEN_UNKNOWN_KEY);
	expect_verdict(rsa, "{\"alg\":\"ES256\",\"kid\":\"e1\"}", GOOD_CLAIMS, ID_TOKEN_BAD);
}

static void
a_token_that_was_changed_is_refused(void **state)
{
	(void)state;
	struct id_token token;
	const char *why;
	struct str good = token_of(rsa, RS256, GOOD_CLAIMS);
	for (size_t at = 0; at < good.n; at += 7) {
		char *text = arena_strz(arena, good);
		text[at] = text[at] == 'A' ? 'B' : 'A';
		if (strcmp(text, good.p) != 0)
			assert_int_not_equal(check(str_of(text), &token, &why), ID_TOKEN_GOOD);
	}
	static const char *const broken[] = {"", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "e30.e30.AA", "!.e30.AA"};
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_int_equal(check(str_of(broken[i]), &token, &why), ID_TOKEN_BAD);
	for (size_t n = 0; n < good.n; n += 13)
		assert_int_not_equal(check((struct str){good.p, n}, &token, &why), ID_TOKEN_GOOD);
}

static void
claims_that_are_not_for_us_and_now_are_refused(void **state)
{
	(void)state;
#define WITH(iss, aud, rest) "{\"iss\":" iss ",\"aud\":" aud "," rest "}"
#define REST "\"sub\":\"s\",\"nonce\":\"n\",\"exp\":1700000300,\"iat\":1700000000"
	static const char *const bad[] = {
		WITH("\"https://id.test/\"", "\"us\"", REST),
		WITH("\"https://other.test\"", "\"us\"", REST),
		WITH("null", "\"us\"", REST),
		WITH("\"https://id.test\"", "\"them\"", REST),
		WITH("\"https://id.test\"", "[]", REST),
		WITH("\"https://id.test\"", "[\"us\",\"them\"]",
			REST), /* several, and nothing says that it was made for us */
		WITH("\"https://id.test\"", "\"us\"", "\"azp\":\"them\"," REST),
		WITH("\"https://id.test\"", "\"them\"", "\"azp\":\"us\"," REST),
		"{\"iss\":\"https://"
		"id.test\",\"aud\":\"us\",\"sub\":\"s\",\"nonce\":\"m\",\"exp\":1700000300,\"iat\":1700000000}",
		"{\"iss\":\"https://id.test\",\"aud\":\"us\",\"sub\":\"s\",\"exp\":1700000300,\"iat\":1700000000}",
		"{\"iss\":\"https://"
		"id.test\",\"aud\":\"us\",\"sub\":\"\",\"nonce\":\"n\",\"exp\":1700000300,\"iat\":1700000000}",
		"{\"iss\":\"https://id.test\",\"aud\":\"us\",\"nonce\":\"n\",\"exp\":1700000300,\"iat\":1700000000}",
		"{\"iss\":\"https://"
		"id.test\",\"aud\":\"us\",\"sub\":\"s\",\"nonce\":\"n\",\"exp\":1699999939,\"iat\":1699999000}",
		"{\"iss\":\"https://"
		"id.test\",\"aud\":\"us\",\"sub\":\"s\",\"nonce\":\"n\",\"exp\":\"1700000300\",\"iat\":1700000000}",
		"{\"iss\":\"https://id.test\",\"aud\":\"us\",\"sub\":\"s\",\"nonce\":\"n\",\"iat\":1700000000}",
		"{\"iss\":\"https://id.test\",\"aud\":\"us\",\"sub\":\"s\",\"nonce\":\"n\",\"exp\":1700000300}",
		"{\"iss\":\"https://"
		"id.test\",\"aud\":\"us\",\"sub\":\"s\",\"nonce\":\"n\",\"exp\":1700009300,\"iat\":1700000090}",
		"{\"iss\":\"https://"
		"id.test\",\"aud\":\"us\",\"sub\":\"s\",\"nonce\":\"n\",\"exp\":1700009300,\"iat\":1700000000,\"nbf\":"
		"1700000090}",
		"{\"iss\":\"https://id.test\",\"iss\":\"https://id.test\",\"aud\":\"us\"," REST "}",
		"[]",
		"null",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		expect_verdict(rsa, RS256, bad[i], ID_TOKEN_BAD);
	expect_verdict(rsa, RS256, WITH("\"https://id.test\"", "\"us\"", REST), ID_TOKEN_GOOD);
}

static void
an_address_counts_as_verified_only_when_it_is_said_so(void **state)
{
	(void)state;
	static const struct {
		const char *claim;
		bool has, verified;
	} cases[] = {{"\"email\":\"a@b.test\"", true, false},
		{"\"email\":\"a@b.test\",\"email_verified\":false", true, false},
		{"\"email\":\"a@b.test\",\"email_verified\":\"true\"", true, true},
		{"\"email\":\"a@b.test\",\"email_verified\":1", true, false},
		{"\"email\":\"a@b@c\",\"email_verified\":true", false, true},
		{"\"email\":\"a b@c\",\"email_verified\":true", false, true},
		{"\"email\":[\"a@b.test\"],\"email_verified\":true", false, true}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct id_token token;
		const char *why;
		const char *claims = arena_printf(arena,
			"{\"iss\":\"https://"
			"id.test\",\"aud\":\"us\",\"sub\":\"s\",\"nonce\":\"n\",\"exp\":1700000300,\"iat\":1700000000,%"
			"s}",
			cases[i].claim);
		assert_int_equal(check(token_of(rsa, RS256, claims), &token, &why), ID_TOKEN_GOOD);
		assert_int_equal(token.email.n > 0, cases[i].has);
		assert_int_equal(token.email_verified, cases[i].verified);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_say_who_it_is),
		cmocka_unit_test(algorithms_and_keys_that_do_not_fit_are_refused),
		cmocka_unit_test(a_token_that_was_changed_is_refused),
		cmocka_unit_test(claims_that_are_not_for_us_and_now_are_refused),
		cmocka_unit_test(an_address_counts_as_verified_only_when_it_is_said_so),
	};
	return cmocka_run_group_tests(tests, start, end);
}
