/* Where things are: a violation's place in the value, in the schema, and the way between them; values in a few words. */
#include "json/schema_internal.h"

#include <stdio.h>

#define PATH_MOST (1 << 16)

static void
add_key(struct buf *out, struct str key)
{
	buf_add_char(out, '/');
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '~')
			buf_add_z(out, "~0");
		else if (key.p[i] == '/')
			buf_add_z(out, "~1");
		else
			buf_add_char(out, key.p[i]);
	}
}

/* ---- of schemas ---- */

static void
add_step(struct buf *out, const struct schema *schema)
{
	buf_printf(out, "/%s", schema->keyword);
	if (schema->step.n > 0 || strcmp(schema->keyword, "properties") == 0)
		add_key(out, schema->step);
}

/* From `from`, or from the document's top; a path that is too deep loses its beginning. */
#define STEPS_SHOWN 512

static void
add_steps(struct buf *out, const struct schema *from, const struct schema *schema)
{
	const struct schema *steps[STEPS_SHOWN];
	uint32_t n = 0;
	for (; schema != from && schema->parent && n < STEPS_SHOWN; schema = schema->parent)
		steps[n++] = schema;
	if (!from && !schema->parent)
		buf_add_str(out, schema->step);
	while (n > 0)
		add_step(out, steps[--n]);
}

struct str
schema_pointer(struct arena *arena, const struct schema *schema)
{
	struct buf out;
	buf_init(&out, PATH_MOST);
	add_steps(&out, NULL, schema);
	struct str pointer = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return pointer;
}

static void
add_location(struct buf *out, const struct schema *schema, const char *keyword)
{
	buf_add_str(out, schema->resource->document);
	buf_add_char(out, '#');
	add_steps(out, NULL, schema);
	if (keyword)
		buf_printf(out, "/%s", keyword);
}

static void
add_way(struct buf *out, const struct run *run, const char *keyword)
{
	for (uint32_t i = 0; i < run->depth; i++) {
		const struct frame *frame = &run->frames[i];
		const struct schema *above = i > 0 ? run->frames[i - 1].schema : NULL;
		const char *by = above ? above->checks[run->frames[i - 1].check].keyword->name : "";
		if (by[0] == '$') /* a reference, perhaps to a part of the very schema */
			buf_printf(out, "/%s", by);
		else if (above)
			add_step(out, frame->entered);
		for (const struct schema *s = frame->entered; s != frame->schema; s = s->checks[0].subs[0])
			buf_add_z(out, "/$ref");
	}
	if (keyword)
		buf_printf(out, "/%s", keyword);
}

/* ---- of values ---- */

static void
add_value_path(struct buf *out, const struct run *run, const struct str *key)
{
	buf_add_z(out, run->prefix);
	for (uint32_t i = 0; i < run->depth; i++) {
		const struct frame *frame = &run->frames[i];
		if (frame->step == STEP_KEY)
			add_key(out, frame->value->key);
		else if (frame->step == STEP_INDEX)
			buf_printf(out, "/%u", frame->index);
	}
	if (key)
		add_key(out, *key);
}

/* A name that was cut in the middle of a character, or the message itself, ends in question marks. */
static const char *
cleaned(char *text)
{
	size_t n = strlen(text);
	for (size_t at = 0; (at += str_utf8_bad((struct str){text + at, n - at})) < n;)
		text[at] = '?';
	return text;
}

void
schema_tell(struct run *run, const struct frame *frame, const struct str *key, const struct json *place,
	const char *keyword, const char *code, char *message)
{
	struct buf path, location, way;
	buf_init(&path, PATH_MOST);
	add_value_path(&path, run, key);
	if (!run->tell) {
		err_issue(run->err, buf_str(&path).p, code, "%s", message);
		buf_release(&path);
		return;
	}
	buf_init(&location, PATH_MOST);
	buf_init(&way, PATH_MOST);
	add_location(&location, frame->schema, keyword);
	add_way(&way, run, keyword);
	run->tell(run->to, &(struct schema_issue){.path = buf_str(&path).p,
				   .schema_path = buf_str(&location).p,
				   .evaluation_path = buf_str(&way).p,
				   .code = code,
				   .message = cleaned(message),
				   .value = place});
	buf_release(&path);
	buf_release(&location);
	buf_release(&way);
}

const char *
schema_show(const struct json *value, char out[SCHEMA_SHOWN_SIZE])
{
	const char *words[] = {"null", "false", "true", "", "", "this list", "this object"};
	if (value->type == JSON_NUMBER || value->type == JSON_STRING) {
		size_t n = value->text.n;
		bool cut = n > SCHEMA_SHOWN_SIZE - 8;
		if (cut)
			for (n = SCHEMA_SHOWN_SIZE - 8; n > 0 && ((unsigned char)value->text.p[n] & 0xc0) == 0x80;)
				n--;
		snprintf(out, SCHEMA_SHOWN_SIZE, "%.*s%s", (int)n, value->text.p, cut ? "…" : "");
	} else {
		snprintf(out, SCHEMA_SHOWN_SIZE, "%s", words[value->type]);
	}
	return out;
}
