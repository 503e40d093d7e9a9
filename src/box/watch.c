/* What a box takes of the machine, seen from outside of it. */
#include "box/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARED_MAX 4096	   /* objects of shared memory */
#define ENTRIES_MAX 200000 /* files and directories; more than that, or one that cannot be looked into, are too much */

struct process {
	pid_t pid, parent;
	bool below;
};

/* Its parent is the second word behind the last bracket: what is in brackets, it has chosen itself. */
static pid_t
parent_of(pid_t pid)
{
	char path[32], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	const char *end = strrchr(text, ')');
	int parent = -1;
	return end && sscanf(end + 1, " %*c %d", &parent) == 1 ? parent : -1;
}

/* Memory that is its alone, swapped out or not; that of files, and of /tmp, is limited by itself. */
static int64_t
private_bytes(pid_t pid)
{
	char path[32], line[256];
	long long kilobytes, sum = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *in = fopen(path, "re");
	if (!in)
		return 0;
	while (fgets(line, sizeof line, in))
		if (sscanf(line, "RssAnon: %lld", &kilobytes) == 1 || sscanf(line, "VmSwap: %lld", &kilobytes) == 1)
			sum += kilobytes;
	fclose(in);
	return (int64_t)sum * 1024;
}

/* Memory that processes share and that is of no file: each object counts once, by all that a process has mapped of it, touched or not. */
struct shared {
	uint64_t objects[SHARED_MAX];
	int64_t bytes[SHARED_MAX]; /* the most that one process has of it */
	int64_t here[SHARED_MAX];  /* the one that is looked at */
	unsigned count;
	bool more; /* than can be told apart */
};

static void
add_shared(struct shared *shared, uint64_t object, int64_t bytes)
{
	unsigned i = 0;
	while (i < shared->count && shared->objects[i] != object)
		i++;
	if (i == SHARED_MAX) {
		shared->more = true;
		return;
	}
	if (i == shared->count)
		shared->objects[shared->count++] = object;
	shared->here[i] += bytes;
	if (shared->here[i] > shared->bytes[i])
		shared->bytes[i] = shared->here[i];
}

/* Of a line too long for us only the beginning is read, and none of its rest begins as one does. */
static void
read_shared(struct shared *shared, pid_t pid)
{
	char path[32], line[256], name[64], how[5];
	unsigned long long from, to, object;
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	FILE *in = fopen(path, "re");
	if (!in)
		return;
	memset(shared->here, 0, sizeof shared->here);
	while (fgets(line, sizeof line, in))
		if (sscanf(line, "%llx-%llx %4s %*x %*s %llu %63s", &from, &to, how, &object, name) == 5 &&
			how[3] == 's' && (strcmp(name, "/dev/zero") == 0 || strncmp(name, "/SYSV", 5) == 0))
			add_shared(shared, object, (int64_t)(to - from));
	fclose(in);
}

static bool
read_processes(struct arena *arena, struct process **ret_list, unsigned *ret_count)
{
	DIR *dir = opendir("/proc");
	struct process *list = NULL;
	unsigned count = 0, room = 0;
	const struct dirent *entry;
	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		int pid = atoi(entry->d_name);
		if (pid <= 0)
			continue;
		if (count == room) {
			struct process *more = arena_array(arena, room = room ? room * 2 : 256, sizeof *more);
			if (count > 0)
				memcpy(more, list, count * sizeof *list);
			list = more;
		}
		list[count++] = (struct process){.pid = pid, .parent = parent_of(pid)};
	}
	closedir(dir);
	*ret_list = list;
	*ret_count = count;
	return true;
}

bool
watch_processes(struct arena *arena, pid_t root, struct watched *ret_watched)
{
	struct process *list;
	struct shared *shared = arena_new_of(arena, struct shared);
	unsigned count;
	bool more = true;
	if (!read_processes(arena, &list, &count))
		return false;
	*ret_watched = (struct watched){.pids = arena_array(arena, count + 1, sizeof(pid_t))};
	while (more) { /* parents first, whatever their numbers are */
		more = false;
		for (unsigned i = 0; i < count; i++) {
			bool below = list[i].parent == root;
			for (unsigned j = 0; !below && j < ret_watched->count; j++)
				below = ret_watched->pids[j] == list[i].parent;
			if (!below || list[i].below)
				continue;
			list[i].below = more = true;
			ret_watched->pids[ret_watched->count++] = list[i].pid;
			ret_watched->memory_bytes += private_bytes(list[i].pid);
			read_shared(shared, list[i].pid);
		}
	}
	for (unsigned i = 0; i < shared->count; i++)
		ret_watched->memory_bytes += shared->bytes[i];
	if (shared->more)
		ret_watched->memory_bytes = INT64_MAX;
	return true;
}

int64_t
watch_disk(int place)
{
	char path[32];
	char *paths[] = {path, NULL};
	int64_t bytes = 0, entries = 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d/", place);
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	if (!tree)
		return -1;
	const FTSENT *entry;
	bool all = true;
	while ((entry = fts_read(tree)) && ++entries < ENTRIES_MAX) {
		bool unseen = entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS;
		all = all && (!unseen || entry->fts_errno == ENOENT); /* one that went meanwhile takes nothing */
		if (!unseen && entry->fts_info != FTS_DP)
			bytes += (int64_t)entry->fts_statp->st_blocks * 512;
	}
	fts_close(tree);
	return all && entries < ENTRIES_MAX ? bytes : INT64_MAX;
}
