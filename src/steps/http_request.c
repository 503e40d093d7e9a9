/*
 * From a filled input to a request: the query is encoded, headers are checked again now that values have come into them, and
 * the address must still lead to the host that the definition spells out.
 */
#include "steps/http_request.h"

#include "flow/template.h"
#include "json/writer.h"

#include <strings.h>

#define URL_MAX ((size_t)16 << 10)
#define HEADER_VALUE_MAX ((size_t)16 << 10)
#define HEADERS_MAX 64

/* ---- the host ---- */

/* What stands between :// and the path, query or fragment; templates are skipped over whole. p NULL: no :// outside of them. */
static struct str
authority_of(struct arena *arena, struct str url, bool with_templates)
{
	const char *start = NULL, *end = url.p + url.n;
	for (const char *p = url.p; p < end; p++) {
		if (with_templates && end - p >= 2 && p[0] == '{' && p[1] == '{') {
			p = url.p + template_end(arena, url, (size_t)(p - url.p)) - 1;
		} else if (!start && end - p >= 3 && memcmp(p, "://", 3) == 0) {
			start = p + 3;
			p += 2;
		} else if (start && (*p == '/' || *p == '?' || *p == '#' || *p == '\\')) {
			return (struct str){start, (size_t)(p - start)};
		}
	}
	return start ? (struct str){start, (size_t)(end - start)} : (struct str){0};
}

/*
 * A value put into "https://{{tenant}}.example.com/" must not lead elsewhere: what is spelled out around a template must
 * stand around the value.
 */
static bool
host_fits(struct arena *arena, struct str written, struct str filled)
{
	struct str wanted = authority_of(arena, written, true), got = authority_of(arena, filled, false);
	if (!wanted.p)
		return true; /* the whole of it comes from a template */
	if (!got.p)
		return false;
	size_t front = 0, back = 0;
	while (front < wanted.n && !(wanted.p[front] == '{' && front + 1 < wanted.n && wanted.p[front + 1] == '{'))
		front++;
	if (front == wanted.n)
		return got.n == wanted.n && strncasecmp(got.p, wanted.p, wanted.n) == 0;
	/* What follows a host's name directly must be a port, or begin with the slash that ends it. */
	if (wanted.p[wanted.n - 1] == '}' && front > 0 && wanted.p[front - 1] != ':')
		return got.n == front && strncasecmp(got.p, wanted.p, front) == 0;
	while (back < wanted.n && !(wanted.p[wanted.n - back - 1] == '}'))
		back++;
	return got.n >= front + back && strncasecmp(got.p, wanted.p, front) == 0 &&
	       strncasecmp(got.p + got.n - back, wanted.p + wanted.n - back, back) == 0;
}

/* ---- the address ---- */

static void
add_encoded(struct buf *url, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			     (c && strchr("-._~", c));
		if (plain)
			buf_add_char(url, c);
		else
			buf_printf(url, "%%%02X", (unsigned char)c);
	}
}

/* Text as it is, numbers and truth values as JSON writes them. */
static bool
scalar(struct arena *arena, const struct json *value, struct str *ret_text)
{
	if (value->type == JSON_ARRAY || value->type == JSON_OBJECT || value->type == JSON_NULL)
		return false;
	*ret_text = value->type == JSON_STRING ? value->text : json_text(arena, value);
	return true;
}

static void
add_parameter(struct buf *url, struct str name, struct str value, char *separator)
{
	buf_add_char(url, *separator);
	*separator = '&';
	add_encoded(url, name);
	buf_add_char(url, '=');
	add_encoded(url, value);
}

/* Lists are repeated parameters; null is left out. */
static bool
add_query(struct arena *arena, const struct json *query, struct buf *url, struct err *err)
{
	char separator = url->n > 0 && memchr(url->p, '?', url->n) ? '&' : '?';
	json_each (parameter, query) {
		struct str text;
		if (parameter->type == JSON_NULL)
			continue;
		if (parameter->type != JSON_ARRAY) {
			if (!scalar(arena, parameter, &text))
				return err_set(err, ERR_INVALID,
					"The query's `%.*s` is an object. Give a text, a number, or a list of them.",
					STR_ARG(parameter->key));
			add_parameter(url, parameter->key, text, &separator);
			continue;
		}
		json_each (item, parameter) {
			if (!scalar(arena, item, &text))
				return err_set(err, ERR_INVALID,
					"The query's `%.*s` is a list of something else than texts and numbers.",
					STR_ARG(parameter->key));
			add_parameter(url, parameter->key, text, &separator);
		}
	}
	return true;
}

