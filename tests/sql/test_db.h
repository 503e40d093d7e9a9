/*
 * What the files of test_db share: the database that the tests have, a superuser in it, and short ways to say what a batch has and gives.
 */
#ifndef STEPMILL_TESTS_SQL_TEST_DB_H
#define STEPMILL_TESTS_SQL_TEST_DB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/connection.h"

extern char test_conninfo[512];
extern PGconn *admin; /* superuser, in the test's database */
extern struct db *db;
extern struct arena *arena;
extern struct err err;

void admin_sql(const char *sql);
int64_t admin_number(const char *sql);

struct db_batch *batch_of(enum db_statement statement);
void run(struct db_batch *b);
void run_fails(struct db_batch *b, enum err_code code);
void add_insert(struct db_batch *b, int number);
void assert_value(const struct db_batch *b, int index, int row, int column, const char *expected);
void assert_count(int64_t expected);

/* ---- tests of test_db_lost.c ---- */

void test_a_lost_race_is_run_again_as_a_whole(void **state);
void test_a_race_lost_six_times_is_told(void **state);
void test_a_deadlock_is_resolved(void **state);
void test_a_changed_table_does_not_break_prepared_statements(void **state);
void test_much_in_both_directions_does_not_stall(void **state);
void test_a_connection_that_died_idle_costs_nothing(void **state);
void test_a_farewell_says_that_nothing_was_committed(void **state);
void test_who_may_repeat_outlives_several_losses(void **state);
void test_a_connection_cut_after_the_sync_leaves_the_outcome_unknown(void **state);
void test_a_batch_whose_arena_ends_takes_the_connection_with_it(void **state);
void test_a_db_may_go_before_the_arena_of_its_batches(void **state);
void test_a_second_batch_at_the_same_time_is_refused(void **state);
void test_a_server_that_is_away_is_told_at_once(void **state);
void test_a_server_that_crashed_is_found_again(void **state);

#endif
