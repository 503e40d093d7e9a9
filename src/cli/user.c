/* stepmill user: links and second factors. What somebody on the server may do for a person who cannot sign in. */
#include "cli/cli.h"

#include "crypto/token.h"
#include "db/db.h"

static bool
find(struct cli *cli, struct db *db, const char *email, struct id *ret_person, struct err *err)
{
	struct db_batch *batch = db_batch_new(db, cli->arena);
	db_add(batch, DB_USER_FIND);
	db_text(batch, email);
	if (!db_run(batch, err))
		return false;
	return db_value_id(batch, 0, 0, 0, ret_person) ||
	       err_set(err, ERR_NOT_FOUND, "Nobody here has the e-mail address \"%.200s\".", email);
}

/* For who has lost both the app and the recovery codes. */
static bool
end_second_factor(struct cli *cli, struct db *db, const char *email, struct err *err)
{
	struct id person;
	if (!find(cli, db, email, &person, err))
		return false;
	struct db_batch *batch = db_batch_new(db, cli->arena);
	db_add(batch, DB_USER_NO_SECOND_FACTOR);
	db_id(batch, person);
	return db_run(batch, err);
}

static bool
make_link(struct cli *cli, struct db *db, const char *email, const char *token, struct err *err)
{
	struct id person;
	unsigned char hash[TOKEN_HASH_SIZE];
	if (!find(cli, db, email, &person, err))
		return false;
	token_hash(str_of(token), hash);
	struct db_batch *batch = db_batch_new(db, cli->arena);
	db_add(batch, DB_USER_RESET_LINK);
	db_id(batch, person);
	db_bytes(batch, hash, sizeof hash);
	return db_run(batch, err);
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const char *conninfo = NULL;
	const struct cli_option options[] = {CLI_DB(&conninfo), CLI_OPTIONS_END};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, 2, &args, &status))
		return status;
	bool reset = args.count == 2 && strcmp(args.items[0], "reset") == 0;
	if (!reset && (args.count != 2 || strcmp(args.items[0], "no-second-factor") != 0))
		return cli_complain(
			cli, CLI_WRONG, "Usage: %s user reset|no-second-factor EMAIL --db CONNINFO.", cli->program);
	if (!cli_need(cli, "db", conninfo, "STEPMILL_DB"))
		return CLI_WRONG;
	struct err err = {0};
	char token[TOKEN_TEXT_SIZE];
	token_new(token);
	struct db *db = db_new(conninfo, "stepmill user");
	bool ok = reset ? make_link(cli, db, args.items[1], token, &err)
			: end_second_factor(cli, db, args.items[1], &err);
	db_free(db);
	if (!ok)
		return cli_fail(cli, err.code == ERR_UNAVAILABLE ? CLI_WRONG : CLI_FAILED, &err);
	if (!reset) {
		printf("%s signs in with the password alone from now on.\n", args.items[1]);
		return CLI_OK;
	}
	fprintf(stderr,
		"Good once, for an hour: open /reset-password#… of the page with it in place of the dots, or POST "
		"/api/password-reset {\"token\": \"…\", \"password\": \"…\"}.\n");
	printf("%s\n", token);
	return CLI_OK;
}

const struct cli_command cli_user = {"user", "reset|no-second-factor EMAIL --db CONNINFO",
	"let a person in again who cannot sign in",
	"reset prints what POST /api/password-reset takes as token: good once, for an hour. Links given out "
	"before "
	"end.\n"
	"no-second-factor turns the person's second factor off, when app and recovery codes are lost.\n"
	"Connects as the owner of the schema (stepmill_owner).\n",
	run_command, "reset|no-second-factor"};
