/*
 * The kind "agent": a registered agent is given something to do. What it is then is taken over when the workflow is saved, as "call": the
 * request of one that is reached over HTTP, or what a model is told by one that is a role. So a version says all that its runs do.
 */
#include "flow/address.h"
#include "flow/definition_check.h"
#include "flow/definition_http.h"
#include "flow/hint.h"
#include "json/writer.h"

#include <strings.h>

static const char *const of_others[] = {"prompt", "url", "headers", "query", "body", "code", "workflow"};

/* What it is named by: its name, its id, or what a saved definition has in its place. */
static bool
agent_name(const struct json *agent, struct str *ret_name)
{
	if (agent && agent->type == JSON_OBJECT)
		return json_get_str(agent, "id", ret_name) && ret_name->n > 0;
	*ret_name = agent && agent->type == JSON_STRING ? agent->text : STR("");
	return ret_name->n > 0;
}

static void
name_agent(const struct json *step, struct str *names, unsigned *count)
{
	struct str kind;
	if (step && step->type == JSON_OBJECT && *count < DEFINITION_STEPS_MAX && json_get_str(step, "kind", &kind) &&
		str_is(kind, "agent") && agent_name(json_get(step, "agent"), &names[*count]))
		++*count;
}

static void
name_agents(const struct json *steps, unsigned depth, struct str *names, unsigned *count)
{
	if (!steps || steps->type != JSON_ARRAY || depth > DEFINITION_DEPTH_MAX)
		return;
	json_each (step, steps) {
		if (step->type != JSON_OBJECT)
			continue;
		name_agents(json_get(step, "steps"), depth + 1, names, count);
		name_agent(json_get(step, "poll"), names, count);
		name_agent(step, names, count);
	}
}

void
definition_agents(struct arena *arena, const struct json *doc, struct str **ret_names, unsigned *ret_count)
{
	*ret_names = arena_array(arena, DEFINITION_STEPS_MAX + 1, sizeof **ret_names);
	*ret_count = 0;
	if (doc && doc->type == JSON_OBJECT)
		name_agents(json_get(doc, "steps"), 0, *ret_names, ret_count);
}

struct json *
definition_with_agents(struct arena *arena, const struct json *doc, const struct agent_facts *agents, unsigned count)
{
	static const char *const members[] = {"prompt", "tools"};
	const struct json *steps = doc && doc->type == JSON_OBJECT ? json_get(doc, "steps") : NULL;
	struct json *all = json_new_object(arena), *list = json_new_array(arena);
	if (steps && steps->type == JSON_ARRAY)
		json_each (step, steps)
			json_push(list, json_share(arena, step));
	for (unsigned i = 0; i < count; i++) {
		struct json *agent = json_new_object(arena);
		for (size_t j = 0; j < sizeof members / sizeof *members; j++)
			if (json_get(agents[i].config, members[j]))
				json_add(agent, str_of(members[j]),
					json_share(arena, json_get(agents[i].config, members[j])));
		json_push(list, agent);
	}
	json_add(all, STR("steps"), list);
	return all;
}

static const struct agent_facts *
find_agent(const struct check *c, struct str name)
{
	for (unsigned i = 0; i < c->known->agent_count; i++)
		if (str_eq(c->known->agents[i].asked, name))
			return &c->known->agents[i];
	return NULL;
}

static const struct agent_facts *
check_which(struct check *c, const struct json *step, struct json *ret_step)
{
	struct str name;
	const struct json *agent = json_get(step, "agent");
	if (!agent_name(agent, &name)) {
		check_report(c, check_step_path(c, agent ? "/agent" : ""), "required",
			"An agent step needs an agent: its name, or its id.");
		return NULL;
	}
	if (c->known->nothing) {
		json_add(ret_step, STR("agent"), json_share(c->arena, agent));
		return NULL;
	}
	const struct agent_facts *facts = find_agent(c, name);
	if (!facts) {
		check_report(c, check_step_path(c, "/agent"), "unknown_agent",
			"There is no agent `%.*s` in this workspace. Register it, or choose another.",
			STR_ARG(hint_clip(name, 60)));
		return NULL;
	}
	struct json *taken = json_new_object(c->arena);
	json_add(taken, STR("id"), json_new_str(c->arena, facts->id));
	json_add(taken, STR("name"), json_new_str(c->arena, facts->name));
	json_add(taken, STR("revision"), json_new_int(c->arena, facts->revision));
	json_add(ret_step, STR("agent"), taken);
	return facts;
}

