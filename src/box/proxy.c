/* The proxy of a box from its beginning to its end, which is that of its supervisor; see proxy.h. */
#include "box/proxy.h"
#include "box/inside.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES_MAX 20
#define STACK_BYTES ((size_t)256 << 10)
#define DATA_BYTES ((rlim_t)128 << 20) /* besides what it begins with */
#define FILES ((rlim_t)(4 * PROXY_AT_ONCE + 64))
#define NO_ROOM_US 20000 /* when the kernel has none for another connection */

struct connections {
	struct proxy proxy;
	pthread_mutex_t lock;
	pthread_cond_t fewer;
	unsigned open, in_all;
};

struct connection {
	struct connections *all;
	int fd;
	bool too_many; /* there were as many as there may be */
};

/* ---- what it says ---- */

/* One write, so that no line of the command's own is cut. */
static void
say(struct proxy *proxy, const char *format, ...)
{
	char line[600];
	va_list args;
	if (__atomic_add_fetch(&proxy->said, 1, __ATOMIC_RELAXED) > LINES_MAX)
		return;
	va_start(args, format);
	int n = vsnprintf(line, sizeof line - 1, format, args);
	va_end(args);
	n = n < (int)sizeof line - 1 ? n : (int)sizeof line - 2;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody listens any more */
}

static const char *
phrase(int status)
{
	return status == 400   ? "Bad Request"
	       : status == 403 ? "Forbidden"
	       : status == 408 ? "Request Timeout"
	       : status == 431 ? "Request Header Fields Too Large"
	       : status == 501 ? "Not Implemented"
	       : status == 504 ? "Gateway Timeout"
			       : "Bad Gateway";
}

static void
answer(struct connection *c, struct arena *arena, const struct proxy_request *request, const struct proxy_wrong *wrong)
{
	const char *to =
		request && request->host[0] ? arena_printf(arena, "%s:%u: ", request->host, request->port) : "";
	const char *text = arena_printf(arena, "stepmill: %s%s\n", to, wrong->why);
	proxy_send(c->fd, str_of(arena_printf(arena,
				  "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
				  "%zu\r\nConnection: "
				  "close\r\n\r\n%s",
				  wrong->status, phrase(wrong->status), strlen(text), text)));
	say(&c->all->proxy, "stepmill: %s%s", to, wrong->why);
}

/* ---- one connection ---- */

/* False: it has closed, or `wrong` says what there was instead of a request. */
static bool
read_head(struct connection *c, char *bytes, size_t *ret_n, size_t *ret_head, struct proxy_wrong *ret_wrong)
{
	int64_t end = boot_us() + (int64_t)PROXY_HEAD_MS * 1000;
	size_t n = 0, head = 0;
	while (head == 0) {
		struct pollfd ready = {.fd = c->fd, .events = POLLIN};
		int64_t left_us = end - boot_us();
		if (left_us <= 0 || n == PROXY_HEAD_MAX) {
			*ret_wrong = n == PROXY_HEAD_MAX
					     ? (struct proxy_wrong){431, "the request has more than 32 KB of headers."}
					     : (struct proxy_wrong){408, "the request did not come within 10 s."};
			return false;
		}
		if (poll(&ready, 1, (int)(left_us / 1000) + 1) <= 0)
			continue;
		ssize_t got = recv(c->fd, bytes + n, PROXY_HEAD_MAX - n, 0);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		n += got > 0 ? (size_t)got : 0;
		head = proxy_head_size((struct str){bytes, n});
	}
	*ret_n = n;
	*ret_head = head;
	return true;
}

static bool
may_begin(const struct connection *c, struct proxy_wrong *ret_wrong)
{
	if (c->too_many)
		*ret_wrong = (struct proxy_wrong){403, "the script has made 10000 connections, and may make no more."};
	else if (proxy_spent(&c->all->proxy))
		*ret_wrong = (struct proxy_wrong){403,
			"the script has sent and received as much as it may. Whoever looks after this installation can "
			"raise the setting script_network_mb."};
	return !ret_wrong->why;
}

static void
serve(struct connection *c, struct arena *arena)
{
	char *bytes = arena_alloc(arena, PROXY_HEAD_MAX);
	struct proxy_request request = {0};
	struct proxy_wrong wrong = {0};
	size_t n, head;
	int outer = -1;
	if (read_head(c, bytes, &n, &head, &wrong) &&
		proxy_request_read(arena, (struct str){bytes, head}, &request, &wrong) && may_begin(c, &wrong))
		outer = proxy_reach(&c->all->proxy, &request, arena, &wrong);
	if (wrong.why)
		answer(c, arena, &request, &wrong);
	if (outer < 0)
		return;
	if (!request.tunnel || proxy_send(c->fd, STR("HTTP/1.1 200 Connection established\r\n\r\n")))
		proxy_pass(&c->all->proxy, c->fd, outer, &request, (struct str){bytes + head, n - head});
	close(outer);
}

