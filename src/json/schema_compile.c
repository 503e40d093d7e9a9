/*
 * Schema text to compiled schema: a list of schemas still to be compiled, and a table from a node to its schema, so that a
 * reference that leads back, or to the same place twice, finds what is already there.
 */
#include "json/schema_internal.h"

#include <stdio.h>
#include <stdlib.h>

bool
schema_fail(struct compiler *c, const struct schema *schema, const struct json *place, const char *format, ...)
{
	char what[240];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	struct str at = schema_pointer(c->arena, schema);
	struct str document = schema->resource ? schema->resource->document : STR("");
	err_set(c->err, ERR_INVALID, "The schema%s%.*s%s%.*s is not valid: %s", document.n > 0 ? " " : "",
		(int)(document.n < 100 ? document.n : 100), document.p, at.n > 0 ? " at " : "",
		(int)(at.n < 120 ? at.n : 120), at.p, what);
	if (c->err && place && document.n == 0) {
		c->err->line = place->line;
		c->err->column = place->column;
	}
	return false;
}

/* ---- the table of schemas ---- */

static size_t
slot_of(const struct compiler *c, const struct json *node)
{
	size_t slot = ((uintptr_t)node >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20 & (c->table_size - 1);
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

struct schema *
schema_known(const struct compiler *c, const struct json *node)
{
	return c->table_size > 0 ? c->table[slot_of(c, node)] : NULL;
}

struct schema *
schema_intern(struct compiler *c, const struct json *node)
{
	if (c->known * 2 >= c->table_size)
		grow(c);
	size_t slot = slot_of(c, node);
	if (c->table[slot])
		return c->table[slot];
	struct schema *schema = arena_new_of(c->arena, struct schema);
	schema->source = node;
	schema->target = schema;
	c->table[slot] = schema;
	c->known++;
	return schema;
}

void
schema_request(struct compiler *c, struct schema *schema)
{
	if (schema->requested)
		return;
	schema->requested = true;
	if (c->pending_count == c->pending_room) {
		c->pending_room = c->pending_room ? c->pending_room * 2 : 64;
		c->pending = realloc(c->pending, c->pending_room * sizeof(struct schema *));
		if (!c->pending)
			out_of_memory();
	}
	c->pending[c->pending_count++] = schema;
}

struct schema *
schema_of(struct compiler *c, const struct json *node)
{
	struct schema *schema = schema_intern(c, node);
	schema_request(c, schema);
	return schema;
}

/* ---- patterns ---- */

/* A megabyte of short patterns with large counts would take gigabytes. */
#define PATTERNS_MOST (8 << 20)

struct regex *
schema_pattern(struct compiler *c, const struct schema *schema, const struct json *place, struct str text)
{
	struct regex *pattern = names_get(&c->regexes, text);
	char why[REGEX_WHY_SIZE];
	if (pattern)
		return pattern;
	if (!regex_compile(c->arena, text, &pattern, why)) {
		schema_fail(c, schema, place, "the pattern %.*s cannot be used. %s", (int)(text.n < 60 ? text.n : 60),
			text.p, why);
		return NULL;
	}
	c->regex_bytes += regex_size(pattern);
	if (c->regex_bytes > PATTERNS_MOST) {
		schema_fail(c, schema, place, "its patterns take more than %d MiB of memory.", PATTERNS_MOST >> 20);
		return NULL;
	}
	names_add(&c->regexes, c->arena, text, pattern);
	return pattern;
}

/* ---- one schema ---- */

const struct check *
schema_find(const struct schema *schema, const char *keyword)
{
	for (uint32_t i = 0; i < schema->check_count; i++)
		if (strcmp(schema->checks[i].keyword->name, keyword) == 0)
			return &schema->checks[i];
	return NULL;
}

static bool
compile_keyword(struct compiler *c, struct schema *schema, const struct keyword *keyword, const struct json *operand)
{
	struct check *check = &schema->checks[schema->check_count];
	*check = (struct check){
		.keyword = keyword, .operand = operand, .kinds = keyword->kinds, .passes = keyword->passes};
	if (!keyword->compile(c, schema, operand, check))
		return false;
	if (!check->skip && (keyword->passes || keyword->check))
		schema->check_count++;
	return true;
}

struct used {
	uint32_t order;
	const struct keyword *keyword;
	const struct json *operand;
};

#define KEYWORDS_MOST 80 /* more than there are */

static bool
is_ours(struct str name)
{
	return str_starts(name, STR("x-"));
}

/* Sorted by the order of the tables, not of the source: some keywords look at what others have compiled. */
static bool
find_keywords(struct compiler *c, struct schema *schema, struct used *used, uint32_t *ret_count)
{
	const struct dialect *dialect = &schema->resource->dialect;
	bool alone = dialect->draft == SCHEMA_DRAFT_7 && json_get(schema->source, "$ref");
	uint32_t count = 0, order;
	json_each (member, schema->source) {
		const struct keyword *keyword = schema_keyword(member->key, dialect, &order);
		int shown = (int)(member->key.n < 80 ? member->key.n : 80);
		if (!keyword && c->options->strict && !is_ours(member->key))
			return schema_fail(
				c, schema, member, "the keyword \"%.*s\" is not known.", shown, member->key.p);
		if (!keyword || !keyword->compile)
			continue;
		if (alone && !str_is(member->key, "$ref")) {
			if (c->options->strict)
				return schema_fail(c, schema, member,
					"in draft 7 \"%.*s\" says nothing beside \"$ref\".", shown, member->key.p);
			continue;
		}
		uint32_t at = count++;
		for (; at > 0 && used[at - 1].order > order; at--)
			used[at] = used[at - 1];
		used[at] = (struct used){order, keyword, member};
		if (count == KEYWORDS_MOST)
			break;
	}
	*ret_count = count;
	return true;
}

static bool
compile_one(struct compiler *c, struct schema *schema)
{
	const struct json *source = schema->source;
	struct used used[KEYWORDS_MOST];
	uint32_t count = 0;
	schema->types = KIND_ANY;
	schema->never = source->type == JSON_FALSE;
	if (source->type == JSON_TRUE || source->type == JSON_FALSE)
		return true;
	if (source->type != JSON_OBJECT)
		return schema_fail(c, schema, source, "a schema is an object, true or false.");
	if (!find_keywords(c, schema, used, &count))
		return false;
	schema->checks = count > 0 ? arena_array(c->arena, count, sizeof *schema->checks) : NULL;
	for (uint32_t i = 0; i < count; i++)
		if (!compile_keyword(c, schema, used[i].keyword, used[i].operand))
			return false;
	return true;
}

/* ---- circles ---- */

struct walk {
	struct schema *schema;
	uint32_t check, at;
};

enum { WHITE, GREY, BLACK };

static struct schema *
next_in_place(struct walk *walk)
{
	for (; walk->check < walk->schema->check_count; walk->check++, walk->at = 0) {
		const struct check *check = &walk->schema->checks[walk->check];
		if (!check->keyword->in_place || check->dynamic.n > 0)
			continue;
		while (walk->at < check->sub_count + check->names.count) {
			uint32_t i = walk->at++;
			struct schema *next =
				i < check->sub_count ? check->subs[i] : check->names.list[i - check->sub_count].value;
			if (next)
				return next;
		}
	}
	return NULL;
}

/* A schema that comes back to itself without going into the value would be checked for ever. */
static bool
refuse_circles(struct compiler *c, struct schema *start, struct walk *stack)
{
	size_t depth = 0;
	if (start->colour != WHITE)
		return true;
	stack[depth++] = (struct walk){start, 0, 0};
	start->colour = GREY;
	while (depth > 0) {
		struct schema *next = next_in_place(&stack[depth - 1]);
		if (!next) {
			stack[--depth].schema->colour = BLACK;
		} else if (next->colour == GREY) {
			return schema_fail(c, next, next->source, "it refers to itself without end.");
		} else if (next->colour == WHITE) {
			next->colour = GREY;
			stack[depth++] = (struct walk){next, 0, 0};
		}
	}
	return true;
}

/* ---- what makes checking short ---- */

static struct schema *
only_reference(const struct compiler *c, const struct schema *schema)
{
	const struct check *check = schema->check_count == 1 ? schema->checks : NULL;
	if (!check || strcmp(check->keyword->name, "$ref") != 0)
		return NULL;
	/* A $dynamicRef asks which resources were gone through. */
	return !c->dynamic || check->subs[0]->resource == schema->resource ? check->subs[0] : NULL;
}

/* Circles were refused, so this ends; each chain is gone along once. */
static void
find_target(const struct compiler *c, struct schema *schema)
{
	struct schema *end = schema, *next;
	while (end->target == end && (next = only_reference(c, end)))
		end = next;
	const struct schema *target = end->target;
	while (schema != end) {
		next = only_reference(c, schema);
		schema->target = target;
		schema = next;
	}
}

static void
find_short_ways(const struct compiler *c, struct schema *schema)
{
	find_target(c, schema);
	schema->flat = true;
	schema->first = schema->check_count > 0 && strcmp(schema->checks[0].keyword->name, "type") == 0;
	for (uint32_t i = 0; i < schema->check_count; i++)
		schema->flat &= schema->checks[i].passes != NULL;
}

static bool
compile_all(struct compiler *c)
{
	while (c->pending_count > 0)
		if (!compile_one(c, c->pending[--c->pending_count]))
			return false;
	struct walk *stack = calloc(c->known + 1, sizeof *stack);
	if (!stack)
		out_of_memory();
	bool ok = true;
	for (size_t i = 0; i < c->table_size && ok; i++)
		ok = !c->table[i] || refuse_circles(c, c->table[i], stack);
	free(stack);
	for (size_t i = 0; i < c->table_size && ok; i++)
		if (c->table[i])
			find_short_ways(c, c->table[i]);
	/* When all references lead to their ends. */
	for (size_t i = 0; i < c->table_size && ok; i++)
		for (uint32_t k = 0; c->table[i] && k < c->table[i]->check_count; k++)
			schema_tell_apart(c->arena, &c->table[i]->checks[k]);
	return ok;
}

bool
schema_compile_with(struct arena *arena, const struct json *doc, const char *at, const struct schema_options *options,
	struct schema **ret_schema, struct err *err)
{
	struct compiler c = {.arena = arena, .options = options, .err = err};
	struct schema *schema = NULL;
	bool ok = schema_root(&c, doc, str_of(at ? at : ""), &schema);
	if (ok) {
		schema_request(&c, schema);
		ok = compile_all(&c);
	}
	free(c.table);
	free(c.pending);
	if (ok)
		*ret_schema = schema;
	return ok;
}

bool
schema_compile(struct arena *arena, const struct json *doc, const char *at, struct schema **ret_schema, struct err *err)
{
	static const struct schema_options options = {.draft = SCHEMA_2020_12, .strict = true, .formats = true};
	return schema_compile_with(arena, doc, at, &options, ret_schema, err);
}
