/* The hash of a token. It needs no salt and no slowness: a token is 256 random bits, which nobody guesses. */
#include "crypto/token.h"

#include <sodium.h>

void
token_hash(struct str token, unsigned char out[TOKEN_HASH_SIZE])
{
	crypto_generichash(out, TOKEN_HASH_SIZE, (const unsigned char *)token.p, token.n, NULL, 0);
}
