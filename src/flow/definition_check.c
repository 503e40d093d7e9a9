/*
 * Is this a workflow? Goes through the document once and reports everything it finds, each at its place, building the
 * canonical form on the way. References are rewritten to the two roots that exist at run time, "input" and "steps".
 */
#include "flow/definition_check.h"
#include "flow/definition_http.h"
#include "flow/definition_script.h"
#include "flow/hint.h"
#include "flow/models.h"
#include "flow/template.h"
#include "json/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#define KEY_MAX 63

static const struct {
	const char *name;
	uint32_t least, most;
} types[] = {
	{"chain", 2, 100},
	{"flow", 1, DEFINITION_STEPS_MAX},
};

static const char *const kinds[] = {"prompt", "http", "function", "transform", "wait", "approval", "signal",
	"sequential", "parallel", "conditional", "switch", "loop", "workflow", "agent", "script", "note"};

/* ---- reporting ---- */

bool
check_listed(const struct str *names, unsigned count, struct str name)
{
	for (unsigned i = 0; i < count; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static const char *
full_path(struct check *c, const char *path)
{
	return arena_printf(c->arena, "%s%s", c->prefix ? c->prefix : "", path);
}

bool
check_report(struct check *c, const char *path, const char *code, const char *format, ...)
{
	const char *full = full_path(c, path);
	va_list args;
	c->found++;
	if (findings_have_code(c->findings, full, "duration"))
		return false; /* what it is not a number for was said when it was read */
	va_start(args, format);
	finding_addv(c->findings, false, full, code, format, args);
	va_end(args);
	return false;
}

void
check_warn(struct check *c, const char *path, const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	finding_addv(c->findings, true, full_path(c, path), code, format, args);
	va_end(args);
}

const char *
check_step_path(struct check *c, const char *member)
{
	return arena_printf(c->arena, "%s%s", c->places[c->step].pointer, member);
}

void
check_foreign(struct check *c, const struct json *step, const char *const *names, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++)
		if (json_get(step, names[i]))
			check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", names[i])), "unknown_field",
				"%s", what);
}

const char *
check_kind_of(const struct json *value)
{
	static const char *const names[] = {"null", "false", "true", "a number", "a text", "a list", "an object"};
	return names[value->type];
}

/* ---- steps ---- */

bool
check_key_valid(struct str key)
{
	if (key.n == 0 || key.n > KEY_MAX || key.p[0] < 'a' || key.p[0] > 'z')
		return false;
	for (size_t i = 0; i < key.n; i++) {
		char ch = key.p[i];
		if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_' || ch == '-'))
			return false;
	}
	return true;
}

static void
check_key(struct check *c, const struct json *step)
{
	struct str key;
	if (!json_get_str(step, "key", &key)) {
		check_report(c, check_step_path(c, json_get(step, "key") ? "/key" : ""), "required",
			"A step needs a key, a text such as `summarise`.");
		return;
	}
	if (!check_key_valid(key)) {
		check_report(c, check_step_path(c, "/key"), "pattern",
			"A key begins with a small letter; small letters, digits, `_` and `-` follow, %d at most in "
			"all.",
			KEY_MAX);
		return;
	}
	for (unsigned i = 0; i < c->step; i++)
		if (str_eq(c->keys[i], key)) {
			check_report(c, check_step_path(c, "/key"), "duplicate",
				"Step %u has the key `%.*s` as well. Keys must differ.", i + 1, STR_ARG(key));
			return;
		}
}

/* The facts of the version asked for; of the newest when none was. */
static const struct prompt_facts *
find_prompt(struct check *c, struct str id, int64_t version, bool *ret_other_versions)
{
	const struct prompt_facts *found = NULL;
	*ret_other_versions = false;
	for (unsigned i = 0; i < c->known->prompt_count; i++) {
		const struct prompt_facts *prompt = &c->known->prompts[i];
		/* An id in capitals is the same id. */
		if (prompt->id.n != id.n || strncasecmp(prompt->id.p, id.p, id.n) != 0)
			continue;
		*ret_other_versions = true;
		if (version ? prompt->version == version : !found || prompt->version > found->version)
			found = prompt;
	}
	return found;
}

