/* Landlock: what may be written, whatever the file system would allow; no TCP but to the box's proxy; nobody outside to be signalled. Kernels know more or less of it. */
#include "box/inside.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As of its newest version; older headers do not have all of them. */
#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REFER (1ULL << 13)	  /* version 2 */
#define FS_TRUNCATE (1ULL << 14)  /* 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* 5 */
#define NET_TCP 3ULL		  /* 4: bind and connect */
#define NET_CONNECT 2ULL
#define RULE_NET_PORT 2
#define SCOPES 3ULL /* 6: abstract sockets, signals */
#define FS_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_READ (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)

struct ruleset {
	uint64_t fs, net, scoped;
};

static bool
allow(int ruleset, const char *path, uint64_t access)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return true; /* not there: nothing to be allowed */
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		access &= FS_FILE;
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
	bool ok = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	close(fd);
	return ok;
}

static bool
allow_all(int ruleset, const struct box_job *job, const char *place, uint64_t all)
{
	static const char *const read_only[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/proc",
		"/run/stepmill-box", "/etc/ssl/certs", "/etc/pki", "/etc/hosts", "/etc/alternatives",
		"/etc/ld.so.cache", "/etc/localtime", "/etc/passwd", "/etc/group"};
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
	static const char *const own[] = {"/tmp", "/dev/shm"};
	bool ok = allow(ruleset, place, all) && (job->level == BOX_BARE || allow(ruleset, "/", FS_READ_DIR));
	for (size_t i = 0; ok && i < sizeof read_only / sizeof *read_only; i++)
		ok = allow(ruleset, read_only[i], FS_READ & all);
	for (size_t i = 0; ok && i < sizeof devices / sizeof *devices; i++)
		ok = allow(ruleset, devices[i], (FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE) & all);
	for (size_t i = 0; ok && job->level == BOX_NAMESPACES && i < sizeof own / sizeof *own; i++)
		ok = allow(ruleset, own[i], all);
	return ok;
}

static bool
allow_proxy(int ruleset)
{
	struct {
		uint64_t access, port;
	} rule = {NET_CONNECT, BOX_PROXY_PORT};
	return syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) == 0;
}

/* False: there is some, and it did not work. */
bool
landlock_enter(const struct box_job *job, const char *place, int *ret_abi)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	*ret_abi = abi > 0 ? (int)abi : 0;
	if (abi < 1)
		return true;
	uint64_t all = (1ULL << 13) - 1;
	all |= (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0);
	struct ruleset handled = {.fs = all, .net = abi >= 4 ? NET_TCP : 0, .scoped = abi >= 6 ? SCOPES : 0};
	size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	if (ruleset < 0)
		return false;
	bool ok = allow_all(ruleset, job, place, all) && (!job->network || abi < 4 || allow_proxy(ruleset)) &&
		  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return ok;
}

bool
landlock_read_only(void)
{
	static const char *const read_only[] = {"/etc", "/usr", "/lib", "/lib64", "/run"};
	struct ruleset handled = {.fs = (1ULL << 13) - 1};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return true;
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, 8, 0);
	bool ok = ruleset >= 0;
	for (size_t i = 0; ok && i < sizeof read_only / sizeof *read_only; i++)
		ok = allow(ruleset, read_only[i], FS_READ);
	ok = ok && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	if (ruleset >= 0)
		close(ruleset);
	return ok;
}
