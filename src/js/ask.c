/* Starts a process, asks, and ends it: see ask.h. */
#include "js/ask.h"

#include "base/time.h"
#include "js/spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPU_SPARE_S 3 /* what it takes to start, and to be slow */

struct talk {
	int fd;
	int64_t end_us;
	struct buf out, come;
	size_t sent;
	bool greeted, gone; /* it is there; it has ended by itself */
};

static bool
wait_for(struct talk *talk, short events)
{
	struct pollfd fd = {.fd = talk->fd, .events = events};
	int64_t left_us = talk->end_us - boot_us();
	if (left_us <= 0)
		return false;
	int ready = poll(&fd, 1, (int)(left_us / 1000) + 1);
	return ready > 0 || (ready < 0 && errno == EINTR);
}

static bool
again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static bool
send_all(struct talk *talk)
{
	while (talk->sent < talk->out.n) {
		ssize_t n = send(talk->fd, talk->out.p + talk->sent, talk->out.n - talk->sent, MSG_NOSIGNAL);
		if (n > 0)
			talk->sent += (size_t)n;
		else if (!again() || !wait_for(talk, POLLOUT))
			return false;
	}
	return true;
}

/* The only frame there is to come next. */
static bool
receive(struct talk *talk, struct str *ret_frame)
{
	size_t used, more = (size_t)16 << 10;
	int whole;
	buf_clear(&talk->come);
	while ((whole = wire_frame(buf_str(&talk->come), ret_frame, &used)) == 0) {
		size_t had = talk->come.n;
		char *room = buf_extend(&talk->come, more);
		if (!room)
			return false;
		ssize_t n = read(talk->fd, room, more);
		talk->come.n = had + (n > 0 ? (size_t)n : 0);
		talk->gone = n == 0 || (n < 0 && errno == ECONNRESET);
		if (n == 0 || (n < 0 && (!again() || !wait_for(talk, POLLIN))))
			return false;
	}
	return whole > 0 && used == talk->come.n;
}

static bool
converse(struct talk *talk, const struct js_request *request, struct arena *arena, struct js_answer *ret_answer)
{
	struct str frame;
	talk->greeted = receive(talk, &frame) && wire_read_greeting(frame);
	return talk->greeted && send_all(talk) && receive(talk, &frame) &&
	       wire_read_answer(arena, arena_str(arena, frame), ret_answer) && ret_answer->count == request->count;
}

/* A regular expression does not look at the engine's watch: the system ends it. */
static void
limit_cpu(pid_t pid, const struct js_request *request)
{
	rlim_t seconds = request->cpu_ms / 1000 + CPU_SPARE_S;
	const struct rlimit both = {.rlim_cur = seconds, .rlim_max = seconds};
	(void)prlimit(pid, RLIMIT_CPU, &both, NULL);
}

bool
js_ask_alone(const char *program, const struct js_request *request, int timeout_ms, struct arena *arena,
	struct js_answer *ret_answer, struct err *err)
{
	struct talk talk = {.end_us = boot_us() + (int64_t)timeout_ms * 1000};
	pid_t pid;
	bool ok = false;
	buf_init(&talk.out, JS_FRAME_MAX + 4);
	buf_init(&talk.come, JS_FRAME_MAX + 4);
	if (!wire_add_request(&talk.out, request)) {
		err_set(err, ERR_LIMIT, "There is too much JavaScript in this.");
	} else if (js_spawn(program, &pid, &talk.fd, err)) {
		limit_cpu(pid, request);
		ok = converse(&talk, request, arena, ret_answer);
		if (!ok && talk.greeted && talk.gone)
			err_set(err, ERR_LIMIT,
				"The JavaScript in this needs more than 256 MB of memory, or computes for too long "
				"without a "
				"pause. Let it do less.");
		else if (!ok)
			err_set(err, ERR_UNAVAILABLE,
				"The JavaScript in this could not be looked at. Try again in a moment.");
		close(talk.fd);
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	buf_release(&talk.out);
	buf_release(&talk.come);
	return ok;
}
