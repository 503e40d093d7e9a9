/* The small HTTP server; see plain.h. */
#include "http/plain.h"

#include "base/time.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX 8192
#define WAIT_US ((int64_t)2000000)

static bool
split(const char *address, char host[256], char port[16])
{
	const char *colon = strrchr(address, ':');
	size_t n = colon ? (size_t)(colon - address) : 0;
	if (n > 1 && address[0] == '[' && address[n - 1] == ']') {
		address++;
		n -= 2;
	}
	if (n == 0 || n >= 256 || strlen(colon + 1) == 0 || strlen(colon + 1) >= 16)
		return false;
	memcpy(host, address, n);
	host[n] = '\0';
	strcpy(port, colon + 1);
	return true;
}

bool
plain_listen(const char *address, int *ret_listening, struct err *err)
{
	char host[256], port[16];
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM},
			*found;
	if (!split(address, host, port) || getaddrinfo(host, port, &hints, &found) != 0)
		return err_set(
			err, ERR_INVALID, "%.200s is no address to listen on. Write it as 127.0.0.1:9464.", address);
	int one = 1, fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* While the program is replaced by a newer one, both listen for a moment. */
	bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
		  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) == 0 &&
		  bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, 16) == 0;
	if (!ok) {
		err_set(err, ERR_UNAVAILABLE, "Nothing can listen on %.200s: %s. Choose another address.", address,
			strerror(errno));
		if (fd >= 0)
			close(fd);
	} else {
		*ret_listening = fd;
	}
	freeaddrinfo(found);
	return ok;
}

static bool
wait_for(int fd, short events, int64_t until_us)
{
	int64_t left = until_us - boot_us();
	struct pollfd one = {.fd = fd, .events = events};
	return left > 0 && poll(&one, 1, (int)(left / 1000) + 1) > 0;
}

/* The request's head; false when it does not come, or is too long. */
static bool
read_head(int fd, int64_t until_us, char head[HEAD_MAX + 1])
{
	size_t n = 0;
	for (;;) {
		if (n == HEAD_MAX || !wait_for(fd, POLLIN, until_us))
			return false;
		ssize_t got = recv(fd, head + n, HEAD_MAX - n, MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
			return false;
		n += got > 0 ? (size_t)got : 0;
		head[n] = '\0';
		if (strstr(head, "\r\n\r\n"))
			return true;
	}
}

static void
send_all(int fd, int64_t until_us, struct str text)
{
	while (text.n > 0 && wait_for(fd, POLLOUT, until_us)) {
		ssize_t sent = send(fd, text.p, text.n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno != EINTR && errno != EAGAIN)
			return;
		text.p += sent > 0 ? sent : 0;
		text.n -= sent > 0 ? (size_t)sent : 0;
	}
}

static const char *
reason(int status)
{
	return status == 200   ? "OK"
	       : status == 404 ? "Not Found"
	       : status == 405 ? "Method Not Allowed"
			       : "Service Unavailable";
}

static void
serve_one(int fd, plain_answer *answer, void *context)
{
	char head[HEAD_MAX + 1];
	int64_t until_us = boot_us() + WAIT_US;
	if (!read_head(fd, until_us, head))
		return;
	struct arena *arena = arena_new();
	struct plain_response response = {405, "text/plain; charset=utf-8", STR("This takes GET.\n")};
	if (strncmp(head, "GET ", 4) == 0)
		answer(context, arena, (struct str){head + 4, strcspn(head + 4, " ?\r\n")}, &response);
	send_all(fd, until_us,
		str_of(arena_printf(arena,
			"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
			response.status, reason(response.status), response.type, response.body.n)));
	send_all(fd, until_us, response.body);
	arena_free(arena);
}

int
plain_serve(int listening, plain_answer *answer, void *context)
{
	for (;;) {
		int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EINTR || errno == ECONNABORTED || errno == EMFILE || errno == ENFILE)
				continue;
			return 1;
		}
		serve_one(fd, answer, context);
		close(fd);
	}
}
