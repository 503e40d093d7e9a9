/* Signing in by a provider (OpenID Connect, authorization code with PKCE): configured, gone to, come back from. */
#include "store/sign_in_provider.h"

#include "api/guard.h"
#include "api/provider_ask.h"
#include "api/routes.h"
#include "api/visitor.h"
#include "base/log.h"
#include "crypto/seal.h"
#include "crypto/signature.h"
#include "crypto/token.h"
#include "store/session.h"
#include "json/writer.h"

#include <sodium.h>

#define FLOW_COOKIE "__Host-stepmill-sign-in"
#define FLOW_SECONDS 600
#define NAME STR("client secret") /* inside of the seal, besides the provider's id */

/* ---- by an administrator ---- */

static bool
seal_secret(struct call *call, struct provider_change *change, struct err *err)
{
	struct seal_public key;
	struct str secret;
	if (!json_get_str(call->body, "client_secret", &secret))
		return true;
	if (!call->api->key)
		return err_set(err, ERR_CONFLICT,
			"Sign-in providers cannot be set up here: the server has no key of its own yet. Its "
			"administrator makes one "
			"with stepmill keys init, and names it in the setting api_key_file.");
	seal_key_public(call->api->key, &key);
	change->has_secret = true;
	change->key = key.id;
	bool ok = seal(call->arena, &key, change->id, NAME, secret, &change->sealed, err);
	sodium_memzero((char *)(uintptr_t)secret.p, secret.n);
	sodium_memzero((char *)(uintptr_t)call->body_text.p, call->body_text.n);
	return ok;
}

static int
flag(const struct call *call, const char *name, int otherwise)
{
	bool value;
	return json_get_bool(call->body, name, &value) ? value : otherwise;
}

/* https; http for a server that the setting allow_address names, which is known only when it is called. */
static bool
check_issuer(struct str issuer, struct err *err)
{
	bool good = str_starts(issuer, STR("https://")) || str_starts(issuer, STR("http://"));
	for (size_t i = 0; i < issuer.n; i++)
		good = good && (unsigned char)issuer.p[i] > ' ' && !strchr("?#\\\"", issuer.p[i]);
	return good || err_issue(err, "/issuer", "format",
			       "is not an address that begins with https:// and has neither ? nor #");
}

static bool
read_change(struct call *call, int otherwise, struct provider_change *change, struct err *err)
{
	const struct json *rules = json_get(call->body, "rules");
	json_get_str(call->body, "name", &change->name);
	json_get_str(call->body, "issuer", &change->issuer);
	json_get_str(call->body, "client_id", &change->client);
	change->enabled = flag(call, "enabled", otherwise);
	change->create_accounts = flag(call, "create_accounts", otherwise);
	change->link_accounts = flag(call, "link_accounts", otherwise < 0 ? otherwise : 0);
	if (rules)
		change->rules = json_text(call->arena, rules);
	else if (otherwise >= 0)
		change->rules = STR("[]");
	return (!change->issuer.p || check_issuer(change->issuer, err)) && seal_secret(call, change, err);
}

bool
list_sign_in_providers(struct call *call, struct err *err)
{
	struct str json = STR("");
	return call_answer(call, provider_list(&call->caller, &json, err), 200, &json);
}

bool
create_sign_in_provider(struct call *call, struct err *err)
{
	struct provider_change change = {.id = id_new()};
	struct str json = STR("");
	bool ok = read_change(call, 1, &change, err) && provider_make(&call->caller, &change, &json, err);
	return call_answer(call, ok, 201, &json);
}

bool
read_sign_in_provider(struct call *call, struct err *err)
{
	struct str json = STR("");
	return call_answer(call, provider_read(&call->caller, call_id(call, "provider_id"), &json, err), 200, &json);
}

bool
update_sign_in_provider(struct call *call, struct err *err)
{
	struct provider_change change = {.id = call_id(call, "provider_id")};
	struct str json = STR("");
	bool ok = read_change(call, -1, &change, err) && provider_change(&call->caller, &change, &json, err);
	return call_answer(call, ok, 200, &json);
}

bool
delete_sign_in_provider(struct call *call, struct err *err)
{
	return call_done(call, provider_delete(&call->caller, call_id(call, "provider_id"), err));
}

