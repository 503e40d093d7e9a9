/* What is written to a listener: server-sent events, and a problem document for those that are not let in. Pure. */
#ifndef STEPMILL_LIVE_FRAME_H
#define STEPMILL_LIVE_FRAME_H

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

#include <stdint.h>

#define FRAME_HELLO "retry: 1000\n\n"	       /* come back after a second when the stream breaks */
#define FRAME_PING "event: ping\ndata: {}\n\n" /* an event, because a browser shows no comments to the page */
#define FRAME_SESSION \
	"event: session\ndata: {}\n\n" /* what one's session is shown has changed, or is to be looked at first */
#define FRAME_END "event: end\ndata: {}\n\n"

/* One event with its number. Line ends inside `data` become lines of their own, which the other side joins again. */
void frame_event(struct buf *out, int64_t seq, struct str type, struct str data);

/* Of a board: a run that has moved, and the number of its newest event; it has none of its own. */
void frame_moved(struct buf *out, struct id run, int64_t last_event);

/* RFC 9457. */
void frame_problem(struct buf *out, const struct err *err, const char *request_id);

#endif
