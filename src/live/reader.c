/*
 * What is asked of the database, one batch at a time. In order of need:
 *
 *	upkeep    once in ten seconds: keep watched runs watched, forget those left, sweep after dead watchers
 *	admit     one newcomer: guard, is the run there, register it, its first page. It alone can fail of a missing
 *role read      pages for up to 50 places (a run and a number) that listeners stand at; equal places are read once role
 *one listener a minute: guard again probe     once a second: which watched runs have moved though nobody told. Only
 *while one of them has not ended
 *
 * Without listeners nothing is asked at all, and the connection that LISTENs is closed after a minute.
 */
#include "live/live.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "live/frame.h"

#include <poll.h>
#include <stdlib.h>

#define CHANNEL "stepmill_event"
#define READS_MAX 50
#define PROBE_US ((int64_t)1000000)
#define RETRY_US ((int64_t)250000)
#define IDLE_US ((int64_t)60000000)
#define LISTEN_RETRY_US ((int64_t)2000000)
#define FORGET_US ((int64_t)1000000)

enum batch_kind { BATCH_NONE, BATCH_UPKEEP, BATCH_ADMIT, BATCH_READ, BATCH_ROLE, BATCH_PROBE };

struct place {
	struct id workspace, person, run;
	int64_t after;
	int statement; /* its index in the batch */
};

struct reader {
	struct live *live;
	struct db *db;
	struct db *told; /* the connection that LISTENs; NULL while nobody listens */
	bool listening;
	int64_t listen_us; /* when LISTEN may be tried again */

	struct arena *arena; /* of the batch that runs */
	struct db_batch *batch;
	enum batch_kind kind;
	struct listener *named[READS_MAX]; /* BATCH_ADMIT, BATCH_ROLE: the one it is about */
	int named_count;
	struct place places[READS_MAX];
	int place_count;
	int workspace_count; /* BATCH_PROBE: so many pairs of statements */
	size_t gone_sent;    /* entries of live->gone that the upkeep in flight takes out */

	int64_t retry_us; /* nothing is started before: the database was away */
	int64_t upkeep_us, probe_us, idle_since_us;
	bool was_down;	 /* told in the log once */
	bool reads_last; /* newcomers and reads take turns */
};

struct reader *
reader_new(struct live *live)
{
	struct reader *r = calloc(1, sizeof *r);
	if (!r)
		out_of_memory();
	r->live = live;
	r->db = db_new(live->settings.db, "stepmill-live");
	r->arena = arena_new();
	return r;
}

void
reader_free(struct reader *r)
{
	if (!r)
		return;
	arena_free(r->arena);
	db_free(r->db);
	db_free(r->told);
	free(r);
}

/* ---- being told ---- */

static void
wake_run(struct live *live, struct str text)
{
	struct id run;
	if (!id_parse(text, &run))
		return;
	for (struct listener *l = live_find_run(live, run); l; l = l->next_of_run)
		if (id_eq(l->run, run))
			l->wants_read = true;
}

static void
wake_all(struct live *live)
{
	for (struct listener *l = live->listeners; l; l = l->next)
		l->wants_read = true;
}

/* Run ids with blanks between them, or "many". */
static void
wake(struct live *live, struct str payload)
{
	if (str_is(payload, "many")) {
		wake_all(live);
		return;
	}
	while (payload.n > 0) {
		const char *blank = memchr(payload.p, ' ', payload.n);
		size_t n = blank ? (size_t)(blank - payload.p) : payload.n;
		wake_run(live, (struct str){payload.p, n});
		size_t used = blank ? n + 1 : n;
		payload = (struct str){payload.p + used, payload.n - used};
	}
}

static void
read_notifications(struct reader *r)
{
	if (!r->listening)
		return;
	struct arena *arena = arena_new();
	struct str channel, payload;
	while (db_notification(r->told, arena, &channel, &payload)) {
		wake(r->live, payload);
		arena_reset(arena);
	}
	arena_free(arena);
	if (!db_connected(r->told)) {
		r->listening = false;
		r->listen_us = boot_us();
	}
}

/* Only while the other connection works: opening this one waits, and pings must not stop for a database that is away.
 */
