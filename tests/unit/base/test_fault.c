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
	assert_int_equal(WEXITSTATUS(status_of("b:lie:2")), 16);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_fails_at_its_turn_only),
		cmocka_unit_test(killing_is_a_signal),
		cmocka_unit_test(a_plan_that_cannot_be_read_ends_the_process),
		cmocka_unit_test(the_trace_names_every_place_passed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
