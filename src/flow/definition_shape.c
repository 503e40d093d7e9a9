/* The contract's own words about a definition: which fields there are, of which type. */
#include "flow/definition.h"
#include "flow/definition_schema.h"
#include "json/schema.h"

/* Compiled when it is first asked for, and kept with its arena: it never changes while the program runs. */
static const struct schema *
shape(struct err *err)
{
	static struct {
		struct arena *arena;
		struct schema *schema;
	} kept;
	static const struct json_limits limits = {1 << 20, 64, 100000};
	if (kept.schema)
		return kept.schema;
	struct json *doc;
	struct str text = {definition_schema_json, definition_schema_json_length};
	kept.arena = arena_new();
	if (json_read(kept.arena, text, &limits, &doc, err) &&
		schema_compile(kept.arena, doc, "/components/schemas/WorkflowDefinition", &kept.schema, err))
		return kept.schema;
	arena_free(kept.arena);
	kept.arena = NULL;
	return NULL;
}

struct telling {
	struct findings *findings;
	const char *prefix;
};

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* "/steps/1" of "/steps/1/key" */
static const char *
parent_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? arena_strz(arena, (struct str){path, (size_t)(slash - path)}) : "";
}

static bool
said(const struct findings *findings, const char *path, bool missing)
{
	const char *parent = parent_of(findings->arena, path);
	for (unsigned i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		if (finding->warning)
			continue;
		if (strcmp(finding->path, path) == 0)
			return true;
		if (missing && strcmp(finding->code, "required") == 0 && strcmp(finding->path, parent) == 0)
			return true;
	}
	return false;
}

/* What was found before in other words is not said again. */
static void
tell(void *to, const struct schema_issue *issue)
{
	struct telling *t = to;
	struct arena *arena = t->findings->arena;
	const char *code = arena_strdup(arena, issue->code),
		   *path = arena_printf(arena, "%s%s", t->prefix, issue->path);
	static const char nearest[] = "The nearest is \"";
	if (said(t->findings, path, strcmp(code, "required") == 0))
		return;
	if (strcmp(code, "unknown_field") != 0) {
		finding_add(t->findings, path, code, "%s", issue->message);
		return;
	}
	const char *near = strstr(issue->message, nearest);
	const char *hint = "";
	if (near) {
		near += sizeof nearest - 1;
		hint = arena_printf(arena, " Did you mean `%.*s`?", (int)strcspn(near, "\""), near);
	}
	finding_add(t->findings, path, code, "There is no field `%.60s` here.%s", last_part(path), hint);
}

bool
definition_shape(const struct json *doc, const char *prefix, struct findings *findings, struct err *err)
{
	const struct schema *schema = shape(err);
	struct telling t = {.findings = findings, .prefix = prefix};
	struct err bound = {0};
	if (!schema)
		return false;
	if (!schema_check_each(schema, doc, tell, &t, &bound) && bound.code == ERR_LIMIT)
		finding_add(findings, prefix, "limit_reached", "%s", bound.message);
	return true;
}
