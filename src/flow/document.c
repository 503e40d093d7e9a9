/* Documents and the workflows in them; see document.h. The words of steps are in document_steps.c. */
#include "flow/document_internal.h"

#include "flow/hint.h"
#include "json/yaml.h"

#include <stdio.h>

bool
document_report(
	struct findings *findings, const struct json *at, const char *path, const char *code, const char *format, ...)
{
	unsigned before = findings->count;
	va_list args;
	va_start(args, format);
	finding_addv(findings, false, path, code, format, args);
	va_end(args);
	if (findings->count > before) {
		findings->list[before].line = at->line;
		findings->list[before].column = at->column;
	}
	return false;
}

struct json *
document_placed(struct json *node, const struct json *from)
{
	node->line = from->line;
	node->column = from->column;
	return node;
}

void
document_add(struct findings *findings, struct json *to, const char *name, struct json *value, const struct json *from,
	const char *path)
{
	if (json_get(to, name) && str_is(from->key, name)) {
		document_report(findings, from, arena_printf(findings->arena, "%s/%s", path, name), "duplicate",
			"`%s` was said before, in another word. Leave one of them out.", name);
		return;
	}
	if (json_get(to, name)) {
		document_report(findings, from, arena_printf(findings->arena, "%s/%s", path, name), "duplicate",
			"`%.*s` says again what `%s` says. Leave one of them out.", STR_ARG(hint_clip(from->key, 60)),
			name);
		return;
	}
	json_add(to, str_of(name), document_placed(value, from));
}

struct json *
document_handler(struct arena *arena, const struct json *handler)
{
	if (handler->type != JSON_STRING)
		return json_share(arena, handler);
	struct json *made = json_new_object(arena);
	json_add(made, STR("code"), document_placed(json_share(arena, handler), handler));
	return made;
}

/* ---- one workflow ---- */

enum what { NAME, DESCRIPTION, OWN_ID, SCHEMA, STEPS, HANDLER, LIMITS };

static const struct {
	const char *name;
	enum what what;
	const char *ours;
} words[] = {
	{"name", NAME, NULL},
	{"description", DESCRIPTION, NULL},
	{"id", OWN_ID, NULL},
	{"input", SCHEMA, "input"},
	{"args", SCHEMA, "input"},
	{"argsSchema", SCHEMA, "input"},
	{"args_schema", SCHEMA, "input"},
	{"inputSchema", SCHEMA, "input"},
	{"input_schema", SCHEMA, "input"},
	{"steps", STEPS, "steps"},
	{"limits", LIMITS, "limits"},
	{"onStart", HANDLER, "on_start"},
	{"onWorkflowStart", HANDLER, "on_start"},
	{"on_start", HANDLER, "on_start"},
	{"onComplete", HANDLER, "on_complete"},
	{"onWorkflowComplete", HANDLER, "on_complete"},
	{"on_complete", HANDLER, "on_complete"},
	{"onError", HANDLER, "on_error"},
	{"onWorkflowError", HANDLER, "on_error"},
	{"on_error", HANDLER, "on_error"},
};

static struct json *
map_limits(struct findings *findings, const struct json *limits, const char *path)
{
	static const char *const others[][2] = {{"costUsd", "cost_usd"}, {"maxCostUsd", "cost_usd"},
		{"max_cost_usd", "cost_usd"}, {"warnUsd", "warn_usd"}};
	struct json *to = json_new_object(findings->arena);
	if (limits->type != JSON_OBJECT)
		return json_share(findings->arena, limits);
	json_each (member, limits) {
		const char *name = arena_strz(findings->arena, member->key);
		for (size_t i = 0; i < sizeof others / sizeof *others; i++)
			if (str_is(member->key, others[i][0]))
				name = others[i][1];
		document_add(findings, to, name, json_share(findings->arena, member), member, path);
	}
	return to;
}

