/* The last moments before the command: where it begins, what it may take and do, which descriptors it gets. */
#include "box/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILES 1024
#define PROXY_BACKLOG 1024
#define PROXY_URL "http://127.0.0.1:3128"

void
box_report(enum box_event event, int value, const char *format, ...)
{
	struct box_report report = {.event = event, .value = value};
	va_list args;
	va_start(args, format);
	vsnprintf(report.text, sizeof report.text, format, args);
	va_end(args);
	if (write(BOX_REPORTS, &report, sizeof report) < 0)
		_exit(1); /* nobody listens any more */
}

static bool
limit(int what, int64_t most)
{
	struct rlimit both = {.rlim_cur = (rlim_t)most, .rlim_max = (rlim_t)most};
	return setrlimit((__rlimit_resource_t)what, &both) == 0;
}

static bool
limits(const struct box_job *job)
{
	return limit(RLIMIT_DATA, job->memory_mb << 20) && limit(RLIMIT_NPROC, job->processes) &&
	       limit(RLIMIT_FSIZE, job->disk_mb << 20) && limit(RLIMIT_CPU, job->cpu_seconds) &&
	       limit(RLIMIT_CORE, 0) && limit(RLIMIT_MSGQUEUE, 0) && limit(RLIMIT_MEMLOCK, 65536) &&
	       limit(RLIMIT_NOFILE, FILES);
}

static _Noreturn void
refuse(const char *what)
{
	box_report(BOX_REFUSED, errno, "%s: %s", what, strerror(errno));
	_exit(1);
}

/* What its programs may have been told to ignore, or not to hear. */
static void
usual_signals(void)
{
	sigset_t none;
	sigemptyset(&none);
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- its way out ---- */

static bool
hand_over(int listening)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} room = {0};
	char byte = 0;
	struct iovec one = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &one, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof listening);
	memcpy(CMSG_DATA(header), &listening, sizeof listening);
	ssize_t n = sendmsg(BOX_PROXY, &message, MSG_NOSIGNAL) == 1 ? read(BOX_PROXY, &byte, 1) : -1;
	if (n == 0 || (n < 0 && (errno == EPIPE || errno == ECONNRESET)))
		_exit(1); /* it has said why it went, or was killed, which our supervisor sees */
	return n == 1;
}

/*
 * A socket is of the network in which it was made, whoever accepts from it: this one of the box's own, where nothing else is. The proxy outside gets it before
 * anything of the command's has run, and the command does not.
 */
static bool
open_way_out(void)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_port = htons(BOX_PROXY_PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && bind(fd, (const struct sockaddr *)&here, sizeof here) == 0 &&
		  listen(fd, PROXY_BACKLOG) == 0 && hand_over(fd);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* In both spellings: there are programs that know one of them. */
static void
set_proxy(void)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		setenv(names[i], PROXY_URL, 0);
	setenv("no_proxy", "", 0); /* nothing else is there */
	setenv("NO_PROXY", "", 0);
	setenv("NODE_USE_ENV_PROXY", "1", 0); /* Node.js's own fetch() looks at them only then */
}

/* ---- the whole ---- */

/* What programs expect to find, and what the step says. */
static void
set_environment(const struct box_job *job)
{
	const char *own = job->level == BOX_NAMESPACES ? "/tmp" : "."; /* the working directory is all there is */
	clearenv();
	for (const char *const *variable = job->environment; *variable; variable++)
		putenv((char *)*variable);
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 0);
	setenv("LANG", "C.UTF-8", 0);
	setenv("USER", "script", 0);
	setenv("HOME", own, 0);
	setenv("TMPDIR", own, 0);
	if (job->network)
		set_proxy();
}

void
inside(const struct box_job *job, const char *place)
{
	int abi;
	usual_signals();
	if (chdir(place) != 0)
		refuse("the working directory");
	if (job->directory[0] && chdir(job->directory) != 0) {
		box_report(BOX_NO_DIRECTORY, errno, "%s", strerror(errno));
		_exit(1);
	}
	if (job->network && !open_way_out())
		refuse("its proxy");
	if (!limits(job))
		refuse("limits");
	if (close_range(BOX_REPORTS, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
		refuse("descriptors");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		refuse("no_new_privs");
	if (!landlock_enter(job, place, &abi))
		refuse("Landlock");
	if (!seccomp_enter(job))
		refuse("seccomp");
	box_report(BOX_STARTED, abi, "%s", "");
	set_environment(job);
	execvp(job->arguments[0], (char *const *)job->arguments);
	box_report(BOX_NO_PROGRAM, errno, "%s", strerror(errno));
	_exit(127);
}
