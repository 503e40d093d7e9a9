/*
 * The system calls that a command has no business with: those that make or change a sandbox, look into other processes, or are known for their holes. Unlike
 * the filter of stepmill-js this names what is refused: compilers, interpreters and shells are to work.
 */
#include "box/inside.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define SEGMENT_MAX 65536 /* bytes of a System V segment, of which there may be 4096: databases lock by a small one */

static const int refused[] = {
	/* namespaces, mounts */
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(move_mount),
	SCMP_SYS(open_tree),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig),
	SCMP_SYS(fsmount),
	SCMP_SYS(fspick),
	SCMP_SYS(quotactl),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	/* other processes */
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(kcmp),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(lookup_dcookie),
	/* the kernel */
	SCMP_SYS(bpf),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(reboot),
	SCMP_SYS(syslog),
	SCMP_SYS(acct),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(modify_ldt),
	SCMP_SYS(vhangup),
	SCMP_SYS(uselib),
	SCMP_SYS(nfsservctl),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(clock_adjtime),
	SCMP_SYS(adjtimex),
	SCMP_SYS(sethostname),
	SCMP_SYS(setdomainname),
	/* keys, files past their names */
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(keyctl),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(name_to_handle_at),
	SCMP_SYS(fanotify_init),
	SCMP_SYS(fanotify_mark),
};

static int
refuse_some(scmp_filter_ctx filter)
{
	static const unsigned long spaces[] = {
		CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP};
	int failure = 0;
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces && !failure; i++)
		failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, spaces[i], spaces[i]));
	if (!failure) /* its flags lie in memory: the C library goes back to clone */
		failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (!failure) /* who watches it has to see it */
		failure = seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_DUMPABLE));
	if (!failure) /* no typing into somebody's terminal */
		failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffUL, TIOCSTI));
	if (!failure)
		failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffUL, TIOCLINUX));
	if (!failure) /* memory that nobody sees: of no process when it is not mapped */
		failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(memfd_create), 0);
	if (!failure)
		failure = seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(ENOMEM), SCMP_SYS(shmget), 1, SCMP_A1(SCMP_CMP_GT, SEGMENT_MAX));
	return failure;
}

/*
 * Sockets reach nobody where there are namespaces; there AF_UNIX may be used between processes of the command. Where it has a proxy, so may TCP of IPv4,
 * which is how that is spoken to: no other kind, and no other protocol of that kind.
 */
static int
refuse_sockets(scmp_filter_ctx filter, const struct box_job *job)
{
	uint32_t refuse = SCMP_ACT_ERRNO(EAFNOSUPPORT);
	if (job->level != BOX_NAMESPACES)
		return seccomp_rule_add(filter, refuse, SCMP_SYS(socket), 0);
	if (!job->network)
		return seccomp_rule_add(filter, refuse, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX));
	int failure = seccomp_rule_add(filter, refuse, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, AF_INET));
	for (unsigned type = 0; type <= 0xf && !failure; type++)
		if (type != SOCK_STREAM)
			failure = seccomp_rule_add(filter, refuse, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_INET),
				SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, type));
	if (!failure)
		failure = seccomp_rule_add(filter, refuse, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_INET),
			SCMP_A2(SCMP_CMP_GT, IPPROTO_TCP));
	return failure;
}

bool
seccomp_enter(const struct box_job *job)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int failure = filter ? 0 : -ENOMEM;
	for (size_t i = 0; i < sizeof refused / sizeof *refused && !failure; i++) {
		failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
		if (failure == -EDOM || failure == -EINVAL) /* this machine does not have it */
			failure = 0;
	}
	if (!failure)
		failure = refuse_some(filter);
	if (!failure)
		failure = refuse_sockets(filter, job);
	if (!failure)
		failure = seccomp_load(filter);
	seccomp_release(filter);
	errno = -failure;
	return failure == 0;
}
