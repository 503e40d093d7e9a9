/* stepmill-executor: reads its settings, takes signals, runs the loop of src/exec. */
#include "base/log.h"
#include "exec/run.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t stop_asked;

static void
on_stop(int unused)
{
	(void)unused;
	stop_asked = 1;
}

/* Delivered only while the loop waits, so that no signal falls between a look at the flag and the wait. */
static void
take_signals(sigset_t *ret_while_waiting)
{
	struct sigaction stop = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
	sigset_t blocked;
	sigemptyset(&stop.sa_mask);
	sigemptyset(&ignore.sa_mask);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, ret_while_waiting);
	sigdelset(ret_while_waiting, SIGTERM);
	sigdelset(ret_while_waiting, SIGINT);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
}

static bool
log_level_parse(const char *name, enum log_level *ret_level)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	for (int i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return true;
		}
	return false;
}

int
main(int argc, char **argv)
{
	struct executor_settings settings = EXECUTOR_SETTINGS;
	const char *level_name = "info";
	const struct config_item items[] = {
		CONFIG_TEXT("db", &settings.db, "connection string of PostgreSQL, as the role stepmill_executor"),
		CONFIG_TEXT("name", &settings.name, "name shown for this executor; host and process id unless set"),
		CONFIG_LONG("slots", &settings.slots, 1, 100000, "runs held at once"),
		CONFIG_LONG("lease_seconds", &settings.lease_seconds, 1, 600,
			"how long others wait when this executor falls silent"),
		CONFIG_LONG("flush_max", &settings.flush_max, 2, 10000, "runs written by one transaction"),
		CONFIG_LONG("claim_max", &settings.claim_max, 1, 10000, "runs claimed by one transaction"),
		CONFIG_LONG("stop_seconds", &settings.stop_seconds, 0, 3600,
			"how long steps in flight may take to end after SIGTERM"),
		CONFIG_LONG("memory_mb", &settings.memory_mb, 16, 1048576,
			"megabytes of runs held; above it none is claimed, and nothing large begins"),
		CONFIG_TEXT("builtin_log", &settings.builtin_log,
			"file to which the built-in model writes each request it gets"),
		CONFIG_TEXT("allow_address", &settings.allow_address,
			"networks besides the public internet that steps may call: 10.0.0.0/8, 127.0.0.1:8080"),
		CONFIG_TEXT("ca_file", &settings.ca_file,
			"certificates (PEM) that calls of steps trust instead of the system's"),
		CONFIG_LONG("js_processes", &settings.js_processes, 1, 256,
			"processes for the JavaScript of workflows, started when they are needed; each may take 300 "
			"MB"),
		CONFIG_TEXT("js_program", &settings.js_program, "stepmill-js; the one beside this program unless set"),
		CONFIG_TEXT("sandbox", &settings.sandbox,
			"required: script steps run in namespaces of their own, or are refused; none: with limits, "
			"Landlock and "
			"seccomp alone"),
		CONFIG_TEXT(
			"sandbox_user", &settings.sandbox_user, "user that scripts run as, when the executor is root"),
		CONFIG_TEXT("work_dir", &settings.work_dir,
			"directory for the working directories of scripts; /tmp/stepmill-work-UID unless set"),
		CONFIG_LONG("scripts", &settings.scripts, 1, 1000, "scripts that run at once; others wait"),
		CONFIG_LONG("script_memory_mb", &settings.script_memory_mb, 16, 1048576,
			"megabytes of memory that a script may take"),
		CONFIG_LONG("script_disk_mb", &settings.script_disk_mb, 1, 1048576,
			"megabytes that a working directory may hold"),
		CONFIG_LONG("script_network_mb", &settings.script_network_mb, 1, 1048576,
			"megabytes that a script with network may send and receive"),
		CONFIG_LONG(
			"script_processes", &settings.script_processes, 8, 100000, "processes and threads of a script"),
		CONFIG_TEXT(
			"box_program", &settings.box_program, "stepmill-box; the one beside this program unless set"),
		CONFIG_TEXT("key_file", &settings.key_file,
			"the executors' private key, made by stepmill keys init; opens what the API has sealed"),
		CONFIG_TEXT("smtp", &settings.smtp,
			"mail server: smtp://mail.example.org:587 or smtps://mail.example.org; none: this executor "
			"sends no mail"),
		CONFIG_TEXT("smtp_user", &settings.smtp_user, "name that the mail server asks for; none unless set"),
		CONFIG_TEXT("smtp_password", &settings.smtp_password, "password that the mail server asks for"),
		CONFIG_TEXT("smtp_tls", &settings.smtp_tls,
			"required: mail goes encrypted, or not at all; off: for a server on this machine"),
		CONFIG_TEXT("log_level", &level_name, "debug, info, warn or error"),
		CONFIG_END,
	};
	struct arena *arena = arena_new();
	struct err err = {0};
	enum log_level level;
	int status = 2;
	if (!config_load(items, argc, argv, arena, &err)) {
		fprintf(stderr, "stepmill-executor: %s\n", err.message);
	} else if (!log_level_parse(level_name, &level)) {
		fprintf(stderr, "stepmill-executor: log_level is \"%s\"; use debug, info, warn or error.\n",
			level_name);
	} else {
		sigset_t while_waiting;
		log_open("stepmill-executor", level);
		mallopt(M_MMAP_THRESHOLD,
			256 << 10); /* fixed: what is large goes back to the system when it is freed */
		take_signals(&while_waiting);
		status = executor_run(&settings, &stop_asked, &while_waiting);
	}
	arena_free(arena);
	return status;
}
