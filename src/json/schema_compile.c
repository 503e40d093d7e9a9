/*
 * Schema text to compiled schema: a list of nodes still to be compiled, and a table from a node to its schema, so that
 * a reference that leads back, or to the same place twice, finds what is already there.
 */
#include "json/schema_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define PATTERN_MOST 4096

bool
schema_fail(struct compiler *c, const struct schema *schema, const struct json *place, const char *format, ...)
{
	char what[200];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	err_set(c->err, ERR_INVALID, "The schema%s%s is not valid: %s", *schema->at ? " at " : "", schema->at, what);
	if (c->err && place) {
		c->err->line = place->line;
		c->err->column = place->column;
	}
	return false;
}

/* ---- the table of schemas ---- */

static size_t
slot_of(const struct compiler *c, const struct json *node)
{
	size_t slot = ((uintptr_t)node >> 4) * 0x9e3779b97f4a7c15u & (c->table_size - 1);
	while (c->table[slot] && c->table[slot]->source != node)
		slot = (slot + 1) & (c->table_size - 1);
	return slot;
}

static void
grow(struct compiler *c)
{
	struct schema **old = c->table;
	size_t old_size = c->table_size;
	c->table_size = old_size ? old_size * 2 : 64;
	c->table = calloc(c->table_size, sizeof(struct schema *));
	if (!c->table)
		out_of_memory();
	for (size_t i = 0; i < old_size; i++)
		if (old[i])
			c->table[slot_of(c, old[i]->source)] = old[i];
	free(old);
}

static struct schema *
intern(struct compiler *c, const struct json *node, const char *at)
{
	if (c->known * 2 >= c->table_size)
		grow(c);
	size_t slot = slot_of(c, node);
	if (c->table[slot])
		return c->table[slot];
	struct schema *schema = arena_new_of(c->arena, struct schema);
	schema->source = node;
	schema->at = at;
	c->table[slot] = schema;
	c->known++;
	if (c->pending_count == c->pending_room) {
		c->pending_room = c->pending_room ? c->pending_room * 2 : 64;
		c->pending = realloc(c->pending, c->pending_room * sizeof(struct schema *));
		if (!c->pending)
			out_of_memory();
	}
	c->pending[c->pending_count++] = schema;
	return schema;
}

struct schema *
schema_of(
	struct compiler *c, const struct schema *parent, const char *keyword, struct str step, const struct json *node)
{
	if (!parent)
		return intern(c, node, arena_strz(c->arena, step)); /* step is the whole pointer */
	bool deeper = step.n > 0;
	return intern(
		c, node, arena_printf(c->arena, "%s/%s%s%.*s", parent->at, keyword, deeper ? "/" : "", STR_ARG(step)));
}

/* ---- patterns ---- */

static void
free_pattern(void *pattern)
{
	pcre2_code_free(pattern);
}

/* ECMAScript's meaning as far as PCRE2 can be told: $ only at the very end, \uXXXX, [] and [^] as classes. */
pcre2_code *
schema_pattern(struct compiler *c, const struct schema *schema, const struct json *place, struct str text)
{
	uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
			   PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
	int code;
	PCRE2_SIZE offset;
	if (text.n > PATTERN_MOST) {
		schema_fail(c, schema, place, "a pattern is longer than %d bytes.", PATTERN_MOST);
		return NULL;
	}
	pcre2_code *pattern = pcre2_compile((PCRE2_SPTR)text.p, text.n, options, &code, &offset, NULL);
	if (!pattern) {
		char reason[120] = "";
		pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
		schema_fail(c, schema, place, "the pattern cannot be read at character %zu: %s.", (size_t)offset + 1,
			reason);
		return NULL;
	}
	arena_defer(c->arena, free_pattern, pattern);
	return pattern;
}

/* ---- one schema ---- */

const struct check *
schema_find(const struct schema *schema, const char *keyword)
{
	for (const struct check *check = schema->checks; check; check = check->next)
		if (strcmp(check->keyword->name, keyword) == 0)
			return check;
	return NULL;
}

static bool
is_known(struct str name)
{
	if (str_starts(name, STR("x-")))
		return true;
	for (size_t i = 0; schema_keywords[i]; i++)
		for (const struct keyword *keyword = schema_keywords[i]; keyword->name; keyword++)
			if (str_is(name, keyword->name))
				return true;
	return false;
}

