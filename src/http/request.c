/* Reading a request's parts; see request.h. */
#include "http/request.h"

#include "base/buf.h"

#include <stdio.h>
#include <strings.h>

static const char *const method_names[HTTP_METHODS] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

const char *
http_method_name(enum http_method method)
{
	return method < HTTP_METHODS ? method_names[method] : "OTHER";
}

enum http_method
http_method_parse(struct str name)
{
	for (int i = 0; i < HTTP_METHODS; i++)
		if (str_is(name, method_names[i]))
			return (enum http_method)i;
	return HTTP_OTHER;
}

struct str
request_param(const struct request *request, const char *name)
{
	size_t n = strlen(name);
	for (char *const *p = request->params; *p; p++)
		if (strncmp(*p, name, n) == 0 && (*p)[n] == '=')
			return str_of(*p + n + 1);
	return (struct str){"", 0};
}

bool
request_header(const struct request *request, const char *name, struct str *ret_value)
{
	char key[80] = "HTTP_";
	size_t n = 5;
	for (; *name && n + 1 < sizeof key; name++, n++)
		key[n] = *name == '-' ? '_' : (char)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name);
	for (char *const *p = request->params; *p; p++) {
		if (strncmp(*p, key, n) == 0 && (*p)[n] == '=') {
			*ret_value = str_of(*p + n + 1);
			return true;
		}
	}
	return false;
}

void
request_init(struct request *request, struct arena *arena, char *const *params, struct request_source source)
{
	memset(request, 0, sizeof *request);
	request->arena = arena;
	request->params = params;
	request->source = source;
	struct str id = {"", 0};
	(void)request_header(request, "X-Request-Id", &id);
	request_id_take(id, request->id);
	request->method = http_method_parse(request_param(request, "REQUEST_METHOD"));
	struct str target = request_param(request, "REQUEST_URI");
	const char *mark = memchr(target.p, '?', target.n);
	request->path = (struct str){target.p, mark ? (size_t)(mark - target.p) : target.n};
}

bool
request_decode(struct arena *arena, struct str text, bool plus_is_blank, struct str *ret_text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '%') {
			int high = i + 1 < text.n ? str_hex_digit(text.p[i + 1]) : -1;
			int low = i + 2 < text.n ? str_hex_digit(text.p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		if (c == '\0')
			return false;
		out[n++] = c;
	}
	struct str decoded = {out, n};
	if (str_utf8_bad(decoded) != n)
		return false;
	*ret_text = decoded;
	return true;
}

static bool
parse_path(struct request *request, struct err *err)
{
	struct str rest = request->path;
	if (rest.n == 0 || rest.p[0] != '/')
		return err_set(err, ERR_MALFORMED, "The address does not start with a slash.");
	while (rest.n > 0) {
		rest = (struct str){rest.p + 1, rest.n - 1};
		const char *slash = memchr(rest.p, '/', rest.n);
		struct str part = {rest.p, slash ? (size_t)(slash - rest.p) : rest.n};
		if (request->segment_count == REQUEST_SEGMENTS_MAX)
			return err_set(err, ERR_NOT_FOUND, "There is nothing at this address.");
		struct str *segment = &request->segments[request->segment_count];
		/* An escaped slash is one in a name (a step's path), no border: what is matched is split already. */
		if (!request_decode(request->arena, part, false, segment))
			return err_set(err, ERR_MALFORMED,
				"The address holds a bad escape or is not UTF-8. Write a percent sign as %%25.");
		request->segment_count++;
		rest = (struct str){rest.p + part.n, rest.n - part.n};
	}
	return true;
}

static bool
parse_query_part(struct request *request, struct str part, struct err *err)
{
	const char *equals = memchr(part.p, '=', part.n);
	size_t n = equals ? (size_t)(equals - part.p) : part.n;
	struct http_pair pair = {.value = {"", 0}};
	if (n == 0 || !request_decode(request->arena, (struct str){part.p, n}, true, &pair.name) ||
		(equals &&
			!request_decode(request->arena, (struct str){equals + 1, part.n - n - 1}, true, &pair.value)))
		return err_set(err, ERR_MALFORMED,
			"The query of the address holds a bad escape, an empty name, or is not UTF-8. Write it as "
			"name=value&name=value, and a percent sign as %%25.");
	for (unsigned i = 0; i < request->query_count; i++) {
		if (!str_eq(request->query[i].name, pair.name))
			continue;
		char place[100];
		snprintf(place, sizeof place, "query.%.80s", pair.name.p);
		err_set(err, ERR_MALFORMED, "A query parameter was given twice. Give it once.");
		return err_issue(err, place, "duplicate", "given more than once");
	}
	if (request->query_count == REQUEST_QUERY_MAX)
		return err_set(err, ERR_MALFORMED, "The query has more than %d parameters.", REQUEST_QUERY_MAX);
	request->query[request->query_count++] = pair;
	return true;
}

