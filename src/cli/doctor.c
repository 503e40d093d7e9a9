/* stepmill doctor: is all well, and why does a run not move. */
#include "base/id.h"
#include "cli/cli.h"
#include "cli/diagnosis.h"
#include "cli/format.h"
#include "cli/remote.h"
#include "db/migrate.h"
#include "json/writer.h"

#define DUE_LATE_MS 10000 /* a due run that nobody takes for so long is worth a word */
#define INBOX_LATE_MS 10000

/* One line of the report. */
struct finding {
	bool good;
	const char *code, *text;
};

#define FINDINGS_MAX 32
#define EXECUTORS_TOLD 8

struct report {
	struct cli *cli;
	struct finding findings[FINDINGS_MAX];
	int count;
	bool bad;
};

static void
add(struct report *r, bool good, const char *code, const char *text)
{
	r->findings[r->count++] = (struct finding){good, code, text};
	r->bad = r->bad || !good;
}

static const char *
text_at(struct arena *arena, const struct db_batch *b, int statement, int row, int column)
{
	struct str value;
	return db_value(b, statement, row, column, &value) ? arena_strz(arena, value) : NULL;
}

static int64_t
int_at(const struct db_batch *b, int statement, int row, int column)
{
	int64_t value;
	return db_value_int(b, statement, row, column, &value) ? value : 0;
}

static bool
bool_at(const struct db_batch *b, int statement, int row, int column)
{
	bool value;
	return db_value_bool(b, statement, row, column, &value) && value;
}

/* ---- the whole ---- */

static void
add_executors(struct report *r, const struct db_batch *b)
{
	struct arena *arena = r->cli->arena;
	int64_t alive = int_at(b, 0, 0, 2), dead = int_at(b, 0, 0, 3);
	const char *names = "";
	for (int row = 0; row < db_rows(b, 1) && row < 8; row++)
		if (int_at(b, 1, row, 3) > 0)
			names = arena_printf(arena, "%s%s%s holds %lld", names, *names ? ", " : "; ",
				text_at(arena, b, 1, row, 0), (long long)int_at(b, 1, row, 5));
	if (alive == 0)
		add(r, false, "executors", "No executor is alive: no run moves. Start stepmill-executor.");
	else
		add(r, true, "executors", arena_printf(arena, "Executors alive: %lld%s.", (long long)alive, names));
	if (dead > 0)
		add(r, alive > 0, "dead_executors",
			arena_printf(arena, "Dead executors not cleared away yet: %lld.", (long long)dead));
}

static int64_t
told(const struct json *of, const char *name)
{
	int64_t value = 0;
	json_get_int(of, name, &value);
	return value;
}

/* What one executor has counted: how its flushes go, and what should not have happened at all. */
static void
add_counters(struct report *r, const char *name, const struct json *metrics)
{
	struct arena *arena = r->cli->arena;
	const struct json *total = json_get(metrics, "total"), *recent = json_get(metrics, "recent");
	double flushes = (double)told(recent, "flushes"), us = (double)told(recent, "us");
	const char *rate = "no flushes of late";
	if (flushes > 0 && us > 0)
		rate = arena_printf(arena, "%.1f flushes a second, %.1f ms and %.1f runs each", flushes * 1e6 / us,
			(double)told(recent, "flush_us") / 1000 / flushes, (double)told(recent, "flushed") / flushes);
	add(r, true, "counters",
		arena_printf(arena, "%s: %s; memory %.0f MB; calls %lld, skipped %lld, lost %lld.", name, rate,
			(double)told(metrics, "memory") / 1e6, (long long)told(total, "calls"),
			(long long)told(total, "skipped"), (long long)told(total, "lost")));
	int64_t doubled = told(total, "doubled"), refused = told(total, "unrecordable");
	if (doubled > 0 || refused > 0)
		add(r, false, "wrong",
			arena_printf(arena,
				"%s: steps ended twice: %lld; runs the database refused: %lld. Look at its log.", name,
				(long long)doubled, (long long)refused));
}

