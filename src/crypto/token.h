/* Session and API tokens: 256 random bits for the client, their BLAKE2b hash for the database. */
#ifndef STEPMILL_CRYPTO_TOKEN_H
#define STEPMILL_CRYPTO_TOKEN_H

#include "base/id.h"

#define TOKEN_HASH_SIZE 32
void token_hash(struct str token, unsigned char out[TOKEN_HASH_SIZE]);

#endif
