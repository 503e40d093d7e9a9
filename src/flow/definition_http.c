/* Checks and reads steps of the kind "http". What templates bring in is checked again when it is there (steps/http_request.c). */
#include "flow/definition_http.h"

#include "flow/address.h"
#include "flow/hint.h"

#include <strings.h>

#define HTTP_HEADERS_MAX 64
#define EXPECT_MAX 20
#define URL_TEMPLATE_MAX 8000

static const char *const filled[] = {"method", "url", "headers", "query", "body"};
static const char *const judged[] = {"expect", "answer", "redirects", "max_bytes", "unframed"};
static const char *const foreign[] = {
	"prompt", "input", "model", "options", "value", "seconds", "until", "form", "signal"};
static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
static const char *const answers[] = {"auto", "json", "text"};
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Those say where a message ends, or where it goes: they are the client's business. */
static const char *const reserved[] = {"connection", "content-length", "expect", "host", "http2-settings", "keep-alive",
	"proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"};

/* ---- headers ---- */

bool
http_header_name_valid(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char ch = name.p[i];
		if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
			    (ch && strchr("!#$%&'*+-.^_`|~", ch))))
			return false;
	}
	return name.n > 0 && name.n <= 100;
}

bool
http_header_value_valid(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (((unsigned char)value.p[i] < ' ' && value.p[i] != '\t') || value.p[i] == 0x7f)
			return false;
	return true;
}

static bool
listed(const char *const *names, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == name.n && strncasecmp(names[i], name.p, name.n) == 0)
			return true;
	return false;
}

static void
check_header(struct check *c, const struct json *member)
{
	const char *path = check_step_path(c, "/headers");
	struct str shown = hint_clip(member->key, 60);
	if (!http_header_name_valid(member->key))
		check_report(c, path, "pattern",
			"`%.*s` is no name of a header: letters, digits and `-`, and no template.", STR_ARG(shown));
	else if (listed(reserved, COUNT(reserved), member->key))
		check_report(c, path, "reserved", "The header `%.*s` is set by Stepmill itself. Leave it out.",
			STR_ARG(shown));
	else if (member->type == JSON_ARRAY || member->type == JSON_OBJECT)
		check_report(c, path, "type", "The header `%.*s` must be a text or a number.", STR_ARG(shown));
	else if (member->type == JSON_STRING && !http_header_value_valid(member->text))
		check_report(c, path, "pattern",
			"The header `%.*s` holds a line break or another character that no header may hold.",
			STR_ARG(shown));
}

static void
check_headers(struct check *c, const struct json *headers)
{
	if (headers->type != JSON_OBJECT) {
		check_report(c, check_step_path(c, "/headers"), "type", "The headers must be an object: name → text.");
		return;
	}
	if (headers->count > HTTP_HEADERS_MAX)
		check_report(c, check_step_path(c, "/headers"), "too_many", "There are more than %d headers.",
			HTTP_HEADERS_MAX);
	json_each (member, headers) {
		check_header(c, member);
		for (const struct json *other = headers->child; other != member; other = other->next)
			if (other->key.n == member->key.n &&
				strncasecmp(other->key.p, member->key.p, other->key.n) == 0)
				check_report(c, check_step_path(c, "/headers"), "duplicate",
					"The header `%.*s` is there twice; capitals make no difference.",
					STR_ARG(hint_clip(member->key, 60)));
	}
}

/* ---- the address ---- */

/* What stands before the first template. */
static struct str
literal_start(struct str url)
{
	for (size_t i = 0; i + 1 < url.n; i++)
		if (url.p[i] == '{' && url.p[i + 1] == '{')
			return (struct str){url.p, i};
	return url;
}

static void
check_url(struct check *c, const struct json *step)
{
	struct str url;
	const char *path = check_step_path(c, "/url");
	if (!json_get_str(step, "url", &url) || url.n == 0) {
		check_report(c, json_get(step, "url") ? path : check_step_path(c, ""), "required",
			"An http step needs a url: an address such as `https://api.example.com/notes`, or a template.");
		return;
	}
	struct str start = literal_start(url), scheme = {start.p, 0};
	while (scheme.n < start.n && start.p[scheme.n] != ':')
		scheme.n++;
	bool whole = scheme.n + 3 <= start.n && memcmp(start.p + scheme.n, "://", 3) == 0;
	bool http = (scheme.n == 4 && strncasecmp(scheme.p, "http", 4) == 0) ||
		    (scheme.n == 5 && strncasecmp(scheme.p, "https", 5) == 0);
	if (url.n > URL_TEMPLATE_MAX)
		check_report(c, path, "too_long", "The url is longer than %d bytes.", URL_TEMPLATE_MAX);
	else if (!http_header_value_valid(url))
		check_report(c, path, "pattern", "The url holds a line break or another control character.");
	else if (start.n > 0 ? !whole || !http : start.n == url.n)
		check_report(c, path, "scheme", "The url must begin with `https://` or `http://`, or with a template.");
	else if (start.n == url.n && start.n == scheme.n + 3)
		check_report(c, path, "host", "The url names no host.");
}

