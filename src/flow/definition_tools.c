/*
 * Agents that have tools. What such an agent is read as (enum agent_part) stands in the `call` of its step when its workflow is saved:
 *
 *	"call": {"text": "You are …\n\n{{prompt}}", "max_turns": 10, "steps": [
 *	  {"key": "model", "kind": "model", …},
 *	  {"key": "tools", "kind": "tools", "steps": [
 *	    {"key": "weather", "kind": "http", "description": …, "input_schema": {…}, "url": …, "on_failure": "continue"}, …]}]}
 *
 * A tool is a step of some kind that is given what the model says; in its templates `input` is that. A kind of tools is one line of the
 * table below, and its check. What a tool fails of is told to the model, which may do better, or without.
 */
#include "flow/definition_check.h"
#include "flow/definition_http.h"
#include "flow/hint.h"
#include "json/schema.h"

#define DESCRIPTION_BYTES_MAX 4000
#define TOOL_INPUT "{{loop.item.input}}"

/* ---- kinds of tools ---- */

static void
copy_members(struct check *c, const struct json *from, const char *const *names, struct json *to)
{
	for (; *names; names++)
		if (json_get(from, *names))
			json_add(to, str_of(*names), json_share(c->arena, json_get(from, *names)));
}

static void
add_input(struct check *c, struct json *step)
{
	json_add(step, STR("input"), json_new_str(c->arena, STR(TOOL_INPUT)));
}

static void
check_timeout(struct check *c, const struct json *tool, int64_t otherwise, int64_t most, struct json *ret_step)
{
	const struct json *given = json_get(tool, "timeout_seconds");
	int64_t seconds = otherwise;
	if (given && (!json_to_int(given, &seconds) || seconds < 1 || seconds > most))
		check_report(c, check_step_path(c, "/timeout_seconds"), "range",
			"The time-out must be a whole number of seconds, 1 to %lld.", (long long)most);
	if (seconds > 0)
		json_add(ret_step, STR("timeout_seconds"), json_new_int(c->arena, seconds));
}

static void
check_function_tool(struct check *c, const struct json *tool, struct json *ret_step)
{
	static const char *const kept[] = {"code", NULL};
	struct json *as_step = json_new_object(c->arena);
	check_function(c, tool, as_step);
	copy_members(c, tool, kept, ret_step);
	add_input(c, ret_step);
	check_timeout(c, tool, FUNCTION_TIMEOUT_SECONDS, FUNCTION_TIMEOUT_SECONDS_MAX, ret_step);
}

static void
check_http_tool(struct check *c, const struct json *tool, struct json *ret_step)
{
	static const char *const kept[] = {"expect", "answer", "redirects", "max_bytes", "unframed", NULL};
	check_http(c, tool, ret_step);
	copy_members(c, tool, kept, ret_step);
	check_timeout(c, tool, HTTP_TIMEOUT_SECONDS, 3600, ret_step);
}

static void
check_workflow_tool(struct check *c, const struct json *tool, struct json *ret_step)
{
	const struct workflow_facts *facts = check_child_workflow(c, tool, ret_step);
	if (facts && !json_get(tool, "description"))
		json_add(ret_step, STR("description"), json_new_str(c->arena, facts->name));
	if (facts && facts->input && !json_get(tool, "input_schema"))
		json_add(ret_step, STR("input_schema"), json_share(c->arena, facts->input));
	add_input(c, ret_step);
	check_timeout(c, tool, 0, WAIT_SECONDS_MAX, ret_step);
}

static const struct tool_kind {
	const char *name;
	void (*check)(struct check *c, const struct json *tool, struct json *ret_step);
	const char *own[12]; /* what it has besides what every tool has */
} tool_kinds[] = {
	{"function", check_function_tool, {"code", "timeout_seconds"}},
	{"http", check_http_tool,
		{"method", "url", "headers", "query", "body", "expect", "answer", "redirects", "max_bytes", "unframed",
			"timeout_seconds"}},
	{"workflow", check_workflow_tool, {"workflow", "timeout_seconds"}},
};
#define TOOL_KINDS (sizeof tool_kinds / sizeof *tool_kinds)

