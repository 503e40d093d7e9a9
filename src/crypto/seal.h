/*
 * Secrets at rest: libsodium's sealed box to the executors' public key. Whoever has the public key can seal; only a program with the key file can open.
 * Workspace and name are inside of the seal, so that a row that was copied to another place does not open there; the key's id is outside, so that
 * it is known which key opens it after a rotation.
 *
 *	seal_key_read("/…/executor.key", SEAL_OF_EXECUTORS, &key, &err);	an executor, or `stepmill keys`
 *	struct seal_public to;
 *	seal_key_public(key, &to);						what the database is given
 *	seal(arena, &to, workspace, name, value, &sealed);			a worker of the API
 *	struct secret *s = seal_open(key, workspace, name, sealed, &err);	an executor
 *	… secret_text(s) …							libsodium's memory: guarded, locked, zeroed by secret_free
 *
 * The API has a key of its own for what its workers must be able to open: what second factors are made from, and the secrets it shows to those
 * who sign people in. A copy of the database alone has neither. There the place of the workspace is taken by the person's id or the like.
 */
#ifndef STEPMILL_CRYPTO_SEAL_H
#define STEPMILL_CRYPTO_SEAL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

#define SEAL_PUBLIC_SIZE 32
#define SECRET_MAX 65536
#define SEAL_HASH_KEY_SIZE 32

struct seal_public {
	struct id id; /* made from the key */
	unsigned char key[SEAL_PUBLIC_SIZE];
};

struct seal_key;
enum seal_of { SEAL_OF_EXECUTORS, SEAL_OF_API };
/* A new key in a new file, mode 0600, on the disk when this returns. ERR_CONFLICT: there is a file already. */
bool seal_key_create(const char *path, enum seal_of whose, struct err *err);
/* ERR_NOT_FOUND: no such file. A file that others can read is refused. */
bool seal_key_read(const char *path, enum seal_of whose, struct seal_key **ret_key, struct err *err);
void seal_key_public(const struct seal_key *key, struct seal_public *ret_public);
void seal_key_free(struct seal_key *key);

struct seal_public seal_public_of(const unsigned char key[SEAL_PUBLIC_SIZE]);
bool seal_public_parse(struct str hex, struct seal_public *ret_public);

bool seal(struct arena *arena, const struct seal_public *to, struct id workspace, struct str name, struct str value,
	struct str *ret_sealed, struct err *err);

/* For keyed hashes of what may have secrets in it (crypto_generichash): the same wherever the key file is, another in each workspace and for each name. Whoever
 * has the database alone can compare such hashes, and cannot try what they are of. sodium_memzero it afterwards. */
void seal_hash_key(const struct seal_key *key, struct id workspace, struct str name,
	unsigned char ret_hash_key[SEAL_HASH_KEY_SIZE]);

struct secret;
/* ERR_INVALID: sealed to another key, damaged, or of another workspace or name. */
bool seal_open(const struct seal_key *key, struct id workspace, struct str name, struct str sealed,
	struct secret **ret_secret, struct err *err);
struct str secret_text(const struct secret *secret);
void secret_free(struct secret *secret);

#endif
