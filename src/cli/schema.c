/* stepmill schema check: JSON or YAML documents against a JSON Schema, with every violation and its place. */
#include "cli/cli.h"

#include "cli/format.h"
#include "json/schema.h"
#include "json/writer.h"
#include "json/yaml.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DOCUMENT_MOST ((size_t)64 << 20)
#define DOCUMENTS_MOST 4096 /* of --map */
#define SHOWN_MOST 100	    /* violations of one document, for people … */
#define JSON_MOST 10000	    /* … and for programs */

/* Nothing of these goes into a database, so U+0000 may be in a text. */
static const struct json_limits limits = {.bytes = DOCUMENT_MOST, .depth = 128, .nodes = 4000000};

struct job {
	struct cli *cli;
	bool json;
	struct json_writer writer;
	struct buf out;
	struct schema_options options;
	struct schema_document *documents;
	struct schema *schema;
};

static bool
has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path), m = strlen(suffix);
	return n > m && strcmp(path + n - m, suffix) == 0;
}

static bool
read_document(struct arena *arena, const char *path, struct json **ret_doc, struct err *err)
{
	struct str text;
	bool yaml = has_suffix(path, ".yaml") || has_suffix(path, ".yml");
	if (!cli_read_file(arena, path, DOCUMENT_MOST, &text, err))
		return false;
	return (yaml ? yaml_read : json_read_with_nul)(arena, text, &limits, ret_doc, err);
}

/* ---- what is printed ---- */

/* "FILE:3:12: message", of what cannot be used. */
static void
tell_unusable(struct job *job, const char *kind, const char *path, const struct err *err)
{
	if (!job->json) {
		fflush(stdout);
		if (err->line)
			fprintf(stderr, "%s:%u:%u: %s\n", path, err->line, err->column, err->message);
		else if (strstr(err->message, path))
			fprintf(stderr, "%s: %s\n", job->cli->program, err->message);
		else
			fprintf(stderr, "%s: %s\n", path, err->message);
		return;
	}
	json_object(&job->writer);
	json_key(&job->writer, kind);
	json_strz(&job->writer, path);
	json_key(&job->writer, "valid");
	json_null(&job->writer);
	json_key(&job->writer, "error");
	json_object(&job->writer);
	json_key(&job->writer, "message");
	json_strz(&job->writer, err->message);
	if (err->line) {
		json_key(&job->writer, "line");
		json_int(&job->writer, err->line);
		json_key(&job->writer, "column");
		json_int(&job->writer, err->column);
	}
	json_end(&job->writer);
	json_end(&job->writer);
}

struct telling {
	struct job *job;
	struct buf text; /* lines for people, until their number is known */
	unsigned count;
};

static void
tell_json(struct telling *t, const struct schema_issue *issue)
{
	struct json_writer *w = &t->job->writer;
	json_object(w);
	json_key(w, "path");
	json_strz(w, issue->path);
	json_key(w, "schema_path");
	json_strz(w, issue->schema_path);
	json_key(w, "evaluation_path");
	json_strz(w, issue->evaluation_path);
	json_key(w, "code");
	json_strz(w, issue->code);
	json_key(w, "message");
	json_strz(w, issue->message);
	json_key(w, "line");
	json_int(w, issue->value->line);
	json_key(w, "column");
	json_int(w, issue->value->column);
	json_end(w);
}

static void
tell(void *to, const struct schema_issue *issue)
{
	struct telling *t = to;
	t->count++;
	if (t->job->json && t->count <= JSON_MOST)
		tell_json(t, issue);
	if (t->job->json || t->count > SHOWN_MOST)
		return;
	buf_add_z(&t->text, "  ");
	format_safe(&t->text, issue->path[0] ? str_of(issue->path) : STR("the whole document"), false);
	if (issue->value->line)
		buf_printf(&t->text, " (line %u, column %u)", issue->value->line, issue->value->column);
	buf_add_z(&t->text, ": ");
	format_safe(&t->text, str_of(issue->message), false);
	buf_add_z(&t->text, "\n    schema: ");
	format_safe(&t->text, str_of(issue->schema_path), false);
	buf_add_z(&t->text, "\n");
}

/* ---- one document ---- */

