/*
 * The proxy of a box that may use the network: `stepmill-box proxy`, a process outside of the box, started by its supervisor and gone with it. The box has
 * a network of its own in which there is nothing but this proxy's listening socket; what is inside may connect to it, and it connects to what is
 * allowed (net/guard.h), as http steps do. Names are resolved out here, and what counts is the address that a socket is about to be opened to.
 *
 *	proxy.c           what it begins with, its connections, and how many
 *	proxy_request.c   what is asked: CONNECT HOST:PORT, or GET http://HOST/… as proxies are asked
 *	proxy_reach.c     from a name to a socket
 *	proxy_pass.c      bytes to and fro
 *	proxy_confine.c   what it may do itself: it reads what strangers write
 *
 * A connection is a thread, as looking up a name blocks. What it cannot do is answered in HTTP, and said on the standard error of the command, too: most
 * programs show nothing but the status.
 */
#ifndef STEPMILL_BOX_PROXY_H
#define STEPMILL_BOX_PROXY_H

#include "box/box.h"
#include "net/guard.h"

#include <pthread.h>

#define PROXY_AT_ONCE 64	/* connections; more wait in the kernel */
#define PROXY_IN_ALL 10000	/* of one box */
#define PROXY_HEAD_MAX 32768	/* bytes of a request before its body */
#define PROXY_HEAD_MS 10000	/* until it has come */
#define PROXY_CONNECT_MS 10000	/* to each address of a name */
#define PROXY_ADDRESSES_MAX 8	/* of a name that are tried */
#define PROXY_SILENCE_MS 120000 /* of both sides */
#define PROXY_HOST_MAX 253

struct proxy {
	struct net_guard guard;
	pthread_mutex_t guard_lock; /* it remembers this machine's addresses */
	int64_t bytes_max, bytes;   /* both ways, of all connections; by atomics */
	unsigned said;		    /* lines on standard error; by atomics */
};

/* ---- proxy_request.c ---- */

struct proxy_request {
	bool tunnel;
	char host[PROXY_HOST_MAX + 1]; /* without brackets */
	uint16_t port;
	struct str head; /* what the other side is sent instead; of a tunnel nothing */
	int64_t body;	 /* bytes that follow; -1: as many as come */
};

struct proxy_wrong {
	int status;
	const char *why; /* and what to do; NULL: nothing is wrong */
};

/* `head`: with the empty line at its end. */
bool proxy_request_read(
	struct arena *arena, struct str head, struct proxy_request *ret_request, struct proxy_wrong *ret_wrong);
/* Bytes up to and with the empty line; 0: it has not come yet. */
size_t proxy_head_size(struct str text);

/* ---- proxy_reach.c ---- */

/* A connected socket that does not block; -1, and what is wrong. */
int proxy_reach(
	struct proxy *proxy, const struct proxy_request *request, struct arena *arena, struct proxy_wrong *ret_wrong);

/* ---- proxy_pass.c ---- */

bool proxy_send(int to, struct str bytes); /* all of them, within PROXY_SILENCE_MS */
/* Until both have ended, or there has been silence; `early`: what had come behind the head. */
void proxy_pass(struct proxy *proxy, int inner, int outer, const struct proxy_request *request, struct str early);
bool proxy_spent(const struct proxy *proxy);

/* ---- proxy_confine.c ---- */

bool proxy_confine(void);

#endif
