/*
 * Deletes a working directory with all that commands have left there: as the user they ran as, link by link, and following none. Names may be deeper than
 * a path may be long, so it goes by descriptors, one directory at a time.
 */
#include "box/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_self(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Files of a directory go; the first directory in it that is not empty is opened, -1: there is none. */
static int
clear(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), deeper = -1;
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	if (!dir)
		return -1;
	while (deeper < 0 && (entry = readdir(dir))) {
		if (is_self(entry->d_name) || unlinkat(fd, entry->d_name, 0) == 0 ||
			unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0)
			continue;
		if (errno != ENOTEMPTY && errno != EEXIST && errno != EISDIR && errno != EACCES && errno != EPERM)
			continue;
		if (fchmodat(fd, entry->d_name, 0700, 0) != 0)
			continue; /* a link that leads nowhere is gone already */
		deeper = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	closedir(dir);
	return deeper;
}

/* Under a name that nobody has: a removal that was broken off, or the command itself, may have left the first ones. */
static bool
move_up(int from, const char *name, int place, unsigned *number)
{
	char free_name[32];
	int status;
	do {
		snprintf(free_name, sizeof free_name, ".gone-%u", ++*number);
		status = renameat2(from, name, place, free_name, RENAME_NOREPLACE);
	} while (status != 0 && errno == EEXIST);
	return status == 0;
}

/*
 * Instead of remembering the way down, what is found in the depth is moved up into the place itself: it never has to come back. Each turn takes away
 * something, or gives up.
 */
static bool
empty(int place)
{
	unsigned number = 0;
	for (;;) {
		int deeper = clear(place);
		if (deeper < 0)
			return true;
		int deepest = clear(deeper);
		if (deepest >= 0) {
			int copy = openat(deeper, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
			const struct dirent *entry;
			bool moved = false;
			while (dir && (entry = readdir(dir))) {
				if (!is_self(entry->d_name) && fchmodat(deeper, entry->d_name, 0700, 0) == 0)
					moved |= move_up(deeper, entry->d_name, place, &number);
			}
			if (dir)
				closedir(dir);
			close(deepest);
			if (!moved) {
				close(deeper);
				return false;
			}
		}
		close(deeper);
	}
}

int
remove_place(const struct box_job *job)
{
	if (!become(job) || fchmod(BOX_PLACE, 0700) != 0)
		return 1;
	return empty(BOX_PLACE) ? 0 : 1;
}
