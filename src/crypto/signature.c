/* Signatures of others, checked; see signature.h. */
#include "crypto/signature.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>
#include <sodium.h>

#define RSA_BYTES_MIN 256
#define RSA_BYTES_MAX 1024
#define COORDINATE 32

bool
base64url_decode(struct arena *arena, struct str text, struct str *ret_bytes)
{
	size_t room = text.n / 4 * 3 + 3, n = 0;
	unsigned char *bytes = arena_alloc(arena, room);
	if (sodium_base642bin(bytes, room, text.p, text.n, NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) !=
		0)
		return false;
	*ret_bytes = (struct str){(const char *)bytes, n};
	return true;
}

char *
base64url_encode(struct arena *arena, struct str bytes)
{
	size_t room = sodium_base64_ENCODED_LEN(bytes.n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = arena_alloc(arena, room);
	return sodium_bin2base64(
		text, room, (const unsigned char *)bytes.p, bytes.n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

char *
sha256_base64url(struct arena *arena, struct str text)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	SHA256((const unsigned char *)text.p, text.n, hash);
	return base64url_encode(arena, (struct str){(const char *)hash, sizeof hash});
}

/* NULL when the parameters make no key. */
static EVP_PKEY *
make_key(const char *kind, OSSL_PARAM_BLD *build)
{
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	if (!params || !context || EVP_PKEY_fromdata_init(context) != 1 ||
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	return key;
}

static bool
verify(EVP_PKEY *key, struct str text, struct str signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = key && context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		    EVP_DigestVerify(context, (const unsigned char *)signature.p, signature.n,
			    (const unsigned char *)text.p, text.n) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}

bool
signature_rs256(struct str n, struct str e, struct str text, struct str signature)
{
	while (n.n > 0 && n.p[0] == '\0')
		n = (struct str){n.p + 1, n.n - 1};
	if (n.n < RSA_BYTES_MIN || n.n > RSA_BYTES_MAX || e.n == 0 || e.n > 8)
		return false;
	BIGNUM *modulus = BN_bin2bn((const unsigned char *)n.p, (int)n.n, NULL);
	BIGNUM *exponent = BN_bin2bn((const unsigned char *)e.p, (int)e.n, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;
	if (modulus && exponent && build && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
		key = make_key("RSA", build);
	OSSL_PARAM_BLD_free(build);
	BN_free(modulus);
	BN_free(exponent);
	return verify(key, text, signature);
}

/* OpenSSL takes the two numbers in DER. */
static int
der_of(struct str signature, unsigned char **ret_der)
{
	const unsigned char *bytes = (const unsigned char *)signature.p;
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(bytes, COORDINATE, NULL), *s = BN_bin2bn(bytes + COORDINATE, COORDINATE, NULL);
	int n = -1;
	*ret_der = NULL;
	if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
		n = i2d_ECDSA_SIG(pair, ret_der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(pair);
	return n;
}

bool
signature_es256(struct str x, struct str y, struct str text, struct str signature)
{
	unsigned char point[1 + 2 * COORDINATE] = {0x04}, *der;
	if (x.n != COORDINATE || y.n != COORDINATE || signature.n != 2 * COORDINATE)
		return false;
	memcpy(point + 1, x.p, COORDINATE);
	memcpy(point + 1 + COORDINATE, y.p, COORDINATE);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;
	if (build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
		OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1)
		key = make_key("EC", build);
	OSSL_PARAM_BLD_free(build);
	int n = der_of(signature, &der);
	bool good = n > 0 && verify(key, text, (struct str){(const char *)der, (size_t)n});
	if (n <= 0)
		EVP_PKEY_free(key);
	OPENSSL_free(der);
	return good;
}
