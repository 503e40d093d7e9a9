/* The second factor: set up, turned off, its recovery codes; and the second half of signing in. See crypto/totp.h. */
#include "store/second_factor.h"

#include "api/call.h"
#include "api/guard.h"
#include "api/routes.h"
#include "api/visitor.h"
#include "base/time.h"
#include "crypto/password.h"
#include "crypto/seal.h"
#include "crypto/token.h"
#include "crypto/totp.h"
#include "json/writer.h"

#include <sodium.h>

#define NAME STR("second factor") /* inside of the seal, besides the person's id */

static bool
wrong_code(struct err *err)
{
	return err_issue(
		err, "/code", "wrong", "is not right, or was used before. Wait for the next one and try that.");
}

/* What the database says of a code that was taken meanwhile, with its place. */
static bool
place_of_refusal(struct err *err)
{
	if (err->code == ERR_INVALID && err->issue_count == 0) {
		err_clear(err);
		return wrong_code(err);
	}
	return false;
}

/* ---- codes ---- */

/* The step of an authenticator's code. Without the key, or under another one, nobody can tell: recovery codes still work. */
static bool
find_step(const struct call *call, const struct second_factor *factor, struct str code, int64_t *ret_step,
	struct err *err)
{
	struct seal_public own;
	struct secret *secret;
	if (!factor->has_secret)
		return wrong_code(err);
	if (call->api->key)
		seal_key_public(call->api->key, &own);
	if (!call->api->key || !id_eq(own.id, factor->key) ||
		!seal_open(call->api->key, factor->person, NAME, factor->sealed, &secret, err))
		return err_set(err, ERR_CONFLICT,
			"Codes of the app cannot be checked: this server does not have the key that they were set up "
			"with. "
			"Use a recovery code, or ask an administrator.");
	bool found = totp_find(secret_text(secret), code, wall_us(), ret_step);
	secret_free(secret);
	return found || wrong_code(err);
}

/* Six digits are the app's; sixteen letters and digits are a recovery code. */
static bool
read_code(const struct call *call, const struct second_factor *factor, struct second_factor_code *ret_code,
	struct err *err)
{
	struct str code = call_body_text(call, "code", "");
	ret_code->is_step = code.n == TOTP_DIGITS;
	if (ret_code->is_step)
		return find_step(call, factor, code, &ret_code->step, err);
	return recovery_code_hash(&factor->person, code, ret_code->hash) || wrong_code(err);
}

/* New recovery codes: the answer that shows them once, and their hashes for the database. */
static struct str
new_codes(struct call *call, const struct id *person, struct recovery_hashes *ret_hashes)
{
	unsigned char(*hash)[RECOVERY_HASH_SIZE] = arena_array(call->arena, RECOVERY_CODES, sizeof *hash);
	struct json_writer w;
	struct buf out;
	buf_init(&out, 4096);
	json_writer_init(&w, &out, 0);
	json_object(&w);
	json_key(&w, "recovery_codes");
	json_array(&w);
	for (int i = 0; i < RECOVERY_CODES; i++) {
		char code[RECOVERY_TEXT_SIZE];
		recovery_code_new(code);
		recovery_code_hash(person, str_of(code), hash[i]);
		json_strz(&w, code);
	}
	json_end(&w);
	json_end(&w);
	*ret_hashes = (struct recovery_hashes){RECOVERY_CODES, hash};
	struct str json = arena_str(call->arena, buf_str(&out));
	buf_release(&out);
	return json;
}

/* ---- who asks ---- */

/* Nobody takes over an account, or locks its owner out, with a session that was left open: the password is asked for. */
static bool
check_password(struct call *call, const struct second_factor *factor, struct err *err)
{
	if (!password_slot_take(call->api->slots, err))
		return false;
	bool right = password_verify(factor->password_hash, call_body_text(call, "current_password", ""));
	password_slot_give(call->api->slots);
	return right || err_issue(err, "/current_password", "wrong", "is not your password. Nothing was changed.");
}

/* It is asked for after a password, and changed with one. Who has none signs in by a provider, which has second factors of its own. */
static bool
check_has_password(const struct second_factor *factor, struct err *err)
{
	if (*factor->password_hash)
		return true;
	return err_set(err, ERR_CONFLICT,
		"You have no password, so no second factor can be set up here. Turn one on at the provider you sign in "
		"by, or ask "
		"an administrator for a link that sets a password.");
}

