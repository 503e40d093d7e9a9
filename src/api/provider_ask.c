/* Asking a sign-in provider; see provider_ask.h. */
#include "api/provider_ask.h"

#include "base/buf.h"
#include "base/time.h"
#include "crypto/password.h"
#include "crypto/signature.h"
#include "net/fetch.h"

#include <sodium.h>
#include <stdlib.h>

#define PATIENCE_US ((int64_t)5000000)
#define REMEMBER_US ((int64_t)3600 * 1000000)
#define KEYS_AGAIN_US ((int64_t)10 * 1000000) /* for unknown keys; anybody can name one */
#define REMEMBERED 8
#define FORM_MAX ((size_t)32 << 10)

static const struct json_limits limits = {.bytes = FETCH_ANSWER_MAX, .depth = 16, .nodes = 20000};

/* What a provider says of itself. Of this worker, in an arena of its own. */
struct facts {
	struct arena *arena;
	char *issuer;
	int64_t read_us, keys_read_us, keys_again_us; /* boot clock */
	struct str authorization, token, keys_at;
	bool secret_in_form; /* it does not take it in a header */
	struct arena *keys_arena;
	const struct json *keys;
};
struct provider_memory {
	struct facts facts[REMEMBERED];
};

bool
provider_trouble(struct err *err, const char *word, const char *why)
{
	err_clear(err);
	err_issue(err, "provider", word, "%s", why);
	err_detail(err, "%s", why);
	return false;
}

/* ---- one question ---- */

static bool
ask_json(struct call *call, struct arena *arena, const struct fetch_request *request, struct json **ret_doc,
	struct err *err)
{
	struct fetch_answer answer;
	if (!fetch(call->arena, call->api->fetch, request, &answer, err))
		return provider_trouble(
			err, "provider_unreachable", arena_printf(call->arena, "%s (%s)", err->message, err->detail));
	if (answer.status != 200) {
		/* The provider says no to a code; anything else is that it does not work. */
		return provider_trouble(err,
			request->form.p && answer.status >= 400 && answer.status < 500 ? "provider_refused"
										       : "provider_unreachable",
			arena_printf(call->arena, "it answered with status %d", answer.status));
	}
	if (!json_read(arena, arena_str(arena, answer.body), &limits, ret_doc, err) || (*ret_doc)->type != JSON_OBJECT)
		return provider_trouble(err, "provider_invalid", "its answer is not a JSON object");
	return true;
}

/* ---- what it says of itself ---- */

static bool
is_https_like(struct str url, const char *issuer)
{
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f || url.p[i] == '#')
			return false;
	if (str_starts(url, STR("https://")))
		return true;
	return str_starts(url, STR("http://")) && str_starts(str_of(issuer), STR("http://"));
}

static bool
endpoint(const struct json *doc, const char *name, const char *issuer, struct str *ret_url)
{
	return json_get_str(doc, name, ret_url) && is_https_like(*ret_url, issuer);
}

static bool
lists(const struct json *list, const char *word)
{
	json_each (one, list)
		if (one->type == JSON_STRING && str_is(one->text, word))
			return true;
	return false;
}

static void
forget(struct facts *facts)
{
	arena_free(facts->arena);
	arena_free(facts->keys_arena);
	*facts = (struct facts){0};
}

