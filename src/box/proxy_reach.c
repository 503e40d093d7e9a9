/* From a name to a socket: every address of the name is judged, and the one that is judged is the one that is connected to. */
#include "box/proxy.h"

#include "base/time.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum verdict { REFUSED, OTHER_PORT, GOOD };

/* Of the public internet the web; what the installation names, at whatever port it names. */
static enum verdict
judge(struct proxy *proxy, const struct sockaddr *address, uint16_t port)
{
	pthread_mutex_lock(&proxy->guard_lock);
	bool named = net_guard_names(&proxy->guard, address), allowed = net_guard_allows(&proxy->guard, address);
	pthread_mutex_unlock(&proxy->guard_lock);
	if (named)
		return GOOD;
	return !allowed ? REFUSED : port == 80 || port == 443 ? GOOD : OTHER_PORT;
}

static int
try_address(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, failure = 0;
	socklen_t size = sizeof failure;
	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	if (errno == EINPROGRESS) {
		struct pollfd ready = {.fd = fd, .events = POLLOUT};
		int64_t end = boot_us() + (int64_t)PROXY_CONNECT_MS * 1000;
		int count;
		while ((count = poll(&ready, 1, (int)((end - boot_us()) / 1000))) < 0 && errno == EINTR &&
			boot_us() < end)
			;
		if (count == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0)
			return fd;
		errno = count == 1 ? failure : ETIMEDOUT;
	}
	failure = errno;
	close(fd);
	errno = failure;
	return -1;
}

static void
say_unresolved(struct proxy_wrong *ret_wrong, struct arena *arena, int failure)
{
	ret_wrong->status = 502;
	ret_wrong->why = arena_printf(arena, "the name could not be resolved: %s. Look at its spelling.",
		failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
}

int
proxy_reach(
	struct proxy *proxy, const struct proxy_request *request, struct arena *arena, struct proxy_wrong *ret_wrong)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *all;
	char port[8];
	enum verdict worst = GOOD;
	unsigned tried = 0;
	int fd = -1;
	snprintf(port, sizeof port, "%u", request->port);
	int failure = getaddrinfo(request->host, port, &hints, &all);
	if (failure != 0) {
		say_unresolved(ret_wrong, arena, failure);
		return -1;
	}
	for (const struct addrinfo *one = all; one && fd < 0 && tried < PROXY_ADDRESSES_MAX; one = one->ai_next) {
		enum verdict verdict = judge(proxy, one->ai_addr, request->port);
		if (verdict != GOOD) {
			worst = worst == GOOD ? verdict : worst;
			continue;
		}
		tried++;
		fd = try_address(one);
		failure = errno;
	}
	freeaddrinfo(all);
	if (fd >= 0)
		return fd;
	if (tried > 0)
		*ret_wrong = (struct proxy_wrong){failure == ETIMEDOUT ? 504 : 502,
			arena_printf(arena, "no connection could be made: %s. Try again later.", strerror(failure))};
	else if (worst == OTHER_PORT)
		*ret_wrong = (struct proxy_wrong){403,
			"scripts reach ports 80 and 443 of the public internet. Use one of those, or have the "
			"installation's setting allow_address name this address and port."};
	else
		*ret_wrong = (struct proxy_wrong){403, "its address is not one of the public internet, so it is "
						       "refused. Use another host, or have the "
						       "installation's setting allow_address name this one."};
	return -1;
}
