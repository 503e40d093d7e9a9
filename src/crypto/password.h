/* Passwords: argon2id, 64 MiB, 2 passes (64 ms here). At most two at a time in all workers: the caller holds a slot. */
#ifndef STEPMILL_CRYPTO_PASSWORD_H
#define STEPMILL_CRYPTO_PASSWORD_H

#include "base/arena.h"
#include "base/err.h"

bool crypto_start(struct err *err); /* once a process, before anything else here */

bool password_hash(struct arena *arena, struct str password, char **ret_hash, struct err *err);
bool password_verify(const char *hash, struct str password);
/* The same work for a person who does not exist; always false. */
bool password_verify_nobody(struct str password);

/*
 * Slots in shared memory, made by the master before it forks; a worker that dies in one gives it back. Who finds all taken
 * waits up to a second, but only so many as there are places to wait: a flood of sign-ins must not hold every worker.
 * ERR_RATE_LIMITED with retry_after_seconds when none came free, or no place was.
 */
struct password_slots;
struct password_slots *password_slots_new(int count, int waiting);
bool password_slot_take(struct password_slots *slots, struct err *err);
void password_slot_give(struct password_slots *slots);

#endif