static void
listen_again(struct reader *r, int64_t now)
{
	if (r->listening || r->live->count == 0 || !db_connected(r->db) || now < r->listen_us)
		return;
	if (!r->told)
		r->told = db_new(r->live->settings.db, "stepmill-live listen");
	struct err err = {0};
	if (!db_listen(r->told, CHANNEL, &err)) {
		r->listen_us = now + LISTEN_RETRY_US;
		log_warn("listen failed", LOG_STR("error", err.message), LOG_STR("detail", err.detail));
		return;
	}
	r->listening = true;
	loop_watch(r->live, db_socket(r->told), false);
	wake_all(r->live); /* what came in between has told nobody */
}

/* ---- building ---- */

static struct db_batch *
new_batch(struct reader *r, enum batch_kind kind)
{
	arena_reset(r->arena);
	r->batch = db_batch_new(r->db, r->arena);
	r->kind = kind;
	r->named_count = 0;
	r->place_count = 0;
	db_retry_lost(r->batch);
	return r->batch;
}

static void
name(struct reader *r, struct listener *l)
{
	l->in_batch = true;
	r->named[r->named_count++] = l;
}

static int
add_events(struct db_batch *b, struct id workspace, struct id run, int64_t after)
{
	int index = db_add(b, DB_LIVE_EVENTS);
	db_id(b, workspace);
	db_id(b, run);
	db_int(b, after);
	db_int(b, PAGE_EVENTS);
	db_int(b, (int64_t)PAGE_BYTES);
	return index;
}

static void
add_guard(struct db_batch *b, const struct listener *l)
{
	db_add(b, DB_GUARD);
	db_bytes(b, l->token, sizeof l->token);
	db_id(b, l->workspace);
	db_text(b, "viewer");
}

static bool
build_admit(struct reader *r)
{
	/* The list has the newest first; who came first is let in first. */
	struct listener *first = NULL;
	for (struct listener *l = r->live->listeners; l; l = l->next)
		if (l->state == LISTENER_ADMITTING)
			first = l;
	if (!first)
		return false;
	struct db_batch *b = new_batch(r, BATCH_ADMIT);
	name(r, first);
	add_guard(b, first);
	db_add(b, DB_LIVE_ADMIT);
	db_id(b, first->workspace);
	db_id(b, first->run);
	db_id(b, r->live->watcher);
	add_events(b, first->workspace, first->run, first->after);
	return true;
}

static bool
build_role(struct reader *r, int64_t now)
{
	for (struct listener *l = r->live->listeners; l; l = l->next) {
		if (l->state != LISTENER_OPEN || now - l->role_us < r->live->settings.role_seconds * 1000000)
			continue;
		struct db_batch *b = new_batch(r, BATCH_ROLE);
		name(r, l);
		add_guard(b, l);
		return true;
	}
	return false;
}

static bool
reads(const struct listener *l)
{
	return l->state == LISTENER_OPEN && l->wants_read && listener_drained(l);
}

static bool
at_place(const struct listener *l, const struct place *p)
{
	return l->after == p->after && id_eq(l->run, p->run) && id_eq(l->workspace, p->workspace) &&
	       id_eq(l->person, p->person);
}

/* What listeners stand at, each place once. Who is not served now still wants to read and comes with the next batch. */
static bool
build_read(struct reader *r)
{
	struct db_batch *b = NULL;
	const struct place *acting = NULL;
	for (struct listener *l = r->live->listeners; l; l = l->next) {
		if (!reads(l))
			continue;
		if (!b)
			b = new_batch(r, BATCH_READ);
		bool known = false;
		for (int i = 0; i < r->place_count && !known; i++)
			known = at_place(l, &r->places[i]);
		if (!known && r->place_count == READS_MAX)
			continue;
		l->wants_read = false; /* a notification that comes while the batch runs sets it again */
		if (known)
			continue;
		struct place *p = &r->places[r->place_count++];
		*p = (struct place){l->workspace, l->person, l->run, l->after, 0};
		if (!acting || !id_eq(acting->workspace, p->workspace) || !id_eq(acting->person, p->person)) {
			db_add(b, DB_LIVE_AS);
			db_id(b, p->workspace);
			db_id(b, p->person);
			acting = p;
		}
		p->statement = add_events(b, p->workspace, p->run, p->after);
	}
	return b != NULL;
}

