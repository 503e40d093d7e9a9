/*
 * Which node a reference means. Documents are indexed when they are first needed: a walk over all places where a keyword
 * holds schemas finds their URIs ($id) and anchors. Nothing is fetched: a URI is one of these, a document of the options,
 * a metaschema that is built in, or unknown.
 */
#include "json/schema_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "json/uri.h"

/* ---- indexing ---- */

struct stack {
	struct schema **items;
	size_t n, room;
};

static void
push(struct stack *stack, struct schema *schema)
{
	if (stack->n == stack->room) {
		stack->room = stack->room ? stack->room * 2 : 64;
		stack->items = realloc(stack->items, stack->room * sizeof *stack->items);
		if (!stack->items)
			out_of_memory();
	}
	stack->items[stack->n++] = schema;
}

static void
add_child(struct compiler *c, struct stack *stack, const struct schema *parent, const char *keyword, struct str step,
	const struct json *node)
{
	struct schema *child = schema_intern(c, node);
	if (child->indexed)
		return;
	child->indexed = true;
	child->parent = parent;
	child->keyword = keyword;
	child->step = step;
	child->resource = parent->resource;
	push(stack, child);
}

static void
add_list(struct compiler *c, struct stack *stack, const struct schema *schema, const char *keyword,
	const struct json *list)
{
	uint32_t index = 0;
	json_each (item, list)
		add_child(c, stack, schema, keyword, str_of(arena_printf(c->arena, "%u", index++)), item);
}

static void
add_children(struct compiler *c, struct stack *stack, const struct schema *schema)
{
	const struct dialect *dialect = &schema->resource->dialect;
	uint32_t order;
	json_each (operand, schema->source) {
		const struct keyword *keyword = schema_keyword(operand->key, dialect, &order);
		bool list = operand->type == JSON_ARRAY;
		switch (keyword ? keyword->shape : SHAPE_NONE) {
		case SHAPE_ONE_OR_LIST:
			if (list && dialect->draft == SCHEMA_DRAFT_7) {
				add_list(c, stack, schema, keyword->name, operand);
				break;
			}
			/* fall through */
		case SHAPE_ONE:
			add_child(c, stack, schema, keyword->name, STR(""), operand);
			break;
		case SHAPE_LIST:
			if (list)
				add_list(c, stack, schema, keyword->name, operand);
			break;
		case SHAPE_NAMED:
			if (operand->type == JSON_OBJECT)
				json_each (member, operand)
					if (member->type != JSON_ARRAY)
						add_child(c, stack, schema, keyword->name, member->key, member);
			break;
		case SHAPE_NONE:
			break;
		}
	}
}

static struct resource *
new_resource(
	struct compiler *c, struct str document, struct str base, const struct json *source, struct dialect dialect)
{
	struct resource *resource = arena_new_of(c->arena, struct resource);
	resource->source = source;
	resource->document = document;
	resource->base = base;
	resource->dialect = dialect;
	names_add(&c->resources, c->arena, base, resource);
	return resource;
}

static bool
add_anchor(struct compiler *c, struct schema *schema, struct str name, const struct json *place)
{
	struct resource *resource = (struct resource *)schema->resource;
	if (names_add(&resource->anchors, c->arena, name, schema) || names_get(&resource->anchors, name) == schema)
		return true;
	return schema_fail(
		c, schema, place, "there are two anchors \"%.*s\".", (int)(name.n < 80 ? name.n : 80), name.p);
}

