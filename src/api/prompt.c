/* Prompts. */
#include "store/prompt.h"

#include "api/call.h"
#include "api/routes.h"
#include "flow/template.h"

bool
list_prompts(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	if (!call_page(call, &ask, err) || !prompt_list(&call->caller, &ask, &page, err))
		return false;
	call_answer_page(call, &page);
	return true;
}

bool
read_prompt(struct call *call, struct err *err)
{
	struct str json;
	if (!prompt_read(&call->caller, call_id(call, "prompt_id"), &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
create_prompt(struct call *call, struct err *err)
{
	struct prompt_new prompt = {
		.id = id_new(),
		.name = call_body_text(call, "name", ""),
		.description = call_body_text(call, "description", ""),
		.visibility = arena_strz(call->arena, call_body_text(call, "visibility", "workspace")),
		.body = call_body_text(call, "body", ""),
	};
	struct str *variables;
	if (!template_variables(call->arena, prompt.body, &variables, &prompt.variable_count, err)) {
		if (err->issue_count == 0)
			err_issue(err, "/body", "template", "%.190s", err->message);
		return false;
	}
	prompt.variables = variables;
	struct once once = call_once(call);
	struct created created;
	bool ok = prompt_create(&call->caller, &prompt, &once, &created, err);
	return call_created(call, ok, &created, &once, err);
}
