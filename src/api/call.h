/* One request on its way through the API: what a handler gets, and how it reads what was asked. */
#ifndef STEPMILL_API_CALL_H
#define STEPMILL_API_CALL_H

#include "api/api.h"
#include "http/response.h"
#include "store/caller.h"

struct call {
	struct api *api;
	struct arena *arena;
	struct request *request;
	struct response *response;
	const struct operation *operation;
	struct caller caller;	 /* for the store */
	const struct json *body; /* checked against the contract; NULL when none was sent */
	struct str body_text;
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

/* What the store needs to do a creation once: the key, and a hash of method, path and body. */
struct once call_once(const struct call *call);
/* 201 with the answer; says when it is a replay. Adds the place to a refusal of the key. */
bool call_created(struct call *call, bool ok, const struct created *created, const struct once *once, struct err *err);

/* A list's parameters limit, cursor and q; and its answer with the cursor of the next page. */
bool call_page(const struct call *call, struct page_ask *ret_ask, struct err *err);
void call_answer_page(struct call *call, const struct page *page);

#endif
