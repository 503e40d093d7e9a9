/*
 * Any bytes as what lets somebody in: a cookie, an Authorization header, an origin, a cursor, and what a listener of live events sends. A
 * token is only one when it has the form of ours, and a cursor only when we could have written it.
 */
#include "api/cursor.h"
#include "api/guard.h"
#include "live/request.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
cursors(struct arena *arena, struct str text)
{
	static struct err err;
	int64_t us;
	struct id id;
	err_clear(&err);
	if (cursor_read_row(arena, 7, text, "query.cursor", &us, &id, &err))
		must(str_is(text, cursor_write_row(arena, 7, us, id)));
	else
		must(err.code == ERR_MALFORMED || err.code == ERR_INVALID);
}

static void
listeners(struct str text)
{
	static struct err err;
	struct live_place place;
	int64_t number;
	struct str value;
	err_clear(&err);
	if (!live_path(text, &place, &err))
		must(err.code == ERR_NOT_FOUND || err.code == ERR_MALFORMED);
	if (live_number(text, "query.after", &number, &err))
		must(number >= 0);
	if (live_cookie(text, "a", &value))
		must(value.n > 0 && value.p >= text.p && value.p + value.n <= text.p + text.n);
	if (live_bearer(text, &value))
		must(value.p >= text.p && value.p + value.n <= text.p + text.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const names[] = {
		"HTTP_COOKIE=", "HTTP_AUTHORIZATION=", "HTTP_ORIGIN=", "HTTP_SEC_FETCH_SITE="};
	static struct err err;
	struct arena *arena = arena_new();
	struct str text = {(const char *)bytes, size};
	unsigned char hash[CALLER_TOKEN_SIZE];
	char *z = arena_strz(arena, text);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *params[] = {arena_printf(arena, "%s%s", names[i], z), (char *)"REQUEST_METHOD=POST",
			(char *)"REQUEST_URI=/api/session", (char *)"REQUEST_SCHEME=http", (char *)"HTTP_HOST=a", NULL};
		struct request request;
		request_init(&request, arena, params, (struct request_source){NULL, NULL});
		enum guard_token cookie = guard_token(&request, hash), bearer = guard_bearer(&request, hash);
		must(i == 0 || cookie == GUARD_NO_TOKEN);
		must(i == 1 || bearer == GUARD_NO_TOKEN);
		must(cookie != GUARD_TOKEN || strlen(z) >= 43);
		err_clear(&err);
		if (!guard_origin(&request, "http://b", &err))
			must(i >= 2 && err.code == ERR_FORBIDDEN);
	}
	cursors(arena, text);
	listeners(text);
	arena_free(arena);
	return 0;
}
