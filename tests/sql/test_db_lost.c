/* src/db when a transaction or a connection is lost: what is run again, and what is only told. */
#include "test_db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* ---- repeats ---- */

void
test_a_lost_race_is_run_again_as_a_whole(void **state)
{
	(void)state;
	struct db_batch *b = db_batch_new(db, arena);
	add_insert(b, 1);
	db_add(b, DB_T_FAIL_TIMES);
	db_text(b, "40001");
	db_int(b, 3);
	add_insert(b, 2);
	run(b);
	assert_value(b, 1, 0, 0, "4");
	assert_int_equal(admin_number("select count(*) from t"), 2);
}

void
test_a_race_lost_six_times_is_told(void **state)
{
	(void)state;
	struct db_batch *b = batch_of(DB_T_FAIL_TIMES);
	db_text(b, "40P01");
	db_int(b, 100);
	run_fails(b, ERR_UNAVAILABLE);
	assert_int_equal(admin_number("select last_value from t_calls"), 6);
	assert_int_equal(err.retry_after_seconds, 1);
}

/* Two batches that lock the same two rows in opposite order, driven as a loop drives them. */
void
test_a_deadlock_is_resolved(void **state)
{
	(void)state;
	struct id ids[2] = {id_new(), id_new()};
	struct db_batch *fill = db_batch_new(db, arena);
	for (int i = 0; i < 2; i++) {
		db_add(fill, DB_T_INSERT);
		db_id(fill, ids[i]);
		db_int(fill, 0);
		db_null(fill);
		db_null(fill);
	}
	run(fill);
	struct db *dbs[2] = {db, db_new(test_conninfo, "test_db 2")};
	struct db_batch *batches[2];
	for (int i = 0; i < 2; i++) {
		batches[i] = db_batch_new(dbs[i], arena);
		for (int j = 0; j < 2; j++) {
			db_add(batches[i], DB_T_UPDATE);
			db_id(batches[i], ids[i ^ j]);
			db_int(batches[i], 1);
			if (j == 0) {
				db_add(batches[i], DB_T_SLEEP);
				db_double(batches[i], 0.1);
			}
		}
		assert_true(db_start(batches[i], &err));
	}
	enum db_progress progress[2] = {DB_WAIT_WRITE, DB_WAIT_WRITE};
	while (progress[0] != DB_DONE || progress[1] != DB_DONE) {
		struct pollfd p[2];
		for (int i = 0; i < 2; i++) {
			if (progress[i] != DB_DONE)
				progress[i] = db_advance(batches[i], &err);
			if (progress[i] == DB_FAILED)
				fail_msg("%s (%s)", err.message, err.detail);
			p[i].fd = progress[i] == DB_DONE ? -1 : db_socket(dbs[i]);
			p[i].events = progress[i] == DB_WAIT_WRITE ? POLLIN | POLLOUT : POLLIN;
		}
		poll(p, 2, 1000);
	}
	assert_int_equal(admin_number("select sum(number) from t"), 4);
	db_free(dbs[1]);
}

void
test_a_changed_table_does_not_break_prepared_statements(void **state)
{
	(void)state;
	run(batch_of(DB_T_STAR));
	admin_sql("alter table t_changing add b integer");
	struct db_batch *b = batch_of(DB_T_STAR);
	run(b);
	struct str s;
	assert_false(db_value(b, 0, 0, 1, &s));
	assert_value(b, 0, 0, 0, "1");
	admin_sql("alter table t_changing drop b");
}

void
test_much_in_both_directions_does_not_stall(void **state)
{
	(void)state;
	struct str big = {arena_alloc(arena, 300000), 300000};
	memset((char *)big.p, 'x', big.n);
	struct db_batch *b = db_batch_new(db, arena);
	for (int i = 0; i < 60; i++) {
		db_add(b, DB_T_ECHO);
		db_str(b, big);
		db_int(b, 2);
	}
	run(b);
	struct str s;
	for (int i = 0; i < 60; i++)
		assert_true(db_value(b, i, 0, 0, &s) && s.n == 600000);
}

/* ---- lost connections ---- */

void
test_a_connection_that_died_idle_costs_nothing(void **state)
{
	(void)state;
	run(batch_of(DB_T_PID));
	assert_int_equal(db_connection_number(db), 1);
	admin_sql("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'test_db'");
	struct db_batch *b = db_batch_new(db, arena);
	add_insert(b, 1);
	run(b);
	assert_int_equal(db_connection_number(db), 2);
	assert_int_equal(admin_number("select count(*) from t"), 1);
}

