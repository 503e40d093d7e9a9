/* Fault points, compiled in here whatever the program was configured with. Each plan runs in a child of its own. */
#ifndef STEPMILL_FAULTS
#define STEPMILL_FAULTS 1
#endif
#include "../support.h"

#include "base/fault.c"

#include <sys/wait.h>

/* Passes "a" three times and "b" once. The exit status has a bit for each time that "a" failed, and 8 and 16 for "b".
 */
static int
status_of(const char *fault_plan)
{
	pid_t child = fork();
	if (child == 0) {
		setenv("STEPMILL_FAULT", fault_plan, 1);
		int bits = 0;
		for (int i = 0; i < 3; i++)
			bits |= FAULT("a") << i;
		bits |= FAULT("b") << 3;
		bits |= FAULT_LIES("b") << 4;
		_exit(bits);
	}
	int status = -1;
	waitpid(child, &status, 0);
	return status;
}

static void
a_place_fails_at_its_turn_only(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(status_of("")), 0);
	assert_int_equal(WEXITSTATUS(status_of("a:error")), 1);
	assert_int_equal(WEXITSTATUS(status_of("a:error:3")), 4);
	assert_int_equal(WEXITSTATUS(status_of("a:error:4")), 0);
	/* A lie has its turn only where one may be told. */
	assert_int_equal(WEXITSTATUS(status_of("b:lie")), 16);
	assert_int_equal(WEXITSTATUS(status_of("b:lie:2")), 0);
	assert_int_equal(WEXITSTATUS(status_of("b:error")), 8);
	assert_int_equal(WEXITSTATUS(status_of("a:delay=1")), 0);
}

static void
killing_is_a_signal(void **state)
{
	(void)state;
	int status = status_of("a:kill:2");
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
a_plan_that_cannot_be_read_ends_the_process(void **state)
{
	(void)state;
	static const char *const plans[] = {"a", ":kill", "a:", "a:explode", "a:error:0", "a:error:x", "a:delay=x"};
	/* The complaints go to standard error, which is TAP's companion and not its own. */
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
		assert_int_equal(WEXITSTATUS(status_of(plans[i])), 2);
}

static void
the_trace_names_every_place_passed(void **state)
{
	(void)state;
	char path[] = "stepmill-trace-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	setenv("STEPMILL_FAULT_TRACE", path, 1);
	status_of("");
	unsetenv("STEPMILL_FAULT_TRACE");
	char text[100] = "";
	assert_true(read(fd, text, sizeof text - 1) > 0);
	assert_string_equal(text, "a\na\na\nb\nb\n");
	close(fd);
	unlink(path);
}

static void
write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
a_file_orders_faults_while_it_runs(void **state)
{
	(void)state;
	char order[] = "/tmp/stepmill-fault-XXXXXX", clock_file[] = "/tmp/stepmill-clock-XXXXXX";
	close(mkstemp(order));
	close(mkstemp(clock_file));
	pid_t child = fork();
	if (child == 0) {
		setenv("STEPMILL_FAULT", "", 1);
		setenv("STEPMILL_FAULT_FILE", order, 1);
		setenv("STEPMILL_CLOCK_FILE", clock_file, 1);
		setenv("STEPMILL_MUTATION", "some_guard", 1);
		int bits = FAULT("a");
		write_file(order, "a:error:2\n");
		bits |= FAULT("a") << 1 | FAULT("a") << 2 | FAULT("a") << 3;
		write_file(order, "a:error\n"); /* again */
		bits |= FAULT("a") << 4;
		write_file(clock_file, "7 -9\n");
		bits |= (fault_clock_us(false) == 7 && fault_clock_us(true) == -9) << 5;
		write_file(clock_file, "3600 "); /* still being written */
		bits |= (fault_clock_us(false) != 7 || fault_clock_us(true) != -9) << 7;
		bits |= (MUTATED("some_guard") && !MUTATED("other")) << 6;
		_exit(bits);
	}
	int status = -1;
	waitpid(child, &status, 0);
	unlink(order);
	unlink(clock_file);
	assert_int_equal(WEXITSTATUS(status), 4 | 16 | 32 | 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_fails_at_its_turn_only),
		cmocka_unit_test(killing_is_a_signal),
		cmocka_unit_test(a_plan_that_cannot_be_read_ends_the_process),
		cmocka_unit_test(the_trace_names_every_place_passed),
		cmocka_unit_test(a_file_orders_faults_while_it_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
