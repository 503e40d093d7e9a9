/* Reading, listing and ending runs; making them is in run_create.c. */
#include "store/run.h"

#include "api/call.h"
#include "api/cursor.h"
#include "api/routes.h"

bool
list_runs(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	struct run_filter filter = {0};
	struct str statuses;
	if (!call_page(call, &ask, err))
		return false;
	filter.by_workflow = call_maybe_id(call, "workflow_id", &filter.workflow);
	filter.by_project = call_maybe_id(call, "project_id", &filter.project);
	filter.by_parent = call_maybe_id(call, "parent_run_id", &filter.parent);
	if (call_text(call, "status", &statuses))
		filter.statuses = run_statuses(call->arena, statuses);
	if (!run_list(&call->caller, &ask, &filter, &page, err))
		return false;
	call_answer_page(call, &page);
	return true;
}

bool
read_run(struct call *call, struct err *err)
{
	struct str json;
	if (!run_read(&call->caller, call_id(call, "run_id"), &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
cancel_run(struct call *call, struct err *err)
{
	if (!run_cancel(&call->caller, call_id(call, "run_id"), err))
		return false;
	call->api->wake_asked = true;
	response_json(call->response, 202, STR("{\"accepted\":true}"));
	return true;
}

static bool
ask_run(struct call *call, const char *kind, struct err *err)
{
	bool fresh;
	struct ask ask = {.kind = kind};
	if (!run_ask(&call->caller, call_id(call, "run_id"), &ask, &fresh, err))
		return false;
	call->api->wake_asked = true;
	response_json(call->response, 202, STR("{\"accepted\":true}"));
	return true;
}

bool
pause_run(struct call *call, struct err *err)
{
	return ask_run(call, "pause", err);
}

bool
resume_run(struct call *call, struct err *err)
{
	return ask_run(call, "resume", err);
}

/* Cursors of step runs are of kind 's': start in microseconds, attempt, then the path. */
#define STEP_FIXED (2 * sizeof(int64_t))

static const char *
write_step_cursor(const struct call *call, const struct step_cursor *cursor)
{
	char *place = arena_alloc(call->arena, STEP_FIXED + cursor->path.n + 1);
	memcpy(place, &cursor->us, sizeof cursor->us);
	memcpy(place + sizeof cursor->us, &cursor->attempt, sizeof cursor->attempt);
	memcpy(place + STEP_FIXED, cursor->path.p, cursor->path.n);
	return cursor_write(call->arena, 's', call_list_mark(call), (struct str){place, STEP_FIXED + cursor->path.n});
}

static bool
read_step_cursor(const struct call *call, struct str text, struct step_cursor *ret_cursor, struct err *err)
{
	struct str place;
	if (!cursor_read(call->arena, 's', call_list_mark(call), text, CURSOR_AT, &place, err))
		return false;
	if (place.n < STEP_FIXED)
		return cursor_refuse(CURSOR_AT, err);
	memcpy(&ret_cursor->us, place.p, sizeof ret_cursor->us);
	memcpy(&ret_cursor->attempt, place.p + sizeof ret_cursor->us, sizeof ret_cursor->attempt);
	ret_cursor->path = (struct str){place.p + STEP_FIXED, place.n - STEP_FIXED};
	bool good = ret_cursor->us >= 0 && ret_cursor->us <= CURSOR_US_MOST && ret_cursor->attempt >= 0 &&
		    ret_cursor->attempt <= INT32_MAX && str_utf8_bad(ret_cursor->path) == ret_cursor->path.n &&
		    !memchr(ret_cursor->path.p, '\0', ret_cursor->path.n);
	return good || cursor_refuse(CURSOR_AT, err);
}

bool
list_step_runs(struct call *call, struct err *err)
{
	struct step_cursor after, next;
	struct str text, json;
	bool more, has_cursor = call_text(call, "cursor", &text);
	if (has_cursor && !read_step_cursor(call, text, &after, err))
		return false;
	if (!step_run_list(&call->caller, call_id(call, "run_id"), call_int(call, "limit"), has_cursor ? &after : NULL,
		    &json, &more, &next, err))
		return false;
	const char *tail = more ? arena_printf(call->arena, "\"%s\"", write_step_cursor(call, &next)) : "null";
	response_json(call->response, 200,
		str_of(arena_printf(call->arena, "{\"data\":%.*s,\"next_cursor\":%s}", STR_ARG(json), tail)));
	return true;
}

bool
list_events(struct call *call, struct err *err)
{
	struct event_page page;
	if (!event_list(&call->caller, call_id(call, "run_id"), call_int(call, "after"), call_int(call, "limit"), &page,
		    err))
		return false;
	response_json(call->response, 200,
		str_of(arena_printf(call->arena, "{\"data\":%.*s,\"last_seq\":%lld,\"ended\":%s}", STR_ARG(page.json),
			(long long)page.last, page.ended ? "true" : "false")));
	return true;
}
