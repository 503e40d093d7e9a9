/* Starting another of our programs: see spawn.h. */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Where this program is; the name of an executable that was replaced meanwhile ends in " (deleted)", which does no harm here. */
static bool
beside(const char *name, char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	char *slash = strrchr(path, '/');
	char *end = slash ? slash + 1 : path;
	if ((size_t)(end - path) + strlen(name) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(end, name);
	return true;
}

static int
start(const char *program, char *const argv[], char *const environment[], const int *above, unsigned count,
	pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	sigemptyset(&none);
	sigfillset(&usual);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	for (unsigned i = 0; i < count; i++)
		posix_spawn_file_actions_adddup2(&actions, above[i], (int)i);
	posix_spawn_file_actions_addclosefrom_np(&actions, (int)count);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	int failure = posix_spawn(ret_pid, program, &actions, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failure;
}

/* A copy that lies above all numbers that are given: so none is overwritten before its turn, nor closed on exec. */
static int
copy_above(int descriptor, unsigned count)
{
	int nowhere = descriptor == SPAWN_NOWHERE ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
	int copy = fcntl(nowhere >= 0 ? nowhere : descriptor, F_DUPFD_CLOEXEC, (int)count);
	int failure = errno;
	if (nowhere >= 0)
		close(nowhere);
	errno = failure;
	return copy;
}

int
spawn_program(const char *program, char *const argv[], char *const environment[], const int *descriptors,
	unsigned count, pid_t *ret_pid)
{
	char own[PATH_MAX];
	int above[SPAWN_DESCRIPTORS_MAX], failure = 0;
	unsigned copies = 0;
	if (!program || !program[0]) {
		if (!beside(argv[0], own))
			return errno;
		program = own;
	}
	while (copies < count && !failure) {
		above[copies] = copy_above(descriptors[copies], count);
		failure = above[copies] < 0 ? errno : 0;
		copies += !failure;
	}
	if (!failure)
		failure = start(program, argv, environment, above, count, ret_pid);
	while (copies > 0)
		close(above[--copies]);
	return failure;
}
