/* Workflows in files; see workflow_file.h. */
#include "cli/workflow_file.h"

#include "base/id.h"
#include "check/check.h"
#include "cli/play.h"
#include "json/yaml.h"

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define SOURCE_BYTES_MAX ((size_t)500000) /* that a server keeps */

static bool
complain_at(const char *path, unsigned line, unsigned column, const char *message)
{
	fflush(stdout);
	fprintf(stderr, "%s:%u:%u: %s\n", path, line ? line : 1, column ? column : 1, message);
	return false;
}

/* "content-pipeline" of "flows/content-pipeline.yaml". */
static const char *
stem(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *begin = slash ? slash + 1 : path, *dot = strrchr(begin, '.');
	return arena_strz(arena, (struct str){begin, dot && dot > begin ? (size_t)(dot - begin) : strlen(begin)});
}

/* As "workflow pull" writes it. */
static bool
take_pulled(struct cli *cli, const struct json *doc, struct workflow_file *file)
{
	struct str text;
	struct id id;
	file->definition = json_share(cli->arena, json_get(doc, "definition"));
	file->prefix = "/definition";
	file->pulled = true;
	if (json_get_str(doc, "id", &text) && id_parse(text, &id))
		file->id = arena_strz(cli->arena, text);
	file->name = json_get_str(doc, "name", &text) ? arena_strz(cli->arena, text) : stem(cli->arena, file->path);
	if (json_get_str(doc, "description", &text))
		file->description = text;
	return true;
}

static bool
take_flow(struct cli *cli, const struct document_flow *flow, bool alone, struct workflow_file *file)
{
	struct id id;
	struct arena *arena = cli->arena;
	file->definition = flow->definition;
	file->prefix = flow->prefix;
	file->source = alone && file->text.n <= SOURCE_BYTES_MAX;
	if (flow->description.n > 0)
		file->description = flow->description;
	if (id_parse(flow->own_id, &id))
		file->id = arena_strz(arena, flow->own_id);
	/* An id that is no UUID names the workflow, as in documents that were written for other programs. */
	file->name = flow->name.n > 0		       ? arena_strz(arena, flow->name)
		     : flow->own_id.n > 0 && !file->id ? arena_strz(arena, flow->own_id)
		     : alone			       ? stem(arena, file->path)
						       : NULL;
	return file->name || complain_at(file->path, flow->definition ? flow->definition->line : 1,
				     flow->definition ? flow->definition->column : 1, "The workflow has no name.");
}

static bool
take_document(struct cli *cli, const struct workflow_file *whole, struct workflow_file **ret_files, unsigned *ret_count)
{
	struct findings findings = {.arena = cli->arena};
	struct document_flow *flows = NULL;
	unsigned count = 0;
	struct err err = {0};
	if (!check_document(whole->text, whole->format, play_js(cli->arena), "", &findings, &flows, &count, &err)) {
		cli_fail(cli, CLI_WRONG, &err);
		return false;
	}
	if (findings.errors > 0) {
		workflow_file_findings(whole, &findings);
		return false;
	}
	if (count == 0)
		return complain_at(whole->path, 1, 1, "There is no workflow in it.");
	struct workflow_file *files = arena_array(cli->arena, count, sizeof *files);
	for (unsigned i = 0; i < count; i++) {
		files[i] = *whole;
		if (!take_flow(cli, &flows[i], count == 1, &files[i]))
			return false;
	}
	*ret_files = files;
	*ret_count = count;
	return true;
}

