/* Bytes to and fro between the box and the world, until both have ended, nothing is said any more, or the box has had as many as it may. */
#include "box/proxy.h"

#include "base/time.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define ROOM 16384

struct way {
	int from, to;
	int64_t left; /* bytes that may still pass; -1: as many as come */
	char bytes[ROOM];
	size_t at, end;	   /* of what is still to be sent */
	bool ended, shuts; /* shuts: the other side is told of the end */
};

bool
proxy_spent(const struct proxy *proxy)
{
	return __atomic_load_n(&proxy->bytes, __ATOMIC_RELAXED) >= proxy->bytes_max;
}

static bool
wait_for(int fd, short events, int ms)
{
	struct pollfd one = {.fd = fd, .events = events};
	int count;
	while ((count = poll(&one, 1, ms)) < 0 && errno == EINTR)
		;
	return count == 1;
}

bool
proxy_send(int to, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t n = send(to, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno != EAGAIN || !wait_for(to, POLLOUT, PROXY_SILENCE_MS)))
			return false;
		if (n > 0)
			bytes = (struct str){bytes.p + n, bytes.n - (size_t)n};
	}
	return true;
}

static short
wants(const struct way *way)
{
	return way->end > way->at ? 0 : way->ended ? 0 : POLLIN;
}

/* False: the connection is over. */
static bool
read_some(struct proxy *proxy, struct way *way)
{
	size_t room = way->left >= 0 && way->left < ROOM ? (size_t)way->left : ROOM;
	ssize_t n = recv(way->from, way->bytes, room, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0) {
		way->ended = true;
		if (way->shuts)
			shutdown(way->to, SHUT_WR);
		return true;
	}
	__atomic_add_fetch(&proxy->bytes, n, __ATOMIC_RELAXED);
	way->at = 0;
	way->end = (size_t)n;
	if (way->left >= 0)
		way->left -= n;
	return !proxy_spent(proxy);
}

static bool
send_some(struct way *way)
{
	ssize_t n = send(way->to, way->bytes + way->at, way->end - way->at, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	way->at += (size_t)n;
	if (way->at == way->end && way->left == 0)
		way->ended = true; /* the body is whole; what follows is no part of this request */
	return true;
}

static bool
move(struct proxy *proxy, struct way *way, short readable, short writable)
{
	if (way->end > way->at)
		return !(writable & (POLLOUT | POLLERR | POLLHUP)) || send_some(way);
	return way->ended || !(readable & (POLLIN | POLLERR | POLLHUP)) || read_some(proxy, way);
}

static void
pass(struct proxy *proxy, struct way *out, struct way *in, bool tunnel)
{
	/* An answer is over with the other side; a tunnel with both. */
	while (!(in->ended && in->at == in->end) || (tunnel && !(out->ended && out->at == out->end))) {
		struct pollfd fds[] = {{.fd = out->from, .events = wants(out)}, {.fd = out->to, .events = wants(in)}};
		fds[0].events |= in->end > in->at ? POLLOUT : 0;
		fds[1].events |= out->end > out->at ? POLLOUT : 0;
		for (int i = 0; i < 2; i++)
			if (fds[i].events == 0) /* it has hung up, and nothing more is to be heard of it */
				fds[i].fd = -1;
		int count = poll(fds, 2, PROXY_SILENCE_MS);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0 || !move(proxy, out, fds[0].revents, fds[1].revents) ||
			!move(proxy, in, fds[1].revents, fds[0].revents))
			return;
	}
}

void
proxy_pass(struct proxy *proxy, int inner, int outer, const struct proxy_request *request, struct str early)
{
	struct way *ways = calloc(2, sizeof *ways);
	if (!ways)
		out_of_memory();
	struct way *out = &ways[0], *in = &ways[1];
	out->from = in->to = inner;
	out->to = in->from = outer;
	out->left = request->body;
	in->left = -1;
	out->shuts = in->shuts = true;
	if (request->body >= 0 && (int64_t)early.n > request->body)
		early.n = (size_t)request->body;
	if (out->left >= 0)
		out->left -= (int64_t)early.n;
	out->ended = out->left == 0;
	__atomic_add_fetch(&proxy->bytes, (int64_t)(early.n + request->head.n), __ATOMIC_RELAXED);
	if (proxy_send(outer, request->head) && proxy_send(outer, early))
		pass(proxy, out, in, request->tunnel);
	free(ways);
}
