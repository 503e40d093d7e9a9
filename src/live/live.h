/*
 * stepmill-live: one loop, many listeners, one connection that reads and one that is told when there is something new.
 *
 *	server.c     HTTP by libwebsockets: lets requests in, writes chunks, notices who has gone
 *	listener.c   the listeners: places, limits, what each still has to be sent
 *	reader.c     the database: one batch at a time; batch.c decides which
 *	board.c      listeners of a board: which runs of a project have moved
 *	person.c     listeners of themselves: whether what their session is shown has changed
 *	loop.c       the turns: database sockets, clock and signals are one epoll set that libwebsockets watches
 *
 * The life of a listener:
 *
 *	             guard says no                    the run has ended, and all was sent
 *	ADMITTING ──────────────────► REFUSED          ┌──────────────► ENDING
 *	    │  guard says yes                          │                  │
 *	    └───────────────► OPEN ────────────────────┘                  ▼
 *	                       └── it is slow, we stop, it may no longer ► closed by server.c
 *
 * Numbers are never skipped or repeated: a listener's `after` moves only when the page of events that begins behind it
 * has been put into its buffer, and the next page is read only when that buffer has been handed to the socket. So what
 * one listener costs is bounded by a page, however slow it is.
 */
#ifndef STEPMILL_LIVE_LIVE_H
#define STEPMILL_LIVE_LIVE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "crypto/token.h"
#include "db/db.h"
#include "live/request.h"

#define PAGE_EVENTS 200
#define PAGE_BYTES ((size_t)64 << 10) /* of events; a single larger one is sent whole */
#define BUFFER_BYTES ((size_t)96 << 20)
#define PING_US ((int64_t)10000000)
#define WATCH_US ((int64_t)10000000) /* run_watch is renewed */
#define ADMIT_US ((int64_t)15000000) /* a newcomer waits so long for the database */
#define RUN_BUCKETS 1024
#define PERSON_MARK_SIZE 33 /* MD5, in hexadecimal */

struct lws;
struct lws_context;
struct lws_vhost;

enum listener_state {
	LISTENER_ADMITTING, /* the guard has not answered; nothing was written */
	LISTENER_REFUSED,   /* `refusal` is written, then it is closed */
	LISTENER_OPEN,	    /* reads and writes events */
	LISTENER_ENDING,    /* what is in `out` is the last; then it is closed */
};

struct listener {
	struct live *live;
	struct lws *wsi; /* NULL: gone, but a batch still names it */
	enum listener_state state;
	struct listener *next, **link; /* in live->listeners */
	struct listener *next_of_run;  /* in live->runs */

	enum live_topic topic;
	struct id workspace, run, person; /* of a board: its project instead of a run; of a person neither */
	struct board *board;		  /* of a board */
	char mark[PERSON_MARK_SIZE];	  /* of a person: what was told last */
	int64_t after;			  /* number of the newest event in `out` or sent */
	unsigned char token[TOKEN_HASH_SIZE];
	bool by_token; /* it is of an API token, not of a session */
	char request_id[REQUEST_ID_SIZE];

	bool wants_read; /* there may be events behind `after` */
	bool role_due;	 /* something about its person has changed: the role is looked at at once */
	bool in_batch;	 /* the batch that runs names it */
	bool headers_sent;
	struct err *refusal;
	struct buf out;
	size_t out_sent;
	int64_t came_us, wrote_us, ping_us, role_us; /* boot clock */
};

/* A run that was registered in run_watch and has no listener any more. */
struct gone_run {
	struct id workspace, run;
};

struct live_settings {
	const char *db;
	const char *socket;
	long statement_seconds; /* what the database works on longer is stopped */
	long lock_seconds;	/* … and waits so long for what somebody has locked */
	long listeners;		/* at most so many; of them half listen to themselves: every page that is open does */
	long per_person;	/* … of one person */
	long role_seconds;	/* the role is looked at again */
	long slow_seconds;	/* nothing could be written for so long: closed */
};

struct reader;
struct board;

struct live {
	struct live_settings settings;
	struct id watcher; /* this process in run_watch */
	struct lws_context *lws;
	struct lws_vhost *vhost;
	int listening; /* the unix socket */
	struct reader *reader;

	struct listener *listeners;
	long count;
	struct listener *runs[RUN_BUCKETS]; /* by run id, for notifications */

	struct gone_run *gone;
	size_t gone_count, gone_room;

	int epoll, timer, signals;
	bool ticking;
	bool stopping;
	int64_t stop_by_us;
};

/* ---- loop.c ---- */

bool live_run(const struct live_settings *settings, struct err *err); /* until SIGTERM or SIGINT */
/* Descriptors of the database change when it reconnects; `write` tells what it waits for. -1 is ignored. */
void loop_watch(struct live *live, int fd, bool write);
void loop_tick_on(struct live *live); /* there is something to wait for */
void loop_turn(struct live *live);    /* the epoll set has something */

/* ---- server.c ---- */

bool server_start(struct live *live, struct err *err);
void server_stop(struct live *live);
void server_accept(struct live *live); /* somebody has come */
void server_wants_write(struct listener *listener);
void server_close(struct listener *listener); /* soon, without another word */

/* ---- listener.c ---- */

struct listener *listener_new(struct live *live, struct lws *wsi);
void listener_gone(struct listener *listener);	  /* its connection has closed */
void listener_release(struct listener *listener); /* the batch that named it is over: frees one that has gone */
void listener_enter(struct listener *listener, const struct live_place *place);
void listener_refuse(struct listener *listener, const struct err *err);
/* The guard said yes: ERR_RATE_LIMITED when the person has too many, and the listener is refused. */
void listener_admit(struct listener *listener, struct id person);
/* Puts a page of events into its buffer; `last` is the number of the newest, `end` that no more will come. */
void listener_feed(struct listener *listener, struct str page, int64_t last, bool end);
void listener_tick(struct listener *listener, int64_t now);
bool listener_drained(const struct listener *listener);
struct listener *live_find_run(const struct live *live, struct id run); /* first of its bucket; follow next_of_run */

/* ---- reader.c ---- */

struct reader *reader_new(struct live *live);
void reader_free(struct reader *reader);
void reader_work(struct reader *reader); /* starts a batch when one is due and none runs */
void reader_turn(struct reader *reader); /* its sockets may be ready */
void reader_tick(struct reader *reader, int64_t now);
bool reader_busy(const struct reader *reader); /* without any listener it still has something to do by the clock */
void reader_forget_all(
	struct reader *reader); /* at the end: takes this process out of run_watch, waits at most a second */

#endif
