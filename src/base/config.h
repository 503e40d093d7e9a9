/*
 * Settings of a process: one table of names, each read from the environment as STEPMILL_<NAME> or from the file named by
 * --config (NAME = value lines, # comments), the environment winning. An unknown name in the file is an error that says
 * its line. Secrets may be given as NAME_FILE.
 *
 *	static struct settings { const char *db; long workers; } settings = { .workers = 4 };
 *	static const struct config_item items[] = {
 *		CONFIG_TEXT("db", &settings.db, "connection string of PostgreSQL"),
 *		CONFIG_LONG("workers", &settings.workers, 1, 1024, "worker processes"),
 *		CONFIG_END,
 *	};
 *	if (!config_load(items, argc, argv, arena, &err)) …
 */
#ifndef STEPMILL_BASE_CONFIG_H
#define STEPMILL_BASE_CONFIG_H

#include "base/arena.h"
#include "base/err.h"

struct config_item {
	const char *name;
	const char **text;
	long *number;
	long least, most;
	const char *help;
};

#define CONFIG_TEXT(name, to, help) \
	{ \
		(name), (to), NULL, 0, 0, (help) \
	}
#define CONFIG_LONG(name, to, least, most, help) \
	{ \
		(name), NULL, (to), (least), (most), (help) \
	}
#define CONFIG_END \
	{ \
		NULL, NULL, NULL, 0, 0, NULL \
	}

/* Also takes --name=value and --name value (dashes for underscores), --config FILE and --help (prints the table, exits 0). */
bool config_load(const struct config_item *items, int argc, char **argv, struct arena *arena, struct err *err);

#endif