static void *
connection(void *what)
{
	struct connection *c = what;
	struct connections *all = c->all;
	struct arena *arena = arena_new();
	serve(c, arena);
	arena_free(arena);
	/* What it still sends would have the kernel take our answer back. */
	shutdown(c->fd, SHUT_WR);
	char rest[4096];
	struct pollfd more = {.fd = c->fd, .events = POLLIN};
	for (int turn = 0; turn < 64 && poll(&more, 1, 1000) > 0 && recv(c->fd, rest, sizeof rest, 0) > 0; turn++)
		;
	close(c->fd);
	free(c);
	pthread_mutex_lock(&all->lock);
	all->open--;
	pthread_cond_signal(&all->fewer);
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

/* ---- all of them ---- */

static void
begin(struct connections *all, int fd, const pthread_attr_t *attributes)
{
	struct connection *c = calloc(1, sizeof *c);
	pthread_t thread;
	if (!c)
		out_of_memory();
	*c = (struct connection){all, fd, all->in_all > PROXY_IN_ALL};
	if (pthread_create(&thread, attributes, connection, c) == 0)
		return;
	close(fd);
	free(c);
	pthread_mutex_lock(&all->lock);
	all->open--;
	pthread_mutex_unlock(&all->lock);
	usleep(NO_ROOM_US);
}

static _Noreturn void
accept_all(struct connections *all, int listening)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	for (;;) {
		pthread_mutex_lock(&all->lock);
		while (all->open == PROXY_AT_ONCE)
			pthread_cond_wait(&all->fewer, &all->lock);
		all->open++;
		all->in_all += all->in_all <= PROXY_IN_ALL;
		pthread_mutex_unlock(&all->lock);
		int fd;
		while ((fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
			if (errno != EINTR && errno != ECONNABORTED)
				usleep(NO_ROOM_US);
		begin(all, fd, &attributes);
	}
}

/* ---- its beginning ---- */

static _Noreturn void
refuse(const char *what)
{
	box_report(BOX_REFUSED, errno, "proxy: %s: %s", what, strerror(errno));
	_exit(1);
}

/* The socket that listens in the box, from the box, before anything of the command's runs there. -1: the box has gone. */
static int
receive_socket(void)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} room;
	char byte;
	struct iovec one = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &one, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
	int fd = -1, listens = 0;
	socklen_t size = sizeof listens;
	if (recvmsg(BOX_PROXY, &message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens ? fd : -1;
}

static bool
limit(__rlimit_resource_t what, rlim_t most)
{
	struct rlimit both = {.rlim_cur = most, .rlim_max = most};
	return setrlimit(what, &both) == 0;
}

/* Private memory that can be written, which RLIMIT_DATA counts: the sixth number, in pages. */
static rlim_t
data_bytes(void)
{
	unsigned long pages = 0;
	FILE *in = fopen("/proc/self/statm", "re");
	if (!in || fscanf(in, "%*s %*s %*s %*s %*s %lu", &pages) != 1)
		pages = 0;
	if (in)
		fclose(in);
	return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static bool
limits(void)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	return nowhere >= 0 && dup2(nowhere, STDIN_FILENO) >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 &&
	       limit(RLIMIT_DATA, data_bytes() + DATA_BYTES) && limit(RLIMIT_NOFILE, FILES) && limit(RLIMIT_FSIZE, 0) &&
	       limit(RLIMIT_CORE, 0) && limit(RLIMIT_MSGQUEUE, 0) && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

int
proxy_serve(const struct box_job *job)
{
	struct connections *all = calloc(1, sizeof *all);
	struct err err = {0};
	if (!all)
		out_of_memory();
	all->proxy.bytes_max = job->network_mb << 20;
	pthread_mutex_init(&all->proxy.guard_lock, NULL);
	pthread_mutex_init(&all->lock, NULL);
	pthread_cond_init(&all->fewer, NULL);
	if (!net_guard_parse(job->allow_address, arena_new(), &all->proxy.guard, &err)) {
		box_report(BOX_REFUSED, 0, "proxy: %s", err.message);
		return 1;
	}
	mallopt(M_ARENA_MAX, 2);
	if (!limits())
		refuse("limits");
	if (!proxy_confine())
		refuse("seccomp");
	int listening = receive_socket();
	if (listening < 0 || send(BOX_PROXY, "", 1, MSG_NOSIGNAL) != 1)
		return 1; /* the box has said why, or was ended */
	close(BOX_PROXY);
	close(BOX_REPORTS);
	accept_all(all, listening);
}
