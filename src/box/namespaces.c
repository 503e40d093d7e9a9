/*
 * What a command sees of this machine: its programs and libraries, to be read; an empty /tmp and /dev/shm, of a size; the working directory; and a /proc
 * that knows the box alone. bubblewrap makes it, in namespaces of its own: users, processes, mounts, network, and the rest.
 */
#include "box/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define TMP_BYTES "268435456"
#define SHM_BYTES "67108864"
#define ARGUMENTS_MAX 128

struct list {
	struct arena *arena;
	char *at[ARGUMENTS_MAX];
	unsigned count;
};

static void
add(struct list *list, const char *argument)
{
	if (list->count < ARGUMENTS_MAX - 1)
		list->at[list->count++] = arena_strdup(list->arena, argument);
}

static void
add_all(struct list *list, const char *const *arguments)
{
	for (; *arguments; arguments++)
		add(list, *arguments);
}

/* /bin is a link to usr/bin on most systems, and a directory on others. */
static void
add_system(struct list *list, const char *path)
{
	struct stat st;
	char target[256];
	if (lstat(path, &st) != 0)
		return;
	ssize_t n = S_ISLNK(st.st_mode) ? readlink(path, target, sizeof target - 1) : -1;
	if (n > 0) {
		target[n] = '\0';
		add_all(list, (const char *const[]){"--symlink", target, path, NULL});
	} else if (S_ISDIR(st.st_mode)) {
		add_all(list, (const char *const[]){"--ro-bind", path, path, NULL});
	}
}

/* A file of the sandbox with this in it. */
static void
add_file(struct list *list, const char *path, const char *text)
{
	int fd = memfd_create("box", 0);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) != 0)
		return;
	add_all(list, (const char *const[]){"--ro-bind-data", arena_printf(list->arena, "%d", fd), path, NULL});
}

static bool
hold_by_name(const char **ret_work, const char **ret_program)
{
	static char own[64], work[4096], program[4096];
	snprintf(own, sizeof own, "/proc/self/fd/%d", BOX_PLACE);
	ssize_t n = readlink(own, work, sizeof work - 1), m = readlink("/proc/self/exe", program, sizeof program - 1);
	if (n <= 0 || m <= 0)
		return false;
	work[n] = program[m] = '\0';
	*ret_work = work;
	*ret_program = program;
	return true;
}

static bool
bind_to(int tree, const char *where)
{
	return tree >= 0 && move_mount(tree, "", AT_FDCWD, where, MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

static bool
hold_by_mounts(const char *work, const char *program)
{
	int place = open_tree(BOX_PLACE, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int self = open_tree(AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	bool ok = place >= 0 && self >= 0 && unshare(CLONE_NEWNS) == 0 &&
		  mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		  mount("box", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=65536") == 0 &&
		  mkdir(work, 0755) == 0 && mknod(program, S_IFREG | 0755, 0) == 0 && bind_to(place, work) &&
		  bind_to(self, program);
	int failure = errno;
	if (place >= 0)
		close(place);
	if (self >= 0)
		close(self);
	errno = failure;
	return ok;
}

/*
 * Where bwrap finds the working directory and this program. Root becomes somebody who may not pass the directories around them: so both are bound
 * to places that anybody may reach, in a mount namespace that nobody else sees. What is bound is taken hold of before that: afterwards it would be elsewhere's.
 */
bool
namespaces_hold(const char **ret_work, const char **ret_program)
{
	if (geteuid() != 0)
		return hold_by_name(ret_work, ret_program);
	*ret_work = "/tmp/work";
	*ret_program = "/tmp/stepmill-box";
	return hold_by_mounts(*ret_work, *ret_program);
}

char **
namespaces_arguments(struct arena *arena, const struct box_job *job, const char *work, const char *program)
{
	static const char *const systems[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", NULL};
	static const char *const settings[] = {"/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime", NULL};
	static const char *const certificates[] = {
		"/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted", NULL};
	struct list *list = arena_new_of(arena, struct list);
	list->arena = arena;
	add_all(list, (const char *const[]){"bwrap", "--unshare-user", "--disable-userns", "--unshare-ipc",
			      "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--cap-drop",
			      "ALL", "--new-session", "--die-with-parent", "--clearenv", "--uid", "1000", "--gid",
			      "1000", "--hostname", "sandbox", "--ro-bind", "/usr", "/usr", NULL});
	for (unsigned i = 0; systems[i]; i++)
		add_system(list, systems[i]);
	for (unsigned i = 0; settings[i]; i++)
		add_all(list, (const char *const[]){"--ro-bind-try", settings[i], settings[i], NULL});
	add_file(list, "/etc/passwd", "script:x:1000:1000:script:/tmp:/bin/sh\n");
	add_file(list, "/etc/group", "script:x:1000:\n");
	if (job->network)
		add_file(list, "/etc/hosts", "127.0.0.1 localhost\n");
	for (unsigned i = 0; job->network && certificates[i]; i++)
		add_all(list, (const char *const[]){"--ro-bind-try", certificates[i], certificates[i], NULL});
	/* /dev and the root are file systems in memory as well: nothing is to be written into them. */
	add_all(list, (const char *const[]){"--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--size",
			      SHM_BYTES, "--tmpfs", "/dev/shm", "--size", TMP_BYTES, "--tmpfs", "/tmp", "--bind", work,
			      BOX_WORK, "--ro-bind", program, "/run/stepmill-box", "--remount-ro", "/", "--chdir",
			      BOX_WORK, "/run/stepmill-box", "inside", NULL});
	list->at[list->count] = NULL;
	return list->at;
}
