/* Settings: four sources, the later winning, and every mistake said with its place. */
#include "../support.h"

#include "base/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *db;
static long workers;
static const struct config_item items[] = {
	CONFIG_TEXT("db_url", &db, "connection string"),
	CONFIG_LONG("workers", &workers, 1, 64, "worker processes"),
	CONFIG_END,
};

static struct err err;
static char path[] = "stepmill-config-XXXXXX";

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	err_clear(&err);
	db = "default";
	workers = 4;
	unsetenv("STEPMILL_DB_URL");
	unsetenv("STEPMILL_DB_URL_FILE");
	unsetenv("STEPMILL_WORKERS");
	return 0;
}

static void
write_file(const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

#define LOAD(...) load((char *[]){(char *)"program", __VA_ARGS__, NULL})

static bool
load(char **argv)
{
	int argc = 0;
	while (argv[argc])
		argc++;
	return config_load(items, argc, argv, arena, &err);
}

static void
defaults_stay_when_nothing_is_given(void **state)
{
	(void)state;
	assert_true(config_load(items, 1, (char *[]){(char *)"program", NULL}, arena, &err));
	assert_string_equal(db, "default");
	assert_int_equal(workers, 4);
}

static void
the_environment_wins_over_the_file_and_the_command_line_over_both(void **state)
{
	(void)state;
	write_file("# a comment\n\n  DB_URL = from the file  \nworkers=5\n");
	assert_true(LOAD((char *)"--config", path));
	assert_string_equal(db, "from the file");
	assert_int_equal(workers, 5);
	setenv("STEPMILL_DB_URL", "from the environment", 1);
	assert_true(LOAD((char *)"--config", path));
	assert_string_equal(db, "from the environment");
	assert_true(LOAD(
		(char *)"--config", path, (char *)"--db-url=from the command line", (char *)"--workers", (char *)"6"));
	assert_string_equal(db, "from the command line");
	assert_int_equal(workers, 6);
}

static void
a_secret_may_stand_in_a_file_of_its_own(void **state)
{
	(void)state;
	write_file("secret = x\n");
	setenv("STEPMILL_DB_URL_FILE", path, 1);
	assert_true(config_load(items, 1, (char *[]){(char *)"program", NULL}, arena, &err));
	assert_string_equal(db, "secret = x");
	setenv("STEPMILL_DB_URL_FILE", "/nonexistent", 1);
	assert_false(config_load(items, 1, (char *[]){(char *)"program", NULL}, arena, &err));
	assert_non_null(strstr(err.message, "/nonexistent"));
}

static void
mistakes_in_the_file_are_said_with_their_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {
		{"workers = 5\nwrokers = 5\n", 2},
		{"\n\nworkers\n", 3},
		{"workers = many\n", 1},
		{"workers = 65", 1},
		{"workers = 0", 1},
		{"workers =", 1},
		{"workers = 5x", 1},
		{"workers = 99999999999999999999", 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		write_file(cases[i].text);
		assert_false(LOAD((char *)"--config", path));
		assert_int_equal(err.line, cases[i].line);
		assert_non_null(strstr(err.message, path));
	}
}

static void
mistakes_on_the_command_line_are_refused(void **state)
{
	(void)state;
	assert_false(LOAD((char *)"--nonsense=1"));
	assert_non_null(strstr(err.message, "nonsense"));
	assert_false(LOAD((char *)"--workers"));
	assert_false(LOAD((char *)"stray"));
	assert_false(LOAD((char *)"--workers", (char *)"1000"));
	assert_false(LOAD((char *)"--config", (char *)"/nonexistent"));
}

int
main(void)
{
	int fd = mkstemp(path);
	if (fd < 0)
		return 99;
	close(fd);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults_stay_when_nothing_is_given, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(
			the_environment_wins_over_the_file_and_the_command_line_over_both, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(a_secret_may_stand_in_a_file_of_its_own, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(mistakes_in_the_file_are_said_with_their_line, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(mistakes_on_the_command_line_are_refused, set_up, arena_teardown),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
