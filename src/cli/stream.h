/*
 * Reads server-sent events as they arrive, in pieces cut anywhere. Bounded: what is larger than the maximum is refused.
 *
 *	struct stream s;
 *	stream_init(&s, on_event, me);
 *	if (!stream_feed(&s, bytes, err)) …
 *	stream_release(&s);
 */
#ifndef STEPMILL_CLI_STREAM_H
#define STEPMILL_CLI_STREAM_H

#include "base/buf.h"
#include "base/err.h"

struct stream_event {
	struct str id;	 /* of this event or the last one that had one */
	struct str type; /* "message" when it names none */
	struct str data;
};

struct stream {
	bool (*on_event)(void *context, const struct stream_event *event, struct err *err); /* false ends the reading */
	void *context;
	struct buf line, id, type, data;
	bool after_cr, has_data;
};

void stream_init(
	struct stream *stream, bool (*on_event)(void *, const struct stream_event *, struct err *), void *context);
void stream_release(struct stream *stream);
void stream_restart(struct stream *stream); /* another connection: what was half read is dropped, the last id stays */
bool stream_feed(struct stream *stream, struct str bytes, struct err *err);

#endif
