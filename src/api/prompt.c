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
	if (!prompt_read(&call->caller, call_id(call, "prompt_id"), &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

/* The names in a text; a template that cannot be read is a mistake in the body. */
static bool
find_variables(struct call *call, struct str body, const struct str **ret_names, unsigned *ret_count, struct err *err)
{
	struct str *names;
	if (!template_variables(call->arena, body, &names, ret_count, err)) {
		if (err->issue_count == 0)
			err_issue(err, "/body", "template", "%.190s", err->message);
		return false;
	}
	*ret_names = names;
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
	if (!find_variables(call, prompt.body, &prompt.variables, &prompt.variable_count, err))
		return false;
	struct once once = call_once(call);
	struct created created;
	bool ok = prompt_create(&call->caller, &prompt, &once, &created, err);
	return call_created(call, ok, &created, &once, err);
}

bool
update_prompt(struct call *call, struct err *err)
{
	struct prompt_change prompt = {.id = call_id(call, "prompt_id"), .change = call_change(call)};
	struct str json;
	json_get_str(call->body, "name", &prompt.name);
	json_get_str(call->body, "description", &prompt.description);
	bool text = json_get_str(call->body, "body", &prompt.body);
	if (!call_message(call, text, "/body", &prompt.message, err) ||
		(text && !find_variables(call, prompt.body, &prompt.variables, &prompt.variable_count, err)) ||
		!prompt_change(&call->caller, &prompt, &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
archive_prompt(struct call *call, struct err *err)
{
	struct change change = call_change(call);
	return call_done(call, prompt_archive(&call->caller, call_id(call, "prompt_id"), &change, err));
}

bool
list_prompt_versions(struct call *call, struct err *err)
{
	struct version_page page;
	int64_t below;
	if (!call_versions(call, &below, err) ||
		!prompt_versions(&call->caller, call_id(call, "prompt_id"), call_int(call, "limit"), below, &page, err))
		return false;
	call_answer_versions(call, &page);
	return true;
}

bool
read_prompt_version(struct call *call, struct err *err)
{
	struct str json;
	if (!prompt_version_read(&call->caller, call_id(call, "prompt_id"), call_int(call, "version"), &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}