/* $id and $schema: a resource of its own begins here, or the document's gets its name. */
static bool
name_resource(struct compiler *c, struct schema *schema)
{
	const struct json *id = json_get(schema->source, "$id");
	bool top = schema->source == schema->resource->source;
	struct dialect dialect = schema->resource->dialect;
	if ((top || id) && !schema_dialect(c, schema, &dialect))
		return false;
	if (top)
		((struct resource *)schema->resource)->dialect = dialect;
	/* In draft 7 nothing beside a reference counts. */
	if (!id || (dialect.draft == SCHEMA_DRAFT_7 && json_get(schema->source, "$ref")))
		return true;
	if (id->type != JSON_STRING)
		return schema_fail(c, schema, id, "\"$id\" must be a URI.");
	struct str fragment, base = uri_resolve(c->arena, schema->resource->base, id->text, &fragment);
	if (fragment.n > 0) {
		if (dialect.draft != SCHEMA_DRAFT_7)
			return schema_fail(
				c, schema, id, "\"$id\" must not have a fragment. \"$anchor\" gives a name.");
		if (!add_anchor(c, schema, fragment, id))
			return false;
		if (id->text.p[0] == '#')
			return true;
	}
	if (top) {
		struct resource *resource = (struct resource *)schema->resource;
		resource->base = base;
		names_add(&c->resources, c->arena, base, resource);
	} else {
		schema->resource = new_resource(c, schema->resource->document, base, schema->source, dialect);
	}
	return true;
}

static bool
name_anchors(struct compiler *c, struct schema *schema)
{
	if (schema->resource->dialect.draft == SCHEMA_DRAFT_7)
		return true;
	const struct json *anchor = json_get(schema->source, "$anchor"),
			  *dynamic = json_get(schema->source, "$dynamicAnchor");
	if ((anchor && anchor->type != JSON_STRING) || (dynamic && dynamic->type != JSON_STRING))
		return schema_fail(c, schema, anchor, "an anchor must be a name.");
	if (anchor && !add_anchor(c, schema, anchor->text, anchor))
		return false;
	if (!dynamic)
		return true;
	struct resource *resource = (struct resource *)schema->resource;
	names_add(&resource->dynamic, c->arena, dynamic->text, schema);
	schema_request(c, schema);
	return add_anchor(c, schema, dynamic->text, dynamic);
}

/* All parts of this schema; its own place and resource are known. */
static bool
index_parts(struct compiler *c, struct schema *start)
{
	struct stack stack = {0};
	bool ok = true;
	start->indexed = true;
	push(&stack, start);
	while (ok && stack.n > 0) {
		struct schema *schema = stack.items[--stack.n];
		if (schema->source->type == JSON_OBJECT) {
			ok = name_resource(c, schema) && name_anchors(c, schema);
			if (ok)
				add_children(c, &stack, schema);
		}
		if (c->options->everything)
			schema_request(c, schema);
	}
	free(stack.items);
	return ok;
}

/* ---- documents ---- */

static bool
add_document(struct compiler *c, struct str uri, const struct json *doc, struct dialect dialect)
{
	struct schema *root = schema_intern(c, doc);
	if (root->indexed) {
		names_add(&c->resources, c->arena, uri, (void *)root->resource);
		return true;
	}
	root->resource = new_resource(c, uri, uri, doc, dialect);
	root->step = STR("");
	return index_parts(c, root);
}

bool
schema_root(struct compiler *c, const struct json *doc, struct str at, struct schema **ret_schema)
{
	const struct json *node = json_pointer(doc, at);
	if (!node)
		return err_set(c->err, ERR_INVALID, "There is no schema at \"%.*s\".", STR_ARG(at));
	struct dialect dialect = schema_dialect_of(c->options->draft);
	*ret_schema = schema_intern(c, node);
	if (node == doc)
		return add_document(c, STR(""), doc, dialect);
	struct schema *schema = *ret_schema;
	schema->step = arena_str(c->arena, at);
	if (!schema_dialect(c, schema, &dialect))
		return false;
	schema->resource = new_resource(c, STR(""), STR(""), doc, dialect);
	return index_parts(c, schema);
}

/* ---- pointers ---- */

#define FEW 16

/* The member of a large object is looked up in a table that is made when it is asked for a second time. */
static const struct json *
member_of(struct compiler *c, const struct json *object, struct str key)
{
	if (object->count <= FEW)
		return json_get_by(object, key);
	struct str address = {(const char *)&object, sizeof object};
	struct names *crowd = names_get(&c->crowds, address);
	if (!crowd) {
		crowd = arena_new_of(c->arena, struct names);
		json_each (member, object)
			names_add(crowd, c->arena, member->key, (void *)member);
		names_add(&c->crowds, c->arena, arena_str(c->arena, address), crowd);
	}
	return names_get(crowd, key);
}

