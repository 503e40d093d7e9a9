/* Reading what was asked; see call.h. */
#include "api/call.h"

#include "api/cursor.h"
#include "crypto/token.h"
#include "store/prompt.h"
#include "json/writer.h"

#include <stdio.h>

/* ---- parameters ---- */

/* The text as a JSON value of the parameter's kind; NULL when it is not one. */
static struct json *
param_value(struct arena *arena, const struct param *param, struct str text)
{
	if (param->kind == PARAM_BOOLEAN)
		return str_is(text, "true") || str_is(text, "false") ? json_new_bool(arena, str_is(text, "true"))
								     : NULL;
	if (param->kind == PARAM_TEXT)
		return json_new_str(arena, text);
	bool negative = text.n > 0 && text.p[0] == '-';
	unsigned long long value;
	if (!str_to_u64((struct str){text.p + negative, text.n - negative}, (unsigned long long)1 << 53, &value))
		return NULL;
	return json_new_int(arena, negative ? -(int64_t)value : (int64_t)value);
}

static bool
param_sent(const struct call *call, const struct router_match *match, const struct param *param, struct str *ret_text)
{
	if (param->place == PARAM_HEADER)
		return request_header(call->request, param->name, ret_text);
	bool path = param->place == PARAM_PATH;
	unsigned count = path ? match->param_count : call->request->query_count;
	const struct http_pair *pairs = path ? match->params : call->request->query;
	for (unsigned i = 0; i < count; i++) {
		if (str_is(pairs[i].name, param->name)) {
			*ret_text = pairs[i].value;
			return true;
		}
	}
	return false;
}

static bool
check_param(struct call *call, const struct router_match *match, const struct param *param, struct err *err)
{
	struct str text;
	struct json *value;
	if (!param_sent(call, match, param, &text)) {
		if (param->required)
			return err_issue(err, param->place_name, "required", "is missing");
		if (param->fallback)
			json_add(call->params, str_of(param->name), json_copy(call->arena, param->fallback));
		return true;
	}
	/* The path and the query were checked as UTF-8 when they were decoded, headers were not. */
	if (str_utf8_bad(text) != text.n)
		return err_issue(err, param->place_name, "encoding", "is not UTF-8");
	value = param_value(call->arena, param, text);
	if (!value)
		return err_issue(err, param->place_name, "type", "is not %s",
			param->kind == PARAM_INTEGER ? "a whole number" : "true or false");
	if (!schema_check(param->schema, value, param->place_name, err))
		return false;
	json_add(call->params, str_of(param->name), value);
	return true;
}

static const char *
query_names(const struct call *call)
{
	const char *names = NULL;
	for (unsigned p = 0; p < call->operation->param_count; p++) {
		const struct param *param = &call->operation->params[p];
		if (param->place == PARAM_QUERY)
			names = names ? arena_printf(call->arena, "%s, %s", names, param->name) : param->name;
	}
	return names ? names : "none";
}

static bool
query_is_known(const struct call *call, struct err *err)
{
	bool ok = true;
	for (unsigned i = 0; i < call->request->query_count; i++) {
		struct str name = call->request->query[i].name;
		bool known = false;
		for (unsigned p = 0; p < call->operation->param_count && !known; p++)
			known = call->operation->params[p].place == PARAM_QUERY &&
				str_is(name, call->operation->params[p].name);
		if (!known)
			ok = err_issue(err, arena_printf(call->arena, "query.%.80s", name.p), "unknown_parameter",
				"is not a parameter of this route, which takes %s", query_names(call));
	}
	return ok;
}

bool
call_params(struct call *call, const struct router_match *match, struct err *err)
{
	call->params = json_new_object(call->arena);
	bool ok = true;
	for (unsigned i = 0; i < call->operation->param_count; i++) {
		const struct param *param = &call->operation->params[i];
		if (!check_param(call, match, param, err))
			ok = false;
		if (!ok && param->place == PARAM_PATH) {
			err->code = ERR_MALFORMED;
			snprintf(err->message, sizeof err->message,
				"The address names something that cannot exist: %s is not %s.", param->name,
				param->kind == PARAM_INTEGER ? "a number" : "an id");
			return false;
		}
	}
	return (call->operation->open_query || query_is_known(call, err)) && ok;
}

struct id
call_id(const struct call *call, const char *name)
{
	struct id id = {{0}};
	call_maybe_id(call, name, &id);
	return id;
}

bool
call_maybe_id(const struct call *call, const char *name, struct id *ret_id)
{
	struct str text;
	return call_text(call, name, &text) && id_parse(text, ret_id);
}

int64_t
call_int(const struct call *call, const char *name)
{
	int64_t value = 0;
	json_get_int(call->params, name, &value);
	return value;
}

bool
call_text(const struct call *call, const char *name, struct str *ret_text)
{
	return json_get_str(call->params, name, ret_text);
}

/* ---- body ---- */

bool
call_body(struct call *call, struct err *err)
{
	const struct operation *op = call->operation;
	if (!op->body)
		return true;
	if (!request_has_body(call->request)) {
		if (!op->body_required)
			return true;
		return err_set(err, ERR_MALFORMED, "The body is missing. This route takes a JSON object.");
	}
	if (!request_content_type_is(call->request, "application/json"))
		return err_set(
			err, ERR_MEDIA_TYPE, "The body must be JSON. Send it with Content-Type: application/json.");
	struct json *body;
	if (!request_body(call->request, REQUEST_BODY_MAX, &call->body_text, err) ||
		!json_read(call->arena, call->body_text, &json_limits_request, &body, err))
		return false;
	call->body = body;
	return schema_check(op->body, body, "", err);
}

