/* One worker's loop; see fcgi.h. The only file that knows libfcgi. */
#include "http/fcgi.h"

#include "base/fault.h"
#include "base/log.h"

#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024 /* past it nginx answers 502 at once */
/* What a client sends and nobody wants is read up to here, so that nginx gets to read our answer. */
#define DRAIN_MAX ((size_t)16 << 20)

static volatile sig_atomic_t stopping;

static void
on_term(int signal)
{
	(void)signal;
	stopping = 1;
	FCGX_ShutdownPending();
}

bool
fcgi_listen(const char *path, int *ret_socket, struct err *err)
{
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return err_set(err, ERR_INVALID,
			"The socket's path %.80s… is too long for a unix socket. Choose a shorter one.", path);
	if (FCGX_Init() != 0)
		return err_set(err, ERR_INTERNAL, "FastCGI could not be started.");
	mode_t old = umask(0117); /* nginx runs as the same user or group */
	int fd = FCGX_OpenSocket(path, BACKLOG);
	umask(old);
	if (fd < 0)
		return err_set(err, ERR_INTERNAL, "The socket %.200s cannot be opened: %s.", path, strerror(errno));
	*ret_socket = fd;
	return true;
}

static int
read_body(void *context, char *out, int n)
{
	FCGX_Stream *in = context;
	int got = FCGX_GetStr(out, n, in);
	return got == 0 && FCGX_GetError(in) != 0 ? -1 : got;
}

static void
drain(FCGX_Stream *in)
{
	char waste[8192];
	size_t n = 0;
	for (int got; n < DRAIN_MAX && (got = FCGX_GetStr(waste, sizeof waste, in)) > 0;)
		n += (size_t)got;
}

/* Piece by piece, so that a long body is nowhere whole. nginx sees an answer that is too short for what it was. */
static void
send_stream(FCGX_Stream *out, const struct response *response)
{
	size_t sent = 0;
	struct str piece;
	while (sent < response->stream_bytes) {
		if (!response->stream(response->stream_with, &piece) || piece.n == 0 ||
			piece.n > response->stream_bytes - sent) {
			log_error("an answer broke off", LOG_INT("sent", (int64_t)sent),
				LOG_INT("of", (int64_t)response->stream_bytes));
			return;
		}
		if (FCGX_PutStr(piece.p, (int)piece.n, out) < 0)
			return; /* nobody reads any more */
		sent += piece.n;
	}
}

static void
send_answer(FCGX_Stream *out, const struct request *request, const struct response *response)
{
	struct buf head;
	buf_init(&head, (size_t)32 << 10);
	response_head(response, request->id, &head);
	FCGX_PutStr(buf_str(&head).p, (int)head.n, out);
	if (request->method != HTTP_HEAD && response->stream)
		send_stream(out, response);
	else if (request->method != HTTP_HEAD && response->content_type)
		FCGX_PutStr(response->body.p, (int)response->body.n, out);
	buf_release(&head);
}

static void
serve_one(FCGX_Request *fcgi, const struct fcgi_app *app, struct arena *arena)
{
	struct request request;
	struct response response;
	request_init(&request, arena, fcgi->envp, (struct request_source){read_body, fcgi->in});
	response_init(&response, arena);
	log_request(request.id);
	app->answer(app->context, &request, &response);
	drain(fcgi->in);
	if (!FAULT("api.before_answer"))
		send_answer(fcgi->out, &request, &response);
	FCGX_Finish_r(fcgi);
	arena_reset(arena);
	if (app->after)
		app->after(app->context);
	log_request(NULL);
}

int
fcgi_serve(int listening, const struct fcgi_app *app)
{
	FCGX_Request fcgi;
	if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi, listening, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		log_error("FastCGI could not be started");
		return 1;
	}
	/* After FCGX_Init, which sets handlers of its own. No SA_RESTART: accept must come back. */
	struct sigaction term = {.sa_handler = on_term};
	sigemptyset(&term.sa_mask);
	sigaction(SIGTERM, &term, NULL);
	signal(SIGPIPE, SIG_IGN); /* nginx may hang up at any time */
	struct arena *arena = arena_new();
	int status = 0;
	while (!stopping) {
		int got = FCGX_Accept_r(&fcgi);
		if (got >= 0) {
			serve_one(&fcgi, app, arena);
		} else if (!stopping && got != -EINTR) {
			log_error("accept failed", LOG_INT("result", got));
			status = 1;
			break;
		}
	}
	FCGX_Free(&fcgi, 1);
	arena_free(arena);
	return status;
}