/* What keeps scripts apart from everything else there. */
static void
add_scripts(struct report *r, const char *name, const struct json *scripts)
{
	struct arena *arena = r->cli->arena;
	struct str level = STR("unknown"), why = STR("");
	json_get_str(scripts, "sandbox", &level);
	json_get_str(scripts, "why", &why);
	const char *as = str_is(level, "namespaces") ? "run in namespaces of their own"
			 : str_is(level, "none")     ? "run without namespaces, as its setting sandbox says"
						     : "have not been tried yet";
	if (str_is(level, "refused"))
		add(r, true, "scripts",
			arena_printf(arena,
				"%s: script steps are refused: %.*s. Install bubblewrap and allow user namespaces, or "
				"set sandbox=none there.",
				name, STR_ARG(why)));
	else
		add(r, true, "scripts",
			arena_printf(arena, "%s: scripts %s; Landlock: %s; running %lld, waiting %lld, stopped %lld.",
				name, as,
				told(scripts, "landlock") > 0
					? arena_printf(arena, "version %lld", (long long)told(scripts, "landlock"))
					: "none",
				(long long)told(scripts, "running"), (long long)told(scripts, "waiting"),
				(long long)told(scripts, "stopped")));
}

static void
add_all_counters(struct report *r, const struct db_batch *b)
{
	for (int row = 0; row < db_rows(b, 1) && row < EXECUTORS_TOLD; row++) {
		struct str text;
		struct json *metrics;
		struct err ignored = {0};
		if (int_at(b, 1, row, 3) > 0 && db_value(b, 1, row, 6, &text) &&
			json_read(r->cli->arena, text, &json_limits_stored, &metrics, &ignored)) {
			const char *name = text_at(r->cli->arena, b, 1, row, 0);
			add_counters(r, name, metrics);
			if (json_get(metrics, "scripts"))
				add_scripts(r, name, json_get(metrics, "scripts"));
		}
	}
}

static void
add_runs(struct report *r, const struct db_batch *b)
{
	struct arena *arena = r->cli->arena;
	int64_t due = int_at(b, 0, 0, 8), age = int_at(b, 0, 0, 9), orphans = int_at(b, 0, 0, 10);
	add(r, true, "runs",
		arena_printf(arena, "Runs that have not ended: %lld; held: %lld.", (long long)int_at(b, 0, 0, 6),
			(long long)int_at(b, 0, 0, 7)));
	if (due > 0)
		add(r, age < DUE_LATE_MS, "due",
			arena_printf(arena, "Runs that are due: %lld; the oldest for %s.", (long long)due,
				format_duration(arena, age)));
	if (orphans > 0)
		add(r, false, "orphans",
			arena_printf(arena, "Runs held by executors that no longer exist: %lld.", (long long)orphans));
	if (int_at(b, 0, 0, 11) > 0)
		add(r, int_at(b, 0, 0, 12) < INBOX_LATE_MS, "inbox",
			arena_printf(arena, "Requests in the inbox: %lld; the oldest for %s.",
				(long long)int_at(b, 0, 0, 11), format_duration(arena, int_at(b, 0, 0, 12))));
	else
		add(r, true, "inbox", "The inbox is empty.");
	add(r, true, "watchers",
		arena_printf(arena, "Runs that are watched: %lld; live processes: %lld.", (long long)int_at(b, 0, 0, 5),
			(long long)int_at(b, 0, 0, 4)));
}

#define MAIL_LATE_MS 60000

