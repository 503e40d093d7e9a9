/* Starting a stepmill-box: see spawn.h. */
#include "box/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define DESCRIPTORS 7 /* 0 to BOX_PLACE */

int
box_memory_file(struct str content)
{
	int fd = memfd_create("stepmill", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	while (fd >= 0 && content.n > 0) {
		ssize_t n = write(fd, content.p, content.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -1;
		}
		content.p += n;
		content.n -= (size_t)n;
	}
	if (fd >= 0 && (lseek(fd, 0, SEEK_SET) != 0 ||
			       fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Where this program is; see js/spawn.c. */
static bool
beside(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof "stepmill-box");
	if (n <= 0)
		return false;
	path[n] = '\0';
	char *slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, "stepmill-box");
	return true;
}

/* Copies of the descriptors lie above those that they become: so none is overwritten before its turn, nor closed on exec. */
static int
start(const char *program, const char *what, const int above[DESCRIPTORS], pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	char name[] = "stepmill-box", act[16], parent[16];
	char *argv[] = {name, act, parent, NULL}, *environment[] = {NULL};
	snprintf(act, sizeof act, "%s", what);
	snprintf(parent, sizeof parent, "%d", (int)getpid());
	sigemptyset(&none);
	sigfillset(&usual);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	for (int i = 0; i < DESCRIPTORS; i++)
		posix_spawn_file_actions_adddup2(&actions, above[i], i);
	posix_spawn_file_actions_addclosefrom_np(&actions, DESCRIPTORS);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	int failure = posix_spawn(ret_pid, program, &actions, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failure;
}

static void
close_all(int *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i] >= 0)
			close(list[i]);
}

bool
box_spawn(const char *program, const char *what, const struct box_job *job, struct str input, int lease, int place,
	struct box_spawned *ret_box, struct err *err)
{
	struct arena *arena = arena_new();
	char own[PATH_MAX];
	int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}}, above[DESCRIPTORS], given[2] = {-1, -1}, failure = 0;
	struct str packed = box_job_pack(arena, job);
	for (int i = 0; i < DESCRIPTORS; i++)
		above[i] = -1;
	if (!program || !program[0]) {
		failure = beside(own) ? 0 : errno;
		program = own;
	}
	for (int i = 0; i < 3 && !failure; i++)
		if (pipe2(pipes[i], O_CLOEXEC) != 0 || fcntl(pipes[i][0], F_SETFL, O_NONBLOCK) != 0)
			failure = errno;
	if (!failure &&
		(!packed.p || (given[0] = box_memory_file(input)) < 0 || (given[1] = box_memory_file(packed)) < 0))
		failure = packed.p ? errno : E2BIG;
	const int from[DESCRIPTORS] = {given[0], pipes[0][1], pipes[1][1], pipes[2][1], given[1], lease, place};
	for (int i = 0; i < DESCRIPTORS && !failure; i++)
		if ((above[i] = fcntl(from[i], F_DUPFD_CLOEXEC, DESCRIPTORS)) < 0)
			failure = errno;
	if (!failure)
		failure = start(program, what, above, &ret_box->pid);
	close_all(above, DESCRIPTORS);
	close_all(given, 2);
	for (int i = 0; i < 3; i++)
		close_all(&pipes[i][1], 1);
	arena_free(arena);
	if (!failure) {
		ret_box->output = pipes[0][0];
		ret_box->errors = pipes[1][0];
		ret_box->reports = pipes[2][0];
		return true;
	}
	for (int i = 0; i < 3; i++)
		close_all(&pipes[i][0], 1);
	err_set(err, ERR_UNAVAILABLE, "stepmill-box could not be started.");
	err_detail(err, "%s: %s", program, strerror(failure));
	return false;
}
