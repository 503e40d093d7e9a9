/*
 * What a process that has entered the sandbox can still do, by system calls of its own: as if code had taken it over. Each is tried in a
 * child before and after: what is refused must have been possible, or the test would show nothing.
 */
#include "../support.h"

#include "js/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DONE = 0, REFUSED = 7, BROKEN = 9 };

static pid_t other;   /* a process that hostile code would like to reach */
static int file = -1; /* open before: what it says is known to whoever holds it */

#define SAY(call) ((call) >= 0 ? DONE : REFUSED)

static int
opens(void)
{
	return SAY(open("/etc/passwd", O_RDONLY));
}
static int
opens_at(void)
{
	return SAY(syscall(SYS_openat, AT_FDCWD, "/etc/hostname", O_RDONLY));
}
static int
opens_proc(void)
{
	return SAY(open("/proc/self/mem", O_RDWR));
}
static int
creates(void)
{
	return SAY(open(P_tmpdir, O_TMPFILE | O_RDWR, 0600));
}
static int
stats(void)
{
	struct stat s;
	return SAY(stat("/etc/passwd", &s));
}
static int
reads_link(void)
{
	char text[64];
	return SAY(readlink("/proc/self/exe", text, sizeof text));
}
static int
makes_directory(void)
{
	char name[] = P_tmpdir "/stepmill-sandbox-XXXXXX";
	if (!mkdtemp(name))
		return REFUSED;
	rmdir(name);
	return DONE;
}
static int
makes_socket(void)
{
	return SAY(socket(AF_INET, SOCK_STREAM, 0));
}
static int
makes_unix_socket(void)
{
	return SAY(socket(AF_UNIX, SOCK_STREAM, 0));
}
static int
makes_netlink_socket(void)
{
	return SAY(socket(AF_NETLINK, SOCK_RAW, 0));
}
static int
makes_pair(void)
{
	int pair[2];
	return SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}
static int
makes_pipe(void)
{
	int pair[2];
	return SAY(pipe(pair));
}
static int
forks(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return SAY(pid);
}
static int
clones_thread(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return SAY(pid);
}
static int
executes(void)
{
	char *argv[] = {(char[]){"true"}, NULL};
	execv("/bin/true", argv); /* ends with 0 */
	return REFUSED;
}
static int
executes_at(void)
{
	char *argv[] = {(char[]){"true"}, NULL}, *none[] = {NULL};
	syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, none, 0);
	return REFUSED;
}
static int
signals_another(void)
{
	return SAY(kill(other, 0));
}
static int
signals_a_thread(void)
{
	return SAY(syscall(SYS_tgkill, other, other, 0));
}
static int
signals_all(void)
{
	return SAY(kill(-1, 0));
}
static int
traces(void)
{
	return SAY(ptrace(PTRACE_SEIZE, other, 0, 0));
}
static int
reads_another(void)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)&other, 1};
	return SAY(process_vm_readv(other, &here, 1, &there, 1, 0));
}
static int
runs_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		       ? REFUSED
		       : DONE;
}
static int
makes_memory_run(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page == MAP_FAILED ? BROKEN : SAY(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}
static int
maps_file(void)
{
	return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED ? REFUSED : DONE;
}
static int
names_memory(void)
{
	return SAY(syscall(SYS_memfd_create, "x", 0));
}
static int
shares_memory(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return SAY(id);
}
static int
copies_descriptor(void)
{
	return SAY(dup(0));
}
static int
controls(void)
{
	return SAY(fcntl(0, F_GETFL));
}
static int
changes_device(void)
{
	int n;
	return SAY(syscall(SYS_ioctl, file, 0x541B /* FIONREAD */, &n));
}
static int
receives_descriptors(void)
{
	struct msghdr message = {0};
	int pair = (int)syscall(SYS_recvmsg, 0, &message, MSG_DONTWAIT);
	return pair < 0 && errno == EPERM ? REFUSED : DONE;
}
static int
loads_filter(void)
{
	return SAY(syscall(SYS_bpf, BPF_MAP_CREATE, NULL, 0)) == DONE || errno != EPERM ? DONE : REFUSED;
}
static int
makes_ring(void)
{
	struct io_uring_params params = {0};
	return SAY(syscall(SYS_io_uring_setup, 1, &params)) == DONE || errno != EPERM ? DONE : REFUSED;
}
static int
raises_limit(void)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	return SAY(setrlimit(RLIMIT_NOFILE, &limit));
}
static int
dumps(void)
{
	return SAY(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}
static int
becomes_root(void)
{
	return SAY(setuid(getuid()));
}
static int
leaves_namespace(void)
{
	return SAY(syscall(SYS_unshare, 0));
}
static int
watches_files(void)
{
	return SAY(syscall(SYS_inotify_init1, 0));
}
static int
starts_timer(void)
{
	return SAY(syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0));
}
static int
watches_process(void)
{
	return SAY(syscall(SYS_pidfd_open, other, 0));
}
static int
has_name_of_host(void)
{
	char name[64];
	return SAY(gethostname(name, sizeof name));
}

