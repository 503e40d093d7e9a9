/* Starting a stepmill-js: see spawn.h. */
#include "js/spawn.h"

#include "js/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

const char *const js_environment[] = {
	"Malloc=1", /* the C library's malloc: its memory is what RLIMIT_DATA limits */
	"JSC_useJIT=0",
	"JSC_useConcurrentGC=0",
	"JSC_numberOfGCMarkers=1",
	"JSC_useConcurrentJIT=0",
	"TZ=UTC",
	"LC_ALL=C.UTF-8",
	NULL,
};

static bool
failed(struct err *err, const char *program, int failure)
{
	err_set(err, ERR_UNAVAILABLE,
		"JavaScript cannot be run here: stepmill-js could not be started. Whoever looks after this "
		"installation "
		"finds more in the log.");
	err_detail(err, "%s: %s", program, strerror(failure));
	return false;
}

/* Where this program is; the name of an executable that was replaced meanwhile ends in " (deleted)", which does no harm here. */
static bool
beside(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof "stepmill-js");
	if (n <= 0)
		return false;
	path[n] = '\0';
	char *slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, "stepmill-js");
	return true;
}

static int
start(const char *program, int channel, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	char name[] = "stepmill-js";
	char *argv[] = {name, NULL};
	sigemptyset(&none);
	sigfillset(&usual);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, channel, JS_CHANNEL);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, 0, 1);
	posix_spawn_file_actions_addclosefrom_np(&actions, JS_CHANNEL + 1);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	int failure = posix_spawn(ret_pid, program, &actions, &attributes, argv, (char *const *)js_environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failure;
}

bool
js_spawn(const char *program, pid_t *ret_pid, int *ret_fd, struct err *err)
{
	char own[PATH_MAX];
	int pair[2];
	if (!program || !program[0]) {
		if (!beside(own))
			return failed(err, "/proc/self/exe", errno);
		program = own;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return failed(err, "socketpair", errno);
	/* The other end must not be JS_CHANNEL itself: a dup2 of a descriptor to itself leaves it closed on exec. */
	int channel = fcntl(pair[1], F_DUPFD_CLOEXEC, JS_CHANNEL + 1);
	int failure = channel < 0 ? errno : start(program, channel, ret_pid);
	if (channel >= 0)
		close(channel);
	close(pair[1]);
	if (!failure && fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0)
		failure = errno;
	if (failure) {
		close(pair[0]);
		return failed(err, program, failure);
	}
	*ret_fd = pair[0];
	return true;
}
