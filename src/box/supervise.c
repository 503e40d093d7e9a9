/*
 * The process between an executor and a box: it makes the box, looks twice a second at what that takes, and takes it away when it is too much, when the
 * lease is over, or when it is asked to (SIGTERM). Killed, by whomever, it takes the box along.
 */
#include "box/inside.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 500
#define LEASE_MS 100
#define PROXY_END_MS 10000
#define DISK_LEAST_BYTES ((int64_t)256 << 20) /* below that on its file system everything is stopped */
#define NICE 5

struct supervised {
	const struct box_job *job;
	struct arena *arena; /* of one look */
	pid_t first;	     /* of the box */
	pid_t proxy;	     /* 0: there is none */
	int died, asked;     /* descriptors: it has ended, and we are to */
	int proxy_died;	     /* -1: there is none */
	int to_proxy;	     /* the proxy's end of BOX_PROXY, until it has it */
	const volatile int64_t *lease_end_us;
	int64_t next_disk_us;
};

/* ---- becoming nobody ---- */

/* As a change of the user takes it away, this is asked for again after each. False: the executor is gone. */
static bool
die_with(pid_t parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

bool
become(const struct box_job *job)
{
	gid_t gid = (gid_t)job->gid;
	uid_t uid = (uid_t)job->uid;
	return geteuid() != 0 ||
	       (uid != 0 && setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0);
}

static bool
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* ---- the box ---- */

/*
 * It is told to go on when it is somebody there. We keep our end of the pipe: so it sees when we have gone before it asked to go with us, however
 * far the two of us had come.
 */
static bool
told_to_go(int go)
{
	char byte;
	struct pollfd end = {.fd = go};
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && read(go, &byte, 1) == 1 && poll(&end, 1, 0) == 0;
}

/* The first process in there, while it is still this program. */
static _Noreturn void
be_first(const struct box_job *job, struct arena *arena, int go, const char *work, const char *program)
{
	bool on = told_to_go(go);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (on && job->level == BOX_BARE) {
		char place[32];
		setsid();
		snprintf(place, sizeof place, "/proc/self/fd/%d", BOX_PLACE);
		inside(job, place);
	} else if (on) {
		fcntl(BOX_PROXY, F_SETFD, 0);
		execvp("bwrap", namespaces_arguments(arena, job, work, program));
		box_report(BOX_REFUSED, errno, "bwrap (of the package bubblewrap): %s", strerror(errno));
	}
	_exit(1);
}

/* The kernel lets everybody be themselves in a namespace of users of their own, and nobody else. */
static bool
be_known(pid_t first)
{
	char path[64], map[64];
	snprintf(path, sizeof path, "/proc/%d/setgroups", (int)first);
	if (!write_file(path, "deny"))
		return false;
	snprintf(path, sizeof path, "/proc/%d/uid_map", (int)first);
	snprintf(map, sizeof map, "%u %u 1", geteuid(), geteuid());
	if (!write_file(path, map))
		return false;
	snprintf(path, sizeof path, "/proc/%d/gid_map", (int)first);
	snprintf(map, sizeof map, "%u %u 1", getegid(), getegid());
	return write_file(path, map);
}

/* ---- its way out ---- */

/* It has the descriptors of a command but for what that writes, and nothing of the box's: it is outside. */
static _Noreturn void
be_proxy(const struct supervised *box, pid_t supervisor)
{
	char name[] = "stepmill-box", act[] = "proxy";
	char *argv[] = {name, act, NULL}, *environment[] = {NULL};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!die_with(supervisor))
		_exit(1); /* the box was killed, and that is no refusal */
	if (dup2(box->to_proxy, BOX_PROXY) >= 0)
		execve("/proc/self/exe", argv, environment);
	box_report(BOX_REFUSED, errno, "proxy: %s", strerror(errno));
	_exit(1);
}

/* The box's end is made first, so that it gets the number it is known by: nothing above BOX_PLACE is open then. */
static bool
open_channel(struct supervised *box)
{
	int ends[2];
	if (!box->job->network)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	box->to_proxy = ends[1];
	errno = EBADF;
	return ends[0] == BOX_PROXY;
}

static bool
start_proxy(struct supervised *box)
{
	pid_t supervisor = getpid();
	if (!box->job->network)
		return true;
	box->proxy = fork();
	if (box->proxy == 0)
		be_proxy(box, supervisor);
	close(box->to_proxy);
	if (box->proxy > 0)
		box->proxy_died = (int)syscall(SYS_pidfd_open, box->proxy, 0);
	return box->proxy_died >= 0;
}

static bool
start(struct supervised *box, const char *work, const char *program)
{
	bool spaces = box->job->level == BOX_NAMESPACES;
	unsigned long flags = SIGCHLD | (spaces ? CLONE_NEWUSER | CLONE_NEWPID : 0);
	int go[2];
	if (pipe2(go, O_CLOEXEC) != 0)
		return false;
	/* The kernel ends a namespace of processes with its first one: so nothing there can be left behind, wherever it was when we went. */
	box->first = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (box->first == 0) {
		close(go[1]);
		be_first(box->job, box->arena, go[0], work, program);
	}
	close(go[0]);
	if (box->job->network)
		close(BOX_PROXY); /* so that each of the two sees when the other is gone */
	if (box->first < 0 || (spaces && !be_known(box->first)) || write(go[1], "", 1) != 1)
		return false;
	box->died = (int)syscall(SYS_pidfd_open, box->first, 0);
	return box->died >= 0;
}

/* ---- its end ---- */

