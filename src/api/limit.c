/* Limits: what a workspace, workflow, member, model or key may spend, do at once, and do in a time. */
#include "store/limit.h"

#include "api/call.h"
#include "api/routes.h"
#include "flow/definition.h"
#include "flow/models.h"

#define KEY_PREFIX "key:"

static bool
refuse(struct err *err, const char *place, const char *code, const char *words)
{
	err_issue(err, place, code, "%s", words);
	return false;
}

static bool
prefixed(struct str scope, const char *prefix, struct str *ret_rest)
{
	size_t n = strlen(prefix);
	if (scope.n < n || memcmp(scope.p, prefix, n) != 0)
		return false;
	*ret_rest = (struct str){scope.p + n, scope.n - n};
	return true;
}

/* The scope in the form in which executors look for it: ids in small letters. */
static bool
read_scope(const struct call *call, struct str *ret_scope, struct err *err)
{
	struct str scope = STR(""), rest;
	struct id id;
	call_text(call, "scope", &scope);
	*ret_scope = scope;
	if (str_is(scope, "workspace"))
		return true;
	bool workflow = prefixed(scope, "workflow:", &rest);
	if (workflow || prefixed(scope, "member:", &rest)) {
		if (!id_parse(rest, &id))
			return refuse(err, "query.scope", "format", "After the colon stands an id.");
		char text[ID_TEXT_SIZE];
		id_text(id, text);
		*ret_scope = str_of(arena_printf(call->arena, "%s:%s", workflow ? "workflow" : "member", text));
		return true;
	}
	if (prefixed(scope, "model:", &rest)) {
		if (flow_model_known(rest))
			return true;
		return refuse(err, "query.scope", "unknown_model",
			"There is no such model. Write its vendor and its name: model:builtin/echo.");
	}
	if (prefixed(scope, KEY_PREFIX, &rest)) {
		if (rest.n >= 1 && rest.n <= LIMIT_KEY_MAX)
			return true;
		return refuse(err, "query.scope", "length", "A key is a text of 1 to 200 bytes.");
	}
	return refuse(err, "query.scope", "unknown_scope",
		"A limit is about workspace, workflow:<id>, member:<id>, model:<vendor/model> or key:<text>.");
}

static enum quota_unit
read_unit(const struct call *call)
{
	struct str name = STR("");
	enum quota_unit unit = QUOTA_MONEY;
	call_text(call, "unit", &name);
	quota_unit_parse(name, &unit); /* the contract has checked it */
	return unit;
}

/* What belongs to another unit says that something else was meant. */
static bool
check_members(const struct call *call, enum quota_unit unit, struct err *err)
{
	static const struct {
		const char *name;
		bool of[3]; /* money, concurrency, rate */
		bool needed;
	} members[] = {
		{"cost_usd", {true, false, false}, true},
		{"period", {true, false, false}, false},
		{"limit", {false, true, true}, true},
		{"per_seconds", {false, false, true}, true},
		{"burst", {false, false, true}, false},
	};
	bool ok = true;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		bool given = json_get(call->body, members[i].name) != NULL;
		const char *place = arena_printf(call->arena, "/%s", members[i].name);
		if (given && !members[i].of[unit])
			ok = refuse(err, place, "unknown_field", "This unit of limit has no such member.");
		else if (!given && members[i].needed && members[i].of[unit])
			ok = refuse(err, place, "required", "This unit of limit needs it.");
	}
	return ok;
}

static bool
read_limit(const struct call *call, struct limit_new *limit, struct err *err)
{
	double number = 0;
	if (!check_members(call, limit->unit, err))
		return false;
	if (limit->unit == QUOTA_MONEY) {
		json_to_double(json_get(call->body, "cost_usd"), &number);
		limit->cap = usd_to_nano(number);
		limit->period = arena_strz(call->arena, call_body_text(call, "period", "none"));
		return true;
	}
	json_get_int(call->body, "limit", &limit->cap);
	if (limit->unit == QUOTA_CONCURRENCY)
		return true;
	if (limit->cap < 1)
		return refuse(
			err, "/limit", "minimum", "A rate is at least 1. For none at all set a concurrency of 0.");
	json_to_double(json_get(call->body, "per_seconds"), &number);
	limit->period_ms = (int64_t)(number * 1000 + 0.5);
	if (!json_get_int(call->body, "burst", &limit->burst))
		limit->burst = limit_burst(limit->cap, limit->period_ms);
	return true;
}

bool
list_limits(struct call *call, struct err *err)
{
	struct str json;
	if (!limit_list(&call->caller, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
set_limit(struct call *call, struct err *err)
{
	struct limit_new limit = {.unit = read_unit(call), .period = "none"};
	struct str json;
	bool ok = read_scope(call, &limit.scope, err);
	ok = read_limit(call, &limit, err) && ok;
	if (!ok || !limit_put(&call->caller, &limit, &json, err))
		return false;
	call->api->wake_asked = true;
	response_json(call->response, 200, json);
	return true;
}

bool
delete_limit(struct call *call, struct err *err)
{
	struct str scope;
	if (!read_scope(call, &scope, err) || !limit_delete(&call->caller, scope, read_unit(call), err))
		return false;
	call->api->wake_asked = true;
	response_empty(call->response, 204);
	return true;
}
