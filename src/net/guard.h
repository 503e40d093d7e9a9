/*
 * Which addresses an outgoing call may go to, of a step or of the API. What counts is the address a socket is about to be opened to,
 * whatever name or spelling led there: everything that is not the public internet is refused, and so is this machine itself under any
 * address it has (own.h), unless the installation's setting `allow_address` names it.
 *
 *	struct net_guard guard;
 *	if (!net_guard_parse("10.1.0.0/16, 127.0.0.1:8080, [fd00::/8]:8000-8999", arena, &guard, &err)) …
 *	if (!net_guard_allows(&guard, address)) …
 */
#ifndef STEPMILL_NET_GUARD_H
#define STEPMILL_NET_GUARD_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>
#include <sys/socket.h>

/* 16 bytes, IPv4 as ::ffff:a.b.c.d. */
struct net_range {
	unsigned char bytes[16];
	unsigned bits;
	uint16_t first_port, last_port;
};

struct net_guard {
	const struct net_range *allowed;
	unsigned allowed_count;
};

/* Parts by commas: ADDRESS[/BITS][:PORT[-PORT]], IPv6 in brackets when a port follows. */
bool net_guard_parse(const char *text, struct arena *arena, struct net_guard *ret_guard, struct err *err);

/* Whether the setting names it. */
bool net_guard_names(const struct net_guard *guard, const struct sockaddr *address);
/* Whether it is public, or the setting names it. */
bool net_guard_allows(const struct net_guard *guard, const struct sockaddr *address);

#endif
