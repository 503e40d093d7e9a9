/* Codes of an authenticator, and those that replace it; see totp.h. */
#include "crypto/totp.h"

#include "base/id.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>

#define RECOVERY_CHARS 16

/* No 0, 1, 8 or 9: nothing in it is mistaken for something else. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

bool
totp_code(struct str secret, int64_t step, char ret_code[TOTP_DIGITS + 1])
{
	unsigned char counter[8], mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	for (int i = 7; i >= 0; i--, step >>= 8)
		counter[i] = (unsigned char)(step & 0xff);
	if (!HMAC(EVP_sha1(), secret.p, (int)secret.n, counter, sizeof counter, mac, &n) || n != 20)
		return false;
	const unsigned char *at = mac + (mac[n - 1] & 0xf);
	uint32_t value = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	snprintf(ret_code, TOTP_DIGITS + 1, "%06u", value % 1000000u);
	sodium_memzero(mac, sizeof mac);
	return true;
}

bool
totp_find(struct str secret, struct str code, int64_t wall_us, int64_t *ret_step)
{
	int64_t now = wall_us / 1000000 / TOTP_SECONDS;
	bool found = false;
	if (code.n != TOTP_DIGITS)
		return false;
	/* All three are compared: the time it takes says nothing. */
	for (int64_t step = now - 1; step <= now + 1; step++) {
		char right[TOTP_DIGITS + 1];
		if (!totp_code(secret, step, right) || sodium_memcmp(right, code.p, TOTP_DIGITS) != 0)
			continue;
		*ret_step = step;
		found = true;
	}
	return found;
}

/* Whole groups of five bytes only. */
static void
base32(const unsigned char *bytes, size_t n, char *out)
{
	for (size_t i = 0; i < n; i += 5) {
		uint64_t group = 0;
		for (size_t j = 0; j < 5; j++)
			group = group << 8 | bytes[i + j];
		for (int shift = 35; shift >= 0; shift -= 5)
			*out++ = alphabet[group >> shift & 31];
	}
	*out = '\0';
}

void
totp_secret_text(const unsigned char secret[TOTP_SECRET_SIZE], char out[TOTP_TEXT_SIZE])
{
	base32(secret, TOTP_SECRET_SIZE, out);
}

void
recovery_code_new(char out[RECOVERY_TEXT_SIZE])
{
	unsigned char bytes[RECOVERY_CHARS * 5 / 8];
	char text[RECOVERY_CHARS + 1];
	random_bytes(bytes, sizeof bytes);
	base32(bytes, sizeof bytes, text);
	snprintf(out, RECOVERY_TEXT_SIZE, "%.4s-%.4s-%.4s-%.4s", text, text + 4, text + 8, text + 12);
	sodium_memzero(bytes, sizeof bytes);
	sodium_memzero(text, sizeof text);
}

bool
recovery_code_hash(const struct id *person, struct str code, unsigned char ret_hash[RECOVERY_HASH_SIZE])
{
	unsigned char text[sizeof person->b + RECOVERY_CHARS];
	size_t n = 0;
	memcpy(text, person->b, sizeof person->b);
	for (size_t i = 0; i < code.n; i++) {
		char c = code.p[i];
		if (c == '-' || c == ' ')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - ('a' - 'A'));
		if (n == RECOVERY_CHARS || !c || !strchr(alphabet, c))
			return false;
		text[sizeof person->b + n++] = (unsigned char)c;
	}
	if (n != RECOVERY_CHARS)
		return false;
	crypto_generichash(ret_hash, RECOVERY_HASH_SIZE, text, sizeof text, NULL, 0);
	sodium_memzero(text, sizeof text);
	return true;
}