/* ---- of one's own account ---- */

bool
list_identities(struct call *call, struct err *err)
{
	struct str json = STR("");
	return call_answer(call, identity_list(&call->caller, &json, err), 200, &json);
}

bool
remove_identity(struct call *call, struct err *err)
{
	return call_done(call, identity_remove(&call->caller, call_id(call, "provider_id"), err));
}

bool
list_ways_to_sign_in(struct call *call, struct err *err)
{
	struct str json = STR("");
	return call_answer(call, provider_names(&call->caller, &json, err), 200, &json);
}

/* ---- there ---- */

static void
set_flow_cookie(struct call *call, const char *token, int seconds)
{
	/* Lax: it must come along when the provider sends the browser back. */
	response_header(call->response, "Set-Cookie",
		arena_printf(call->arena, FLOW_COOKIE "=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Lax", token,
			seconds));
}

static bool
go_to(struct call *call, const char *where)
{
	response_empty(call->response, 303);
	response_header(call->response, "Location", where);
	return true;
}

/* One of the texts that only the browser with this cookie can know; the database has not even the cookie. */
static const char *
derive(struct call *call, struct str token, const char *what)
{
	unsigned char hash[32];
	crypto_generichash(
		hash, sizeof hash, (const unsigned char *)what, strlen(what), (const unsigned char *)token.p, token.n);
	return base64url_encode(call->arena, (struct str){(const char *)hash, sizeof hash});
}

/* Where people find us. Of what the request says only what the provider knows as well is of use to anybody. */
static const char *
own_url(const struct call *call)
{
	if (*call->api->public_url)
		return call->api->public_url;
	return arena_printf(call->arena, "%.*s://%.*s", STR_ARG(request_param(call->request, "REQUEST_SCHEME")),
		STR_ARG(request_param(call->request, "HTTP_HOST")));
}

static struct provider_ask
ask_of(struct call *call, const struct provider_flow *flow, struct str token)
{
	char provider[ID_TEXT_SIZE];
	id_text(call_id(call, "provider_id"), provider);
	return (struct provider_ask){
		.issuer = flow->issuer,
		.client = flow->client,
		.callback = arena_printf(call->arena, "%s/api/sign-in-providers/%s/callback", own_url(call), provider),
		.state = derive(call, token, "state"),
		.nonce = derive(call, token, "nonce"),
		.verifier = derive(call, token, "verifier"),
	};
}

/* The browser is on its way: what went wrong is shown by the page, and told in the log. */
static bool
tell_page(struct call *call, const struct err *err)
{
	char *provider = arena_alloc(call->arena, ID_TEXT_SIZE);
	const char *word = err->issue_count > 0 ? err->issues[0].code : "error";
	id_text(call_id(call, "provider_id"), provider);
	log_warn("sign-in by a provider came to nothing", LOG_STR("provider", provider), LOG_STR("problem", word),
		LOG_STR("why", err->detail), LOG_STR("request_id", call->request->id));
	set_flow_cookie(call, "", 0);
	return go_to(call, arena_printf(call->arena, "/sign-in?problem=%s", word));
}

bool
start_provider_sign_in(struct call *call, struct err *err)
{
	struct provider_flow flow;
	struct str page = STR("/");
	bool connects = false;
	char token[TOKEN_TEXT_SIZE];
	unsigned char hash[CALLER_TOKEN_SIZE], session[CALLER_TOKEN_SIZE];
	const char *url;
	call_text(call, "to", &page);
	json_get_bool(call->params, "connect", &connects);
	if (connects && guard_token(call->request, session) != GUARD_TOKEN)
		return err_set(
			err, ERR_UNAUTHENTICATED, "You are not signed in, or the session has ended. Sign in again.");
	token_new(token);
	token_hash(str_of(token), hash);
	if (!flow_begin(&call->caller, call_id(call, "provider_id"), hash, connects ? session : NULL, page, &flow, err))
		return false;
	struct provider_ask ask = ask_of(call, &flow, str_of(token));
	if (!provider_where(call, &ask, &url, err))
		return tell_page(call, err);
	set_flow_cookie(call, token, FLOW_SECONDS);
	return go_to(call, url);
}

/* ---- and back ---- */

