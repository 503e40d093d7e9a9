/* The account of who asks: name, password, sessions; and making one. */
#include "store/account.h"

#include "api/call.h"
#include "api/mail.h"
#include "api/routes.h"
#include "api/visitor.h"
#include "crypto/password.h"
#include "crypto/password_rules.h"
#include "crypto/token.h"

bool
read_account(struct call *call, struct err *err)
{
	struct str json = STR("");
	return call_answer(call, account_read(&call->caller, &json, err), 200, &json);
}

bool
update_account(struct call *call, struct err *err)
{
	struct str json = STR(""), name;
	if (!json_get_str(call->body, "name", &name))
		return read_account(call, err);
	return call_answer(call, account_rename(&call->caller, name, &json, err), 200, &json);
}

bool
read_installation(struct call *call, struct err *err)
{
	struct str json = STR("");
	return call_answer(call, installation_read(&call->caller, &json, err), 200, &json);
}

bool
update_installation(struct call *call, struct err *err)
{
	struct str json = STR(""), sign_up = {NULL, 0};
	json_get_str(call->body, "sign_up", &sign_up);
	return call_answer(call, installation_change(&call->caller, sign_up, &json, err), 200, &json);
}

bool
read_sign_up(struct call *call, struct err *err)
{
	struct str json = STR("");
	if (!sign_up_state(&call->caller, &json, err))
		return false;
	const char *mail = mail_is_on(call) ? "true" : "false";
	json = str_of(arena_printf(call->arena, "%.*s,\"mail\":%s}", (int)json.n - 1, json.p, mail));
	return call_answer(call, true, 200, &json);
}

/* ---- passwords ---- */

static bool
check_new(struct str password, struct str email, const char *place, struct err *err)
{
	const char *why = password_weakness(password, email);
	return !why || err_issue(err, place, "weak", "%s", why);
}

/* The slot must be given back whatever happens in between. */
static bool
hash_new(struct call *call, struct str password, char **ret_hash, struct err *err)
{
	if (!password_slot_take(call->api->slots, err))
		return false;
	bool ok = password_hash(call->arena, password, ret_hash, err);
	password_slot_give(call->api->slots);
	return ok;
}

bool
sign_up(struct call *call, struct err *err)
{
	const char *address = visitor_address(call);
	struct attempt attempt = {
		.id = id_new(), .what = arena_printf(call->arena, "sign-up|%s", address), .address = address};
	struct sign_up made = {
		.person = id_new(),
		.workspace = id_new(),
		.email = call_body_text(call, "email", ""),
		.name = call_body_text(call, "name", ""),
		.agent = visitor_agent(call),
		.address = address,
		.seconds = SESSION_SECONDS,
	};
	struct str password = call_body_text(call, "password", ""), json;
	bool is_open = false;
	char *hash, token[TOKEN_TEXT_SIZE];
	if (!check_new(password, made.email, "/password", err) || !sign_up_look(&call->caller, &attempt, &is_open, err))
		return false;
	if (!is_open)
		return err_set(err, ERR_FORBIDDEN,
			"Nobody can sign up here: the administrator has closed it. Ask for an account.");
	/* Hashed before anybody looks whether the address is known: both answers take the same time. */
	if (!hash_new(call, password, &hash, err))
		return false;
	made.hash = hash;
	token_new(token);
	token_hash(str_of(token), call->caller.token);
	/* An account is made whether or not its owner can be written to. */
	struct mail mail;
	unsigned char confirmation[CALLER_TOKEN_SIZE];
	struct err no_mail = {0};
	if (mail_is_on(call) && mail_address_is_plain(made.email) &&
		mail_confirmation(call, made.email, confirmation, &mail, &no_mail)) {
		made.confirmation = &mail;
		made.confirmation_token = confirmation;
	}
	if (!sign_up_make(&call->caller, &made, &json, err))
		return false;
	visitor_set_cookie(call, token, SESSION_SECONDS);
	response_json(call->response, 201, json);
	return true;
}

/* Compares the current password and hashes the new one under one slot. */
static bool
compare_and_hash(struct call *call, const char *old_hash, char **ret_hash, bool *ret_right, struct err *err)
{
	if (!password_slot_take(call->api->slots, err))
		return false;
	bool ok = true;
	*ret_right = password_verify(old_hash, call_body_text(call, "current_password", ""));
	if (*ret_right)
		ok = password_hash(call->arena, call_body_text(call, "new_password", ""), ret_hash, err);
	password_slot_give(call->api->slots);
	return ok;
}

bool
change_password(struct call *call, struct err *err)
{
	struct attempt attempt = {.id = id_new(), .what = "", .address = visitor_address(call)};
	const char *old_hash;
	struct str email = STR("");
	char *new_hash = NULL;
	bool right = false;
	if (!password_look(&call->caller, &attempt, &old_hash, &email, err))
		return false;
	if (!check_new(call_body_text(call, "new_password", ""), email, "/new_password", err) ||
		!compare_and_hash(call, old_hash, &new_hash, &right, err)) {
		attempt_forget(&call->caller, &attempt);
		return false;
	}
	if (!right)
		return err_issue(err, "/current_password", "wrong", "is not your password. Nothing was changed.");
	return call_done(call, password_change(&call->caller, &attempt, old_hash, new_hash, err));
}

bool
create_reset_link(struct call *call, struct err *err)
{
	char token[TOKEN_TEXT_SIZE];
	unsigned char hash[CALLER_TOKEN_SIZE];
	struct str json;
	token_new(token);
	token_hash(str_of(token), hash);
	if (!reset_link_make(&call->caller, call_id(call, "user_id"), hash, &json, err))
		return false;
	response_json(call->response, 201,
		str_of(arena_printf(call->arena, "{\"token\":\"%s\",%.*s", token, (int)json.n - 1, json.p + 1)));
	return true;
}

static bool
link_not_good(struct err *err)
{
	return err_issue(err, "/token", "used", "was used, has expired, or never was one. Ask for another link.");
}

bool
reset_password(struct call *call, struct err *err)
{
	const char *address = visitor_address(call);
	struct attempt attempt = {
		.id = id_new(), .what = arena_printf(call->arena, "reset|%s", address), .address = address};
	struct str password = call_body_text(call, "password", ""), email;
	unsigned char token[CALLER_TOKEN_SIZE];
	char *hash = NULL;
	bool used = false;
	token_hash(call_body_text(call, "token", ""), token);
	if (!reset_link_look(&call->caller, &attempt, token, &email, err))
		return false;
	if (email.n == 0)
		return link_not_good(err);
	if (!check_new(password, email, "/password", err) || !hash_new(call, password, &hash, err)) {
		attempt_forget(&call->caller, &attempt);
		return false;
	}
	if (!reset_link_use(&call->caller, &attempt, token, hash, &used, err))
		return false;
	if (!used)
		return link_not_good(err);
	response_empty(call->response, 204);
	return true;
}

/* ---- sessions ---- */

bool
list_sessions(struct call *call, struct err *err)
{
	struct str json = STR("");
	return call_answer(call, session_list(&call->caller, &json, err), 200, &json);
}

bool
end_session(struct call *call, struct err *err)
{
	return call_done(call, session_end(&call->caller, call_id(call, "session_id"), err));
}

bool
end_other_sessions(struct call *call, struct err *err)
{
	return call_done(call, sessions_end_others(&call->caller, err));
}
