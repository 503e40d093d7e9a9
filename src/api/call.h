/* One request on its way through the API: what a handler gets, and how it reads what was asked. */
#ifndef STEPMILL_API_CALL_H
#define STEPMILL_API_CALL_H

#include "api/api.h"
#include "http/response.h"
#include "store/thing.h"

struct call {
	struct api *api;
	struct arena *arena;
	struct request *request;
	struct response *response;
	const struct operation *operation;
	struct caller caller;	 /* for the store */
	const struct json *body; /* checked against the contract; NULL when none was sent */
	struct str body_text;
	int64_t assumed;     /* revision that If-Match names; 0: any */
	int64_t revision;    /* what the handler has read or made; see etag.h */
	struct json *params; /* name → checked value, defaults filled in */
};

/* For dispatch: both report every place that is wrong. */
bool call_params(struct call *call, const struct router_match *match, struct err *err);
bool call_body(struct call *call, struct err *err);

/* Parameters that the contract has checked. */
struct id call_id(const struct call *call, const char *name);
bool call_maybe_id(const struct call *call, const char *name, struct id *ret_id);
int64_t call_int(const struct call *call, const char *name);
bool call_text(const struct call *call, const char *name, struct str *ret_text);

/* Members of the body that the contract has checked; empty, or `otherwise`, when they were left out. */
struct str call_body_text(const struct call *call, const char *name, const char *otherwise);

/* `json`, or 204, when what was asked of the store has held. */
bool call_answer(struct call *call, bool ok, int status, const struct str *json);
bool call_done(struct call *call, bool ok);

/* What the store needs to do a creation once: the key, and a hash of method, path and body. */
struct once call_once(const struct call *call);
/* 201 with the answer; says when it is a replay. Adds the place to a refusal of the key. */
bool call_created(struct call *call, bool ok, const struct created *created, const struct once *once, struct err *err);

/* A change of what the path names, on the revision that If-Match says. */
struct change call_change(const struct call *call);

/* Of the operation, its parameters but those of the page, and the filter in its body: a cursor belongs to it. */
uint32_t call_list_mark(const struct call *call);
#define CURSOR_AT "query.cursor"

/* A list's parameters limit, cursor and q; and its answer with the cursor of the next page. */
bool call_page(const struct call *call, struct page_ask *ret_ask, struct err *err);
void call_answer_page(struct call *call, const struct page *page);

/* The message of a new version; empty when none was given, refused when no new version comes with it (`place`: of it). */
bool call_message(
	const struct call *call, bool has_version, const char *place, struct str *ret_message, struct err *err);
/* A list of numbered versions: the number they are below, 0 from the newest; and its answer. */
bool call_versions(struct call *call, int64_t *ret_below, struct err *err);
void call_answer_versions(struct call *call, const struct version_page *page);

#endif
