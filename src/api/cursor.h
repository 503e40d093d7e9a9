/*
 * Cursors: where the next page starts, opaque to clients. Base64url of a checksum, a letter for the kind, and the
 * place. The checksum is no secret; it tells a cursor that was cut or typed from one that we made.
 */
#ifndef STEPMILL_API_CURSOR_H
#define STEPMILL_API_CURSOR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

#include <stdint.h>

/* kind is one letter; a cursor of another kind is refused. */
const char *cursor_write(struct arena *arena, char kind, struct str place);
bool cursor_read(struct arena *arena, char kind, struct str text, struct str *ret_place);

/* What PostgreSQL takes as a time: a checksum can be computed by anybody. */
#define CURSOR_US_LEAST (-(int64_t)62135596800000000) /* the year 1 */
#define CURSOR_US_MOST ((int64_t)253402300800000000)  /* the year 10000 */

/* Of lists by time and id, in microseconds since 1970. */
const char *cursor_write_row(struct arena *arena, int64_t us, struct id id);
bool cursor_read_row(struct arena *arena, struct str text, int64_t *ret_us, struct id *ret_id);

bool cursor_refuse(struct err *err); /* ERR_MALFORMED at query.cursor; always false */

#endif
