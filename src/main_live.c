/* stepmill-live: server-sent events of runs, boards and people. Settings, log, then src/live until it is told to stop. */
#include "base/config.h"
#include "base/log.h"
#include "live/live.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
	struct live_settings settings = {.db = "",
		.socket = "",
		.statement_seconds = 15,
		.lock_seconds = 5,
		.listeners = 2000,
		.per_person = 50,
		.role_seconds = 60,
		.slow_seconds = 30};
	const struct config_item items[] = {
		CONFIG_TEXT("db", &settings.db, "connection string of PostgreSQL, as stepmill_live"),
		CONFIG_TEXT("socket", &settings.socket, "unix socket to listen on, for nginx"),
		CONFIG_LONG("statement_seconds", &settings.statement_seconds, 1, 600,
			"what the database works on longer is stopped, 504"),
		CONFIG_LONG("lock_seconds", &settings.lock_seconds, 1, 600,
			"so long is waited for what somebody has locked, then it is 503"),
		CONFIG_LONG("listeners", &settings.listeners, 1, 100000,
			"most listeners at once; half of them may be pages that only listen to what concerns their "
			"person"),
		CONFIG_LONG("per_person", &settings.per_person, 1, 100000, "most listeners of one person"),
		CONFIG_LONG("role_seconds", &settings.role_seconds, 1, 3600,
			"seconds until a listener's role is looked at again"),
		CONFIG_LONG("slow_seconds", &settings.slow_seconds, 1, 3600,
			"seconds until a listener who takes nothing is closed"),
		CONFIG_END,
	};
	struct arena *arena = arena_new();
	struct err err = {0};
	bool ok = config_load(items, argc, argv, arena, &err);
	if (ok && (!*settings.db || !*settings.socket))
		ok = err_set(&err, ERR_INVALID, "--db and --socket are needed. --help tells about them.");
	if (!ok) {
		fprintf(stderr, "stepmill-live: %s\n", err.message);
		arena_free(arena);
		return 2;
	}
	log_open("live", LOG_INFO);
	ok = live_run(&settings, &err);
	if (!ok)
		log_error("ended", LOG_STR("error", err.message), LOG_STR("detail", err.detail));
	arena_free(arena);
	return ok ? 0 : 1;
}
