/*
 * Cursors: where the next page starts, opaque to clients. Base64url of a checksum, a letter for the kind, a mark of the
 * list, and the place. The checksum is no secret; it tells a cursor that was cut or typed from one that we made. The
 * mark (call_list_mark) binds it to the list and the filters it was given for: another list would start anywhere.
 */
#ifndef STEPMILL_API_CURSOR_H
#define STEPMILL_API_CURSOR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

#include <stdint.h>

/* Of what a list is asked with. Two lists with the same mark are one in four thousand million: no secret hangs on it. */
uint32_t cursor_mark(uint32_t before, struct str bytes);
#define CURSOR_MARK_START 2166136261u

/* kind is one letter. */
const char *cursor_write(struct arena *arena, char kind, uint32_t list, struct str place);
/* ERR_MALFORMED (of a body ERR_INVALID) for what is no cursor of ours, ERR_INVALID for one of another list; `at`: where
 * it was sent. */
bool cursor_read(struct arena *arena, char kind, uint32_t list, struct str text, const char *at, struct str *ret_place,
	struct err *err);

/* What PostgreSQL takes as a time: a checksum can be computed by anybody. */
#define CURSOR_US_LEAST (-(int64_t)62135596800000000) /* the year 1 */
#define CURSOR_US_MOST ((int64_t)253402300800000000)  /* the year 10000 */

/* Of lists by time and id, in microseconds since 1970. */
const char *cursor_write_row(struct arena *arena, uint32_t list, int64_t us, struct id id);
bool cursor_read_row(struct arena *arena, uint32_t list, struct str text, const char *at, int64_t *ret_us,
	struct id *ret_id, struct err *err);

bool cursor_refuse(const char *at, struct err *err); /* always false */

#endif
