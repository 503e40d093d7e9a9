/* Compiles the contract; see operation.h. */
#include "api/operation.h"

#include <stdio.h>

static const struct json_limits contract_limits = {4 << 20, 64, 200000};

struct compiling {
	struct arena *arena;
	const struct json *doc;
	const struct route *routes;
	struct operations *out;
	struct err *err;
};

static bool
wrong(struct compiling *c, const char *at, const char *what)
{
	return err_set(c->err, ERR_INTERNAL, "The contract is wrong at %.150s: %.120s.", at, what);
}

/* A part of a JSON pointer. */
static const char *
pointer_part(struct arena *arena, struct str name)
{
	char *out = arena_alloc(arena, name.n * 2 + 1), *to = out;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '~' || name.p[i] == '/') {
			*to++ = '~';
			*to++ = name.p[i] == '~' ? '0' : '1';
		} else {
			*to++ = name.p[i];
		}
	}
	return out;
}

/* Follows "$ref" until there is none; `at` follows along. NULL when it leads nowhere. */
static const struct json *
follow(struct compiling *c, const struct json *node, const char **at)
{
	struct str ref;
	for (int i = 0; node && i < 20 && json_get_str(node, "$ref", &ref); i++) {
		if (ref.n < 1 || ref.p[0] != '#')
			return NULL;
		*at = arena_strz(c->arena, (struct str){ref.p + 1, ref.n - 1});
		node = json_pointer(c->doc, str_of(*at));
	}
	return node;
}

static bool
read_schema(struct compiling *c, const char *at, const struct schema **ret_schema)
{
	struct schema *schema;
	if (!schema_compile(c->arena, c->doc, at, &schema, c->err)) {
		char why[200];
		snprintf(why, sizeof why, "%.199s", c->err->message);
		return wrong(c, at, why);
	}
	*ret_schema = schema;
	return true;
}

static bool
read_param(struct compiling *c, const struct json *node, const char *at, struct operation *op)
{
	node = follow(c, node, &at);
	struct str name, in, type = STR("string");
	if (!node || !json_get_str(node, "name", &name) || !json_get_str(node, "in", &in))
		return wrong(c, at, "a parameter has no name or place");
	struct param *param = &op->params[op->param_count++];
	param->name = arena_strz(c->arena, name);
	param->place_name = arena_printf(c->arena, "%.*s.%.*s", STR_ARG(in), STR_ARG(name));
	if (!str_is(in, "path") && !str_is(in, "query") && !str_is(in, "header"))
		return wrong(c, at, "a parameter is neither in path, query nor header");
	param->place = str_is(in, "path") ? PARAM_PATH : str_is(in, "query") ? PARAM_QUERY : PARAM_HEADER;
	json_get_bool(node, "required", &param->required);
	const char *schema_at = arena_printf(c->arena, "%s/schema", at);
	if (!read_schema(c, schema_at, &param->schema))
		return false;
	const struct json *schema = follow(c, json_get(node, "schema"), &schema_at);
	json_get_str(schema, "type", &type);
	param->kind = str_is(type, "integer") ? PARAM_INTEGER : str_is(type, "boolean") ? PARAM_BOOLEAN : PARAM_TEXT;
	param->fallback = json_get(schema, "default");
	return true;
}

static bool
read_params(struct compiling *c, const struct json *item, const char *item_at, const struct json *node, const char *at,
	struct operation *op)
{
	const struct json *shared = json_get(item, "parameters"), *own = json_get(node, "parameters");
	uint32_t room = (shared ? shared->count : 0) + (own ? own->count : 0);
	op->params = arena_array(c->arena, room + 1, sizeof *op->params);
	unsigned i = 0;
	json_each (param, shared)
		if (!read_param(c, param, arena_printf(c->arena, "%s/parameters/%u", item_at, i++), op))
			return false;
	i = 0;
	json_each (param, own)
		if (!read_param(c, param, arena_printf(c->arena, "%s/parameters/%u", at, i++), op))
			return false;
	return true;
}

