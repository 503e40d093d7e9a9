/* stepmill-box: one command of a script step, in a box; see box/box.h. Started by executors alone. */
#include "box/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
read_job(struct arena *arena, struct box_job *ret_job)
{
	struct stat st;
	if (fstat(BOX_JOB, &st) != 0 || st.st_size <= 0 || st.st_size > (off_t)(BOX_STRINGS_MAX * 2))
		return false;
	char *bytes = arena_alloc(arena, (size_t)st.st_size);
	return pread(BOX_JOB, bytes, (size_t)st.st_size, 0) == st.st_size &&
	       box_job_unpack(arena, (struct str){bytes, (size_t)st.st_size}, ret_job);
}

int
main(int argc, char **argv)
{
	struct box_job job;
	struct arena *arena = arena_new(), *look = arena_new();
	const char *what = argc > 1 ? argv[1] : "";
	int status = 2;
	if (!read_job(arena, &job))
		fprintf(stderr, "stepmill-box: it is started by stepmill-executor, for steps of the kind script.\n");
	else if (strcmp(what, "run") == 0 && argc == 3)
		status = supervise(&job, (pid_t)atoi(argv[2]), look);
	else if (strcmp(what, "inside") == 0)
		inside(&job, BOX_WORK);
	else if (strcmp(what, "proxy") == 0)
		status = proxy_serve(&job);
	else if (strcmp(what, "remove") == 0)
		status = remove_place(&job);
	arena_free(look);
	arena_free(arena);
	return status;
}
