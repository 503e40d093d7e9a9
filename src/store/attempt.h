/*
 * Attempts at what could be guessed: passwords, codes, links. Each is counted before anything is looked at, so that many
 * at the same time do not pass a limit of ten, and taken back when it succeeds or was nobody's guess.
 */
#ifndef STEPMILL_STORE_ATTEMPT_H
#define STEPMILL_STORE_ATTEMPT_H

#include "store/caller.h"

struct attempt {
	struct id id;	     /* new */
	const char *what;    /* "sign-in:ada@example.org|192.0.2.1": ten in 15 minutes */
	const char *address; /* 100 in 15 minutes */
};

/* Adds the count to a batch, as its first statement; its index. The result says whether it may go on. */
int attempt_add(struct db_batch *batch, const struct attempt *attempt);
bool attempt_allowed(const struct db_batch *batch, int index, struct err *err); /* ERR_RATE_LIMITED */
void attempt_add_end(struct db_batch *batch, const struct attempt *attempt);

/* Takes one back that guessed at nothing. */
void attempt_forget(const struct caller *caller, const struct attempt *attempt);

#endif
