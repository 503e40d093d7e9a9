/*
 * A request as it came in over FastCGI, read strictly: what is not well formed is refused, never repaired.
 *
 * request_init cannot fail, so that a refusal can carry the request's id; request_parse then takes the path and the
 * query apart; the body is read only when somebody wants it, and never past the limit given. Everything lives in the
 * arena or in the parameters the request was made from.
 */
#ifndef STEPMILL_HTTP_REQUEST_H
#define STEPMILL_HTTP_REQUEST_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

#include <stdint.h>

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS, HTTP_METHODS };
#define HTTP_OTHER HTTP_METHODS /* a method we do not know */

const char *http_method_name(enum http_method method); /* "GET" */
enum http_method http_method_parse(struct str name);

struct http_pair {
	struct str name, value;
};

/* Where the body comes from. `read` gives up to n bytes, 0 at the end, -1 when the connection broke. */
struct request_source {
	int (*read)(void *context, char *out, int n);
	void *context;
};

#define REQUEST_SEGMENTS_MAX 16
#define REQUEST_QUERY_MAX 32	/* parameters */
#define REQUEST_TARGET_MAX 8192 /* bytes of path and query together */
#define REQUEST_BODY_MAX ((size_t)1 << 20)

struct request {
	struct arena *arena;
	char *const *params; /* "NAME=value" as FastCGI gives them, ended by NULL */
	struct request_source source;
	char id[REQUEST_ID_SIZE];
	enum http_method method;
	struct str path;			   /* as written, without the query */
	struct str segments[REQUEST_SEGMENTS_MAX]; /* of the path, decoded */
	unsigned segment_count;
	struct http_pair query[REQUEST_QUERY_MAX]; /* decoded, each name once */
	unsigned query_count;
};

void request_init(struct request *request, struct arena *arena, char *const *params, struct request_source source);
bool request_parse(struct request *request, struct err *err);

/* False when it was not sent. `name` as HTTP writes it: "Idempotency-Key". */
bool request_header(const struct request *request, const char *name, struct str *ret_value);
/* A FastCGI parameter; empty when it is missing. */
struct str request_param(const struct request *request, const char *name);
/* False when it is not sent, or sent twice with different values (somebody is playing games). */
bool request_cookie(const struct request *request, const char *name, struct str *ret_value);

/* Whether a body was announced at all. */
bool request_has_body(const struct request *request);
/* ERR_TOO_LARGE when there is more than max, by its announced length before a byte is read. */
bool request_body(struct request *request, size_t max, struct str *ret_body, struct err *err);
/* Whether the content type is `type`, with no parameter but charset=utf-8. */
bool request_content_type_is(const struct request *request, const char *type);
/* Whether the client takes `type`: no Accept header, or one with the type, its group or everything, not at q=0. */
bool request_accepts(const struct request *request, const char *type);

/* Percent-decoding of one path segment or query part; false for bad escapes, NUL, and what is not UTF-8. */
bool request_decode(struct arena *arena, struct str text, bool plus_is_blank, struct str *ret_text);

#endif
