/*
 * Text to tree. Three passes over the bytes, all of them loops:
 *
 *   1. inspect()  strings and encoding: strict UTF-8, escapes, control characters. yajl would let pass what jsonb
 * refuses.
 *   2. yajl       the grammar; its callbacks build the tree and enforce depth and nodes as they go.
 *   3. place()    follows the callbacks through the text, so that every node and every error knows its line and column.
 *
 * A fault found by (1) is reported only when the text before it is without fault: people expect the first one.
 */
#include "json/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

const struct json_limits json_limits_request = {(size_t)1 << 20, 64, 100000};
const struct json_limits json_limits_stored = {(size_t)64 << 20, 128, 4000000};

struct reader {
	struct arena *arena;
	const struct json_limits *limits;
	bool nul; /* "\u0000" is let in */
	struct err *err;
	yajl_handle yajl;
	struct str text; /* our copy, which strings and numbers of the tree point into */
	bool finishing;	 /* yajl was told that the text has ended, and no longer counts in it */

	size_t end;	/* where the last token ended */
	size_t counted; /* line and column are those of this offset */
	uint32_t line, column;

	struct json *root;
	struct json **open; /* the containers we are in */
	uint32_t depth;
	uint32_t nodes;
	struct str key; /* of the member whose value comes next */
	bool has_key;
	uint32_t key_line, key_column;
};

/* ---- places ---- */

