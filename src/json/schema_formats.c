/* Formats that are asserted, as strict as a person expects and no stricter. */
#include "json/schema_internal.h"

#include "base/id.h"

static bool
is_uuid(struct str text)
{
	struct id ignored;
	return id_parse(text, &ignored);
}

/* One @, something before it, a dot inside what follows; whether it exists only a mail can tell. */
static bool
is_email(struct str text)
{
	const char *at = text.n > 0 ? memrchr(text.p, '@', text.n) : NULL;
	if (!at || at == text.p || text.n > 254 || at - text.p > 64)
		return false;
	struct str domain = {at + 1, text.n - (size_t)(at - text.p) - 1};
	bool dot = false;
	for (size_t i = 0; i < domain.n; i++) {
		unsigned char c = (unsigned char)domain.p[i];
		bool edge = i == 0 || i + 1 == domain.n || domain.p[i - 1] == '.';
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
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

/* `n` digits at `at`, or -1. */
static int
digits(struct str text, size_t at, size_t n)
{
	int value = 0;
	if (at + n > text.n)
		return -1;
	for (size_t i = at; i < at + n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		value = value * 10 + (text.p[i] - '0');
	}
	return value;
}

static bool
is_between(int value, int least, int most)
{
	return value >= least && value <= most;
}

static bool
is_date(struct str text)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-')
		return false;
	int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
	if (year < 0 || !is_between(month, 1, 12))
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return is_between(day, 1, days[month - 1] + (month == 2 && leap));
}

/* "Z" or "+01:30", of which ret_minutes is the distance to UTC. */
static bool
is_offset(struct str text, int *ret_minutes)
{
	*ret_minutes = 0;
	if (text.n == 1)
		return text.p[0] == 'Z' || text.p[0] == 'z';
	if (text.n != 6 || (text.p[0] != '+' && text.p[0] != '-') || text.p[3] != ':')
		return false;
	int hours = digits(text, 1, 2), minutes = digits(text, 4, 2);
	*ret_minutes = (text.p[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
	return is_between(hours, 0, 23) && is_between(minutes, 0, 59);
}

/* RFC 3339. A leap second only where one can be: at 23:59:60 UTC. */
static bool
is_date_time(struct str text)
{
	if (text.n < 20 || (text.p[10] != 'T' && text.p[10] != 't') || text.p[13] != ':' || text.p[16] != ':')
		return false;
	int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
	size_t at = 19;
	if (text.p[at] == '.') {
		size_t first = ++at;
		while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9')
			at++;
		if (at == first)
			return false;
	}
	int offset;
	if (!is_date((struct str){text.p, 10}) || !is_offset((struct str){text.p + at, text.n - at}, &offset) ||
		!is_between(hour, 0, 23) || !is_between(minute, 0, 59) || !is_between(second, 0, 60))
		return false;
	return second < 60 || ((hour * 60 + minute - offset) % 1440 + 1440) % 1440 == 1439;
}

/* RFC 3986, as far as characters go: a scheme, then something, nothing that has to be escaped. */
static bool
is_uri(struct str text)
{
	size_t colon = 0;
	for (; colon < text.n && text.p[colon] != ':'; colon++) {
		char c = text.p[colon];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
		if (!letter && (!other || colon == 0))
			return false;
	}
	if (colon == 0 || colon + 1 >= text.n)
		return false;
	for (size_t i = colon + 1; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c))
			return false;
		bool hex = i + 2 < text.n && strchr("0123456789abcdefABCDEF", text.p[i + 1]) &&
			   strchr("0123456789abcdefABCDEF", text.p[i + 2]);
		if (c == '%' && !hex)
			return false;
	}
	return true;
}

static const struct {
	const char *name;
	bool (*check)(struct str text); /* NULL: says how a value is meant, not which are allowed */
} formats[] = {
	{"uuid", is_uuid},
	{"email", is_email},
	{"date", is_date},
	{"date-time", is_date_time},
	{"uri", is_uri},
	{"int32", NULL},
	{"int64", NULL},
	{"float", NULL},
	{"double", NULL},
	{"binary", NULL},
	{"byte", NULL},
	{"password", NULL},
};

bool
schema_format(struct str name, bool (**ret_check)(struct str text))
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (str_is(name, formats[i].name)) {
			*ret_check = formats[i].check;
			return true;
		}
	return false;
}
