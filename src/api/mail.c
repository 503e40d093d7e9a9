/* Mail as requests write it, and the links in it; see mail.h. */
#include "api/mail.h"

#include "api/routes.h"
#include "api/visitor.h"
#include "base/buf.h"
#include "base/time.h"
#include "crypto/seal.h"
#include "crypto/token.h"
#include "store/account.h"
#include "store/secret.h"

#include <sodium.h>
#include <stdio.h>
#include <time.h>

#define MESSAGE_MAX ((size_t)32 << 10)
#define LINE 76 /* characters of base64 */

bool
mail_is_on(const struct call *call)
{
	return *call->api->mail_from;
}

bool
mail_is_off(struct err *err, const char *instead)
{
	return err_set(err, ERR_CONFLICT, "This server sends no mail. %s", instead);
}

/* What needs neither quotes nor another encoding: letters, digits and a few signs around one @. */
bool
mail_address_is_plain(struct str address)
{
	const char *at = memchr(address.p, '@', address.n);
	if (!at || at == address.p || at == address.p + address.n - 1 || address.n > 254)
		return false;
	for (size_t i = 0; i < address.n; i++) {
		char c = address.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			     c == '.' || c == '_';
		bool local = address.p + i < at && c && strchr("!#$%&'*+/=?^`{|}~", c);
		if (!plain && !local && address.p + i != at)
			return false;
	}
	return true;
}

static void
add_encoded(struct buf *out, struct arena *arena, const char *text)
{
	size_t n = strlen(text), room = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
	char *encoded = arena_alloc(arena, room);
	sodium_bin2base64(encoded, room, (const unsigned char *)text, n, sodium_base64_VARIANT_ORIGINAL);
	n = strlen(encoded);
	for (size_t at = 0; at < n; at += LINE)
		buf_printf(out, "%.*s\r\n", (int)(n - at < LINE ? n - at : LINE), encoded + at);
}

/* RFC 5322 has names of its own for days and months, whatever the language of this machine. */
static void
add_date(struct buf *out)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = (time_t)(wall_us() / 1000000);
	struct tm t;
	gmtime_r(&now, &t);
	buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday, months[t.tm_mon],
		t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static void
