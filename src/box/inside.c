/* The last moments before the command: where it begins, what it may take and do, which descriptors it gets. */
#include "box/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES 1024

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
