/* Making, archiving, reading and changing a workspace. */
#include "store/workspace.h"

#include "api/call.h"
#include "api/routes.h"

bool
read_workspace(struct call *call, struct err *err)
{
	struct str json;
	if (!workspace_read(&call->caller, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
update_workspace(struct call *call, struct err *err)
{
	struct workspace_change change = {0};
	struct str json;
	json_get_str(call->body, "name", &change.name);
	json_get_str(call->body, "slug", &change.slug);
	change.retention = json_get(call->body, "retention_days") != NULL;
	json_get_int(call->body, "retention_days", &change.retention_days); /* null leaves it 0 */
	if (!workspace_change(&call->caller, &change, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
create_workspace(struct call *call, struct err *err)
{
	struct str slug = {0};
	struct once once = call_once(call);
	struct created created;
	json_get_str(call->body, "slug", &slug);
	bool ok =
		workspace_create(&call->caller, id_new(), call_body_text(call, "name", ""), slug, &once, &created, err);
	return call_created(call, ok, &created, &once, err);
}

static bool
archive(struct call *call, bool away, struct err *err)
{
	struct str json;
	if (!workspace_archive(&call->caller, away, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
archive_workspace(struct call *call, struct err *err)
{
	return archive(call, true, err);
}

bool
restore_workspace(struct call *call, struct err *err)
{
	return archive(call, false, err);
}
