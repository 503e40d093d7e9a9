/*
 * The files below a folder that a command wants, sorted. Hidden ones and node_modules are left out, and symbolic links are not followed, so nothing
 * outside is ever read. All of it or nothing: a folder that cannot be read is an error, because what is missing means something.
 *
 *	struct folder folder = {.wanted = is_test_file};
 *	if (!folder_read(arena, "flows", &folder, err)) …
 *	for (unsigned i = 0; i < folder.count; i++)
 *		read(folder.files[i]);				"flows/a/b.yaml"; of the folder "." just "a/b.yaml"
 */
#ifndef STEPMILL_CLI_FOLDER_H
#define STEPMILL_CLI_FOLDER_H

#include "base/arena.h"
#include "base/err.h"

struct folder {
	bool (*wanted)(const char *name);
	void (*entered)(void *context, const char *directory); /* each folder before it is read; NULL: nobody asks */
	void *context;
	const char **files;
	unsigned count;
	size_t above; /* bytes of each name that are the folder's own: files[i] + above is "a/b.yaml" */
};

bool folder_read(struct arena *arena, const char *path, struct folder *folder, struct err *err);

/* *.test.yaml, *.test.yml, *.test.json: what "workflow test" runs. */
bool folder_is_test(const char *name);
bool folder_ends(const char *name, const char *const *endings); /* … which end with NULL */

#endif