static void
finish_json(struct job *job, bool valid, const struct telling *t)
{
	json_end(&job->writer); /* of "errors" */
	json_key(&job->writer, "valid");
	json_bool(&job->writer, valid);
	json_key(&job->writer, "count");
	json_int(&job->writer, t->count);
	json_end(&job->writer);
}

static enum cli_status
check_document(struct job *job, const char *path)
{
	struct arena *arena = arena_new();
	struct json *doc;
	struct err err = {0};
	struct telling t = {.job = job};
	enum cli_status status = CLI_WRONG;
	buf_init(&t.text, SIZE_MAX / 2);
	if (!read_document(arena, path, &doc, &err)) {
		tell_unusable(job, "document", path, &err);
		goto out;
	}
	if (job->json) {
		json_object(&job->writer);
		json_key(&job->writer, "document");
		json_strz(&job->writer, path);
		json_key(&job->writer, "errors");
		json_array(&job->writer);
	}
	bool valid = schema_check_each(job->schema, doc, tell, &t, &err);
	status = valid ? CLI_OK : err.code == ERR_LIMIT ? CLI_WRONG : CLI_FAILED;
	if (job->json) {
		/* Given up: what was found so far is told, and why it is not all. */
		if (status == CLI_WRONG)
			tell_json(&t, &(struct schema_issue){.path = "",
					      .schema_path = "#",
					      .evaluation_path = "",
					      .code = "limit_reached",
					      .message = err.message,
					      .value = doc});
		finish_json(job, valid, &t);
		goto out;
	}
	if (valid)
		printf("%s: valid\n", path);
	else if (t.count > 0)
		printf("%s: %u error%s\n%s", path, t.count, t.count == 1 ? "" : "s", buf_str(&t.text).p);
	if (t.count > SHOWN_MOST)
		printf("  and %u more\n", t.count - SHOWN_MOST);
	if (status == CLI_WRONG)
		tell_unusable(job, "document", path, &err);
out:
	buf_release(&t.text);
	arena_free(arena);
	return status;
}

/* ---- references ---- */

static bool
add_document(struct job *job, const char *uri, const char *path, struct err *err)
{
	struct json *doc;
	if (job->options.document_count == DOCUMENTS_MOST)
		return err_set(err, ERR_LIMIT, "--map names more than %d documents.", DOCUMENTS_MOST);
	if (!read_document(job->cli->arena, path, &doc, err))
		return false;
	job->documents[job->options.document_count++] = (struct schema_document){str_of(uri), doc};
	return true;
}

/* nftw tells its callback nothing of ours. */
static struct {
	struct arena *arena;
	const char **paths;
	size_t count;
} found;

static int
find_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)ftw;
	bool readable = has_suffix(path, ".json") || has_suffix(path, ".yaml") || has_suffix(path, ".yml");
	if (type == FTW_F && readable && found.count < DOCUMENTS_MOST)
		found.paths[found.count++] = arena_strdup(found.arena, path);
	return 0;
}

/* URI=FILE; or URI=DIRECTORY, for all JSON and YAML below it under the URI. */
static bool
add_map(struct job *job, const char *map, const char **ret_path, struct err *err)
{
	struct arena *arena = job->cli->arena;
	const char *equals = strrchr(map, '=');
	*ret_path = map;
	if (!equals || equals == map || !equals[1])
		return err_set(err, ERR_INVALID, "--map is written URI=FILE.");
	char *uri = arena_strz(arena, (struct str){map, (size_t)(equals - map)});
	const char *path = *ret_path = equals + 1;
	struct stat st;
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return add_document(job, uri, path, err);
	found.arena = arena;
	found.count = 0;
	found.paths = arena_array(arena, DOCUMENTS_MOST, sizeof *found.paths);
	nftw(path, find_file, 16, FTW_PHYS);
	for (size_t n = strlen(uri); n > 0 && uri[n - 1] == '/'; n--)
		uri[n - 1] = '\0';
	for (size_t i = 0; i < found.count; i++) {
		const char *rest = found.paths[i] + strlen(path);
		*ret_path = found.paths[i];
		if (!add_document(job, arena_printf(arena, "%s%s%s", uri, *rest == '/' ? "" : "/", rest),
			    found.paths[i], err))
			return false;
	}
	return true;
}

/* ---- the command ---- */