bool
request_parse(struct request *request, struct err *err)
{
	struct str target = request_param(request, "REQUEST_URI");
	if (target.n > REQUEST_TARGET_MAX)
		return err_set(err, ERR_MALFORMED, "The address is longer than %d bytes.", REQUEST_TARGET_MAX);
	if (!parse_path(request, err))
		return false;
	if (request->path.n == target.n)
		return true;
	struct str rest = {target.p + request->path.n + 1, target.n - request->path.n - 1};
	while (rest.n > 0) {
		const char *and = memchr(rest.p, '&', rest.n);
		struct str part = {rest.p, and? (size_t)(and-rest.p) : rest.n};
		if (!parse_query_part(request, part, err))
			return false;
		size_t eaten = part.n + (and? 1 : 0);
		rest = (struct str){rest.p + eaten, rest.n - eaten};
	}
	return true;
}

static struct str
trim(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = (struct str){s.p + 1, s.n - 1};
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Cuts what stands before `mark` off the front of rest, trimmed; false at the end. */
static bool
next_part(struct str *rest, char mark, struct str *ret_part)
{
	if (!rest->p)
		return false;
	const char *at = memchr(rest->p, mark, rest->n);
	size_t n = at ? (size_t)(at - rest->p) : rest->n;
	*ret_part = trim((struct str){rest->p, n});
	*rest = at ? (struct str){at + 1, rest->n - n - 1} : (struct str){NULL, 0};
	return true;
}

bool
request_cookie(const struct request *request, const char *name, struct str *ret_value)
{
	struct str rest, part, found = {NULL, 0};
	if (!request_header(request, "Cookie", &rest))
		return false;
	while (next_part(&rest, ';', &part)) {
		const char *equals = memchr(part.p, '=', part.n);
		if (!equals || !str_is((struct str){part.p, (size_t)(equals - part.p)}, name))
			continue;
		struct str value = {equals + 1, part.n - (size_t)(equals - part.p) - 1};
		if (found.p && !str_eq(found, value))
			return false;
		found = value;
	}
	if (!found.p)
		return false;
	*ret_value = found;
	return true;
}

static bool
announced_length(const struct request *request, unsigned long long *ret_length)
{
	struct str length = request_param(request, "CONTENT_LENGTH");
	return length.n > 0 && str_to_u64(length, (unsigned long long)1 << 62, ret_length);
}

bool
request_has_body(const struct request *request)
{
	unsigned long long length;
	if (request_param(request, "CONTENT_LENGTH").n > 0)
		return !announced_length(request, &length) || length > 0;
	struct str encoding;
	return request_header(request, "Transfer-Encoding", &encoding);
}

static bool
too_large(size_t max, struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "The body is larger than %zu KiB, the most that is taken here.", max >> 10);
}

bool
request_body(struct request *request, size_t max, struct str *ret_body, struct err *err)
{
	unsigned long long length = 0;
	bool announced = request_param(request, "CONTENT_LENGTH").n > 0;
	if (announced && !announced_length(request, &length))
		return err_set(err, ERR_MALFORMED, "The header Content-Length is not a number.");
	if (length > max)
		return too_large(max, err);
	size_t room = announced ? (size_t)length : 0, n = 0;
	struct buf body;
	buf_init(&body, max + 1);
	bool ok = true;
	while (ok && (!announced || n < room)) {
		char chunk[8192];
		size_t want = announced && room - n < sizeof chunk ? room - n : sizeof chunk;
		int got = request->source.read ? request->source.read(request->source.context, chunk, (int)want) : 0;
		if (got < 0 || (got == 0 && announced))
			ok = err_set(err, ERR_MALFORMED, "The body is shorter than its Content-Length says.");
		if (got <= 0)
			break;
		buf_add(&body, chunk, (size_t)got);
		n += (size_t)got;
		if (n > max)
			ok = too_large(max, err);
	}
	if (ok)
		*ret_body = arena_str(request->arena, buf_str(&body));
	buf_release(&body);
	return ok;
}

static bool
same_word(struct str a, const char *b)
{
	return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0;
}

bool
request_content_type_is(const struct request *request, const char *type)
{
	struct str rest = request_param(request, "CONTENT_TYPE"), part;
	if (!next_part(&rest, ';', &part) || !same_word(part, type))
		return false;
	while (next_part(&rest, ';', &part))
		if (part.n > 0 && !same_word(part, "charset=utf-8") && !same_word(part, "charset=\"utf-8\""))
			return false;
	return true;
}

bool
request_accepts(const struct request *request, const char *type)
{
	struct str rest, entry;
	if (!request_header(request, "Accept", &rest) || trim(rest).n == 0)
		return true;
	const char *slash = strchr(type, '/');
	while (next_part(&rest, ',', &entry)) {
		struct str inside = entry, range, parameter;
		if (!next_part(&inside, ';', &range))
			continue;
		bool fits = same_word(range, "*/*") || same_word(range, type) ||
			    (slash && range.n == (size_t)(slash - type) + 2 && range.p[range.n - 1] == '*' &&
				    strncasecmp(range.p, type, range.n - 1) == 0);
		while (fits && next_part(&inside, ';', &parameter))
			if (same_word(parameter, "q=0") || same_word(parameter, "q=0.0") ||
				same_word(parameter, "q=0.00") || same_word(parameter, "q=0.000"))
				fits = false;
		if (fits)
			return true;
	}
	return false;
}