static bool
discover(struct call *call, const char *issuer, int64_t deadline_us, struct facts *facts, struct err *err)
{
	size_t n = strlen(issuer);
	struct json *doc;
	struct str said;
	while (n > 0 && issuer[n - 1] == '/')
		n--;
	struct fetch_request request = {
		.url = arena_printf(call->arena, "%.*s/.well-known/openid-configuration", (int)n, issuer),
		.deadline_us = deadline_us,
	};
	facts->arena = arena_new();
	if (!ask_json(call, facts->arena, &request, &doc, err)) {
		forget(facts);
		return false;
	}
	const struct json *ways = json_get(doc, "token_endpoint_auth_methods_supported");
	facts->issuer = arena_strdup(facts->arena, issuer);
	facts->read_us = boot_us();
	facts->secret_in_form = ways && !lists(ways, "client_secret_basic");
	if (!json_get_str(doc, "issuer", &said) || !str_is(said, issuer) ||
		!endpoint(doc, "authorization_endpoint", issuer, &facts->authorization) ||
		!endpoint(doc, "token_endpoint", issuer, &facts->token) ||
		!endpoint(doc, "jwks_uri", issuer, &facts->keys_at)) {
		forget(facts);
		return provider_trouble(err, "provider_invalid",
			"its discovery document names another issuer, or lacks an address that begins with https");
	}
	return true;
}

/* The one of this issuer; else a free place, else the oldest. */
static bool
facts_of(struct call *call, struct str issuer, int64_t deadline_us, struct facts **ret_facts, struct err *err)
{
	struct provider_memory *memory = call->api->providers;
	struct facts *place = NULL;
	if (!memory)
		memory = call->api->providers = calloc(1, sizeof *memory);
	if (!memory)
		out_of_memory();
	for (int i = 0; i < REMEMBERED; i++) {
		struct facts *facts = &memory->facts[i];
		bool same = facts->issuer && str_is(issuer, facts->issuer);
		if (same && facts->read_us > boot_us() - REMEMBER_US) {
			*ret_facts = facts;
			return true;
		}
		if (same || !place || facts->read_us < place->read_us)
			place = facts;
		if (same)
			break;
	}
	forget(place);
	*ret_facts = place;
	return discover(call, arena_strz(call->arena, issuer), deadline_us, place, err);
}

static bool
read_keys(struct call *call, struct facts *facts, int64_t deadline_us, struct err *err)
{
	struct arena *arena = arena_new();
	struct json *doc;
	struct fetch_request request = {.url = arena_strz(call->arena, facts->keys_at), .deadline_us = deadline_us};
	if (!ask_json(call, arena, &request, &doc, err)) {
		arena_free(arena);
		return false;
	}
	arena_free(facts->keys_arena);
	facts->keys_arena = arena;
	facts->keys = doc;
	facts->keys_read_us = boot_us();
	return true;
}

/* ---- the code ---- */

static const char *
basic_authorization(struct arena *arena, struct str client, struct str secret)
{
	struct buf pair;
	buf_init(&pair, FORM_MAX);
	/* Both are form-encoded first (RFC 6749, 2.3.1). */
	fetch_add_value(&pair, client);
	buf_add_char(&pair, ':');
	fetch_add_value(&pair, secret);
	size_t room = sodium_base64_ENCODED_LEN(pair.n, sodium_base64_VARIANT_ORIGINAL);
	char *text = arena_alloc(arena, room);
	sodium_bin2base64(text, room, (const unsigned char *)pair.p, pair.n, sodium_base64_VARIANT_ORIGINAL);
	sodium_memzero(pair.p, pair.n);
	buf_release(&pair);
	return arena_printf(arena, "Basic %s", text);
}

static bool
exchange(struct call *call, const struct provider_ask *ask, const struct facts *facts, struct str secret,
	struct str code, int64_t deadline_us, struct str *ret_id_token, struct err *err)
{
	struct fetch_request request = {.url = arena_strz(call->arena, facts->token), .deadline_us = deadline_us};
	struct json *doc;
	struct buf form;
	buf_init(&form, FORM_MAX);
	fetch_add_field(&form, "grant_type", STR("authorization_code"));
	fetch_add_field(&form, "code", code);
	fetch_add_field(&form, "redirect_uri", str_of(ask->callback));
	fetch_add_field(&form, "code_verifier", str_of(ask->verifier));
	if (facts->secret_in_form) {
		fetch_add_field(&form, "client_id", ask->client);
		fetch_add_field(&form, "client_secret", secret);
	} else {
		request.authorization = basic_authorization(call->arena, ask->client, secret);
	}
	request.form = buf_str(&form);
	bool ok = ask_json(call, call->arena, &request, &doc, err);
	sodium_memzero(form.p, form.n);
	buf_release(&form);
	if (ok && !json_get_str(doc, "id_token", ret_id_token))
		return provider_trouble(err, "provider_invalid", "its answer to the code holds no ID token");
	return ok;
}