static void
take_text(struct findings *findings, const struct json *member, const char *path, size_t most, struct str *ret_text)
{
	if (member->type != JSON_STRING)
		document_report(findings, member, path, "type", "`%.*s` must be a text.", STR_ARG(member->key));
	else if (str_utf8_length(member->text) > most)
		document_report(findings, member, path, "too_long", "This is longer than %zu characters.", most);
	else
		*ret_text = member->text;
}

static void
map_member(struct findings *findings, const struct json *member, struct document_flow *flow)
{
	struct arena *arena = findings->arena;
	const char *path = arena_printf(arena, "%s/%s", flow->prefix, pointer_part(arena, member->key));
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct json *value = NULL;
		if (!str_is(member->key, words[i].name))
			continue;
		switch (words[i].what) {
		case NAME:
			take_text(findings, member, path, 100, &flow->name);
			return;
		case DESCRIPTION:
			take_text(findings, member, path, 500, &flow->description);
			return;
		case OWN_ID:
			take_text(findings, member, path, OWN_ID_MAX, &flow->own_id);
			return;
		case SCHEMA:
			value = json_share(arena, member);
			break;
		case STEPS:
			value = document_steps(findings, member, path, 0);
			break;
		case HANDLER:
			value = document_handler(arena, member);
			break;
		case LIMITS:
			value = map_limits(findings, member, path);
			break;
		}
		document_add(findings, flow->definition, words[i].ours, value, member, flow->prefix);
		return;
	}
	json_add(flow->definition, member->key, json_share(arena, member));
}

static bool
map_flow(struct findings *findings, const struct json *from, const char *prefix, struct document_flow *ret_flow)
{
	struct arena *arena = findings->arena;
	*ret_flow = (struct document_flow){.prefix = prefix, .definition = json_new_object(arena)};
	document_placed(ret_flow->definition, from);
	const struct json *inner = from->type == JSON_OBJECT ? json_get(from, "definition") : NULL;
	if (from->type != JSON_OBJECT)
		return document_report(findings, from, prefix, "type", "A workflow is an object with steps.");
	json_each (member, from)
		if (member != inner)
			map_member(findings, member, ret_flow);
	if (inner && inner->type == JSON_OBJECT)
		json_each (member, inner)
			map_member(findings, member, ret_flow);
	if (!json_get(ret_flow->definition, "type"))
		json_add(ret_flow->definition, STR("type"), document_placed(json_new_str(arena, STR("flow")), from));
	return true;
}

/* ---- the document ---- */

static void
map_several(struct findings *findings, const struct json *all, const char *prefix, struct document_flow **ret_flows,
	unsigned *ret_count)
{
	struct arena *arena = findings->arena;
	const char *path = arena_printf(arena, "%s/workflows", prefix);
	unsigned index = 0, count = 0; /* in the document; that are any */
	if ((all->type != JSON_ARRAY && all->type != JSON_OBJECT) || all->count == 0) {
		document_report(findings, all, path, "type", "`workflows` must be a list of at least one workflow.");
		return;
	}
	if (all->count > DOCUMENT_FLOWS_MAX) {
		document_report(findings, all, path, "too_many",
			"The document has %u workflows. At most %d are allowed.", all->count, DOCUMENT_FLOWS_MAX);
		return;
	}
	*ret_flows = arena_array(arena, all->count, sizeof **ret_flows);
	json_each (one, all) {
		struct document_flow *flow = &(*ret_flows)[count];
		const char *own = all->type == JSON_OBJECT
					  ? arena_printf(arena, "%s/%s", path, pointer_part(arena, one->key))
					  : arena_printf(arena, "%s/%u", path, index);
		index++;
		if (!map_flow(findings, one, own, flow))
			continue;
		if (all->type == JSON_OBJECT && flow->own_id.n == 0 && one->key.n <= OWN_ID_MAX)
			flow->own_id = one->key;
		for (unsigned i = 0; i < count; i++)
			if (flow->own_id.n > 0 && str_eq((*ret_flows)[i].own_id, flow->own_id))
				document_report(findings, one, arena_printf(arena, "%s/id", own), "duplicate",
					"Workflow %u has the id `%.*s` as well. Ids must differ.", i + 1,
					STR_ARG(hint_clip(flow->own_id, 60)));
		count++;
	}
	*ret_count = count;
}