const struct prompt_facts *
check_prompt(struct check *c, const struct json *step, struct json *ret_step)
{
	struct str id;
	int64_t version = 0;
	bool others;
	const struct json *prompt = json_get(step, "prompt");
	if (!prompt || prompt->type != JSON_OBJECT || !json_get_str(prompt, "id", &id)) {
		check_report(c, check_step_path(c, prompt ? "/prompt" : ""), "required",
			"A prompt step needs a prompt: {\"id\": …}.");
		return NULL;
	}
	if (json_get(prompt, "version") && (!json_get_int(prompt, "version", &version) || version < 1)) {
		check_report(c, check_step_path(c, "/prompt/version"), "type", "A version is a whole number from 1.");
		return NULL;
	}
	const struct prompt_facts *facts = find_prompt(c, id, version, &others);
	if (c->known->nothing) {
		json_add(ret_step, STR("prompt"), json_share(c->arena, prompt));
		return NULL;
	}
	if (!facts && others)
		check_report(c, check_step_path(c, "/prompt/version"), "unknown_version",
			"This prompt has no version %lld.", (long long)version);
	else if (!facts)
		check_report(c, check_step_path(c, "/prompt/id"), "unknown_prompt",
			"This prompt does not exist, or is not shared with this workspace.");
	struct json *pinned = json_new_object(c->arena);
	json_add(pinned, STR("id"), json_new_str(c->arena, id));
	json_add(pinned, STR("version"), json_new_int(c->arena, facts ? facts->version : version));
	json_add(ret_step, STR("prompt"), pinned);
	return facts;
}

void
check_prompt_mapping(struct check *c, const struct prompt_facts *facts, const struct json *input)
{
	if (!facts)
		return;
	for (unsigned i = 0; i < facts->variable_count; i++)
		if (!input || !json_get_by(input, facts->variables[i]))
			check_report(c, check_step_path(c, "/input"), "unmapped",
				"The variable `%.*s` of the prompt is not mapped. Map it to an input, an earlier "
				"output or a text.",
				STR_ARG(hint_clip(facts->variables[i], 60)));
	json_each (member, input) {
		if (c->found >= FINDINGS_MAX)
			break; /* hints cost time, and these would not be shown */
		if (check_listed(facts->variables, facts->variable_count, member->key))
			continue;
		const char *path =
			check_step_path(c, arena_printf(c->arena, "/input/%s", pointer_part(c->arena, member->key)));
		if (facts->variable_count == 0)
			check_report(c, path, "unknown_variable", "The prompt has no variables, so `%.*s` has no use.",
				STR_ARG(hint_clip(member->key, 60)));
		else
			check_report(c, path, "unknown_variable", "The prompt has no variable `%.*s`; there are %s.%s",
				STR_ARG(hint_clip(member->key, 60)),
				hint_list(c->arena, facts->variables, facts->variable_count),
				hint_did_you_mean(c->arena, member->key, facts->variables, facts->variable_count));
	}
}

static void
check_step_input(struct check *c, const struct json *step, const struct prompt_facts *facts, struct json *ret_step)
{
	const struct json *input = json_get(step, "input");
	struct json *canonical = json_new_object(c->arena);
	if (input && input->type != JSON_OBJECT) {
		check_report(c, check_step_path(c, "/input"), "type",
			"This must be an object (variable: template), not %s.", check_kind_of(input));
		return;
	}
	check_prompt_mapping(c, facts, input);
	struct err own = {0};
	if (input && !template_map(c->arena, input, check_string, c, &canonical, &own))
		check_report(c, check_step_path(c, "/input"), "too_deep", "%s", own.message);
	json_add(ret_step, STR("input"), canonical);
}