static const struct tool_kind *
check_tool_kind(struct check *c, const struct json *tool)
{
	struct str names[TOOL_KINDS], kind = STR("");
	for (size_t i = 0; i < TOOL_KINDS; i++)
		names[i] = str_of(tool_kinds[i].name);
	json_get_str(tool, "kind", &kind);
	for (size_t i = 0; i < TOOL_KINDS; i++)
		if (str_eq(kind, names[i]))
			return &tool_kinds[i];
	check_report(c, check_step_path(c, json_get(tool, "kind") ? "/kind" : ""),
		json_get(tool, "kind") ? "unknown_kind" : "required", "A tool has a kind: %s.%s",
		hint_list(c->arena, names, TOOL_KINDS), hint_did_you_mean(c->arena, kind, names, TOOL_KINDS));
	return NULL;
}

static void
check_members(struct check *c, const struct json *tool, const struct tool_kind *kind)
{
	static const char *const all[] = {"name", "description", "kind", "input_schema"};
	json_each (member, tool) {
		bool known = false;
		for (size_t i = 0; i < sizeof all / sizeof *all; i++)
			known |= str_is(member->key, all[i]);
		for (size_t i = 0; i < sizeof kind->own / sizeof *kind->own && kind->own[i]; i++)
			known |= str_is(member->key, kind->own[i]);
		if (!known)
			check_report(c,
				check_step_path(c, arena_printf(c->arena, "/%s", pointer_part(c->arena, member->key))),
				"unknown_field", "A tool of the kind `%s` does not have this.", kind->name);
	}
}

/* ---- what every tool has ---- */

static void
check_tool_schema(struct check *c, const struct json *tool, struct json *ret_step)
{
	const struct json *schema = json_get(tool, "input_schema");
	struct schema *compiled;
	struct err own = {0};
	struct str type;
	if (!schema)
		return;
	if (schema->type != JSON_OBJECT || !json_get_str(schema, "type", &type) || !str_is(type, "object"))
		check_report(c, check_step_path(c, "/input_schema"), "type",
			"What a tool is given is described by a JSON Schema with \"type\": \"object\".");
	else if (!schema_compile(c->arena, schema, "", &compiled, &own))
		check_schema_fault(c, check_step_path(c, "/input_schema"), &own);
	else
		json_add(ret_step, STR("input_schema"), json_share(c->arena, schema));
}

/* A tool as a step; c->places says where it stands. NULL: it is none, and that was reported. */
static struct json *
check_tool(struct check *c, const struct json *tool, const struct json *before)
{
	struct json *step = json_new_object(c->arena);
	struct str name, text;
	if (tool->type != JSON_OBJECT) {
		check_report(
			c, check_step_path(c, ""), "type", "A tool is an object, or the name of one of its agent.");
		return NULL;
	}
	const struct tool_kind *kind = check_tool_kind(c, tool);
	if (!json_get_str(tool, "name", &name) || !check_key_valid(name)) {
		check_report(c, check_step_path(c, json_get(tool, "name") ? "/name" : ""), "pattern",
			"The name of a tool begins with a small letter; small letters, digits, `_` and `-` follow, 63 "
			"at "
			"most in all.");
		return NULL;
	}
	json_each (other, before)
		if (str_eq(json_get(other, "key")->text, name))
			check_report(c, check_step_path(c, "/name"), "duplicate",
				"There is another tool `%.*s`. Names must differ.", STR_ARG(name));
	if (!kind)
		return NULL;
	check_members(c, tool, kind);
	json_add(step, STR("key"), json_new_str(c->arena, name));
	json_add(step, STR("name"), json_new_str(c->arena, name));
	json_add(step, STR("kind"), json_new_str(c->arena, str_of(kind->name)));
	if (json_get(tool, "description")) {
		if (!json_get_str(tool, "description", &text) || text.n > DESCRIPTION_BYTES_MAX)
			check_report(c, check_step_path(c, "/description"), "type",
				"A description is a text of at most %d bytes: what the model is told of the tool.",
				DESCRIPTION_BYTES_MAX);
		else
			json_add(step, STR("description"), json_new_str(c->arena, text));
	}
	check_tool_schema(c, tool, step);
	c->in_tool = true;
	kind->check(c, tool, step);
	c->in_tool = false;
	json_add(step, STR("on_failure"), json_new_str(c->arena, STR("continue")));
	return step;
}