static void
count_to(struct reader *r, size_t offset)
{
	for (; r->counted < offset; r->counted++) {
		unsigned char c = (unsigned char)r->text.p[r->counted];
		if (c == '\n') {
			r->line++;
			r->column = 1;
		} else if ((c & 0xc0) != 0x80) {
			r->column++;
		}
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_separator(char c)
{
	return c == ',' || c == ':';
}

/* Called first in every callback: moves line and column to the start of its token. */
static void
place(struct reader *r)
{
	size_t start = r->end;
	while (start < r->text.n && (is_blank(r->text.p[start]) || is_separator(r->text.p[start])))
		start++;
	count_to(r, start);
	r->end = r->finishing ? r->text.n : yajl_get_bytes_consumed(r->yajl);
}

#define FAIL(r, code, ...) (err_set((r)->err, (code), __VA_ARGS__), fail_here(r))

static int
fail_here(struct reader *r)
{
	if (r->err) {
		r->err->line = r->line;
		r->err->column = r->column;
	}
	return 0; /* yajl: stop */
}

/* ---- pass 1 ---- */

static int
hex4(struct str text, size_t at)
{
	int value = 0;
	if (at + 4 > text.n)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		int digit = str_hex_digit(text.p[i]);
		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* What is wrong with the escape at `at` (a backslash), or NULL with its length. */
static const char *
inspect_escape(struct str text, size_t at, bool nul, size_t *ret_length)
{
	char c = at + 1 < text.n ? text.p[at + 1] : '\0';
	*ret_length = 2;
	if (c != '\0' && strchr("\"\\/bfnrt", c))
		return NULL;
	if (c != 'u')
		return "There is no such escape. A backslash itself is written \\\\.";
	int unit = hex4(text, at + 2);
	*ret_length = 6;
	if (unit < 0)
		return "\\u is followed by four hexadecimal digits.";
	if (unit == 0 && !nul)
		return "The character \\u0000 cannot be stored. Leave it out.";
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return "This is the second half of a character without the first.";
	if (unit >= 0xd800 && unit <= 0xdbff) {
		bool follows = at + 7 < text.n && text.p[at + 6] == '\\' && text.p[at + 7] == 'u';
		int low = follows ? hex4(text, at + 8) : -1;
		if (low < 0xdc00 || low > 0xdfff)
			return "This is the first half of a character without the second.";
		*ret_length = 12;
	}
	return NULL;
}

/* The first fault in strings and encoding: says what and where, or returns NULL. */
static const char *
inspect(struct str text, bool nul, size_t *ret_offset)
{
	size_t valid = str_utf8_bad(text);
	size_t quote = SIZE_MAX; /* where the string we are in began */
	for (size_t i = 0; i < valid;) {
		unsigned char c = (unsigned char)text.p[i];
		size_t length = 1;
		if (c == '"') {
			quote = quote == SIZE_MAX ? i : SIZE_MAX;
		} else if (quote != SIZE_MAX && c == '\\') {
			const char *fault = inspect_escape((struct str){text.p, valid}, i, nul, &length);
			if (fault) {
				*ret_offset = i;
				return fault;
			}
		} else if (quote != SIZE_MAX && c < 0x20) {
			*ret_offset = i;
			return c == '\n' || c == '\r'
				       ? "A string ends on the line it begins. Write \\n for a line end in it."
				       : "A control character stands in a string. Write it as an escape.";
		}
		i += length;
	}
	*ret_offset = valid;
	if (valid < text.n)
		return "The text is not UTF-8 here.";
	*ret_offset = quote;
	return quote == SIZE_MAX ? NULL : "This string does not end. A quotation mark is missing.";
}

/* ---- pass 2: the tree ---- */

/* Bytes of yajl's are ours when they lie in our text, and copied otherwise (strings with escapes). */
static struct str
keep(struct reader *r, const void *bytes, size_t n)
{
	const char *p = bytes;
	if ((uintptr_t)p >= (uintptr_t)r->text.p && (uintptr_t)p < (uintptr_t)(r->text.p + r->text.n))
		return (struct str){p, n};
	return arena_str(r->arena, (struct str){p, n});
}

static struct json *
add_node(struct reader *r, enum json_type type)
{
	if (r->nodes >= r->limits->nodes) {
		FAIL(r, ERR_LIMIT, "The document holds more than %" PRIu32 " values.", r->limits->nodes);
		return NULL;
	}
	r->nodes++;
	struct json *node = arena_new_of(r->arena, struct json);
	node->type = type;
	node->line = r->has_key ? r->key_line : r->line;
	node->column = r->has_key ? r->key_column : r->column;
	if (r->depth == 0)
		r->root = node;
	else if (r->has_key)
		json_add(r->open[r->depth - 1], r->key, node);
	else
		json_push(r->open[r->depth - 1], node);
	r->has_key = false;
	return node;
}

static int
on_null(void *ctx)
{
	place(ctx);
	return add_node(ctx, JSON_NULL) != NULL;
}

static int
on_boolean(void *ctx, int value)
{
	place(ctx);
	return add_node(ctx, value ? JSON_TRUE : JSON_FALSE) != NULL;
}

static int
on_text(struct reader *r, enum json_type type, const void *bytes, size_t n)
{
	place(r);
	struct json *node = add_node(r, type);
	if (node)
		node->text = keep(r, bytes, n);
	return node != NULL;
}

static int
on_number(void *ctx, const char *digits, size_t n)
{
	return on_text(ctx, JSON_NUMBER, digits, n);
}

static int
on_string(void *ctx, const unsigned char *bytes, size_t n)
{
	return on_text(ctx, JSON_STRING, bytes, n);
}

static int
on_key(void *ctx, const unsigned char *bytes, size_t n)
{
	struct reader *r = ctx;
	place(r);
	r->key = keep(r, bytes, n);
	r->has_key = true;
	r->key_line = r->line;
	r->key_column = r->column;
	return 1;
}

static int
on_start(struct reader *r, enum json_type type)
{
	place(r);
	if (r->depth >= r->limits->depth)
		return FAIL(r, ERR_LIMIT, "The document is nested deeper than %" PRIu32 " levels.", r->limits->depth);
	struct json *node = add_node(r, type);
	if (!node)
		return 0;
	r->open[r->depth++] = node;
	return 1;
}

static int
on_start_map(void *ctx)
{
	return on_start(ctx, JSON_OBJECT);
}

static int
on_start_array(void *ctx)
{
	return on_start(ctx, JSON_ARRAY);
}

static int
on_end_map(void *ctx)
{
	struct reader *r = ctx;
	place(r);
	const struct json *twice = json_duplicate_key(r->open[--r->depth]);
	if (!twice)
		return 1;
	r->line = twice->line;
	r->column = twice->column;
	return FAIL(r, ERR_MALFORMED, "The key \"%.*s\" is given twice in one object.",
		(int)(twice->key.n < 80 ? twice->key.n : 80), twice->key.p);
}

static int
on_end_array(void *ctx)
{
	struct reader *r = ctx;
	place(r);
	r->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end_map,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

/* ---- what yajl did not like, in words ---- */

/* The token yajl stopped at: the last one before `consumed`. Between two callbacks stands at most one good separator.
 */
static size_t
find_offender(const struct reader *r, size_t consumed, char *ret_separator)
{
	size_t at = r->end;
	*ret_separator = '\0';
	while (at < r->text.n && is_blank(r->text.p[at]))
		at++;
	if (at < r->text.n && is_separator(r->text.p[at]) && at + 1 < consumed) {
		*ret_separator = r->text.p[at++];
		while (at < r->text.n && is_blank(r->text.p[at]))
			at++;
	}
	return at;
}

static const char *
explain(const struct reader *r, size_t at, char separator)
{
	char c = r->text.p[at];
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
	if (r->root && r->depth == 0)
		return "Something follows the value. A document is one value.";
	if ((c == ']' || c == '}') && separator == ',')
		return "A comma stands before the closing bracket.";
	if (c == ']' || c == '}')
		return separator == ':' ? "A value is missing." : "This bracket does not close what is open.";
	if (c == '\'')
		return "Strings stand in double quotes.";
	if (c == '/' || c == '#')
		return "JSON has no comments.";
	bool in_object = r->depth > 0 && r->open[r->depth - 1]->type == JSON_OBJECT;
	if (in_object && r->has_key && separator != ':')
		return "A colon is missing after the key.";
	if (in_object && !r->has_key && c != ',' && c != ':' && (separator == ',' || r->open[r->depth - 1]->count == 0))
		return "A key in double quotes belongs here.";
	if (separator == '\0' && r->depth > 0 && r->open[r->depth - 1]->count > 0 && !r->has_key && c != ':') {
		if (c >= '0' && c <= '9' && at > 0 && !is_blank(r->text.p[at - 1]))
			return "A number does not begin with 0 and another digit.";
		return "A comma is missing before this.";
	}
	if (letter)
		return "Without quotes only true, false, null and numbers can be written.";
	if (c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9'))
		return "This is not a number as JSON writes them.";
	return "A value belongs here.";
}

static bool
fail_at(struct reader *r, size_t offset, const char *message)
{
	if (r->counted > offset) { /* counted further, to a token after it */
		r->counted = 0;
		r->line = r->column = 1;
	}
	count_to(r, offset);
	FAIL(r, ERR_MALFORMED, "%s", message);
	return false;
}

static bool
report(struct reader *r, size_t consumed)
{
	char separator;
	size_t at = find_offender(r, consumed, &separator);
	if (at >= r->text.n)
		return fail_at(r, r->text.n, "The text ends before the value is complete.");
	return fail_at(r, at, explain(r, at, separator));
}

static bool
parse(struct reader *r)
{
	size_t fault_at = r->text.n;
	const char *fault = inspect(r->text, r->nul, &fault_at);
	size_t n = fault ? fault_at : r->text.n;

	yajl_status status = yajl_parse(r->yajl, (const unsigned char *)r->text.p, n);
	size_t consumed = yajl_get_bytes_consumed(r->yajl);
	if (status == yajl_status_ok && fault)
		return fail_at(r, fault_at, fault);
	if (status == yajl_status_ok) {
		r->finishing = true;
		status = yajl_complete_parse(r->yajl);
		consumed = r->text.n + 1; /* the end itself was looked at: a separator before it is not to blame */
	}
	if (status == yajl_status_client_canceled)
		return false;
	return status == yajl_status_ok ? true : report(r, consumed);
}

/* ---- the door ---- */

static void *
take_memory(void *ctx, size_t size)
{
	(void)ctx;
	void *p = malloc(size);
	if (!p)
		out_of_memory();
	return p;
}

static void *
more_memory(void *ctx, void *old, size_t size)
{
	(void)ctx;
	void *p = realloc(old, size);
	if (!p)
		out_of_memory();
	return p;
}

static void
give_memory(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static yajl_alloc_funcs memory = {take_memory, more_memory, give_memory, NULL};

static bool
is_empty(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!is_blank(text.p[i]))
			return false;
	return true;
}

static bool
read_text(struct arena *arena, struct str text, const struct json_limits *limits, bool nul, struct json **ret_doc,
	struct err *err)
{
	struct reader r = {.arena = arena, .limits = limits, .nul = nul, .err = err, .line = 1, .column = 1};
	if (text.n > limits->bytes)
		return err_set(
			err, ERR_LIMIT, "The document has %zu bytes. At most %zu are accepted.", text.n, limits->bytes);
	if (is_empty(text)) {
		FAIL(&r, ERR_MALFORMED, "The document is empty.");
		return false;
	}
	if (str_starts(text, STR("\xef\xbb\xbf"))) {
		FAIL(&r, ERR_MALFORMED, "The document begins with a byte order mark. Save it as UTF-8 without one.");
		return false;
	}
	r.text = arena_str(arena, text);
	r.open = arena_array(arena, limits->depth, sizeof(struct json *));
	r.yajl = yajl_alloc(&callbacks, &memory, &r);
	if (!r.yajl)
		out_of_memory();
	yajl_config(r.yajl, yajl_dont_validate_strings, 1); /* inspect() is stricter */
	bool ok = parse(&r);
	yajl_free(r.yajl);
	if (ok)
		*ret_doc = r.root;
	return ok;
}

bool
json_read(
	struct arena *arena, struct str text, const struct json_limits *limits, struct json **ret_doc, struct err *err)
{
	return read_text(arena, text, limits, false, ret_doc, err);
}

bool
json_read_with_nul(
	struct arena *arena, struct str text, const struct json_limits *limits, struct json **ret_doc, struct err *err)
{
	return read_text(arena, text, limits, true, ret_doc, err);
}
