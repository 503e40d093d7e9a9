/* Workflows. */
#include "store/workflow.h"

#include "api/call.h"
#include "api/routes.h"
#include "api/workflow_source.h"
#include "flow/definition.h"
#include "json/writer.h"

bool
list_workflows(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	struct id agent;
	bool by_agent = call_maybe_id(call, "agent_id", &agent);
	if (!call_page(call, &ask, err) || !workflow_list(&call->caller, &ask, by_agent ? &agent : NULL, &page, err))
		return false;
	call_answer_page(call, &page);
	return true;
}

bool
read_workflow(struct call *call, struct err *err)
{
	struct str json;
	if (!workflow_read(&call->caller, call_id(call, "workflow_id"), &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
create_workflow(struct call *call, struct err *err)
{
	struct workflow_body body;
	if (!workflow_body_read(call, true, &body, err))
		return false;
	struct workflow_new workflow = {
		.id = id_new(),
		.name = call_body_text(call, "name", ""),
		.description = call_body_text(call, "description", ""),
		.message = call_body_text(call, "message", ""),
		.visibility = arena_strz(call->arena, call_body_text(call, "visibility", "workspace")),
		.definition = json_text(call->arena, body.canonical),
		.source = body.source,
		.origin = body.origin,
		.step_count = definition_step_count(json_get(body.canonical, "steps")),
	};
	if (workflow.name.n == 0)
		workflow.name = body.flow.name;
	if (workflow.description.n == 0 && body.flow.description.n > 0)
		workflow.description = body.flow.description;
	if (workflow.name.n == 0)
		return err_issue(err, "/name", "required", "A workflow needs a name.");
	json_get_str(body.canonical, "type", &workflow.type);
	json_get_bool(call->body, "share_prompts", &workflow.share_prompts);
	struct once once = call_once(call);
	struct created created;
	bool ok = workflow_create(&call->caller, &workflow, &once, &created, err);
	return call_created(call, ok, &created, &once, err);
}

bool
update_workflow(struct call *call, struct err *err)
{
	struct workflow_change workflow = {.id = call_id(call, "workflow_id"), .change = call_change(call)};
	struct workflow_body body;
	struct str json;
	bool has = json_get(call->body, "definition") || json_get(call->body, "source");
	json_get_str(call->body, "name", &workflow.name);
	json_get_str(call->body, "description", &workflow.description);
	json_get_bool(call->body, "share_prompts", &workflow.share_prompts);
	if (!call_message(call, has, "/definition", &workflow.message, err) ||
		!workflow_body_read(call, false, &body, err))
		return false;
	if (body.canonical) {
		workflow.definition = json_text(call->arena, body.canonical);
		workflow.source = body.source;
		workflow.origin = body.origin;
		workflow.step_count = definition_step_count(json_get(body.canonical, "steps"));
		json_get_str(body.canonical, "type", &workflow.type);
	}
	if (!workflow_change(&call->caller, &workflow, &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
archive_workflow(struct call *call, struct err *err)
{
	struct change change = call_change(call);
	return call_done(call, workflow_archive(&call->caller, call_id(call, "workflow_id"), &change, err));
}

bool
list_workflow_versions(struct call *call, struct err *err)
{
	struct version_page page;
	int64_t below;
	if (!call_versions(call, &below, err) || !workflow_versions(&call->caller, call_id(call, "workflow_id"),
							 call_int(call, "limit"), below, &page, err))
		return false;
	call_answer_versions(call, &page);
	return true;
}

bool
read_workflow_version(struct call *call, struct err *err)
{
	struct str json;
	if (!workflow_version_read(&call->caller, call_id(call, "workflow_id"), call_int(call, "version"), &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}
