/* The one way every request goes; see api.h. */
#include "api/call.h"
#include "api/etag.h"
#include "api/guard.h"
#include "api/input_cache.h"
#include "api/wake.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "http/problem.h"
#include "store/run.h"
#include "store/system.h"

#define PRUNE_US ((int64_t)600 * 1000000) /* each worker, so often */

void
api_start_worker(struct api *api)
{
	uint16_t spread;
	random_bytes(&spread, sizeof spread);
	api->inputs = input_cache_new();
	api->prune_us = boot_us() + PRUNE_US * spread / UINT16_MAX;
}

static bool
find_operation(struct call *call, struct router_match *match, struct err *err)
{
	const struct operations *all = call->api->operations;
	struct request *request = call->request;
	if (!request_parse(request, err))
		return false;
	enum router_result found = ROUTER_NO_PATH;
	if (request->segment_count > 1 && str_eq(request->segments[0], all->prefix))
		found = router_find(
			all->router, request->method, request->segments + 1, request->segment_count - 1, match);
	if (found == ROUTER_NO_PATH)
		return err_set(err, ERR_NOT_FOUND, "There is nothing at this address. /api/docs says what there is.");
	if (found == ROUTER_NO_METHOD)
		response_header(call->response, "Allow", match->allow);
	if (found == ROUTER_NO_METHOD && request->method != HTTP_OPTIONS)
		return err_set(err, ERR_METHOD, "This address does not take this method. It takes %s.", match->allow);
	call->operation = match->route;
	return true;
}

/* Who asks. The role is in the contract, the workspace in the path. */
static bool
find_caller(struct call *call, struct err *err)
{
	const struct operation *op = call->operation;
	enum guard_token bearer = op->is_public ? GUARD_NO_TOKEN : guard_bearer(call->request, call->caller.token);
	if (bearer == GUARD_BAD_TOKEN)
		return err_set(err, ERR_UNAUTHENTICATED,
			"This token is not valid. It was revoked, has expired, or never was one. Make another.");
	if (bearer == GUARD_TOKEN)
		call->caller.scope = op->scope; /* no browser sends it by itself: any origin may */
	else if (!guard_origin(call->request, call->api->origin, err))
		return false;
	if (op->method != HTTP_GET && op->method != HTTP_HEAD) {
		call->caller.operation = op->id;
		call->caller.request = call->request->id;
		call->caller.address = arena_strz(call->arena, request_param(call->request, "REMOTE_ADDR"));
	}
	if (op->is_public)
		return true; /* signing in and out look at the cookie themselves */
	if (bearer != GUARD_TOKEN && guard_token(call->request, call->caller.token) != GUARD_TOKEN)
		return err_set(
			err, ERR_UNAUTHENTICATED, "You are not signed in, or the session has ended. Sign in again.");
	call->caller.has_token = true;
	call->caller.role = op->role;
	call->caller.administrator = op->administrator;
	return true;
}

static struct str
token_of(const struct call *call)
{
	return (struct str){(const char *)call->caller.token, call->caller.has_token ? sizeof call->caller.token : 0};
}

static bool
take_rate(struct call *call, struct err *err)
{
	int seconds;
	if (rate_take(call->api->rate, call->operation->rate, token_of(call),
		    request_param(call->request, "REMOTE_ADDR"), boot_us(), &seconds))
		return true;
	err_set(err, ERR_RATE_LIMITED,
		"Too many requests have come from this account or address. Nothing was done. Try again in %d %s.",
		seconds, seconds == 1 ? "second" : "seconds");
	err->retry_after_seconds = seconds;
	return false;
}

/* Whose the session or token is was a question to the database, answered on the way. */
static void
learn_account(struct call *call, bool ok, const struct err *err)
{
	struct id person;
	if (!call->caller.has_token || !call->operation || call->operation->is_public)
		return;
	if (!ok && err->code == ERR_UNAUTHENTICATED)
		rate_forget(call->api->rate, token_of(call));
	else if (caller_person(&call->caller, &person))
		rate_learn(call->api->rate, call->operation->rate, token_of(call), person, boot_us());
}

static bool
handle(struct call *call, struct err *err)
{
	struct router_match match;
	if (!find_operation(call, &match, err))
		return false;
	if (!call->operation) { /* OPTIONS */
		response_empty(call->response, 204);
		return true;
	}
	if (!request_accepts(call->request, call->operation->answers))
		return err_set(err, ERR_NOT_ACCEPTABLE,
			"The answer would be %s, which the Accept header does not allow. Leave the header out, or name "
			"that type in it.",
			call->operation->answers);
	if (!find_caller(call, err) || !take_rate(call, err) || !etag_expected(call, err) ||
		!call_params(call, &match, err))
		return false;
	if (call->operation->role)
		call->caller.workspace = call_id(call, "workspace_id");
	if (!call_body(call, err) || !call->operation->handle(call, err))
		return false;
	etag_answer(call);
	return true;
}

void
api_answer(void *context, struct request *request, struct response *response)
{
	int64_t started = boot_us();
	struct api *api = context;
	struct caller_guarded guarded = {0};
	struct call call = {
		.api = api,
		.arena = request->arena,
		.request = request,
		.response = response,
		.caller = {.db = api->db, .arena = request->arena, .hurry = api->database_away, .guarded = &guarded},
	};
	struct err *err = arena_new_of(request->arena, struct err);
	api->wake_asked = false;
	bool ok = handle(&call, err);
	learn_account(&call, ok, err);
	if (!ok)
		problem_answer(response, request, err);
	if (ok || err->code == ERR_UNAVAILABLE)
		api->database_away = !ok;
	const char *route = call.operation ? call.operation->id : "none";
	int64_t us = boot_us() - started;
	if (response->status >= 500)
		log_error("request", LOG_STR("route", route), LOG_INT("status", response->status), LOG_INT("us", us),
			LOG_STR("detail", err->detail));
	else
		log_info("request", LOG_STR("route", route), LOG_INT("status", response->status), LOG_INT("us", us));
}

static void
send_wake(void *context)
{
	struct caller *caller = context;
	struct err ignored;
	err_clear(&ignored);
	if (!FAULT("api.wake"))
		run_wake(caller, &ignored); /* a hint: executors look for themselves */
}

void
api_after(void *context)
{
	struct api *api = context;
	bool prune = boot_us() >= api->prune_us;
	if (!api->wake_asked && !prune)
		return;
	struct caller caller = {.db = api->db, .arena = arena_new()};
	if (api->wake_asked)
		wake_send(api->wake, send_wake, &caller);
	if (prune) {
		struct err err;
		err_clear(&err);
		if (!system_prune(&caller, &err))
			log_warn("old Idempotency-Keys were not removed", LOG_STR("why", err.message));
		api->prune_us = boot_us() + PRUNE_US;
	}
	api->wake_asked = false;
	arena_free(caller.arena);
}