static void
check_model(struct check *c, const struct json *step, struct json *ret_step)
{
	struct str model = STR(MODEL_DEFAULT);
	const struct json *given = json_get(step, "model");
	if (given && given->type != JSON_STRING)
		check_report(c, check_step_path(c, "/model"), "type", "A model is a text such as `%s`, not %s.",
			MODEL_DEFAULT, check_kind_of(given));
	else if (given && !flow_model_known(given->text))
		check_report(c, check_step_path(c, "/model"), "unknown_model", "%s",
			flow_model_missing(c->arena, given->text));
	else if (given)
		model = given->text;
	json_add(ret_step, STR("model"), json_new_str(c->arena, model));
}

/* Calls end some time, waiting does not have to. */
static void
check_timeout(struct check *c, enum step_control control, const struct json *step, struct json *ret_step)
{
	const struct json *kind = json_get(step, "kind");
	struct str name = kind && kind->type == JSON_STRING ? kind->text : STR("");
	bool function = str_is(name, "function");
	int64_t seconds = str_is(name, "http")	   ? HTTP_TIMEOUT_SECONDS
			  : function		   ? FUNCTION_TIMEOUT_SECONDS
			  : str_is(name, "script") ? SCRIPT_TIMEOUT_SECONDS
						   : STEP_TIMEOUT_SECONDS;
	int64_t most = function ? FUNCTION_TIMEOUT_SECONDS_MAX : control == CONTROL_CALL ? 3600 : WAIT_SECONDS_MAX;
	const struct json *given = json_get(step, "timeout_seconds");
	bool timed = control == CONTROL_CALL || control == CONTROL_APPROVAL || control == CONTROL_SIGNAL ||
		     control == CONTROL_WORKFLOW;
	if (given && !timed)
		check_report(c, check_step_path(c, "/timeout_seconds"), "unknown_field",
			"This kind of step has no time-out.");
	else if (given && (!json_to_int(given, &seconds) || seconds < 1 || seconds > most))
		check_report(c, check_step_path(c, "/timeout_seconds"), "range",
			"The time-out must be a whole number of seconds, 1 to %lld.", (long long)most);
	if (given || control == CONTROL_CALL)
		json_add(ret_step, STR("timeout_seconds"), json_new_int(c->arena, seconds));
}

static bool
check_kind(struct check *c, const struct json *step)
{
	struct str kind;
	if (!json_get_str(step, "kind", &kind))
		return check_report(c, check_step_path(c, json_get(step, "kind") ? "/kind" : ""), "required",
			"A step needs a kind, such as `prompt`.");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_is(kind, kinds[i]))
			return true;
	struct str names[sizeof kinds / sizeof *kinds];
	const char *list = "";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		names[i] = str_of(kinds[i]);
		list = arena_printf(c->arena, "%s%s%s", list,
			i == 0					? ""
			: i + 1 == sizeof kinds / sizeof *kinds ? " and "
								: ", ",
			kinds[i]);
	}
	const char *near = hint_did_you_mean(c->arena, kind, names, sizeof kinds / sizeof *kinds);
	return check_report(c, check_step_path(c, "/kind"), "unknown_kind", "There is no kind of step `%.*s`%s%s.%s",
		STR_ARG(hint_clip(kind, 60)), near[0] ? "" : "; there are ", near[0] ? "" : list, near);
}

static void
check_expressions(struct check *c, const struct json *step)
{
	struct str *sources;
	unsigned count;
	struct err own = {0};
	if (!template_expressions(c->arena, step, &sources, &count, &own) && own.code == ERR_LIMIT)
		check_report(c, check_step_path(c, ""), "too_many", "%s", own.message);
}

/* Members that this check does not know were let through by the contract, and are kept. */
static void
keep_others(struct check *c, const struct json *from, struct json *to)
{
	json_each (member, from)
		if (!json_get_by(to, member->key))
			json_add(to, member->key, json_share(c->arena, member));
}

