/* stepmill demo: a workspace to start with. Writes only what is missing. */
#include "cli/cli.h"

#include "base/buf.h"
#include "cli/demo_data.h"
#include "crypto/password.h"
#include "db/db.h"
#include "json/writer.h"

#define PASSWORD_LEAST 8
#define PASSWORD_MOST 1024

struct demo {
	const char *email;
	struct str password;
	const char *user;
	const char *workspace;
	const char *hash; /* NULL: the one in the database is of this password already */
	bool new_user;
};

/* Who and what is there already; keeps their ids, and the hash when it fits. */
static bool
look(struct cli *cli, struct db *db, struct demo *demo, struct err *err)
{
	struct db_batch *batch = db_batch_new(db, cli->arena);
	db_add(batch, DB_DEMO_READ);
	db_text(batch, demo->email);
	db_text(batch, DEMO_SLUG);
	db_retry_lost(batch);
	if (!db_run(batch, err))
		return false;
	struct str value;
	demo->workspace = db_value(batch, 0, 0, 2, &value) ? arena_strz(cli->arena, value) : DEMO_WORKSPACE;
	demo->new_user = !db_value(batch, 0, 0, 0, &value);
	demo->user = demo->new_user ? DEMO_USER : arena_strz(cli->arena, value);
	if (!demo->new_user && db_value(batch, 0, 0, 1, &value) &&
		password_verify(arena_strz(cli->arena, value), demo->password))
		return true;
	char *hash;
	if (!password_hash(cli->arena, demo->password, &hash, err))
		return false;
	demo->hash = hash;
	return true;
}

static void
add_person(struct db_batch *batch, const struct demo *demo)
{
	if (demo->hash) {
		db_add(batch, DB_DEMO_USER_SAVE);
		db_text(batch, demo->user);
		db_text(batch, demo->email);
		db_text(batch, DEMO_USER_NAME);
		db_text(batch, demo->hash);
		db_add(batch, DB_DEMO_SESSIONS_END);
		db_text(batch, demo->user);
	}
	db_add(batch, DB_DEMO_WORKSPACE_SAVE);
	db_text(batch, demo->workspace);
	db_text(batch, DEMO_SLUG);
	db_text(batch, DEMO_WORKSPACE_NAME);
	db_add(batch, DB_DEMO_MEMBER_SAVE);
	db_text(batch, demo->workspace);
	db_text(batch, demo->user);
}

static void
add_prompt(
	struct cli *cli, struct db_batch *batch, const struct demo *demo, const struct demo_prompt *prompt, int order)
{
	db_add(batch, DB_DEMO_PROMPT_SAVE);
	db_text(batch, demo->workspace);
	db_text(batch, prompt->id);
	db_text(batch, prompt->name);
	db_text(batch, prompt->description);
	db_text(batch, demo->user);
	db_int(batch, order);
	struct db_array *variables = db_array_texts(cli->arena);
	for (const char *const *name = prompt->variables; *name; name++)
		db_array_str(variables, str_of(*name));
	db_add(batch, DB_DEMO_PROMPT_VERSION_SAVE);
	db_text(batch, demo->workspace);
	db_text(batch, prompt->id);
	db_text(batch, prompt->body);
	db_add_array(batch, variables);
	db_text(batch, demo->user);
}

static void
add_workflow(struct db_batch *batch, const struct demo *demo, const struct demo_workflow *workflow, int order)
{
	db_add(batch, DB_DEMO_WORKFLOW_SAVE);
	db_text(batch, demo->workspace);
	db_text(batch, workflow->id);
	db_text(batch, workflow->name);
	db_text(batch, workflow->description);
	db_text(batch, demo->user);
	db_int(batch, order);
	db_add(batch, DB_DEMO_WORKFLOW_VERSION_SAVE);
	db_text(batch, demo->workspace);
	db_text(batch, workflow->id);
	db_text(batch, workflow->definition);
	db_int(batch, workflow->step_count);
	db_text(batch, demo->user);
}

