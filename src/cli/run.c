/* stepmill run: start a run, follow it, look at it, end it. */
#include "base/id.h"
#include "base/time.h"
#include "cli/client.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/view.h"
#include "cli/watch.h"
#include "json/writer.h"

#define PAGES_MAX 100

struct asked {
	struct client client;
	struct cli_list input;
	bool watch, json;
};

/* ---- finding the workflow ---- */

/* Adds those of one list that have exactly this name; moves on to the next page. */
static bool
search_pages(struct cli *cli, struct client *client, const char *query, const char *name, const char **ret_id,
	int *ret_found, struct err *err)
{
	const char *cursor = NULL;
	for (int page = 0; page < PAGES_MAX; page++) {
		struct json *list;
		const char *path = arena_printf(cli->arena, "/workflows?limit=100%s%s%s", query,
			cursor ? "&cursor=" : "", cursor ? client_escape(client, cli->arena, cursor) : "");
		if (!client_call(client, cli->arena, "GET", path, NULL, NULL, &list, err))
			return false;
		json_each (workflow, json_get(list, "data")) {
			struct str its_name, id;
			if (!json_get_str(workflow, "name", &its_name) || !str_is(its_name, name) ||
				!json_get_str(workflow, "id", &id))
				continue;
			*ret_id = arena_strz(cli->arena, id);
			(*ret_found)++;
		}
		struct str next;
		if (!json_get_str(list, "next_cursor", &next))
			return true;
		cursor = arena_strz(cli->arena, next);
	}
	return true;
}

static bool
find_workflow(struct cli *cli, struct client *client, const char *given, struct json **ret_workflow, struct err *err)
{
	const char *id = given;
	struct id parsed;
	int found = 1;
	if (!id_parse(str_of(given), &parsed)) {
		found = 0;
		/* Words find it at once among many; a name without words is looked for in the whole list. */
		const char *query = strlen(given) <= 200 ? arena_printf(cli->arena, "&q=%s",
								   client_escape(client, cli->arena, given))
							 : "";
		struct err ignored = {0};
		if (*query && !search_pages(cli, client, query, given, &id, &found, &ignored))
			found = 0;
		if (found == 0 && !search_pages(cli, client, "", given, &id, &found, err))
			return false;
	}
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND,
			"There is no workflow \"%s\" here. Names have to be exact; an id does as well.", given);
	if (found > 1)
		return err_set(
			err, ERR_CONFLICT, "%d workflows have the name \"%s\". Give the id of one.", found, given);
	return client_call(client, cli->arena, "GET", arena_printf(cli->arena, "/workflows/%s", id), NULL, NULL,
		ret_workflow, err);
}

/* ---- what can be done ---- */

