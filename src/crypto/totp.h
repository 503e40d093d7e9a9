/*
 * Codes of an authenticator (TOTP, RFC 6238): SHA-1, six digits, a new one every 30 seconds, as all such apps have it. HMAC is
 * OpenSSL's, which libpq and libcurl bring into every program anyway; libsodium has no SHA-1.
 *
 *	struct secret *secret = …;				20 random bytes, sealed in the database
 *	if (totp_find(secret_text(secret), code, wall_us(), &step))	the database then takes each step once
 */
#ifndef STEPMILL_CRYPTO_TOTP_H
#define STEPMILL_CRYPTO_TOTP_H

#include "base/str.h"

#include <stdint.h>

#define TOTP_SECRET_SIZE 20
#define TOTP_DIGITS 6
#define TOTP_SECONDS 30
#define TOTP_TEXT_SIZE 33 /* of a secret in base 32 */

/* The code of a step, which is the time in units of 30 seconds. */
bool totp_code(struct str secret, int64_t step, char ret_code[TOTP_DIGITS + 1]);

/* Whether it is the code of this step, the one before or the one after, and of which: clocks of phones are a little off. */
bool totp_find(struct str secret, struct str code, int64_t wall_us, int64_t *ret_step);

/* RFC 4648 without padding: what is shown and typed. */
void totp_secret_text(const unsigned char secret[TOTP_SECRET_SIZE], char out[TOTP_TEXT_SIZE]);

/*
 * Codes that get a person in without the app: 80 random bits in four groups of four. Hashed with the person's id; read
 * with or without the dashes and in either case.
 */
#define RECOVERY_CODES 10
#define RECOVERY_TEXT_SIZE 20
#define RECOVERY_HASH_SIZE 32
struct id;
void recovery_code_new(char out[RECOVERY_TEXT_SIZE]);
/* False: it has not the form of one. */
bool recovery_code_hash(const struct id *person, struct str code, unsigned char ret_hash[RECOVERY_HASH_SIZE]);

#endif
