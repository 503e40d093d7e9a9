/*
 * The contract, compiled: one operation a route, with what it needs to know of who asks, of the parameters and of the
 * body. Made once by the master before it forks. Nothing about a route is written twice: a route that is missing here
 * or there, a schema that cannot be enforced, or a reference into nothing keeps the program from starting, with the
 * place named.
 */
#ifndef STEPMILL_API_OPERATION_H
#define STEPMILL_API_OPERATION_H

#include "api/rate.h"
#include "http/router.h"
#include "json/schema.h"

struct call;

/* One line of routes.c. */
struct route {
	const char *operation;
	bool (*handle)(struct call *call, struct err *err);
};

enum param_place { PARAM_PATH, PARAM_QUERY, PARAM_HEADER };
enum param_kind { PARAM_TEXT, PARAM_INTEGER, PARAM_BOOLEAN };

struct param {
	const char *name;
	const char *place_name; /* "query.limit": where an issue points */
	enum param_place place;
	enum param_kind kind;
	bool required;
	const struct schema *schema;
	const struct json *fallback; /* the schema's default; NULL: none */
};

/* See etag.h. */
enum etag { ETAG_NONE, ETAG_CONTENT, ETAG_REVISION };

struct operation {
	const char *id;
	const char *path;
	enum http_method method;
	bool is_public;	     /* anybody */
	bool administrator;  /* of the installation */
	const char *role;    /* needed in the workspace of the path; NULL: any person, or public */
	const char *answers; /* content type of its answer */
	const char *scope;   /* what an API token must be good for; "session": it is never enough */
	bool idempotent;
	bool open_query; /* parameters that are not described are let in, and not looked at */
	enum etag etag;
	enum rate_class rate;
	struct param *params;
	unsigned param_count;
	const struct schema *body; /* NULL: takes none */
	bool body_required;
	bool (*handle)(struct call *call, struct err *err);
};

struct operations {
	struct operation *list;
	unsigned count;
	struct router *router;
	struct str prefix; /* "api": the first segment of every path */
};

/* `routes` ends with a NULL operation. Operations marked x-server: live are left out. Keeps pointers into the arena. */
bool operations_compile(struct arena *arena, struct str contract, const struct route *routes,
	struct operations **ret_operations, struct err *err);

#endif
