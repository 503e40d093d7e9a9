/*
 * Calls, the pools they belong to, and curl's sockets and time-outs in the executor's loop. Nothing here runs inside a
 * callback of a transfer: those only take notes (net_curl.c), and what follows from them is done when curl has returned.
 */
#include "exec/net.h"

#include "base/time.h"
#include "exec/net_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define EVENTS 256
#define POOL_CONNECTIONS 64 /* kept open between calls */
#define POOL_IDLE_US ((int64_t)10000000)

static void feed(struct net *net);
static void finish(struct net_call *call, CURLcode result);

/* ---- curl and the loop ---- */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *userp, void *socketp)
{
	struct net_pool *pool = userp;
	struct net_socket *socket = socketp;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (!socket)
			return 0;
		epoll_ctl(pool->net->epoll, EPOLL_CTL_DEL, fd, NULL);
		curl_multi_assign(pool->multi, fd, NULL);
		socket->gone = true;
		socket->next_gone = pool->net->gone;
		pool->net->gone = socket;
		return 0;
	}
	bool known = socket;
	if (!known) {
		socket = calloc(1, sizeof *socket);
		if (!socket)
			out_of_memory();
		socket->pool = pool;
		socket->fd = fd;
		curl_multi_assign(pool->multi, fd, socket);
	}
	struct epoll_event event = {.data.ptr = socket};
	event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
	int failed = epoll_ctl(pool->net->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
	return failed ? -1 : 0;
}

/* Those whose transfer is over. What their ends lead to may end others, but starts no transfer of this pool's unseen. */
static void
drain(struct net_pool *pool)
{
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(pool->multi, &left))) {
		struct net_call *call;
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode result = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
		finish(call, result);
	}
}

static void
act(struct net_pool *pool, curl_socket_t fd, int events)
{
	int running;
	curl_multi_socket_action(pool->multi, fd, events, &running);
	drain(pool);
}

static void
curl_time_out(void *what)
{
	struct net_pool *pool = what;
	act(pool, CURL_SOCKET_TIMEOUT, 0);
	feed(pool->net);
}

static int
on_timer(CURLM *multi, long ms, void *userp)
{
	struct net_pool *pool = userp;
	(void)multi;
	if (ms < 0)
		timer_clear(pool->net->timers, &pool->curl_timer);
	else
		timer_set(pool->net->timers, &pool->curl_timer, boot_us() + ms * 1000, curl_time_out, pool);
	return 0;
}

static void
free_gone(struct net *net)
{
	while (net->gone) {
		struct net_socket *socket = net->gone;
		net->gone = socket->next_gone;
		free(socket);
	}
}

void
net_advance(struct net *net)
{
	struct epoll_event events[EVENTS];
	free_gone(net);
	int count = epoll_wait(net->epoll, events, EVENTS, 0);
	for (int i = 0; i < count; i++) {
		struct net_socket *socket = events[i].data.ptr;
		if (socket->gone)
			continue;
		int mask = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
			   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			   (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
		act(socket->pool, socket->fd, mask);
	}
	feed(net);
}

/* ---- pools ---- */

/* Off the list already. */
static void
pool_free(struct net_pool *pool)
{
	struct net *net = pool->net;
	net->pool_count--;
	curl_multi_cleanup(pool->multi);
	timer_clear(net->timers, &pool->curl_timer);
	timer_clear(net->timers, &pool->idle_timer);
	free(pool);
}

static void
pool_idle(void *what)
{
	struct net_pool *pool = what, **at = &pool->net->pools;
	while (*at != pool)
		at = &(*at)->next;
	*at = pool->next;
	pool_free(pool);
}

static struct net_pool *
pool_of(struct net *net, struct id workspace)
{
	struct net_pool *pool = net->pools;
	while (pool && !id_eq(pool->workspace, workspace))
		pool = pool->next;
	if (pool) {
		timer_clear(net->timers, &pool->idle_timer);
		return pool;
	}
	pool = calloc(1, sizeof *pool);
	if (!pool)
		out_of_memory();
	pool->net = net;
	pool->workspace = workspace;
	pool->multi = curl_multi_init();
	if (!pool->multi)
		out_of_memory();
	curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
	curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
	curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)POOL_CONNECTIONS);
	curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	pool->next = net->pools;
	net->pools = pool;
	net->pool_count++;
	return pool;
}

/* ---- turns ---- */

static bool
may_begin(const struct net_call *call)
{
	const struct net_pool *pool = call->pool;
	const struct net *net = pool->net;
	return net->calls < net->settings.calls_max &&
	       (!call->needs_lookup || (net->lookups < NET_LOOKUPS_MAX && pool->lookups < NET_WORKSPACE_LOOKUPS_MAX));
}

static void
begin(struct net_call *call)
{
	struct net_pool *pool = call->pool;
	call->state = call->needs_lookup ? NET_LOOKUP : NET_OPEN;
	pool->lookups += call->needs_lookup;
	pool->net->lookups += call->needs_lookup;
	pool->net->calls++;
	pool->calls++;
	pool->net->started++;
	net_transfer_new(call);
	if (curl_multi_add_handle(pool->multi, call->easy) != CURLM_OK)
		out_of_memory();
}