void
test_a_farewell_says_that_nothing_was_committed(void **state)
{
	(void)state;
	struct db_batch *b = db_batch_new(db, arena);
	add_insert(b, 1);
	db_add(b, DB_T_DIE_TIMES);
	db_int(b, 100);
	run_fails(b, ERR_UNAVAILABLE);
	assert_false(db_outcome_unknown(b));
	assert_int_equal(admin_number("select count(*) from t"), 0);
	assert_int_equal(admin_number("select last_value from t_calls"), 2); /* once more, because that was safe */
}

void
test_who_may_repeat_outlives_several_losses(void **state)
{
	(void)state;
	struct db_batch *b = db_batch_new(db, arena);
	add_insert(b, 1);
	db_add(b, DB_T_DIE_TIMES);
	db_int(b, 3);
	db_retry_lost(b);
	run(b);
	assert_value(b, 1, 0, 0, "4");
	assert_int_equal(admin_number("select count(*) from t"), 1);
}

void
test_a_connection_cut_after_the_sync_leaves_the_outcome_unknown(void **state)
{
	(void)state;
	run(batch_of(DB_T_PID));
	struct db_batch *b = db_batch_new(db, arena);
	add_insert(b, 1);
	/* so that the answer cannot be there before the connection is cut, however busy this machine is */
	db_add(b, DB_T_SLEEP);
	db_double(b, 1);
	assert_true(db_start(b, &err));
	assert_int_equal(db_advance(b, &err), DB_WAIT_READ);
	shutdown(db_socket(db), SHUT_RD);
	enum db_progress progress;
	while ((progress = db_advance(b, &err)) == DB_WAIT_READ)
		connection_wait(db, progress, 1000);
	assert_int_equal(progress, DB_FAILED);
	assert_true(db_outcome_unknown(b));
	assert_int_equal(err.code, ERR_UNAVAILABLE);
	assert_false(db_connected(db));
	struct db_batch *next = batch_of(DB_T_PID);
	run(next);
	assert_int_equal(db_connection_number(db), 2);
}

void
test_a_batch_whose_arena_ends_takes_the_connection_with_it(void **state)
{
	(void)state;
	struct arena *other = arena_new();
	struct db_batch *b = db_batch_new(db, other);
	db_add(b, DB_T_SLEEP);
	db_double(b, 5);
	assert_true(db_start(b, &err));
	arena_free(other);
	assert_false(db_connected(db));
	run(batch_of(DB_T_PID));
}

void
test_a_db_may_go_before_the_arena_of_its_batches(void **state)
{
	(void)state;
	struct db *other = db_new(test_conninfo, "test_db other");
	struct db_batch *finished = db_batch_new(other, arena), *running = db_batch_new(other, arena);
	db_add(finished, DB_T_PID);
	assert_true(db_run(finished, &err));
	db_add(running, DB_T_PID);
	assert_true(db_start(running, &err));
	db_free(other);
	assert_int_equal(db_rows(finished, 0), 1);
	assert_int_equal(db_advance(running, &err), DB_FAILED);
	assert_false(db_start(running, &err));
}

void
test_a_second_batch_at_the_same_time_is_refused(void **state)
{
	(void)state;
	struct db_batch *b = batch_of(DB_T_PID);
	assert_true(db_start(b, &err));
	run_fails(batch_of(DB_T_PID), ERR_INTERNAL);
	run_fails(b, ERR_INTERNAL); /* itself too */
	enum db_progress progress;
	while ((progress = db_advance(b, &err)) != DB_DONE)
		connection_wait(db, progress, 1000);
	assert_int_equal(db_rows(b, 0), 1);
}

void
test_a_server_that_is_away_is_told_at_once(void **state)
{
	(void)state;
	struct db *nowhere = db_new("host=/nonexistent user=x dbname=y", "test_db");
	struct db_batch *b = db_batch_new(nowhere, arena);
	db_add(b, DB_T_PID);
	run_fails(b, ERR_UNAVAILABLE);
	assert_false(db_outcome_unknown(b));
	assert_int_equal(err.retry_after_seconds, 1);
	db_free(nowhere);
}

static void
cluster(const char *what)
{
	char command[1024];
	snprintf(command, sizeof command, "'%s/../../harness/postgres.sh' %s '%s'", getenv("STEPMILL_TEST_FIXTURE"),
		what, getenv("STEPMILL_TEST_PG"));
	if (system(command) != 0)
		fail_msg("%s", command);
}

void
test_a_server_that_crashed_is_found_again(void **state)
{
	(void)state;
	struct db_batch *before = db_batch_new(db, arena);
	add_insert(before, 1);
	run(before);
	cluster("crash");
	struct db_batch *during = db_batch_new(db, arena);
	add_insert(during, 2);
	run_fails(during, ERR_UNAVAILABLE);
	assert_false(db_outcome_unknown(during));
	cluster("resume");
	db_retry_lost(during);
	run(during);
	PQreset(admin);
	assert_int_equal(admin_number("select count(*) from t"), 2);
	assert_int_equal(db_connection_number(db), 2);
}
