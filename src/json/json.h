/*
 * JSON as a tree in an arena, and nothing in it that a stranger could use against us.
 *
 * The reader accepts RFC 8259 in strict UTF-8, and refuses: duplicate keys, "\u0000", lone
 * surrogates, overlong forms, bytes after the value, and whatever passes the caps of bytes, depth and nodes. Numbers keep
 * their text, so that what came in goes out again digit by digit. Nothing recurses.
 *
 * Places are 1-based; a column counts characters (code points), not bytes. err->message does not repeat the place.
 *
 *	struct json *doc;
 *	if (!json_read(arena, text, &json_limits_request, &doc, err))   // err->line and err->column say where
 *		return false;
 *	struct str name;
 *	if (json_get_str(doc, "name", &name)) …
 */
#ifndef STEPMILL_JSON_JSON_H
#define STEPMILL_JSON_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	uint32_t count;	       /* items of an array, members of an object */
	struct str text;       /* a string (decoded) or a number (as written) */
	struct str key;	       /* of a member, decoded */
	struct json *child;    /* first item or member, in the order of the source */
	struct json *last;     /* last item or member */
	struct json *next;     /* next sibling */
	uint32_t line, column; /* where it starts in the source, a member where its key starts; 0 when built by us */
};

struct json_limits {
	size_t bytes;
	uint32_t depth;
	uint32_t nodes;
};
extern const struct json_limits json_limits_request; /* 1 MiB, 64 levels, 100,000 nodes */
extern const struct json_limits json_limits_stored;  /* 64 MiB, 128 levels, 4,000,000 nodes: what was checked before */

bool json_read(
	struct arena *arena, struct str text, const struct json_limits *limits, struct json **ret_doc, struct err *err);
/* Lets "\u0000" in: for what never goes to PostgreSQL, which cannot store it. */
bool json_read_with_nul(
	struct arena *arena, struct str text, const struct json_limits *limits, struct json **ret_doc, struct err *err);

/* Looking: NULL, or false, when it is not there or of another type. */
const struct json *json_get(const struct json *object, const char *key);
const struct json *json_get_by(const struct json *object, struct str key);
const struct json *json_at(const struct json *array, uint32_t index);
bool json_get_str(const struct json *object, const char *key, struct str *ret_text);
bool json_get_int(const struct json *object, const char *key, int64_t *ret_value);
bool json_get_double(const struct json *object, const char *key, double *ret_value);
bool json_get_bool(const struct json *object, const char *key, bool *ret_value);
bool json_to_int(const struct json *value, int64_t *ret_value); /* whole numbers in any spelling: 10, 1e1, 10.0 */
bool json_to_double(
	const struct json *value, double *ret_value); /* false when it would become infinite, or 0 without being 0 */

#define json_each(item, parent) \
	for (const struct json *item = (parent) ? (parent)->child : NULL; item; item = item->next)

/* RFC 6901; "" is the document itself. */
const struct json *json_pointer(const struct json *doc, struct str pointer);

bool json_equal(
	const struct json *a, const struct json *b); /* as JSON Schema means it: 1 equals 1.0, order of keys is free */
int json_order(
	const struct json *a, const struct json *b); /* any total order in which equal values meet; for sorting */

/* Of equal keys in an object, the member that stands later; NULL when all keys differ. */
const struct json *json_duplicate_key(const struct json *object);

/* Building, in an arena. */
struct json *json_new_object(struct arena *arena);
struct json *json_new_array(struct arena *arena);
struct json *json_new_str(struct arena *arena, struct str text); /* text is not copied */
struct json *json_new_int(struct arena *arena, int64_t value);
struct json *json_new_double(struct arena *arena, double value);
struct json *json_new_bool(struct arena *arena, bool value);
struct json *json_new_null(struct arena *arena);
void json_add(
	struct json *object, struct str key, struct json *value); /* O(1) to the end; the caller keeps keys unique */
void json_push(struct json *array, struct json *value);
/* About as many bytes as the value takes, as text and as a tree of nodes; stops counting past `max`. */
size_t json_weigh(const struct json *value, size_t max);
struct json *json_copy(struct arena *arena, const struct json *value);	/* all of it, texts too */
struct json *json_share(struct arena *arena, const struct json *value); /* nodes of its own, the texts of the other */

#endif
