/*
 * Rate limits: so many requests a minute of each class, for each session or token and for each address. Counted in memory
 * that the workers share: it costs no round trip, holds for this machine alone, and is empty after a restart.
 *
 * One number a bucket: the time at which it would be full again (GCRA). A minute's worth may come at once; after that,
 * one request each minute / limit. The table has a fixed size; whoever finds no free place takes the one that is nearest
 * to being full again, so strangers can make it forget, and never make it refuse somebody else.
 */
#ifndef STEPMILL_API_RATE_H
#define STEPMILL_API_RATE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* In the contract as x-rate. What costs nothing to speak of (health) has none. */
enum rate_class { RATE_NONE, RATE_READ, RATE_WRITE, RATE_EXPENSIVE, RATE_CLASSES };

struct rate;

/* Before the fork. `per_minute`: of one session or token, by class; 0: no limit. One address has `address_factor` as
 * much. */
struct rate *rate_new(const long per_minute[RATE_CLASSES], long address_factor);

/* False when it is too much; then the seconds until the next request is let in. `who` (empty: nobody) and `address` are
 * hashed. The address is asked first: what it refuses is not counted for the person. `now_us`: boot clock. */
bool rate_take(struct rate *rate, enum rate_class of, struct str who, struct str address, int64_t now_us,
	int *ret_wait_seconds);

#endif