static bool
read_role(struct compiling *c, const struct json *node, const char *at, struct operation *op)
{
	static const char *const roles[] = {"viewer", "member", "admin", "owner"};
	struct str role;
	if (!json_get_str(node, "x-role", &role))
		return wrong(c, at, "it has no x-role");
	op->is_public = str_is(role, "public");
	op->administrator = str_is(role, "administrator");
	if (op->is_public || op->administrator || str_is(role, "person"))
		return true;
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		if (str_is(role, roles[i]))
			op->role = roles[i];
	if (!op->role)
		return wrong(c, at, "x-role is none of public, person, administrator, viewer, member, admin, owner");
	for (unsigned i = 0; i < op->param_count; i++)
		if (op->params[i].place == PARAM_PATH && strcmp(op->params[i].name, "workspace_id") == 0)
			return true;
	return wrong(c, at, "it needs a role in a workspace, but its path names none");
}

/* x-rate, or what follows from the method. */
static bool
read_rate(struct compiling *c, const struct json *node, const char *at, struct operation *op)
{
	static const char *const classes[RATE_CLASSES] = {"none", "read", "write", "expensive"};
	struct str name;
	op->rate = op->method == HTTP_GET ? RATE_READ : RATE_WRITE;
	if (!json_get_str(node, "x-rate", &name))
		return true;
	for (int i = 0; i < RATE_CLASSES; i++) {
		if (str_is(name, classes[i])) {
			op->rate = (enum rate_class)i;
			return true;
		}
	}
	return wrong(c, at, "x-rate is none of none, read, write, expensive");
}

/* What is changed by revision takes If-Match: clients that are generated from the contract must know. */
static bool
read_etag(struct compiling *c, const struct json *node, const char *at, struct operation *op)
{
	struct str kind;
	if (!json_get_str(node, "x-etag", &kind))
		return true;
	op->etag = str_is(kind, "content") ? ETAG_CONTENT : str_is(kind, "revision") ? ETAG_REVISION : ETAG_NONE;
	if (op->etag == ETAG_NONE)
		return wrong(c, at, "x-etag is none of content, revision");
	if (op->method == HTTP_GET || op->method == HTTP_POST)
		return true;
	if (op->etag == ETAG_CONTENT)
		return wrong(c, at, "a change has no x-etag of its content");
	for (unsigned i = 0; i < op->param_count; i++)
		if (op->params[i].place == PARAM_HEADER && strcmp(op->params[i].name, "If-Match") == 0)
			return true;
	return wrong(c, at, "a change with x-etag has no parameter If-Match");
}

/*
 * x-scope, or what follows from the rest: reading is "read"; what takes an admin is "admin"; other changes have the scope of
 * their first tag, and those of none are nothing for a token.
 */
static bool
read_scope(struct compiling *c, const struct json *node, const char *at, struct operation *op)
{
	static const char *const scopes[] = {"read", "runs:write", "workflows:write", "admin", "session"};
	const struct json *first = json_at(json_get(node, "tags"), 0);
	struct str scope, tag = first ? first->text : STR("");
	if (!json_get_str(node, "x-scope", &scope)) {
		bool admin = op->administrator ||
			     (op->role && (strcmp(op->role, "admin") == 0 || strcmp(op->role, "owner") == 0));
		bool flows = str_is(tag, "workflows") || str_is(tag, "prompts");
		scope = op->method == HTTP_GET ? STR("read")
			: admin		       ? STR("admin")
			: str_is(tag, "runs")  ? STR("runs:write")
			: flows		       ? STR("workflows:write")
					       : STR("session");
	}
	for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
		if (str_is(scope, scopes[i]))
			op->scope = scopes[i];
	return op->scope || wrong(c, at, "x-scope is none of read, runs:write, workflows:write, admin, session");
}

static bool
read_body(struct compiling *c, const struct json *node, const char *at, struct operation *op)
{
	const struct json *body = json_get(node, "requestBody");
	if (!body)
		return true;
	json_get_bool(body, "required", &op->body_required);
	if (!json_get(json_get(json_get(body, "content"), "application/json"), "schema"))
		return wrong(c, at, "its body is not application/json with a schema");
	return read_schema(c, arena_printf(c->arena, "%s/requestBody/content/application~1json/schema", at), &op->body);
}

