/* Names and addresses of machines and mailboxes. */
#include "json/formats.h"

#include <arpa/inet.h>

static bool
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_address(int family, struct str text)
{
	char z[INET6_ADDRSTRLEN], ignored[sizeof(struct in6_addr)];
	if (text.n >= sizeof z || memchr(text.p, '\0', text.n))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	return inet_pton(family, z, ignored) == 1;
}

bool
formats_ipv4(struct str text)
{
	return text.n > 0 && is_address(AF_INET, text);
}

bool
formats_ipv6(struct str text)
{
	return text.n > 0 && is_address(AF_INET6, text);
}

/* ---- host names, RFC 1123 ---- */

static bool
is_label(struct str label)
{
	if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!is_letter_or_digit(label.p[i]) && label.p[i] != '-')
			return false;
	/* "??--" is kept for encodings, of which there is one. */
	return label.n < 4 || label.p[2] != '-' || label.p[3] != '-' || formats_a_label(label);
}

bool
formats_hostname(struct str text)
{
	if (text.n == 0 || text.n > 253)
		return false;
	struct str rest = text;
	for (;;) {
		const char *dot = memchr(rest.p, '.', rest.n);
		struct str label = {rest.p, dot ? (size_t)(dot - rest.p) : rest.n};
		if (!is_label(label))
			return false;
		if (!dot)
			return true;
		rest = (struct str){dot + 1, rest.n - label.n - 1};
	}
}

/* ---- mailboxes, RFC 5321 ---- */

static bool
is_atom(struct str text, bool unicode)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool dot = c == '.' && i > 0 && i + 1 < text.n && text.p[i - 1] != '.';
		bool mark = c && strchr("!#$%&'*+-/=?^_`{|}~", c);
		if (!dot && !mark && !is_letter_or_digit((char)c) && !(unicode && c >= 0x80))
			return false;
	}
	return text.n > 0;
}

static bool
is_quoted(struct str text, bool unicode)
{
	if (text.n < 3 || text.p[0] != '"' || text.p[text.n - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c == '\\' && i + 2 < text.n)
			c = (unsigned char)text.p[++i];
		else if (c == '"' || c == '\\')
			return false;
		if (c < ' ' || c == 0x7f || (c >= 0x80 && !unicode))
			return false;
	}
	return true;
}

/* "[127.0.0.1]" or "[IPv6:::1]" */
static bool
is_literal(struct str text)
{
	if (text.n < 3 || text.p[0] != '[' || text.p[text.n - 1] != ']')
		return false;
	struct str inner = {text.p + 1, text.n - 2};
	if (str_starts(inner, STR("IPv6:")))
		return formats_ipv6((struct str){inner.p + 5, inner.n - 5});
	return formats_ipv4(inner);
}

static bool
is_mailbox(struct str text, bool unicode)
{
	const char *at = text.n > 0 ? memrchr(text.p, '@', text.n) : NULL;
	if (!at)
		return false;
	struct str local = {text.p, (size_t)(at - text.p)}, domain = {at + 1, text.n - local.n - 1};
	if (text.n > 254 || local.n > 64)
		return false;
	if (!is_atom(local, unicode) && !is_quoted(local, unicode))
		return false;
	return is_literal(domain) || formats_hostname(domain) || (unicode && formats_idn_hostname(domain));
}

bool
formats_email(struct str text)
{
	return is_mailbox(text, false);
}

bool
formats_idn_email(struct str text)
{
	return is_mailbox(text, true);
}

/* One @, something before it, a dot inside what follows; whether it exists only a mail can tell. */
bool
formats_plain_email(struct str text)
{
	const char *at = text.n > 0 ? memrchr(text.p, '@', text.n) : NULL;
	if (!at || at == text.p || text.n > 254 || at - text.p > 64)
		return false;
	struct str domain = {at + 1, text.n - (size_t)(at - text.p) - 1};
	bool dot = false;
	for (size_t i = 0; i < domain.n; i++) {
		char c = domain.p[i];
		bool edge = i == 0 || i + 1 == domain.n || domain.p[i - 1] == '.';
		bool letter = is_letter_or_digit(c) || (unsigned char)c >= 0x80;
		if (!letter && !(c == '-' && !edge) && !(c == '.' && !edge))
			return false;
		dot |= c == '.';
	}
	for (const char *p = text.p; p < at; p++)
		if ((unsigned char)*p <= ' ' || *p == '@' || *p == 0x7f ||
			(*p == '.' && (p == text.p || p + 1 == at || p[1] == '.')))
			return false;
	return dot;
}
