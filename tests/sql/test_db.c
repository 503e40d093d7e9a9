/*
 * src/db against a real PostgreSQL, with statements and migrations of its own (tests/sql/fixture). Needs the
 * environment: STEPMILL_TEST_PG, a connection string of a superuser (tests/harness/postgres.sh), and
 * STEPMILL_TEST_FIXTURE, the fixture directory.
 */
#include "test_db.h"

#include "db/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATABASE "stepmill_test_db"

char test_conninfo[512];
PGconn *admin;
struct db *db;
struct arena *arena;
struct err err;

void
admin_sql(const char *sql)
{
	PGresult *r = PQexec(admin, sql);
	ExecStatusType status = PQresultStatus(r);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(admin));
	PQclear(r);
}

int64_t
admin_number(const char *sql)
{
	PGresult *r = PQexec(admin, sql);
	if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
		fail_msg("%s: %s", sql, PQerrorMessage(admin));
	int64_t n = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return n;
}

static int
make_database(void **state)
{
	(void)state;
	const char *server = getenv("STEPMILL_TEST_PG");
	if (!server || !getenv("STEPMILL_TEST_FIXTURE")) {
		fprintf(stderr, "STEPMILL_TEST_PG and STEPMILL_TEST_FIXTURE must be set; tests/sql/connection.test.mjs "
				"sets them.\n");
		return -1;
	}
	PGconn *c = PQconnectdb(server);
	PQclear(PQexec(c, "drop database if exists " DATABASE " with (force)"));
	PGresult *r = PQexec(c, "create database " DATABASE " owner stepmill_owner");
	int failed = PQresultStatus(r) != PGRES_COMMAND_OK;
	PQclear(r);
	PQfinish(c);
	char admin_conninfo[512];
	snprintf(admin_conninfo, sizeof admin_conninfo, "%s dbname=" DATABASE " options='-c client_min_messages=error'",
		server);
	snprintf(test_conninfo, sizeof test_conninfo,
		"%s dbname=" DATABASE " user=stepmill_owner options='-c statement_timeout=20000'", server);
	admin = PQconnectdb(admin_conninfo);
	int applied = 0;
	char directory[512];
	snprintf(directory, sizeof directory, "%s/migrations", getenv("STEPMILL_TEST_FIXTURE"));
	if (failed || !db_migrate(test_conninfo, directory, &applied, &err) || applied != 2) {
		fprintf(stderr, "no database: %s (%s)\n", err.message, err.detail);
		return -1;
	}
	return 0;
}

static int
drop_database(void **state)
{
	(void)state;
	PQfinish(admin);
	return 0;
}

static int
setup(void **state)
{
	(void)state;
	admin_sql("truncate t; select setval('t_calls', 1, false)");
	db = db_new(test_conninfo, "test_db");
	arena = arena_new();
	err_clear(&err);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	db_free(db);
	return 0;
}

struct db_batch *
batch_of(enum db_statement statement)
{
	struct db_batch *b = db_batch_new(db, arena);
	db_add(b, statement);
	return b;
}

void
run(struct db_batch *b)
{
	if (!db_run(b, &err))
		fail_msg("%s (%s)", err.message, err.detail);
}

void
run_fails(struct db_batch *b, enum err_code code)
{
	assert_false(db_run(b, &err));
	if (err.code != code)
		fail_msg("expected %s, got %s: %s (%s)", err_name(code), err_name(err.code), err.message, err.detail);
}

void
add_insert(struct db_batch *b, int number)
{
	db_add(b, DB_T_INSERT);
	db_id(b, id_new());
	db_int(b, number);
	db_text(b, NULL);
	db_bytes(b, NULL, 0);
}

void
assert_value(const struct db_batch *b, int index, int row, int column, const char *expected)
{
	struct str s;
	assert_true(db_value(b, index, row, column, &s));
	assert_int_equal(s.n, strlen(expected));
	assert_memory_equal(s.p, expected, s.n);
}

