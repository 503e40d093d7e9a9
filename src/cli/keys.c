/* stepmill keys: the key pair of the executors, to which secrets are sealed, and the API's own. */
#include "cli/cli.h"

#include "crypto/password.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "db/migrate.h"

/* A key file that is there already is used as it is: doing it twice changes nothing. */
static bool
make_or_read(const char *path, enum seal_of whose, struct seal_public *ret_public, bool *ret_made, struct err *err)
{
	struct seal_key *key;
	*ret_made = seal_key_create(path, whose, err);
	if (!*ret_made && err->code != ERR_CONFLICT)
		return false;
	err_clear(err);
	if (!seal_key_read(path, whose, &key, err))
		return false;
	seal_key_public(key, ret_public);
	seal_key_free(key);
	return true;
}

static bool
publish(struct cli *cli, const char *conninfo, const struct seal_public *public, bool *ret_new, struct err *err)
{
	struct db *db = db_new(conninfo, "stepmill keys");
	bool ok = db_schema_check(db, err);
	if (ok) {
		struct db_batch *batch = db_batch_new(db, cli->arena);
		int index = db_add(batch, DB_SEAL_KEY_SAVE);
		db_id(batch, public->id);
		db_bytes(batch, public->key, sizeof public->key);
		ok = db_run(batch, err) && db_value_bool(batch, index, 0, 0, ret_new);
	}
	db_free(db);
	return ok;
}

static bool
init_executors(struct cli *cli, const char *conninfo, const char *path, struct err *err)
{
	struct seal_public public;
	bool made, known = false;
	char id[ID_TEXT_SIZE];
	if (!make_or_read(path, SEAL_OF_EXECUTORS, &public, &made, err) ||
		!publish(cli, conninfo, &public, &known, err))
		return false;
	id_text(public.id, id);
	printf("%s %s. %s\n", made ? "Made the key" : "The key is", id,
		known ? "Secrets are sealed to it from now on." : "The database knows it already.");
	if (made)
		printf("Keep %s: without it no secret can be opened.\n", path);
	return true;
}

/* The database is not told: only the API seals to it. */
static bool
init_api(const char *path, struct err *err)
{
	struct seal_public public;
	bool made;
	char id[ID_TEXT_SIZE];
	if (!make_or_read(path, SEAL_OF_API, &public, &made, err))
		return false;
	id_text(public.id, id);
	printf("%s %s of the API.\n", made ? "Made the key" : "The key is", id);
	if (made)
		printf("Keep %s, and name it in the API's setting api_key_file: without it second factors cannot be "
		       "checked.\n",
			path);
	return true;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const char *conninfo = NULL, *path = NULL, *api_path = NULL;
	const struct cli_option options[] = {
		CLI_DB(&conninfo),
		CLI_TEXT("file", &path, "FILE", "STEPMILL_KEY_FILE", "the executors' private key"),
		CLI_TEXT("api-file", &api_path, "FILE", "STEPMILL_API_KEY_FILE", "the API's own key"),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, 1, &args, &status))
		return status;
	if (args.count != 1 || strcmp(args.items[0], "init") != 0)
		return cli_complain(cli, CLI_WRONG, "stepmill keys init is all that keys does.");
	if (!cli_need(cli, "db", conninfo, "STEPMILL_DB") || !cli_need(cli, "file", path, "STEPMILL_KEY_FILE"))
		return CLI_WRONG;
	struct err err = {0};
	if (!crypto_start(&err) || !init_executors(cli, conninfo, path, &err) ||
		(api_path && !init_api(api_path, &err)))
		return cli_fail(cli, err.code == ERR_UNAVAILABLE ? CLI_WRONG : CLI_FAILED, &err);
	return CLI_OK;
}

const struct cli_command cli_keys = {"keys", "init --db CONNINFO --file FILE [--api-file FILE]",
	"make the key that secrets are sealed to",
	"Makes the executors' private key in FILE, readable by its owner alone, and gives its public half to "
	"the\n"
	"database. A FILE that is there already is used as it is. Another FILE is a new key: secrets are "
	"sealed to\n"
	"it from then on, and the old file is still needed for older ones.\n"
	"--api-file makes the API's own key likewise (its setting api_key_file), for second factors.\n"
	"Connects as the owner of the schema (stepmill_owner).\n",
	run_command, "init"};
