/* Inside of net.c (calls, pools, the loop), net_curl.c (one transfer) and net_redirect.c (where it goes next). */
#ifndef STEPMILL_EXEC_NET_INTERNAL_H
#define STEPMILL_EXEC_NET_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "exec/net.h"
#include "net/guard.h"

#include <curl/curl.h>

/* A socket of curl's in the epoll set. */
struct net_socket {
	struct net_socket *next_gone;
	struct net_pool *pool;
	int fd;
	bool gone;
};

/* Connections, and what curl remembers of names, of one workspace. */
struct net_pool {
	struct net_pool *next;
	struct net *net;
	struct id workspace;
	CURLM *multi;
	struct timer curl_timer, idle_timer;
	unsigned calls, lookups; /* begun; of them those whose name is being looked up */
	struct net_call *first_waiting, *last_waiting;
};

enum net_call_state {
	NET_WAITING, /* in its pool's queue, for descriptors or for a look-up */
	NET_LOOKUP,  /* curl has it; its socket is not opened yet */
	NET_OPEN,    /* connecting, sending, receiving */
	NET_ENDED,   /* curl has let go of it; nothing of it but memory of the arena is left */
};

struct net_call {
	struct net_call *next_waiting, *next_held_up;
	struct net_pool *pool;
	struct arena *arena;
	const struct call_request *request;
	net_done *done;
	void *what;
	enum net_call_state state;

	/* This leg of it: the request, or where it was redirected to. */
	struct str method, url;
	bool with_body, trusted; /* trusted: still the origin that was asked for */
	unsigned redirects;
	bool needs_lookup;
	CURL *easy;
	struct curl_slist *header_list;

	/* What came. */
	struct buf head; /* header lines, each with its end */
	unsigned head_lines;
	struct buf body;
	bool held_up; /* its body may not grow: curl does not read on */
	bool body_begun, refused, no_socket, too_large, stalled, sent;
	struct timer stall_timer;
	size_t seen, seen_before; /* bytes, for the stall timer */
	char error[CURL_ERROR_SIZE];
};

struct net {
	struct timers *timers;
	struct arena *arena;
	struct net_settings settings;
	struct net_guard guard;
	int epoll;
	struct net_pool *pools;
	struct net_socket *gone; /* forgotten by curl, perhaps still in the events being looked at */
	unsigned calls, lookups, waiting, pool_count;
	bool feed; /* something has become free */
	struct timer feed_timer;
	size_t bytes;		   /* of all bodies */
	struct net_call *favoured; /* grows beyond the limit, so that one gets done */
	struct net_call *first_held_up, *last_held_up;
	int64_t started, redirects, held_up;
};

/* net.c */
void net_lookup_over(struct net_call *call);
bool net_may_grow(struct net_call *call, size_t more);
void net_hold_up(struct net_call *call);
void net_stalled(struct net_call *call, const char *why);

/* net_curl.c */
void net_transfer_new(struct net_call *call); /* call->easy, ready to be added */
void net_transfer_free(struct net_call *call);
void net_answer(struct net_call *call, CURLcode result, struct call_answer *ret_answer);

/* net_redirect.c */
/* NULL, and the address as curl wants it; or what is wrong. */
const char *net_url_check(struct arena *arena, struct str *url, bool *ret_needs_lookup);
bool net_redirected(
	struct net_call *call, const struct call_answer *answer, const char **ret_wrong); /* to the next leg */
bool net_header_may_travel(struct str name);						  /* to another origin */

#endif
