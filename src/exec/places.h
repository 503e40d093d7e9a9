/*
 * Working directories: DIRECTORY/WORKSPACE/runs/RUN of a run, DIRECTORY/WORKSPACE/projects/NAME of all runs of a project that names one. They are this machine's: a
 * run that goes on elsewhere finds an empty one there.
 *
 * Who uses one has a shared lock on it (flock), and so is alone with it who removes it: a directory that is removed is first moved away under an exclusive one.
 */
#ifndef STEPMILL_EXEC_PLACES_H
#define STEPMILL_EXEC_PLACES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

#include <sys/types.h>

#define PLACES_GONE "gone" /* beside the workspaces: what is being removed */

struct places {
	const char *directory;
	uid_t uid; /* whose they are when the executor is root */
	gid_t gid;
	int root; /* -1: not opened yet */
};

/* Open, locked, and made if it was not there; -1: it cannot be. */
int places_open(struct places *places, struct id workspace, struct str name, struct err *err);

/* Those of runs: pairs of workspace and run, at most `room`, the first `skip` left out. */
unsigned places_runs(
	struct places *places, unsigned skip, struct id *ret_workspaces, struct id *ret_runs, unsigned room);

/* Those of projects, by the first part of their names: as above, the names in the arena. */
unsigned places_projects(struct places *places, struct arena *arena, unsigned skip, struct id *ret_workspaces,
	struct str *ret_names, unsigned room);

/* Moves a directory away, unless somebody uses it: runs/RUN, projects/NAME; and those around it that are empty then. */
bool places_part(struct places *places, struct id workspace, struct str name);

/* Those that were moved away, and that nobody empties yet: descriptors, each with an exclusive lock that lasts as long as the last copy of it. Empty ones go. */
unsigned places_gone(struct places *places, int *ret_list, unsigned room);

#endif
