/*
 * The addresses of this machine's own interfaces, public ones among them: what listens there is often meant for neighbours only, and a
 * call from here would come from inside. Looked up again when more than a second has passed, so an address that comes later counts, too.
 * One that only a router in front of this machine has (NAT) cannot be known here.
 */
#ifndef STEPMILL_NET_OWN_H
#define STEPMILL_NET_OWN_H

#include <stdbool.h>

bool net_own_address(const unsigned char bytes[16]); /* IPv4 as ::ffff:a.b.c.d */

#endif
