/* Versions: pushed by their own id, labelled, compared, rolled back to. */
#include "store/workflow_version.h"

#include "api/routes.h"
#include "api/workflow_source.h"
#include "flow/definition.h"
#include "flow/diff.h"
#include "json/writer.h"

bool
push_workflow(struct call *call, struct err *err)
{
	struct workflow_body body;
	struct str json;
	if (!workflow_body_read(call, true, &body, err))
		return false;
	struct workflow_pushed push = {
		.workflow = {.id = id_new(),
			.name = call_body_text(call, "name", ""),
			.description = call_body_text(call, "description", ""),
			.message = call_body_text(call, "message", ""),
			.visibility = arena_strz(call->arena, call_body_text(call, "visibility", "workspace")),
			.definition = json_text(call->arena, body.canonical),
			.source = body.source,
			.origin = body.origin,
			.step_count = definition_step_count(json_get(body.canonical, "steps"))},
		.change = id_new(),
		.own_id = body.flow.own_id.n > 0 ? body.flow.own_id : (struct str){NULL, 0},
		.label = {NULL, 0},
	};
	struct workflow_new *workflow = &push.workflow;
	json_get_str(call->body, "own_id", &push.own_id);
	json_get_str(call->body, "label", &push.label);
	if (workflow->name.n == 0)
		workflow->name = body.flow.name.n > 0 ? body.flow.name : push.own_id;
	if (workflow->description.n == 0 && body.flow.description.n > 0)
		workflow->description = body.flow.description;
	if (workflow->name.n == 0)
		return err_issue(err, "/own_id", "required", "A pushed workflow needs an id or a name.");
	json_get_str(body.canonical, "type", &workflow->type);
	json_get_bool(call->body, "share_prompts", &workflow->share_prompts);
	if (!workflow_push(&call->caller, &push, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
set_workflow_label(struct call *call, struct err *err)
{
	struct str label = STR(""), json;
	int64_t version = 0;
	call_text(call, "label", &label);
	json_get_int(call->body, "version", &version);
	if (!workflow_label_set(
		    &call->caller, call_id(call, "workflow_id"), label, version, &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
delete_workflow_label(struct call *call, struct err *err)
{
	struct str label = STR("");
	call_text(call, "label", &label);
	if (!workflow_label_remove(&call->caller, call_id(call, "workflow_id"), label, err))
		return false;
	response_empty(call->response, 204);
	return true;
}

bool
roll_back_workflow(struct call *call, struct err *err)
{
	struct str json;
	int64_t version = 0;
	json_get_int(call->body, "version", &version);
	if (!workflow_roll_back(&call->caller, call_id(call, "workflow_id"), id_new(), version,
		    call_body_text(call, "message", ""), &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
diff_workflow_versions(struct call *call, struct err *err)
{
	int64_t from = call_int(call, "version"), to = call_int(call, "to");
	struct str texts[2];
	struct json *docs[2], *answer = json_new_object(call->arena);
	if (!workflow_two_versions(&call->caller, call_id(call, "workflow_id"), from, to, &texts[0], &texts[1], err))
		return false;
	for (int i = 0; i < 2; i++)
		if (!json_read(call->arena, texts[i], &json_limits_stored, &docs[i], err))
			return false;
	struct json *diff = definition_diff(call->arena, docs[0], docs[1]);
	json_add(answer, STR("from"), json_new_int(call->arena, from));
	json_add(answer, STR("to"), json_new_int(call->arena, to));
	json_each (member, diff)
		json_add(answer, member->key, json_share(call->arena, member));
	response_json(call->response, 200, json_text(call->arena, answer));
	return true;
}
