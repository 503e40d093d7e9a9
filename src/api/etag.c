/* See etag.h. */
#include "api/etag.h"

#include "crypto/token.h"

#include <stdio.h>

#define HASH_SHOWN 16 /* bytes of the hash that are shown, in hexadecimal */
#define REVISION_MOST INT32_MAX

static bool
changes(const struct call *call)
{
	enum http_method method = call->request->method;
	return method == HTTP_PATCH || method == HTTP_PUT || method == HTTP_DELETE;
}

static bool
malformed(struct err *err)
{
	err_set(err, ERR_MALFORMED, "If-Match is not one ETag. Send the one that came with what you read, or *.");
	return err_issue(err, "header.If-Match", "etag", "is not one ETag in quotes");
}

/* The next ETag of a list, without W/ and with its quotes; false at the end, and at what is none. */
static bool
next_tag(struct str *rest, struct str *ret_tag)
{
	while (rest->n > 0 && (*rest->p == ' ' || *rest->p == '\t' || *rest->p == ','))
		*rest = (struct str){rest->p + 1, rest->n - 1};
	if (rest->n > 2 && rest->p[0] == 'W' && rest->p[1] == '/')
		*rest = (struct str){rest->p + 2, rest->n - 2};
	const char *end = rest->n > 1 && *rest->p == '"' ? memchr(rest->p + 1, '"', rest->n - 1) : NULL;
	if (!end)
		return false;
	size_t n = (size_t)(end - rest->p) + 1;
	*ret_tag = (struct str){rest->p, n};
	*rest = (struct str){rest->p + n, rest->n - n};
	return true;
}

bool
etag_expected(struct call *call, struct err *err)
{
	struct str header, tag;
	unsigned long long revision;
	if (call->operation->etag != ETAG_REVISION || !changes(call))
		return true;
	if (!request_header(call->request, "If-Match", &header)) {
		err_set(err, ERR_PRECONDITION_REQUIRED,
			"Nothing was changed: If-Match is missing. It keeps two people from overwriting each other. "
			"Read "
			"this first, and send its ETag; * means whatever is there.");
		return err_issue(err, "header.If-Match", "required", "is missing");
	}
	if (str_is(header, "*"))
		return true;
	if (!next_tag(&header, &tag) || header.n > 0)
		return malformed(err);
	struct str number = {tag.p + 1, 0};
	while (number.n < tag.n - 2 && number.p[number.n] != '-')
		number.n++;
	if (str_to_u64(number, REVISION_MOST, &revision) && revision > 0) {
		call->assumed = (int64_t)revision;
		return true;
	}
	err_set(err, ERR_PRECONDITION,
		"This ETag is not one of this thing. Nothing was changed. Read it again, then repeat your change.");
	return err_issue(err, "header.If-Match", "etag", "is of something else");
}

static bool
client_has(const struct call *call, const char *etag)
{
	struct str header, tag;
	if (!request_header(call->request, "If-None-Match", &header))
		return false;
	if (str_is(header, "*"))
		return true;
	while (next_tag(&header, &tag))
		if (str_is(tag, etag))
			return true;
	return false;
}

void
etag_answer(struct call *call)
{
	static const char digits[] = "0123456789abcdef";
	struct response *response = call->response;
	if (call->operation->etag == ETAG_NONE || response->status >= 300 || response->body.n == 0 || response->stream)
		return;
	unsigned char hash[TOKEN_HASH_SIZE];
	char etag[32 + 2 * HASH_SHOWN];
	token_hash(response->body, hash);
	int n = call->operation->etag == ETAG_REVISION
			? snprintf(etag, sizeof etag, "\"%lld-", (long long)call->revision)
			: snprintf(etag, sizeof etag, "\"");
	for (int i = 0; i < HASH_SHOWN; i++) {
		etag[n++] = digits[hash[i] >> 4];
		etag[n++] = digits[hash[i] & 15];
	}
	etag[n++] = '"';
	etag[n] = '\0';
	response_header(response, "ETag", etag);
	if (call->request->method == HTTP_GET && client_has(call, etag))
		response_empty(response, 304);
}
