/* Working directories: see places.h. */
#include "exec/places.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 10
#define NAME_SIZE 256
#define PATH_SIZE 512 /* more than a workspace and the longest name of a directory */

static int
failed(struct err *err, const char *what)
{
	err_set(err, ERR_UNAVAILABLE, "Its working directory cannot be made or opened.");
	err_detail(err, "%s: %s", what, strerror(errno));
	return -1;
}

static int
open_below(int parent, const char *name, bool make)
{
	if (make && mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
		return -1;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Nobody else may have made it: where it is by default anybody could have been there first. */
static bool
open_root(struct places *places, bool make)
{
	struct stat st;
	if (places->root >= 0)
		return true;
	places->root = open_below(AT_FDCWD, places->directory, make);
	if (places->root >= 0 && (fstat(places->root, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 022))) {
		close(places->root);
		places->root = -1;
		errno = EPERM;
	}
	return places->root >= 0;
}

/* Step by step, and through no link: some of these directories belong to what runs in them. */
static int
open_path(int parent, struct str path, bool make)
{
	int fd = fcntl(parent, F_DUPFD_CLOEXEC, 0);
	while (fd >= 0 && path.n > 0) {
		const char *slash = memchr(path.p, '/', path.n);
		size_t n = slash ? (size_t)(slash - path.p) : path.n;
		char name[NAME_SIZE];
		if (n == 0 || n >= sizeof name || path.p[0] == '.') {
			close(fd);
			errno = EINVAL;
			return -1;
		}
		memcpy(name, path.p, n);
		name[n] = '\0';
		int next = open_below(fd, name, make);
		int failure = errno;
		close(fd);
		errno = failure;
		fd = next;
		path = slash ? (struct str){slash + 1, path.n - n - 1} : (struct str){path.p + n, 0};
	}
	return fd;
}

static bool
same(int a, int b)
{
	struct stat x, y;
	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Locked, and still where its name says. */
static int
open_locked(int parent, struct str path)
{
	for (int i = 0; i < TRIES; i++) {
		int fd = open_path(parent, path, true);
		if (fd < 0 && errno == ENOENT) /* one around it was empty, and went before this one was in it */
			continue;
		if (fd < 0)
			return -1;
		int again = flock(fd, LOCK_SH | LOCK_NB) == 0 ? open_path(parent, path, false) : -1;
		bool here = again >= 0 && same(fd, again);
		if (again >= 0)
			close(again);
		if (here)
			return fd;
		close(fd);
	}
	errno = EBUSY;
	return -1;
}

int
places_open(struct places *places, struct id workspace, struct str name, struct err *err)
{
	char space[ID_TEXT_SIZE];
	id_text(workspace, space);
	if (!open_root(places, true))
		return failed(err, places->directory);
	int parent = open_path(places->root, str_of(space), true);
	int fd = parent >= 0 ? open_locked(parent, name) : -1;
	int failure = errno;
	if (parent >= 0)
		close(parent);
	errno = failure;
	if (fd < 0)
		return failed(err, space);
	struct stat st;
	if (geteuid() == 0 && fstat(fd, &st) == 0 && st.st_uid != places->uid &&
		fchown(fd, places->uid, places->gid) != 0) {
		close(fd);
		return failed(err, "owner");
	}
	return fd;
}

static DIR *
list(int parent, const char *name)
{
	int fd = open_below(parent, name, false);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

/* What is in WORKSPACE/KIND of each workspace, one after the other: a walk that stops when there is no more room. */
struct walk {
	struct places *places;
	DIR *root, *space;
	struct id workspace;
};

static bool
next_workspace(struct walk *walk, const char *kind)
{
	const struct dirent *entry;
	while ((entry = readdir(walk->root))) {
		int space = id_parse(str_of(entry->d_name), &walk->workspace)
				    ? open_below(walk->places->root, entry->d_name, false)
				    : -1;
		walk->space = space >= 0 ? list(space, kind) : NULL;
		if (space >= 0)
			close(space);
		if (walk->space)
			return true;
	}
	return false;
}

static const char *
next_of(struct walk *walk, const char *kind)
{
	while (walk->root && (walk->space || next_workspace(walk, kind))) {
		const struct dirent *entry = readdir(walk->space);
		if (entry && entry->d_name[0] != '.')
			return entry->d_name;
		if (!entry) {
			closedir(walk->space);
			walk->space = NULL;
		}
	}
	return NULL;
}

static struct walk
walk_begin(struct places *places)
{
	return (struct walk){.places = places, .root = open_root(places, false) ? list(places->root, ".") : NULL};
}

static void
walk_end(struct walk *walk)
{
	if (walk->space)
		closedir(walk->space);
	if (walk->root)
		closedir(walk->root);
}

unsigned
places_runs(struct places *places, unsigned skip, struct id *ret_workspaces, struct id *ret_runs, unsigned room)
{
	struct walk walk = walk_begin(places);
	const char *name;
	unsigned count = 0;
	while (count < room && (name = next_of(&walk, "runs"))) {
		if (!id_parse(str_of(name), &ret_runs[count]))
			continue;
		if (skip > 0)
			skip--;
		else
			ret_workspaces[count++] = walk.workspace;
	}
	walk_end(&walk);
	return count;
}

unsigned
places_projects(struct places *places, struct arena *arena, unsigned skip, struct id *ret_workspaces,
	struct str *ret_names, unsigned room)
{
	struct walk walk = walk_begin(places);
	const char *name;
	unsigned count = 0;
	while (count < room && (name = next_of(&walk, "projects"))) {
		if (skip > 0) {
			skip--;
			continue;
		}
		ret_workspaces[count] = walk.workspace;
		ret_names[count++] = str_of(arena_printf(arena, "%s", name));
	}
	walk_end(&walk);
	return count;
}

/* Splits WORKSPACE/runs/RUN into the directory it is in, opened through no link, and its last name. */
static int
open_around(const struct places *places, struct str path, char *ret_name)
{
	const char *slash = path.p + path.n;
	while (slash > path.p && slash[-1] != '/')
		slash--;
	snprintf(ret_name, NAME_SIZE, "%.*s", (int)(path.p + path.n - slash), slash);
	return open_path(places->root, (struct str){path.p, (size_t)(slash - path.p)}, false);
}

/* Whoever makes one again in this moment finds it gone, and makes those around it once more: see open_locked. */
static void
part_with_empty_ones(const struct places *places, struct str path, struct str first)
{
	char name[NAME_SIZE];
	bool gone = true;
	while (gone) {
		while (path.n > 0 && path.p[path.n - 1] != '/')
			path.n--;
		path.n -= path.n > 0;
		if (path.n <= first.n)
			return;
		int around = open_around(places, path, name);
		gone = around >= 0 && unlinkat(around, name, AT_REMOVEDIR) == 0;
		if (around >= 0)
			close(around);
	}
}

bool
places_part(struct places *places, struct id workspace, struct str name)
{
	char path[PATH_SIZE], last[NAME_SIZE], away[ID_TEXT_SIZE], space[ID_TEXT_SIZE];
	id_text(workspace, space);
	id_text(id_new(), away);
	int n = snprintf(path, sizeof path, "%s/%.*s", space, STR_ARG(name));
	const char *kind = n < (int)sizeof path ? strchr(path + ID_TEXT_SIZE, '/') : NULL;
	if (!kind)
		return false;
	int gone = open_below(places->root, PLACES_GONE, true), around = open_around(places, str_of(path), last),
	    fd = around >= 0 ? open_below(around, last, false) : -1;
	bool ok = gone >= 0 && fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && renameat(around, last, gone, away) == 0;
	if (gone >= 0)
		close(gone);
	if (around >= 0)
		close(around);
	if (fd >= 0)
		close(fd);
	if (ok)
		part_with_empty_ones(places, str_of(path), (struct str){path, (size_t)(kind - path)});
	return ok;
}

unsigned
places_gone(struct places *places, int *ret_list, unsigned room)
{
	const struct dirent *entry;
	DIR *dir = open_root(places, false) ? list(places->root, PLACES_GONE) : NULL;
	unsigned count = 0;
	while (dir && count < room && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) == 0)
			continue;
		int fd = open_below(dirfd(dir), entry->d_name, false);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			ret_list[count++] = fd;
		else if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
	return count;
}