/* ---- how the answer is judged ---- */

static bool
status_valid(const struct json *status)
{
	int64_t number;
	if (status->type == JSON_STRING)
		return status->text.n == 3 && status->text.p[0] >= '1' && status->text.p[0] <= '5' &&
		       memcmp(status->text.p + 1, "xx", 2) == 0;
	return json_to_int(status, &number) && number >= 100 && number <= 599;
}

static void
check_expect(struct check *c, const struct json *expect)
{
	bool valid = !expect || (expect->type == JSON_ARRAY && expect->count > 0 && expect->count <= EXPECT_MAX);
	if (valid)
		json_each (status, expect)
			valid = valid && status_valid(status);
	if (!valid)
		check_report(c, check_step_path(c, "/expect"), "type",
			"This must be a list of 1 to %d statuses, such as [200, 201, \"3xx\"].", EXPECT_MAX);
}

static void
check_number(struct check *c, const struct json *step, const char *name, int64_t least, int64_t most)
{
	const struct json *given = json_get(step, name);
	int64_t value;
	if (given && (!json_to_int(given, &value) || value < least || value > most))
		check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", name)), "range",
			"This must be a whole number, %lld to %lld.", (long long)least, (long long)most);
}

static void
check_word(struct check *c, const struct json *step, const char *name, const char *const *words, size_t count)
{
	const struct json *given = json_get(step, name);
	struct str known[8];
	for (size_t i = 0; i < count; i++)
		known[i] = str_of(words[i]);
	if (given && (given->type != JSON_STRING || !check_listed(known, (unsigned)count, given->text)))
		check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", name)), "unknown",
			"This must be one of %s.", hint_list(c->arena, known, count));
}

/* ---- the whole ---- */

void
check_no_http(struct check *c, const struct json *step)
{
	static const char what[] = "Only an http step has this.";
	check_foreign(c, step, filled, COUNT(filled), what);
	check_foreign(c, step, judged, COUNT(judged), what);
}

void
check_http(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *headers = json_get(step, "headers"), *query = json_get(step, "query");
	const struct json *unframed = json_get(step, "unframed");
	check_foreign(c, step, foreign, COUNT(foreign),
		"An http step does not have this; there are method, url, headers, query, body, expect, answer, "
		"redirects, "
		"max_bytes and unframed.");
	check_word(c, step, "method", methods, COUNT(methods));
	check_url(c, step);
	if (headers)
		check_headers(c, headers);
	if (query && query->type != JSON_OBJECT)
		check_report(c, check_step_path(c, "/query"), "type",
			"The query must be an object: name → text, number, or list.");
	check_expect(c, json_get(step, "expect"));
	check_word(c, step, "answer", answers, COUNT(answers));
	check_number(c, step, "redirects", 0, HTTP_REDIRECTS_MAX);
	check_number(c, step, "max_bytes", 1, HTTP_ANSWER_BYTES_MAX);
	if (unframed && unframed->type != JSON_TRUE && unframed->type != JSON_FALSE)
		check_report(c, check_step_path(c, "/unframed"), "type", "This must be true or false.");
	for (size_t i = 0; i < COUNT(filled); i++) {
		const struct json *given = json_get(step, filled[i]);
		if (given && i > 0)
			json_add(ret_step, str_of(filled[i]),
				check_value(c, arena_printf(c->arena, "/%s", filled[i]), given));
		else if (i == 0)
			json_add(ret_step, STR("method"),
				given ? json_share(c->arena, given) : json_new_str(c->arena, STR("GET")));
	}
}

/* Of a call, what is filled in as the member `name` of its input. */
struct json *
definition_filled(struct arena *arena, const struct json *given, const char *name)
{
	bool address = given->type == JSON_STRING && strcmp(name, "url") == 0;
	return address ? address_take_apart(arena, given->text) : json_share(arena, given);
}

bool
definition_read_http(struct arena *arena, const struct json *from, struct step_def *step)
{
	struct json *input = json_new_object(arena);
	int64_t max_bytes = HTTP_ANSWER_BYTES;
	for (size_t i = 0; i < COUNT(filled); i++) {
		const struct json *given = json_get(from, filled[i]);
		if (given)
			json_add(input, str_of(filled[i]), definition_filled(arena, given, filled[i]));
	}
	json_get_int(from, "max_bytes", &max_bytes);
	step->input = input;
	step->http = from;
	step->max_bytes =
		max_bytes > 0 && max_bytes <= HTTP_ANSWER_BYTES_MAX ? (size_t)max_bytes : (size_t)HTTP_ANSWER_BYTES;
	return json_get(input, "url");
}
