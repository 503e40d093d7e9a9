/* Checkpoints: what a run had come to after each completed step. */
#include "store/checkpoint.h"

#include "api/call.h"
#include "api/cursor.h"
#include "api/routes.h"

/* Cursors of checkpoints are of kind 'c': the number of the last one. */
static bool
read_cursor(struct call *call, struct str text, int64_t *ret_after, struct err *err)
{
	struct str place;
	if (!cursor_read(call->arena, 'c', call_list_mark(call), text, CURSOR_AT, &place, err))
		return false;
	if (place.n != sizeof *ret_after)
		return cursor_refuse(CURSOR_AT, err);
	memcpy(ret_after, place.p, sizeof *ret_after);
	return *ret_after >= 0 || cursor_refuse(CURSOR_AT, err);
}

bool
list_checkpoints(struct call *call, struct err *err)
{
	struct str text, json;
	int64_t after = 0, last;
	bool more;
	if (call_text(call, "cursor", &text) && !read_cursor(call, text, &after, err))
		return false;
	if (!checkpoint_list(
		    &call->caller, call_id(call, "run_id"), call_int(call, "limit"), after, &json, &more, &last, err))
		return false;
	struct str place = {(char *)&last, sizeof last};
	const char *next =
		more ? arena_printf(call->arena, "\"%s\"", cursor_write(call->arena, 'c', call_list_mark(call), place))
		     : "null";
	response_json(call->response, 200,
		str_of(arena_printf(call->arena, "{\"data\":%.*s,\"next_cursor\":%s}", STR_ARG(json), next)));
	return true;
}

bool
read_checkpoint(struct call *call, struct err *err)
{
	struct str json;
	if (!checkpoint_read(&call->caller, call_id(call, "run_id"), call_int(call, "checkpoint"), &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}
