/*
 * Any text as a cron expression, in one of a few zones (the first byte), or any bytes as the file of a zone. What an expression with plain fields comes due
 * at is worked out here a second time, from its text, minute by minute: nothing is left out, and nothing is too much.
 */
#include "base/day.h"
#include "flow/cron.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define MINUTES_LOOKED_AT (3 * 1440)

static const char *const zone_names[] = {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
	"America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"};
static int
value_of(const char *text, int least, const char *names)
{
	for (int i = 0; names && names[i * 3]; i++)
		if (strncasecmp(text, names + (size_t)i * 3, 3) == 0)
			return least + i;
	return atoi(text);
}

/* Of a field without L, W and #. */
static bool
holds(const char *field, int least, int most, const char *names, int value)
{
	char copy[CRON_TEXT_MAX + 1], *rest = copy, *item;
	strcpy(copy, field);
	while ((item = strsep(&rest, ","))) {
		char *slash = strchr(item, '/'), *dash = strchr(item, '-');
		int step = slash ? atoi(slash + 1) : 1, from = least, to = most;
		if (*item != '*' && *item != '?') {
			from = value_of(item, least, names);
			to = dash ? value_of(dash + 1, least, names) : slash ? most : from;
			if (dash && to < from)
				to += 7; /* SUN at the end */
		}
		for (int n = from; n <= to; n += step)
			if (n == value || (least == 0 && most == 6 && n % 7 == value))
				return true;
	}
	return false;
}

struct fields {
	char text[5][CRON_TEXT_MAX + 1];
};

static bool
fits(const struct fields *f, int64_t local)
{
	int64_t number = day_at(local);
	struct day day = day_of(number);
	int minute = (int)((local - number * DAY_SECONDS) / 60);
	bool of_month = holds(f->text[2], 1, 31, NULL, day.day);
	bool of_week = holds(f->text[4], 0, 6, "SUNMONTUEWEDTHUFRISAT", day_week(number));
	bool any = strchr("*?", f->text[2][0]) || strchr("*?", f->text[4][0]);
	return holds(f->text[0], 0, 59, NULL, minute % 60) && holds(f->text[1], 0, 23, NULL, minute / 60) &&
	       holds(f->text[3], 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", day.month) &&
	       (any ? of_month && of_week : of_month || of_week);
}

static bool
plain(const char *text, struct fields *ret_fields)
{
	struct fields *f = ret_fields;
	return sscanf(text, "%256s %256s %256s %256s %256s", f->text[0], f->text[1], f->text[2], f->text[3],
		       f->text[4]) == 5 &&
	       !strpbrk(f->text[2], "LlWw") && !strpbrk(f->text[4], "Ll#");
}

/* Is it due at this instant? By the rules of cron.h, and not by its ways. */
static bool
due(const struct fields *f, bool every_hour, const struct zone *zone, int64_t at)
{
	struct zone_span span = zone_at(zone, at);
	int64_t local = at + span.offset;
	if (every_hour)
		return local % 60 == 0 && fits(f, local);
	if (local % 60 == 0 && fits(f, local) && zone_instant(zone, local) == at)
		return true;
	if (at != span.from)
		return false;
	for (int64_t left_out = at + zone_at(zone, at - 1).offset; left_out < local; left_out++)
		if (left_out % 60 == 0 && fits(f, left_out))
			return true;
	return false;
}

/* When clocks there are changed for the n-th time after 2007; where they never are, a few leap years on. */
static int64_t
start_of(const struct zone *zone, unsigned n)
{
	struct zone_span span = zone_at(zone, 1167609600);
	for (; n > 0 && span.to != INT64_MAX; n--)
		span = zone_at(zone, span.to);
	return span.to == INT64_MAX ? day_number(2000 + 4 * (int64_t)n, 2, 27) * DAY_SECONDS : span.to;
}

static void
check_times(const char *text, const struct cron *cron, const struct zone *zone, int64_t from)
{
	struct fields fields;
	int64_t at_us = from * 1000000, end = from + MINUTES_LOOKED_AT * 60;
	bool known = plain(text, &fields), every_hour = cron->hours == 0xffffff;
	for (int n = 0; n < 200; n++) {
		int64_t before = at_us / 1000000;
		bool found = cron_next(cron, zone, at_us, &at_us);
		if (found && (at_us <= before * 1000000 || at_us % 1000000 != 0))
			abort();
		int64_t last = found && at_us / 1000000 < end ? at_us / 1000000 : end;
		for (int64_t at = before + 60 - before % 60; known && at < last; at += 60)
			if (due(&fields, every_hour, zone, at))
				abort();
		if (!found || at_us / 1000000 >= end)
			return;
		if (known && !due(&fields, every_hour, zone, at_us / 1000000))
			abort();
	}
}

static void
check_zone(struct arena *arena, struct str bytes)
{
	const struct zone *zone;
	if (!zone_read(arena, bytes, &zone))
		return;
	int64_t last = INT64_MIN;
	for (int64_t at = -4000000000; at < INT64_C(8000000000); at += 86400 * 31) {
		struct zone_span span = zone_at(zone, at);
		int64_t instant = zone_instant(zone, at);
		if (span.from > at || span.to <= at || span.offset > ZONE_OFFSET_MAX ||
			span.offset < -ZONE_OFFSET_MAX || instant < last)
			abort();
		last = instant;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str input = {(const char *)bytes, size};
	struct err err = {0};
	struct cron cron;
	const struct zone *zone;
	if (size == 0 || size > 4096)
		return 0;
	struct arena *arena = arena_new();
	if (str_starts(input, STR("TZif"))) {
		check_zone(arena, input);
	} else if (cron_parse((struct str){input.p + 1, size - 1}, &cron, &err)) {
		const char *text = arena_strz(arena, (struct str){input.p + 1, size - 1});
		unsigned which = bytes[0] % 64;
		if (cron_words(arena, &cron)[0] == '\0')
			abort();
		/* From before that on; and from where a time may have been already, and be there again. */
		static const int befores[] = {DAY_SECONDS / 2, 1500, -700};
		for (int i = 0; i < 3 && zone_load(arena, str_of(zone_names[which % 8]), &zone, &err); i++)
			check_times(text, &cron, zone, start_of(zone, which / 8) - befores[i]);
	} else if (err.code != ERR_INVALID || err.message[0] == '\0') {
		abort();
	}
	arena_free(arena);
	return 0;
}
