/* See ending.h. */
#include "cli/ending.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t
asking(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return set;
}

int
ending_hold(void)
{
	static int fd = -1;
	sigset_t set = asking();
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (fd < 0)
		fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd;
}

bool
ending_asked(void)
{
	sigset_t pending;
	sigpending(&pending);
	return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP);
}

void
ending_let_go(void)
{
	sigset_t set = asking();
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void
end(int signal)
{
	(void)signal;
	_exit(0);
}

void
ending_is_usual(void)
{
	struct sigaction action = {.sa_handler = end};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}