/* `place`: of the list. */
static struct json *
check_list(struct check *c, const struct json *tools, const struct json *of_agent, const char *place)
{
	struct json *steps = json_new_array(c->arena), *step;
	struct check_place *mine = &c->places[c->step];
	const char *pointer = mine->pointer;
	unsigned index = 0;
	if (tools->count > AGENT_TOOLS_MAX)
		check_report(c, place, "too_many", "An agent has at most %d tools.", AGENT_TOOLS_MAX);
	json_each (tool, tools) {
		const struct json *meant = tool;
		mine->pointer = arena_printf(c->arena, "%s/%u", place, index++);
		if (tool->type == JSON_STRING) {
			struct str names[AGENT_TOOLS_MAX], name;
			unsigned count = 0;
			meant = NULL;
			json_each (other, of_agent) {
				if (!json_get_str(other, "name", &name))
					continue;
				if (count < AGENT_TOOLS_MAX)
					names[count++] = name;
				meant = str_eq(name, tool->text) ? other : meant;
			}
			if (!meant)
				check_report(c, mine->pointer, "unknown_tool", "The agent has no tool `%.*s`%s%s.%s",
					STR_ARG(hint_clip(tool->text, 60)), count ? "; there are " : "",
					hint_list(c->arena, names, count),
					hint_did_you_mean(c->arena, tool->text, names, count));
		}
		if (meant && steps->count < AGENT_TOOLS_MAX && (step = check_tool(c, meant, steps)))
			json_push(steps, step);
	}
	mine->pointer = pointer;
	return steps;
}

static struct json *
part(struct check *c, const char *key, const char *name)
{
	struct json *step = json_new_object(c->arena);
	json_add(step, STR("key"), json_new_str(c->arena, str_of(key)));
	json_add(step, STR("name"), json_new_str(c->arena, str_of(name)));
	json_add(step, STR("kind"), json_new_str(c->arena, str_of(key)));
	return step;
}

/* A person is asked about one call, and an agent that has tools makes many. */
static void
check_many_calls(struct check *c, const struct json *step)
{
	const struct json *policy = json_get(step, "on_failure");
	if (policy && policy->type == JSON_STRING && str_is(policy->text, "ask"))
		check_report(c, check_step_path(c, "/on_failure"), "unknown",
			"An agent that has tools can `stop` the run when it fails, or let it `continue`.");
}

void
check_tools(struct check *c, const struct json *step, const struct agent_facts *facts, struct json *call)
{
	const struct json *own = json_get(step, "tools"), *of_agent = json_get(facts->config, "tools");
	const struct json *tools = own ? own : of_agent, *given = json_get(step, "max_turns");
	int64_t turns = AGENT_TURNS;
	json_get_int(facts->config, "max_turns", &turns);
	if (given && (!json_to_int(given, &turns) || turns < 1 || turns > AGENT_TURNS_MAX))
		check_report(c, check_step_path(c, "/max_turns"), "range", "This must be a whole number, 1 to %d.",
			AGENT_TURNS_MAX);
	if (own && own->type != JSON_ARRAY) {
		check_report(c, check_step_path(c, "/tools"), "type",
			"This must be a list of tools, or names of those of the agent, not %s.", check_kind_of(own));
		return;
	}
	if (!tools || tools->count == 0)
		return;
	struct json *list = check_list(c, tools, of_agent, check_step_path(c, own ? "/tools" : "/agent/tools"));
	struct json *steps = json_new_array(c->arena), *all = part(c, "tools", "Tools");
	check_many_calls(c, step);
	if (c->places[c->step].poll)
		check_report(c, check_step_path(c, ""), "unknown",
			"What a wait polls is one call, so an agent that has tools cannot be polled. Give it `tools: "
			"[]`.");
	json_add(all, STR("steps"), list);
	json_push(steps, part(c, "model", "Model"));
	json_push(steps, all);
	json_add(call, STR("max_turns"), json_new_int(c->arena, turns));
	json_add(call, STR("steps"), steps);
	c->made += 2 + list->count;
	if (c->step_count + c->made > DEFINITION_STEPS_MAX)
		check_report(c, check_step_path(c, ""), "too_many",
			"A workflow has at most %d steps in all, and each tool of an agent is one.",
			DEFINITION_STEPS_MAX);
}

