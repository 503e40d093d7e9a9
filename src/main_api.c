/* stepmill-api: answers the REST API over FastCGI. A master with pre-forked workers; see http/master.h and api/api.h.
 */
#include "api/api.h"
#include "api/contract.h"
#include "api/mail.h"
#include "api/metrics.h"
#include "api/rate.h"
#include "api/routes.h"
#include "api/wake.h"
#include "base/config.h"
#include "base/log.h"
#include "crypto/password.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "http/fcgi.h"
#include "http/master.h"
#include "net/fetch.h"

#include <stdio.h>
#include <stdlib.h>

#define RATE_MOST 10000000 /* a minute */
#define PASSWORD_SLOTS 2   /* each takes 64 MiB while it works */

static struct settings {
	const char *db, *socket, *pid_file, *origin, *metrics, *api_key_file, *public_url, *mail_from, *allow_address,
		*ca_file;
	long workers, grace, statement, lock, rate_reads, rate_writes, rate_expensive, rate_address;
} settings = {.db = "",
	.socket = "",
	.pid_file = "",
	.origin = "",
	.metrics = "",
	.api_key_file = "",
	.public_url = "",
	.mail_from = "",
	.allow_address = "",
	.ca_file = "",
	.workers = 4,
	.statement = 30,
	.lock = 5,
	.rate_reads = 6000,
	.rate_writes = 3000,
	.rate_expensive = 120,
	.rate_address = 4};

static const struct config_item items[] = {
	CONFIG_TEXT("db", &settings.db, "connection string of PostgreSQL, role stepmill_api"),
	CONFIG_TEXT("socket", &settings.socket, "path of the FastCGI socket to listen on"),
	CONFIG_LONG("workers", &settings.workers, 1, 1024, "worker processes"),
	CONFIG_LONG("grace_seconds", &settings.grace, 0, 600,
		"after SIGTERM requests are still taken for so long, while /api/health/ready says no: for a load "
		"balancer"),
	CONFIG_LONG("statement_seconds", &settings.statement, 1, 55,
		"what the database works on longer for one request is stopped, 504"), /* nginx waits for 60 */
	CONFIG_LONG("lock_seconds", &settings.lock, 1, 55,
		"a request waits so long for what another one has locked, then it is 503"),
	CONFIG_TEXT("pid_file", &settings.pid_file, "file for the master's process id"),
	CONFIG_TEXT("origin", &settings.origin,
		"one more origin whose pages may change things, such as https://example.org"),
	CONFIG_TEXT("metrics", &settings.metrics,
		"address and port for /metrics, such as 127.0.0.1:9464; not for the world; none unless set"),
	CONFIG_TEXT("api_key_file", &settings.api_key_file,
		"the API's own key, made by stepmill keys init; without it nobody can set up a second factor"),
	CONFIG_TEXT("public_url", &settings.public_url,
		"where people find this installation: https://stepmill.example.org; sign-in providers send them back "
		"there"),
	CONFIG_TEXT("mail_from", &settings.mail_from,
		"address that mail comes from; set it when an executor has smtp, and public_url with it; none: no mail "
		"is written"),
	CONFIG_TEXT("allow_address", &settings.allow_address,
		"networks besides the public internet where sign-in providers may be: 10.0.0.0/8, 127.0.0.1:8080"),
	CONFIG_TEXT("ca_file", &settings.ca_file,
		"certificates (PEM) that sign-in providers are known by instead of the system's"),
	CONFIG_LONG("rate_reads", &settings.rate_reads, 0, RATE_MOST,
		"reads a minute of one account, on this machine; 0: no limit"),
	CONFIG_LONG("rate_writes", &settings.rate_writes, 0, RATE_MOST, "changes a minute of one account"),
	CONFIG_LONG("rate_expensive", &settings.rate_expensive, 0, RATE_MOST,
		"requests a minute that work for long: signing in, many runs at once"),
	CONFIG_LONG("rate_address", &settings.rate_address, 1, 1000, "as many times that much for one address"),
	CONFIG_END,
};

/* After the fork: a connection is never shared by two processes. */
static int
work(void *context, int listening)
{
	struct api *api = context;
	api->db = db_new(settings.db, "stepmill-api");
	db_patience(api->db, settings.statement, settings.lock);
	api_start_worker(api);
	struct fcgi_app app = {api, api_answer, api_after};
	int status = fcgi_serve(listening, &app);
	db_free(api->db);
	return status;
}

/* The process beside the workers. */
static int
tell_metrics(void *context)
{
	(void)context;
	struct db *db = db_new(settings.db, "stepmill-api metrics");
	db_patience(db, settings.statement, settings.lock);
	int status = metrics_serve(settings.metrics, db);
	db_free(db);
	return status;
}

static bool
start(int argc, char **argv, struct arena *arena, struct api *api, struct err *err)
{
	struct operations *operations;
	struct seal_key *key = NULL; /* in memory that the workers share with the master, which nobody writes to */
	if (!config_load(items, argc, argv, arena, err))
		return false;
	if (!*settings.db || !*settings.socket)
		return err_set(err, ERR_INVALID, "The settings db and socket are needed. --help lists all.");
	if (!crypto_start(err) ||
		!operations_compile(arena, (struct str){contract_json, contract_json_length}, routes, &operations, err))
		return false;
	if (*settings.api_key_file && !seal_key_read(settings.api_key_file, SEAL_OF_API, &key, err))
		return false;
	if (*settings.mail_from && (!mail_address_is_plain(str_of(settings.mail_from)) || !*settings.public_url))
		return err_set(err, ERR_INVALID,
			"mail_from is a plain address such as stepmill@example.org, and needs public_url for the links "
			"in mails.");
	struct fetch_settings *fetch = arena_new_of(arena, struct fetch_settings);
	if (!fetch_settings_parse(settings.allow_address, settings.ca_file, arena, fetch, err))
		return false;
	size_t url = strlen(settings.public_url);
	while (url > 0 && settings.public_url[url - 1] == '/')
		url--;
	long waiting = settings.workers - PASSWORD_SLOTS - 1; /* of three or more, one is free for other things */
	const long rates[RATE_CLASSES] = {0, settings.rate_reads, settings.rate_writes, settings.rate_expensive};
	*api = (struct api){
		.operations = operations,
		.key = key,
		.fetch = fetch,
		.mail_from = settings.mail_from,
		.outside = password_slots_new(settings.workers < 8 ? 1 : (int)settings.workers / 4, 0),
		.public_url = arena_strz(arena, (struct str){settings.public_url, url}),
		.slots = password_slots_new(PASSWORD_SLOTS, waiting > 0 ? (int)waiting : 0),
		.rate = rate_new(rates, settings.rate_address),
		.wake = wake_new(),
		.origin = settings.origin,
	};
	return true;
}

int
main(int argc, char **argv)
{
	log_open("stepmill-api", LOG_INFO);
	struct arena *arena = arena_new();
	struct api api;
	struct err err;
	err_clear(&err);
	bool ok = start(argc, argv, arena, &api, &err);
	if (ok && !master_is_trial()) {
		struct master master = {
			.socket = settings.socket,
			.pid_file = settings.pid_file,
			.workers = settings.workers,
			.grace_seconds = settings.grace,
			.argv = argv,
			.work = work,
			.side = *settings.metrics ? tell_metrics : NULL,
			.context = &api,
		};
		ok = master_run(&master, &err);
	}
	if (!ok)
		fprintf(stderr, "stepmill-api: %s\n", err.message);
	arena_free(arena);
	return ok ? 0 : 1;
}
