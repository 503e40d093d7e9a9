/*
 * One transfer: what curl is told, what its callbacks note down, and what its end means.
 *
 * The memory of a call that waits is what counts with 10,000 of them: curl's receive buffer is kept small, what comes is
 * collected in buffers that grow.
 */
#include "exec/net_internal.h"

#include "base/time.h"
#include "flow/definition.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_BUFFER 4096L
#define UPLOAD_BUFFER 16384L
#define CROWD \
	256 /* calls of a workspace; from there on curl's search for a free connection costs more than a new one */

/* ---- callbacks: they only take notes ---- */

static curl_socket_t
open_socket(void *clientp, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct net_call *call = clientp;
	net_lookup_over(call);
	if (purpose != CURLSOCKTYPE_IPCXN || !net_guard_allows(&call->pool->net->guard, &address->addr)) {
		call->refused = true;
		return CURL_SOCKET_BAD;
	}
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
	if (fd < 0)
		call->no_socket = true;
	return fd; /* -1 is CURL_SOCKET_BAD */
}

static int
before_request(void *clientp, char *remote, char *local, int remote_port, int local_port)
{
	struct net_call *call = clientp;
	(void)remote, (void)local, (void)remote_port, (void)local_port;
	net_lookup_over(call);
	call->sent = true;
	return CURL_PREREQFUNC_OK;
}

static void watch_for_stall(struct net_call *call);

/* Outside of curl: a timer. */
static void
look_for_stall(void *what)
{
	struct net_call *call = what;
	struct net *net = call->pool->net;
	size_t wanted = (size_t)(net->settings.stall_ms * NET_STALL_BYTES_PER_SECOND / 1000);
	wanted += wanted == 0;
	if (call->held_up || call->seen - call->seen_before >= wanted) {
		watch_for_stall(call);
		return;
	}
	char *why = arena_printf(call->arena,
		"The answer came too slowly: fewer than %zu bytes in %lld s. Try again later, or ask for less.", wanted,
		(long long)(net->settings.stall_ms / 1000));
	net_stalled(call, why);
}

static void
watch_for_stall(struct net_call *call)
{
	struct net *net = call->pool->net;
	call->seen_before = call->seen;
	timer_set(net->timers, &call->stall_timer, boot_us() + net->settings.stall_ms * 1000, look_for_stall, call);
}

static size_t
take_header(char *line, size_t size, size_t count, void *clientp)
{
	struct net_call *call = clientp;
	size_t n = size * count;
	if (call->seen == 0)
		watch_for_stall(call);
	call->seen += n;
	if (call->body_begun)
		return n; /* trailers */
	if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
		buf_clear(&call->head); /* what came before was 1xx */
	buf_add(&call->head, line, n);
	call->too_large |= buf_overflow(&call->head) || ++call->head_lines > NET_HEADER_COUNT_MAX;
	return call->too_large ? 0 : n;
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *clientp)
{
	struct net_call *call = clientp;
	size_t n = size * count;
	call->body_begun = true;
	call->too_large |= call->body.n + n > call->body.max;
	if (call->too_large)
		return 0;
	if (!net_may_grow(call, n)) {
		net_hold_up(call);
		return CURL_WRITEFUNC_PAUSE;
	}
	buf_add(&call->body, bytes, n);
	call->pool->net->bytes += n;
	call->seen += n;
	return n;
}

/* ---- what curl is told ---- */

static void
add_header(struct net_call *call, const char *line)
{
	struct curl_slist *list = curl_slist_append(call->header_list, line);
	if (!list)
		out_of_memory();
	call->header_list = list;
}

