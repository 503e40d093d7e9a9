/* Listeners: their places, limits and buffers. */
#include "live/live.h"

#include "base/time.h"
#include "live/board.h"
#include "live/frame.h"

#include <stdlib.h>

static struct listener **
bucket_of(struct live *live, struct id run)
{
	/* The end of a version 7 id is random. */
	return &live->runs[((unsigned)run.b[14] << 8 | run.b[15]) % RUN_BUCKETS];
}

struct listener *
live_find_run(const struct live *live, struct id run)
{
	return live->runs[((unsigned)run.b[14] << 8 | run.b[15]) % RUN_BUCKETS];
}

struct listener *
listener_new(struct live *live, struct lws *wsi)
{
	struct listener *l = calloc(1, sizeof *l);
	if (!l)
		out_of_memory();
	l->live = live;
	l->wsi = wsi;
	l->came_us = l->wrote_us = l->ping_us = l->role_us = boot_us();
	buf_init(&l->out, BUFFER_BYTES);
	l->next = live->listeners;
	l->link = &live->listeners;
	if (l->next)
		l->next->link = &l->next;
	live->listeners = l;
	live->count++;
	return l;
}

void
listener_enter(struct listener *l, const struct live_place *place)
{
	l->topic = place->topic;
	l->workspace = place->workspace;
	l->run = place->thing;
	if (l->topic == LIVE_BOARD) /* nobody is told of projects: it looks by the clock */
		l->board = board_new();
	if (l->topic != LIVE_RUN)
		return;
	struct listener **bucket = bucket_of(l->live, l->run);
	l->next_of_run = *bucket;
	*bucket = l;
}

static bool
same_run(const struct listener *a, const struct listener *b)
{
	return id_eq(a->run, b->run) && id_eq(a->workspace, b->workspace);
}

/* The last listener of a run leaves: the run is to be taken out of run_watch. */
static void
leave_run(struct listener *l)
{
	struct live *live = l->live;
	bool entered = false, others = false;
	for (struct listener **at = bucket_of(live, l->run); *at;) {
		if (*at == l) {
			*at = l->next_of_run;
			entered = true;
			continue;
		}
		others = others || same_run(*at, l);
		at = &(*at)->next_of_run;
	}
	if (!entered || others || l->state == LISTENER_REFUSED)
		return;
	if (live->gone_count == live->gone_room) {
		live->gone_room = live->gone_room ? live->gone_room * 2 : 64;
		live->gone = reallocarray(live->gone, live->gone_room, sizeof *live->gone);
		if (!live->gone)
			out_of_memory();
	}
	live->gone[live->gone_count++] = (struct gone_run){l->workspace, l->run};
}

static void
destroy(struct listener *l)
{
	free(l->refusal);
	board_free(l->board);
	buf_release(&l->out);
	free(l);
}

void
listener_gone(struct listener *l)
{
	leave_run(l);
	*l->link = l->next;
	if (l->next)
		l->next->link = l->link;
	l->live->count--;
	l->wsi = NULL;
	if (!l->in_batch)
		destroy(l);
}

void
listener_release(struct listener *l)
{
	l->in_batch = false;
	if (!l->wsi)
		destroy(l);
}

void
listener_refuse(struct listener *l, const struct err *err)
{
	/* Once the stream has begun there is no other way to say it than to end: the client that comes back is told. */
	if (l->state == LISTENER_OPEN) {
		l->state = LISTENER_ENDING;
	} else {
		l->state = LISTENER_REFUSED;
		l->refusal = malloc(sizeof *l->refusal);
		if (!l->refusal)
			out_of_memory();
		*l->refusal = *err;
		frame_problem(&l->out, err, l->request_id);
	}
	server_wants_write(l);
}

static long
of_person(const struct live *live, struct id person)
{
	long count = 0;
	for (const struct listener *l = live->listeners; l; l = l->next)
		count += l->state == LISTENER_OPEN && id_eq(l->person, person);
	return count;
}

void
listener_admit(struct listener *l, struct id person)
{
	if (of_person(l->live, person) >= l->live->settings.per_person) {
		struct err err = {0};
		err_set(&err, ERR_RATE_LIMITED,
			"You watch %ld things at once, the most for one person. Close some of those pages.",
			l->live->settings.per_person);
		err.retry_after_seconds = 10;
		listener_refuse(l, &err);
		return;
	}
	l->person = person;
	l->state = LISTENER_OPEN;
	/* What was committed before the run was registered as watched has told nobody. */
	l->wants_read = true;
	buf_add_z(&l->out, FRAME_HELLO);
	server_wants_write(l);
}

void
listener_feed(struct listener *l, struct str page, int64_t last, bool end)
{
	if (l->state != LISTENER_OPEN || !l->wsi)
		return;
	buf_add_str(&l->out, page);
	l->after = last;
	if (end) {
		buf_add_z(&l->out, FRAME_END);
		l->state = LISTENER_ENDING;
	}
	/* Half an event must never be sent: the client reads this page again, from where it was. */
	if (buf_overflow(&l->out)) {
		buf_clear(&l->out);
		l->out_sent = 0;
		l->state = LISTENER_ENDING;
	}
	server_wants_write(l);
}

bool
listener_drained(const struct listener *l)
{
	return l->out.n == 0;
}

void
listener_tick(struct listener *l, int64_t now)
{
	if (l->state != LISTENER_OPEN && l->state != LISTENER_ENDING) {
		if (l->state == LISTENER_ADMITTING && now - l->came_us > ADMIT_US) {
			struct err err = {0};
			err_set(&err, ERR_UNAVAILABLE, "The database cannot be reached. Try again in a moment.");
			err.retry_after_seconds = 2;
			listener_refuse(l, &err);
		}
		return;
	}
	if (l->state == LISTENER_OPEN && listener_drained(l) && now - l->ping_us >= PING_US) {
		buf_add_z(&l->out, FRAME_PING);
		l->ping_us = now;
	}
	if (listener_drained(l) && l->state == LISTENER_OPEN)
		l->wrote_us = now;
	else if (now - l->wrote_us > l->live->settings.slow_seconds * 1000000)
		server_close(l);
	else
		server_wants_write(l);
}