static bool
read_url(struct step_attempt *attempt, struct call_request *request, struct err *err)
{
	struct str given, written = {0};
	struct buf url;
	if (!json_get_str(attempt->input, "url", &given) || given.n == 0)
		return err_set(err, ERR_INVALID, "The address is empty, or no text.");
	if (json_get_str(attempt->def->http, "url", &written) && !host_fits(attempt->arena, written, given))
		return err_set(err, ERR_INVALID,
			"The address leads to another host than the definition spells out: %.*s. Look at where the "
			"value in "
			"it comes from.",
			(int)(given.n < 100 ? given.n : 100), given.p);
	const char *fragment = memchr(given.p, '#', given.n);
	buf_init(&url, URL_MAX);
	buf_add(&url, given.p, fragment ? (size_t)(fragment - given.p) : given.n);
	bool ok = add_query(attempt->arena, json_get(attempt->input, "query"), &url, err);
	if (ok && buf_overflow(&url))
		ok = err_set(err, ERR_LIMIT, "The address with its query is longer than %zu bytes.", URL_MAX);
	request->url = arena_str(attempt->arena, buf_str(&url));
	buf_release(&url);
	return ok;
}

/* ---- headers ---- */

static const struct call_header *
find_header(const struct call_request *request, const char *name)
{
	for (unsigned i = 0; i < request->header_count; i++)
		if (request->headers[i].name.n == strlen(name) &&
			strncasecmp(request->headers[i].name.p, name, strlen(name)) == 0)
			return &request->headers[i];
	return NULL;
}

static bool
add_header(struct step_attempt *attempt, const struct json *member, struct call_header *ret_header, struct err *err)
{
	struct str value;
	if (!scalar(attempt->arena, member, &value))
		return err_set(err, ERR_INVALID, "The header `%.*s` is neither text nor number.", STR_ARG(member->key));
	if (!http_header_value_valid(value) || value.n > HEADER_VALUE_MAX)
		return err_set(err, ERR_INVALID,
			"The header `%.*s` holds a line break or another character that no header may hold, or is too "
			"long.",
			STR_ARG(member->key));
	*ret_header = (struct call_header){member->key, value};
	return true;
}

static bool
read_headers(struct step_attempt *attempt, struct call_request *request, const char *content_type, struct err *err)
{
	const struct json *given = json_get(attempt->input, "headers");
	struct call_header *headers = arena_array(attempt->arena, HEADERS_MAX + 2, sizeof *headers);
	request->headers = headers;
	json_each (member, given) {
		if (member->type == JSON_NULL)
			continue;
		if (request->header_count == HEADERS_MAX)
			return err_set(err, ERR_LIMIT, "There are more than %d headers.", HEADERS_MAX);
		if (!add_header(attempt, member, &headers[request->header_count], err))
			return false;
		request->header_count++;
	}
	if (content_type && !find_header(request, "content-type"))
		headers[request->header_count++] = (struct call_header){STR("Content-Type"), str_of(content_type)};
	if (!find_header(request, "idempotency-key"))
		headers[request->header_count++] = (struct call_header){STR("Idempotency-Key"), attempt->key};
	return true;
}

/* ---- the whole ---- */

bool
http_request_read(struct step_attempt *attempt, struct call_request *ret_request, struct err *err)
{
	const struct json *body = json_get(attempt->input, "body");
	const char *content_type = NULL;
	*ret_request = (struct call_request){.method = STR("GET")};
	json_get_str(attempt->input, "method", &ret_request->method);
	if (body && body->type == JSON_STRING) {
		ret_request->body = arena_str(attempt->arena, body->text);
		content_type = "text/plain; charset=utf-8";
	} else if (body && body->type != JSON_NULL) {
		ret_request->body = json_text(attempt->arena, body);
		content_type = "application/json";
	}
	return read_url(attempt, ret_request, err) && read_headers(attempt, ret_request, content_type, err);
}
