/* Durations, tokens, money and text as a terminal shows them. Everything goes into an arena. */
#ifndef STEPMILL_CLI_FORMAT_H
#define STEPMILL_CLI_FORMAT_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

const char *format_duration(struct arena *arena, int64_t ms); /* 840 ms, 21.4 s, 1 m 12 s, 2 h 05 m, 3 d 4 h */
const char *format_elapsed(struct arena *arena, int64_t ms);  /* of what still goes on: whole seconds */
const char *format_when(struct arena *arena, int64_t us, int64_t now_us); /* 4 min ago; after a day 21 Nov 14:02 */
const char *format_clock(struct arena *arena, int64_t us);		  /* 14:02:05, here */
const char *format_count(struct arena *arena, int64_t count);		  /* 8,412; 128k; 1.2M */
const char *format_money(struct arena *arena, int64_t nano);		  /* free, $0.0042, $0.043, $1.20 */

/* RFC 3339 as the API writes it, in microseconds since 1970; false when it is something else. */
bool format_parse_time(struct str text, int64_t *ret_us);

/*
 * Text that others wrote, made harmless for a terminal: control characters, which could move the cursor or worse, are
 * left out. Line ends and tabs stay when `lines`, else they become blanks.
 */
void format_safe(struct buf *out, struct str text, bool lines);

size_t format_width(struct str text); /* columns of valid UTF-8 */
/* At most `columns` columns: the beginning (or the end, when `tail`), with … where something is missing. */
struct str format_fit(struct arena *arena, struct str text, size_t columns, bool tail);

#endif
