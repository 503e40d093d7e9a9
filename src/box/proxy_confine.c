/*
 * What a proxy may do: look up names, open sockets, pass bytes. No other program, no process, no file to be written, none to be read but what looking
 * up names takes. Unlike the filter of a command (seccomp.c) this one names what is allowed; the rest fails with EPERM.
 */
#include "box/inside.h"
#include "box/proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static const int allowed[] = {
	/* bytes */
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(fcntl),
	SCMP_SYS(ioctl),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	/* sockets; which ones may be made is told below */
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(accept4),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	/* files, as far as Landlock and the rule for openat allow */
	SCMP_SYS(fstat),
	SCMP_SYS(stat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(readlink),
	/* memory */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* threads, time, who it is */
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(uname),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static int
allow_sockets(scmp_filter_ctx filter)
{
	static const struct {
		int family, type;
	} made[] = {{AF_INET, SOCK_STREAM}, {AF_INET6, SOCK_STREAM}, {AF_INET, SOCK_DGRAM}, {AF_INET6, SOCK_DGRAM},
		{AF_NETLINK, SOCK_RAW}}; /* the last tells this machine's own addresses */
	int failure = 0;
	for (size_t i = 0; i < sizeof made / sizeof *made && !failure; i++)
		failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)made[i].family),
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, (scmp_datum_t)made[i].type),
			SCMP_A2(SCMP_CMP_LE, made[i].family == AF_NETLINK ? 0 : IPPROTO_UDP));
	return failure;
}

static int
allow_some(scmp_filter_ctx filter)
{
	int failure = allow_sockets(filter);
	if (!failure) /* threads, and nothing else */
		failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (!failure) /* its flags lie in memory: the C library goes back to clone */
		failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (!failure)
		failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
	/* What is to be run comes from a file of the system's, for looking up names; never from memory. */
	if (!failure)
		failure = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!failure)
		failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC),
			SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0));
	if (!failure)
		failure = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return failure;
}

static bool
filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int failure = filter ? 0 : -ENOMEM;
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed && !failure; i++) {
		failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
		if (failure == -EDOM || failure == -EINVAL) /* this machine does not have it */
			failure = 0;
	}
	if (!failure)
		failure = allow_some(filter);
	if (!failure)
		failure = seccomp_load(filter);
	seccomp_release(filter);
	errno = -failure;
	return failure == 0;
}

/* What it is judged by has to be had in here, too: a machine whose own addresses cannot be read would take them for anybody's. */
bool
proxy_confine(void)
{
	struct ifaddrs *addresses;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !landlock_read_only() || !filter_calls() ||
		getifaddrs(&addresses) != 0)
		return false;
	freeifaddrs(addresses);
	return true;
}
