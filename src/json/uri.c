/* References to URIs, by the steps of RFC 3986, section 5.2. */
#include "json/uri.h"

static struct str
cut(struct str *rest, const char *ends)
{
	size_t n = 0;
	while (n < rest->n && !memchr(ends, rest->p[n], strlen(ends)))
		n++;
	struct str head = {rest->p, n};
	*rest = (struct str){rest->p + n, rest->n - n};
	return head;
}

static struct str
after(struct str text, size_t n)
{
	return (struct str){text.p + n, text.n - n};
}

void
uri_split(struct str text, struct uri *ret_uri)
{
	struct uri uri = {0};
	struct str rest = text, head = cut(&rest, ":/?#");
	if (head.n > 0 && rest.n > 0 && rest.p[0] == ':') {
		uri.has_scheme = true;
		uri.scheme = head;
		rest = after(rest, 1);
	} else {
		rest = text;
	}
	if (str_starts(rest, STR("//"))) {
		rest = after(rest, 2);
		uri.has_authority = true;
		uri.authority = cut(&rest, "/?#");
	}
	uri.path = cut(&rest, "?#");
	if (rest.n > 0 && rest.p[0] == '?') {
		rest = after(rest, 1);
		uri.has_query = true;
		uri.query = cut(&rest, "#");
	}
	if (rest.n > 0) {
		uri.has_fragment = true;
		uri.fragment = after(rest, 1);
	}
	*ret_uri = uri;
}

/* Takes the last segment, with the slash before it, off what was written since `from`. */
static size_t
drop_segment(const char *out, size_t from, size_t n)
{
	while (n > from && out[n - 1] != '/')
		n--;
	return n > from ? n - 1 : from;
}

/* Appends `path` without its dots to `out`, which has room for it. */
static size_t
add_path(char *out, size_t n, struct str path)
{
	size_t from = n;
	while (path.n > 0) {
		bool last = false;
		size_t skip = 0;
		if (str_starts(path, STR("../"))) {
			skip = 3;
		} else if (str_starts(path, STR("./")) || str_starts(path, STR("/./"))) {
			skip = 2;
		} else if (str_eq(path, STR("/."))) {
			last = true;
		} else if (str_starts(path, STR("/../")) || str_eq(path, STR("/.."))) {
			last = path.n == 3;
			skip = 3;
			n = drop_segment(out, from, n);
		} else if (str_eq(path, STR(".")) || str_eq(path, STR(".."))) {
			break;
		}
		if (last) {
			out[n++] = '/';
			break;
		}
		if (skip > 0) {
			path = after(path, skip);
			continue;
		}
		do {
			out[n++] = path.p[0];
			path = after(path, 1);
		} while (path.n > 0 && path.p[0] != '/');
	}
	return n;
}

static size_t
add(char *out, size_t n, struct str text)
{
	if (text.n > 0)
		memcpy(out + n, text.p, text.n);
	return n + text.n;
}

/* The path of the base up to its last slash, then the reference's. */
static struct str
merge(struct arena *arena, const struct uri *base, struct str path)
{
	size_t keep = base->path.n;
	while (keep > 0 && base->path.p[keep - 1] != '/')
		keep--;
	bool slash = base->has_authority && base->path.n == 0;
	char *out = arena_alloc(arena, keep + slash + path.n + 1);
	size_t n = add(out, 0, slash ? STR("/") : (struct str){base->path.p, keep});
	n = add(out, n, path);
	return (struct str){out, n};
}

struct str
uri_resolve(struct arena *arena, struct str base_text, struct str reference, struct str *ret_fragment)
{
	struct uri base, uri;
	uri_split(base_text, &base);
	uri_split(reference, &uri);
	*ret_fragment = uri.fragment;
	bool own_query = uri.has_query;
	if (!uri.has_scheme) {
		uri.has_scheme = base.has_scheme;
		uri.scheme = base.scheme;
		if (!uri.has_authority) {
			uri.has_authority = base.has_authority;
			uri.authority = base.authority;
			if (uri.path.n == 0) {
				uri.path = base.path;
				if (!own_query) {
					uri.has_query = base.has_query;
					uri.query = base.query;
				}
			} else if (uri.path.p[0] != '/') {
				uri.path = merge(arena, &base, uri.path);
			}
		}
	}
	char *out = arena_alloc(arena, uri.scheme.n + uri.authority.n + uri.path.n + uri.query.n + 8);
	size_t n = 0;
	if (uri.has_scheme)
		n = add(out, add(out, n, uri.scheme), STR(":"));
	if (uri.has_authority)
		n = add(out, add(out, n, STR("//")), uri.authority);
	n = add_path(out, n, uri.path);
	if (uri.has_query)
		n = add(out, add(out, n, STR("?")), uri.query);
	return (struct str){out, n};
}

bool
uri_decode(struct arena *arena, struct str text, struct str *ret_text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '%') {
			out[n++] = text.p[i];
			continue;
		}
		int high = i + 2 < text.n ? str_hex_digit(text.p[i + 1]) : -1,
		    low = i + 2 < text.n ? str_hex_digit(text.p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return false;
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*ret_text = (struct str){out, n};
	return true;
}
