/* People and workspaces of the installation, for its administrators; and what happened to an account. */
#include "store/administration.h"

#include "api/call.h"
#include "api/routes.h"

static bool
answer_page(struct call *call, bool ok, const struct page *page)
{
	if (ok)
		call_answer_page(call, page);
	return ok;
}

bool
list_activity(struct call *call, struct err *err)
{
	struct activity_ask ask = {0};
	struct page page;
	if (!call_page(call, &ask.page, err))
		return false;
	call_text(call, "event", &ask.event);
	return answer_page(call, activity_own(&call->caller, &ask, &page, err), &page);
}

bool
list_all_activity(struct call *call, struct err *err)
{
	struct activity_ask ask = {0};
	struct page page;
	struct id person, actor;
	if (!call_page(call, &ask.page, err))
		return false;
	call_text(call, "event", &ask.event);
	call_text(call, "since", &ask.since);
	call_text(call, "until", &ask.until);
	ask.person = call_maybe_id(call, "user_id", &person) ? &person : NULL;
	ask.actor = call_maybe_id(call, "actor_id", &actor) ? &actor : NULL;
	return answer_page(call, activity_all(&call->caller, &ask, &page, err), &page);
}

bool
list_users(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	struct str state = {NULL, 0};
	call_text(call, "state", &state);
	return call_page(call, &ask, err) &&
	       answer_page(call, user_list(&call->caller, &ask, state, &page, err), &page);
}

bool
update_user(struct call *call, struct err *err)
{
	struct user_change change = {.person = call_id(call, "user_id")};
	struct str json;
	change.sets_disabled = json_get_bool(call->body, "disabled", &change.disabled);
	change.sets_admin = json_get_bool(call->body, "admin", &change.admin);
	if (!user_change(&call->caller, &change, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
list_all_workspaces(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	return call_page(call, &ask, err) && answer_page(call, workspaces_all(&call->caller, &ask, &page, err), &page);
}
