/*
 * Any lines as a router: "METHOD /template" up to an empty line are routes, "METHOD /path" after it are asked. What a route was added under
 * finds it, what is found has the names of its template, and every answer about a path says which methods it takes.
 */
#include "http/router.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static unsigned
split(struct str path, struct str segments[REQUEST_SEGMENTS_MAX])
{
	unsigned n = 0;
	while (path.n > 0 && n < REQUEST_SEGMENTS_MAX) {
		path = (struct str){path.p + 1, path.n - 1};
		const char *slash = memchr(path.p, '/', path.n);
		segments[n] = (struct str){path.p, slash ? (size_t)(slash - path.p) : path.n};
		path = (struct str){path.p + segments[n].n, path.n - segments[n].n};
		n++;
	}
	return n;
}

static void
ask(const struct router *router, enum http_method method, struct str path, const void *expected)
{
	struct str segments[REQUEST_SEGMENTS_MAX] = {{0}};
	struct router_match match;
	unsigned n = split(path, segments);
	enum router_result result = router_find(router, method, segments, n, &match);
	if (expected && memchr(path.p, '{', path.n) == NULL)
		must(result == ROUTER_FOUND && match.route == expected);
	if (result == ROUTER_FOUND)
		must(match.route && match.param_count <= ROUTER_PARAMS_MAX);
	if (result != ROUTER_NO_PATH)
		must(strlen(match.allow) > 0 && strlen(match.allow) < ROUTER_ALLOW_SIZE);
	for (unsigned i = 0; result == ROUTER_FOUND && i < match.param_count; i++)
		must(match.params[i].name.n > 0 && match.params[i].value.p != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct err err;
	struct arena *arena = arena_new();
	struct router *router = router_new(arena);
	struct str rest = {(const char *)bytes, size};
	bool adding = true;
	while (rest.n > 0) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct str line = {rest.p, end ? (size_t)(end - rest.p) : rest.n};
		size_t used = line.n + (end != NULL);
		rest = (struct str){rest.p + used, rest.n - used};
		if (line.n == 0)
			adding = false;
		const char *blank = memchr(line.p, ' ', line.n);
		enum http_method method = http_method_parse((struct str){line.p, blank ? (size_t)(blank - line.p) : 0});
		if (!blank || blank + 1 == line.p + line.n || blank[1] != '/' || memchr(line.p, '\0', line.n))
			continue;
		struct str path = {blank + 1, line.n - (size_t)(blank + 1 - line.p)};
		err_clear(&err);
		if (!adding)
			ask(router, method, path, NULL);
		else if (method != HTTP_OTHER && router_add(router, method, arena_strz(arena, path), path.p, &err))
			ask(router, method, path, path.p);
		else if (method != HTTP_OTHER)
			must(err.message[0] != '\0');
	}
	arena_free(arena);
	return 0;
}
