/* Deleting a run, and cancelling, deleting or retrying all that fit a filter: one statement, whatever their number. */
#include "store/run_manage.h"

#include "api/call.h"
#include "api/cursor.h"
#include "api/routes.h"
#include "api/run_again.h"
#include "flow/plan.h"

bool
delete_run(struct call *call, struct err *err)
{
	return call_done(call, run_delete(&call->caller, call_id(call, "run_id"), err));
}

/* The contract has checked the body. */
static bool
ask_of(struct call *call, const char *deed, struct bulk_ask *ret_ask, struct err *err)
{
	const struct json *filter = json_get(call->body, "filter");
	struct str text;
	struct bulk_ask ask = {.deed = deed, .most = BULK_MOST};
	ask.by_workflow = json_get_str(filter, "workflow_id", &text) && id_parse(text, &ask.workflow);
	ask.by_project = json_get_str(filter, "project_id", &text) && id_parse(text, &ask.project);
	ask.statuses = bulk_texts(call->arena, json_get(filter, "status"));
	ask.ids = bulk_ids(call->arena, json_get(filter, "ids"));
	json_get_str(filter, "created_after", &ask.since);
	json_get_str(filter, "created_before", &ask.before);
	json_get_int(call->body, "limit", &ask.most);
	json_get_bool(call->body, "dry_run", &ask.dry_run);
	ask.has_cursor = json_get_str(call->body, "cursor", &text);
	if (ask.has_cursor &&
		!cursor_read_row(call->arena, call_list_mark(call), text, "/cursor", &ask.us, &ask.id, err))
		return false;
	*ret_ask = ask;
	return true;
}

static bool
bulk(struct call *call, struct bulk_ask *asked, struct err *err)
{
	struct bulk_ask ask = *asked;
	struct bulk_result done;
	if (!run_bulk(&call->caller, &ask, &done, err))
		return false;
	call->api->wake_asked = done.accepted > 0 && !ask.dry_run;
	const char *next = done.more ? arena_printf(call->arena, "\"%s\"",
					       cursor_write_row(call->arena, call_list_mark(call), done.us, done.id))
				     : "null";
	response_json(call->response, 202,
		str_of(arena_printf(call->arena,
			"{\"matched\":%lld,\"accepted\":%lld,\"skipped\":%lld,\"next_cursor\":%s}",
			(long long)done.matched, (long long)done.accepted, (long long)(done.matched - done.accepted),
			next)));
	return true;
}

bool
cancel_runs(struct call *call, struct err *err)
{
	struct bulk_ask ask;
	return ask_of(call, "cancel", &ask, err) && bulk(call, &ask, err);
}

bool
delete_runs(struct call *call, struct err *err)
{
	struct bulk_ask ask;
	return ask_of(call, "delete", &ask, err) && bulk(call, &ask, err);
}

bool
retry_runs(struct call *call, struct err *err)
{
	struct bulk_ask ask;
	if (!ask_of(call, "retry", &ask, err) || !again_models(call, &ask.models, err))
		return false;
	ask.from_start = str_is(call_body_text(call, "from", "failed"), "start");
	ask.latest = again_latest(call);
	ask.planner = PLANNER_VERSION;
	if (ask.most > BULK_RETRY_MOST)
		ask.most = BULK_RETRY_MOST;
	return bulk(call, &ask, err);
}
