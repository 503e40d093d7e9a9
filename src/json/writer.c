/* JSON out. Unbalanced use is a mistake in the program: an assertion, which stays on in every build. */
#include "json/writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LEVELS (8 * sizeof((struct json_writer){0}.kinds))

/* assert() goes away with NDEBUG, and a document that is not JSON must not leave the process in any build. */
static void
must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "{\"level\":\"error\",\"what\":\"json writer: %s\"}\n", what);
	abort();
}

void
json_writer_init(struct json_writer *w, struct buf *out, uint32_t indent)
{
	*w = (struct json_writer){.out = out, .indent = indent, .first = true};
}

static bool
in_object(const struct json_writer *w)
{
	return w->depth > 0 && (w->kinds[(w->depth - 1) / 8] >> ((w->depth - 1) % 8) & 1);
}

static void
line_break(struct json_writer *w)
{
	if (w->indent == 0)
		return;
	buf_add_char(w->out, '\n');
	for (uint32_t i = 0; i < w->depth * w->indent; i++)
		buf_add_char(w->out, ' ');
}

static void
separate(struct json_writer *w)
{
	if (!w->first)
		buf_add_char(w->out, ',');
	if (w->depth > 0)
		line_break(w);
	w->first = false;
}

static void
before_value(struct json_writer *w)
{
	if (in_object(w)) {
		must(w->after_key, "a value in an object without its key");
		w->after_key = false;
		return;
	}
	must(w->depth > 0 || w->first, "a second value after the document");
	separate(w);
}

static void
open_container(struct json_writer *w, bool object)
{
	before_value(w);
	must(w->depth < LEVELS, "nested deeper than it can count");
	uint8_t bit = (uint8_t)(1u << (w->depth % 8));
	uint8_t *byte = &w->kinds[w->depth / 8];
	*byte = (uint8_t)(object ? *byte | bit : *byte & ~bit);
	w->depth++;
	w->first = true;
	buf_add_char(w->out, object ? '{' : '[');
}

void
json_object(struct json_writer *w)
{
	open_container(w, true);
}

void
json_array(struct json_writer *w)
{
	open_container(w, false);
}

void
json_end(struct json_writer *w)
{
	must(w->depth > 0, "an end without a beginning");
	must(!w->after_key, "a key without its value");
	bool object = in_object(w), empty = w->first;
	w->depth--;
	if (!empty)
		line_break(w);
	buf_add_char(w->out, object ? '}' : ']');
	w->first = false;
}

/* Escapes only what JSON demands; valid UTF-8 goes out as it is. */
static void
add_quoted(struct buf *out, struct str text)
{
	static const char short_escapes[] = "btn?fr"; /* U+0008 to U+000D */
	size_t plain = 0;
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(out, text.p + plain, i - plain);
		plain = i + 1;
		if (c == '"' || c == '\\')
			buf_add(out, (char[2]){'\\', (char)c}, 2);
		else if (c >= 8 && c <= 13 && c != 11)
			buf_add(out, (char[2]){'\\', short_escapes[c - 8]}, 2);
		else
			buf_printf(out, "\\u%04x", c);
	}
	if (text.n > plain) /* an empty slice may have no address at all */
		buf_add(out, text.p + plain, text.n - plain);
	buf_add_char(out, '"');
}

void
json_key_str(struct json_writer *w, struct str key)
{
	must(in_object(w), "a key outside an object");
	must(!w->after_key, "a key without its value");
	separate(w);
	add_quoted(w->out, key);
	buf_add_char(w->out, ':');
	if (w->indent > 0)
		buf_add_char(w->out, ' ');
	w->after_key = true;
}

void
json_key(struct json_writer *w, const char *key)
{
	json_key_str(w, str_of(key));
}

void
json_str(struct json_writer *w, struct str text)
{
	before_value(w);
	add_quoted(w->out, text);
}

void
json_strz(struct json_writer *w, const char *z)
{
	if (z)
		json_str(w, str_of(z));
	else
		json_null(w);
}

void
json_int(struct json_writer *w, int64_t value)
{
	before_value(w);
	buf_printf(w->out, "%" PRId64, value);
}

bool
json_double_text(double value, char out[JSON_DOUBLE_SIZE])
{
	if (!isfinite(value))
		return false;
	if (fpclassify(value) == FP_ZERO)
		value = 0; /* not -0 */
	/* Whole numbers as such, while every one of them has a double of its own. */
	if (fabs(value) < 9007199254740992.0 && value >= (double)(int64_t)value && value <= (double)(int64_t)value) {
		snprintf(out, JSON_DOUBLE_SIZE, "%" PRId64, (int64_t)value);
		return true;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(out, JSON_DOUBLE_SIZE, "%.*g", digits, value);
		double back = strtod(out, NULL);
		if (memcmp(&back, &value, sizeof back) == 0)
			break;
	}
	return true;
}

void
json_double(struct json_writer *w, double value)
{
	char text[JSON_DOUBLE_SIZE];
	if (!json_double_text(value, text)) {
		json_null(w);
		return;
	}
	before_value(w);
	buf_add_z(w->out, text);
}

void
json_bool(struct json_writer *w, bool value)
{
	before_value(w);
	buf_add_z(w->out, value ? "true" : "false");
}

void
json_null(struct json_writer *w)
{
	before_value(w);
	buf_add_z(w->out, "null");
}

void
json_raw(struct json_writer *w, struct str checked_json)
{
	before_value(w);
	buf_add_str(w->out, checked_json);
}

static void
write_scalar(struct json_writer *w, const struct json *value)
{
	switch (value->type) {
	case JSON_STRING:
		json_str(w, value->text);
		return;
	case JSON_NUMBER:
		json_raw(w, value->text);
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		json_bool(w, value->type == JSON_TRUE);
		return;
	default:
		json_null(w);
	}
}

void
json_value(struct json_writer *w, const struct json *value)
{
	const struct json *after[LEVELS]; /* where to go on when a container of ours ends */
	uint32_t base = w->depth;
	const struct json *at = value;
	for (;;) {
		if (at) {
			if (w->depth > base && in_object(w))
				json_key_str(w, at->key);
			if (at->type == JSON_OBJECT || at->type == JSON_ARRAY) {
				open_container(w, at->type == JSON_OBJECT);
				after[w->depth - 1] = at->next;
				at = at->child;
				continue;
			}
			write_scalar(w, at);
			if (w->depth == base)
				return;
			at = at->next;
			continue;
		}
		json_end(w);
		if (w->depth == base)
			return;
		at = after[w->depth];
	}
}

static void
release(void *buf)
{
	buf_release(buf);
}

struct str
json_text(struct arena *arena, const struct json *value)
{
	struct buf *out = arena_new_of(arena, struct buf);
	buf_init(out, SIZE_MAX / 4);
	arena_defer(arena, release, out);
	struct json_writer w;
	json_writer_init(&w, out, 0);
	json_value(&w, value);
	buf_trim(out);
	return buf_str(out);
}
