/* Starting a stepmill-js: see spawn.h. */
#include "js/spawn.h"

#include "base/spawn.h"
#include "js/wire.h"

#include <errno.h>
#include <fcntl.h>
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

bool
js_spawn(const char *program, pid_t *ret_pid, int *ret_fd, struct err *err)
{
	char name[] = "stepmill-js";
	char *argv[] = {name, NULL};
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return failed(err, "socketpair", errno);
	const int descriptors[] = {SPAWN_NOWHERE, SPAWN_NOWHERE, STDERR_FILENO, [JS_CHANNEL] = pair[1]};
	int failure = spawn_program(program, argv, (char *const *)js_environment, descriptors, JS_CHANNEL + 1, ret_pid);
	close(pair[1]);
	if (!failure && fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0)
		failure = errno;
	if (failure) {
		close(pair[0]);
		return failed(err, program && program[0] ? program : name, failure);
	}
	*ret_fd = pair[0];
	return true;
}
