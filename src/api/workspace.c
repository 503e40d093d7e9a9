/* Reading and changing a workspace's own settings. */
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
