/*
 * What is asked of the git program: started without a shell, away from the terminal, without hooks, and with no protocol but https, ssh and files.
 * Nothing of a repository is run.
 */
#ifndef STEPMILL_CLI_GIT_H
#define STEPMILL_CLI_GIT_H

#include "base/arena.h"
#include "base/err.h"

/* Is this the address of a repository (https://…, ssh://…, file://…, somebody@host:…), or a bare one's folder, and no folder of files? */
bool git_is_repository(const char *given);
/*
 * The address as git is given it, and as others may see it, without a password. False for what begins with - and for other protocols.
 */
bool git_address(struct arena *arena, const char *given, const char **ret_url, const char **ret_shown, struct err *err);

struct git_commit {
	const char *id;	     /* NULL: there is none, or files differ from it */
	const char *subject; /* "" when it is no text */
};

/* The newest commit alone, and of it the files below `path`, into a folder that is there and empty. */
bool git_fetch(struct arena *arena, const char *url, const char *branch, const char *path, const char *into,
	struct git_commit *ret_commit, struct err *err);
/* A text that is the same as long as nobody has changed the branch. */
bool git_state(struct arena *arena, const char *url, const char *branch, struct str *ret_state, struct err *err);

/* The repository that a folder is in: where that comes from, and the folder's place in it, "" or "a/b/". False: it is in none. */
bool git_around(struct arena *arena, const char *folder, const char **ret_shown, const char **ret_place,
	struct git_commit *ret_commit);

/* A folder of our own, for nobody else, and its end with all that is in it. */
bool git_place_make(struct arena *arena, const char **ret_path, struct err *err);
void git_place_remove(const char *path);

#endif
