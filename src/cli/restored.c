/* stepmill restored: after the database was restored from a copy. */
#include "cli/cli.h"

#include "db/db.h"
#include "db/migrate.h"

#define COUNTS 5 /* that engine_restored tells */

static bool
pause_all(struct cli *cli, struct db *db, int64_t ret_counts[COUNTS], struct err *err)
{
	if (!db_schema_check(db, err))
		return false;
	struct db_batch *batch = db_batch_new(db, cli->arena);
	int index = db_add(batch, DB_ENGINE_RESTORED);
	if (!db_run(batch, err))
		return false;
	for (int i = 0; i < COUNTS; i++)
		db_value_int(batch, index, 0, i, &ret_counts[i]);
	return true;
}

static bool
settle(struct cli *cli, struct db *db, struct err *err)
{
	if (!db_schema_check(db, err))
		return false;
	struct db_batch *batch = db_batch_new(db, cli->arena);
	db_add(batch, DB_ENGINE_SETTLED);
	return db_run(batch, err);
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const char *conninfo = NULL;
	bool nothing_lost = false;
	const struct cli_option options[] = {CLI_DB(&conninfo),
		CLI_FLAG("nothing-lost", &nothing_lost,
			"change no run: the server has moved, and its data are complete"),
		CLI_OPTIONS_END};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, 0, &args, &status))
		return status;
	if (!cli_need(cli, "db", conninfo, "STEPMILL_DB"))
		return CLI_WRONG;
	struct err err = {0};
	int64_t counts[COUNTS] = {0};
	struct db *db = db_new(conninfo, "stepmill restored");
	bool ok = nothing_lost ? settle(cli, db, &err) : pause_all(cli, db, counts, &err);
	db_free(db);
	if (!ok)
		return cli_fail(cli, err.code == ERR_UNAVAILABLE ? CLI_WRONG : CLI_FAILED, &err);
	if (nothing_lost) {
		printf("Nothing was paused. Executors work on this database from now on.\n");
		return CLI_OK;
	}
	printf("Runs paused: %lld. Calls that were in flight in the copy: %lld. Executors of the copy retired: %lld.\n"
	       "Asked for in the copy and not begun, so dropped: retries and resumes: %lld, mails: %lld. Whoever still "
	       "wants them asks again.\n"
	       "Nothing is called until somebody resumes a run. Look at what its steps did since the copy was made, "
	       "then resume or cancel it.\n",
		(long long)counts[1], (long long)counts[2], (long long)counts[0], (long long)counts[3],
		(long long)counts[4]);
	return CLI_OK;
}

const struct cli_command cli_restored = {"restored", "--db CONNINFO [--nothing-lost]",
	"pause all runs of a database that was restored from a copy",
	"For a database that was restored from a dump or an older snapshot, before an executor is started on "
	"it.\n"
	"Pauses every run that has not ended: what its steps did after the copy was made is not in it, so "
	"nothing "
	"is\n"
	"called again until somebody resumes the run. Retries and resumes that had not begun, and mail that was\n"
	"waiting, are dropped. Executors refuse such a database until then.\n"
	"Connects as the owner of the schema (stepmill_owner).\n",
	run_command, NULL};
