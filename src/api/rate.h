/*
 * Rate limits: so many requests a minute of each class, for each account and for each address. Counted in memory
 * that the workers share: it costs no round trip, holds for this machine alone, and is empty after a restart.
 *
 * Whose a session or an API token is, only the database knows: the guard of its first request that succeeds tells (rate_learn), and
 * from then on it counts for its person, whatever else they sign in with. Until then it counts for itself.
 *
 * An address of IPv6 counts for its network of 64 bits: whoever has one address of it has them all.
 *
 * One number a bucket: the time at which it would be full again (GCRA). A minute's worth may come at once; after that,
 * one request each minute / limit. The table has a fixed size; whoever finds no free place takes the one that is nearest
 * to being full again, so strangers can make it forget, and never make it refuse somebody else.
 */
#ifndef STEPMILL_API_RATE_H
#define STEPMILL_API_RATE_H

#include "base/id.h"

#include <stdbool.h>
#include <stdint.h>

/* In the contract as x-rate. What costs nothing to speak of (health) has none. */
enum rate_class { RATE_NONE, RATE_READ, RATE_WRITE, RATE_EXPENSIVE, RATE_CLASSES };

struct rate;

/* Before the fork. `per_minute`: of one account, by class; 0: no limit. One address has `address_factor` as
 * much. */
struct rate *rate_new(const long per_minute[RATE_CLASSES], long address_factor);

/* False when it is too much; then the seconds until the next request is let in. `token` (empty: nobody) and `address` are
 * hashed. The address is asked first: what it refuses is not counted for the person. `now_us`: boot clock. */
bool rate_take(struct rate *rate, enum rate_class of, struct str token, struct str address, int64_t now_us,
	int *ret_wait_seconds);
/* The token is the person's. When that is news, the request at hand, of class `of`, is counted for them as well. */
void rate_learn(struct rate *rate, enum rate_class of, struct str token, struct id person, int64_t now_us);
/* It is nobody's any more: what is still sent with it is not counted for who had it. */
void rate_forget(struct rate *rate, struct str token);

#endif
