/* Another program: what it finds of ours, and what it does not. */
#include "../support.h"

#include "base/spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a shell says on descriptor `on`, of those in the list, the pipe's end in the place of -2. */
static void
says(const char *command, int *descriptors, unsigned count, char said[static 256])
{
	char name[] = "sh", dash[] = "-c", *text = strdup(command), variable[] = "OWN=one";
	char *argv[] = {name, dash, text, NULL}, *environment[] = {variable, NULL};
	int ends[2], status;
	pid_t pid;
	assert_int_equal(pipe(ends), 0);
	for (unsigned i = 0; i < count; i++)
		if (descriptors[i] == -2)
			descriptors[i] = ends[1];
	assert_int_equal(spawn_program("/bin/sh", argv, environment, descriptors, count, &pid), 0);
	close(ends[1]);
	size_t used = 0;
	for (ssize_t n; used < 255 && (n = read(ends[0], said + used, 255 - used)) > 0;)
		used += (size_t)n;
	said[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	free(text);
}

static void
has_what_it_is_given_and_nothing_else(void **state)
{
	char said[256];
	(void)state;
	setenv("OURS", "seen", 1);
	says("echo \"$OWN$OURS\"; for i in 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$i ] || echo $i; done; read line || "
	     "echo end",
		(int[]){SPAWN_NOWHERE, -2, 2}, 3, said);
	assert_string_equal(said, "one\nend\n");
}

/* One that is given is where another is to be. */
static void
descriptors_may_change_places(void **state)
{
	char said[256];
	(void)state;
	says("echo five >&5; echo one", (int[]){0, -2, 1, 2, 0, -2}, 6, said);
	assert_string_equal(said, "five\none\n");
}

static void
that_is_not_there_is_told(void **state)
{
	char name[] = "stepmill-nothing", *argv[] = {name, NULL}, *environment[] = {NULL};
	pid_t pid;
	(void)state;
	assert_int_equal(spawn_program("", argv, environment, (int[]){0}, 1, &pid), ENOENT);
	assert_int_equal(spawn_program("/bin/sh", argv, environment, (int[]){999}, 1, &pid), EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_what_it_is_given_and_nothing_else),
		cmocka_unit_test(descriptors_may_change_places),
		cmocka_unit_test(that_is_not_there_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