static void
check_call(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct prompt_facts *facts = check_prompt(c, step, ret_step);
	check_step_input(c, step, facts, ret_step);
	check_model(c, step, ret_step);
}

static void
check_agent_step(struct check *c, const struct json *step, struct json *ret_step)
{
	check_agent(c, step, ret_step);
	if (json_get(step, "model"))
		check_model(c, step, ret_step);
}

static void
check_no_agent(struct check *c, const struct json *step)
{
	static const char *const names[] = {"agent", "action", "endpoint", "call", "tools", "max_turns"};
	check_foreign(c, step, names, sizeof names / sizeof *names, "Only an agent step has this.");
}

static void check_steps(struct check *c, const struct json *steps, struct json *ret_steps);
static struct json *check_step(struct check *c, const struct json *step);

/* The next one of check_read_places. */
static struct json *
check_nested(struct check *c, const struct json *step)
{
	unsigned mine = c->step;
	c->step = c->next_step++;
	struct json *canonical = check_step(c, step);
	c->step = mine;
	return canonical;
}

static struct json *
check_step(struct check *c, const struct json *step)
{
	struct json *canonical = json_new_object(c->arena);
	struct str name;
	if (step->type != JSON_OBJECT) {
		check_report(c, check_step_path(c, ""), "type", "A step is an object, not %s.", check_kind_of(step));
		return canonical;
	}
	bool poll = c->places[c->step].poll;
	if (poll)
		check_poll(c, step);
	else
		check_key(c, step);
	if (!poll)
		json_add(canonical, STR("key"), json_new_str(c->arena, c->keys[c->step]));
	const struct json *given = json_get(step, "name");
	if (!given)
		name = c->keys[c->step];
	else if (!json_get_str(step, "name", &name) || name.n == 0)
		check_report(c, check_step_path(c, "/name"), "type", "A name is a text with at least one character."),
			name = STR("");
	json_add(canonical, STR("name"), json_new_str(c->arena, name));
	enum step_control control = CONTROL_CALL;
	check_any(c, step);
	if (step_is_note(step)) {
		json_add(canonical, STR("kind"), json_new_str(c->arena, STR("note")));
		check_note(c, step);
		keep_others(c, step, canonical);
		return canonical;
	}
	if (check_kind(c, step)) {
		json_add(canonical, STR("kind"), json_share(c->arena, json_get(step, "kind")));
		control = step_control(json_get(step, "kind")->text);
		check_control(c, control, step, canonical);
		bool http = str_is(json_get(step, "kind")->text, "http");
		bool function = str_is(json_get(step, "kind")->text, "function");
		bool agent = str_is(json_get(step, "kind")->text, "agent");
		bool script = str_is(json_get(step, "kind")->text, "script");
		if (http)
			check_http(c, step, canonical);
		else if (function)
			check_function(c, step, canonical);
		else if (agent)
			check_agent_step(c, step, canonical);
		else if (script)
			check_script(c, step, canonical);
		else if (control == CONTROL_CALL)
			check_call(c, step, canonical);
		if (!http && !agent)
			check_no_http(c, step);
		if (!agent)
			check_no_agent(c, step);
		if (!script)
			check_no_script(c, step);
		if (!function && !agent && json_get(step, "code"))
			check_report(c, check_step_path(c, "/code"), "unknown_field", "Only a function step has this.");
		if (control != CONTROL_WORKFLOW && !agent && json_get(step, "workflow"))
			check_report(
				c, check_step_path(c, "/workflow"), "unknown_field", "Only a workflow step has this.");
	}
	const struct json *options = json_get(step, "options");
	if (options && options->type != JSON_OBJECT)
		check_report(c, check_step_path(c, "/options"), "type", "Options are an object, not %s.",
			check_kind_of(options));
	else if (options)
		json_add(canonical, STR("options"), json_share(c->arena, options));
	check_timeout(c, control, step, canonical);
	check_retry(c, control, step, canonical);
	check_own_limits(c, control, step, canonical);
	check_cache(c, control, step, canonical);
	check_handlers(c, step);
	check_on_failure(c, control, step, canonical);
	if (control != CONTROL_CONDITIONAL)
		check_condition(c, step, canonical);
	check_needs(c, step, canonical);
	check_expressions(c, canonical); /* before what is nested, which is looked at by itself */
	if (control == CONTROL_SEQUENTIAL || control == CONTROL_PARALLEL || control == CONTROL_LOOP) {
		const struct json *steps = json_get(step, "steps");
		struct json *nested = json_new_array(c->arena);
		check_some_run(c, check_step_path(c, "/steps"), steps);
		if (steps && steps->type == JSON_ARRAY)
			check_steps(c, steps, nested);
		json_add(canonical, STR("steps"), nested);
	}
	if (control == CONTROL_WAIT && json_get(step, "poll"))
		json_add(canonical, STR("poll"), check_nested(c, json_get(step, "poll")));
	check_unused(c, step);
	keep_others(c, step, canonical);
	return canonical;
}

