/*
 * An executor: claims runs, advances them, records what happened. One process, one loop, no threads.
 *
 *	struct executor_settings settings = EXECUTOR_SETTINGS;
 *	… config_load …
 *	int status = executor_run(&settings, &stop_flag);
 */
#ifndef STEPMILL_EXEC_RUN_H
#define STEPMILL_EXEC_RUN_H

#include "base/config.h"

#include <signal.h>

struct executor_settings {
	const char *db;
	const char *name;
	const char *builtin_log;
	const char *allow_address;
	const char *ca_file;
	const char *key_file;
	const char *smtp, *smtp_user, *smtp_password, *smtp_tls;
	const char *js_program;
	const char *box_program, *sandbox, *sandbox_user, *work_dir;
	long slots;
	long lease_seconds;
	long flush_max;
	long claim_max;
	long stop_seconds;
	long memory_mb;
	long js_processes;
	long scripts, script_memory_mb, script_disk_mb, script_network_mb, script_processes;
};

#define EXECUTOR_SETTINGS \
	{ \
		.db = "", .name = "", .builtin_log = "", .allow_address = "", .ca_file = "", .key_file = "", \
		.smtp = "", .smtp_user = "", .smtp_password = "", .smtp_tls = "required", .js_program = "", \
		.slots = 1000, .lease_seconds = 10, .flush_max = 500, .claim_max = 500, .stop_seconds = 20, \
		.memory_mb = 512, .js_processes = 4, .box_program = "", .sandbox = "required", \
		.sandbox_user = "nobody", .work_dir = "", .scripts = 4, .script_memory_mb = 1024, \
		.script_disk_mb = 1024, .script_network_mb = 1024, .script_processes = 256 \
	}

/* Until *stop_asked becomes true and everything is given back; the exit status. The caller blocks SIGTERM and SIGINT.
 */
int executor_run(
	const struct executor_settings *settings, volatile sig_atomic_t *stop_asked, const sigset_t *while_waiting);

#endif
