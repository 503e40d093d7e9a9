/* ID tokens; see id_token.h. */
#include "api/id_token.h"

#include "crypto/signature.h"

#include <sodium.h>

#define TEXT_MAX ((size_t)64 << 10)
#define EMAIL_MAX 254

static const struct json_limits limits = {.bytes = TEXT_MAX, .depth = 16, .nodes = 4000};

struct parts {
	struct str signed_text; /* header and payload as they came */
	struct str signature;
	const struct json *header, *claims;
};

static bool
read_object(struct arena *arena, struct str text, const struct json **ret_object)
{
	struct err ignored = {0};
	struct str bytes;
	struct json *doc;
	if (!base64url_decode(arena, text, &bytes) || !json_read(arena, bytes, &limits, &doc, &ignored) ||
		doc->type != JSON_OBJECT)
		return false;
	*ret_object = doc;
	return true;
}

/* header.payload.signature */
static bool
take_apart(struct arena *arena, struct str text, struct parts *ret_parts)
{
	if (text.n > TEXT_MAX)
		return false;
	const char *first = memchr(text.p, '.', text.n);
	if (!first)
		return false;
	size_t rest = text.n - (size_t)(first + 1 - text.p);
	const char *second = memchr(first + 1, '.', rest);
	if (!second)
		return false;
	struct str header = {text.p, (size_t)(first - text.p)}, payload = {first + 1, (size_t)(second - first - 1)};
	struct str signature = {second + 1, text.n - (size_t)(second + 1 - text.p)};
	ret_parts->signed_text = (struct str){text.p, (size_t)(second - text.p)};
	return base64url_decode(arena, signature, &ret_parts->signature) && ret_parts->signature.n > 0 &&
	       read_object(arena, header, &ret_parts->header) && read_object(arena, payload, &ret_parts->claims);
}

/* ---- the signature ---- */

static bool
key_bytes(struct arena *arena, const struct json *key, const char *name, struct str *ret_bytes)
{
	struct str text;
	return json_get_str(key, name, &text) && base64url_decode(arena, text, ret_bytes);
}

static bool
member_is(const struct json *object, const char *name, const char *wanted)
{
	struct str text;
	return json_get_str(object, name, &text) && str_is(text, wanted);
}

/* Whether it is for signatures of this kind; a key that says nothing of its use is for all that its kind can do. */
static bool
key_fits(const struct json *key, const char *algorithm, bool rsa)
{
	if (!member_is(key, "kty", rsa ? "RSA" : "EC") || (json_get(key, "use") && !member_is(key, "use", "sig")) ||
		(json_get(key, "alg") && !member_is(key, "alg", algorithm)))
		return false;
	return rsa || member_is(key, "crv", "P-256");
}

static bool
signed_by(struct arena *arena, const struct json *key, bool rsa, const struct parts *parts)
{
	struct str a, b;
	if (rsa)
		return key_bytes(arena, key, "n", &a) && key_bytes(arena, key, "e", &b) &&
		       signature_rs256(a, b, parts->signed_text, parts->signature);
	return key_bytes(arena, key, "x", &a) && key_bytes(arena, key, "y", &b) &&
	       signature_es256(a, b, parts->signed_text, parts->signature);
}

/* With a kid only the key of that name counts; without, any that fits. */
static enum id_token_verdict
check_signature(struct arena *arena, const struct parts *parts, const struct json *keys, const char **ret_why)
{
	struct str kid = {NULL, 0}, named;
	bool rsa = member_is(parts->header, "alg", "RS256"), found = false;
	*ret_why = "its algorithm is neither RS256 nor ES256, or its header asks for more than we know";
	if ((!rsa && !member_is(parts->header, "alg", "ES256")) || json_get(parts->header, "crit"))
		return ID_TOKEN_BAD;
	json_get_str(parts->header, "kid", &kid);
	json_each (key, json_get(keys, "keys")) {
		if (kid.p && (!json_get_str(key, "kid", &named) || !str_eq(named, kid)))
			continue;
		if (!key_fits(key, rsa ? "RS256" : "ES256", rsa))
			continue;
		found = true;
		if (signed_by(arena, key, rsa, parts))
			return ID_TOKEN_GOOD;
	}
	*ret_why = found ? "its signature is wrong" : "it is signed with a key that the provider does not publish";
	return found && kid.p ? ID_TOKEN_BAD : ID_TOKEN_UNKNOWN_KEY;
}

