/* Signing in and out. */
#include "store/session.h"

#include "api/call.h"
#include "api/guard.h"
#include "api/routes.h"
#include "api/visitor.h"
#include "crypto/password.h"
#include "crypto/token.h"
#include "store/attempt.h"

/* The same work and the same words for an unknown person, a wrong password and a disabled account. */
static bool
check_password(struct call *call, const struct attempt *attempt, const struct sign_in *who, struct err *err)
{
	struct str password = call_body_text(call, "password", "");
	if (!password_slot_take(call->api->slots, err)) {
		attempt_forget(&call->caller, attempt);
		return false;
	}
	bool right = who->known ? password_verify(who->password_hash, password) : password_verify_nobody(password);
	password_slot_give(call->api->slots);
	/* Of an unknown address too, so that it takes as long. */
	if (!right && !session_refused(&call->caller, attempt, call_body_text(call, "email", ""), err))
		return false;
	return right || err_set(err, ERR_UNAUTHENTICATED, "E-mail or password is wrong. Check both.");
}

/* Small letters as the database makes them would need a look into it: ASCII is enough to count one account as one. */
static struct attempt
sign_in_attempt(const struct call *call, struct str email)
{
	struct attempt attempt = {.id = id_new(), .address = visitor_address(call)};
	char *what = arena_printf(call->arena, "sign-in:%.*s|%s", STR_ARG(email), attempt.address);
	for (char *c = what; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
	attempt.what = what;
	return attempt;
}

bool
sign_in(struct call *call, struct err *err)
{
	struct str email = call_body_text(call, "email", ""), json;
	struct sign_in who;
	struct attempt attempt = sign_in_attempt(call, email);
	if (!session_look(&call->caller, &attempt, email, &who, err) || !check_password(call, &attempt, &who, err))
		return false;
	if (who.second_factor)
		return ask_second_factor(call, &attempt, who.person, err);
	/* A new session always; the one of this browser ends, so that nobody who knew it is signed in now. */
	unsigned char old[CALLER_TOKEN_SIZE];
	bool had = guard_token(call->request, old) == GUARD_TOKEN;
	char token[TOKEN_TEXT_SIZE];
	token_new(token);
	token_hash(str_of(token), call->caller.token);
	if (!session_open(&call->caller, &attempt, had ? old : NULL, who.person, visitor_agent(call), SESSION_SECONDS,
		    &json, err))
		return false;
	visitor_set_cookie(call, token, SESSION_SECONDS);
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
	unsigned char bearer[CALLER_TOKEN_SIZE];
	if (guard_bearer(call->request, bearer) != GUARD_NO_TOKEN)
		return err_set(err, ERR_SCOPE, "A token cannot do this. It takes a person who is signed in.");
	if (guard_token(call->request, call->caller.token) == GUARD_TOKEN && !session_close(&call->caller, err))
		return false;
	visitor_set_cookie(call, "", 0);
	response_empty(call->response, 204);
	return true;
}
