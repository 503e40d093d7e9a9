/* Workflows. */
#include "store/workflow.h"

#include "api/call.h"
#include "api/expression.h"
#include "api/routes.h"
#include "flow/definition.h"
#include "store/prompt.h"
#include "json/writer.h"

bool
list_workflows(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	if (!call_page(call, &ask, err) || !workflow_list(&call->caller, &ask, &page, err))
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

/* The canonical form: what the schema cannot say is checked with the prompts at hand that the caller can see. */
static bool
check_definition(struct call *call, const struct json *definition, struct json **ret_canonical, struct err *err)
{
	struct str *ids;
	int64_t *versions;
	unsigned count, fact_count;
	struct prompt_facts *facts;
	return definition_prompts(call->arena, definition, &ids, &versions, &count, err) &&
	       prompt_load_facts(&call->caller, ids, versions, count, &facts, &fact_count, err) &&
	       definition_check(call->arena, definition, "/definition", facts, fact_count, ret_canonical, err) &&
	       expressions_check(call->arena, *ret_canonical, "/definition", err);
}

bool
create_workflow(struct call *call, struct err *err)
{
	struct json *canonical;
	if (!check_definition(call, json_get(call->body, "definition"), &canonical, err))
		return false;
	struct workflow_new workflow = {
		.id = id_new(),
		.name = call_body_text(call, "name", ""),
		.description = call_body_text(call, "description", ""),
		.visibility = arena_strz(call->arena, call_body_text(call, "visibility", "workspace")),
		.definition = json_text(call->arena, canonical),
		.step_count = definition_step_count(json_get(canonical, "steps")),
	};
	json_get_str(canonical, "type", &workflow.type);
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
	const struct json *definition = json_get(call->body, "definition");
	struct json *canonical;
	struct str json;
	json_get_str(call->body, "name", &workflow.name);
	json_get_str(call->body, "description", &workflow.description);
	json_get_bool(call->body, "share_prompts", &workflow.share_prompts);
	if (!call_message(call, definition != NULL, "/definition", &workflow.message, err))
		return false;
	if (definition) {
		if (!check_definition(call, definition, &canonical, err))
			return false;
		workflow.definition = json_text(call->arena, canonical);
		workflow.step_count = definition_step_count(json_get(canonical, "steps"));
		json_get_str(canonical, "type", &workflow.type);
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
	if (!workflow_archive(&call->caller, call_id(call, "workflow_id"), &change, err))
		return false;
	response_empty(call->response, 204);
	return true;
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
