/*
 * The master of pre-forked workers. It holds the listening socket, replaces workers that die, and does nothing else: no
 * database, no requests.
 *
 *	SIGTERM, SIGINT   workers finish the request in hand and go; what is left after DRAIN_SECONDS is killed. With a
 *	                  grace, the first SIGTERM only says so (master_draining) and workers go on for that long, so that
 *	                  whoever sends requests here can look elsewhere; a second one, or SIGINT, ends the wait
 *	SIGHUP            the program file and the settings are read anew (exec, same process id, same socket); when new
 *	                  workers run, the old ones are told to go. One that does not start is noticed before, and
 *	                  nothing changes
 *	a dead worker     is replaced at once; when it has lived only a moment, after a pause that doubles each time
 *
 * Beside them it may keep one process of another kind (`side`): it gets no requests, and is replaced and ended like a worker.
 *
 * Workers end when their master dies, however it dies.
 */
#ifndef STEPMILL_HTTP_MASTER_H
#define STEPMILL_HTTP_MASTER_H

#include "base/arena.h"
#include "base/err.h"

struct master {
	const char *socket;   /* path */
	const char *pid_file; /* NULL or empty: none */
	long workers;
	long grace_seconds;			   /* between SIGTERM and the end of work */
	char **argv;				   /* of main, for SIGHUP */
	int (*work)(void *context, int listening); /* in each worker; returns its exit status */
	int (*side)(void *context);		   /* NULL: none */
	void *context;
};

/* True in a process that was only started to see whether the program starts: it must exit 0 before master_run. */
bool master_is_trial(void);

/* In a worker: whether the master was told to stop. */
bool master_draining(void);

/* Until told to stop; returns the exit status. False return in err only when it could not start. */
bool master_run(const struct master *master, struct err *err);

#endif
