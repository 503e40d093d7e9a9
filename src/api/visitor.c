/* See visitor.h. */
#include "api/visitor.h"

#include "api/guard.h"

#define ADDRESS_MAX 45

void
visitor_set_cookie(struct call *call, const char *token, int seconds)
{
	response_header(call->response, "Set-Cookie",
		arena_printf(call->arena, SESSION_COOKIE "=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Lax",
			token, seconds));
	response_header(call->response, "Set-Cookie",
		arena_printf(call->arena, HERE_COOKIE "=%s; Path=/; Max-Age=%d; Secure; SameSite=Lax",
			seconds > 0 ? "1" : "", seconds));
}

void
visitor_set_challenge(struct call *call, const char *token, int seconds)
{
	response_header(call->response, "Set-Cookie",
		arena_printf(call->arena, CHALLENGE_COOKIE "=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Strict",
			token, seconds));
}

const char *
visitor_address(const struct call *call)
{
	struct str address = request_param(call->request, "REMOTE_ADDR");
	if (address.n > ADDRESS_MAX)
		address.n = ADDRESS_MAX;
	return arena_strz(call->arena, address);
}

/* Headers are bytes; the database takes text. */
struct str
visitor_agent(const struct call *call)
{
	struct str agent;
	if (!request_header(call->request, "User-Agent", &agent))
		return STR("");
	size_t good = str_utf8_bad(agent);
	return (struct str){agent.p, good};
}