compose(struct call *call, const struct mail_text *text, struct id id, struct buf *out)
{
	const char *from = call->api->mail_from, *domain = strchr(from, '@') + 1;
	char name[ID_TEXT_SIZE];
	id_text(id, name);
	buf_printf(out, "%s\n%.*s\n", from, STR_ARG(text->to));
	buf_printf(out, "From: Stepmill <%s>\r\nTo: <%.*s>\r\nSubject: %s\r\n", from, STR_ARG(text->to), text->subject);
	add_date(out);
	buf_printf(out,
		"Message-ID: <%s@%s>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		name, domain);
	add_encoded(out, call->arena, text->body);
}

bool
mail_write(struct call *call, const struct mail_text *text, struct mail *ret_mail, struct err *err)
{
	struct mail mail = {.id = id_new(), .kind = text->kind, .hours = text->hours};
	struct seal_public to;
	struct buf out;
	if (!secret_key(&call->caller, &to, err))
		return false;
	buf_init(&out, MESSAGE_MAX);
	compose(call, text, mail.id, &out);
	mail.key = to.id;
	bool ok = buf_overflow(&out)
			  ? err_set(err, ERR_TOO_LARGE,
				    "The mail would be too long. Give the workspace, or yourself, a shorter name.")
			  : seal(call->arena, &to, mail.id, MAIL_SEAL_NAME, buf_str(&out), &mail.sealed, err);
	buf_release(&out);
	*ret_mail = mail;
	return ok;
}

const char *
mail_link(struct call *call, const char *page, const char *token)
{
	return arena_printf(call->arena, "%s/%s#%s", call->api->public_url, page, token);
}

/* ---- a new password ---- */

/* Whoever asks is answered the same in the same time, whether or not somebody has the address. */
bool
request_password_reset(struct call *call, struct err *err)
{
	const char *address = visitor_address(call);
	struct attempt attempt = {
		.id = id_new(), .what = arena_printf(call->arena, "reset-request|%s", address), .address = address};
	struct reset_asked asked;
	struct mail mail;
	unsigned char hash[CALLER_TOKEN_SIZE];
	char token[TOKEN_TEXT_SIZE];
	if (!mail_is_on(call))
		return mail_is_off(err, "Ask an administrator for a link that sets a new password.");
	if (!reset_request_look(&call->caller, &attempt, call_body_text(call, "email", ""), &asked, err))
		return false;
	token_new(token);
	token_hash(str_of(token), hash);
	if (!mail_address_is_plain(asked.email)) {
		asked.known = false;
		asked.email = STR("nobody@invalid");
	}
	struct mail_text text = {
		.kind = "password_reset",
		.to = asked.email,
		.subject = "A new password for Stepmill",
		.body = arena_printf(call->arena,
			"Somebody, probably you, asked for a new password for the account with this address at\n%s\n\n"
			"Set it here, within an hour; the link is good once:\n%s\n\n"
			"Was it not you? Then there is nothing to do: without this link nothing changes.\n",
			call->api->public_url, mail_link(call, "reset-password", token)),
		.hours = 1,
	};
	if (!mail_write(call, &text, &mail, err) || !reset_request(&call->caller, &asked, hash, &mail, err))
		return false;
	response_json(call->response, 202, STR("{\"accepted\":true}"));
	return true;
}

/* ---- confirming an address ---- */

bool
mail_confirmation(struct call *call, struct str email, unsigned char *ret_hash, struct mail *ret_mail, struct err *err)
{
	char token[TOKEN_TEXT_SIZE];
	token_new(token);
	token_hash(str_of(token), ret_hash);
	struct mail_text text = {
		.kind = "confirmation",
		.to = email,
		.subject = "Confirm your address for Stepmill",
		.body = arena_printf(call->arena,
			"There is an account with this address at\n%s\n\nIs it yours? Confirm it here, within a "
			"day:\n%s\n\n"
			"If it is not, there is nothing to do.\n",
			call->api->public_url, mail_link(call, "confirm-email", token)),
		.hours = 24,
	};
	return mail_write(call, &text, ret_mail, err);
}

bool
request_email_confirmation(struct call *call, struct err *err)
{
	struct mail mail;
	struct json *account;
	struct str json, email;
	unsigned char hash[CALLER_TOKEN_SIZE];
	if (!account_read(&call->caller, &json, err) ||
		!json_read(call->arena, json, &json_limits_request, &account, err) ||
		!json_get_str(account, "email", &email))
		return false;
	if (!mail_is_on(call)) /* after the guard: strangers are told nothing */
		return mail_is_off(err, "Nobody's address is confirmed here.");
	if (!mail_address_is_plain(email))
		return err_set(err, ERR_CONFLICT,
			"No mail can be sent to your address: it has signs that mail servers do not take. It stays as "
			"it is, and unconfirmed.");
	if (!mail_confirmation(call, email, hash, &mail, err) || !confirmation_make(&call->caller, hash, &mail, err))
		return false;
	response_json(call->response, 202, STR("{\"accepted\":true}"));
	return true;
}

bool
confirm_email(struct call *call, struct err *err)
{
	const char *address = visitor_address(call);
	struct attempt attempt = {
		.id = id_new(), .what = arena_printf(call->arena, "confirm|%s", address), .address = address};
	unsigned char hash[CALLER_TOKEN_SIZE];
	bool good = false;
	token_hash(call_body_text(call, "token", ""), hash);
	if (!confirmation_use(&call->caller, &attempt, hash, &good, err))
		return false;
	if (!good)
		return err_issue(
			err, "/token", "used", "was used, has expired, or never was one. Ask for another mail.");
	attempt_forget(&call->caller, &attempt);
	response_empty(call->response, 204);
	return true;
}