/* Of its success; JSON unless said. */
static void
read_answers(struct compiling *c, const struct json *node, struct operation *op)
{
	op->answers = "application/json";
	json_each (answer, json_get(node, "responses")) {
		if (answer->key.n == 0 || answer->key.p[0] != '2')
			continue;
		json_each (type, json_get(answer, "content"))
			op->answers = arena_strz(c->arena, type->key);
		return;
	}
}

static bool
bind_handler(struct compiling *c, const char *at, struct operation *op)
{
	for (const struct route *route = c->routes; route->operation; route++)
		if (strcmp(route->operation, op->id) == 0)
			op->handle = route->handle;
	if (op->handle)
		return true;
	return wrong(c, at, arena_printf(c->arena, "the operation %s has no handler in routes.c", op->id));
}

static bool
read_operation(struct compiling *c, struct str path, const struct json *item, const struct json *node)
{
	static const char *const others[] = {"parameters", "summary", "description"};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (str_is(node->key, others[i]))
			return true;
	const char *item_at = arena_printf(c->arena, "/paths/%s", pointer_part(c->arena, path));
	const char *at = arena_printf(c->arena, "%s/%.*s", item_at, STR_ARG(node->key));
	char method[16] = "";
	for (size_t i = 0; i < node->key.n && i + 1 < sizeof method; i++)
		method[i] = (char)(node->key.p[i] >= 'a' && node->key.p[i] <= 'z' ? node->key.p[i] - 32 : '?');
	struct str id, server;
	if (json_get_str(node, "x-server", &server) && str_is(server, "live"))
		return true;
	struct operation *op = &c->out->list[c->out->count++];
	op->method = http_method_parse(str_of(method));
	op->path = arena_strz(c->arena, path);
	if (op->method == HTTP_OTHER)
		return wrong(c, at, "there is no such method");
	if (!json_get_str(node, "operationId", &id))
		return wrong(c, at, "it has no operationId");
	op->id = arena_strz(c->arena, id);
	json_get_bool(node, "x-idempotent", &op->idempotent);
	json_get_bool(node, "x-open-query", &op->open_query);
	read_answers(c, node, op);
	return read_params(c, item, item_at, node, at, op) && read_role(c, node, at, op) &&
	       read_scope(c, node, at, op) && read_rate(c, node, at, op) && read_etag(c, node, at, op) &&
	       read_body(c, node, at, op) && bind_handler(c, at, op) &&
	       router_add(c->out->router, op->method, op->path, op, c->err);
}

static bool
read_prefix(struct compiling *c)
{
	struct str url;
	if (!json_get_str(json_at(json_get(c->doc, "servers"), 0), "url", &url) || url.n < 2 || url.p[0] != '/' ||
		memchr(url.p + 1, '/', url.n - 1))
		return wrong(c, "/servers/0/url", "it is not a slash and one segment");
	c->out->prefix = (struct str){url.p + 1, url.n - 1};
	return true;
}

static bool
every_route_is_described(struct compiling *c)
{
	for (const struct route *route = c->routes; route->operation; route++) {
		bool found = false;
		for (unsigned i = 0; i < c->out->count && !found; i++)
			found = strcmp(c->out->list[i].id, route->operation) == 0;
		if (!found)
			return wrong(c, "/paths",
				arena_printf(c->arena, "%s of routes.c is not described", route->operation));
	}
	return true;
}

bool
operations_compile(struct arena *arena, struct str contract, const struct route *routes,
	struct operations **ret_operations, struct err *err)
{
	struct json *doc;
	if (!json_read(arena, contract, &contract_limits, &doc, err))
		return false;
	struct compiling c = {arena, doc, routes, arena_new_of(arena, struct operations), err};
	c.out->router = router_new(arena);
	const struct json *paths = json_get(doc, "paths");
	unsigned room = 0;
	json_each (item, paths)
		room += item->count;
	c.out->list = arena_array(arena, room + 1, sizeof *c.out->list);
	if (!read_prefix(&c))
		return false;
	json_each (item, paths)
		json_each (node, item)
			if (!read_operation(&c, item->key, item, node))
				return false;
	if (!every_route_is_described(&c))
		return false;
	*ret_operations = c.out;
	return true;
}
