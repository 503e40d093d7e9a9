/* Follows a run; see watch.h. */
#include "cli/watch.h"

#include "base/time.h"
#include "cli/stream.h"
#include "cli/view.h"
#include "json/writer.h"

#include <signal.h>

#define TURN_MS 100
#define DRAW_US ((int64_t)66000)  /* at most fifteen pictures a second */
#define ASK_US ((int64_t)1000000) /* between questions while there is no stream */
#define STREAM_AGAIN_US ((int64_t)1000000)
#define STREAM_LATER_US ((int64_t)10000000) /* after three refusals in a row */
#define SILENCE_SECONDS 25L		    /* pings come every 10 */
#define GIVE_UP_US ((int64_t)120000000)
#define INTERRUPTED 130

struct watch {
	struct cli *cli;
	struct client *client;
	const char *run;
	struct arena *arena; /* of the progress; a new one when it is read again */
	struct progress progress;
	struct view view;
	struct stream stream;
	CURLM *multi;
	CURL *live; /* NULL: no stream is open */
	struct curl_slist *headers;
	bool fed;				     /* the open stream has brought something */
	bool ended;				     /* nothing more will come */
	bool lost;				     /* an event was missed: the run is read again */
	bool changed;				     /* since the last picture */
	unsigned refusals;			     /* streams in a row that brought nothing */
	int64_t stream_us, ask_us, draw_us, good_us; /* boot clock */
};

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* ---- events ---- */

static bool
apply(struct watch *w, const struct json *event, struct err *err)
{
	bool is_new;
	struct progress_step *step;
	struct str type = {"", 0};
	if (!progress_apply(&w->progress, event, &is_new, &step, err)) {
		w->lost = true;
		return false;
	}
	w->good_us = boot_us();
	w->lost = w->lost || w->progress.stale;
	if (!is_new)
		return true;
	w->changed = true;
	(void)json_get_str(event, "type", &type);
	struct arena *arena = arena_new();
	view_event(&w->view, &w->progress, arena_strz(arena, type), step);
	arena_free(arena);
	w->ended = w->ended || progress_ended(&w->progress);
	return true;
}

static bool
on_event(void *context, const struct stream_event *event, struct err *err)
{
	struct watch *w = context;
	if (str_is(event->type, "end")) {
		w->ended = true;
		return true;
	}
	if (str_is(event->type, "ping"))
		return true;
	struct arena *arena = arena_new();
	struct json *doc;
	bool ok = json_read(arena, event->data, &json_limits_stored, &doc, err) && apply(w, doc, err);
	arena_free(arena);
	return ok;
}

/* ---- the stream ---- */

