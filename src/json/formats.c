/* The names of the formats, and those that are a line or two. */
#include "json/formats.h"
#include "json/schema_internal.h"

static bool
is_uuid(struct str text)
{
	if (text.n != 36)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? text.p[i] != '-' : str_hex_digit(text.p[i]) < 0)
			return false;
	}
	return true;
}

static bool
is_json_pointer(struct str text)
{
	if (text.n > 0 && text.p[0] != '/')
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '~' && (i + 1 == text.n || (text.p[i + 1] != '0' && text.p[i + 1] != '1')))
			return false;
	return true;
}

/* How many levels up; then an index to move by; then "#", or a pointer from there. */
static bool
is_relative_json_pointer(struct str text)
{
	size_t n = 0;
	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	if (n == 0 || (n > 1 && text.p[0] == '0'))
		return false;
	if (n < text.n && (text.p[n] == '+' || text.p[n] == '-')) {
		size_t first = ++n;
		while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
			n++;
		if (n == first || text.p[first] == '0')
			return false;
	}
	struct str rest = {text.p + n, text.n - n};
	return str_eq(rest, STR("#")) || is_json_pointer(rest);
}

static bool
is_regex(struct str text)
{
	char why[REGEX_WHY_SIZE];
	return regex_compile(NULL, text, NULL, why);
}

static const struct {
	const char *name;
	bool (*check)(struct str text);	 /* NULL: says how a value is meant, not which are allowed */
	bool (*strict)(struct str text); /* instead, for schemas of ours */
} formats[] = {
	{"date", formats_date, NULL},
	{"time", formats_time, NULL},
	{"date-time", formats_date_time, NULL},
	{"duration", formats_duration, NULL},
	{"email", formats_email, formats_plain_email},
	{"idn-email", formats_idn_email, NULL},
	{"hostname", formats_hostname, NULL},
	{"idn-hostname", formats_idn_hostname, NULL},
	{"ipv4", formats_ipv4, NULL},
	{"ipv6", formats_ipv6, NULL},
	{"uri", formats_uri, NULL},
	{"uri-reference", formats_uri_reference, NULL},
	{"iri", formats_iri, NULL},
	{"iri-reference", formats_iri_reference, NULL},
	{"uri-template", formats_uri_template, NULL},
	{"uuid", is_uuid, NULL},
	{"json-pointer", is_json_pointer, NULL},
	{"relative-json-pointer", is_relative_json_pointer, NULL},
	{"regex", is_regex, NULL},
	{"int32", NULL, NULL},
	{"int64", NULL, NULL},
	{"float", NULL, NULL},
	{"double", NULL, NULL},
	{"binary", NULL, NULL},
	{"byte", NULL, NULL},
	{"password", NULL, NULL},
};

bool
schema_format(struct str name, bool strict, bool (**ret_check)(struct str text))
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (str_is(name, formats[i].name)) {
			*ret_check = strict && formats[i].strict ? formats[i].strict : formats[i].check;
			return true;
		}
	return false;
}
