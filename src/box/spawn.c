/* Starting a stepmill-box: see spawn.h. */
#include "box/spawn.h"

#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

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
	char name[] = "stepmill-box", act[16], parent[16];
	char *argv[] = {name, act, parent, NULL}, *environment[] = {NULL};
	int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}}, given[2] = {-1, -1}, failure = 0;
	struct str packed = box_job_pack(arena, job);
	snprintf(act, sizeof act, "%s", what);
	snprintf(parent, sizeof parent, "%d", (int)getpid());
	for (int i = 0; i < 3 && !failure; i++)
		if (pipe2(pipes[i], O_CLOEXEC) != 0 || fcntl(pipes[i][0], F_SETFL, O_NONBLOCK) != 0)
			failure = errno;
	if (!failure &&
		(!packed.p || (given[0] = box_memory_file(input)) < 0 || (given[1] = box_memory_file(packed)) < 0))
		failure = packed.p ? errno : E2BIG;
	const int descriptors[] = {given[0], pipes[0][1], pipes[1][1], [BOX_REPORTS] = pipes[2][1],
		[BOX_JOB] = given[1], [BOX_LEASE] = lease, [BOX_PLACE] = place};
	if (!failure)
		failure = spawn_program(program, argv, environment, descriptors,
			sizeof descriptors / sizeof *descriptors, &ret_box->pid);
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
	err_detail(err, "%s: %s", program && program[0] ? program : name, strerror(failure));
	return false;
}