/* ---- what follows ---- */

void
assert_count(int64_t expected)
{
	struct db_batch *b = batch_of(DB_T_COUNT);
	int64_t count;
	run(b);
	assert_true(db_value_int(b, 0, 0, 0, &count));
	assert_int_equal(count, expected);
}

static void
test_what_follows_a_batch_sees_what_was_committed(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) { /* prepared only the first time */
		struct db_batch *b = db_batch_new(db, arena);
		add_insert(b, 100);
		db_then(b, DB_T_THEN);
		run(b);
		assert_true(db_then_sent(b));
		assert_int_equal(db_affected(b, 0), 1);
		assert_count(2 * i + 2);
	}
	assert_int_equal(admin_number("select sum(number) from t where number < 100"), 1 + 3 + 5);
	struct db_batch *b = batch_of(DB_T_RAISE);
	db_text(b, "SM409");
	db_text(b, "no");
	db_then(b, DB_T_THEN);
	run_fails(b, ERR_CONFLICT);
	assert_count(7);
}

static void
test_what_follows_a_batch_runs_once_however_often_that_is_repeated(void **state)
{
	(void)state;
	struct db_batch *b = batch_of(DB_T_FAIL_TIMES);
	db_text(b, "40001");
	db_int(b, 2);
	add_insert(b, 100);
	db_then(b, DB_T_THEN);
	run(b);
	assert_false(db_then_sent(b));
	assert_count(2);
	struct db_batch *next = batch_of(DB_T_COUNT);
	db_then(next, DB_T_THEN);
	run(next);
	assert_true(db_then_sent(next));
	assert_count(3);
}

/* ---- values ---- */

static void
test_parameters_of_each_kind_arrive(void **state)
{
	(void)state;
	struct db_batch *b = batch_of(DB_T_TYPES);
	struct id id = id_new();
	char text[ID_TEXT_SIZE];
	id_text(id, text);
	db_int(b, -2147483648LL);
	db_int(b, 32767);
	db_double(b, 0.1);
	db_bool(b, true);
	db_bytes(b, "\0\377\020", 3);
	db_id(b, id);
	db_null(b);
	run(b);
	int64_t n;
	bool yes;
	struct id back;
	struct str s;
	assert_true(db_value_int(b, 0, 0, 0, &n));
	assert_int_equal(n, -2147483647LL);
	assert_value(b, 0, 0, 2, "0.1");
	assert_true(db_value_bool(b, 0, 0, 3, &yes) && yes);
	assert_true(db_value_bool(b, 0, 0, 4, &yes) && yes);
	assert_true(db_value_id(b, 0, 0, 5, &back) && id_eq(id, back));
	assert_value(b, 0, 0, 5, text);
	assert_true(db_value_bool(b, 0, 0, 6, &yes) && yes);
	assert_false(db_value(b, 0, 1, 0, &s));
	assert_false(db_value(b, 0, 0, 7, &s));
	assert_false(db_value(b, 1, 0, 0, &s));
}

static void
test_arrays_arrive(void **state)
{
	(void)state;
	struct db_array *ids = db_array_ids(arena), *ints = db_array_ints(arena), *texts = db_array_texts(arena);
	struct id first = id_new();
	for (int i = 0; i < 500; i++) {
		db_array_id(ids, i == 0 ? first : id_new());
		db_array_int(ints, i == 1 ? INT64_MIN : i);
		db_array_str(texts, i == 2 ? (struct str){NULL, 0} : str_of(i == 3 ? "" : "quote\" brace} comma, ä"));
	}
	struct db_batch *b = batch_of(DB_T_UNNEST);
	db_add_array(b, ids);
	db_add_array(b, ints);
	db_add_array(b, texts);
	db_add(b, DB_T_UNNEST);
	db_add_array(b, db_array_ids(arena));
	db_add_array(b, db_array_ints(arena));
	db_add_array(b, db_array_texts(arena));
	run(b);
	assert_int_equal(db_rows(b, 0), 500);
	struct id back;
	int64_t n;
	struct str s;
	assert_true(db_value_id(b, 0, 0, 0, &back) && id_eq(back, first));
	assert_true(db_value_int(b, 0, 1, 1, &n) && n == INT64_MIN);
	assert_true(db_value_int(b, 0, 499, 1, &n) && n == 499);
	assert_false(db_value(b, 0, 2, 2, &s));
	assert_value(b, 0, 3, 2, "");
	assert_value(b, 0, 4, 2, "quote\" brace} comma, ä");
	assert_int_equal(db_rows(b, 1), 0);
}