/* In the order of check_read_places, which has looked how many and how deep they are. */
static void
check_steps(struct check *c, const struct json *steps, struct json *ret_steps)
{
	json_each (step, steps)
		json_push(ret_steps, check_nested(c, step));
}

/* ---- the input's schema ---- */

bool
check_schema_closed(const struct json *schema)
{
	static const char *const open[] = {"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties",
		"dependentSchemas", "propertyNames"};
	for (size_t i = 0; i < sizeof open / sizeof *open; i++)
		if (json_get(schema, open[i]))
			return false;
	const struct json *more = json_get(schema, "additionalProperties");
	return !more || more->type == JSON_FALSE;
}

/* Where in the schema, the compiler says in words. */
void
check_schema_fault(struct check *c, const char *path, const struct err *err)
{
	static const struct str start = {"The schema at ", 14};
	const char *message = err->issue_count > 0 ? err->issues[0].message : err->message;
	const char *at = message + start.n;
	if (str_starts(str_of(message), start) && *at == '/')
		path = arena_printf(c->arena, "%s%.*s", path, (int)strcspn(at, " "), at);
	check_report(c, path, "schema", "%s", message);
}

static void
read_input_schema(struct check *c, const struct json *schema)
{
	struct str type;
	struct schema *compiled;
	struct err own = {0};
	if (schema->type != JSON_OBJECT || !json_get_str(schema, "type", &type) || !str_is(type, "object")) {
		check_report(
			c, "/input", "type", "The input must be described by a JSON Schema with \"type\": \"object\".");
		return;
	}
	c->input = schema;
	if (!schema_compile(c->arena, schema, "", &compiled, &own)) {
		check_schema_fault(c, "/input", &own);
		return;
	}
	if (!check_schema_closed(schema))
		return;
	const struct json *properties = json_get(schema, "properties");
	c->input_names = arena_array(c->arena, properties ? properties->count + 1 : 1, sizeof *c->input_names);
	json_each (property, properties)
		c->input_names[c->input_count++] = property->key;
}

/* "customer_name" → "Customer name" */
static struct str
title_of(struct arena *arena, struct str name)
{
	char *title = arena_strz(arena, name);
	for (size_t i = 0; i < name.n; i++)
		if (title[i] == '_' || title[i] == '-')
			title[i] = ' ';
	if (title[0] >= 'a' && title[0] <= 'z')
		title[0] = (char)(title[0] - 'a' + 'A');
	return (struct str){title, name.n};
}

