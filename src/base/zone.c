/* Time zones: TZif (RFC 9636), and its footer for the years past its table; see zone.h. */
#include "base/zone.h"

#include "base/day.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo"
#define FILE_MAX ((size_t)256 << 10)
#define CHANGES_MAX 20000

struct kind {
	int32_t offset;
	bool dst;
	char name[16];
};
struct change {
	int64_t at;
	struct kind kind;
};

/* The day of a year on which clocks are changed: M (month, week, weekday), J (a day that is never 29 February), or from 0 on. */
struct rule_day {
	char form;
	int month, week, day;
	int64_t seconds; /* after midnight; may be less than 0, or more than a day */
};
struct rule {
	struct kind standard, summer;
	bool changes; /* there is a summer time */
	struct rule_day start, end;
};

struct zone {
	struct kind first; /* before all changes */
	struct change *changes;
	unsigned count;
	bool ruled; /* after them, or always */
	struct rule rule;
};

/* ---- the footer: a POSIX TZ string ---- */

static bool
digit(const char *at, const char *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

static bool
read_number(const char **at, const char *end, int64_t least, int64_t most, int64_t *ret_number)
{
	int64_t number = 0;
	if (!digit(*at, end))
		return false;
	for (; digit(*at, end) && number <= most; ++*at)
		number = number * 10 + (**at - '0');
	*ret_number = number;
	return number >= least && number <= most && !digit(*at, end);
}

static bool
take(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	++*at;
	return true;
}

static bool
read_name(const char **at, const char *end, char name[16])
{
	bool quoted = take(at, end, '<');
	size_t n = 0;
	for (; *at < end && (quoted ? **at != '>' : (**at | 0x20) >= 'a' && (**at | 0x20) <= 'z'); ++*at) {
		if (n == 15)
			return false;
		name[n++] = **at;
	}
	name[n] = '\0';
	return n > 0 && (!quoted || take(at, end, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool
read_time(const char **at, const char *end, int64_t hours_max, int64_t *ret_seconds)
{
	int64_t hours, minutes = 0, seconds = 0;
	bool minus = take(at, end, '-');
	if (!minus)
		take(at, end, '+');
	if (!read_number(at, end, 0, hours_max, &hours) ||
		(take(at, end, ':') && (!read_number(at, end, 0, 59, &minutes) ||
					       (take(at, end, ':') && !read_number(at, end, 0, 59, &seconds)))))
		return false;
	*ret_seconds = (hours * 3600 + minutes * 60 + seconds) * (minus ? -1 : 1);
	return true;
}

static bool
read_day(const char **at, const char *end, struct rule_day *ret_day)
{
	int64_t month = 0, week = 0, day, seconds = 7200;
	char form = take(at, end, 'M') ? 'M' : take(at, end, 'J') ? 'J' : '0';
	if (form == 'M' && (!read_number(at, end, 1, 12, &month) || !take(at, end, '.') ||
				   !read_number(at, end, 1, 5, &week) || !take(at, end, '.')))
		return false;
	if (!read_number(at, end, form == 'J', form == 'M' ? 6 : 365, &day))
		return false;
	if (take(at, end, '/') && !read_time(at, end, 167, &seconds))
		return false;
	*ret_day = (struct rule_day){form, (int)month, (int)week, (int)day, seconds};
	return true;
}

static bool
read_rule(struct str text, struct rule *ret_rule)
{
	const char *at = text.p, *end = text.p + text.n;
	struct rule rule = {0};
	int64_t west, summer_west;
	if (!read_name(&at, end, rule.standard.name) || !read_time(&at, end, 24, &west))
		return false;
	rule.standard.offset = (int32_t)-west;
	if (at < end) {
		if (!read_name(&at, end, rule.summer.name))
			return false;
		summer_west = west - 3600;
		if (at < end && *at != ',' && !read_time(&at, end, 24, &summer_west))
			return false;
		if (!take(&at, end, ',') || !read_day(&at, end, &rule.start) || !take(&at, end, ',') ||
			!read_day(&at, end, &rule.end))
			return false;
		rule.summer.offset = (int32_t)-summer_west;
		rule.summer.dst = rule.changes = true;
	}
	*ret_rule = rule;
	return at == end;
}

static int64_t
rule_seconds(const struct rule_day *rule, int64_t year)
{
	int64_t day = day_number(year, 1, 1);
	if (rule->form == 'M') {
		int64_t first = day_number(year, rule->month, 1);
		day = first + (rule->day - day_week(first) + 7) % 7 + 7 * (rule->week - 1);
		if (day >= first + days_in_month(year, rule->month))
			day -= 7; /* the fifth is the last */
	} else {
		day += rule->day - (rule->form == 'J') +
		       (rule->form == 'J' && rule->day >= 60 && days_in_month(year, 2) == 29);
	}
	return day * DAY_SECONDS + rule->seconds;
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = ((const struct change *)a)->at, y = ((const struct change *)b)->at;
	return (x > y) - (x < y);
}

static struct zone_span
span_of(const struct kind *kind, int64_t from, int64_t to)
{
	struct zone_span span = {.from = from, .to = to, .offset = kind->offset, .dst = kind->dst};
	memcpy(span.name, kind->name, sizeof span.name);
	return span;
}

static struct zone_span
ruled_at(const struct rule *rule, int64_t seconds)
{
	struct change changes[10];
	int64_t year = day_of(day_at(seconds)).year;
	unsigned count = 0, i = 0;
	if (!rule->changes)
		return span_of(&rule->standard, INT64_MIN, INT64_MAX);
	/* Two years either way: a change may be hours after or before its year. */
	for (int64_t y = year - 2; y <= year + 2; y++) {
		changes[count++] = (struct change){rule_seconds(&rule->start, y) - rule->standard.offset, rule->summer};
		changes[count++] = (struct change){rule_seconds(&rule->end, y) - rule->summer.offset, rule->standard};
	}
	qsort(changes, count, sizeof *changes, by_time);
	while (i + 2 < count && changes[i + 1].at <= seconds)
		i++;
	return span_of(&changes[i].kind, changes[i].at, changes[i + 1].at);
}

/* ---- TZif ---- */

struct counts {
	uint32_t utc, standard, leaps, times, kinds, letters;
};

static uint32_t
number32(const char *at)
{
	const unsigned char *b = (const unsigned char *)at;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int64_t
number64(const char *at)
{
	return (int64_t)((uint64_t)number32(at) << 32 | number32(at + 4));
}

/* Its header, and past it; false: there is none, or what it announces is more than there is. */
static bool
read_header(struct str *rest, size_t time_size, struct counts *ret_counts)
{
	if (rest->n < 44 || memcmp(rest->p, "TZif", 4) != 0 || rest->p[4] < '2')
		return false;
	struct counts c = {number32(rest->p + 20), number32(rest->p + 24), number32(rest->p + 28),
		number32(rest->p + 32), number32(rest->p + 36), number32(rest->p + 40)};
	*rest = (struct str){rest->p + 44, rest->n - 44};
	if (c.times > CHANGES_MAX || c.kinds == 0 || c.kinds > 256 || c.letters > 2048 || c.leaps > 1000 ||
		c.utc > 256 || c.standard > 256)
		return false;
	*ret_counts = c;
	size_t size =
		c.times * (time_size + 1) + c.kinds * 6 + c.letters + c.leaps * (time_size + 4) + c.standard + c.utc;
	return rest->n >= size;
}

static bool
read_kind(const char *table, const struct counts *counts, const char *letters, unsigned which, struct kind *ret_kind)
{
	const char *at = table + (size_t)which * 6;
	unsigned name = (unsigned char)at[5], n = 0;
	if (which >= counts->kinds || name >= counts->letters)
		return false;
	*ret_kind = (struct kind){.offset = (int32_t)number32(at), .dst = at[4] != 0};
	for (; name + n < counts->letters && letters[name + n] && n < sizeof ret_kind->name - 1; n++)
		ret_kind->name[n] = letters[name + n];
	return ret_kind->offset >= -ZONE_OFFSET_MAX && ret_kind->offset <= ZONE_OFFSET_MAX;
}

bool
zone_read(struct arena *arena, struct str bytes, const struct zone **ret_zone)
{
	struct counts old, counts;
	struct str rest = bytes;
	struct zone *zone = arena_new_of(arena, struct zone);
	if (!read_header(&rest, 4, &old))
		return false;
	size_t skipped = old.times * (size_t)5 + old.kinds * (size_t)6 + old.letters + old.leaps * (size_t)8 +
			 old.standard + old.utc;
	rest = (struct str){rest.p + skipped, rest.n - skipped};
	if (!read_header(&rest, 8, &counts) || counts.leaps > 0)
		return false;
	const char *times = rest.p, *which = times + counts.times * (size_t)8, *kinds = which + counts.times;
	const char *letters = kinds + counts.kinds * (size_t)6;
	const char *footer = letters + counts.letters + counts.standard + counts.utc, *end = rest.p + rest.n;
	zone->changes = arena_array(arena, counts.times + 1, sizeof *zone->changes);
	if (!read_kind(kinds, &counts, letters, 0, &zone->first))
		return false;
	for (unsigned i = 0; i < counts.times; i++) {
		struct change *c = &zone->changes[zone->count++];
		c->at = number64(times + (size_t)i * 8);
		if (!read_kind(kinds, &counts, letters, (unsigned char)which[i], &c->kind) ||
			(i > 0 && c->at <= zone->changes[i - 1].at))
			return false;
	}
	const char *line =
		footer < end && *footer == '\n' ? memchr(footer + 1, '\n', (size_t)(end - footer - 1)) : NULL;
	if (!line)
		return false;
	struct str rule = {footer + 1, (size_t)(line - footer - 1)};
	zone->ruled = rule.n > 0;
	*ret_zone = zone;
	return !zone->ruled || read_rule(rule, &zone->rule);
}

/* ---- looking ---- */

struct zone_span
zone_at(const struct zone *zone, int64_t seconds)
{
	unsigned low = 0, high = zone->count; /* changes before low are at or before it, those from high on after it */
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		if (zone->changes[middle].at <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	int64_t from = low > 0 ? zone->changes[low - 1].at : INT64_MIN;
	int64_t to = low < zone->count ? zone->changes[low].at : INT64_MAX;
	if (low == zone->count && zone->ruled) {
		struct zone_span span = ruled_at(&zone->rule, seconds);
		span.from = span.from > from ? span.from : from;
		return span;
	}
	return span_of(low > 0 ? &zone->changes[low - 1].kind : &zone->first, from, to);
}

int64_t
zone_instant(const struct zone *zone, int64_t local)
{
	/* No clock differs by more from UTC: whatever shows this time, now or before, lies in or after this span. */
	struct zone_span span = zone_at(zone, local - ZONE_OFFSET_MAX);
	for (;;) {
		int64_t instant = local - span.offset;
		if (instant < span.from)
			return span.from;
		if (instant < span.to)
			return instant;
		span = zone_at(zone, span.to);
	}
}

/* ---- the system's database ---- */

/* A path beneath it and nothing else: Europe/Berlin, Etc/GMT+5. */
static bool
is_name(struct str name)
{
	static const char *const none[] = {"posix/", "right/", "posixrules", "localtime", "Factory"};
	bool begins = true;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool other = (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+';
		if (!letter && (begins || (!other && c != '/')))
			return false;
		begins = c == '/';
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (str_starts(name, str_of(none[i])))
			return false;
	return name.n > 0 && name.n <= ZONE_NAME_MAX && !begins;
}

static bool
read_file(struct arena *arena, const char *path, struct str *ret_bytes)
{
	struct stat about;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	bool ok = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0 &&
		  (size_t)about.st_size <= FILE_MAX;
	char *bytes = ok ? arena_alloc(arena, (size_t)about.st_size) : NULL;
	ok = ok && read(fd, bytes, (size_t)about.st_size) == about.st_size;
	close(fd);
	*ret_bytes = (struct str){bytes, ok ? (size_t)about.st_size : 0};
	return ok;
}

bool
zone_load(struct arena *arena, struct str name, const struct zone **ret_zone, struct err *err)
{
	struct str bytes;
	if (!is_name(name) || !read_file(arena, arena_printf(arena, ZONES "/%.*s", STR_ARG(name)), &bytes)) {
		size_t n = name.n < ZONE_NAME_MAX ? name.n : ZONE_NAME_MAX;
		while (n < name.n && n > 0 && ((unsigned char)name.p[n] & 0xc0) == 0x80)
			n--;
		return err_set(err, ERR_INVALID,
			"There is no time zone \"%.*s%s\". Names are those of the IANA database, in its spelling: "
			"Europe/Berlin, America/New_York, UTC.",
			(int)n, name.p, n < name.n ? "…" : "");
	}
	if (!zone_read(arena, bytes, ret_zone))
		return err_set(err, ERR_INVALID,
			"The time zone %.*s cannot be read: its file in " ZONES " is of another format. Install the "
			"package tzdata anew.",
			STR_ARG(name));
	return true;
}