static bool
read_draft(struct cli *cli, const char *draft, struct schema_options *options)
{
	if (!draft || strcmp(draft, "2020-12") == 0) {
		options->draft = SCHEMA_2020_12;
	} else if (strcmp(draft, "7") == 0) {
		options->draft = SCHEMA_DRAFT_7;
	} else {
		cli_complain(cli, CLI_WRONG, "There is no draft \"%s\" here. There are 2020-12 and 7.", draft);
		return false;
	}
	return true;
}

static bool
read_schema(struct job *job, const char *path, const struct cli_list *maps)
{
	struct err err = {0};
	struct json *doc;
	const char *place = path;
	for (int i = 0; i < maps->count; i++)
		if (!add_map(job, maps->items[i], &place, &err)) {
			tell_unusable(job, "schema", place, &err);
			return false;
		}
	job->options.documents = job->documents;
	if (read_document(job->cli->arena, path, &doc, &err) &&
		schema_compile_with(job->cli->arena, doc, "", &job->options, &job->schema, &err))
		return true;
	tell_unusable(job, "schema", path, &err);
	return false;
}

static enum cli_status
check_all(struct job *job, const char *schema, const struct cli_list *maps, const struct cli_args *args)
{
	enum cli_status status = CLI_OK;
	if (!read_schema(job, schema, maps))
		return CLI_WRONG;
	if (job->json) {
		json_object(&job->writer);
		json_key(&job->writer, "schema");
		json_strz(&job->writer, schema);
		json_key(&job->writer, "documents");
		json_array(&job->writer);
	}
	for (int i = 1; i < args->count; i++) {
		enum cli_status one = check_document(job, args->items[i]);
		status = one > status ? one : status;
	}
	if (job->json) {
		json_end(&job->writer);
		json_key(&job->writer, "valid");
		json_bool(&job->writer, status == CLI_OK);
		json_end(&job->writer);
	}
	return status;
}

static int
count_inputs(const char *schema, const struct cli_args *args)
{
	int count = strcmp(schema, "-") == 0;
	for (int i = 1; i < args->count; i++)
		count += strcmp(args->items[i], "-") == 0;
	return count;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct job job = {.cli = cli, .options = {.everything = true}};
	const char *schema = NULL, *draft = NULL;
	struct cli_list maps;
	const struct cli_option options[] = {
		CLI_TEXT("schema", &schema, "FILE", NULL, "the schema; - is standard input"),
		CLI_LIST("map", &maps, "URI=FILE", "what a reference to URI means; a directory maps all below it"),
		CLI_TEXT("draft", &draft, "7|2020-12", NULL, "of a schema without \"$schema\": 2020-12 unless given"),
		CLI_FLAG("formats", &job.options.formats, "hold texts to \"format\", which otherwise only describes"),
		CLI_FLAG("strict", &job.options.strict, "keywords and formats that are not known are errors"),
		CLI_JSON(&job.json),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, argc, &args, &status))
		return status;
	if (args.count < 2 || strcmp(args.items[0], "check") != 0)
		return cli_complain(cli, CLI_WRONG, "Usage: %s schema %s", cli->program, command->usage);
	if (!cli_need(cli, "schema", schema, NULL) || !read_draft(cli, draft, &job.options))
		return CLI_WRONG;
	if (count_inputs(schema, &args) > 1)
		return cli_complain(cli, CLI_WRONG, "Standard input can be read only once, and - is given twice.");
	job.documents = arena_array(cli->arena, DOCUMENTS_MOST, sizeof *job.documents);
	buf_init(&job.out, SIZE_MAX / 2);
	json_writer_init(&job.writer, &job.out, 2);
	status = check_all(&job, schema, &maps, &args);
	if (job.json) {
		buf_add_char(&job.out, '\n');
		fwrite(job.out.p, 1, job.out.n, stdout);
	}
	buf_release(&job.out);
	return status;
}

const struct cli_command cli_schema = {"schema", "check --schema FILE [--map URI=FILE]… [--formats] [--json] DOCUMENT…",
	"check documents against a JSON Schema",
	"Checks each DOCUMENT (JSON, or YAML by its suffix; - is standard input) against the schema, of draft\n"
	"2020-12 or 7, and prints every violation: where in the document, what, and which keyword of the "
	"schema.\n"
	"References to other documents are looked up in --map; nothing is fetched.\n"
	"Exit status: 0 all are valid, 1 one is not, 2 one cannot be read, or the schema cannot be used.\n",
	run_command, "file"};
