/* See workflow_source.h. */
#include "api/workflow_source.h"

#include "check/check.h"
#include "store/agent.h"
#include "store/prompt.h"
#include "store/workflow.h"
#include "json/writer.h"

static enum document_format
format_of(const struct json *body, struct str source)
{
	struct str name;
	enum document_format format;
	return json_get_str(body, "format", &name) && document_format_parse(name, &format)
		       ? format
		       : document_format_of(NULL, source);
}

bool
workflow_body_flows(struct call *call, const char *prefix, struct findings *findings, struct document_flow **ret_flows,
	unsigned *ret_count, struct str *ret_source, struct err *err)
{
	const struct json *definition = json_get(call->body, "definition"), *source = json_get(call->body, "source");
	*ret_source = (struct str){NULL, 0};
	if (!definition == !source)
		return err_issue(err, definition ? "/source" : "/definition", definition ? "twice" : "required",
			"Send either `definition` or `source`.");
	if (definition) {
		document_flows(definition, prefix, findings, ret_flows, ret_count);
		return true;
	}
	*ret_source = source->text;
	return check_document(
		source->text, format_of(call->body, source->text), NULL, prefix, findings, ret_flows, ret_count, err);
}

bool
workflow_known(struct call *call, const struct json *doc, struct definition_known *ret_known, struct err *err)
{
	struct str *ids;
	int64_t *versions;
	unsigned count;
	struct prompt_facts *prompts;
	struct workflow_facts *workflows;
	if (!definition_prompts(call->arena, doc, &ids, &versions, &count, err) ||
		!prompt_load_facts(&call->caller, ids, versions, count, &prompts, &ret_known->prompt_count, err) ||
		!definition_workflows(call->arena, doc, &ids, &versions, &count, err) ||
		!workflow_load_facts(&call->caller, ids, versions, count, &workflows, &ret_known->workflow_count, err))
		return false;
	ret_known->prompts = prompts;
	ret_known->workflows = workflows;
	return true;
}

bool
workflow_flow_check(struct call *call, const struct document_flow *flow, struct findings *findings,
	struct json **ret_canonical, struct err *err)
{
	struct str *names;
	unsigned count;
	struct agent_facts *agents;
	struct definition_known known = {0};
	definition_agents(call->arena, flow->definition, &names, &count);
	if (!agent_load_facts(&call->caller, names, count, &agents, &known.agent_count, err) ||
		!workflow_known(call, definition_with_agents(call->arena, flow->definition, agents, known.agent_count),
			&known, err))
		return false;
	known.agents = agents;
	return check_workflow(flow->definition, flow->prefix, &known, NULL, findings, ret_canonical, err);
}

/* What the contract has looked at already is taken as it is: it has our words only. */
static void
flow_of_definition(const struct json *definition, struct document_flow *ret_flow)
{
	*ret_flow = (struct document_flow){.prefix = "/definition", .definition = (struct json *)definition};
}

bool
workflow_body_read(struct call *call, bool needed, struct workflow_body *ret_body, struct err *err)
{
	struct findings findings = {.arena = call->arena};
	struct document_flow *flows;
	unsigned count = 0;
	const struct json *definition = json_get(call->body, "definition"), *source = json_get(call->body, "source");
	const struct json *origin = json_get(call->body, "origin");
	*ret_body = (struct workflow_body){.source = {NULL, 0}, .origin = {NULL, 0}};
	if (origin)
		ret_body->origin = json_text(call->arena, origin);
	if (!definition && !source && !needed)
		return !origin ||
		       err_issue(err, "/origin", "alone", "belongs to a new version, and there is no /definition");
	if (definition && !source) {
		flow_of_definition(definition, &ret_body->flow);
	} else {
		if (!workflow_body_flows(call, "/source", &findings, &flows, &count, &ret_body->source, err))
			return false;
		if (findings.errors > 0 && count == 0)
			return findings_refuse(&findings, err);
		if (count != 1)
			return err_issue(
				err, "/source", "several", "The source has %u workflows. Save them one by one.", count);
		ret_body->flow = flows[0];
	}
	if (!workflow_flow_check(call, &ret_body->flow, &findings, &ret_body->canonical, err))
		return false;
	if (ret_body->source.p)
		findings_place(&findings, ret_body->flow.definition, ret_body->flow.prefix, ret_body->source);
	findings_sort(&findings);
	return findings.errors == 0 || findings_refuse(&findings, err);
}
