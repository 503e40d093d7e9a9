/*
 * Any bytes as a request: lines "NAME=value" are what FastCGI gives, what stands behind an empty line is the body. What is taken from it
 * is text without NUL, in UTF-8, each name of the query once, and never more than was said to be the most.
 */
#include "http/request.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define PARAMS_MAX 64

struct rest {
	const char *p;
	size_t n;
	size_t piece; /* so much at a time */
};

static int
read_some(void *context, char *out, int n)
{
	struct rest *rest = context;
	size_t got = (size_t)n < rest->n ? (size_t)n : rest->n;
	if (got > rest->piece)
		got = rest->piece;
	memcpy(out, rest->p, got);
	rest->p += got;
	rest->n -= got;
	return (int)got;
}

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
is_text(struct str s)
{
	must(s.p && !memchr(s.p, '\0', s.n) && str_utf8_bad(s) == s.n);
}

static void
look(struct request *request, struct rest *rest)
{
	static struct err err;
	struct str value;
	err_clear(&err);
	size_t n = strlen(request->id);
	must(n >= 8 && n < REQUEST_ID_SIZE);
	if (request_parse(request, &err)) {
		must(request->segment_count > 0 && request->segment_count <= REQUEST_SEGMENTS_MAX);
		for (unsigned i = 0; i < request->segment_count; i++)
			is_text(request->segments[i]);
		for (unsigned i = 0; i < request->query_count; i++) {
			is_text(request->query[i].name);
			is_text(request->query[i].value);
			for (unsigned k = 0; k < i; k++)
				must(!str_eq(request->query[i].name, request->query[k].name));
		}
	} else {
		must(err.message[0] != '\0' && err_status(err.code) < 500);
	}
	if (request_cookie(request, "__Host-stepmill", &value))
		must(!memchr(value.p, ';', value.n));
	(void)request_content_type_is(request, "application/json");
	(void)request_accepts(request, "application/json");
	bool has = request_has_body(request);
	size_t there = rest->n;
	err_clear(&err);
	if (request_body(request, 1000, &value, &err))
		must(value.n <= 1000 && value.n <= there && (has || value.n == 0 || there > 0));
	else
		must(err.code == ERR_TOO_LARGE || err.code == ERR_MALFORMED);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	char *text = arena_alloc(arena, size + 1);
	memcpy(text, bytes, size);
	text[size] = '\0';
	char *params[PARAMS_MAX + 1];
	unsigned count = 0;
	char *at = text, *end = text + size;
	while (at < end && *at != '\n') {
		char *line = memchr(at, '\n', (size_t)(end - at));
		if (line)
			*line = '\0';
		if (count < PARAMS_MAX)
			params[count++] = at;
		at = line ? line + 1 : end;
	}
	params[count] = NULL;
	at += at < end;
	struct rest rest = {at, (size_t)(end - at), 1 + size % 97};
	struct request request;
	request_init(&request, arena, params, (struct request_source){read_some, &rest});
	look(&request, &rest);
	arena_free(arena);
	return 0;
}