/* Nothing is said where no mail was ever written. */
static void
add_mail(struct report *r, const struct db_batch *b)
{
	struct arena *arena = r->cli->arena;
	int64_t waiting = int_at(b, 2, 0, 0), age = int_at(b, 2, 0, 1), given_up = int_at(b, 2, 0, 3);
	const char *why = text_at(arena, b, 2, 0, 2), *last = text_at(arena, b, 2, 0, 4);
	if (waiting > 0)
		add(r, age < MAIL_LATE_MS, "mail",
			arena_printf(arena, "Mails that wait: %lld; the oldest for %s. %s", (long long)waiting,
				format_duration(arena, age),
				why ? why : "No executor has tried: does one have the settings smtp and key_file?"));
	if (given_up > 0)
		add(r, false, "mail_given_up",
			arena_printf(arena, "Mails given up in the last 7 days: %lld. The last one: %s",
				(long long)given_up, last ? last : "no executor had tried."));
}

static bool
examine(struct report *r, struct db *db, struct err *err)
{
	struct arena *arena = r->cli->arena;
	struct err schema = {0};
	if (!db_schema_check(db, &schema)) {
		if (schema.code == ERR_UNAVAILABLE) {
			*err = schema;
			return false;
		}
		add(r, false, "schema", arena_strdup(arena, schema.message));
		return true;
	}
	struct db_batch *b = db_batch_new(db, arena);
	db_add(b, DB_DOCTOR_OVERVIEW);
	db_add(b, DB_DOCTOR_EXECUTORS);
	db_add(b, DB_DOCTOR_MAIL);
	db_retry_lost(b);
	if (!db_run(b, err))
		return false;
	add(r, true, "database", arena_printf(arena, "PostgreSQL %s answers.", text_at(arena, b, 0, 0, 0)));
	add(r, true, "schema",
		arena_printf(arena, "The schema is at version %d, as this program expects.", DB_SCHEMA_VERSION));
	const char *missing = text_at(arena, b, 0, 0, 1);
	add(r, !missing, "roles",
		missing ? arena_printf(arena, "Roles are missing: %s. Create them.", missing) : "All roles are there.");
	add_executors(r, b);
	add_all_counters(r, b);
	add_runs(r, b);
	add_mail(r, b);
	return true;
}

static int
print_report(const struct report *r, bool json)
{
	struct cli *cli = r->cli;
	if (!json) {
		for (int i = 0; i < r->count; i++) {
			const struct finding *f = &r->findings[i];
			const char *sign = f->good ? "✓" : "✕";
			printf("%s%s%s %s\n", cli->color && !f->good ? "\033[31m" : "", sign,
				cli->color && !f->good ? "\033[0m" : "", f->text);
		}
		return r->bad ? CLI_FAILED : CLI_OK;
	}
	struct json *doc = json_new_object(cli->arena), *list = json_new_array(cli->arena);
	json_add(doc, STR("well"), json_new_bool(cli->arena, !r->bad));
	json_add(doc, STR("findings"), list);
	for (int i = 0; i < r->count; i++) {
		struct json *f = json_new_object(cli->arena);
		json_add(f, STR("code"), json_new_str(cli->arena, str_of(r->findings[i].code)));
		json_add(f, STR("good"), json_new_bool(cli->arena, r->findings[i].good));
		json_add(f, STR("text"), json_new_str(cli->arena, str_of(r->findings[i].text)));
		json_push(list, f);
	}
	printf("%s\n", json_text(cli->arena, doc).p);
	return r->bad ? CLI_FAILED : CLI_OK;
}

/* ---- one run ---- */

