/* What a proxy is asked, read strictly: whatever two programs could understand differently is refused. */
#include "box/proxy.h"

#include "base/buf.h"

#include <strings.h>

#define METHOD_MAX 32
#define FIELDS_MAX 200

size_t
proxy_head_size(struct str text)
{
	const char *end = text.n > 0 ? memmem(text.p, text.n, "\r\n\r\n", 4) : NULL;
	return end ? (size_t)(end + 4 - text.p) : 0;
}

static bool
refuse(struct proxy_wrong *ret_wrong, int status, const char *why)
{
	*ret_wrong = (struct proxy_wrong){status, why};
	return false;
}

static bool
malformed(struct proxy_wrong *ret_wrong)
{
	return refuse(ret_wrong, 400, "This is no request that a proxy understands.");
}

static bool
is_token(struct str word)
{
	for (size_t i = 0; i < word.n; i++) {
		char ch = word.p[i];
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
		if (!letter && (ch == '\0' || !strchr("!#$%&'*+-.^_`|~", ch)))
			return false;
	}
	return word.n > 0;
}

/* Up to `end`, which is taken as well. */
static bool
take_until(struct str *rest, const char *end, struct str *ret_part)
{
	size_t n = strlen(end);
	const char *at = rest->n > 0 ? memmem(rest->p, rest->n, end, n) : NULL;
	if (!at)
		return false;
	*ret_part = (struct str){rest->p, (size_t)(at - rest->p)};
	*rest = (struct str){at + n, rest->n - ret_part->n - n};
	return true;
}

