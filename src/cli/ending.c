/* See ending.h. */
#include "cli/ending.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
#define SIGNALS (sizeof signals / sizeof signals[0])

/* What whoever started us has told us to ignore (nohup, a job in the background) asks for nothing. */
static bool
is_ignored(int signal)
{
	struct sigaction action;
	return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static sigset_t
asking(void)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS; i++)
		if (!is_ignored(signals[i]))
			sigaddset(&set, signals[i]);
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
	for (size_t i = 0; i < SIGNALS; i++)
		if (sigismember(&pending, signals[i]) && !is_ignored(signals[i]))
			return true;
	return false;
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
	for (size_t i = 0; i < SIGNALS; i++)
		if (!is_ignored(signals[i]))
			sigaction(signals[i], &action, NULL);
}