/* What it does is what its kind can do. */
static void
check_action(struct check *c, const struct json *step, const struct agent_facts *facts, struct json *ret_step)
{
	struct str action = facts ? facts->kind : STR("");
	const struct json *given = json_get(step, "action");
	if (given && (!json_get_str(step, "action", &action) || (!str_is(action, "prompt") && !str_is(action, "http"))))
		check_report(
			c, check_step_path(c, "/action"), "unknown", "An agent is asked by `prompt` or by `http`.");
	else if (given && facts && !str_eq(action, facts->kind))
		check_report(c, check_step_path(c, "/action"), "action",
			"The agent `%.*s` is asked by `%.*s`, not by `%.*s`.", STR_ARG(hint_clip(facts->name, 60)),
			STR_ARG(facts->kind), STR_ARG(action));
	else if (action.n > 0)
		json_add(ret_step, STR("action"), json_new_str(c->arena, action));
}

/* ---- over HTTP ---- */

static struct json *
http_call(struct check *c, const struct json *step, const struct agent_facts *facts, const struct json *input)
{
	struct str base = STR(""), endpoint = STR(""), method = STR("POST");
	struct json *call = json_new_object(c->arena);
	const struct json *headers = json_get(facts->config, "headers");
	json_get_str(facts->config, "base_url", &base);
	json_get_str(facts->config, "endpoint", &endpoint);
	json_get_str(step, "method", &method);
	if (json_get(step, "endpoint") && (!json_get_str(step, "endpoint", &endpoint) || endpoint.n == 0 ||
						  endpoint.p[0] != '/' || !http_header_value_valid(endpoint)))
		check_report(c, check_step_path(c, "/endpoint"), "pattern",
			"This must be a path below the agent's address, such as `/analyse`.");
	else if (json_get(step, "endpoint") && address_climbs(endpoint))
		check_report(c, check_step_path(c, "/endpoint"), "pattern",
			"A path below the agent's address has no `..` or `.` in it. Write the path itself, such as "
			"`/analyse`.");
	while (base.n > 0 && endpoint.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	struct json *url =
		json_new_str(c->arena, str_of(arena_printf(c->arena, "%.*s%.*s", STR_ARG(base), STR_ARG(endpoint))));
	json_add(call, STR("method"), json_new_str(c->arena, method));
	json_add(call, STR("url"), check_value(c, "/endpoint", url));
	if (headers)
		json_add(call, STR("headers"), json_share(c->arena, headers));
	if (!str_is(method, "GET") && !str_is(method, "HEAD"))
		json_add(call, STR("body"), json_share(c->arena, input));
	return call;
}

/* ---- by a prompt ---- */

static bool
plain_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char ch = name.p[i];
		if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' ||
			    (i > 0 && ch >= '0' && ch <= '9')))
			return false;
	}
	return name.n > 0 && name.n <= 63;
}

/* Its role, the prompt, and whatever else it is given under its name; or a prompt of the library, and its variables. */
static struct json *
prompt_call(struct check *c, const struct agent_facts *facts, const struct json *input)
{
	struct str system = STR("");
	const char *text = "{{prompt}}";
	struct json *call = json_new_object(c->arena);
	if (json_get(facts->config, "prompt")) {
		const char *place = c->places[c->step].pointer;
		c->places[c->step].pointer = check_step_path(c, "/agent");
		const struct prompt_facts *prompt = check_prompt(c, facts->config, call);
		c->places[c->step].pointer = place;
		check_prompt_mapping(c, prompt, input);
		return call;
	}
	json_get_str(facts->config, "system", &system);
	if (!json_get(input, "prompt"))
		check_report(c, check_step_path(c, "/input"), "unmapped",
			"The agent `%.*s` needs the input `prompt`: what it is asked.",
			STR_ARG(hint_clip(facts->name, 60)));
	if (system.n > 0)
		text = arena_printf(c->arena, "%.*s\n\n{{prompt}}", STR_ARG(system));
	json_each (member, input) {
		if (str_is(member->key, "prompt"))
			continue;
		if (plain_name(member->key))
			text = arena_printf(
				c->arena, "%s\n\n%.*s:\n{{%.*s}}", text, STR_ARG(member->key), STR_ARG(member->key));
		else
			check_report(c, check_step_path(c, "/input"), "pattern",
				"`%.*s` is no name of something that is told an agent: letters, digits and `_`.",
				STR_ARG(hint_clip(member->key, 60)));
	}
	json_add(call, STR("text"), json_new_str(c->arena, str_of(text)));
	return call;
}

