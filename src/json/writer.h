/*
 * Writes JSON into a buffer, commas and quotes included; it cannot write an unbalanced document without being told so by
 * an assertion. Numbers are the shortest text that reads back the same.
 *
 *	struct json_writer w;
 *	json_writer_init(&w, &buf, 0);
 *	json_object(&w);
 *	json_key(&w, "id"); json_str(&w, id);
 *	json_key(&w, "steps"); json_array(&w); … json_end(&w);
 *	json_end(&w);
 */
#ifndef STEPMILL_JSON_WRITER_H
#define STEPMILL_JSON_WRITER_H

#include "json/json.h"

struct json_writer {
	struct buf *out;
	uint32_t depth;
	uint32_t indent; /* 0: one line */
	bool first;
	bool after_key;
	uint8_t kinds[16]; /* a bit a level: object or array; 128 levels */
};

void json_writer_init(struct json_writer *w, struct buf *out, uint32_t indent);
void json_object(struct json_writer *w);
void json_array(struct json_writer *w);
void json_end(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_key_str(struct json_writer *w, struct str key);
void json_str(struct json_writer *w, struct str text);
void json_strz(struct json_writer *w, const char *z); /* NULL writes null */
void json_int(struct json_writer *w, int64_t value);
void json_double(struct json_writer *w, double value); /* infinite or not a number: null */
void json_bool(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
void json_raw(struct json_writer *w, struct str checked_json);
void json_value(struct json_writer *w, const struct json *value);

/* The shortest text that reads back as the same double; false for what JSON cannot write. */
#define JSON_DOUBLE_SIZE 32
bool json_double_text(double value, char out[JSON_DOUBLE_SIZE]);

/* The whole of a tree as text in an arena; ends in NUL. At most 128 levels deep, like the writer itself. */
struct str json_text(struct arena *arena, const struct json *value);

#endif
