/* Agents. */
#include "store/agent.h"

#include "api/call.h"
#include "api/routes.h"
#include "api/workflow_source.h"
#include "flow/models.h"
#include "json/writer.h"

bool
list_agents(struct call *call, struct err *err)
{
	struct page_ask ask;
	struct page page;
	bool archived = false;
	json_get_bool(call->params, "archived", &archived);
	if (!call_page(call, &ask, err) || !agent_list(&call->caller, &ask, archived, &page, err))
		return false;
	call_answer_page(call, &page);
	return true;
}

bool
read_agent(struct call *call, struct err *err)
{
	struct str json, kind;
	if (!agent_read(&call->caller, call_id(call, "agent_id"), &json, &call->revision, &kind, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

/* ---- what the contract cannot say ---- */

/* The only templates are variables and secrets: nothing else exists before there is a run. */
static bool
only_env(struct str text)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		if (text.p[i] != '{' || text.p[i + 1] != '{')
			continue;
		size_t name = i + 2;
		if (text.n < name + 4 || memcmp(text.p + name, "env.", 4) != 0)
			return false;
		for (name += 4; name < text.n && text.p[name] != '}'; name++)
			if (strchr("{ |([", text.p[name]))
				return false;
		if (name + 1 >= text.n || text.p[name + 1] != '}')
			return false;
		i = name + 1;
	}
	return true;
}

static bool
literal(struct str text)
{
	for (size_t i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '{' && text.p[i + 1] == '{')
			return false;
	return true;
}

static bool
check_headers(const struct json *headers, struct err *err)
{
	json_each (header, headers) {
		if (!http_header_name_valid(header->key) ||
			(header->type == JSON_STRING && !http_header_value_valid(header->text)))
			return err_issue(err, "/config/headers", "pattern",
				"\"%.*s\" is no header: its name is of letters, digits and -, its value one line of "
				"text",
				STR_ARG(header->key));
		if (header->type == JSON_STRING && !only_env(header->text))
			return err_issue(err, "/config/headers", "template",
				"\"%.*s\" may name variables and secrets, {{env.NAME}}, and nothing else",
				STR_ARG(header->key));
	}
	return true;
}

static bool
check_http(const struct json *config, struct err *err)
{
	struct str url;
	if (!json_get_str(config, "base_url", &url))
		return err_issue(err, "/config/base_url", "required", "is missing: where the agent is");
	if (!literal(url) || !http_header_value_valid(url))
		return err_issue(err, "/config/base_url", "pattern",
			"must be an address such as https://agents.example.org, without templates");
	return check_headers(json_get(config, "headers"), err);
}

/* What prompts and workflows there are is known here; the rest is as when a workflow is saved that asks it. */
static bool
check_tools(struct call *call, const struct json *config, struct err *err)
{
	struct findings findings = {.arena = call->arena};
	struct definition_known known = {0};
	const struct agent_facts agent = {.config = config};
	if (!json_get(config, "tools") && !json_get(config, "prompt"))
		return true;
	if (!workflow_known(call, definition_with_agents(call->arena, NULL, &agent, 1), &known, err))
		return false;
	definition_check_agent(config, "/config", &known, &findings);
	findings_sort(&findings);
	return findings.errors == 0 || findings_refuse(&findings, err);
}

static bool
check_prompt(struct call *call, const struct json *config, struct err *err)
{
	struct str model, system;
	if (json_get_str(config, "model", &model) && !flow_model_known(model))
		return err_issue(err, "/config/model", "unknown_model", "%s", flow_model_missing(call->arena, model));
	if (json_get_str(config, "system", &system) && !literal(system))
		return err_issue(err, "/config/system", "template",
			"is said as it is: it has no templates. Put what changes into the step's input");
	if (json_get(config, "system") && json_get(config, "prompt"))
		return err_issue(err, "/config/prompt", "twice", "Give either `system` or `prompt`");
	return check_tools(call, config, err);
}

static bool
check_config(struct call *call, struct str kind, const struct json *config, struct err *err)
{
	static const char *const of_http[] = {"base_url", "endpoint", "headers", NULL};
	static const char *const of_prompt[] = {"system", "prompt", "model", "options", "tools", "max_turns", NULL};
	bool http = str_is(kind, "http");
	for (const char *const *other = http ? of_prompt : of_http; *other; other++)
		if (json_get(config, *other))
			return err_issue(err, "/config", "unknown_field",
				"An agent of the kind %.*s has no %s; it has %s", STR_ARG(kind), *other,
				http ? "base_url, endpoint, headers"
				     : "system, prompt, model, options, tools, max_turns");
	return http ? check_http(config, err) : check_prompt(call, config, err);
}

/* ---- */

bool
create_agent(struct call *call, struct err *err)
{
	struct agent_change agent = {.id = id_new(), .description = STR("")};
	const struct json *config = json_get(call->body, "config");
	struct once once = call_once(call);
	struct created created;
	json_get_str(call->body, "name", &agent.name);
	json_get_str(call->body, "description", &agent.description);
	json_get_str(call->body, "kind", &agent.kind);
	if (!check_config(call, agent.kind, config, err))
		return false;
	agent.config = json_text(call->arena, config);
	bool ok = agent_create(&call->caller, &agent, &once, &created, err);
	return call_created(call, ok, &created, &once, err);
}

bool
update_agent(struct call *call, struct err *err)
{
	struct agent_change agent = {.id = call_id(call, "agent_id"), .change = call_change(call)};
	const struct json *config = json_get(call->body, "config");
	struct str json, kind;
	int64_t revision;
	json_get_str(call->body, "name", &agent.name);
	json_get_str(call->body, "description", &agent.description);
	agent.sets_archived = json_get_bool(call->body, "archived", &agent.archived);
	if (config) {
		if (!agent_read(&call->caller, agent.id, &json, &revision, &kind, err) ||
			!check_config(call, kind, config, err))
			return false;
		agent.config = json_text(call->arena, config);
	}
	if (!agent_change(&call->caller, &agent, &json, &call->revision, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}