static struct run_facts
facts_of(struct arena *arena, const struct db_batch *b)
{
	return (struct run_facts){
		.status = text_at(arena, b, 0, 0, 0),
		.planner = int_at(b, 0, 0, 1),
		.created_ago = int_at(b, 0, 0, 2),
		.finished_ago = int_at(b, 0, 0, 3),
		.error = text_at(arena, b, 0, 0, 4),
		.live = bool_at(b, 0, 0, 5),
		.due_in = int_at(b, 0, 0, 6),
		.held = bool_at(b, 0, 0, 7),
		.holder = text_at(arena, b, 0, 0, 8),
		.lease_left = int_at(b, 0, 0, 9),
		.strikes = int_at(b, 0, 0, 10),
		.alive = int_at(b, 0, 0, 11),
		.known_planner = int_at(b, 0, 0, 12),
		.ahead = int_at(b, 0, 0, 13),
		.path = text_at(arena, b, 0, 0, 14),
		.attempt = int_at(b, 0, 0, 15),
		.step_status = text_at(arena, b, 0, 0, 16),
		.waiting_for = text_at(arena, b, 0, 0, 17),
		.step_started_ago = int_at(b, 0, 0, 18),
		.inbox = text_at(arena, b, 0, 0, 19),
		.inbox_age = int_at(b, 0, 0, 20),
		.blocked_by = text_at(arena, b, 0, 0, 21),
		.blocked_for = int_at(b, 0, 0, 22),
		.limit_cap = int_at(b, 0, 0, 23),
		.limit_spent = int_at(b, 0, 0, 24),
		.limit_period_ms = int_at(b, 0, 0, 25),
		.limit_ahead = int_at(b, 0, 0, 26),
		.limit_holders = text_at(arena, b, 0, 0, 27),
		.limit_drawn = int_at(b, 0, 0, 28),
		.phase = text_at(arena, b, 0, 0, 29),
	};
}

static int
examine_run(struct cli *cli, struct db *db, struct id run, bool json)
{
	static const char *const kinds[] = {"ended", "moving", "waiting", "stuck"};
	struct err err = {0};
	struct db_batch *b = db_batch_new(db, cli->arena);
	db_add(b, DB_DOCTOR_RUN);
	db_id(b, run);
	db_retry_lost(b);
	if (!db_schema_check(db, &err) || !db_run(b, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (db_rows(b, 0) == 0)
		return cli_complain(cli, CLI_WRONG,
			"There is no such run in this database. Look whether --db names the right one.");
	struct run_facts facts = facts_of(cli->arena, b);
	struct diagnosis d = diagnose(cli->arena, &facts);
	if (json) {
		struct json *doc = json_new_object(cli->arena);
		json_add(doc, STR("status"), json_new_str(cli->arena, str_of(facts.status)));
		json_add(doc, STR("state"), json_new_str(cli->arena, str_of(kinds[d.kind])));
		json_add(doc, STR("code"), json_new_str(cli->arena, str_of(d.code)));
		json_add(doc, STR("text"), json_new_str(cli->arena, str_of(d.text)));
		printf("%s\n", json_text(cli->arena, doc).p);
	} else {
		struct buf safe;
		buf_init(&safe, (size_t)1 << 20);
		format_safe(&safe, str_of(d.text), false);
		printf("%s\n", buf_str(&safe).p);
		buf_release(&safe);
	}
	return d.kind == DIAGNOSIS_STUCK ? CLI_FAILED : CLI_OK;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const char *conninfo = NULL;
	bool json = false;
	const struct cli_option options[] = {CLI_DB(&conninfo), CLI_JSON(&json), CLI_OPTIONS_END};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, 1, &args, &status))
		return status;
	if (!cli_need(cli, "db", conninfo, "STEPMILL_DB"))
		return CLI_WRONG;
	struct id run;
	if (args.count > 0 && (!remote_is_run(cli, args.items[0]) || !id_parse(str_of(args.items[0]), &run)))
		return CLI_WRONG;

	struct err err = {0};
	struct db *db = db_new(conninfo, "stepmill doctor");
	if (args.count > 0) {
		status = examine_run(cli, db, run, json);
	} else {
		struct report report = {.cli = cli};
		status = examine(&report, db, &err) ? print_report(&report, json) : cli_fail(cli, CLI_WRONG, &err);
	}
	db_free(db);
	return status;
}

const struct cli_command cli_doctor = {"doctor", "[RUN] --db CONNINFO",
	"say whether all is well, or why a run is not moving",
	"Looks at the database: schema, roles, executors, watchers, what is due and what waits in the inbox.\n"
	"With RUN: says why that run is not moving. Connects as the owner of the schema (stepmill_owner).\n"
	"Exit status: 0 all is well, 1 something is not, 2 no connection.\n",
	run_command, "run"};
