/*
 * Time zones by their IANA names, read from the system's database: no process-wide zone is set, and several are used side by side. A zone is
 * a row of spans, each with one offset from UTC; what clocks on walls show follows from them.
 *
 *	const struct zone *berlin;
 *	if (!zone_load(arena, STR("Europe/Berlin"), &berlin, err))
 *		return false;
 *	struct zone_span now = zone_at(berlin, seconds);   // offset 3600, "CET", until March
 *
 * All times here are seconds since 1970; local ones are what a clock on the wall shows, counted as if it were UTC.
 */
#ifndef STEPMILL_BASE_ZONE_H
#define STEPMILL_BASE_ZONE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

#define ZONE_OFFSET_MAX 93599 /* seconds, either way: what TZif allows, less than 26 hours */
#define ZONE_NAME_MAX 64

struct zone;

/* It holds from `from` (INT64_MIN: always) until before `to` (INT64_MAX: for ever). */
struct zone_span {
	int64_t from, to;
	int32_t offset; /* local time less UTC */
	bool dst;
	char name[16]; /* CET, CEST, +0530 */
};

/* From the system's database; a name that is none there, or a file that is broken, is ERR_INVALID. */
bool zone_load(struct arena *arena, struct str name, const struct zone **ret_zone, struct err *err);

/* From the bytes of a TZif file of version 2 or later, without leap seconds. False: they are none. */
bool zone_read(struct arena *arena, struct str bytes, const struct zone **ret_zone);

struct zone_span zone_at(const struct zone *zone, int64_t seconds);

/*
 * The first instant at which clocks there show `local`; of a time that they leave out (they are put forward), the instant at which they are
 * put forward. It never falls while `local` grows.
 */
int64_t zone_instant(const struct zone *zone, int64_t local);

#endif
