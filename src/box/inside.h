/* The parts of stepmill-box; inside of this program only. */
#ifndef STEPMILL_BOX_INSIDE_H
#define STEPMILL_BOX_INSIDE_H

#include "box/box.h"

#include <sys/types.h>

/* One write: reports are shorter than what a pipe takes at once. */
void box_report(enum box_event event, int value, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The exit status; the arena is emptied at each look. */
int supervise(const struct box_job *job, pid_t executor, struct arena *arena);
_Noreturn void inside(const struct box_job *job, const char *place); /* becomes the command */
int proxy_serve(const struct box_job *job);			     /* proxy.c */
int remove_place(const struct box_job *job);
bool become(const struct box_job *job); /* another user, when this one is root */

/* namespaces.c: the arguments of bwrap. `work` and `program` are where it finds the working directory and this program. */
char **namespaces_arguments(struct arena *arena, const struct box_job *job, const char *work, const char *program);
bool namespaces_hold(const char **ret_work, const char **ret_program);

/* landlock.c, seccomp.c */
bool landlock_read_only(void); /* what looking up names takes, and nothing to be written */
bool landlock_enter(const struct box_job *job, const char *place, int *ret_abi);
bool seccomp_enter(const struct box_job *job);

/* watch.c */
struct watched {
	int64_t memory_bytes;
	pid_t *pids; /* those that are below the one asked for */
	unsigned count;
};
bool watch_processes(struct arena *arena, pid_t root, struct watched *ret_watched);
int64_t watch_disk(int place); /* bytes that the directory takes; -1: it cannot be told */

#endif
