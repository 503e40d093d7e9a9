/*
 * HTTP for listeners, by libwebsockets on a unix socket behind nginx. A request is answered when the guard has
 * answered, so its callback only takes notes; all writing is done when libwebsockets says the socket can take more, one
 * chunk a time. What the socket did not take of a chunk libwebsockets keeps and sends before it asks for the next: a
 * listener costs at most that chunk and its page.
 *
 * Every answer ends with the connection: a stream has no length, and nginx opens another.
 */
#include "live/live.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "live/frame.h"
#include "live/request.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)16 << 10)
#define HEADER_BYTES 2048
#define COOKIES_MAX 8192
#define BACKLOG 1024
#define ACCEPTS_A_TURN 16

/* What libwebsockets keeps for a connection. */
struct session {
	struct listener *listener;
};

/* ---- reading the request ---- */

static struct str
header(struct lws *wsi, enum lws_token_indexes token, char *out, size_t size)
{
	int n = lws_hdr_copy(wsi, out, (int)size, token);
	return (struct str){out, n > 0 ? (size_t)n : 0};
}

static struct str
custom_header(struct lws *wsi, const char *name, char *out, size_t size)
{
	int n = lws_hdr_custom_copy(wsi, out, (int)size, name, (int)strlen(name));
	return (struct str){out, n > 0 ? (size_t)n : 0};
}

/* As the API does. */
static void
take_request_id(struct lws *wsi, struct listener *l)
{
	char given[REQUEST_ID_SIZE];
	request_id_take(custom_header(wsi, "x-request-id:", given, sizeof given), l->request_id);
}

/* Says the same as the API does, see http/request.c. */
static bool
take_query(struct lws *wsi, struct listener *l, struct err *err)
{
	char text[256];
	bool given = false;
	for (int i = 0; lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++) {
		int n = lws_hdr_copy_fragment(wsi, text, sizeof text, WSI_TOKEN_HTTP_URI_ARGS, i);
		if (n < 0) /* longer than anything that is understood here */
			return err_set(err, ERR_MALFORMED, "A parameter of the address is longer than %zu bytes.",
				sizeof text - 1);
		struct str part = {text, (size_t)n};
		if (!str_starts(part, STR("after="))) {
			const char *equals = memchr(part.p, '=', part.n);
			char place[80];
			snprintf(place, sizeof place, "query.%.*s", equals ? (int)(equals - part.p) : (int)part.n,
				part.p);
			return err_issue(
				err, place, "unknown_parameter", "There is no such parameter here; only \"after\".");
		}
		if (given) {
			err_set(err, ERR_MALFORMED, "A query parameter was given twice. Give it once.");
			return err_issue(err, "query.after", "duplicate", "given more than once");
		}
		given = true;
		if (!live_number((struct str){part.p + 6, part.n - 6}, "query.after", &l->after, err))
			return false;
	}
	return true;
}

/* Fills in what is asked and by whom. The token itself is not kept. */
static bool
take_request(struct lws *wsi, struct listener *l, struct err *err)
{
	char uri[256], cookies[COOKIES_MAX], number[32];
	if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0)
		return err_set(err, ERR_METHOD, "Only GET is understood here.");
	struct live_place place;
	if (!live_path(header(wsi, WSI_TOKEN_GET_URI, uri, sizeof uri), &place, err) || !take_query(wsi, l, err))
		return false;
	/* A browser that comes back sends the header along with the address it knows: the header is newer. */
	if (lws_hdr_custom_length(wsi, "last-event-id:", 14) > 0 &&
		!live_number(custom_header(wsi, "last-event-id:", number, sizeof number), "header.Last-Event-ID",
			&l->after, err))
		return false;
	struct str token;
	l->by_token = live_bearer(header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, cookies, sizeof cookies), &token);
	if (!l->by_token &&
		!live_cookie(header(wsi, WSI_TOKEN_HTTP_COOKIE, cookies, sizeof cookies), SESSION_COOKIE, &token))
		return err_set(
			err, ERR_UNAUTHENTICATED, "You are not signed in, or the session has ended. Sign in again.");
	token_hash(token, l->token);
	explicit_bzero(cookies, sizeof cookies);
	listener_enter(l, &place);
	return true;
}

