/*
 * The guarded HTTP client: every call of a step leaves through it. libcurl's multi interface inside the executor's one
 * loop: all its sockets are behind one descriptor, all its time-outs among the executor's timers.
 *
 *	struct net *net = net_new(&timers, &settings, &err);
 *	struct net_call *call = net_start(net, workspace, &request, arena, done, what);
 *	poll(net_descriptor(net)) → net_advance(net);     // done(what, &answer) comes from there or from a timer
 *	net_cancel(call);                                 // or not at all: its socket is closed when this returns
 *
 * What it makes sure of, whatever the step and the other side do:
 *  - The address is judged when the socket is opened (net/guard.h): spelling, redirects and changing names do not matter.
 *  - Only http and https; no proxy, no .netrc, no cookie jar, no credentials in addresses. HTTP/1.1: a call is a socket.
 *  - Redirects are followed here, one at a time. On a change of origin what may be secret is left behind.
 *  - Time to connect, silence in the middle, size of headers and of the decoded body are bounded. The step's own time-out
 *    bounds the whole.
 *  - A connection is used again by the same workspace only.
 *  - Names are looked up in threads, few at a time, and few of one workspace.
 *  - More calls than descriptors wait for their turn. When the bodies that are coming fill their share of memory, one call at a
 *    time goes on, the longest waiting first; the others' senders are held up, and so is whoever finds no room under the process's cap.
 */
#ifndef STEPMILL_EXEC_NET_H
#define STEPMILL_EXEC_NET_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "exec/timer.h"
#include "steps/call.h"

struct net;
struct net_call;

struct net_settings {
	const char *allow_address; /* see net/guard.h; "" for the public internet only */
	const char *ca_file;	   /* certificates to trust instead of the system's; NULL or "": those */
	int64_t connect_ms;	   /* 0: NET_CONNECT_MS; the others likewise */
	int64_t stall_ms;
	unsigned calls_max;
	size_t bytes_max;		       /* of bodies on their way, in all */
	bool (*room)(void *what, size_t more); /* a call's body may take so much more memory; NULL: yes */
};

#define NET_CONNECT_MS 10000
#define NET_STALL_MS 30000
#define NET_STALL_BYTES_PER_SECOND 10
#define NET_BYTES_MAX ((size_t)128 << 20)
#define NET_HEADERS_MAX ((size_t)64 << 10)
#define NET_HEADER_COUNT_MAX 256
#define NET_LOOKUPS_MAX 32	    /* each has a thread meanwhile */
#define NET_WORKSPACE_LOOKUPS_MAX 8 /* of them, so that one with dead names does not hold up the others */
#define NET_DESCRIPTORS_SPARE 128   /* left for everything that is not a call */

struct net *net_new(struct timers *timers, const struct net_settings *settings, struct err *err);
void net_free(struct net *net); /* calls are dropped without a word; NULL is fine */

int net_descriptor(const struct net *net);
void net_advance(struct net *net);
void net_memory_turn(
	struct net *net); /* once a turn of the loop: whoever was held up goes on when memory has become free */

/* Nothing is answered before this returns. The request stays where it is until the end; the call lives in the arena. */
typedef void net_done(void *what, const struct call_answer *answer);
struct net_call *net_start(struct net *net, struct id workspace, const struct call_request *request,
	struct arena *arena, net_done *done, void *what);
void net_cancel(struct net_call *call); /* fine after its end, too */

size_t net_body_bytes(const struct net_call *call); /* that have come of it; NULL is fine */

/* Raises the limit of open descriptors as far as allowed; what it is then. */
long net_raise_limit(void);

struct net_facts {
	unsigned calls, waiting, lookups, pools;
	size_t bytes;
	int64_t started, redirects, held_up;
};
struct net_facts net_facts(const struct net *net);

#endif
