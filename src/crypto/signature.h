/*
 * Signatures of others, checked: RS256 and ES256 of JSON Web Tokens (RFC 7518). By OpenSSL, which libpq and libcurl bring anyway; libsodium
 * has neither. Numbers are big-endian bytes, as a JSON Web Key has them in base64url.
 */
#ifndef STEPMILL_CRYPTO_SIGNATURE_H
#define STEPMILL_CRYPTO_SIGNATURE_H

#include "base/arena.h"
#include "base/str.h"

/* Bytes of base64url without padding; false for anything else. */
bool base64url_decode(struct arena *arena, struct str text, struct str *ret_bytes);
/* Text that ends in NUL. */
char *base64url_encode(struct arena *arena, struct str bytes);

/* RSASSA-PKCS1-v1_5 with SHA-256; keys of 2048 to 8192 bits. */
bool signature_rs256(struct str n, struct str e, struct str text, struct str signature);
/* ECDSA with P-256 and SHA-256; the signature is 64 bytes, r and s. */
bool signature_es256(struct str x, struct str y, struct str text, struct str signature);

/* SHA-256, in base64url: what PKCE sends ahead of its verifier. */
char *sha256_base64url(struct arena *arena, struct str text);

#endif
