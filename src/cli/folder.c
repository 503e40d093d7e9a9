/* See folder.h. */
#include "cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 16
#define FILES_MAX 10000

bool
folder_ends(const char *name, const char *const *endings)
{
	size_t n = strlen(name);
	for (; *endings; endings++) {
		size_t m = strlen(*endings);
		if (n > m && strcmp(name + n - m, *endings) == 0)
			return true;
	}
	return false;
}

bool
folder_is_test(const char *name)
{
	static const char *const endings[] = {".test.yaml", ".test.yml", ".test.json", NULL};
	return folder_ends(name, endings);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool find_below(struct arena *arena, struct folder *folder, const char *directory, int depth, struct err *err);

static bool
take(struct arena *arena, struct folder *folder, const char *path, const char *name, int depth, struct err *err)
{
	struct stat st;
	if (lstat(path, &st) != 0)
		return errno == ENOENT || err_set(err, ERR_NOT_FOUND, "%s cannot be read: %s.", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return find_below(arena, folder, path, depth + 1, err);
	if (!S_ISREG(st.st_mode) || !folder->wanted(name))
		return true;
	if (folder->count == FILES_MAX)
		return err_set(err, ERR_LIMIT, "There are more than %d files. Name a folder further down.", FILES_MAX);
	folder->files[folder->count++] = path;
	return true;
}

static bool
find_below(struct arena *arena, struct folder *folder, const char *directory, int depth, struct err *err)
{
	if (depth > DEPTH_MAX)
		return err_set(err, ERR_LIMIT, "%s is more than %d folders deep. Name a folder further down.",
			directory, DEPTH_MAX);
	if (folder->entered)
		folder->entered(folder->context, directory);
	DIR *dir = opendir(directory);
	if (!dir) /* one that has just been removed is not there any more */
		return (depth > 0 && errno == ENOENT) ||
		       err_set(err, ERR_NOT_FOUND, "%s cannot be read: %s.", directory, strerror(errno));
	bool ok = true;
	for (struct dirent *entry; ok && (entry = readdir(dir));) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "node_modules") == 0)
			continue;
		const char *path = strcmp(directory, ".") == 0 ? arena_strdup(arena, entry->d_name)
				   : strcmp(directory, "/") == 0
					   ? arena_printf(arena, "/%s", entry->d_name)
					   : arena_printf(arena, "%s/%s", directory, entry->d_name);
		ok = take(arena, folder, path, entry->d_name, depth, err);
	}
	closedir(dir);
	return ok;
}

bool
folder_read(struct arena *arena, const char *path, struct folder *folder, struct err *err)
{
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	const char *directory = arena_strz(arena, (struct str){path, n});
	folder->above = strcmp(directory, ".") == 0 ? 0 : strcmp(directory, "/") == 0 ? 1 : n + 1;
	folder->files = arena_array(arena, FILES_MAX, sizeof *folder->files);
	folder->count = 0;
	if (!find_below(arena, folder, directory, 0, err))
		return false;
	qsort(folder->files, folder->count, sizeof *folder->files, by_name);
	return true;
}
