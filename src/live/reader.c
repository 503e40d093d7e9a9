/*
 * What is asked of the database, one batch at a time. In order of need:
 *
 *	upkeep  once in ten seconds: keep watched runs watched, forget those left, sweep after dead watchers
 *	told    one listener whose person something has changed about: guard again, and whether what their session is shown has changed
 *	admit   one newcomer: guard, is the run there, register it, its first page; only this and role can be refused
 *	read    pages for up to 50 places (a run and a number) that listeners stand at; equal places are read once
 *	boards  once a second for each: which runs of its project have moved
 *	role    each listener once a minute: the same by the clock
 *	probe   once a second: which watched runs have moved though nobody told; only while one has not ended
 *
 * Without listeners nothing is asked at all, and the connection that LISTENs is closed after a minute.
 */
#include "live/batch.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "live/board.h"
#include "live/frame.h"
#include "live/person.h"

#include <poll.h>
#include <stdlib.h>

#define CHANNEL_EVENTS "stepmill_event"
#define CHANNEL_PEOPLE "stepmill_person"
#define IDLE_US ((int64_t)60000000)
#define LISTEN_RETRY_US ((int64_t)2000000)
#define FORGET_US ((int64_t)1000000)

struct reader *
reader_new(struct live *live)
{
	struct reader *r = calloc(1, sizeof *r);
	if (!r)
		out_of_memory();
	r->live = live;
	r->db = db_new(live->settings.db, "stepmill-live");
	db_patience(r->db, live->settings.statement_seconds, live->settings.lock_seconds);
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
wake_person(struct live *live, struct str text)
{
	struct id person;
	if (!id_parse(text, &person))
		return;
	/* Whose a newcomer is, is not known yet: what lets it in may have been read before this was committed. */
	for (struct listener *l = live->listeners; l; l = l->next)
		if (l->state == LISTENER_ADMITTING || id_eq(l->person, person))
			l->role_due = true;
}

static void
wake_all(struct live *live)
{
	for (struct listener *l = live->listeners; l; l = l->next)
		l->wants_read = true;
}

/* Ids of runs, or of people, with blanks between them; of runs also "many". */
static void
wake(struct live *live, struct str payload, bool people)
{
	if (!people && str_is(payload, "many")) {
		wake_all(live);
		return;
	}
	while (payload.n > 0) {
		const char *blank = memchr(payload.p, ' ', payload.n);
		size_t n = blank ? (size_t)(blank - payload.p) : payload.n;
		(people ? wake_person : wake_run)(live, (struct str){payload.p, n});
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
		if (!FAULT("live.notified") && !MUTATED("notifications"))
			wake(r->live, payload, str_is(channel, CHANNEL_PEOPLE));
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
	if (!db_listen(r->told, CHANNEL_EVENTS, &err) || !db_listen(r->told, CHANNEL_PEOPLE, &err)) {
		r->listen_us = now + LISTEN_RETRY_US;
		log_warn("listen failed", LOG_STR("error", err.message), LOG_STR("detail", err.detail));
		return;
	}
	r->listening = true;
	loop_watch(r->live, db_socket(r->told), false);
	wake_all(r->live); /* what came in between has told nobody */
	for (struct listener *l = r->live->listeners; l; l = l->next)
		l->role_due = true;
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
	int64_t last = 0;
	bool end = false, more, known = db_value_id(r->batch, 1, 0, 0, &person);
	if (known && l->topic == LIVE_PERSON)
		person_take(l, r->batch, &text);
	else if (known && l->topic == LIVE_BOARD)
		board_take(l, r->batch, 2, &text);
	else
		known = known && take_page(r, 2, l->after, &text, &last, &end, &more);
	if (!known) {
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
			if (l->state != LISTENER_OPEN || !batch_at_place(l, p))
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
take_role(struct reader *r)
{
	struct listener *l = r->named[0];
	struct buf text;
	buf_init(&text, BUFFER_BYTES);
	l->role_us = boot_us();
	if (l->topic == LIVE_PERSON)
		person_take(l, r->batch, &text);
	if (text.n > 0)
		listener_feed(l, buf_str(&text), 0, false);
	buf_release(&text);
}

static void
take_boards(struct reader *r)
{
	struct buf text;
	buf_init(&text, BUFFER_BYTES);
	for (int i = 0; i < r->named_count; i++) {
		buf_clear(&text);
		board_take(r->named[i], r->batch, 2 * i + 1, &text);
		if (text.n > 0)
			listener_feed(r->named[i], buf_str(&text), 0, false);
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
	case BATCH_BOARDS:
		take_boards(r);
		break;
	case BATCH_ROLE:
		take_role(r);
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
			l->wants_read = l->wants_read || batch_at_place(l, &r->places[i]);
	if ((r->kind == BATCH_ADMIT || r->kind == BATCH_ROLE) && (refused || err->code != ERR_UNAVAILABLE)) {
		if (!refused)
			log_error("cannot let in", LOG_STR("request_id", r->named[0]->request_id),
				LOG_STR("error", err->message), LOG_STR("detail", err->detail));
		if (r->named[0]->wsi)
			listener_refuse(r->named[0], err);
		return;
	}
	if (r->kind == BATCH_ROLE)
		r->named[0]->role_due = true;
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

void
reader_work(struct reader *r)
{
	int64_t now = boot_us();
	while (!r->batch && now >= r->retry_us && batch_build(r, now)) {
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
	struct err err = {0};
	if (batch_build_forget(r) && db_start(r->batch, &err))
		drain(r, end);
}
