/*
 * Expressions a second: asked of a stepmill-js over its socket, and of the engine itself in this process, in requests of 1, 20 and 200
 * over a scope of 1 KB. Prints one JSON object a line; tests/bench/js.mjs makes a table of them.
 *
 *	bench_js PROGRAM EVALUATIONS
 */
#include "base/time.h"
#include "js/engine.h"
#include "js/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const unsigned sizes[] = {1, 20, 200};

static struct str sources[200];
static struct str scope;

struct asker {
	const char *name;
	bool (*ask)(struct asker *asker, struct arena *arena, const struct js_request *request);
	struct engine *engine;
	int fd;
	struct buf out, come;
};

static bool
ask_engine(struct asker *asker, struct arena *arena, const struct js_request *request)
{
	struct js_answer answer;
	engine_answer(asker->engine, arena, request, &answer);
	return answer.results[request->count - 1].status == JS_OK;
}

static bool
receive(struct asker *asker, struct str *ret_frame)
{
	size_t used;
	buf_clear(&asker->come);
	while (wire_frame(buf_str(&asker->come), ret_frame, &used) == 0) {
		size_t had = asker->come.n;
		char *room = buf_extend(&asker->come, 65536);
		ssize_t n = room ? read(asker->fd, room, 65536) : 0;
		asker->come.n = had + (n > 0 ? (size_t)n : 0);
		if (n <= 0)
			return false;
	}
	return true;
}

static bool
ask_process(struct asker *asker, struct arena *arena, const struct js_request *request)
{
	struct js_answer answer;
	struct str frame;
	buf_clear(&asker->out);
	return wire_add_request(&asker->out, request) &&
	       write(asker->fd, asker->out.p, asker->out.n) == (ssize_t)asker->out.n && receive(asker, &frame) &&
	       wire_read_answer(arena, frame, &answer) && answer.results[request->count - 1].status == JS_OK;
}

static double
cpu_seconds(void)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static bool
measure(struct asker *asker, unsigned size, unsigned evaluations)
{
	struct arena *arena = arena_new();
	struct js_request request = {
		.kind = JS_EVALUATE, .cpu_ms = 10000, .scope = scope, .sources = sources, .count = size};
	int64_t begun = boot_us();
	double cpu = cpu_seconds();
	bool ok = true;
	for (unsigned done = 0; ok && done < evaluations; done += size) {
		ok = asker->ask(asker, arena, &request);
		arena_reset(arena);
	}
	arena_free(arena);
	printf("{\"by\": \"%s\", \"size\": %u, \"evaluations\": %u, \"seconds\": %.6f, \"cpu\": %.6f}\n", asker->name,
		size, evaluations, (double)(boot_us() - begun) / 1e6, cpu_seconds() - cpu);
	return ok;
}

static void
make_texts(struct arena *arena)
{
	struct buf buf;
	buf_init(&buf, 1 << 16);
	buf_add_z(&buf, "{\"input\":{\"items\":[");
	for (int i = 0; i < 20; i++)
		buf_printf(&buf, "%s{\"name\":\"item number %d\",\"price\":%d}", i ? "," : "", i, i * 7);
	buf_add_z(&buf, "]},\"steps\":{}}");
	scope = arena_str(arena, buf_str(&buf));
	buf_release(&buf);
	for (unsigned i = 0; i < 200; i++)
		sources[i] = str_of(
			arena_printf(arena, "input.items.filter(x => x.price > %u).map(x => x.name).join(', ')", i));
}

int
main(int argc, char **argv)
{
	struct err err = {0};
	struct arena *arena = arena_new();
	struct asker process = {.name = "process", .ask = ask_process}, direct = {.name = "engine", .ask = ask_engine};
	struct str frame;
	pid_t pid;
	if (argc != 3)
		return 2;
	if (!getenv("Malloc")) {
		execve("/proc/self/exe", argv, (char *const *)js_environment);
		return 2;
	}
	make_texts(arena);
	if (!js_spawn(argv[1], &pid, &process.fd, &err) || !(direct.engine = engine_new(&err))) {
		fprintf(stderr, "bench_js: %s\n", err.message);
		return 1;
	}
	fcntl(process.fd, F_SETFL, 0);
	buf_init(&process.out, JS_FRAME_MAX);
	buf_init(&process.come, JS_FRAME_MAX);
	bool ok = receive(&process, &frame);
	for (size_t i = 0; ok && i < sizeof sizes / sizeof *sizes; i++)
		ok = measure(&direct, sizes[i], (unsigned)atoi(argv[2])) &&
		     measure(&process, sizes[i], (unsigned)atoi(argv[2]));
	close(process.fd);
	waitpid(pid, NULL, 0);
	return ok ? 0 : 1;
}
