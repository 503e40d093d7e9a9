/* Read from the kernel with getifaddrs(), and kept for a second: a call waits for its other side longer than this takes. */
#include "net/own.h"

#include "base/log.h"
#include "base/time.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_AGAIN_US ((int64_t)1000000)
#define OWN_MAX 4096 /* addresses; a machine with more of them keeps the first */

static struct {
	int64_t looked_us;
	unsigned count;
	bool failed;
	unsigned char bytes[OWN_MAX][16];
} own;

static void
add(const struct sockaddr *address)
{
	if (!address || own.count == OWN_MAX)
		return;
	unsigned char *bytes = own.bytes[own.count];
	if (address->sa_family == AF_INET6) {
		memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	} else if (address->sa_family == AF_INET) {
		memset(bytes, 0, 10);
		memset(bytes + 10, 0xff, 2);
		memcpy(bytes + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	} else {
		return;
	}
	own.count++;
}

/* What was known stays when the kernel does not say. */
static void
look(void)
{
	struct ifaddrs *all;
	if (getifaddrs(&all) != 0) {
		if (!own.failed)
			log_warn("the addresses of this machine cannot be read", LOG_STR("why", strerror(errno)));
		own.failed = true;
		return;
	}
	own.failed = false;
	own.count = 0;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next)
		add(one->ifa_addr);
	freeifaddrs(all);
}

bool
net_own_address(const unsigned char bytes[16])
{
	int64_t now = boot_us();
	if (own.looked_us == 0 || now - own.looked_us > LOOK_AGAIN_US) {
		look();
		own.looked_us = now;
	}
	for (unsigned i = 0; i < own.count; i++)
		if (memcmp(own.bytes[i], bytes, 16) == 0)
			return true;
	return false;
}
