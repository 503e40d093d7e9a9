/* See guard.h. */
#include "api/guard.h"

#include "crypto/token.h"

#include <strings.h>

/* Whether it looks like what token_new makes. */
static bool
is_random(struct str token)
{
	bool good = token.n == TOKEN_TEXT_SIZE - 1;
	for (size_t i = 0; i < token.n && good; i++) {
		char c = token.p[i];
		good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
		       c == '_';
	}
	return good;
}

enum guard_token
guard_token(const struct request *request, unsigned char ret_hash[CALLER_TOKEN_SIZE])
{
	struct str header, token;
	if (!request_cookie(request, SESSION_COOKIE, &token)) {
		/* Sent twice with different values is not "not sent". */
		bool there = request_header(request, "Cookie", &header) && strstr(header.p, SESSION_COOKIE "=");
		return there ? GUARD_BAD_TOKEN : GUARD_NO_TOKEN;
	}
	if (!is_random(token))
		return GUARD_BAD_TOKEN;
	token_hash(token, ret_hash);
	return GUARD_TOKEN;
}

enum guard_token
guard_bearer(const struct request *request, unsigned char ret_hash[CALLER_TOKEN_SIZE])
{
	struct str header, prefix = STR(API_TOKEN_PREFIX);
	const struct str scheme = STR("Bearer");
	if (!request_header(request, "Authorization", &header) || header.n < scheme.n ||
		strncasecmp(header.p, scheme.p, scheme.n) != 0 || (header.n > scheme.n && header.p[scheme.n] != ' '))
		return GUARD_NO_TOKEN;
	struct str token = {header.p + scheme.n, header.n - scheme.n};
	while (token.n > 0 && *token.p == ' ')
		token = (struct str){token.p + 1, token.n - 1};
	if (!str_starts(token, prefix) || !is_random((struct str){token.p + prefix.n, token.n - prefix.n}))
		return GUARD_BAD_TOKEN;
	token_hash(token, ret_hash);
	return GUARD_TOKEN;
}

static bool
is_own_origin(const struct request *request, struct str origin)
{
	struct str scheme = request_param(request, "REQUEST_SCHEME"), host = request_param(request, "HTTP_HOST");
	return scheme.n > 0 && host.n > 0 &&
	       str_is(origin, arena_printf(request->arena, "%.*s://%.*s", STR_ARG(scheme), STR_ARG(host)));
}

bool
guard_origin(const struct request *request, const char *also, struct err *err)
{
	struct str site, origin;
	bool has_origin = request_header(request, "Origin", &origin);
	if (request->method == HTTP_GET || request->method == HTTP_HEAD || request->method == HTTP_OPTIONS)
		return true;
	if (has_origin && also && *also && str_is(origin, also))
		return true;
	bool ours = true;
	if (request_header(request, "Sec-Fetch-Site", &site))
		ours = str_is(site, "same-origin") || str_is(site, "none");
	else if (has_origin)
		ours = is_own_origin(request, origin);
	if (ours)
		return true;
	return err_set(err, ERR_FORBIDDEN,
		"This request comes from a page of another site. Only Stepmill's own page may change things.");
}
