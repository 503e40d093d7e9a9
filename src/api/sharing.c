/* Who sees prompts and workflows, what is public, and private copies. */
#include "store/sharing.h"

#include "api/call.h"
#include "api/routes.h"

static struct sharing
asked_sharing(const struct call *call, const char *id)
{
	struct sharing sharing = {
		.id = call_id(call, id),
		.change = call_change(call),
		.seen_by = call_body_text(call, "visibility", ""),
	};
	json_get_bool(call->body, "share_prompts", &sharing.share_prompts);
	return sharing;
}

bool
share_prompt(struct call *call, struct err *err)
{
	struct sharing sharing = asked_sharing(call, "prompt_id");
	struct str json;
	if (!prompt_share(&call->caller, &sharing, &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
share_workflow(struct call *call, struct err *err)
{
	struct sharing sharing = asked_sharing(call, "workflow_id");
	struct str json;
	if (!workflow_share(&call->caller, &sharing, &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

static bool
make_clone(struct call *call, const char *source,
	bool (*clone)(
		const struct caller *, const struct cloning *, const struct once *, struct created *, struct err *),
	struct err *err)
{
	struct cloning cloning = {.id = id_new()};
	struct once once = call_once(call);
	struct created created;
	id_parse(call_body_text(call, source, ""), &cloning.source);
	json_get_str(call->body, "name", &cloning.name);
	bool ok = clone(&call->caller, &cloning, &once, &created, err);
	return call_created(call, ok, &created, &once, err);
}

bool
clone_prompt(struct call *call, struct err *err)
{
	return make_clone(call, "prompt_id", prompt_clone, err);
}

bool
clone_workflow(struct call *call, struct err *err)
{
	return make_clone(call, "workflow_id", workflow_clone, err);
}

bool
list_public_prompts(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	if (!call_page(call, &ask, err) || !public_prompt_list(&call->caller, &ask, &page, err))
		return false;
	call_answer_page(call, &page);
	return true;
}

bool
read_public_prompt(struct call *call, struct err *err)
{
	struct str json;
	if (!public_prompt_read(&call->caller, call_id(call, "prompt_id"), &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
list_public_workflows(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	if (!call_page(call, &ask, err) || !public_workflow_list(&call->caller, &ask, &page, err))
		return false;
	call_answer_page(call, &page);
	return true;
}

bool
read_public_workflow(struct call *call, struct err *err)
{
	struct str json;
	if (!public_workflow_read(&call->caller, call_id(call, "workflow_id"), &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}