/* ---- what it says ---- */

static bool
is_for_us(const struct json *claims, struct str client)
{
	const struct json *audience = json_get(claims, "aud"), *party = json_get(claims, "azp");
	bool found = audience && audience->type == JSON_STRING && str_eq(audience->text, client);
	if (audience && audience->type == JSON_ARRAY)
		json_each (one, audience)
			found = found || (one->type == JSON_STRING && str_eq(one->text, client));
	if (party)
		return found && party->type == JSON_STRING && str_eq(party->text, client);
	return found && (audience->type == JSON_STRING || audience->count == 1);
}

static bool
same_secret(const struct json *claims, const char *name, struct str wanted)
{
	struct str text;
	return json_get_str(claims, name, &text) && text.n == wanted.n &&
	       sodium_memcmp(text.p, wanted.p, wanted.n) == 0;
}

static const char *
check_times(const struct json *claims, int64_t wall_us)
{
	double now = (double)wall_us / 1e6, expires, issued, from;
	if (!json_get_double(claims, "exp", &expires) || expires + ID_TOKEN_LEEWAY_SECONDS <= now)
		return "it has expired, or does not say when it does";
	if (!json_get_double(claims, "iat", &issued) || issued - ID_TOKEN_LEEWAY_SECONDS > now)
		return "it was made in the future, or does not say when";
	if (json_get(claims, "nbf") && (!json_get_double(claims, "nbf", &from) || from - ID_TOKEN_LEEWAY_SECONDS > now))
		return "it is not valid yet";
	return NULL;
}

static const char *
check_claims(const struct json *claims, const struct id_token_expect *expect)
{
	struct str issuer, subject;
	if (!json_get_str(claims, "iss", &issuer) || !str_eq(issuer, expect->issuer))
		return "it is from another issuer";
	if (!is_for_us(claims, expect->client))
		return "it is for somebody else (aud, azp)";
	if (!same_secret(claims, "nonce", expect->nonce))
		return "it answers another request (nonce)";
	if (!json_get_str(claims, "sub", &subject) || subject.n == 0 || subject.n > ID_TOKEN_SUBJECT_MAX)
		return "it does not say who it is about";
	return check_times(claims, expect->wall_us);
}

/* As the contract takes an address when somebody signs up: one @, with something on both sides, no blanks. */
static bool
is_email(struct str email)
{
	const char *at = memchr(email.p, '@', email.n);
	if (email.n < 3 || email.n > EMAIL_MAX || !at || at == email.p || at == email.p + email.n - 1 ||
		memchr(at + 1, '@', email.n - (size_t)(at + 1 - email.p)))
		return false;
	for (size_t i = 0; i < email.n; i++)
		if ((unsigned char)email.p[i] <= ' ' || email.p[i] == 0x7f)
			return false;
	return true;
}

enum id_token_verdict
id_token_check(struct arena *arena, struct str text, const struct json *keys, const struct id_token_expect *expect,
	struct id_token *ret_token, const char **ret_why)
{
	struct parts parts;
	*ret_why = "it cannot be read";
	if (!take_apart(arena, text, &parts))
		return ID_TOKEN_BAD;
	enum id_token_verdict verdict = check_signature(arena, &parts, keys, ret_why);
	if (verdict != ID_TOKEN_GOOD)
		return verdict;
	*ret_why = check_claims(parts.claims, expect);
	if (*ret_why)
		return ID_TOKEN_BAD;
	struct id_token token = {.email = STR(""), .name = STR(""), .claims = parts.claims};
	json_get_str(parts.claims, "sub", &token.subject);
	json_get_str(parts.claims, "name", &token.name);
	if (json_get_str(parts.claims, "email", &token.email) && !is_email(token.email))
		token.email = STR("");
	/* Some write it as a text. */
	json_get_bool(parts.claims, "email_verified", &token.email_verified);
	token.email_verified = token.email_verified || member_is(parts.claims, "email_verified", "true");
	*ret_token = token;
	return ID_TOKEN_GOOD;
}
