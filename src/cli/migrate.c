/* stepmill migrate: the schema of the database. */
#include "cli/cli.h"

#include "db/migrate.h"

#include <dirent.h>
#include <stdlib.h>

static int
is_migration(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');
	return strspn(entry->d_name, "0123456789") == 4 && dot && strcmp(dot, ".sql") == 0;
}

/* They are applied in the order of their names and none is ever left out, so those applied now are the last ones. */
static void
print_applied(const char *directory, int applied)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_migration, alphasort);
	for (int i = 0; i < count; i++) {
		if (i >= count - applied)
			printf("%s\n", entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const char *db = NULL, *directory = PKGDATADIR "/sql/migrations";
	const struct cli_option options[] = {
		CLI_DB(&db),
		CLI_TEXT("directory", &directory, "DIR", "STEPMILL_MIGRATIONS", "where the migrations are"),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, 0, &args, &status))
		return status;
	if (!cli_need(cli, "db", db, "STEPMILL_DB"))
		return CLI_WRONG;

	struct err err = {0};
	int applied = 0;
	if (!db_migrate(db, directory, &applied, &err))
		return cli_fail(cli, err.code == ERR_UNAVAILABLE ? CLI_WRONG : CLI_FAILED, &err);
	if (applied == 0) {
		printf("The schema is up to date (version %d).\n", DB_SCHEMA_VERSION);
	} else {
		print_applied(directory, applied);
		printf("%d migration%s applied; the schema is at version %d.\n", applied, applied == 1 ? "" : "s",
			DB_SCHEMA_VERSION);
	}
	return CLI_OK;
}

const struct cli_command cli_migrate = {"migrate", "--db CONNINFO [--directory DIR]",
	"bring the database's schema up to this program",
	"Applies the migrations that the database has not had yet, each in a transaction, and prints their "
	"names.\n"
	"Connects as the owner of the schema (stepmill_owner).\n",
	run_command, NULL};