static bool
load(struct cli *cli, const char *conninfo, struct demo *demo, struct err *err)
{
	if (!crypto_start(err))
		return false;
	struct db *db = db_new(conninfo, "stepmill demo");
	bool ok = look(cli, db, demo, err);
	if (ok) {
		/* One batch: all of the demo or none of it. */
		struct db_batch *batch = db_batch_new(db, cli->arena);
		add_person(batch, demo);
		/* Lists show the newest first: the order here is kept by milliseconds. */
		for (int i = 0; demo_prompts[i].id; i++)
			add_prompt(cli, batch, demo, &demo_prompts[i], -i);
		for (int i = 0; demo_workflows[i].id; i++)
			add_workflow(batch, demo, &demo_workflows[i], i);
		db_retry_lost(batch);
		ok = db_run(batch, err);
	}
	db_free(db);
	return ok;
}

static void
print(struct cli *cli, const struct demo *demo, bool json)
{
	if (!json) {
		printf("The demo workspace is ready: %s.\n", demo->new_user ? "a new person"
							     : demo->hash   ? "the person has a new password"
									    : "nothing had to change for the person");
		printf("Run it: %s run %s --watch\n", cli->program, DEMO_CHAIN);
		return;
	}
	struct json *out = json_new_object(cli->arena);
	json_add(out, STR("workspace_id"), json_new_str(cli->arena, str_of(demo->workspace)));
	json_add(out, STR("user_id"), json_new_str(cli->arena, str_of(demo->user)));
	json_add(out, STR("workflow_id"), json_new_str(cli->arena, STR(DEMO_CHAIN)));
	json_add(out, STR("instant_workflow_id"), json_new_str(cli->arena, STR(DEMO_INSTANT)));
	printf("%s\n", json_text(cli->arena, out).p);
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const char *db = NULL, *password = NULL, *file = NULL;
	struct demo demo = {0};
	bool json = false;
	const struct cli_option options[] = {
		CLI_DB(&db),
		CLI_TEXT("email", &demo.email, "EMAIL", "STEPMILL_EMAIL", "of the person who can sign in"),
		CLI_TEXT("password", &password, "TEXT", "STEPMILL_PASSWORD",
			"seen by other users of this machine; a file is not"),
		CLI_TEXT("password-file", &file, "FILE", NULL, "its first line is the password"),
		CLI_JSON(&json),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, 0, &args, &status))
		return status;
	if (!cli_need(cli, "db", db, "STEPMILL_DB") || !cli_need(cli, "email", demo.email, "STEPMILL_EMAIL"))
		return CLI_WRONG;
	struct err err = {0};
	demo.password = str_of(password);
	if (file && !cli_read_file(cli->arena, file, 4096, &demo.password, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (file)
		demo.password.n = strcspn(demo.password.p, "\r\n");
	if (!demo.password.p)
		return cli_complain(cli, CLI_WRONG, "--password and --password-file are missing. Give one of them.");
	if (demo.password.n < PASSWORD_LEAST || demo.password.n > PASSWORD_MOST)
		return cli_complain(cli, CLI_WRONG, "The password has %zu bytes. %d to %d are allowed.",
			demo.password.n, PASSWORD_LEAST, PASSWORD_MOST);
	if (!strchr(demo.email, '@'))
		return cli_complain(
			cli, CLI_WRONG, "\"%s\" is not an e-mail address, such as ada@example.org.", demo.email);

	if (!load(cli, db, &demo, &err))
		return cli_fail(cli, err.code == ERR_UNAVAILABLE ? CLI_WRONG : CLI_FAILED, &err);
	print(cli, &demo, json);
	return CLI_OK;
}

const struct cli_command cli_demo = {"demo", "--db CONNINFO --email EMAIL (--password TEXT | --password-file FILE)",
	"load the demo workspace",
	"Makes a person, the workspace \"Demo\", three prompts and two workflows where they are missing.\n"
	"Doing it twice changes nothing, except that the person gets the password given.\n"
	"Connects as the owner of the schema (stepmill_owner).\n",
	run_command, NULL};
