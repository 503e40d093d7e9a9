/* Reading cron expressions; see cron.h. When they come due: cron_next.c. In words: cron_words.c. */
#include "flow/cron.h"

#include "flow/hint.h"

enum which { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const struct field {
	const char *name, *goes; /* what is expected */
	unsigned least, most;
	const char *names; /* three letters each, from the least on */
} fields[FIELDS] = {
	[MINUTE] = {"minute", "0 to 59", 0, 59, NULL},
	[HOUR] = {"hour", "0 to 23", 0, 23, NULL},
	[DAY] = {"day of month", "1 to 31, L, L-3, 15W or LW", 1, 31, NULL},
	[MONTH] = {"month", "1 to 12 or JAN to DEC", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
	[WEEKDAY] = {"day of week", "0 to 7 or SUN to SAT (0 and 7 are Sunday), FRIL or FRI#2", 0, 7,
		"SUNMONTUEWEDTHUFRISAT"},
};

static const struct {
	const char *name, *means;
} macros[] = {
	{"@yearly", "0 0 1 1 *"},
	{"@annually", "0 0 1 1 *"},
	{"@monthly", "0 0 1 * *"},
	{"@weekly", "0 0 * * 0"},
	{"@daily", "0 0 * * *"},
	{"@midnight", "0 0 * * *"},
	{"@hourly", "0 * * * *"},
};

/* One item of a field: what is left of it, and where what is wrong is said. */
struct reading {
	const struct field *field;
	unsigned which;
	struct str item, rest;
	struct err *err;
};

#define SHOWN 40

static bool
wrong(const struct reading *r, const char *why)
{
	struct str shown = hint_clip(r->item, SHOWN);
	return err_set(r->err, ERR_INVALID, "Field %u of the cron expression, %s: \"%.*s%s\" %s. Expected is %s.",
		r->which + 1, r->field->name, STR_ARG(shown), shown.n < r->item.n ? "…" : "", why, r->field->goes);
}

static bool
take(struct reading *r, char c)
{
	if (r->rest.n == 0 || (r->rest.p[0] & ~0x20) != (c & ~0x20) || ((c & 0x40) == 0 && r->rest.p[0] != c))
		return false;
	r->rest = (struct str){r->rest.p + 1, r->rest.n - 1};
	return true;
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
take_digits(struct reading *r, unsigned *ret_number)
{
	size_t n = 0;
	unsigned long long number;
	while (n < r->rest.n && digit(r->rest.p[n]))
		n++;
	if (n == 0 || n > 4 || !str_to_u64((struct str){r->rest.p, n}, 9999, &number))
		return false;
	r->rest = (struct str){r->rest.p + n, r->rest.n - n};
	*ret_number = (unsigned)number;
	return true;
}

/* A number of the field, or one of its names. */
static bool
take_value(struct reading *r, unsigned *ret_value)
{
	const struct field *f = r->field;
	for (unsigned i = 0; f->names && r->rest.n >= 3 && f->names[(size_t)i * 3]; i++) {
		const char *name = f->names + (size_t)i * 3;
		bool same = true;
		for (int k = 0; k < 3; k++)
			same = same && (r->rest.p[k] & ~0x20) == name[k] && ((unsigned char)r->rest.p[k] | 0x20) >= 'a';
		if (!same)
			continue;
		r->rest = (struct str){r->rest.p + 3, r->rest.n - 3};
		*ret_value = f->least + i;
		return true;
	}
	if (!take_digits(r, ret_value))
		return wrong(r, f->names ? "is no number or name" : "is no number");
	if (*ret_value < f->least)
		return wrong(r, "is too small");
	return *ret_value <= f->most || wrong(r, "is too large");
}

static void
set(struct cron *cron, unsigned which, unsigned value)
{
	switch (which) {
	case MINUTE:
		cron->minutes |= UINT64_C(1) << value;
		return;
	case HOUR:
		cron->hours |= UINT32_C(1) << value;
		return;
	case DAY:
		cron->days |= UINT32_C(1) << value;
		return;
	case MONTH:
		cron->months |= (uint16_t)(1u << value);
		return;
	default:
		cron->weekdays |= (uint8_t)(1u << value % 7);
	}
}

/* L, L-n, LW. */
static bool
read_last_day(struct reading *r, struct cron *cron)
{
	unsigned n = 0;
	if (take(r, 'W')) {
		cron->nearest |= 1;
	} else if (take(r, '-')) {
		if (!take_digits(r, &n) || n < 1 || n > 30)
			return wrong(r, "does not say how many days before the last, from L-1 to L-30");
		cron->from_last |= UINT32_C(1) << n;
	} else {
		cron->from_last |= 1;
	}
	return r->rest.n == 0 || wrong(r, "goes on after the last day");
}

/* nL, n#k: true also when there is none of them, and then nothing is taken. */
static bool
read_which_week(struct reading *r, struct cron *cron, unsigned value, bool *ret_found)
{
	unsigned k;
	*ret_found = true;
	if (take(r, 'L')) {
		cron->last_weekdays |= (uint8_t)(1u << value % 7);
	} else if (take(r, '#')) {
		if (!take_digits(r, &k) || k < 1 || k > 5)
			return wrong(r, "does not say which of the month, from #1 to #5");
		cron->nth[value % 7] |= (uint8_t)(1u << k);
	} else {
		*ret_found = false;
		return true;
	}
	return r->rest.n == 0 || wrong(r, "goes on after that, and stands for one day alone");
}

/* a, a-b, *, each with a step or without. */
static bool
read_item(struct reading *r, struct cron *cron)
{
	const struct field *f = r->field;
	unsigned from = f->least, to = r->which == WEEKDAY ? 6 : f->most, step = 1;
	bool all = take(r, '*'), range = all, found = false;
	if (!all) {
		if (r->which == DAY && take(r, 'L'))
			return read_last_day(r, cron);
		if (!take_value(r, &from))
			return false;
		if (r->which == DAY && take(r, 'W')) {
			cron->nearest |= UINT32_C(1) << from;
			return r->rest.n == 0 || wrong(r, "goes on after W, which stands for one day alone");
		}
		if (r->which == WEEKDAY && !read_which_week(r, cron, from, &found))
			return false;
		if (found)
			return true;
		range = take(r, '-');
		if (range && !take_value(r, &to))
			return false;
		if (range && r->which == WEEKDAY && to == 0 && from > 0)
			to = 7; /* FRI-SUN */
		if (range && to < from)
			return wrong(r, "runs backwards: write it as two, up to the end and from the beginning");
	}
	if (take(r, '/')) {
		if (!take_digits(r, &step) || step == 0)
			return wrong(r, "has no step of 1 or more after the /");
		if (to < from || (step > 1 && step > to - from))
			return wrong(r, "has a step that goes past the end at once");
	} else if (!range) {
		to = from;
	}
	if (r->rest.n > 0)
		return wrong(r, "is not understood to its end");
	for (unsigned value = from; value <= to; value += step)
		set(cron, r->which, value);
	return true;
}

static bool
read_field(struct str text, unsigned which, struct cron *cron, struct err *err)
{
	bool day = which == DAY || which == WEEKDAY, any = text.p[0] == '*' || (day && str_is(text, "?"));
	struct reading r = {.field = &fields[which], .which = which, .err = err};
	struct str all = STR("*");
	if (day)
		*(which == DAY ? &cron->any_day : &cron->any_weekday) = any;
	if (day && str_is(text, "?"))
		text = all;
	for (size_t at = 0; at <= text.n;) {
		size_t end = at;
		while (end < text.n && text.p[end] != ',')
			end++;
		r.item = r.rest = (struct str){text.p + at, end - at};
		if (r.item.n == 0) {
			r.item = text;
			return wrong(&r, "has a comma with nothing beside it");
		}
		if (!read_item(&r, cron))
			return false;
		at = end + 1;
	}
	return true;
}

/* ---- the whole ---- */

/* The calendar repeats itself after 400 years. */
static bool
ever(const struct cron *cron)
{
	for (int64_t year = 2000; year < 2400; year++)
		for (int month = 1; month <= 12; month++)
			if ((cron->months >> month & 1) && cron_days(cron, year, month))
				return true;
	return false;
}

static bool
never(const struct cron *cron, const struct str words[FIELDS], struct err *err)
{
	struct str day = hint_clip(words[DAY], SHOWN), month = hint_clip(words[MONTH], SHOWN);
	struct str weekday = hint_clip(words[WEEKDAY], SHOWN);
	if (cron->any_weekday && cron->weekdays == 0x7f)
		return err_set(err, ERR_INVALID,
			"Field 3 of the cron expression, day of month: \"%.*s\" is in no month of field 4 (\"%.*s\"), "
			"so it never "
			"comes due. Expected is a day that one of these months has.",
			STR_ARG(day), STR_ARG(month));
	return err_set(err, ERR_INVALID,
		"Fields 3 and 5 of the cron expression, day of month and day of week: no day of the months of field 4 "
		"(\"%.*s\") is "
		"both \"%.*s\" and \"%.*s\", so it never comes due. Expected is a day that there is.",
		STR_ARG(month), STR_ARG(day), STR_ARG(weekday));
}

static bool
expand(struct str *text, struct err *err)
{
	for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
		if (str_is(*text, macros[i].name)) {
			*text = str_of(macros[i].means);
			return true;
		}
	struct str shown = hint_clip(*text, SHOWN);
	return err_set(err, ERR_INVALID,
		"\"%.*s%s\" is no name of a schedule. There are @yearly (@annually), @monthly, @weekly, @daily "
		"(@midnight) "
		"and @hourly.",
		STR_ARG(shown), shown.n < text->n ? "…" : "");
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

/* As many words as there are, of which the first FIELDS are kept. */
static unsigned
split(struct str text, struct str words[FIELDS])
{
	unsigned count = 0;
	for (size_t at = 0; at < text.n;) {
		size_t from = at;
		while (at < text.n && !blank(text.p[at]))
			at++;
		if (at > from && count++ < FIELDS)
			words[count - 1] = (struct str){text.p + from, at - from};
		while (at < text.n && blank(text.p[at]))
			at++;
	}
	return count;
}

static struct str
trimmed(struct str text)
{
	while (text.n > 0 && blank(text.p[0]))
		text = (struct str){text.p + 1, text.n - 1};
	while (text.n > 0 && blank(text.p[text.n - 1]))
		text.n--;
	return text;
}

bool
cron_parse(struct str text, struct cron *ret_cron, struct err *err)
{
	struct str words[FIELDS];
	struct cron cron = {0};
	if (text.n > CRON_TEXT_MAX)
		return err_set(err, ERR_INVALID, "The cron expression is longer than %d bytes. Make it shorter.",
			CRON_TEXT_MAX);
	text = trimmed(text);
	if (text.n > 0 && text.p[0] == '@' && !expand(&text, err))
		return false;
	unsigned count = split(text, words);
	if (count != FIELDS)
		return err_set(err, ERR_INVALID,
			"The cron expression has %u field%s, and there are five: minute, hour, day of month, month, "
			"day of week.%s",
			count, count == 1 ? "" : "s",
			count > FIELDS ? " Seconds and years are not among them."
				       : " Write * for one that does not matter.");
	for (unsigned i = 0; i < FIELDS; i++)
		if (!read_field(words[i], i, &cron, err))
			return false;
	if (!ever(&cron))
		return never(&cron, words, err);
	*ret_cron = cron;
	return true;
}