static void
set_headers(struct net_call *call)
{
	const struct call_request *request = call->request;
	for (unsigned i = 0; i < request->header_count; i++) {
		const struct call_header *h = &request->headers[i];
		bool of_body = h->name.n == 12 && strncasecmp(h->name.p, "content-type", 12) == 0;
		if ((!call->trusted && !net_header_may_travel(h->name)) || (of_body && !call->with_body))
			continue;
		/* "Name;" is how curl sends a header without a value. */
		add_header(call, h->value.n > 0
					 ? arena_printf(call->arena, "%.*s: %.*s", STR_ARG(h->name), STR_ARG(h->value))
					 : arena_printf(call->arena, "%.*s;", STR_ARG(h->name)));
	}
	add_header(call, "Expect:");
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->header_list);
}

static void
set_method(struct net_call *call)
{
	CURL *easy = call->easy;
	bool get = str_is(call->method, "GET"), head = str_is(call->method, "HEAD");
	if (call->with_body || str_is(call->method, "POST")) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->with_body ? call->request->body.p : "");
		curl_easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(call->with_body ? call->request->body.n : 0));
	} else {
		curl_easy_setopt(easy, head ? CURLOPT_NOBODY : CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, arena_strz(call->arena, call->method));
	/*
	 * On a connection that was used before, curl sends a request again by itself when the other side has closed it
	 * meanwhile; nobody would know whether it was done twice.
	 */
	bool repeatable = (get || head) && call->pool->calls < CROWD;
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, repeatable ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, repeatable ? 0L : 1L);
}

static void
set_guards(struct net_call *call)
{
	CURL *easy = call->easy;
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	const char *ca_file = call->pool->net->settings.ca_file;
	if (ca_file && ca_file[0])
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->pool->net->settings.connect_ms);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)call->request->answer_max);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(
		easy, CURLOPT_QUICK_EXIT, 1L); /* an aborted look-up leaves its thread behind; waiting blocks all */
}

void
net_transfer_new(struct net_call *call)
{
	CURL *easy = curl_easy_init();
	if (!easy)
		out_of_memory();
	call->easy = easy;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_URL, arena_strz(call->arena, call->url));
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "Stepmill");
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
	set_guards(call);
	set_method(call);
	set_headers(call);
}

void
net_transfer_free(struct net_call *call)
{
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->header_list);
	call->easy = NULL;
	call->header_list = NULL;
}

/* ---- what its end means ---- */

static struct str
trimmed(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = (struct str){s.p + 1, s.n - 1};
	while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	return s;
}

static struct str
lower(struct arena *arena, struct str name)
{
	char *copy = arena_strz(arena, name);
	for (size_t i = 0; i < name.n; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct str){copy, name.n};
}

static void
read_headers(struct net_call *call, struct call_answer *answer)
{
	struct call_header *headers = arena_array(call->arena, NET_HEADER_COUNT_MAX, sizeof *headers);
	struct str rest = buf_str(&call->head);
	answer->headers = headers;
	while (rest.n > 0 && answer->header_count < NET_HEADER_COUNT_MAX) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct str line = {rest.p, end ? (size_t)(end - rest.p) : rest.n};
		rest = end ? (struct str){end + 1, rest.n - line.n - 1} : (struct str){0};
		const char *colon = memchr(line.p, ':', line.n);
		if (!colon || colon == line.p)
			continue; /* the status line; what is folded is lost with its first line kept */
		struct str name = {line.p, (size_t)(colon - line.p)};
		struct str value = trimmed((struct str){colon + 1, line.n - name.n - 1});
		headers[answer->header_count++] =
			(struct call_header){lower(call->arena, trimmed(name)), arena_str(call->arena, value)};
	}
}

/* Without a length a cut answer looks like a whole one. */
static bool
is_framed(const struct net_call *call, const struct call_answer *answer)
{
	if (str_is(call->method, "HEAD") || answer->status == 204 || answer->status == 304)
		return true;
	for (unsigned i = 0; i < answer->header_count; i++)
		if (str_is(answer->headers[i].name, "content-length") ||
			(str_is(answer->headers[i].name, "transfer-encoding") && answer->headers[i].value.n >= 7 &&
				strncasecmp(answer->headers[i].value.p + answer->headers[i].value.n - 7, "chunked",
					7) == 0))
			return true;
	return false;
}