/* An attempt that failed for another reason than a wrong guess does not count. */
static bool
failed(struct call *call, const struct attempt *attempt, struct err *err)
{
	if (err->code != ERR_INVALID)
		attempt_forget(&call->caller, attempt);
	return place_of_refusal(err);
}

static bool
look(struct call *call, struct attempt *attempt, struct second_factor *factor, struct err *err)
{
	*attempt = (struct attempt){.id = id_new(), .what = "", .address = visitor_address(call)};
	return second_factor_look(&call->caller, attempt, factor, err);
}

/* Password and code. */
static bool
prove(struct call *call, struct attempt *attempt, struct second_factor *factor, struct second_factor_code *code,
	struct err *err)
{
	if (!look(call, attempt, factor, err))
		return false;
	if (!factor->enabled)
		err_set(err, ERR_CONFLICT, "You have no second factor. Set it up first.");
	else if (check_password(call, factor, err) && read_code(call, factor, code, err))
		return true;
	return failed(call, attempt, err);
}

/* ---- routes about the account ---- */

bool
read_second_factor(struct call *call, struct err *err)
{
	struct str json = STR("");
	if (!second_factor_read(&call->caller, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

/* What an app scans. Of what people type only the address is in it, every character that could mean something written as %XX. */
static const char *
app_address(struct call *call, struct str email, const char *secret)
{
	struct buf out;
	buf_init(&out, 4096);
	buf_add_z(&out, "otpauth://totp/Stepmill:");
	for (size_t i = 0; i < email.n; i++) {
		unsigned char c = (unsigned char)email.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
			     c == '-' || c == '_';
		if (plain)
			buf_add_char(&out, (char)c);
		else
			buf_printf(&out, "%%%02X", c);
	}
	buf_printf(&out, "?secret=%s&issuer=Stepmill&algorithm=SHA1&digits=%d&period=%d", secret, TOTP_DIGITS,
		TOTP_SECONDS);
	const char *address = arena_strz(call->arena, buf_str(&out));
	buf_release(&out);
	return address;
}

static bool
seal_secret(struct call *call, const struct second_factor *factor, const unsigned char *secret,
	struct seal_public *ret_key, struct str *ret_sealed, struct err *err)
{
	if (!call->api->key)
		return err_set(err, ERR_CONFLICT,
			"Second factors cannot be set up here: the server has no key of its own yet. Its administrator "
			"makes one "
			"with stepmill keys init, and names it in the setting api_key_file.");
	seal_key_public(call->api->key, ret_key);
	return seal(call->arena, ret_key, factor->person, NAME, (struct str){(const char *)secret, TOTP_SECRET_SIZE},
		ret_sealed, err);
}

bool
begin_second_factor(struct call *call, struct err *err)
{
	struct attempt attempt;
	struct second_factor factor;
	struct seal_public key;
	struct str sealed;
	unsigned char secret[TOTP_SECRET_SIZE];
	char text[TOTP_TEXT_SIZE];
	if (!look(call, &attempt, &factor, err))
		return false;
	random_bytes(secret, sizeof secret);
	bool ok = check_has_password(&factor, err) && check_password(call, &factor, err) &&
		  seal_secret(call, &factor, secret, &key, &sealed, err) &&
		  second_factor_begin(&call->caller, &attempt, key.id, sealed, err);
	totp_secret_text(secret, text);
	sodium_memzero(secret, sizeof secret);
	if (!ok)
		return failed(call, &attempt, err);
	response_json(call->response, 201,
		str_of(arena_printf(call->arena, "{\"secret\":\"%s\",\"uri\":\"%s\"}", text,
			app_address(call, factor.email, text))));
	return true;
}

bool
confirm_second_factor(struct call *call, struct err *err)
{
	struct attempt attempt;
	struct second_factor factor;
	struct recovery_hashes hashes;
	int64_t step;
	if (!look(call, &attempt, &factor, err))
		return false;
	if (factor.enabled)
		err_set(err, ERR_CONFLICT, "You have a second factor already. Turn it off first, then set it up anew.");
	else if (!factor.has_secret)
		err_set(err, ERR_CONFLICT,
			"Nothing was set up that this code could confirm. Begin with setting it up.");
	if (err->code != ERR_NONE || !find_step(call, &factor, call_body_text(call, "code", ""), &step, err))
		return failed(call, &attempt, err);
	struct str json = new_codes(call, &factor.person, &hashes);
	if (!second_factor_confirm(&call->caller, &attempt, factor.sealed, step, &hashes, err))
		return failed(call, &attempt, err);
	response_json(call->response, 200, json);
	return true;
}

bool
renew_recovery_codes(struct call *call, struct err *err)
{
	struct attempt attempt;
	struct second_factor factor;
	struct second_factor_code code;
	struct recovery_hashes hashes;
	if (!prove(call, &attempt, &factor, &code, err))
		return false;
	struct str json = new_codes(call, &factor.person, &hashes);
	if (!second_factor_codes(&call->caller, &attempt, &code, &hashes, err))
		return failed(call, &attempt, err);
	response_json(call->response, 200, json);
	return true;
}

bool
disable_second_factor(struct call *call, struct err *err)
{
	struct attempt attempt;
	struct second_factor factor;
	struct second_factor_code code;
	if (!prove(call, &attempt, &factor, &code, err))
		return false;
	if (!second_factor_disable(&call->caller, &attempt, &code, err))
		return failed(call, &attempt, err);
	response_empty(call->response, 204);
	return true;
}

bool
remove_second_factor(struct call *call, struct err *err)
{
	return call_done(call, second_factor_remove(&call->caller, call_id(call, "user_id"), err));
}

/* ---- at sign-in ---- */

/* The challenge is in a cookie alone: no other browser can answer it, and no script can read it. */
bool
ask_second_factor(struct call *call, const struct attempt *attempt, struct id person, struct err *err)
{
	char token[TOKEN_TEXT_SIZE];
	unsigned char hash[CALLER_TOKEN_SIZE];
	token_new(token);
	token_hash(str_of(token), hash);
	if (!challenge_make(&call->caller, attempt, person, hash, err))
		return false;
	visitor_set_challenge(call, token, CHALLENGE_SECONDS);
	return err_set(err, ERR_SECOND_FACTOR,
		"This account has a second factor. Send the code that your app shows, or a recovery code, within five "
		"minutes.");
}

/* Somebody knew the password and not the code, which whoever's account it is should know. */
static bool
refuse_challenge(struct call *call, const struct attempt *attempt, const struct second_factor *factor, struct err *err)
{
	struct err ignored;
	err_clear(&ignored);
	if (err->code == ERR_INVALID)
		challenge_refused(&call->caller, attempt, factor->person, &ignored);
	return failed(call, attempt, err);
}

bool
sign_in_second_factor(struct call *call, struct err *err)
{
	struct attempt attempt = {.id = id_new(), .what = "", .address = visitor_address(call)};
	struct second_factor factor;
	struct second_factor_code code;
	struct str json, cookie;
	unsigned char challenge[CALLER_TOKEN_SIZE], old[CALLER_TOKEN_SIZE];
	char token[TOKEN_TEXT_SIZE];
	if (!request_cookie(call->request, CHALLENGE_COOKIE, &cookie))
		return err_set(err, ERR_UNAUTHENTICATED,
			"This sign-in has come to its end. Begin again with your e-mail address and password.");
	token_hash(cookie, challenge);
	if (!challenge_look(&call->caller, &attempt, challenge, &factor, err))
		return false;
	if (!read_code(call, &factor, &code, err))
		return refuse_challenge(call, &attempt, &factor, err);
	bool had = guard_token(call->request, old) == GUARD_TOKEN;
	token_new(token);
	token_hash(str_of(token), call->caller.token);
	struct challenge_answer answer = {challenge, had ? old : NULL, &code, visitor_agent(call), SESSION_SECONDS};
	if (!challenge_meet(&call->caller, &attempt, &answer, &json, err))
		return refuse_challenge(call, &attempt, &factor, err);
	visitor_set_cookie(call, token, SESSION_SECONDS);
	visitor_set_challenge(call, "", 0);
	response_json(call->response, 200, json);
	return true;
}