static int
start(struct cli *cli, struct asked *asked, const char *given)
{
	struct err err = {0};
	struct json *workflow, *input, *made;
	struct str id;
	if (!find_workflow(cli, &asked->client, given, &workflow, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	const struct json *schema = json_get(json_get(workflow, "definition"), "input");
	if (!input_build(cli->arena, &asked->input, schema, &input, &err) || !json_get_str(workflow, "id", &id))
		return cli_fail(cli, CLI_WRONG, &err);
	struct json *body = json_new_object(cli->arena);
	json_add(body, STR("workflow_id"), json_new_str(cli->arena, id));
	json_add(body, STR("input"), input);
	char key[ID_TEXT_SIZE];
	id_text(id_new(), key);
	if (!client_call(&asked->client, cli->arena, "POST", "/runs", body, key, &made, &err) ||
		!json_get_str(made, "id", &id))
		return cli_fail(cli, CLI_WRONG, &err);
	if (asked->watch)
		return watch_run(cli, &asked->client, arena_strz(cli->arena, id), asked->json);
	if (asked->json)
		printf("%s\n", json_text(cli->arena, made).p);
	else
		printf("%.*s\n", STR_ARG(id));
	return CLI_OK;
}

static int
watch(struct cli *cli, struct asked *asked, const char *run)
{
	return watch_run(cli, &asked->client, run, asked->json);
}

static int
show(struct cli *cli, struct asked *asked, const char *run)
{
	struct err err = {0};
	struct json *doc;
	struct progress progress;
	if (!client_call(&asked->client, cli->arena, "GET", arena_printf(cli->arena, "/runs/%s", run), NULL, NULL, &doc,
		    &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (asked->json) {
		printf("%s\n", json_text(cli->arena, doc).p);
		return CLI_OK;
	}
	if (!progress_start(&progress, cli->arena, doc, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	struct view view = {.cli = cli};
	struct buf out;
	buf_init(&out, (size_t)1 << 20);
	view_picture(&view, &progress, wall_us(), 100, PROGRESS_STEPS_MAX + 10, &out);
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	if (progress.error)
		printf("\n%s\n", progress.error);
	progress_release(&progress);
	const struct json *output = json_get(doc, "output");
	bool truncated = false;
	json_get_bool(doc, "truncated", &truncated);
	if (!truncated && (!output || output->type == JSON_NULL))
		return CLI_OK;
	putchar('\n');
	fflush(stdout);
	return watch_output(cli, &asked->client, doc);
}

static int
cancel(struct cli *cli, struct asked *asked, const char *run)
{
	struct err err = {0};
	struct json *doc;
	if (!client_call(&asked->client, cli->arena, "POST", arena_printf(cli->arena, "/runs/%s/cancel", run), NULL,
		    NULL, &doc, &err))
		return cli_fail(cli, err.code == ERR_UNAVAILABLE ? CLI_WRONG : CLI_FAILED, &err);
	if (asked->watch)
		return watch_run(cli, &asked->client, run, asked->json);
	if (asked->json)
		printf("%s\n", json_text(cli->arena, doc).p);
	else
		printf("Asked to end. \"%s run watch %s\" shows when it has.\n", cli->program, run);
	return CLI_OK;
}

/* Asks for something that takes no words, and says what was asked. */
static int
ask_for(struct cli *cli, struct asked *asked, const char *run, const char *method, const char *path, const char *said)
{
	struct err err = {0};
	struct json *doc = NULL;
	if (!client_call(&asked->client, cli->arena, method, arena_printf(cli->arena, "/runs/%s%s", run, path), NULL,
		    NULL, &doc, &err))
		return cli_fail(cli, err.code == ERR_UNAVAILABLE ? CLI_WRONG : CLI_FAILED, &err);
	if (!asked->json)
		printf("%s\n", said);
	else if (doc && doc->type != JSON_NULL)
		printf("%s\n", json_text(cli->arena, doc).p);
	return CLI_OK;
}

static int
pause_it(struct cli *cli, struct asked *asked, const char *run)
{
	return ask_for(cli, asked, run, "POST", "/pause", "Asked to begin no further step. Steps in flight finish.");
}

static int
resume(struct cli *cli, struct asked *asked, const char *run)
{
	return ask_for(cli, asked, run, "POST", "/resume", "Asked to go on.");
}

static int
retry(struct cli *cli, struct asked *asked, const char *run)
{
	return ask_for(
		cli, asked, run, "POST", "/retry", "Asked to run again from the first step that has not completed.");
}

static int delete (struct cli *cli, struct asked *asked, const char *run)
{
	return ask_for(cli, asked, run, "DELETE", "", "Deleted.");
}

static const struct {
	const char *name;
	int (*act)(struct cli *cli, struct asked *asked, const char *run);
} verbs[] = {
	{"watch", watch},
	{"show", show},
	{"cancel", cancel},
	{"pause", pause_it},
	{"resume", resume},
	{"retry", retry},
	{"delete", delete},
};

int
cli_run(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct asked asked = {0};
	struct client_settings settings = {0};
	const struct cli_option options[] = {
		CLI_LIST("input", &asked.input, "NAME=VALUE", "an input; may be given several times"),
		CLI_FLAG("watch", &asked.watch, "follow the run to its end"),
		CLI_JSON(&asked.json),
		CLIENT_OPTIONS(&settings),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 2, &args, &status))
		return status;
	int (*act)(struct cli *, struct asked *, const char *) = NULL;
	for (size_t i = 0; args.count > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(args.items[0], verbs[i].name) == 0)
			act = verbs[i].act;
	if (args.count != (act ? 2 : 1))
		return cli_complain(cli, CLI_WRONG,
			"Usage: %s run WORKFLOW …, or %s run watch|show|cancel|pause|resume|retry|delete RUN. \"%s run "
			"--help\" tells all.",
			cli->program, cli->program, cli->program);
	struct id id;
	if (act && !id_parse(str_of(args.items[1]), &id))
		return cli_complain(cli, CLI_WRONG, "\"%s\" is not the id of a run.", args.items[1]);

	struct err err = {0};
	if (!client_open(&asked.client, cli->arena, &settings, &err))
		status = cli_fail(cli, CLI_WRONG, &err);
	else
		status = act ? act(cli, &asked, args.items[1]) : start(cli, &asked, args.items[0]);
	client_close(&asked.client);
	return status;
}
