/*
 * One worker of the API: what it keeps between requests, and the one way every request goes (dispatch.c).
 *
 *	api_answer
 *	  request_parse, router_find                   400, 404, 405
 *	  guard_bearer, guard_origin, guard_token      403, 401 without a look into the database
 *	  call_params, call_body                       400, 413, 415, 422: checked against the contract
 *	  the operation's handler                      one file a noun
 *	    store function: guard + statement          one round trip; 401, 403, 404 from the guard
 *	  problem_answer                               when any of these failed
 *	  one line in the log
 */
#ifndef STEPMILL_API_API_H
#define STEPMILL_API_API_H

#include "api/operation.h"
#include "http/response.h"

struct db;
struct password_slots;
struct wake;
struct input_cache;
struct seal_key;
struct fetch_settings;
struct provider_memory;

struct api {
	const struct operations *operations;
	struct db *db;
	struct password_slots *slots;	    /* shared by all workers */
	struct rate *rate;		    /* shared by all workers */
	struct wake *wake;		    /* shared by all workers */
	const struct seal_key *key;	    /* the API's own (crypto/seal.h); NULL: none was named */
	const struct fetch_settings *fetch; /* how other servers are asked */
	struct password_slots *outside;	    /* turns at that, shared by all workers */
	struct provider_memory *providers;  /* what they said, of this worker; NULL: nothing yet */
	const char *mail_from;		    /* "": no mail is written */
	const char *public_url; /* where people find this installation, without a slash at its end; "": as they ask */
	const char *origin;	/* another origin that may send requests with a session; NULL: only our own */
	struct input_cache *inputs; /* of this worker */
	bool wake_asked;	    /* a run was made or asked something in this request */
	bool database_away;	    /* the last request found it so: the next does not wait, or all workers would */
	int64_t prune_us;	    /* boot clock: when this worker forgets old keys next */
};

/* After the fork. */
void api_start_worker(struct api *api);
void api_answer(void *context, struct request *request, struct response *response);
void api_after(void *context); /* when the answer is out */

#endif