bool
workflow_file_read(struct cli *cli, const char *path, struct workflow_file **ret_files, unsigned *ret_count)
{
	struct workflow_file whole = {.path = path};
	struct err err = {0};
	struct json *doc;
	if (!cli_read_file(cli->arena, path, FILE_BYTES_MAX, &whole.text, &err)) {
		cli_fail(cli, CLI_WRONG, &err);
		return false;
	}
	whole.format = document_format_of(path, whole.text);
	if (whole.format == DOCUMENT_TYPESCRIPT)
		return take_document(cli, &whole, ret_files, ret_count);
	bool ok = whole.format == DOCUMENT_JSON ? json_read(cli->arena, whole.text, &json_limits_request, &doc, &err)
						: yaml_read(cli->arena, whole.text, &json_limits_request, &doc, &err);
	if (!ok)
		return complain_at(path, err.line, err.column, err.message);
	const struct json *definition = json_get(doc, "definition");
	if (!definition || definition->type != JSON_OBJECT)
		return take_document(cli, &whole, ret_files, ret_count);
	*ret_files = arena_array(cli->arena, 1, sizeof **ret_files);
	**ret_files = whole;
	*ret_count = 1;
	return take_pulled(cli, doc, *ret_files);
}

/* ---- what is wrong with it ---- */

void
workflow_file_take(struct findings *findings, const struct json *list, bool warnings, const char *prefix)
{
	struct arena *arena = findings->arena;
	json_each (one, list) {
		struct str path = STR(""), code = STR(""), message = STR(""), hint = STR("");
		int64_t line = 0, column = 0;
		unsigned before = findings->count;
		json_get_str(one, "path", &path);
		json_get_str(one, "code", &code);
		json_get_str(one, "message", &message);
		json_get_str(one, "hint", &hint);
		json_get_int(one, "line", &line);
		json_get_int(one, "column", &column);
		const char *where = arena_printf(arena, "%s%.*s", prefix, STR_ARG(path));
		if (warnings)
			finding_warn(findings, where, arena_strz(arena, code), "%.*s", STR_ARG(message));
		else
			finding_add(findings, where, arena_strz(arena, code), "%.*s", STR_ARG(message));
		if (findings->count == before)
			continue;
		struct finding *last = &findings->list[before];
		/* Said apart already. */
		last->message = arena_strz(arena, message);
		last->hint = arena_strz(arena, hint);
		last->line = (unsigned)line;
		last->column = (unsigned)column;
	}
}

void
workflow_file_findings(const struct workflow_file *file, struct findings *findings)
{
	if (file->definition)
		findings_place(findings, file->definition, file->prefix ? file->prefix : "", file->text);
	findings_sort(findings);
	for (unsigned i = 0; i < findings->count; i++) {
		const struct finding *f = &findings->list[i];
		if (!f->warning)
			(void)complain_at(file->path, f->line, f->column,
				arena_printf(findings->arena, "%s%s%s", f->message, *f->hint ? " " : "", f->hint));
	}
}

/* The node of a pointer, or the last one on the way to it that is there. */
static const struct json *
nearest(const struct json *doc, struct str pointer)
{
	for (;;) {
		const struct json *node = json_pointer(doc, pointer);
		if (node && node->line > 0)
			return node;
		while (pointer.n > 0 && pointer.p[pointer.n - 1] != '/')
			pointer.n--;
		if (pointer.n == 0)
			return NULL;
		pointer.n--;
	}
}

void
workflow_file_issues(const struct workflow_file *file, const struct err *err)
{
	const struct str below = STR("/definition");
	for (unsigned i = 0; i < err->issue_count && i < ERR_ISSUES_MAX; i++) {
		struct str pointer = str_of(err->issues[i].path);
		const struct json *node = NULL;
		if (str_starts(pointer, below))
			node = nearest(file->definition, (struct str){pointer.p + below.n, pointer.n - below.n});
		if (node)
			(void)complain_at(file->path, node->line, node->column, err->issues[i].message);
		else
			fprintf(stderr, "%s: %s: %s\n", file->path, err->issues[i].path, err->issues[i].message);
	}
	if (err->issues_dropped)
		fprintf(stderr, "%s: and %u more\n", file->path, err->issues_dropped);
	if (err->issue_count == 0)
		fprintf(stderr, "%s: %s\n", file->path, err->message);
}
