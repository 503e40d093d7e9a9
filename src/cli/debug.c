/* stepmill debug json|yaml FILE: our readers, laid open. */
#include "cli/cli.h"

#include "json/writer.h"
#include "json/yaml.h"

typedef bool reader(
	struct arena *arena, struct str text, const struct json_limits *limits, struct json **ret_doc, struct err *err);

static const struct {
	const char *name;
	reader *read;
} readers[] = {{"json", json_read}, {"yaml", yaml_read}};

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	bool indent = false, stored = false;
	const struct cli_option options[] = {
		CLI_FLAG("indent", &indent, "several lines instead of one"),
		CLI_FLAG("stored", &stored, "with the wide limits of what was checked before, not those of a request"),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, 2, &args, &status))
		return status;
	reader *read = NULL;
	for (size_t i = 0; args.count == 2 && i < sizeof readers / sizeof readers[0]; i++)
		if (strcmp(args.items[0], readers[i].name) == 0)
			read = readers[i].read;
	if (!read)
		return cli_complain(cli, CLI_WRONG, "Usage: %s debug %s", cli->program, command->usage);

	const struct json_limits *limits = stored ? &json_limits_stored : &json_limits_request;
	const char *path = args.items[1];
	struct err err = {0};
	struct str text;
	/* One byte more than the reader takes, so that it is the reader who says that it is too much. */
	if (!cli_read_file(cli->arena, path, limits->bytes + 1, &text, &err)) {
		if (err.code != ERR_TOO_LARGE)
			return cli_fail(cli, CLI_WRONG, &err);
		fprintf(stderr, "%s:1:1: It is larger than %zu bytes.\n", path, limits->bytes);
		return CLI_FAILED;
	}
	struct json *doc;
	if (!read(cli->arena, text, limits, &doc, &err)) {
		fprintf(stderr, "%s:%u:%u: %s\n", path, err.line ? err.line : 1, err.column ? err.column : 1,
			err.message);
		return CLI_FAILED;
	}
	struct buf out;
	buf_init(&out, SIZE_MAX / 2);
	struct json_writer w;
	json_writer_init(&w, &out, indent ? 2 : 0);
	json_value(&w, doc);
	buf_add_char(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	return CLI_OK;
}

const struct cli_command cli_debug = {"debug", "json|yaml FILE [--indent]", "print what our reader makes of a file",
	"Reads FILE (- is standard input) and prints it as JSON, or FILE:LINE:COLUMN and what is wrong there.\n"
	"Exit status: 0 well formed, 1 not, 2 the file cannot be read.\n",
	run_command, "json|yaml file"};