static void
queue(struct net_call *call)
{
	struct net_pool *pool = call->pool;
	call->state = NET_WAITING;
	call->next_waiting = NULL;
	if (!pool->first_waiting && may_begin(call)) {
		begin(call);
		return;
	}
	*(pool->last_waiting ? &pool->last_waiting->next_waiting : &pool->first_waiting) = call;
	pool->last_waiting = call;
	pool->net->waiting++;
}

static void
leave_queue(struct net_call *gone)
{
	struct net_pool *pool = gone->pool;
	struct net_call *before = NULL, *call = pool->first_waiting;
	for (; call != gone; call = call->next_waiting)
		before = call;
	*(before ? &before->next_waiting : &pool->first_waiting) = gone->next_waiting;
	if (pool->last_waiting == gone)
		pool->last_waiting = before;
	pool->net->waiting--;
}

/* ---- memory ---- */

bool
net_may_grow(struct net_call *call, size_t more)
{
	struct net *net = call->pool->net;
	if (net->settings.room && !net->settings.room(call->what, more))
		return false;
	if (net->bytes + more <= net->settings.bytes_max)
		return true;
	if (!net->favoured)
		net->favoured = call;
	return net->favoured == call;
}

void
net_hold_up(struct net_call *call)
{
	struct net *net = call->pool->net;
	call->held_up = true;
	call->next_held_up = NULL;
	*(net->last_held_up ? &net->last_held_up->next_held_up : &net->first_held_up) = call;
	net->last_held_up = call;
	net->held_up++;
}

static void
let_on(struct net_call *gone)
{
	struct net *net = gone->pool->net;
	struct net_call *before = NULL, *call = net->first_held_up;
	if (!gone->held_up)
		return;
	for (; call != gone; call = call->next_held_up)
		before = call;
	*(before ? &before->next_held_up : &net->first_held_up) = gone->next_held_up;
	if (net->last_held_up == gone)
		net->last_held_up = before;
	gone->held_up = false;
}

static void
drop_body(struct net_call *call)
{
	struct net *net = call->pool->net;
	let_on(call);
	net->bytes -= call->body.n;
	if (net->favoured == call)
		net->favoured = NULL;
	net->feed = true;
	buf_clear(&call->body);
}

/* Once round: who cannot take what curl had kept for it goes to the end again. */
static void
resume(struct net *net)
{
	struct net_call *last = net->last_held_up, *call;
	while ((call = net->first_held_up) && net_may_grow(call, 1)) {
		let_on(call);
		if (curl_easy_pause(call->easy, CURLPAUSE_CONT) != CURLE_OK)
			finish(call, CURLE_WRITE_ERROR);
		if (call == last)
			return;
	}
}

/* One of each workspace in turn, as long as there is room. */
static void
feed(struct net *net)
{
	bool began = net->feed;
	net->feed = false;
	if (began)
		resume(net);
	while (began && net->waiting > 0) {
		began = false;
		for (struct net_pool *pool = net->pools; pool; pool = pool->next) {
			struct net_call *call = pool->first_waiting;
			if (!call || !may_begin(call))
				continue;
			leave_queue(call);
			begin(call);
			began = true;
		}
	}
}

/* The first that finds room now goes on: what others held has become free, or it is its run's turn to pass the cap. */
void
net_memory_turn(struct net *net)
{
	struct net_call *call = net->first_held_up;
	while (call && !net_may_grow(call, CURL_MAX_WRITE_SIZE))
		call = call->next_held_up;
	if (!call)
		return;
	let_on(call);
	if (curl_easy_pause(call->easy, CURLPAUSE_CONT) != CURLE_OK)
		finish(call, CURLE_WRITE_ERROR);
}

size_t
net_body_bytes(const struct net_call *call)
{
	return call && call->state != NET_ENDED ? call->body.n : 0;
}

static void
feed_again(void *what)
{
	feed(what);
}

void
net_lookup_over(struct net_call *call)
{
	if (call->state != NET_LOOKUP)
		return;
	call->state = NET_OPEN;
	call->pool->lookups--;
	call->pool->net->lookups--;
	call->pool->net->feed = true;
}

/* Out of curl's hands, its socket closed unless it can be used again. */
static void
leave_curl(struct net_call *call)
{
	struct net_pool *pool = call->pool;
	net_lookup_over(call);
	let_on(call);
	timer_clear(pool->net->timers, &call->stall_timer);
	curl_multi_remove_handle(pool->multi, call->easy);
	net_transfer_free(call);
	pool->net->calls--;
	pool->calls--;
	pool->net->feed = true;
}

/* ---- calls ---- */

static void
end(struct net_call *call)
{
	struct net_pool *pool = call->pool;
	struct net *net = pool->net;
	timer_clear(net->timers, &call->stall_timer);
	call->state = NET_ENDED;
	if (pool->calls == 0 && !pool->first_waiting)
		timer_set(net->timers, &pool->idle_timer, boot_us() + POOL_IDLE_US, pool_idle, pool);
}

