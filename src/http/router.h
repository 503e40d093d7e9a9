/*
 * From method and path to a route. Templates are "/workspaces/{workspace_id}/runs:bulk": a segment is either a literal
 * or one name in braces; where both would fit, the literal wins, and the choice is final (no backtracking).
 *
 *	router_add(r, HTTP_GET, "/runs/{run_id}", route, err);
 *	switch (router_find(r, method, segments, count, &match)) …
 */
#ifndef STEPMILL_HTTP_ROUTER_H
#define STEPMILL_HTTP_ROUTER_H

#include "http/request.h"

#define ROUTER_PARAMS_MAX 8
#define ROUTER_ALLOW_SIZE 64

struct router;

enum router_result { ROUTER_FOUND, ROUTER_NO_PATH, ROUTER_NO_METHOD };

struct router_match {
	const void *route;
	struct http_pair params[ROUTER_PARAMS_MAX]; /* in the order of the template */
	unsigned param_count;
	char allow[ROUTER_ALLOW_SIZE]; /* "GET, HEAD, OPTIONS": what this path takes; empty without a path */
};

struct router *router_new(struct arena *arena);
/* False for a template that is not one or longer than a request may be, for a second route at the same place, and for another
 * name at the same place. */
bool router_add(
	struct router *router, enum http_method method, const char *template, const void *route, struct err *err);
/* HEAD finds the route of GET. OPTIONS is never found unless it was added: `allow` answers it. */
enum router_result router_find(const struct router *router, enum http_method method, const struct str *segments,
	unsigned segment_count, struct router_match *ret_match);

#endif
