/* What goes back: a status, a few headers, a body that somebody else owns. Written once, at the end. */
#ifndef STEPMILL_HTTP_RESPONSE_H
#define STEPMILL_HTTP_RESPONSE_H

#include "base/buf.h"
#include "http/request.h"

#define RESPONSE_HEADERS_MAX 12

struct response {
	struct arena *arena;
	int status;
	const char *content_type; /* NULL: no body */
	struct str body;
	/* A body that is made while it is sent: its length, and its next piece (false: it cannot be had, the connection is
	 * broken off). A piece lives until the next one is asked for. */
	size_t stream_bytes;
	bool (*stream)(void *with, struct str *ret_piece);
	void *stream_with;
	struct http_pair headers[RESPONSE_HEADERS_MAX];
	unsigned header_count;
};

void response_init(struct response *response, struct arena *arena);
/* Neither name nor value may hold a line end: such a header is left out. The value is copied. */
void response_header(struct response *response, const char *name, const char *value);
void response_json(struct response *response, int status, struct str body);
/* 200, of another kind than JSON. */
void response_text(struct response *response, const char *content_type, struct str body);
void response_json_stream(
	struct response *response, size_t bytes, bool (*stream)(void *with, struct str *ret_piece), void *stream_with);
void response_empty(struct response *response, int status);

/* The head in the form of CGI: "Status: 200 OK", headers, an empty line. */
void response_head(const struct response *response, const char *request_id, struct buf *out);

#endif
