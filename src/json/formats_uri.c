/* URIs and IRIs, whole or as references, and templates of them: which characters may stand in which part. */
#include "json/formats.h"
#include "json/uri.h"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_percent(struct str text, size_t at)
{
	return text.p[at] == '%' && at + 2 < text.n && str_hex_digit(text.p[at + 1]) >= 0 &&
	       str_hex_digit(text.p[at + 2]) >= 0;
}

/* Unreserved characters, percent-encodings, and those of `also`; with `unicode` what lies past ASCII as well. */
static bool
consists_of(struct str text, const char *also, bool unicode)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool plain = is_letter(c) || is_digit(c) || (c && strchr("-._~", c));
		bool past = unicode && (unsigned char)c >= 0x80;
		if (!plain && !past && !(c && strchr(also, c)) && !is_percent(text, i))
			return false;
	}
	return true;
}

#define DELIMITERS "!$&'()*+,;="

static bool
is_scheme(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!is_letter(text.p[i]) && (i == 0 || !(is_digit(text.p[i]) || strchr("+-.", text.p[i]))))
			return false;
	return text.n > 0;
}

/* "[…]": an IPv6 address, or what "v" and a number announce for times to come. */
static bool
is_literal(struct str text)
{
	if (text.n < 2 || text.p[0] != '[' || text.p[text.n - 1] != ']')
		return false;
	struct str inner = {text.p + 1, text.n - 2};
	if (inner.n == 0 || (inner.p[0] != 'v' && inner.p[0] != 'V'))
		return formats_ipv6(inner);
	const char *dot = memchr(inner.p, '.', inner.n);
	return dot && dot > inner.p + 1 && dot + 1 < inner.p + inner.n && consists_of(inner, DELIMITERS ":", false);
}

static bool
is_authority(struct str text, bool unicode)
{
	const char *at = text.n > 0 ? memchr(text.p, '@', text.n) : NULL;
	struct str host = text;
	if (at) {
		struct str user = {text.p, (size_t)(at - text.p)};
		host = (struct str){at + 1, text.n - user.n - 1};
		if (!consists_of(user, DELIMITERS ":", unicode))
			return false;
	}
	size_t end = host.n;
	while (end > 0 && is_digit(host.p[end - 1]))
		end--;
	if (end > 0 && host.p[end - 1] == ':')
		host.n = end - 1;
	if (host.n > 0 && host.p[0] == '[')
		return is_literal(host);
	return consists_of(host, DELIMITERS, unicode);
}

static bool
is_reference(struct str text, bool unicode, bool whole)
{
	struct uri uri;
	uri_split(text, &uri);
	if (whole && (!uri.has_scheme || uri.scheme.n + 1 == text.n))
		return false;
	if (uri.has_scheme && !is_scheme(uri.scheme))
		return false;
	/* Without a scheme a first segment with a colon would be taken for one: uri_split has done so. */
	if (!uri.has_scheme && !uri.has_authority && uri.path.n > 0 && uri.path.p[0] == ':')
		return false;
	return is_authority(uri.authority, unicode) && consists_of(uri.path, DELIMITERS ":@/", unicode) &&
	       consists_of(uri.query, DELIMITERS ":@/?", unicode) &&
	       consists_of(uri.fragment, DELIMITERS ":@/?", unicode);
}

bool
formats_uri(struct str text)
{
	return is_reference(text, false, true);
}

bool
formats_uri_reference(struct str text)
{
	return is_reference(text, false, false);
}

bool
formats_iri(struct str text)
{
	return is_reference(text, true, true);
}

bool
formats_iri_reference(struct str text)
{
	return is_reference(text, true, false);
}

/* ---- templates, RFC 6570 ---- */

/* "name.part:30" or "name*" */
static bool
is_variable(struct str text)
{
	size_t n = 0;
	bool edge = true; /* where a dot may not stand */
	for (; n < text.n && text.p[n] != ':' && text.p[n] != '*'; n++) {
		bool dot = text.p[n] == '.';
		if (dot ? edge
			: !(is_letter(text.p[n]) || is_digit(text.p[n]) || text.p[n] == '_' || is_percent(text, n)))
			return false;
		edge = dot;
		if (text.p[n] == '%')
			n += 2;
	}
	if (n == 0 || edge)
		return false;
	if (n == text.n)
		return true;
	if (text.p[n] == '*')
		return n + 1 == text.n;
	size_t digits = text.n - n - 1;
	for (size_t i = n + 1; i < text.n; i++)
		if (!is_digit(text.p[i]))
			return false;
	return digits >= 1 && digits <= 4 && text.p[n + 1] != '0';
}

static bool
is_expression(struct str text)
{
	if (text.n > 0 && text.p[0] && strchr("+#./;?&=,!@|", text.p[0]))
		text = (struct str){text.p + 1, text.n - 1};
	for (;;) {
		const char *comma = text.n > 0 ? memchr(text.p, ',', text.n) : NULL;
		struct str variable = {text.p, comma ? (size_t)(comma - text.p) : text.n};
		if (!is_variable(variable))
			return false;
		if (!comma)
			return true;
		text = (struct str){comma + 1, text.n - variable.n - 1};
	}
}

bool
formats_uri_template(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c == '{') {
			const char *end = memchr(text.p + i, '}', text.n - i);
			if (!end || !is_expression((struct str){text.p + i + 1, (size_t)(end - text.p) - i - 1}))
				return false;
			i = (size_t)(end - text.p);
		} else if (c <= ' ' || c == 0x7f || strchr("\"<>\\^`|}", c) || (c == '%' && !is_percent(text, i))) {
			return false;
		}
	}
	return true;
}