/* With the keys that are known; once more when the provider may have a new one. */
static bool
check_token(struct call *call, const struct provider_ask *ask, struct facts *facts, struct str text,
	int64_t deadline_us, struct id_token *ret_token, struct err *err)
{
	struct id_token_expect expect = {ask->issuer, ask->client, str_of(ask->nonce), wall_us()};
	const char *why;
	bool fresh = facts->keys && facts->keys_read_us > boot_us() - REMEMBER_US;
	if (!fresh && !read_keys(call, facts, deadline_us, err))
		return false;
	enum id_token_verdict verdict = id_token_check(call->arena, text, facts->keys, &expect, ret_token, &why);
	if (verdict == ID_TOKEN_UNKNOWN_KEY && fresh && facts->keys_again_us < boot_us() - KEYS_AGAIN_US) {
		facts->keys_again_us = boot_us();
		if (!read_keys(call, facts, deadline_us, err))
			return false;
		verdict = id_token_check(call->arena, text, facts->keys, &expect, ret_token, &why);
	}
	return verdict == ID_TOKEN_GOOD ||
	       provider_trouble(err, "provider_invalid", arena_printf(call->arena, "its ID token is refused: %s", why));
}

/* ---- both ways ---- */

/* Few workers wait for others' servers at a time: the rest of the API stays quick when a provider is slow. */
static bool
take_turn(struct call *call, struct err *err)
{
	return password_slot_take(call->api->outside, err) ||
	       provider_trouble(err, "busy", "other sign-ins are waiting for their providers");
}

bool
provider_where(struct call *call, const struct provider_ask *ask, const char **ret_url, struct err *err)
{
	struct facts *facts;
	struct buf url;
	if (!take_turn(call, err))
		return false;
	bool ok = facts_of(call, ask->issuer, boot_us() + PATIENCE_US, &facts, err);
	password_slot_give(call->api->outside);
	if (!ok)
		return false;
	buf_init(&url, FORM_MAX);
	buf_add_str(&url, facts->authorization);
	if (!memchr(facts->authorization.p, '?', facts->authorization.n))
		buf_add_char(&url, '?');
	fetch_add_field(&url, "response_type", STR("code"));
	fetch_add_field(&url, "scope", STR("openid email profile"));
	fetch_add_field(&url, "client_id", ask->client);
	fetch_add_field(&url, "redirect_uri", str_of(ask->callback));
	fetch_add_field(&url, "state", str_of(ask->state));
	fetch_add_field(&url, "nonce", str_of(ask->nonce));
	fetch_add_field(&url, "code_challenge", str_of(sha256_base64url(call->arena, str_of(ask->verifier))));
	fetch_add_field(&url, "code_challenge_method", STR("S256"));
	*ret_url = arena_strz(call->arena, buf_str(&url));
	buf_release(&url);
	return true;
}

bool
provider_who(struct call *call, const struct provider_ask *ask, struct str secret, struct str code, struct str issuer,
	struct id_token *ret_token, struct err *err)
{
	int64_t deadline_us = boot_us() + PATIENCE_US;
	struct facts *facts;
	struct str text;
	if (issuer.p && !str_eq(issuer, ask->issuer))
		return provider_trouble(err, "provider_invalid", "the answer is from another issuer (iss)");
	if (!take_turn(call, err))
		return false;
	bool ok = facts_of(call, ask->issuer, deadline_us, &facts, err) &&
		  exchange(call, ask, facts, secret, code, deadline_us, &text, err) &&
		  check_token(call, ask, facts, text, deadline_us, ret_token, err);
	password_slot_give(call->api->outside);
	return ok;
}
