/* Starting a stepmill-box; see box.h for what it is given. */
#ifndef STEPMILL_BOX_SPAWN_H
#define STEPMILL_BOX_SPAWN_H

#include "box/box.h"

#include <sys/types.h>

struct box_spawned {
	pid_t pid;
	int output, errors, reports; /* to be read, without waiting */
};

/* `program` empty: the one beside this program. `what`: "run" or "remove". Lease and place stay the caller's. */
bool box_spawn(const char *program, const char *what, const struct box_job *job, struct str input, int lease, int place,
	struct box_spawned *ret_box, struct err *err);

/* A file that only memory holds, at its beginning, and that nobody can change any more; -1. */
int box_memory_file(struct str content);

#endif