/* Adds one statement for every workspace that has open listeners; how many. */
static int
add_by_workspace(struct reader *r, struct db_batch *b, enum db_statement statement)
{
	struct live *live = r->live;
	int added = 0;
	for (struct listener *first = live->listeners; first; first = first->next) {
		if (first->state != LISTENER_OPEN)
			continue;
		bool seen = false;
		for (struct listener *l = live->listeners; l != first && !seen; l = l->next)
			seen = l->state == LISTENER_OPEN && id_eq(l->workspace, first->workspace);
		if (seen)
			continue;
		struct db_array *runs = db_array_ids(r->arena), *afters = db_array_ints(r->arena);
		for (struct listener *l = first; l; l = l->next) {
			if (l->state != LISTENER_OPEN || !id_eq(l->workspace, first->workspace))
				continue;
			bool twice = false; /* one insert must not name a row twice */
			for (struct listener *o = live_find_run(live, l->run); o && o != l && !twice;
				o = o->next_of_run)
				twice = o->state == LISTENER_OPEN && id_eq(o->run, l->run) &&
					id_eq(o->workspace, l->workspace);
			if (twice && statement == DB_LIVE_WATCH)
				continue;
			db_array_id(runs, l->run);
			db_array_int(afters, l->after);
		}
		db_add(b, DB_LIVE_AS);
		db_id(b, first->workspace);
		db_id(b, first->person);
		db_add(b, statement);
		db_id(b, first->workspace);
		db_add_array(b, runs);
		if (statement == DB_LIVE_WATCH)
			db_id(b, live->watcher);
		else
			db_add_array(b, afters);
		added++;
	}
	return added;
}

/* Entries of runs that somebody watches again are no reason to forget them. */
static void
add_forget(struct reader *r, struct db_batch *b)
{
	struct live *live = r->live;
	struct db_array *workspaces = db_array_ids(r->arena), *runs = db_array_ids(r->arena);
	size_t count = 0;
	for (size_t i = 0; i < live->gone_count; i++) {
		bool watched = false;
		for (struct listener *l = live_find_run(live, live->gone[i].run); l && !watched; l = l->next_of_run)
			watched = id_eq(l->run, live->gone[i].run) && id_eq(l->workspace, live->gone[i].workspace);
		if (watched)
			continue;
		db_array_id(workspaces, live->gone[i].workspace);
		db_array_id(runs, live->gone[i].run);
		count++;
	}
	r->gone_sent = live->gone_count;
	if (count == 0)
		return;
	db_add(b, DB_LIVE_FORGET);
	db_add_array(b, workspaces);
	db_add_array(b, runs);
	db_id(b, live->watcher);
}

static bool
build_upkeep(struct reader *r, int64_t now)
{
	bool due = r->live->count > 0 && now - r->upkeep_us >= WATCH_US;
	/* Runs are forgotten soon after the last listener has left, so that flushes need not notify. */
	if (!due && !(r->live->gone_count > 0 && now - r->upkeep_us >= RETRY_US))
		return false;
	struct db_batch *b = new_batch(r, BATCH_UPKEEP);
	r->upkeep_us = now;
	add_by_workspace(r, b, DB_LIVE_WATCH);
	add_forget(r, b);
	db_add(b, DB_LIVE_SWEEP);
	return true;
}

static bool
build_probe(struct reader *r, int64_t now)
{
	if (now - r->probe_us < PROBE_US)
		return false;
	r->probe_us = now;
	bool open = false;
	for (struct listener *l = r->live->listeners; l && !open; l = l->next)
		open = l->state == LISTENER_OPEN;
	if (!open)
		return false;
	struct db_batch *b = new_batch(r, BATCH_PROBE);
	r->workspace_count = add_by_workspace(r, b, DB_LIVE_NEWER);
	return true;
}

/* ---- what came ---- */

/* The page of one statement as text of the stream, for everybody who stands at `after`. False: the run cannot be seen.
 */