static const struct attempt {
	const char *name;
	int (*try)(void);
} attempts[] = {
#define ATTEMPT(f) \
	{ \
#f, f \
	}
	ATTEMPT(opens),
	ATTEMPT(opens_at),
	ATTEMPT(opens_proc),
	ATTEMPT(creates),
	ATTEMPT(stats),
	ATTEMPT(reads_link),
	ATTEMPT(makes_directory),
	ATTEMPT(makes_socket),
	ATTEMPT(makes_unix_socket),
	ATTEMPT(makes_netlink_socket),
	ATTEMPT(makes_pair),
	ATTEMPT(makes_pipe),
	ATTEMPT(forks),
	ATTEMPT(clones_thread),
	ATTEMPT(executes),
	ATTEMPT(executes_at),
	ATTEMPT(signals_another),
	ATTEMPT(signals_a_thread),
	ATTEMPT(signals_all),
	ATTEMPT(traces),
	ATTEMPT(reads_another),
	ATTEMPT(runs_memory),
	ATTEMPT(makes_memory_run),
	ATTEMPT(maps_file),
	ATTEMPT(names_memory),
	ATTEMPT(shares_memory),
	ATTEMPT(copies_descriptor),
	ATTEMPT(controls),
	ATTEMPT(changes_device),
	ATTEMPT(receives_descriptors),
	ATTEMPT(loads_filter),
	ATTEMPT(makes_ring),
	ATTEMPT(raises_limit),
	ATTEMPT(dumps),
	ATTEMPT(becomes_root),
	ATTEMPT(leaves_namespace),
	ATTEMPT(watches_files),
	ATTEMPT(starts_timer),
	ATTEMPT(watches_process),
	ATTEMPT(has_name_of_host),
};

/* In a child, which says by its end what came of it. */
static int
in_child(int (*try)(void), bool inside)
{
	int status;
	struct err err = {0};
	pid_t pid = fork();
	if (pid == 0) {
		if (inside && !sandbox_enter((size_t)64 << 20, &err))
			_exit(BROKEN);
		_exit(try());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static void
nothing_outside_can_be_reached(void **state)
{
	unsigned possible = 0;
	(void)state;
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
		int before = in_child(attempts[i].try, false), inside = in_child(attempts[i].try, true);
		possible += before == DONE;
		if (inside != REFUSED)
			fail_msg("%s: %d inside of the sandbox, %d outside", attempts[i].name, inside, before);
		if (before != DONE && before != REFUSED)
			fail_msg("%s: %d outside of the sandbox", attempts[i].name, before);
	}
	/* Some are refused to anybody in a container; most must be possible here, or this shows nothing. */
	assert_true(possible > sizeof attempts / sizeof *attempts / 4 * 3);
}

static int
computes(void)
{
	char byte = 0, *more = malloc((size_t)16 << 20);
	struct timespec now;
	if (!more)
		return BROKEN;
	memset(more, 1, (size_t)16 << 20);
	bool measured = sandbox_memory() >= (size_t)16 << 20;
	free(more);
	return measured && write(1, &byte, 1) == 1 && clock_gettime(CLOCK_REALTIME, &now) == 0 ? DONE : BROKEN;
}

static int
takes_too_much(void)
{
	size_t taken = 0;
	for (; taken < (size_t)256 << 20; taken += (size_t)1 << 20)
		if (mmap(NULL, (size_t)1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			MAP_FAILED)
			break;
	return taken > (size_t)48 << 20 && taken <= (size_t)64 << 20 ? REFUSED : BROKEN;
}

static void
it_can_compute_and_use_what_it_has(void **state)
{
	(void)state;
	assert_int_equal(in_child(computes, true), DONE);
}

static void
memory_ends_at_its_limit(void **state)
{
	(void)state;
	assert_int_equal(in_child(takes_too_much, true), REFUSED);
}

static void *
opens_in_a_thread(void *go)
{
	char byte;
	int *channel = go;
	if (read(channel[0], &byte, 1) != 1)
		return (void *)BROKEN;
	return open("/etc/passwd", O_RDONLY) >= 0 ? (void *)DONE : (void *)REFUSED;
}

/* A thread that was there before is bound as well. */
static int
threads(void)
{
	pthread_t thread;
	int channel[2];
	void *came = NULL;
	struct err err = {0};
	if (pipe(channel) != 0 || pthread_create(&thread, NULL, opens_in_a_thread, channel) != 0 ||
		!sandbox_enter((size_t)64 << 20, &err) || write(channel[1], "x", 1) != 1 ||
		pthread_join(thread, &came) != 0)
		return BROKEN;
	return (int)(intptr_t)came;
}

static void
threads_are_bound_as_well(void **state)
{
	(void)state;
	assert_int_equal(in_child(threads, false), REFUSED);
}

static int
begin(void **state)
{
	(void)state;
	file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	other = fork();
	if (other == 0) {
		pause();
		_exit(0);
	}
	return file >= 0 && other > 0 ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_outside_can_be_reached),
		cmocka_unit_test(it_can_compute_and_use_what_it_has),
		cmocka_unit_test(memory_ends_at_its_limit),
		cmocka_unit_test(threads_are_bound_as_well),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
