/*
 * stepmill-js: JavaScript that people have written, in a process that can do nothing but compute. Executors and API workers start it with a
 * socket as its descriptor 3 (js/wire.h says what is said there) and end it by closing that, or by a signal.
 */
#include "js/engine.h"
#include "js/sandbox.h"
#include "js/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_MAX ((size_t)256 << 20)
#define MEMORY_COLLECT ((size_t)64 << 20) /* from here on it is looked for what nobody needs */
#define MEMORY_TIRED ((size_t)96 << 20)	  /* and when that has not helped the process ends */

/* The engine reads its settings when it is loaded. */
static void
start_again(char **argv)
{
	if (getenv("Malloc"))
		return;
	execve("/proc/self/exe", argv, (char *const *)js_environment);
	fprintf(stderr, "stepmill-js: it cannot be started: %s.\n", strerror(errno));
	exit(2);
}

static bool
send_all(const struct buf *out)
{
	for (size_t at = 0; at < out->n;) {
		ssize_t n = write(JS_CHANNEL, out->p + at, out->n - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* The next frame, after the first `used` bytes of what has come. */
static bool
receive(struct buf *come, size_t used, struct str *ret_frame, size_t *ret_used)
{
	int whole;
	buf_drop_front(come, used);
	while ((whole = wire_frame(buf_str(come), ret_frame, ret_used)) == 0) {
		size_t had = come->n, more = (size_t)64 << 10;
		char *room = buf_extend(come, more);
		if (!room)
			return false;
		ssize_t n = read(JS_CHANNEL, room, more);
		come->n = had + (n > 0 ? (size_t)n : 0);
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
	}
	return whole > 0;
}

static bool
rested(struct engine *engine)
{
	if (engine_tired(engine))
		return false;
	if (sandbox_memory() < MEMORY_COLLECT)
		return true;
	engine_collect(engine);
	return sandbox_memory() < MEMORY_TIRED;
}

static void
serve(struct engine *engine)
{
	struct arena *arena = arena_new();
	struct buf come, out;
	struct str frame;
	size_t used = 0;
	buf_init(&come, JS_FRAME_MAX + ((size_t)128 << 10));
	buf_init(&out, JS_FRAME_MAX + 4);
	wire_add_greeting(&out);
	bool on = send_all(&out);
	while (on && receive(&come, used, &frame, &used)) {
		struct js_request request;
		struct js_answer answer;
		if (!wire_read_request(arena, frame, &request))
			break;
		engine_answer(engine, arena, &request, &answer);
		answer.last = !rested(engine);
		buf_clear(&out);
		on = wire_add_answer(&out, &answer) && send_all(&out) && !answer.last;
		arena_reset(arena);
	}
}

int
main(int argc, char **argv)
{
	struct err err = {0};
	(void)argc;
	close_range(JS_CHANNEL + 1, ~0U, 0);
	start_again(argv);
	struct engine *engine = engine_new(&err);
	if (!engine || !sandbox_enter(MEMORY_MAX, &err)) {
		fprintf(stderr, "stepmill-js: %s\n", err.message);
		return 1;
	}
	serve(engine);
	_exit(0); /* nothing of it is to be tidied up, and nothing that people have written is to run again */
}