static bool
take_page(struct reader *r, int statement, int64_t after, struct buf *text, int64_t *ret_last, bool *ret_end,
	bool *ret_more)
{
	int rows = db_rows(r->batch, statement), events = 0;
	if (rows == 0)
		return false;
	int64_t last = after, final = -1, seq;
	bool cut = false;
	for (int row = 0; row < rows; row++) {
		struct str type, event;
		(void)db_value_int(r->batch, statement, row, 3, &final);
		if (!db_value_int(r->batch, statement, row, 0, &seq) || !db_value(r->batch, statement, row, 1, &type) ||
			!db_value(r->batch, statement, row, 2, &event))
			continue; /* the row that tells only whether the run has ended */
		frame_event(text, seq, type, event);
		(void)db_value_bool(r->batch, statement, row, 4, &cut);
		last = seq;
		events++;
	}
	*ret_last = last;
	*ret_end = final >= 0 && last >= final;
	*ret_more = cut || events == PAGE_EVENTS;
	return true;
}

static void
take_admit(struct reader *r)
{
	struct listener *l = r->named[0];
	struct id person;
	if (!l->wsi)
		return;
	struct buf text;
	buf_init(&text, BUFFER_BYTES);
	int64_t last;
	bool end, more;
	if (!db_value_id(r->batch, 1, 0, 0, &person) || !take_page(r, 2, l->after, &text, &last, &end, &more)) {
		struct err err = {0};
		err_set(&err, ERR_NOT_FOUND, "This does not exist, or you cannot see it.");
		listener_refuse(l, &err);
	} else {
		listener_admit(l, person);
		listener_feed(l, buf_str(&text), last, end);
	}
	buf_release(&text);
}

static void
take_reads(struct reader *r)
{
	struct buf text;
	buf_init(&text, BUFFER_BYTES);
	for (int i = 0; i < r->place_count; i++) {
		const struct place *p = &r->places[i];
		int64_t last = p->after;
		bool end = false, more = false;
		buf_clear(&text);
		bool seen = take_page(r, p->statement, p->after, &text, &last, &end, &more);
		struct listener *next;
		/* Feeding moves a listener to the next place, so each gets the page once. */
		for (struct listener *l = live_find_run(r->live, p->run); l; l = next) {
			next = l->next_of_run;
			if (l->state != LISTENER_OPEN || !at_place(l, p))
				continue;
			if (!seen) {
				l->state = LISTENER_ENDING;
				server_wants_write(l);
			} else if (last > p->after || end) {
				/* Somebody who came to this place meanwhile and is not done writing waits for another.
				 */
				if (!listener_drained(l)) {
					l->wants_read = true;
					continue;
				}
				l->wants_read = l->wants_read || more;
				listener_feed(l, buf_str(&text), last, end);
			}
		}
	}
	buf_release(&text);
}

static void
take_probe(struct reader *r)
{
	for (int i = 0; i < r->workspace_count; i++)
		for (int row = 0; row < db_rows(r->batch, 2 * i + 1); row++) {
			struct str run;
			if (db_value(r->batch, 2 * i + 1, row, 0, &run))
				wake_run(r->live, run);
		}
}

static void
take(struct reader *r)
{
	struct live *live = r->live;
	switch (r->kind) {
	case BATCH_ADMIT:
		take_admit(r);
		break;
	case BATCH_READ:
		take_reads(r);
		break;
	case BATCH_ROLE:
		r->named[0]->role_us = boot_us();
		break;
	case BATCH_PROBE:
		take_probe(r);
		break;
	case BATCH_UPKEEP:
		if (r->gone_sent > 0) /* none: there may be no list at all */
			memmove(live->gone, live->gone + r->gone_sent,
				(live->gone_count - r->gone_sent) * sizeof *live->gone);
		live->gone_count -= r->gone_sent;
		break;
	case BATCH_NONE:
		break;
	}
}