/* "a~1b" → "a/b" */
static struct str
unescape(struct arena *arena, struct str token)
{
	if (!memchr(token.p, '~', token.n))
		return token;
	char *out = arena_alloc(arena, token.n);
	size_t n = 0;
	for (size_t i = 0; i < token.n; i++) {
		bool escape = token.p[i] == '~' && i + 1 < token.n && (token.p[i + 1] == '0' || token.p[i + 1] == '1');
		out[n++] = !escape ? token.p[i] : token.p[i + 1] == '0' ? '~' : '/';
		i += escape;
	}
	return (struct str){out, n};
}

static const struct json *
step_to(struct compiler *c, const struct json *node, struct str token)
{
	unsigned long long index;
	if (node->type == JSON_OBJECT)
		return member_of(c, node, unescape(c->arena, token));
	if (node->type != JSON_ARRAY || !str_to_u64(token, UINT32_MAX, &index) || (token.n > 1 && token.p[0] == '0'))
		return NULL;
	return json_at(node, (uint32_t)index);
}

/* The schema at this pointer from the resource; one that no keyword holds is indexed now. *ret_schema NULL: nothing there. */
static bool
at_pointer(struct compiler *c, const struct resource *resource, struct str pointer, struct schema **ret_schema)
{
	const struct json *node = resource->source;
	const struct schema *top = schema_known(c, resource->source);
	struct str rest = pointer;
	*ret_schema = NULL;
	while (node && rest.n > 0) {
		if (rest.p[0] != '/')
			return true;
		rest = (struct str){rest.p + 1, rest.n - 1};
		const char *slash = memchr(rest.p, '/', rest.n);
		struct str token = {rest.p, slash ? (size_t)(slash - rest.p) : rest.n};
		rest = (struct str){rest.p + token.n, rest.n - token.n};
		node = step_to(c, node, token);
		const struct schema *known = node ? schema_known(c, node) : NULL;
		if (known && known->indexed)
			resource = known->resource;
	}
	if (!node)
		return true;
	struct schema *schema = *ret_schema = schema_intern(c, node);
	if (schema->indexed)
		return true;
	struct str from = top ? schema_pointer(c->arena, top) : STR("");
	schema->step = str_of(arena_printf(c->arena, "%.*s%.*s", STR_ARG(from), STR_ARG(pointer)));
	schema->resource = resource;
	return index_parts(c, schema);
}

/* ---- references ---- */

#define SHOWN 120

bool
schema_refer(struct compiler *c, const struct schema *schema, const struct json *operand, struct str *ret_anchor,
	struct schema **ret_target)
{
	struct str fragment, name, uri = uri_resolve(c->arena, schema->resource->base, operand->text, &fragment);
	int shown = (int)(operand->text.n < SHOWN ? operand->text.n : SHOWN);
	struct resource *resource = names_get(&c->resources, uri);
	if (!resource) {
		const struct json *doc = schema_document(c, uri);
		if (!doc)
			return schema_fail(c, schema, operand,
				"\"%.*s\" names %.*s, which is not among the documents given.", STR_ARG(operand->key),
				shown, operand->text.p);
		if (!add_document(c, uri, doc, schema->resource->dialect))
			return false;
		resource = names_get(&c->resources, uri);
	}
	*ret_anchor = STR("");
	*ret_target = NULL;
	if (!uri_decode(c->arena, fragment, &name))
		return schema_fail(c, schema, operand, "%.*s is badly encoded.", shown, operand->text.p);
	if (name.n == 0 || name.p[0] == '/') {
		if (!at_pointer(c, resource, name, ret_target))
			return false;
	} else {
		*ret_anchor = name;
		*ret_target = names_get(&resource->anchors, name);
	}
	if (!*ret_target)
		return schema_fail(c, schema, operand, "there is nothing at %.*s.", shown, operand->text.p);
	schema_request(c, *ret_target);
	return true;
}