void
document_flows(const struct json *doc, const char *prefix, struct findings *findings, struct document_flow **ret_flows,
	unsigned *ret_count)
{
	const struct json *several = doc->type == JSON_OBJECT ? json_get(doc, "workflows") : NULL;
	*ret_flows = NULL;
	*ret_count = 0;
	if (!several) {
		*ret_flows = arena_array(findings->arena, 1, sizeof **ret_flows);
		*ret_count = map_flow(findings, doc, prefix, *ret_flows) ? 1 : 0;
		return;
	}
	json_each (member, doc)
		if (member != several)
			document_report(findings, member,
				arena_printf(
					findings->arena, "%s/%s", prefix, pointer_part(findings->arena, member->key)),
				"unknown_field",
				"There is no field `%.*s` beside `workflows`. Put it into each workflow.",
				STR_ARG(hint_clip(member->key, 60)));
	map_several(findings, several, prefix, ret_flows, ret_count);
}

/* ---- formats ---- */

static const char *const format_names[] = {
	[DOCUMENT_YAML] = "yaml", [DOCUMENT_JSON] = "json", [DOCUMENT_TYPESCRIPT] = "typescript"};

const char *
document_format_name(enum document_format format)
{
	return format_names[format];
}

bool
document_format_parse(struct str name, enum document_format *ret_format)
{
	for (size_t i = 0; i < sizeof format_names / sizeof *format_names; i++)
		if (str_is(name, format_names[i])) {
			*ret_format = (enum document_format)i;
			return true;
		}
	return false;
}

/* JSON begins with a bracket: YAML could, too, and nobody writes it so. TypeScript begins with a word that YAML has no use for. */
static enum document_format
format_of_text(struct str text)
{
	static const char *const begins[] = {"import ", "import{", "export ", "const ", "let ", "var ", "function ",
		"async ", "module.exports", "//", "/*", "'use strict'", "\"use strict\"", "createWorkflow(",
		"defineWorkflow(", "interface ", "type ", NULL};
	while (text.n > 0 && strchr(" \t\r\n", text.p[0])) {
		text.p++;
		text.n--;
	}
	if (text.n > 0 && (text.p[0] == '{' || text.p[0] == '['))
		return DOCUMENT_JSON;
	for (unsigned i = 0; begins[i]; i++)
		if (str_starts(text, str_of(begins[i])))
			return DOCUMENT_TYPESCRIPT;
	return DOCUMENT_YAML;
}

enum document_format
document_format_of(const char *path, struct str text)
{
	static const char *const scripts[] = {".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", NULL};
	if (!path || strcmp(path, "-") == 0)
		return format_of_text(text);
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
	if (dot && strcmp(dot, ".json") == 0)
		return DOCUMENT_JSON;
	for (unsigned i = 0; dot && scripts[i]; i++)
		if (strcmp(dot, scripts[i]) == 0)
			return DOCUMENT_TYPESCRIPT;
	return DOCUMENT_YAML;
}

void
document_read(struct str text, enum document_format format, const char *prefix, struct findings *findings,
	struct document_flow **ret_flows, unsigned *ret_count)
{
	struct json *doc;
	struct err err = {0};
	*ret_flows = NULL;
	*ret_count = 0;
	bool read = format == DOCUMENT_JSON ? json_read(findings->arena, text, &json_limits_request, &doc, &err)
					    : yaml_read(findings->arena, text, &json_limits_request, &doc, &err);
	if (read) {
		document_flows(doc, prefix, findings, ret_flows, ret_count);
		return;
	}
	const struct json at = {.line = err.line ? err.line : 1, .column = err.column ? err.column : 1};
	document_report(findings, &at, prefix, format == DOCUMENT_JSON ? "json" : "yaml", "%s", err.message);
}
