/* Addresses as people write them, and where an answer sends a call next. */
#include "exec/net_internal.h"

#include <arpa/inet.h>
#include <strings.h>

/* One part of an address in the arena; "" when it has none. */
static const char *
part(struct arena *arena, CURLU *url, CURLUPart which, unsigned flags)
{
	char *text = NULL;
	const char *copy = "";
	if (curl_url_get(url, which, &text, flags) == CURLUE_OK && text)
		copy = arena_strdup(arena, text);
	curl_free(text);
	return copy;
}

static bool
is_number(const char *host)
{
	unsigned char bytes[16];
	return host[0] == '[' || inet_pton(AF_INET, host, bytes) == 1;
}

static const char *
check_parts(struct arena *arena, CURLU *url, bool *ret_needs_lookup)
{
	const char *scheme = part(arena, url, CURLUPART_SCHEME, 0), *host = part(arena, url, CURLUPART_HOST, 0);
	if (strcasecmp(scheme, "http") != 0 && strcasecmp(scheme, "https") != 0)
		return "Only addresses that begin with http:// or https:// can be called.";
	if (!host[0])
		return "The address names no host.";
	if (part(arena, url, CURLUPART_USER, 0)[0] || part(arena, url, CURLUPART_PASSWORD, 0)[0])
		return "The address holds a name or password before its host. Send them in a header.";
	*ret_needs_lookup = !is_number(host);
	return NULL;
}

const char *
net_url_check(struct arena *arena, struct str *text, bool *ret_needs_lookup)
{
	if (memchr(text->p, '\0', text->n))
		return "The address holds a zero byte.";
	CURLU *url = curl_url();
	if (!url)
		out_of_memory();
	CURLUcode code =
		curl_url_set(url, CURLUPART_URL, arena_strz(arena, *text), CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE);
	const char *wrong = code == CURLUE_OK ? check_parts(arena, url, ret_needs_lookup)
					      : arena_printf(arena, "It cannot be read as an address: %s.",
							curl_url_strerror(code));
	if (!wrong)
		*text = str_of(part(arena, url, CURLUPART_URL, 0));
	curl_url_cleanup(url);
	return wrong;
}

/* ---- redirects ---- */

static bool
same_origin(struct arena *arena, CURLU *a, CURLU *b)
{
	static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strcasecmp(part(arena, a, parts[i], CURLU_DEFAULT_PORT),
			    part(arena, b, parts[i], CURLU_DEFAULT_PORT)) != 0)
			return false;
	return true;
}

/* What says how to answer, and nothing about who asks. */
bool
net_header_may_travel(struct str name)
{
	static const char *const harmless[] = {
		"accept", "accept-language", "content-type", "content-language", "idempotency-key", "user-agent"};
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (strlen(harmless[i]) == name.n && strncasecmp(harmless[i], name.p, name.n) == 0)
			return true;
	return false;
}

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* As browsers do: only 307 and 308 repeat what was asked. */
static void
change_method(struct net_call *call, int status)
{
	bool head = str_is(call->method, "HEAD"), get = str_is(call->method, "GET");
	if (status == 307 || status == 308 || head || get)
		return;
	if (status != 303 && !str_is(call->method, "POST"))
		return;
	call->method = STR("GET");
	call->with_body = false;
}

static const char *
follow(struct net_call *call, int status, struct str location)
{
	struct arena *arena = call->arena;
	const char *wrong = NULL;
	CURLU *from = curl_url(), *to = curl_url();
	if (!from || !to)
		out_of_memory();
	curl_url_set(from, CURLUPART_URL, arena_strz(arena, call->url), CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE);
	curl_url_set(to, CURLUPART_URL, arena_strz(arena, call->url), CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE);
	if (curl_url_set(to, CURLUPART_URL, arena_strz(arena, location), CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE) !=
		CURLUE_OK)
		wrong = "The answer redirects to something that is no address.";
	else if (check_parts(arena, to, &call->needs_lookup))
		wrong = "The answer redirects to an address that may not be called: only http and https, and no names "
			"or "
			"passwords in it.";
	if (!wrong) {
		call->trusted = call->trusted && same_origin(arena, from, to);
		call->url = str_of(part(arena, to, CURLUPART_URL, 0));
		change_method(call, status);
		if (!call->trusted && call->with_body && call->request->body.n > 0)
			wrong = arena_printf(arena,
				"The answer redirects to another server (%s), and what was sent would go there, too. "
				"If "
				"that is right, call that address itself.",
				part(arena, to, CURLUPART_HOST, 0));
	}
	curl_url_cleanup(from);
	curl_url_cleanup(to);
	return wrong;
}

bool
net_redirected(struct net_call *call, const struct call_answer *answer, const char **ret_wrong)
{
	struct str location = {0};
	*ret_wrong = NULL;
	if (!is_redirect(answer->status) || call->request->redirects_max == 0)
		return false;
	for (unsigned i = 0; i < answer->header_count && !location.p; i++)
		if (str_is(answer->headers[i].name, "location"))
			location = answer->headers[i].value;
	if (!location.p)
		return false;
	if (++call->redirects > call->request->redirects_max)
		*ret_wrong = arena_printf(call->arena,
			"The answer was a redirect, and then another, more than %u in all. Look at where they lead, or "
			"let the step follow more.",
			call->request->redirects_max);
	else
		*ret_wrong = follow(call, answer->status, location);
	return !*ret_wrong;
}