/* Two that differ: whoever believes the other one sees another answer. */
static bool
lengths_agree(const struct call_answer *answer)
{
	const struct call_header *first = NULL;
	for (unsigned i = 0; i < answer->header_count; i++) {
		const struct call_header *h = &answer->headers[i];
		if (!str_is(h->name, "content-length"))
			continue;
		if (first && !str_eq(first->value, h->value))
			return false;
		first = h;
	}
	return true;
}

static void
answered(struct net_call *call, struct call_answer *answer)
{
	long status = 0;
	curl_off_t seconds = 0;
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &seconds);
	answer->outcome = CALL_ANSWERED;
	answer->status = (int)status;
	answer->retry_after_ms = seconds > RETRY_AFTER_MS_MAX / 1000 ? RETRY_AFTER_MS_MAX : seconds * 1000;
	answer->body = buf_str(&call->body);
	answer->url = call->url;
	read_headers(call, answer);
	answer->framed = is_framed(call, answer);
	if (!lengths_agree(answer)) {
		answer->outcome = CALL_BROKEN;
		answer->sent = true;
		answer->why = "What came back is no answer: it says of two different lengths that it has them.";
	}
}

static void
not_connected(struct net_call *call, struct call_answer *answer)
{
	answer->outcome = call->refused ? CALL_REFUSED : CALL_UNREACHED;
	if (call->refused)
		answer->why =
			"Its host has an address that steps may not call: it is not one of the public internet. Call "
			"another host, or have the installation's setting allow_address name this one.";
	else if (call->no_socket)
		answer->why =
			"The executor has no descriptor left for another connection. Raise its limit of open files.";
	else
		answer->why =
			"No connection could be made: nobody accepts one there, or the network does not lead there. "
			"Look at the address, and whether the other side is up.";
}

static void
described(struct net_call *call, struct call_answer *answer, enum call_outcome outcome, const char *what)
{
	answer->outcome = outcome;
	answer->why = call->error[0] ? arena_printf(call->arena, "%s (%s.)", what, call->error) : what;
}

static void
failed(struct net_call *call, CURLcode result, struct call_answer *answer)
{
	switch (result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		answer->outcome = CALL_UNREACHED;
		answer->why = "The host's name could not be looked up. Look at how it is written.";
		return;
	case CURLE_COULDNT_CONNECT:
		not_connected(call, answer);
		return;
	case CURLE_OPERATION_TIMEDOUT:
		answer->outcome = CALL_UNREACHED;
		answer->why = arena_printf(call->arena,
			"No connection came about within %lld s. Look at the address, and whether the other side is "
			"up.",
			(long long)(call->pool->net->settings.connect_ms / 1000));
		return;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		described(call, answer, CALL_UNTRUSTED,
			"The other side's certificate does not hold, so nothing was sent.");
		return;
	case CURLE_SSL_CONNECT_ERROR:
		described(call, answer, CALL_UNREACHED, "No secure connection could be agreed on.");
		return;
	case CURLE_URL_MALFORMAT:
		answer->outcome = CALL_INVALID;
		answer->why = "It cannot be read as an address.";
		return;
	case CURLE_FILESIZE_EXCEEDED:
		call->too_large = true;
		return;
	default:
		described(call, answer, call->sent ? CALL_BROKEN : CALL_UNREACHED,
			"What came back was no answer over HTTP, or broke off before its end.");
	}
}

void
net_answer(struct net_call *call, CURLcode result, struct call_answer *ret_answer)
{
	if (result == CURLE_OK) {
		answered(call, ret_answer);
		return;
	}
	if (!call->too_large)
		failed(call, result, ret_answer);
	if (call->too_large) {
		ret_answer->outcome = CALL_TOO_LARGE;
		ret_answer->why = arena_printf(call->arena,
			"The answer is longer than %zu bytes, or its headers than %zu, and was dropped. Ask for less.",
			call->request->answer_max, NET_HEADERS_MAX);
	}
	ret_answer->sent = call->sent;
}
