/*
 * One round of "workflow sync": the workflows below a folder are read and checked, all of them, before the first is changed on the server; then they are
 * pushed, and those that came from the same place earlier and are gone from it are told or archived.
 *
 *	struct sync_round round = {.arena = arena_new()};
 *	if ((status = sync_read(sync, "flows", &round)) == CLI_OK && (status = sync_check(sync, &round)) == CLI_OK)
 *		status = sync_push(sync, &round);
 */
#ifndef STEPMILL_CLI_SYNC_H
#define STEPMILL_CLI_SYNC_H

#include "cli/workflow_push.h"

struct sync {
	struct push push;
	bool prune;
	const char *source;				       /* what versions name, the same from round to round */
	const char *place;				       /* of the folder in it: "" or "a/b/" */
	const char *commit;				       /* NULL: of none */
	void (*entered)(void *context, const char *directory); /* as in folder.h */
	void *context;
	struct sync_round *before; /* the last one that went well; NULL: none */
};

struct sync_round {
	struct arena *arena;
	struct workflow_file *files;
	const char **ids; /* of the workflows, once they are there */
	unsigned count, room;
};

/* Each is an exit status. What is wrong with a file is told, and the others are looked at as well. */
int sync_read(struct sync *sync, const char *folder, struct sync_round *round);
/* By the server, which knows its prompts and agents. */
int sync_check(struct sync *sync, const struct sync_round *round);
int sync_push(struct sync *sync, struct sync_round *round);

#endif