struct str
call_body_text(const struct call *call, const char *name, const char *otherwise)
{
	struct str text;
	return json_get_str(call->body, name, &text) ? text : str_of(otherwise);
}

/* ---- creations ---- */

bool
call_answer(struct call *call, bool ok, int status, const struct str *json)
{
	if (ok)
		response_json(call->response, status, *json);
	return ok;
}

bool
call_done(struct call *call, bool ok)
{
	if (ok)
		response_empty(call->response, 204);
	return ok;
}

struct once
call_once(const struct call *call)
{
	struct once once = {.key = {NULL, 0}};
	call_text(call, "Idempotency-Key", &once.key);
	char *text = arena_printf(
		call->arena, "%s %.*s\n", http_method_name(call->request->method), STR_ARG(call->request->path));
	size_t n = strlen(text);
	char *whole = arena_alloc(call->arena, n + call->body_text.n + 1);
	memcpy(whole, text, n);
	if (call->body_text.n > 0)
		memcpy(whole + n, call->body_text.p, call->body_text.n);
	token_hash((struct str){whole, n + call->body_text.n}, once.request);
	return once;
}

bool
call_created(struct call *call, bool ok, const struct created *created, const struct once *once, struct err *err)
{
	if (!ok) {
		/* The database refuses nothing else as invalid here: all values were checked before. */
		if (err->code == ERR_INVALID && err->issue_count == 0 && once->key.p)
			err_issue(err, "header.Idempotency-Key", "used", "was used for another request");
		return false;
	}
	call->revision = 1; /* also of a replay: it is the answer of then */
	if (created->replayed)
		response_header(call->response, "Idempotency-Replayed", "true");
	response_json(call->response, 201, created->json);
	return true;
}

struct change
call_change(const struct call *call)
{
	return (struct change){.id = id_new(), .assumed = call->assumed};
}

/* ---- lists ---- */

static uint32_t
mark_member(struct arena *arena, uint32_t mark, const struct json *value)
{
	const struct str parts[] = {value->key, json_text(arena, value)};
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		mark = cursor_mark(mark, STR("\n")); /* in no text of JSON */
		mark = cursor_mark(mark, parts[i]);
	}
	return mark;
}

uint32_t
call_list_mark(const struct call *call)
{
	const struct json *filter = json_get(call->body, "filter");
	uint32_t mark = cursor_mark(CURSOR_MARK_START, str_of(call->operation->id));
	json_each (value, call->params)
		if (!str_is(value->key, "cursor") && !str_is(value->key, "limit"))
			mark = mark_member(call->arena, mark, value);
	return filter ? mark_member(call->arena, mark, filter) : mark;
}

bool
call_page(const struct call *call, struct page_ask *ret_ask, struct err *err)
{
	struct str text;
	*ret_ask = (struct page_ask){.limit = call_int(call, "limit")};
	if (call_text(call, "cursor", &text)) {
		if (!cursor_read_row(
			    call->arena, call_list_mark(call), text, CURSOR_AT, &ret_ask->us, &ret_ask->id, err))
			return false;
		ret_ask->has_cursor = true;
	}
	if (call_text(call, "q", &text))
		ret_ask->words = words_of(call->arena, text);
	return true;
}

void
call_answer_page(struct call *call, const struct page *page)
{
	const char *next = page->more ? cursor_write_row(call->arena, call_list_mark(call), page->us, page->id) : NULL;
	const char *tail = next ? arena_printf(call->arena, "\"%s\"", next) : "null";
	response_json(call->response, 200,
		str_of(arena_printf(call->arena, "{\"data\":%.*s,\"next_cursor\":%s}", STR_ARG(page->json), tail)));
}

/* ---- versions ---- */

bool
call_message(const struct call *call, bool has_version, const char *place, struct str *ret_message, struct err *err)
{
	*ret_message = STR("");
	if (!json_get_str(call->body, "message", ret_message) || has_version)
		return true;
	return err_issue(err, "/message", "alone", "belongs to a new version, and there is no %s", place);
}

bool
call_versions(struct call *call, int64_t *ret_below, struct err *err)
{
	struct str text, place;
	*ret_below = 0;
	if (!call_text(call, "cursor", &text))
		return true;
	if (!cursor_read(call->arena, 'v', call_list_mark(call), text, CURSOR_AT, &place, err))
		return false;
	if (place.n != sizeof *ret_below)
		return cursor_refuse(CURSOR_AT, err);
	memcpy(ret_below, place.p, sizeof *ret_below);
	return *ret_below > 0 || cursor_refuse(CURSOR_AT, err);
}

void
call_answer_versions(struct call *call, const struct version_page *page)
{
	struct str place = {(const char *)&page->last, sizeof page->last};
	const char *next = page->more ? arena_printf(call->arena, "\"%s\"",
						cursor_write(call->arena, 'v', call_list_mark(call), place))
				      : "null";
	response_json(call->response, 200,
		str_of(arena_printf(call->arena, "{\"data\":%.*s,\"next_cursor\":%s}", STR_ARG(page->json), next)));
}
