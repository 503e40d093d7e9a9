/* A tree of segments; see router.h. */
#include "http/router.h"

#include <stdio.h>

struct node {
	struct str literal;    /* of this segment; of the name in braces when it is a parameter */
	struct node *children; /* literals */
	struct node *next;     /* sibling */
	struct node *param;    /* the child that takes any segment */
	const void *routes[HTTP_METHODS];
};

struct router {
	struct arena *arena;
	struct node root;
};

struct router *
router_new(struct arena *arena)
{
	struct router *router = arena_new_of(arena, struct router);
	router->arena = arena;
	return router;
}

static const struct node *
literal_child(const struct node *node, struct str segment)
{
	for (const struct node *child = node->children; child; child = child->next)
		if (str_eq(child->literal, segment))
			return child;
	return NULL;
}

static struct node *
node_new(struct router *router, struct str literal)
{
	struct node *node = arena_new_of(router->arena, struct node);
	node->literal = arena_str(router->arena, literal);
	return node;
}

/* The child for a segment of a template, made when it is missing. NULL when it contradicts what is there. */
static struct node *
template_child(struct router *router, struct node *node, struct str segment)
{
	if (segment.n > 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}') {
		struct str name = {segment.p + 1, segment.n - 2};
		if (!node->param)
			node->param = node_new(router, name);
		return str_eq(node->param->literal, name) ? node->param : NULL;
	}
	if (segment.n == 0 || memchr(segment.p, '{', segment.n) || memchr(segment.p, '}', segment.n))
		return NULL;
	struct node *child = (struct node *)literal_child(node, segment);
	if (!child) {
		child = node_new(router, segment);
		child->next = node->children;
		node->children = child;
	}
	return child;
}

bool
router_add(struct router *router, enum http_method method, const char *template, const void *route, struct err *err)
{
	struct node *node = &router->root;
	const char *at = template;
	unsigned params = 0, segments = 0;
	while (*at == '/') {
		size_t n = strcspn(++at, "/");
		/* Counted first: a template that is refused must leave no place that would take more. */
		if (++segments > REQUEST_SEGMENTS_MAX || (*at == '{' && ++params > ROUTER_PARAMS_MAX))
			node = NULL;
		else
			node = template_child(router, node, (struct str){at, n});
		if (!node)
			return err_set(
				err, ERR_INTERNAL, "The path %s is not a template that fits the others.", template);
		at += n;
	}
	if (*at || at == template || method >= HTTP_METHODS || node->routes[method])
		return err_set(err, ERR_INTERNAL, "The route %s %s is there twice, or is none.",
			http_method_name(method), template);
	node->routes[method] = route;
	return true;
}

static void
list_methods(const struct node *node, char allow[ROUTER_ALLOW_SIZE])
{
	size_t n = 0;
	for (int m = 0; m < HTTP_METHODS; m++) {
		bool has = node->routes[m] || m == HTTP_OPTIONS || (m == HTTP_HEAD && node->routes[HTTP_GET]);
		if (has && n < ROUTER_ALLOW_SIZE)
			n += (size_t)snprintf(allow + n, ROUTER_ALLOW_SIZE - n, "%s%s", n ? ", " : "",
				http_method_name((enum http_method)m));
	}
}

enum router_result
router_find(const struct router *router, enum http_method method, const struct str *segments, unsigned segment_count,
	struct router_match *ret_match)
{
	memset(ret_match, 0, sizeof *ret_match);
	const struct node *node = &router->root;
	for (unsigned i = 0; node && i < segment_count; i++) {
		const struct node *child = literal_child(node, segments[i]);
		if (!child && node->param && segments[i].n > 0) {
			child = node->param;
			ret_match->params[ret_match->param_count++] = (struct http_pair){child->literal, segments[i]};
		}
		node = child;
	}
	if (!node)
		return ROUTER_NO_PATH;
	bool any = false;
	for (int m = 0; m < HTTP_METHODS; m++)
		any = any || node->routes[m];
	if (!any)
		return ROUTER_NO_PATH;
	list_methods(node, ret_match->allow);
	ret_match->route = method < HTTP_METHODS ? node->routes[method] : NULL;
	if (!ret_match->route && method == HTTP_HEAD)
		ret_match->route = node->routes[HTTP_GET];
	return ret_match->route ? ROUTER_FOUND : ROUTER_NO_METHOD;
}