void
definition_check_agent(
	const struct json *config, const char *prefix, const struct definition_known *known, struct findings *findings)
{
	const struct json *tools = json_get(config, "tools");
	struct str key = STR("agent");
	struct check_place place = {.written = config, .pointer = "", .parent = NO_STEP, .end = 1};
	struct check c = {.arena = findings->arena,
		.findings = findings,
		.prefix = prefix,
		.known = known,
		.member = "",
		.at = "",
		.keys = &key,
		.places = &place,
		.step_count = 1};
	if (json_get(config, "prompt"))
		check_prompt(&c, config, json_new_object(c.arena));
	if (tools && tools->type == JSON_ARRAY)
		check_list(&c, tools, NULL, "/tools");
}

/* ---- reading ---- */

const struct json *
step_written_steps(const struct json *from)
{
	const struct json *steps = json_get(from, "steps"), *call = json_get(from, "call");
	return !steps && call && call->type == JSON_OBJECT ? json_get(call, "steps") : steps;
}

static bool
read_agent(const struct json *from, struct step_def *step)
{
	const struct json *call = json_get(from, "call");
	int64_t turns = AGENT_TURNS;
	json_get_int(call, "max_turns", &turns);
	if (!step->input || turns < 1 || turns > AGENT_TURNS_MAX || step_written_steps(from)->count != 2)
		return false;
	step->part = PART_AGENT;
	step->control = CONTROL_LOOP;
	step->items = step->input; /* what it is given stays with it, and is filled in once */
	step->input = NULL;
	step->at_once = 1;
	step->fail_fast = true;
	step->names_previous = true;
	step->max_iterations = (unsigned)turns;
	return definition_read_asked(call, step);
}

bool
definition_read_part(struct arena *arena, const struct json *from, struct step_def *step)
{
	const struct json *steps = step_written_steps(from);
	if (str_is(step->kind, "agent") && steps)
		return read_agent(from, step);
	if (str_is(step->kind, "model")) {
		step->part = PART_MODEL;
	} else if (str_is(step->kind, "tools")) {
		step->part = PART_TOOLS;
		step->control = CONTROL_LOOP;
		step->items = json_new_array(arena); /* plan() knows them */
		step->at_once = AGENT_CALLS_AT_ONCE;
		step->max_iterations = AGENT_CALLS_MAX;
		return steps && steps->type == JSON_ARRAY && steps->count > 0;
	}
	return true;
}

void
definition_link_model(struct step_def *agent, struct step_def *model)
{
	model->agent = agent->key;
	model->agent_text = agent->agent_text;
	model->prompt_id = agent->prompt_id;
	model->prompt_version = agent->prompt_version;
	model->model = agent->model;
	model->options = agent->options;
	model->timeout_seconds = agent->timeout_seconds;
	model->retry = agent->retry;
	model->concurrency = agent->concurrency;
	model->rate = agent->rate;
	model->tools = json_get(json_at(step_written_steps(agent->written), 1), "steps");
	agent->agent_text = agent->prompt_id = STR("");
	agent->timeout_seconds = 0;
	agent->retry = (struct retry_def){0};
	agent->concurrency = agent->rate = (struct own_limit){0};
}