static void
test_a_text_with_nul_is_refused_before_anything_is_sent(void **state)
{
	(void)state;
	struct db_batch *b = batch_of(DB_T_SET);
	db_str(b, (struct str){"a\0b", 3});
	run_fails(b, ERR_INVALID);
	assert_false(db_connected(db));
}

static void
test_a_missing_parameter_is_told(void **state)
{
	(void)state;
	struct db_batch *b = batch_of(DB_T_SET);
	run_fails(b, ERR_INTERNAL);
	assert_non_null(strstr(err.detail, "t_set"));
}

static void
test_the_session_is_as_promised(void **state)
{
	(void)state;
	struct db_batch *b = batch_of(DB_T_PID);
	run(b);
	assert_value(b, 0, 0, 1, "UTC");
	assert_value(b, 0, 0, 2, "test_db");
	assert_value(b, 0, 0, 3, "UTF8");
}

static void
test_an_empty_batch_runs(void **state)
{
	(void)state;
	run(db_batch_new(db, arena));
}

/* ---- one transaction ---- */

static void
test_a_batch_is_one_transaction_and_settings_end_with_it(void **state)
{
	(void)state;
	struct db_batch *b = batch_of(DB_T_SET);
	db_text(b, "somebody");
	db_add(b, DB_T_GET);
	db_add(b, DB_T_GET);
	run(b);
	assert_value(b, 1, 0, 0, "somebody");
	struct str first, second;
	assert_true(db_value(b, 1, 0, 1, &first) && db_value(b, 2, 0, 1, &second) && str_eq(first, second));
	struct db_batch *next = batch_of(DB_T_GET);
	run(next);
	assert_value(next, 0, 0, 0, "");
}

static void
test_an_error_leaves_nothing_and_the_connection_usable(void **state)
{
	(void)state;
	struct db_batch *b = db_batch_new(db, arena);
	add_insert(b, 1);
	db_add(b, DB_T_RAISE);
	db_text(b, "SM409");
	db_text(b, "The thing is taken.");
	add_insert(b, 2);
	db_add(b, DB_T_COUNT); /* never reached, so not prepared */
	run_fails(b, ERR_CONFLICT);
	assert_string_equal(err.message, "The thing is taken.");
	assert_non_null(strstr(err.detail, "only for the log"));
	assert_false(db_outcome_unknown(b));
	assert_int_equal(db_rows(b, 3), 0);
	uint64_t number = db_connection_number(db);
	struct db_batch *after = batch_of(DB_T_COUNT);
	run(after);
	assert_value(after, 0, 0, 0, "0");
	assert_int_equal(db_connection_number(db), number);
}

static void
test_a_failed_batch_may_be_started_again(void **state)
{
	(void)state;
	struct db_batch *b = batch_of(DB_T_FAIL_TIMES);
	db_text(b, "SM429");
	db_int(b, 1);
	run_fails(b, ERR_RATE_LIMITED);
	run(b);
	assert_value(b, 0, 0, 0, "2");
}