static struct json *
derive_input(struct check *c)
{
	struct json *schema = json_new_object(c->arena), *properties = json_new_object(c->arena);
	struct json *required = json_new_array(c->arena);
	for (unsigned i = 0; i < c->use_count; i++) {
		const struct input_use *use = &c->uses[i];
		struct json *property = json_new_object(c->arena);
		const char *type = use->type ? use->type : use->in_prompt && !use->elsewhere ? "string" : NULL;
		if (type)
			json_add(property, STR("type"), json_new_str(c->arena, str_of(type)));
		json_add(property, STR("title"), json_new_str(c->arena, title_of(c->arena, use->name)));
		json_add(properties, use->name, property);
		if (use->required)
			json_push(required, json_new_str(c->arena, use->name));
	}
	json_add(schema, STR("type"), json_new_str(c->arena, STR("object")));
	json_add(schema, STR("properties"), properties);
	json_add(schema, STR("required"), required);
	return schema;
}

/* ---- the whole ---- */

static struct str
check_type(struct check *c, const struct json *doc, const struct json *steps)
{
	struct str type = STR("");
	if (!json_get_str(doc, "type", &type)) {
		check_report(c, json_get(doc, "type") ? "/type" : "", "required", "A workflow needs a type: `chain`.");
		return type;
	}
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (!str_is(type, types[i].name))
			continue;
		if (steps && steps->count < types[i].least)
			check_report(c, "/steps", "too_few", "A %s has at least %u steps; this one has %u.",
				types[i].name, types[i].least, steps->count);
		if (steps && steps->count > types[i].most)
			check_report(c, "/steps", "too_many", "A %s has at most %u steps; this one has %u.",
				types[i].name, types[i].most, steps->count);
		return type;
	}
	check_report(c, "/type", "unknown_type", "There is no type of workflow `%.*s`. Write `chain`.",
		STR_ARG(hint_clip(type, 60)));
	return type;
}

bool
definition_check(struct arena *arena, const struct json *doc, const char *prefix, const struct prompt_facts *prompts,
	unsigned prompt_count, struct json **ret_canonical, struct err *err)
{
	struct findings findings = {.arena = arena};
	const struct definition_known known = {.prompts = prompts, .prompt_count = prompt_count};
	struct json *canonical;
	if (!definition_examine(doc, prefix, &known, &findings, &canonical))
		return findings_refuse(&findings, err);
	*ret_canonical = canonical;
	return true;
}

bool
definition_examine(const struct json *doc, const char *prefix, const struct definition_known *known,
	struct findings *findings, struct json **ret_canonical)
{
	struct arena *arena = findings->arena;
	struct check c = {
		.arena = arena, .findings = findings, .prefix = prefix, .known = known, .member = "/input", .at = ""};
	if (doc->type != JSON_OBJECT)
		return check_report(&c, "", "type", "A workflow is an object, not %s.", check_kind_of(doc));
	c.uses = arena_array(arena, INPUTS_MAX, sizeof *c.uses);
	c.coded = json_get(doc, "code") != NULL;
	const struct json *steps = json_get(doc, "steps"), *input = json_get(doc, "input");
	if (!steps || steps->type != JSON_ARRAY) {
		check_report(&c, steps ? "/steps" : "", "required", "A workflow needs a list of steps.");
		steps = NULL;
	}
	struct json *canonical = json_new_object(arena), *canonical_steps = json_new_array(arena);
	struct str type = check_type(&c, doc, steps);
	if (input)
		read_input_schema(&c, input);
	if (steps && check_read_places(&c, steps)) {
		check_reach(&c);
		check_steps(&c, steps, canonical_steps);
		check_phases(&c, doc);
	}
	struct json *canonical_state = json_new_object(arena);
	check_some_run(&c, "/steps", steps);
	check_state(&c, doc, canonical_state);
	check_output(&c, doc, canonical_state);
	check_limits(&c, doc, canonical_state);
	check_run_handlers(&c, doc);
	json_add(canonical, STR("type"), json_new_str(arena, type));
	json_add(canonical, STR("input"), input ? json_share(arena, input) : derive_input(&c));
	json_add(canonical, STR("steps"), canonical_steps);
	json_each (member, canonical_state)
		json_add(canonical, member->key, json_share(arena, member));
	keep_others(&c, doc, canonical);
	*ret_canonical = canonical;
	return c.found == 0;
}
