/* Signing in and out. */
#include "store/session.h"

#include "api/call.h"
#include "api/guard.h"
#include "api/routes.h"
#include "crypto/password.h"
#include "crypto/token.h"

#define SESSION_SECONDS (30 * 24 * 60 * 60)
#define RETRY_SECONDS 300 /* failures count for 15 minutes; some will be forgotten by then */
#define ADDRESS_MAX 45

static void
set_cookie(struct call *call, const char *token, int seconds)
{
	response_header(call->response, "Set-Cookie",
		arena_printf(call->arena, SESSION_COOKIE "=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Lax",
			token, seconds));
}

/* As nginx saw it. */
static const char *
client_address(const struct call *call)
{
	struct str address = request_param(call->request, "REMOTE_ADDR");
	if (address.n > ADDRESS_MAX)
		address.n = ADDRESS_MAX;
	return arena_strz(call->arena, address);
}

/* Headers are bytes; the database takes text. */
static struct str
user_agent(const struct call *call)
{
	struct str agent;
	if (!request_header(call->request, "User-Agent", &agent))
		return STR("");
	size_t good = str_utf8_bad(agent);
	return (struct str){agent.p, good};
}

/* The same work and the same words for an unknown person, a wrong password and a disabled account. */
static bool
check_password(struct call *call, const struct sign_in *who, struct str email, struct err *err)
{
	struct str password = call_body_text(call, "password", "");
	if (!password_slot_take(call->api->slots, err))
		return false;
	bool right = who->known ? password_verify(who->password_hash, password) : password_verify_nobody(password);
	password_slot_give(call->api->slots);
	if (right)
		return true;
	if (!session_failed(&call->caller, email, client_address(call), err))
		return false;
	return err_set(err, ERR_UNAUTHENTICATED, "E-mail or password is wrong. Check both.");
}

bool
sign_in(struct call *call, struct err *err)
{
	struct str email = call_body_text(call, "email", ""), json;
	struct sign_in who;
	if (!session_look(&call->caller, email, client_address(call), &who, err))
		return false;
	if (!who.allowed) {
		err_set(err, ERR_RATE_LIMITED, "Too many failed attempts from here. Wait a few minutes.");
		err->retry_after_seconds = RETRY_SECONDS;
		return false;
	}
	if (!check_password(call, &who, email, err))
		return false;
	/* A new session always; the one of this browser ends, so that nobody who knew it is signed in now. */
	unsigned char old[CALLER_TOKEN_SIZE];
	bool had = guard_token(call->request, old) == GUARD_TOKEN;
	char token[TOKEN_TEXT_SIZE];
	token_new(token);
	token_hash(str_of(token), call->caller.token);
	if (!session_open(&call->caller, had ? old : NULL, who.person, client_address(call), user_agent(call),
		    SESSION_SECONDS, &json, err))
		return false;
	set_cookie(call, token, SESSION_SECONDS);
	response_json(call->response, 200, json);
	return true;
}

bool
read_session(struct call *call, struct err *err)
{
	struct str json;
	if (!session_read(&call->caller, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
sign_out(struct call *call, struct err *err)
{
	if (guard_token(call->request, call->caller.token) == GUARD_TOKEN && !session_close(&call->caller, err))
		return false;
	set_cookie(call, "", 0);
	response_empty(call->response, 204);
	return true;
}
