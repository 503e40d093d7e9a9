/*
 * The sandbox of stepmill-js: another user where it was root, limits, and a filter of system calls (seccomp). What the filter does not
 * name fails with EPERM rather than killing the process: the engine and the C library ask for this and that (a thread's name, the
 * number of processors) and do without.
 */
#include "js/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY 65534

static int statm = -1;
static size_t at_start;

/* Private memory that can be written: what RLIMIT_DATA counts. The sixth number, in pages. */
static size_t
data_bytes(void)
{
	char text[256];
	ssize_t n = pread(statm, text, sizeof text - 1, 0);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	char *at = text;
	for (int i = 0; i < 5; i++) {
		at = strchr(at, ' ');
		if (!at)
			return 0;
		at++;
	}
	return (size_t)strtoull(at, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

size_t
sandbox_memory(void)
{
	size_t now = data_bytes();
	return now > at_start ? now - at_start : 0;
}

static bool
failed(struct err *err, const char *what)
{
	err_set(err, ERR_INTERNAL, "JavaScript cannot be run here: its sandbox could not be made (%s: %s).", what,
		strerror(errno));
	return false;
}

static bool
limit(int what, size_t most)
{
	struct rlimit both = {.rlim_cur = most, .rlim_max = most};
	return setrlimit((__rlimit_resource_t)what, &both) == 0;
}

/* As root it would be nobody's equal otherwise. */
static bool
drop_user(void)
{
	return geteuid() != 0 || (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
					 setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

/* ---- the filter ---- */

static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(sched_yield),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static int
add_rules(scmp_filter_ctx filter)
{
	int failure = 0;
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed && !failure; i++)
		failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!failure) /* memory of its own, never of a file, and never to be run */
		failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
			SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
	if (!failure)
		failure = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!failure) /* the engine stops its own threads by signals */
		failure = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	return failure;
}

static bool
filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter) {
		errno = ENOMEM;
		return false;
	}
	int failure = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!failure)
		failure = add_rules(filter);
	if (!failure)
		failure = seccomp_load(filter);
	seccomp_release(filter);
	errno = -failure;
	return failure == 0;
}

/* What is said on standard error before this is for whoever installs; later it could only be a stranger's words. */
static bool
silence(void)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool ok = nowhere >= 0;
	for (int fd = 0; ok && fd <= 2; fd++)
		ok = dup2(nowhere, fd) >= 0;
	if (nowhere >= 0)
		close(nowhere);
	return ok;
}

bool
sandbox_enter(size_t more_bytes, struct err *err)
{
	statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (statm < 0)
		return failed(err, "/proc/self/statm");
	if (!drop_user())
		return failed(err, "user");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return failed(err, "prctl");
	at_start = data_bytes();
	if (at_start == 0)
		return failed(err, "/proc/self/statm");
	if (!limit(RLIMIT_DATA, at_start + more_bytes) || !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_CORE, 0) ||
		!limit(RLIMIT_NPROC, 0) || !limit(RLIMIT_MSGQUEUE, 0))
		return failed(err, "limits");
	if (!silence())
		return failed(err, "/dev/null");
	if (!limit(RLIMIT_NOFILE, 0))
		return failed(err, "limits");
	return filter_calls() || failed(err, "seccomp");
}