static void
test_sqlstates_become_codes(void **state)
{
	(void)state;
	static const struct {
		const char *sqlstate;
		enum err_code code;
	} cases[] = {
		{"SM401", ERR_UNAUTHENTICATED},
		{"SM403", ERR_FORBIDDEN},
		{"SM404", ERR_NOT_FOUND},
		{"SM412", ERR_PRECONDITION},
		{"SM422", ERR_INVALID},
		{"SM429", ERR_RATE_LIMITED},
		{"SM999", ERR_INTERNAL},
		{"23505", ERR_CONFLICT},
		{"22P02", ERR_INVALID},
		{"57014", ERR_TIMEOUT},
		{"42501", ERR_INTERNAL},
		{"53100", ERR_UNAVAILABLE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct db_batch *b = batch_of(DB_T_RAISE);
		db_text(b, cases[i].sqlstate);
		db_text(b, "secret words");
		run_fails(b, cases[i].code);
		bool ours = strncmp(cases[i].sqlstate, "SM", 2) == 0 && cases[i].code != ERR_INTERNAL;
		assert_int_equal(strstr(err.message, "secret words") != NULL, ours);
		if (strncmp(cases[i].sqlstate, "22", 2) == 0)
			assert_null(strstr(err.detail, "secret words"));
	}
}

static void
test_shapes_are_checked(void **state)
{
	(void)state;
	struct db_batch *one = batch_of(DB_T_ONE_ROW);
	db_id(one, id_new());
	run_fails(one, ERR_INTERNAL);
	struct db_batch *fill = db_batch_new(db, arena);
	add_insert(fill, 1);
	run(fill);
	assert_int_equal(db_affected(fill, 0), 1);
	run_fails(batch_of(DB_T_NO_ROWS), ERR_INTERNAL);
	assert_non_null(strstr(err.detail, "t_no_rows"));
	struct db_batch *maybe = batch_of(DB_T_READ);
	db_id(maybe, id_new());
	run(maybe);
	assert_int_equal(db_rows(maybe, 0), 0);
}

/* ---- LISTEN ---- */

static void
test_a_notification_arrives(void **state)
{
	(void)state;
	struct db *listener = db_new(test_conninfo, "test_db listener");
	struct str channel, payload;
	assert_true(db_listen(listener, "odd \"name\"", &err));
	assert_false(db_notification(listener, arena, &channel, &payload));
	struct db_batch *b = batch_of(DB_T_NOTIFY);
	db_text(b, "odd \"name\"");
	db_text(b, "hello");
	db_add(b, DB_T_NOTIFY);
	db_text(b, "odd \"name\"");
	db_text(b, "again");
	run(b);
	while (!db_notification(listener, arena, &channel, &payload))
		assert_true(connection_wait(listener, DB_WAIT_READ, 10000));
	assert_true(str_is(channel, "odd \"name\"") && str_is(payload, "hello"));
	while (!db_notification(listener, arena, &channel, &payload))
		assert_true(connection_wait(listener, DB_WAIT_READ, 10000));
	assert_true(str_is(payload, "again"));
	admin_sql("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'test_db "
		  "listener'");
	assert_false(db_notification(listener, arena, &channel, &payload));
	assert_false(db_connected(listener));
	db_free(listener);
}

/* ---- migrations ---- */

static char directory[] = "/tmp/stepmill-test-db-XXXXXX";

static void
put_file(const char *name, const char *text)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	if (!text) {
		unlink(path);
		return;
	}
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
migrate_refuses(enum err_code code, const char *words)
{
	int applied = -1;
	assert_false(db_migrate(test_conninfo, directory, &applied, &err));
	if (err.code != code || !strstr(err.message, words))
		fail_msg("expected '%s', got %s: %s (%s)", words, err_name(err.code), err.message, err.detail);
	assert_int_equal(applied, 0);
}

static void
test_migrations_that_do_not_agree_are_refused(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	admin_sql("create table kept as table schema_migration; delete from schema_migration");
	put_file("0001_a.sql", "create table m1 (a integer);");
	put_file("0002_b.sql", "create table m2 (a integer); select 1/0;");
	put_file("README", "not a migration");
	int applied = -1;
	assert_false(db_migrate(test_conninfo, directory, &applied, &err));
	assert_int_equal(applied, 1);
	assert_non_null(strstr(err.message, "0002_b.sql"));
	assert_int_equal(admin_number("select count(*) from pg_class where relname in ('m1', 'm2')"), 1);
	assert_int_equal(admin_number("select max(number) from schema_migration"), 1);

	put_file("0002_b.sql", "create table m2 (a integer); commit;");
	migrate_refuses(ERR_CONFLICT, "ends its transaction itself");
	admin_sql("drop table m2");

	put_file("0002_b.sql", "create table m2 (a integer);");
	assert_true(db_migrate(test_conninfo, directory, &applied, &err));
	assert_int_equal(applied, 1);
	assert_true(db_migrate(test_conninfo, directory, &applied, &err));
	assert_int_equal(applied, 0);
	assert_true(db_schema_check(db, &err));

	put_file("0001_a.sql", "create table m1 (a bigint);");
	migrate_refuses(ERR_CONFLICT, "0001_a.sql was changed");
	put_file("0001_a.sql", NULL);
	migrate_refuses(ERR_CONFLICT, "0001_a.sql was applied and its file is missing");
	put_file("0001_a.sql", "create table m1 (a integer);");
	put_file("0003_c.sql", "select 1;");
	migrate_refuses(ERR_CONFLICT, "number 3");
	put_file("0003_c.sql", NULL);

	admin_sql("update schema_migration set number = 3 where number = 2");
	migrate_refuses(ERR_CONFLICT, "Install the newer program");
	assert_false(db_schema_check(db, &err));
	assert_non_null(strstr(err.message, "Install the newer program"));
	admin_sql("delete from schema_migration where number = 3");
	assert_false(db_schema_check(db, &err));
	assert_non_null(strstr(err.message, "Run stepmill migrate"));
	admin_sql("alter table schema_migration rename to gone");
	assert_false(db_schema_check(db, &err));
	assert_non_null(strstr(err.message, "Run stepmill migrate"));

	admin_sql("alter table gone rename to schema_migration; delete from schema_migration;"
		  "insert into schema_migration select * from kept; drop table kept, m1, m2");
	put_file("0001_a.sql", NULL);
	put_file("0002_b.sql", NULL);
	put_file("README", NULL);
	rmdir(directory);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_parameters_of_each_kind_arrive),
		T(test_arrays_arrive),
		T(test_a_text_with_nul_is_refused_before_anything_is_sent),
		T(test_a_missing_parameter_is_told),
		T(test_the_session_is_as_promised),
		T(test_an_empty_batch_runs),
		T(test_a_batch_is_one_transaction_and_settings_end_with_it),
		T(test_an_error_leaves_nothing_and_the_connection_usable),
		T(test_a_failed_batch_may_be_started_again),
		T(test_sqlstates_become_codes),
		T(test_shapes_are_checked),
		T(test_what_follows_a_batch_sees_what_was_committed),
		T(test_what_follows_a_batch_runs_once_however_often_that_is_repeated),
		T(test_a_lost_race_is_run_again_as_a_whole),
		T(test_a_race_lost_six_times_is_told),
		T(test_a_deadlock_is_resolved),
		T(test_a_changed_table_does_not_break_prepared_statements),
		T(test_much_in_both_directions_does_not_stall),
		T(test_a_connection_that_died_idle_costs_nothing),
		T(test_a_farewell_says_that_nothing_was_committed),
		T(test_who_may_repeat_outlives_several_losses),
		T(test_a_connection_cut_after_the_sync_leaves_the_outcome_unknown),
		T(test_a_batch_whose_arena_ends_takes_the_connection_with_it),
		T(test_a_db_may_go_before_the_arena_of_its_batches),
		T(test_a_second_batch_at_the_same_time_is_refused),
		T(test_a_server_that_is_away_is_told_at_once),
		T(test_a_server_that_crashed_is_found_again),
		T(test_a_notification_arrives),
		T(test_migrations_that_do_not_agree_are_refused),
	};
	return cmocka_run_group_tests(tests, make_database, drop_database);
}