/* Without a namespace: whatever it has left is ours (we are its subreaper), and is ended one by one until nothing is there. */
static void
end_others(struct supervised *box)
{
	struct watched watched;
	for (int turn = 0; turn < 1000; turn++) {
		arena_reset(box->arena);
		if (!watch_processes(box->arena, getpid(), &watched) || watched.count == 0)
			return;
		for (unsigned i = 0; i < watched.count; i++)
			kill(watched.pids[i], SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

/* How it went; 0: there was none. */
static int
end_proxy(struct supervised *box)
{
	int status = 0;
	if (box->proxy <= 0)
		return 0;
	kill(box->proxy, SIGKILL);
	while (waitpid(box->proxy, &status, 0) < 0 && errno == EINTR)
		;
	box->proxy = 0;
	return status;
}

/*
 * Whether the command had its proxy to the end. Somebody may have killed it and the command ended of that before we have seen either: then what it says is of
 * no worth. A proxy that is there ends when it is told to, one that was killed has ended of something else.
 */
static bool
had_proxy(struct supervised *box)
{
	struct pollfd died = {.fd = box->proxy_died, .events = POLLIN};
	if (box->proxy <= 0)
		return true;
	if (poll(&died, 1, 0) != 0)
		return false;
	kill(box->proxy, SIGTERM);
	poll(&died, 1, PROXY_END_MS);
	int status = end_proxy(box);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
}

static int
end(struct supervised *box)
{
	int status = 0;
	end_proxy(box);
	if (box->first <= 0)
		return 0;
	kill(box->first, SIGKILL);
	while (waitpid(box->first, &status, 0) < 0 && errno == EINTR)
		;
	if (box->job->level == BOX_BARE)
		end_others(box);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int
ended(struct supervised *box)
{
	siginfo_t info;
	waitid(P_PID, (id_t)box->first, &info, WEXITED | WNOWAIT);
	bool whole = had_proxy(box);
	int status = end(box);
	if (whole)
		box_report(BOX_EXITED, status, "%s", "");
	return 0;
}

static int
stop(struct supervised *box, enum box_event why)
{
	end(box);
	box_report(why, 0, "%s", "");
	return 0;
}

/* ---- watching ---- */

static bool
lease_over(const struct supervised *box)
{
	return box->lease_end_us && boot_us() > *box->lease_end_us;
}

/* What it takes of the disk is looked at more rarely the longer that takes. 0: nothing is wrong. */
static enum box_event
look(struct supervised *box)
{
	struct watched watched;
	struct statvfs disk;
	int64_t now = boot_us();
	arena_reset(box->arena);
	if (watch_processes(box->arena, box->first, &watched) && watched.memory_bytes > box->job->memory_mb << 20)
		return BOX_TOO_MUCH_MEMORY;
	if (now < box->next_disk_us || box->job->disk_mb == 0)
		return 0;
	if (watch_disk(BOX_PLACE) > box->job->disk_mb << 20)
		return BOX_TOO_MUCH_DISK;
	if (fstatvfs(BOX_PLACE, &disk) == 0 && (int64_t)disk.f_bavail * (int64_t)disk.f_frsize < DISK_LEAST_BYTES)
		return BOX_DISK_FULL;
	box->next_disk_us = boot_us() + (boot_us() - now) * 20;
	return 0;
}

static int
watch(struct supervised *box)
{
	int64_t next_us = boot_us() + (int64_t)LOOK_MS * 1000;
	for (;;) {
		struct pollfd fds[] = {{.fd = box->died, .events = POLLIN}, {.fd = box->asked, .events = POLLIN},
			{.fd = box->proxy_died, .events = POLLIN}};
		poll(fds, 3, LEASE_MS);
		if (fds[0].revents)
			return ended(box);
		if (fds[1].revents ||
			fds[2].revents) { /* without its proxy a command does something else than it would: as if it was killed */
			end(box);
			return 0;
		}
		if (lease_over(box))
			return stop(box, BOX_LEASE_OVER);
		if (boot_us() < next_us)
			continue;
		enum box_event wrong = look(box);
		if (wrong)
			return stop(box, wrong);
		next_us = boot_us() + (int64_t)LOOK_MS * 1000;
	}
}

/* ---- the whole ---- */

static int
refuse(const char *what)
{
	box_report(BOX_REFUSED, errno, "%s: %s", what, strerror(errno));
	return 1;
}

int
supervise(const struct box_job *job, pid_t executor, struct arena *arena)
{
	struct supervised box = {.job = job, .arena = arena, .proxy_died = -1};
	const char *work = "", *program = "";
	sigset_t ask;
	if (!open_channel(&box))
		return refuse("proxy");
	sigemptyset(&ask);
	sigaddset(&ask, SIGTERM);
	sigprocmask(SIG_BLOCK, &ask, NULL);
	box.asked = signalfd(-1, &ask, SFD_CLOEXEC);
	if (!die_with(executor))
		return 1;
	const void *page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, BOX_LEASE, 0);
	if (box.asked < 0 || page == MAP_FAILED)
		return refuse("the lease");
	box.lease_end_us = page;
	if (job->level == BOX_NAMESPACES && !namespaces_hold(&work, &program))
		return refuse("mounts");
	setpriority(PRIO_PROCESS, 0, NICE);
	write_file("/proc/self/oom_score_adj", "1000"); /* it goes first when the machine has no memory left */
	if (!become(job) || (job->level == BOX_BARE && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0))
		return refuse("user");
	if (!die_with(executor))
		return 1;
	/* Its files in /proc are ours again, to say who the first process is; then nobody else's. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	fcntl(BOX_LEASE, F_SETFD, FD_CLOEXEC);
	fcntl(BOX_PLACE, F_SETFD, FD_CLOEXEC);
	bool started = start_proxy(&box) && start(&box, work, program);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (!started) {
		refuse("namespaces, or its proxy");
		end(&box);
		return 1;
	}
	return watch(&box);
}