static struct str
trimmed(struct str text)
{
	while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t'))
		text = (struct str){text.p + 1, text.n - 1};
	while (text.n > 0 && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
		text.n--;
	return text;
}

static bool
same_name(struct str a, const char *b)
{
	return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0;
}

/* ---- where to ---- */

static bool
read_port(struct str text, uint16_t *ret_port)
{
	unsigned long long port;
	if (text.n > 5 || !str_to_u64(text, UINT16_MAX, &port) || port == 0)
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

/* HOST[:PORT], [ADDRESS][:PORT]; no names of people in front. */
static bool
read_authority(struct str text, struct proxy_request *request)
{
	bool bracket = text.n > 0 && text.p[0] == '[';
	struct str host = text, port = {0};
	const char *end = text.n > 0 ? memchr(text.p, bracket ? ']' : ':', text.n) : NULL;
	if (bracket) {
		if (!end)
			return false;
		host = (struct str){text.p + 1, (size_t)(end - text.p) - 1};
		port = (struct str){end + 1, text.n - host.n - 2};
	} else if (end) {
		host.n = (size_t)(end - text.p);
		port = (struct str){end, text.n - host.n};
	}
	if (port.n > 0 && (port.p[0] != ':' || !read_port((struct str){port.p + 1, port.n - 1}, &request->port)))
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char ch = host.p[i];
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '-' || ch == '_';
		bool either = (ch >= '0' && ch <= '9') || ch == '.';
		if (bracket ? str_hex_digit(ch) < 0 && ch != ':' && ch != '.' : !letter && !either)
			return false;
	}
	if (host.n == 0 || host.n > PROXY_HOST_MAX || request->port == 0)
		return false;
	memcpy(request->host, host.p, host.n);
	request->host[host.n] = '\0';
	return true;
}

/* ---- what else it says ---- */

/* These are about the way to us, and end here. */
static const char *const of_the_way[] = {
	"connection", "proxy-connection", "proxy-authorization", "keep-alive", "te", "trailer", "upgrade", "host"};

struct field {
	struct str name, value;
};

struct fields {
	struct field list[FIELDS_MAX];
	unsigned count;
};

static bool
read_fields(struct str text, struct fields *fields)
{
	struct str line;
	while (take_until(&text, "\r\n", &line) && line.n > 0) {
		const char *colon = memchr(line.p, ':', line.n);
		if (!colon || fields->count == FIELDS_MAX)
			return false;
		struct str name = {line.p, (size_t)(colon - line.p)};
		struct str value = trimmed((struct str){colon + 1, line.n - name.n - 1});
		for (size_t i = 0; i < value.n; i++)
			if (((unsigned char)value.p[i] < ' ' && value.p[i] != '\t') || value.p[i] == 0x7f)
				return false;
		if (!is_token(name))
			return false;
		fields->list[fields->count++] = (struct field){name, value};
	}
	return true;
}

static bool
stays(const struct fields *fields, struct str name)
{
	for (size_t i = 0; i < sizeof of_the_way / sizeof *of_the_way; i++)
		if (same_name(name, of_the_way[i]))
			return true;
	for (unsigned i = 0; i < fields->count; i++) { /* those that Connection names */
		if (!same_name(fields->list[i].name, "connection"))
			continue;
		struct str rest = fields->list[i].value;
		while (rest.n > 0) {
			const char *comma = memchr(rest.p, ',', rest.n);
			struct str part = {rest.p, comma ? (size_t)(comma - rest.p) : rest.n};
			rest = comma ? (struct str){comma + 1, rest.n - part.n - 1} : (struct str){0};
			part = trimmed(part);
			if (part.n == name.n && strncasecmp(part.p, name.p, name.n) == 0)
				return true;
		}
	}
	return false;
}

/* How long the body is: nothing is left to be understood in two ways. */
static bool
read_length(const struct fields *fields, struct proxy_request *request)
{
	bool length = false, chunked = false;
	for (unsigned i = 0; i < fields->count; i++) {
		const struct field *f = &fields->list[i];
		unsigned long long n;
		if (same_name(f->name, "content-length")) {
			if (length || !str_to_u64(f->value, INT64_MAX, &n))
				return false;
			length = true;
			request->body = (int64_t)n;
		} else if (same_name(f->name, "transfer-encoding")) {
			if (chunked || !same_name(f->value, "chunked"))
				return false;
			chunked = true;
			request->body = -1;
		}
	}
	return !length || !chunked;
}

/* ---- the whole ---- */

static struct str
head_for(struct arena *arena, struct str method, struct str path, struct str authority, struct str version,
	const struct fields *fields)
{
	struct buf out;
	buf_init(&out, (size_t)PROXY_HEAD_MAX * 2);
	buf_printf(&out, "%.*s %s%.*s %.*s\r\nHost: %.*s\r\n", STR_ARG(method),
		path.n > 0 && path.p[0] == '/' ? "" : "/", STR_ARG(path), STR_ARG(version), STR_ARG(authority));
	for (unsigned i = 0; i < fields->count; i++)
		if (!stays(fields, fields->list[i].name))
			buf_printf(
				&out, "%.*s: %.*s\r\n", STR_ARG(fields->list[i].name), STR_ARG(fields->list[i].value));
	buf_add_z(&out, "Connection: close\r\n\r\n");
	struct str head = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return head;
}

static bool
read_plain(struct arena *arena, struct str method, struct str target, struct str version, const struct fields *fields,
	struct proxy_request *request, struct proxy_wrong *ret_wrong)
{
	struct str scheme = {target.p, target.n < 7 ? target.n : 7};
	if (target.n > 0 && target.p[0] == '/')
		return refuse(ret_wrong, 400,
			"This is a proxy, and no server: it is asked for whole addresses, such as http://example.org/. "
			"Let the program use it as one (http_proxy, https_proxy).");
	if (!same_name(scheme, "http://"))
		return refuse(ret_wrong, 501,
			"This proxy takes http://HOST/… and CONNECT, which leads to whatever is spoken over TLS. Let "
			"the program use it for that.");
	struct str rest = {target.p + 7, target.n - 7};
	size_t n = 0;
	while (n < rest.n && !strchr("/?#", rest.p[n]))
		n++;
	struct str authority = {rest.p, n}, path = {rest.p + n, rest.n - n};
	request->port = 80;
	if (memchr(path.p, '#', path.n) || !read_authority(authority, request))
		return malformed(ret_wrong);
	if (!read_length(fields, request))
		return refuse(ret_wrong, 400,
			"How long the body of this request is can be understood in two ways. Send one Content-Length, "
			"or "
			"Transfer-Encoding: chunked.");
	request->head = head_for(arena, method, path, authority, version, fields);
	return true;
}

bool
proxy_request_read(
	struct arena *arena, struct str head, struct proxy_request *ret_request, struct proxy_wrong *ret_wrong)
{
	struct str line, method, target, rest = head;
	struct fields *fields = arena_new_of(arena, struct fields);
	*ret_request = (struct proxy_request){.head = STR("")};
	if (memchr(head.p, '\0', head.n) || !take_until(&rest, "\r\n", &line) || !take_until(&line, " ", &method) ||
		!take_until(&line, " ", &target) || !is_token(method) || method.n > METHOD_MAX || target.n == 0 ||
		(!str_is(line, "HTTP/1.1") && !str_is(line, "HTTP/1.0")) || !read_fields(rest, fields))
		return malformed(ret_wrong);
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] <= ' ' || target.p[i] == 0x7f)
			return malformed(ret_wrong);
	if (!str_is(method, "CONNECT"))
		return read_plain(arena, method, target, line, fields, ret_request, ret_wrong);
	ret_request->tunnel = true;
	ret_request->body = -1;
	return read_authority(target, ret_request) || malformed(ret_wrong);
}
