/* Reads what a listener asks for; see request.h. */
#include "live/request.h"

#include <strings.h>

static bool
skip(struct str *rest, struct str prefix)
{
	if (!str_starts(*rest, prefix))
		return false;
	*rest = (struct str){rest->p + prefix.n, rest->n - prefix.n};
	return true;
}

/* Up to the next slash, or the end. */
static struct str
segment(struct str *rest)
{
	const char *slash = memchr(rest->p, '/', rest->n);
	struct str found = {rest->p, slash ? (size_t)(slash - rest->p) : rest->n};
	*rest = (struct str){rest->p + found.n, rest->n - found.n};
	return found;
}

static bool
bad_id(const char *where, struct err *err)
{
	err_set(err, ERR_MALFORMED, "An id in the address is not a UUID.");
	err_issue(err, where, "format", "This is not a UUID.");
	return false;
}

bool
live_path(struct str path, struct live_place *ret_place, struct err *err)
{
	struct str rest = path, workspace = {0}, thing = {0};
	struct live_place place = {0};
	if (str_is(path, "/api/session/live")) {
		*ret_place = (struct live_place){.topic = LIVE_PERSON};
		return true;
	}
	bool known = skip(&rest, STR("/api/workspaces/"));
	if (known) {
		workspace = segment(&rest);
		place.topic = skip(&rest, STR("/projects/")) ? LIVE_BOARD : LIVE_RUN;
		known = place.topic == LIVE_BOARD || skip(&rest, STR("/runs/"));
	}
	if (known) {
		thing = segment(&rest);
		known = str_is(rest, "/live");
	}
	if (!known)
		return err_set(err, ERR_NOT_FOUND, "There is nothing at this address.");
	if (!id_parse(workspace, &place.workspace))
		return bad_id("path.workspace_id", err);
	if (!id_parse(thing, &place.thing))
		return bad_id(place.topic == LIVE_BOARD ? "path.project_id" : "path.run_id", err);
	*ret_place = place;
	return true;
}

bool
live_number(struct str text, const char *where, int64_t *ret_number, struct err *err)
{
	unsigned long long value;
	if (!str_to_u64(text, INT64_MAX, &value)) {
		err_set(err, ERR_MALFORMED, "The number of an event is digits only, 0 for all events.");
		err_issue(err, where, "type", "This is not a whole number from 0.");
		return false;
	}
	*ret_number = (int64_t)value;
	return true;
}

bool
live_cookie(struct str header, const char *name, struct str *ret_value)
{
	size_t n = strlen(name);
	while (header.n > 0) {
		const char *end = memchr(header.p, ';', header.n);
		struct str pair = {header.p, end ? (size_t)(end - header.p) : header.n};
		size_t used = end ? pair.n + 1 : pair.n;
		header = (struct str){header.p + used, header.n - used};
		while (pair.n > 0 && (*pair.p == ' ' || *pair.p == '\t'))
			pair = (struct str){pair.p + 1, pair.n - 1};
		if (pair.n <= n + 1 || memcmp(pair.p, name, n) != 0 || pair.p[n] != '=')
			continue;
		struct str value = {pair.p + n + 1, pair.n - n - 1};
		while (value.n > 0 && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
			value.n--;
		*ret_value = value;
		return value.n > 0;
	}
	return false;
}

bool
live_bearer(struct str header, struct str *ret_token)
{
	const struct str scheme = STR("Bearer ");
	if (header.n < scheme.n || strncasecmp(header.p, scheme.p, scheme.n) != 0)
		return false;
	*ret_token = (struct str){header.p + scheme.n, header.n - scheme.n};
	while (ret_token->n > 0 && *ret_token->p == ' ')
		*ret_token = (struct str){ret_token->p + 1, ret_token->n - 1};
	return true;
}