/* The cookie's token, when the answer belongs to it. */
static bool
read_state(struct call *call, struct str *ret_token, struct err *err)
{
	struct str state;
	if (!request_cookie(call->request, FLOW_COOKIE, ret_token) || ret_token->n != TOKEN_TEXT_SIZE - 1)
		return provider_trouble(err, "ended", "the browser has no sign-in under way");
	const char *wanted = derive(call, *ret_token, "state");
	if (!call_text(call, "state", &state) || state.n != strlen(wanted) ||
		sodium_memcmp(state.p, wanted, state.n) != 0)
		return provider_trouble(err, "ended", "the state is not that of the sign-in under way");
	return true;
}

static bool
open_secret(struct call *call, const struct provider_flow *flow, struct secret **ret_secret, struct err *err)
{
	struct seal_public own;
	if (call->api->key)
		seal_key_public(call->api->key, &own);
	if (!call->api->key || !id_eq(own.id, flow->key) ||
		!seal_open(call->api->key, call_id(call, "provider_id"), NAME, flow->sealed, ret_secret, err))
		return provider_trouble(
			err, "error", "the client secret does not open with this server's key; set it again");
	return true;
}

static bool
find_person(struct call *call, struct provider_flow *flow, struct identity_person *ret_person, struct err *err)
{
	unsigned char hash[CALLER_TOKEN_SIZE];
	struct str token, code = {NULL, 0}, issuer = {NULL, 0};
	struct secret *secret;
	struct id_token who;
	if (!read_state(call, &token, err))
		return false;
	token_hash(token, hash);
	if (!flow_end(&call->caller, call_id(call, "provider_id"), hash, flow, err))
		return err->code == ERR_NOT_FOUND ? provider_trouble(err, "ended", "the sign-in has ended") : false;
	if (!call_text(call, "code", &code))
		return provider_trouble(err, "provider_refused", "it sent an error in the place of a code");
	call_text(call, "iss", &issuer);
	if (!open_secret(call, flow, &secret, err))
		return false;
	struct provider_ask ask = ask_of(call, flow, token);
	bool ok = provider_who(call, &ask, secret_text(secret), code, issuer, &who, err);
	secret_free(secret);
	if (!ok)
		return false;
	struct identity identity = {
		.provider = call_id(call, "provider_id"),
		.subject = who.subject,
		.email = who.email,
		.email_verified = who.email_verified,
		.name = who.name,
		.claims = json_text(call->arena, who.claims),
		.address = visitor_address(call),
	};
	if (!identity_person(&call->caller, &identity, flow, ret_person, err))
		return false;
	return ret_person->refusal.n == 0 ||
	       provider_trouble(err, arena_strz(call->arena, ret_person->refusal), "the person may not sign in so");
}

/* A new session, as after a password; or the question for the second factor. */
static bool
let_in(struct call *call, const struct provider_flow *flow, const struct identity_person *who, struct err *err)
{
	struct attempt none = {.id = id_new(), .what = "", .address = visitor_address(call)};
	unsigned char old[CALLER_TOKEN_SIZE];
	char token[TOKEN_TEXT_SIZE];
	struct str json;
	bool had = guard_token(call->request, old) == GUARD_TOKEN;
	if (flow->connects)
		return true;
	if (who->second_factor) {
		ask_second_factor(call, &none, who->person, err);
		return err->code == ERR_SECOND_FACTOR ? provider_trouble(err, "second_factor", "a code is asked for")
						      : false;
	}
	token_new(token);
	token_hash(str_of(token), call->caller.token);
	if (!session_open(&call->caller, &none, had ? old : NULL, who->person, visitor_agent(call), SESSION_SECONDS,
		    &json, err))
		return false;
	visitor_set_cookie(call, token, SESSION_SECONDS);
	return true;
}

bool
finish_provider_sign_in(struct call *call, struct err *err)
{
	struct provider_flow flow;
	struct identity_person who;
	if (!find_person(call, &flow, &who, err) || !let_in(call, &flow, &who, err))
		return err->code == ERR_UNAVAILABLE ? false : tell_page(call, err);
	set_flow_cookie(call, "", 0);
	return go_to(call, arena_strz(call->arena, flow.back_to));
}