/* Whoever was to be read is read again; the database says no to nobody but the one a guard was asked about. */
static void
take_failure(struct reader *r, const struct err *err)
{
	bool refused = err->code == ERR_UNAUTHENTICATED || err->code == ERR_FORBIDDEN || err->code == ERR_NOT_FOUND;
	for (int i = 0; i < r->place_count; i++)
		for (struct listener *l = live_find_run(r->live, r->places[i].run); l; l = l->next_of_run)
			l->wants_read = l->wants_read || at_place(l, &r->places[i]);
	if ((r->kind == BATCH_ADMIT || r->kind == BATCH_ROLE) && (refused || err->code != ERR_UNAVAILABLE)) {
		if (!refused)
			log_error("cannot let in", LOG_STR("request", r->named[0]->request_id),
				LOG_STR("error", err->message), LOG_STR("detail", err->detail));
		if (r->named[0]->wsi)
			listener_refuse(r->named[0], err);
		return;
	}
	r->retry_us = boot_us() + RETRY_US;
	/* Once, not four times a second, until it works again. */
	if (!r->was_down)
		log_warn(
			"the database does not answer", LOG_STR("error", err->message), LOG_STR("detail", err->detail));
	r->was_down = true;
}

static void
finish(struct reader *r, bool ok, const struct err *err)
{
	if (ok) {
		if (r->was_down)
			log_info("the database answers again");
		r->was_down = false;
		take(r);
	} else {
		take_failure(r, err);
	}
	for (int i = 0; i < r->named_count; i++)
		listener_release(r->named[i]);
	r->named_count = 0;
	r->place_count = 0;
	r->kind = BATCH_NONE;
	r->batch = NULL;
}

/* ---- turns ---- */

static void
advance(struct reader *r)
{
	struct err err = {0};
	enum db_progress progress = db_advance(r->batch, &err);
	if (progress == DB_DONE || progress == DB_FAILED)
		finish(r, progress == DB_DONE, &err);
	else
		loop_watch(r->live, db_socket(r->db), progress == DB_WAIT_WRITE);
}

static bool
build(struct reader *r, int64_t now)
{
	if (build_upkeep(r, now))
		return true;
	r->reads_last = !r->reads_last;
	if (r->reads_last ? build_admit(r) || build_read(r) : build_read(r) || build_admit(r))
		return true;
	return build_role(r, now) || build_probe(r, now);
}

void
reader_work(struct reader *r)
{
	int64_t now = boot_us();
	while (!r->batch && now >= r->retry_us && build(r, now)) {
		struct err err = {0};
		if (FAULT("live.before_read")) {
			err_set(&err, ERR_UNAVAILABLE, "A test has made this read fail.");
			finish(r, false, &err);
		} else if (!db_start(r->batch, &err)) {
			finish(r, false, &err);
		} else {
			/* Sends at once; mostly the answer is not there yet. */
			advance(r);
		}
	}
}

void
reader_turn(struct reader *r)
{
	read_notifications(r);
	if (r->listening)
		loop_watch(r->live, db_socket(r->told), false);
	if (r->batch)
		advance(r);
	reader_work(r);
}

void
reader_tick(struct reader *r, int64_t now)
{
	if (r->batch)
		advance(r); /* attempts to connect end by the clock */
	listen_again(r, now);
	if (r->live->count > 0)
		r->idle_since_us = now;
	else if (r->told && now - r->idle_since_us >= IDLE_US) {
		db_free(r->told);
		r->told = NULL;
		r->listening = false;
	}
	reader_work(r);
}

bool
reader_busy(const struct reader *r)
{
	return r->batch || r->told || r->live->gone_count > 0;
}

/* The loop is over: waits for the batch itself. */
static void
drain(struct reader *r, int64_t end)
{
	while (r->batch && boot_us() < end) {
		struct pollfd p = {.fd = db_socket(r->db), .events = POLLIN};
		(void)poll(&p, 1, 20);
		advance(r);
	}
}

void
reader_forget_all(struct reader *r)
{
	int64_t end = boot_us() + FORGET_US;
	drain(r, end);
	if (r->batch || !db_connected(r->db) || r->live->gone_count == 0)
		return;
	struct db_batch *b = new_batch(r, BATCH_UPKEEP);
	add_forget(r, b);
	struct err err = {0};
	if (r->gone_sent > 0 && db_start(b, &err))
		drain(r, end);
}