static size_t
on_bytes(char *bytes, size_t size, size_t count, void *context)
{
	struct watch *w = context;
	long status = 0;
	curl_easy_getinfo(w->live, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return size * count; /* a problem document: asking will tell what it is */
	w->fed = true;
	w->refusals = 0;
	w->view.note = NULL;
	w->good_us = boot_us();
	struct err err = {0};
	return stream_feed(&w->stream, (struct str){bytes, size * count}, &err) ? size * count : 0;
}

static void
close_stream(struct watch *w)
{
	if (!w->live)
		return;
	curl_multi_remove_handle(w->multi, w->live);
	curl_easy_cleanup(w->live);
	curl_slist_free_all(w->headers);
	w->live = NULL;
	w->headers = NULL;
}

static void
open_stream(struct watch *w)
{
	struct arena *arena = arena_new();
	w->live = curl_easy_init();
	if (!w->live)
		out_of_memory();
	w->headers = client_header(NULL, "Accept: text/event-stream");
	if (w->client->token)
		w->headers =
			client_header(w->headers, arena_printf(arena, "Authorization: Bearer %s", w->client->token));
	else if (w->client->cookie)
		w->headers = client_header(w->headers, arena_printf(arena, "Cookie: %s", w->client->cookie));
	w->headers = client_header(w->headers, arena_printf(arena, "Last-Event-ID: %lld", (long long)w->progress.seq));
	client_prepare(w->client, w->live);
	curl_easy_setopt(
		w->live, CURLOPT_URL, client_url(w->client, arena, arena_printf(arena, "/runs/%s/live", w->run)));
	curl_easy_setopt(w->live, CURLOPT_HTTPHEADER, w->headers);
	curl_easy_setopt(w->live, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(w->live, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
	curl_easy_setopt(w->live, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(w->live, CURLOPT_WRITEDATA, w);
	stream_restart(&w->stream);
	w->fed = false;
	curl_multi_add_handle(w->multi, w->live);
	arena_free(arena);
}

/* The stream is over: when the next may be opened. */
static void
stream_over(struct watch *w)
{
	close_stream(w);
	if (!w->fed)
		w->refusals++;
	w->stream_us = boot_us() + (w->refusals >= 3 ? STREAM_LATER_US : STREAM_AGAIN_US);
	w->view.note = w->ended ? NULL : w->refusals >= 3 ? "asking once a second" : "reconnecting…";
	w->changed = true;
}

static void
turn_stream(struct watch *w)
{
	int running, left;
	curl_multi_perform(w->multi, &running);
	for (CURLMsg *m; (m = curl_multi_info_read(w->multi, &left));)
		if (m->msg == CURLMSG_DONE && m->easy_handle == w->live) {
			stream_over(w);
			break;
		}
	if (!w->live && !w->ended && boot_us() >= w->stream_us)
		open_stream(w);
}

/* ---- asking ---- */

/* The run and its steps as they are now. */
static bool
read_run(struct watch *w, struct arena *arena, struct json **ret_run, struct err *err)
{
	return client_call(w->client, arena, "GET", arena_printf(arena, "/runs/%s", w->run), NULL, NULL, ret_run, err);
}

static bool
read_again(struct watch *w, struct err *err)
{
	struct arena *arena = arena_new();
	struct json *run;
	struct progress progress;
	if (!read_run(w, arena, &run, err) || !progress_start(&progress, arena, run, err)) {
		arena_free(arena);
		return false;
	}
	progress_release(&w->progress);
	arena_free(w->arena);
	w->arena = arena;
	w->progress = progress;
	w->lost = false;
	w->changed = true;
	w->ended = progress_ended(&progress);
	return true;
}

static bool
ask(struct watch *w, struct err *err)
{
	struct arena *arena = arena_new();
	struct json *list;
	bool ok = client_call(w->client, arena, "GET",
		arena_printf(arena, "/runs/%s/events?after=%lld&limit=1000", w->run, (long long)w->progress.seq), NULL,
		NULL, &list, err);
	if (ok) {
		w->good_us = boot_us();
		json_each (event, json_get(list, "data"))
			if (ok)
				ok = apply(w, event, err);
		bool ended = false;
		int64_t last = 0;
		if (ok && json_get_bool(list, "ended", &ended) && ended && json_get_int(list, "last_seq", &last) &&
			last <= w->progress.seq)
			w->ended = true;
	}
	arena_free(arena);
	return ok || w->lost;
}

/* Only while the stream brings nothing. False: there is no sense in going on. */
static bool
turn_ask(struct watch *w, struct err *err)
{
	int64_t now = boot_us();
	if (w->lost && now >= w->ask_us) {
		w->ask_us = now + ASK_US;
		close_stream(w);
		if (!read_again(w, err) && err->code != ERR_UNAVAILABLE)
			return false;
	} else if (!w->ended && w->refusals > 0 && now >= w->ask_us) {
		w->ask_us = now + ASK_US;
		if (!ask(w, err) && err->code != ERR_UNAVAILABLE)
			return false;
	}
	if (now - w->good_us < GIVE_UP_US)
		return true;
	return err_set(err, ERR_UNAVAILABLE,
		"%s has not answered for two minutes. The run goes on without us; watch it later.", w->client->base);
}

/* ---- all of it ---- */

static bool
follow(struct watch *w, struct err *err)
{
	while (!w->ended && !interrupted) {
		turn_stream(w);
		if (w->ended)
			break;
		if (!turn_ask(w, err))
			return false;
		int64_t now = boot_us();
		/* The seconds tick also while nothing comes. */
		if ((w->changed && now - w->draw_us >= DRAW_US) || now - w->draw_us >= 1000000) {
			view_draw(&w->view, &w->progress);
			w->draw_us = now;
			w->changed = false;
		}
		curl_multi_poll(w->multi, NULL, 0, TURN_MS, NULL);
	}
	return true;
}

int
watch_status(const char *status)
{
	return strcmp(status, "completed") == 0	  ? CLI_OK
	       : strcmp(status, "cancelled") == 0 ? CLI_CANCELLED
						  : CLI_FAILED;
}

/* A long one is not in the run itself, and is asked for. */
int
watch_output(struct cli *cli, struct client *client, const struct json *run)
{
	const struct json *output = json_get(run, "output");
	struct json *whole;
	struct str id = STR("");
	struct err err = {0};
	bool truncated = false;
	json_get_bool(run, "truncated", &truncated);
	json_get_str(run, "id", &id);
	if (truncated) {
		const char *path = arena_printf(cli->arena, "/runs/%.*s/output", STR_ARG(id));
		if (!client_call(client, cli->arena, "GET", path, NULL, NULL, &whole, &err))
			return cli_fail(cli, CLI_WRONG, &err);
		output = whole;
	}
	view_output(cli, output);
	return CLI_OK;
}

/* The end: its output, or why there is none. */
static int
finish(struct watch *w, bool json)
{
	struct err err = {0};
	struct json *run;
	if (!read_run(w, w->cli->arena, &run, &err))
		return cli_fail(w->cli, CLI_WRONG, &err);
	struct str status = {"", 0};
	(void)json_get_str(run, "status", &status);
	int exit_status = watch_status(arena_strz(w->cli->arena, status));
	if (json) {
		printf("%s\n", json_text(w->cli->arena, run).p);
		return exit_status;
	}
	struct str message;
	if (w->cli->terminal)
		putchar('\n');
	if (exit_status == CLI_OK)
		return watch_output(w->cli, w->client, run);
	else if (exit_status == CLI_CANCELLED)
		cli_complain(w->cli, 0, "The run was cancelled.");
	else if (json_get_str(json_get(run, "error"), "message", &message))
		cli_complain(w->cli, 0, "The run failed. %.*s", STR_ARG(message));
	else
		cli_complain(w->cli, 0, "The run failed.");
	return exit_status;
}

static void
set_skew(struct watch *w, const struct json *run)
{
	struct str status;
	/* A run that has just been made tells how far our clock is from the server's, well enough for seconds. */
	if (json_get_str(run, "status", &status) && str_is(status, "pending") && w->progress.created_us > 0)
		w->view.skew_us = wall_us() - w->progress.created_us;
	if (w->view.skew_us > -2000000 && w->view.skew_us < 2000000)
		w->view.skew_us = 0;
}

int
watch_run(struct cli *cli, struct client *client, const char *run, bool json)
{
	struct watch w = {.cli = cli, .client = client, .run = run, .arena = arena_new(), .good_us = boot_us()};
	struct err err = {0};
	struct json *doc;
	if (!read_run(&w, w.arena, &doc, &err) || !progress_start(&w.progress, w.arena, doc, &err)) {
		arena_free(w.arena);
		return cli_fail(cli, CLI_WRONG, &err);
	}
	w.ended = progress_ended(&w.progress);
	struct sigaction action = {.sa_handler = on_interrupt};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	stream_init(&w.stream, on_event, &w);
	w.multi = curl_multi_init();
	view_begin(&w.view, cli, &w.progress, json);
	set_skew(&w, doc);
	bool ok = follow(&w, &err);
	close_stream(&w);
	w.view.note = NULL;
	/* The stream's own end may have come without the event, when it was opened behind it. */
	if (ok && w.ended && !progress_ended(&w.progress))
		(void)read_again(&w, &err);
	view_end(&w.view, &w.progress);

	int status = CLI_WRONG;
	if (interrupted) {
		status = cli_complain(
			cli, INTERRUPTED, "No longer watching. The run goes on: %s run watch %s", cli->program, run);
	} else if (!ok) {
		cli_fail(cli, CLI_WRONG, &err);
	} else {
		status = finish(&w, json);
	}
	curl_multi_cleanup(w.multi);
	stream_release(&w.stream);
	progress_release(&w.progress);
	arena_free(w.arena);
	return status;
}