static bool
compile_keyword(struct compiler *c, struct schema *schema, const struct keyword *keyword, const struct json *operand)
{
	struct check *check = arena_new_of(c->arena, struct check);
	check->keyword = keyword;
	check->operand = operand;
	if (!keyword->compile(c, schema, operand, check))
		return false;
	if (!keyword->check)
		return true;
	if (schema->last)
		schema->last->next = check;
	else
		schema->checks = check;
	schema->last = check;
	return true;
}

/* In the order of the table, not of the source: some keywords look at what others have compiled. */
static bool
compile_table(struct compiler *c, struct schema *schema, const struct keyword *keyword)
{
	for (; keyword->name; keyword++) {
		const struct json *operand = keyword->compile ? json_get(schema->source, keyword->name) : NULL;
		if (operand && !compile_keyword(c, schema, keyword, operand))
			return false;
	}
	return true;
}

static bool
compile_one(struct compiler *c, struct schema *schema)
{
	const struct json *source = schema->source;
	if (source->type == JSON_TRUE)
		return true;
	if (source->type == JSON_FALSE) {
		schema->never = true;
		return true;
	}
	if (source->type != JSON_OBJECT)
		return schema_fail(c, schema, source, "a schema is an object, true or false.");
	json_each (member, source) {
		if (!is_known(member->key))
			return schema_fail(c, schema, member, "the keyword \"%.*s\" is not known.",
				(int)(member->key.n < 80 ? member->key.n : 80), member->key.p);
	}
	for (size_t i = 0; schema_keywords[i]; i++)
		if (!compile_table(c, schema, schema_keywords[i]))
			return false;
	return true;
}

/* ---- circles ---- */

struct walk {
	struct schema *schema;
	const struct check *check;
	uint32_t at;
};

enum { WHITE, GREY, BLACK };

static struct schema *
next_in_place(struct walk *walk)
{
	for (; walk->check; walk->check = walk->check->next, walk->at = 0) {
		const struct check *check = walk->check;
		if (!check->keyword->in_place)
			continue;
		while (walk->at < check->sub_count + check->named_count) {
			uint32_t i = walk->at++;
			struct schema *next =
				i < check->sub_count ? check->subs[i] : check->named[i - check->sub_count].schema;
			if (next)
				return next;
		}
	}
	return NULL;
}

/* A schema that comes back to itself without going into the value would be checked for ever. */
static bool
refuse_circles(struct compiler *c, struct schema *start)
{
	if (start->colour != WHITE)
		return true;
	struct walk *stack = calloc(c->known + 1, sizeof *stack);
	if (!stack)
		out_of_memory();
	size_t depth = 0;
	bool ok = true;
	stack[depth++] = (struct walk){start, start->checks, 0};
	start->colour = GREY;
	while (ok && depth > 0) {
		struct schema *next = next_in_place(&stack[depth - 1]);
		if (!next) {
			stack[--depth].schema->colour = BLACK;
		} else if (next->colour == GREY) {
			ok = schema_fail(c, next, next->source, "it refers to itself without end.");
		} else if (next->colour == WHITE) {
			next->colour = GREY;
			stack[depth++] = (struct walk){next, next->checks, 0};
		}
	}
	free(stack);
	return ok;
}

static bool
compile_all(struct compiler *c)
{
	while (c->pending_count > 0)
		if (!compile_one(c, c->pending[--c->pending_count]))
			return false;
	for (size_t i = 0; i < c->table_size; i++)
		if (c->table[i] && !refuse_circles(c, c->table[i]))
			return false;
	return true;
}

bool
schema_compile(struct arena *arena, const struct json *doc, const char *at, struct schema **ret_schema, struct err *err)
{
	struct str pointer = at ? str_of(at) : STR("");
	struct compiler c = {.arena = arena, .doc = doc, .err = err};
	c.root = json_pointer(doc, pointer);
	if (!c.root)
		return err_set(err, ERR_INVALID, "There is no schema at \"%s\".", at);
	struct schema *schema = schema_of(&c, NULL, NULL, pointer, c.root);
	bool ok = compile_all(&c);
	free(c.table);
	free(c.pending);
	if (ok)
		*ret_schema = schema;
	return ok;
}
