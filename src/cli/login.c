/* stepmill login: keeps an API token, after the server has taken it. */
#include "cli/client.h"
#include "cli/stored_login.h"

static int
log_out(struct cli *cli)
{
	struct err err = {0};
	if (!stored_login_remove(cli->arena, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	printf("The token is not kept here any more. Revoke it in Stepmill if nobody else uses it.\n");
	return CLI_OK;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const char *url = NULL, *token = NULL, *path;
	bool out = false;
	const struct cli_option options[] = {
		CLI_TEXT(
			"server", &url, "URL", "STEPMILL_URL", "where Stepmill is; http://127.0.0.1:8080 unless given"),
		CLI_TEXT("token", &token, "TOKEN", "STEPMILL_TOKEN",
			"an API token; left out: the first line of standard input"),
		CLI_FLAG("remove", &out, "forget the token"),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, 0, &args, &status))
		return status;
	if (out)
		return log_out(cli);
	struct err err = {0};
	struct str text;
	if (!token && !cli_read_file(cli->arena, "-", 4096, &text, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (!token)
		token = arena_strz(cli->arena, (struct str){text.p, strcspn(text.p, "\r\n")});
	if (!*token)
		return cli_complain(cli, CLI_WRONG, "No token was given. Give --token, or write it to standard input.");
	struct client client = {0};
	struct client_settings settings = {.url = url, .token = token};
	struct json *session;
	struct str name = STR("");
	bool ok = client_connect(&client, cli->arena, &settings, &err) &&
		  client_call(&client, cli->arena, "GET", "//session", NULL, NULL, &session, &err);
	if (ok)
		json_get_str(json_get(session, "user"), "email", &name);
	struct stored_login login = {client.base, token};
	ok = ok && stored_login_write(cli->arena, &login, &path, &err);
	client_close(&client);
	if (!ok)
		return cli_fail(cli, CLI_WRONG, &err);
	printf("Logged in at %s as %.*s. The token is kept in %s.\n", login.url, STR_ARG(name), path);
	return CLI_OK;
}

const struct cli_command cli_login = {"login", "[--server URL] [--token TOKEN]",
	"keep an API token for the other commands",
	"Looks whether the server takes the token, and keeps both in ~/.config/stepmill/login, which only you "
	"can read.\n"
	"Make a token in Stepmill under Settings, or by POST /api/account/tokens. --remove forgets it.\n",
	run_command, NULL};
