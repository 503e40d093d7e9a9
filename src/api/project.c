/* Projects. */
#include "store/project.h"

#include "api/call.h"
#include "api/routes.h"
#include "flow/models.h"
#include "json/writer.h"

bool
list_projects(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	bool archived = false;
	json_get_bool(call->params, "archived", &archived);
	if (!call_page(call, &ask, err) || !project_list(&call->caller, &ask, archived, &page, err))
		return false;
	call_answer_page(call, &page);
	return true;
}

bool
read_project(struct call *call, struct err *err)
{
	struct str json;
	if (!project_read(&call->caller, call_id(call, "project_id"), &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
read_board(struct call *call, struct err *err)
{
	struct id *ids = NULL;
	unsigned count = 0;
	struct str rest, json;
	if (call_text(call, "ids", &rest)) {
		ids = arena_array(call->arena, rest.n / ID_TEXT_SIZE + 1, sizeof *ids);
		while (rest.n > 0) {
			size_t n = rest.n < ID_TEXT_SIZE - 1 ? rest.n : ID_TEXT_SIZE - 1;
			if (!id_parse((struct str){rest.p, n}, &ids[count++]))
				return err_issue(err, "query.ids", "format", "One of these is not a UUID.");
			n += n < rest.n; /* its comma, as the contract has seen */
			rest = (struct str){rest.p + n, rest.n - n};
		}
	}
	if (!project_board(&call->caller, call_id(call, "project_id"), ids, count, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

/* What the body says; a member that is null takes the thing away. */
static bool
take_body(struct call *call, struct project_change *project, struct id *workflow, struct err *err)
{
	const struct json *config = json_get(call->body, "config");
	struct str text, model;
	json_get_str(call->body, "name", &project->name);
	json_get_str(call->body, "description", &project->description);
	json_get_str(call->body, "directory", &project->directory);
	project->sets_directory = json_get(call->body, "directory") != NULL;
	project->sets_workflow = json_get(call->body, "default_workflow_id") != NULL;
	if (json_get_str(call->body, "default_workflow_id", &text)) {
		id_parse(text, workflow);
		project->workflow = workflow;
	}
	project->sets_archived = json_get_bool(call->body, "archived", &project->archived);
	if (!config)
		return true;
	if (json_get_str(config, "model", &model) && !flow_model_known(model))
		return err_issue(err, "/config/model", "unknown_model", "There is no model \"%.*s\"", STR_ARG(model));
	project->config = json_text(call->arena, config);
	return true;
}

bool
create_project(struct call *call, struct err *err)
{
	struct project_change project = {.id = id_new(), .description = STR("")};
	struct id workflow;
	struct once once = call_once(call);
	struct created created;
	if (!take_body(call, &project, &workflow, err))
		return false;
	bool ok = project_create(&call->caller, &project, &once, &created, err);
	return call_created(call, ok, &created, &once, err);
}

bool
update_project(struct call *call, struct err *err)
{
	struct project_change project = {.id = call_id(call, "project_id"), .change = call_change(call)};
	struct id workflow;
	struct str json;
	if (!take_body(call, &project, &workflow, err) ||
		!project_change(&call->caller, &project, &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
delete_project(struct call *call, struct err *err)
{
	return call_done(call, project_delete(&call->caller, call_id(call, "project_id"), call->assumed, err));
}