static int
begin(struct live *live, struct lws *wsi, struct session *session)
{
	struct listener *l = listener_new(live, wsi);
	session->listener = l;
	take_request_id(wsi, l);
	struct err err = {0};
	bool good = take_request(wsi, l, &err);
	/* No time limit from here on, and the room for headers is free for others. */
	lws_http_headers_detach(wsi);
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	long room = l->topic == LIVE_PERSON ? live->settings.listeners / 2 : live->settings.listeners;
	if (good && (live->stopping || live->count > room)) {
		good = err_set(&err, ERR_UNAVAILABLE,
			live->stopping ? "The server is stopping. Try again in a moment."
				       : "Too much is being watched on this server. Try again in a moment.");
		err.retry_after_seconds = live->stopping ? 1 : 10;
	}
	if (!good) {
		listener_refuse(l, &err);
		return 0;
	}
	loop_tick_on(live);
	reader_work(live->reader);
	return 0;
}

/* ---- writing ---- */

struct headers {
	struct lws *wsi;
	unsigned char *at, *end;
	bool failed;
};

static void
add_header(struct headers *h, const char *name, const char *value)
{
	h->failed = h->failed || lws_add_http_header_by_name(h->wsi, (const unsigned char *)name,
					 (const unsigned char *)value, (int)strlen(value), &h->at, h->end);
}

static bool
write_headers(struct listener *l)
{
	unsigned char buffer[LWS_PRE + HEADER_BYTES];
	struct headers h = {l->wsi, buffer + LWS_PRE, buffer + sizeof buffer - 1, false};
	unsigned char *start = h.at;
	const struct err *err = l->refusal;
	h.failed = lws_add_http_header_status(l->wsi, (unsigned)(err ? err_status(err->code) : 200), &h.at, h.end);
	add_header(&h, "content-type:", err ? "application/problem+json" : "text/event-stream; charset=utf-8");
	add_header(&h, "cache-control:", "no-store");
	add_header(&h, "x-content-type-options:", "nosniff");
	add_header(&h, "x-accel-buffering:", "no");
	add_header(&h, "connection:", "close");
	char number[24];
	if (err) {
		snprintf(number, sizeof number, "%zu", l->out.n);
		add_header(&h, "content-length:", number);
	}
	if (err && (err_retryable(err->code) || err->retry_after_seconds > 0)) {
		snprintf(number, sizeof number, "%d", err->retry_after_seconds > 0 ? err->retry_after_seconds : 1);
		add_header(&h, "retry-after:", number);
	}
	if (err && err->code == ERR_METHOD)
		add_header(&h, "allow:", "GET");
	l->headers_sent = true;
	return !h.failed && lws_finalize_write_http_header(l->wsi, start, &h.at, h.end) == 0;
}

/* The next chunk. False: the connection is of no more use. */
static bool
write_chunk(struct listener *l)
{
	static unsigned char buffer[LWS_PRE + CHUNK_BYTES];
	size_t n = l->out.n - l->out_sent;
	if (n > CHUNK_BYTES)
		n = CHUNK_BYTES;
	if (n > 0) {
		if (FAULT("live.before_write"))
			return false;
		memcpy(buffer + LWS_PRE, l->out.p + l->out_sent, n);
		if (lws_write(l->wsi, buffer + LWS_PRE, n, LWS_WRITE_HTTP) < 0)
			return false;
		l->out_sent += n;
		l->wrote_us = l->ping_us = boot_us();
	}
	if (l->out_sent == l->out.n) {
		buf_clear(&l->out);
		l->out_sent = 0;
	}
	return true;
}

/* Called when the socket can take more. Not 0 closes it, after what libwebsockets still holds was sent. */
static int
writeable(struct live *live, struct listener *l)
{
	if (l->state == LISTENER_ADMITTING)
		return live->stopping ? -1 : 0;
	if (!l->headers_sent) {
		if (!write_headers(l))
			return -1;
		lws_callback_on_writable(l->wsi);
		return 0;
	}
	if (!write_chunk(l))
		return -1;
	if (!listener_drained(l)) {
		/* An event is sent whole or not at all as far as it depends on us. */
		lws_callback_on_writable(l->wsi);
		return 0;
	}
	if (l->state != LISTENER_OPEN || live->stopping)
		return -1;
	if (l->wants_read)
		reader_work(live->reader);
	return 0;
}