/* Unless the step says so itself. */
static void
take_over(struct check *c, const struct json *step, const struct agent_facts *facts, const char *name,
	const struct json *otherwise, struct json *ret_step)
{
	const struct json *own = json_get(facts->config, name);
	if (!json_get(step, name) && (own || otherwise))
		json_add(ret_step, str_of(name), json_share(c->arena, own ? own : otherwise));
}

/* Who reads it without a workspace sees what the agent is given, what was taken over when it was saved, and tools of the step's own. */
static void
check_unknown_agent(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *saved = json_get(step, "call"), *own = json_get(step, "tools");
	const struct agent_facts nobody = {.config = json_new_object(c->arena)};
	bool described = own && own->type == JSON_ARRAY;
	if (saved && saved->type == JSON_OBJECT)
		return; /* kept as it is */
	struct json *call = json_new_object(c->arena);
	json_add(call, STR("text"), json_new_str(c->arena, STR("")));
	json_each (tool, described ? own : NULL)
		described = described && tool->type == JSON_OBJECT;
	if (described)
		check_tools(c, step, &nobody, call);
	json_add(ret_step, STR("call"), call);
}

void
check_agent(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct agent_facts *facts = check_which(c, step, ret_step);
	const struct json *input = json_get(step, "input");
	for (size_t i = 0; i < sizeof of_others / sizeof *of_others; i++)
		if (json_get(step, of_others[i]))
			check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", of_others[i])),
				"unknown_field",
				"An agent step does not have this; there are agent, action, input, endpoint, method, "
				"model "
				"and options.");
	check_action(c, step, facts, ret_step);
	if (input && input->type != JSON_OBJECT) {
		check_report(c, check_step_path(c, "/input"), "type",
			"This must be an object: what the agent is given, such as {\"prompt\": …}.");
		return;
	}
	struct json *given = input ? check_value(c, "/input", input) : json_new_object(c->arena);
	json_add(ret_step, STR("input"), given);
	if (c->known->nothing)
		check_unknown_agent(c, step, ret_step);
	if (!facts || given->type != JSON_OBJECT)
		return;
	bool http = str_is(facts->kind, "http");
	static const char *const of_http[] = {"endpoint", "method", NULL};
	static const char *const of_prompt[] = {"model", "options", "tools", "max_turns", NULL};
	for (const char *const *other = http ? of_prompt : of_http; *other; other++)
		if (json_get(step, *other))
			check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", *other)), "unknown_field",
				"The agent `%.*s` is asked by `%.*s`, which does not have this.",
				STR_ARG(hint_clip(facts->name, 60)), STR_ARG(facts->kind));
	struct json *call = http ? http_call(c, step, facts, given) : prompt_call(c, facts, given);
	json_add(ret_step, STR("call"), call);
	if (http)
		return;
	check_tools(c, step, facts, call);
	take_over(c, step, facts, "model", json_new_str(c->arena, STR("builtin/echo")), ret_step);
	take_over(c, step, facts, "options", NULL, ret_step);
}

/* A text, or a prompt of the library. */
bool
definition_read_asked(const struct json *call, struct step_def *step)
{
	const struct json *prompt = json_get(call, "prompt");
	if (!prompt)
		return json_get_str(call, "text", &step->agent_text);
	return json_get_str(prompt, "id", &step->prompt_id) && json_get_int(prompt, "version", &step->prompt_version);
}

/* What it is given is filled in as the body of a request, or as what a model is told. */
bool
definition_read_agent(struct arena *arena, const struct json *from, struct step_def *step)
{
	const struct json *call = json_get(from, "call");
	if (!call)
		return false;
	if (definition_read_asked(call, step))
		return true;
	struct json *input = json_new_object(arena);
	json_each (member, call)
		json_add(input, member->key, definition_filled(arena, member, arena_strz(arena, member->key)));
	step->input = input;
	step->http = call;
	step->max_bytes = (size_t)10 << 20;
	return json_get(call, "url") != NULL;
}
