/* What a terminal shows; see format.h. */
#include "cli/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define NBSP "\xc2\xa0"

static const char *
long_duration(struct arena *arena, int64_t seconds)
{
	if (seconds < 3600)
		return arena_printf(arena, "%" PRId64 NBSP "m %" PRId64 NBSP "s", seconds / 60, seconds % 60);
	if (seconds < 86400)
		return arena_printf(arena, "%" PRId64 NBSP "h %02" PRId64 NBSP "m", seconds / 3600, seconds / 60 % 60);
	return arena_printf(arena, "%" PRId64 NBSP "d %" PRId64 NBSP "h", seconds / 86400, seconds / 3600 % 24);
}

const char *
format_duration(struct arena *arena, int64_t ms)
{
	if (ms < 1000)
		return arena_printf(arena, "%" PRId64 NBSP "ms", ms < 0 ? 0 : ms);
	if (ms < 59950)
		return arena_printf(arena, "%" PRId64 ".%" PRId64 NBSP "s", (ms + 50) / 1000, (ms + 50) / 100 % 10);
	return long_duration(arena, (ms + 500) / 1000);
}

const char *
format_elapsed(struct arena *arena, int64_t ms)
{
	int64_t seconds = ms < 0 ? 0 : ms / 1000;
	return seconds < 60 ? arena_printf(arena, "%" PRId64 NBSP "s", seconds) : long_duration(arena, seconds);
}

const char *
format_count(struct arena *arena, int64_t count)
{
	if (count >= 1000000)
		return arena_printf(arena, "%" PRId64 ".%" PRId64 "M", count / 1000000, count / 100000 % 10);
	if (count >= 100000)
		return arena_printf(arena, "%" PRId64 "k", count / 1000);
	if (count >= 1000)
		return arena_printf(arena, "%" PRId64 ",%03" PRId64, count / 1000, count % 1000);
	return arena_printf(arena, "%" PRId64, count);
}

const char *
format_money(struct arena *arena, int64_t nano)
{
	if (nano == 0)
		return "free";
	double dollars = (double)nano / 1e9;
	return arena_printf(arena, "$%.*f", dollars < 0.01 ? 4 : dollars < 1 ? 3 : 2, dollars);
}

bool
format_parse_time(struct str text, int64_t *ret_us)
{
	char z[40];
	if (text.n < 20 || text.n >= sizeof z)
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	struct tm tm = {0};
	const char *rest = strptime(z, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!rest)
		return false;
	int64_t us = 0, unit = 100000;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
			us += (*rest - '0') * unit;
	if (strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0)
		return false;
	*ret_us = (int64_t)timegm(&tm) * 1000000 + us;
	return true;
}

const char *
format_clock(struct arena *arena, int64_t us)
{
	char clock[16];
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	localtime_r(&seconds, &tm);
	snprintf(clock, sizeof clock, "%02d:%02d:%02d", tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
	return arena_strdup(arena, clock);
}

const char *
format_when(struct arena *arena, int64_t us, int64_t now_us)
{
	int64_t s = (now_us - us) / 1000000;
	if (s < 0)
		s = 0;
	if (s < 60)
		return arena_printf(arena, "%lld s ago", (long long)s);
	if (s < 3600)
		return arena_printf(arena, "%lld min ago", (long long)(s / 60));
	if (s < 86400)
		return arena_printf(arena, "%lld h ago", (long long)(s / 3600));
	char day[40];
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	localtime_r(&seconds, &tm);
	/* The year only when it is another one than this. */
	bool old = s > INT64_C(300) * 86400;
	if (strftime(day, sizeof day, old ? "%-d %b %Y %H:%M" : "%-d %b %H:%M", &tm) == 0)
		day[0] = '\0';
	return arena_strdup(arena, day);
}

/* ---- characters ---- */

/* The character at the front; what is not UTF-8 counts as one unknown character a byte. */
static uint32_t
next(struct str *text)
{
	const unsigned char *p = (const unsigned char *)text->p;
	size_t n = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;
	if (n == 0 || n > text->n || str_utf8_bad((struct str){text->p, n}) != n) {
		*text = (struct str){text->p + 1, text->n - 1};
		return 0xfffd;
	}
	uint32_t c = n == 1 ? *p : *p & (0x7fU >> n);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	*text = (struct str){text->p + n, text->n - n};
	return c;
}

static bool
is_control(uint32_t c)
{
	/* C0, DEL, C1, and the marks that turn the direction of writing. */
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* As good as terminals agree. */
static size_t
columns_of(uint32_t c)
{
	if (is_control(c) || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f))
		return 0;
	bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
		    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
		    (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
	return wide ? 2 : 1;
}

void
format_safe(struct buf *out, struct str text, bool lines)
{
	while (text.n > 0) {
		struct str before = text;
		uint32_t c = next(&text);
		if (c == '\n' || c == '\t' || c == '\r')
			buf_add_char(out, !lines || c == '\r' ? ' ' : (char)c);
		else if (c == 0xfffd)
			buf_add_z(out, "\xef\xbf\xbd");
		else if (!is_control(c))
			buf_add(out, before.p, before.n - text.n);
	}
}

size_t
format_width(struct str text)
{
	size_t columns = 0;
	while (text.n > 0)
		columns += columns_of(next(&text));
	return columns;
}

struct str
format_fit(struct arena *arena, struct str text, size_t columns, bool tail)
{
	size_t width = format_width(text);
	if (width <= columns)
		return text;
	if (columns < 2)
		return (struct str){"", 0};
	if (tail) {
		struct str rest = text;
		while (rest.n > 0 && width > columns - 1)
			width -= columns_of(next(&rest));
		return str_of(arena_printf(arena, "…%.*s", STR_ARG(rest)));
	}
	struct str rest = text, before = text;
	for (size_t used = 0; rest.n > 0; before = rest) {
		used += columns_of(next(&rest));
		if (used > columns - 1)
			break;
	}
	return str_of(arena_printf(arena, "%.*s…", (int)(text.n - before.n), text.p));
}