void
server_wants_write(struct listener *l)
{
	if (l->wsi)
		lws_callback_on_writable(l->wsi);
}

void
server_close(struct listener *l)
{
	if (!l->wsi)
		return;
	log_info("closed a listener that takes nothing", LOG_STR("request_id", l->request_id),
		LOG_INT("unsent", l->out.n - l->out_sent));
	lws_set_timeout(l->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

/* ---- libwebsockets ---- */

static int
on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void)in;
	(void)len;
	struct live *live = lws_context_user(lws_get_context(wsi));
	struct session *session = user;
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return begin(live, wsi, session);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return session->listener ? writeable(live, session->listener) : -1;
	case LWS_CALLBACK_HTTP_BODY:
		return 0; /* of a request that was refused already */
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_WSI_DESTROY:
		if (session && session->listener) {
			listener_gone(session->listener);
			session->listener = NULL;
		}
		return 0;
	default:
		return 0;
	}
}

/* The epoll set of the database, the clock and signals. */
static int
on_loop(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void)user;
	(void)in;
	(void)len;
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		loop_turn(lws_context_user(lws_get_context(wsi)));
	return 0;
}

static const struct lws_protocols protocols[] = {
	{"http", on_http, sizeof(struct session), 0, 0, NULL, 0},
	{"loop", on_loop, 0, 0, 0, NULL, 0},
	{NULL, NULL, 0, 0, 0, NULL, 0},
};

static void
log_line(int level, const char *line)
{
	(void)level;
	log_warn("libwebsockets", LOG_STR("text", line));
}

/* Takes the place of a socket that a killed process left. Who may connect is the business of the directory it is in. */
static bool
listen_on(struct live *live, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = live->settings.socket;
	if (strlen(path) >= sizeof address.sun_path)
		return err_set(err, ERR_INVALID,
			"The socket's path is longer than %zu bytes: %s. Choose a shorter one.",
			sizeof address.sun_path - 1, path);
	strcpy(address.sun_path, path);
	live->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)unlink(path);
	if (live->listening < 0 || bind(live->listening, (struct sockaddr *)&address, sizeof address) != 0 ||
		listen(live->listening, BACKLOG) != 0)
		return err_set(err, ERR_INTERNAL, "The socket %s cannot be opened: %s.", path, strerror(errno));
	return true;
}

/*
 * libwebsockets 4.1 looks for a network interface of the socket's name when it is to listen by itself, so accepting is
 * ours. A few a turn: the others wait in the backlog while those that are here are served.
 */
void
server_accept(struct live *live)
{
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		int fd = accept4(live->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		if (live->stopping)
			close(fd);
		else
			(void)lws_adopt_socket_vhost(live->vhost, fd); /* closes it when it fails */
	}
}

bool
server_start(struct live *live, struct err *err)
{
	lws_set_log_level(LLL_ERR, log_line);
	struct lws_context_creation_info info = {0};
	info.options = LWS_SERVER_OPTION_UNIX_SOCK | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.gid = (gid_t)-1;
	info.uid = (uid_t)-1;
	info.user = live;
	info.max_http_header_data = 16384;
	info.max_http_header_pool = 64;
	info.pt_serv_buf_size = 16384;
	live->lws = lws_create_context(&info);
	if (!live->lws)
		return err_set(err, ERR_INTERNAL, "libwebsockets did not start.");

	info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	info.protocols = protocols;
	info.vhost_name = "stepmill";
	info.timeout_secs = 15; /* for the headers of a request */
	info.keepalive_timeout = 5;
	info.server_string = "";
	struct lws_vhost *vhost = lws_create_vhost(live->lws, &info);
	if (!vhost)
		return err_set(err, ERR_INTERNAL, "libwebsockets did not start.");
	live->vhost = vhost;

	/* libwebsockets closes what it was given. */
	lws_sock_file_fd_type fd = {.filefd = dup(live->epoll)};
	if (fd.filefd < 0 || !lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "loop", NULL))
		return err_set(err, ERR_INTERNAL, "libwebsockets does not take the database's sockets.");
	return listen_on(live, err);
}

void
server_stop(struct live *live)
{
	if (live->lws)
		lws_context_destroy(live->lws);
	live->lws = NULL;
	if (live->listening >= 0) {
		(void)unlink(live->settings.socket);
		close(live->listening);
	}
}