static void
release_buffers(struct net_call *call)
{
	drop_body(call);
	buf_release(&call->head);
	buf_release(&call->body);
}

static void
tell(struct net_call *call, const struct call_answer *answer)
{
	end(call);
	call->done(call->what, answer);
	release_buffers(call);
}

static void
finish(struct net_call *call, CURLcode result)
{
	struct call_answer answer = {0};
	const char *wrong = NULL;
	net_answer(call, result, &answer);
	leave_curl(call);
	if (answer.outcome == CALL_ANSWERED && net_redirected(call, &answer, &wrong)) {
		call->pool->net->redirects++;
		buf_clear(&call->head);
		drop_body(call);
		call->body_begun = call->refused = call->no_socket = call->too_large = false;
		call->seen = call->seen_before = 0;
		queue(call);
		return;
	}
	if (wrong)
		answer = (struct call_answer){
			.outcome = CALL_MISLED, .why = wrong, .status = answer.status, .sent = true};
	tell(call, &answer);
}

void
net_stalled(struct net_call *call, const char *why)
{
	struct call_answer answer = {.outcome = CALL_STALLED, .why = why, .sent = true};
	leave_curl(call);
	tell(call, &answer);
	feed(call->pool->net);
}

/* A request that is none is answered in the next turn, as all others are later. */
static void
say_invalid(void *what)
{
	struct net_call *call = what;
	struct call_answer answer = {.outcome = CALL_INVALID, .why = call->error};
	tell(call, &answer);
}

struct net_call *
net_start(struct net *net, struct id workspace, const struct call_request *request, struct arena *arena, net_done *done,
	void *what)
{
	struct net_call *call = arena_new_of(arena, struct net_call);
	call->pool = pool_of(net, workspace);
	call->arena = arena;
	call->request = request;
	call->done = done;
	call->what = what;
	call->method = request->method;
	call->url = request->url;
	call->with_body = request->body.p;
	call->trusted = true;
	buf_init(&call->head, NET_HEADERS_MAX);
	buf_init(&call->body, request->answer_max);
	const char *wrong = net_url_check(arena, &call->url, &call->needs_lookup);
	if (wrong) {
		call->state = NET_OPEN;
		size_t n = strlen(wrong);
		n = n < sizeof call->error ? n : sizeof call->error - 1;
		memcpy(call->error, wrong, n);
		timer_set(net->timers, &call->stall_timer, boot_us(), say_invalid, call);
		return call;
	}
	queue(call);
	return call;
}

void
net_cancel(struct net_call *call)
{
	if (!call || call->state == NET_ENDED)
		return;
	if (call->state == NET_WAITING)
		leave_queue(call);
	else if (call->easy)
		leave_curl(call);
	end(call);
	release_buffers(call);
	struct net *net = call->pool->net; /* nothing of curl's may come that would make the others' turn */
	if (net->waiting > 0 || net->first_held_up)
		timer_set(net->timers, &net->feed_timer, boot_us(), feed_again, net);
}

/* ---- the whole ---- */

long
net_raise_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
	if (limit.rlim_cur != limit.rlim_max && setrlimit(RLIMIT_NOFILE, &raised) == 0)
		limit = raised;
	return limit.rlim_cur > (rlim_t)INT32_MAX ? INT32_MAX : (long)limit.rlim_cur;
}

struct net *
net_new(struct timers *timers, const struct net_settings *settings, struct err *err)
{
	struct net *net = calloc(1, sizeof *net);
	if (!net || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		out_of_memory();
	net->timers = timers;
	net->settings = *settings;
	net->settings.connect_ms = settings->connect_ms ? settings->connect_ms : NET_CONNECT_MS;
	net->settings.stall_ms = settings->stall_ms ? settings->stall_ms : NET_STALL_MS;
	net->settings.bytes_max = settings->bytes_max ? settings->bytes_max : NET_BYTES_MAX;
	net->arena = arena_new();
	net->epoll = epoll_create1(EPOLL_CLOEXEC);
	const char *allowed = settings->allow_address ? settings->allow_address : "";
	if (net->epoll < 0)
		err_set(err, ERR_UNAVAILABLE, "The client for HTTP cannot wait for sockets: %s.", strerror(errno));
	else if (net_guard_parse(allowed, net->arena, &net->guard, err))
		return net;
	net_free(net);
	return NULL;
}

void
net_free(struct net *net)
{
	if (!net)
		return;
	while (net->pools) {
		struct net_pool *pool = net->pools;
		net->pools = pool->next;
		pool_free(pool);
	}
	free_gone(net);
	timer_clear(net->timers, &net->feed_timer);
	if (net->epoll >= 0)
		close(net->epoll);
	arena_free(net->arena);
	free(net);
	curl_global_cleanup();
}

int
net_descriptor(const struct net *net)
{
	return net->epoll;
}

struct net_facts
net_facts(const struct net *net)
{
	return (struct net_facts){net->calls, net->waiting, net->lookups, net->pool_count, net->bytes, net->started,
		net->redirects, net->held_up};
}
