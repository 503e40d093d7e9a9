/* Workflows in files; see workflow_file.h. */
#include "cli/workflow_file.h"

#include "base/id.h"
#include "json/yaml.h"

#define FILE_BYTES_MAX ((size_t)1 << 20)

static bool
ends_with(const char *path, const char *ending)
{
	size_t n = strlen(path), m = strlen(ending);
	return n > m && strcmp(path + n - m, ending) == 0;
}

static bool
read_document(struct cli *cli, const char *path, struct json **ret_doc, struct err *err)
{
	struct str text;
	struct err why = {0};
	if (!cli_read_file(cli->arena, path, FILE_BYTES_MAX, &text, err))
		return false;
	/* JSON is YAML as well, but its own reader tells better what is wrong with it. */
	bool ok = ends_with(path, ".json") ? json_read(cli->arena, text, &json_limits_request, ret_doc, &why)
					   : yaml_read(cli->arena, text, &json_limits_request, ret_doc, &why);
	if (!ok)
		return err_set(err, ERR_MALFORMED, "%.150s:%u:%u: %.150s", path, why.line, why.column, why.message);
	if ((*ret_doc)->type != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "%.150s:1:1: A workflow is an object with a name and steps.", path);
	return true;
}

/* "content-pipeline" of "flows/content-pipeline.yaml". */
static const char *
stem(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *begin = slash ? slash + 1 : path, *dot = strrchr(begin, '.');
	return arena_strz(arena, (struct str){begin, dot && dot > begin ? (size_t)(dot - begin) : strlen(begin)});
}

static bool
is_about(struct str key)
{
	return str_is(key, "id") || str_is(key, "name") || str_is(key, "description");
}

static bool
take(struct cli *cli, const char *path, const struct json *doc, bool alone, struct workflow_file *ret_file,
	struct err *err)
{
	struct workflow_file file = {.path = path};
	struct str text;
	struct id id;
	const char *otherwise = alone ? stem(cli->arena, path) : NULL;
	if (doc->type != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "%.150s:%u:%u: A workflow is an object with a name and steps.", path,
			doc->line, doc->column);
	/* An id that is no UUID names the workflow, as in documents that were written for other programs. */
	if (json_get_str(doc, "id", &text)) {
		if (id_parse(text, &id))
			file.id = arena_strz(cli->arena, text);
		else
			otherwise = arena_strz(cli->arena, text);
	}
	file.name = json_get_str(doc, "name", &text) ? arena_strz(cli->arena, text) : otherwise;
	if (!file.name)
		return err_set(
			err, ERR_INVALID, "%.150s:%u:%u: The workflow has no name.", path, doc->line, doc->column);
	if (json_get_str(doc, "description", &text))
		file.description = text;
	const struct json *definition = json_get(doc, "definition");
	if (definition) {
		file.definition = json_share(cli->arena, definition);
	} else {
		file.definition = json_new_object(cli->arena);
		json_each (member, doc)
			if (!is_about(member->key))
				json_add(file.definition, member->key, json_share(cli->arena, member));
	}
	*ret_file = file;
	return true;
}

bool
workflow_file_read(
	struct cli *cli, const char *path, struct workflow_file **ret_files, unsigned *ret_count, struct err *err)
{
	struct json *doc;
	if (!read_document(cli, path, &doc, err))
		return false;
	const struct json *list = json_get(doc, "workflows");
	bool several = list && list->type == JSON_ARRAY;
	struct workflow_file *files = arena_array(cli->arena, several ? list->count + 1 : 1, sizeof *files);
	unsigned count = 0;
	if (!several && !take(cli, path, doc, true, &files[count++], err))
		return false;
	json_each (one, several ? list : NULL)
		if (!take(cli, path, one, false, &files[count++], err))
			return false;
	if (count == 0)
		return err_set(err, ERR_INVALID, "%.150s has no workflow in it.", path);
	*ret_files = files;
	*ret_count = count;
	return true;
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
workflow_file_issues(const struct cli *cli, const struct workflow_file *file, const struct err *err)
{
	const struct str below = STR("/definition");
	fflush(stdout);
	for (unsigned i = 0; i < err->issue_count && i < ERR_ISSUES_MAX; i++) {
		struct str pointer = str_of(err->issues[i].path);
		const struct json *node = NULL;
		if (str_starts(pointer, below))
			node = nearest(file->definition, (struct str){pointer.p + below.n, pointer.n - below.n});
		if (node)
			fprintf(stderr, "%s:%u:%u: %s\n", file->path, node->line, node->column, err->issues[i].message);
		else
			fprintf(stderr, "%s: %s: %s\n", file->path, err->issues[i].path, err->issues[i].message);
	}
	if (err->issues_dropped)
		fprintf(stderr, "%s: and %u more\n", file->path, err->issues_dropped);
	if (err->issue_count == 0)
		fprintf(stderr, "%s: %s\n", file->path, err->message);
	(void)cli;
}
