/* What is asked of the database next; see reader.c for the order of need. */
#include "live/batch.h"

#include "live/board.h"
#include "live/person.h"

#define PROBE_US ((int64_t)1000000)

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
	if (l->topic == LIVE_PERSON) {
		db_null(b);
		db_null(b);
		db_text(b, l->by_token ? "session" : NULL); /* which no token has */
		return;
	}
	db_id(b, l->workspace);
	db_text(b, "viewer");
	db_text(b, l->by_token ? "read" : NULL);
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
	if (first->topic == LIVE_PERSON) {
		person_ask(b);
		return true;
	}
	if (first->topic == LIVE_BOARD) {
		db_add(b, DB_LIVE_ADMIT_BOARD);
		db_id(b, first->workspace);
		db_id(b, first->run);
		board_ask(first, b, r->arena);
		return true;
	}
	db_add(b, DB_LIVE_ADMIT);
	db_id(b, first->workspace);
	db_id(b, first->run);
	db_id(b, r->live->watcher);
	add_events(b, first->workspace, first->run, first->after);
	return true;
}

static bool
build_role(struct reader *r, struct listener *l)
{
	struct db_batch *b = new_batch(r, BATCH_ROLE);
	l->role_due = false; /* a notification that comes while the batch runs sets it again */
	name(r, l);
	add_guard(b, l);
	if (l->topic == LIVE_PERSON)
		person_ask(b);
	return true;
}

/* Of those whose person something was told about. */
static bool
build_role_told(struct reader *r)
{
	for (struct listener *l = r->live->listeners; l; l = l->next)
		if (l->state == LISTENER_OPEN && l->role_due)
			return build_role(r, l);
	return false;
}

static bool
build_role_by_clock(struct reader *r, int64_t now)
{
	for (struct listener *l = r->live->listeners; l; l = l->next)
		if (l->state == LISTENER_OPEN && now - l->role_us >= r->live->settings.role_seconds * 1000000)
			return build_role(r, l);
	return false;
}

static bool
reads(const struct listener *l)
{
	return l->state == LISTENER_OPEN && l->topic == LIVE_RUN && l->wants_read && listener_drained(l);
}

bool
batch_at_place(const struct listener *l, const struct place *p)
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
			known = batch_at_place(l, &r->places[i]);
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

/* Boards that are to be looked at again; each knows its own runs, so none is looked at for two. */
static bool
build_boards(struct reader *r, int64_t now)
{
	struct db_batch *b = NULL;
	for (struct listener *l = r->live->listeners; l && r->named_count < READS_MAX; l = l->next) {
		if (l->state != LISTENER_OPEN || l->topic != LIVE_BOARD || !listener_drained(l) ||
			!board_due(l->board, now))
			continue;
		if (!b)
			b = new_batch(r, BATCH_BOARDS);
		name(r, l);
		db_add(b, DB_LIVE_AS);
		db_id(b, l->workspace);
		db_id(b, l->person);
		board_ask(l, b, r->arena);
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
		if (first->state != LISTENER_OPEN || first->topic != LIVE_RUN)
			continue;
		bool seen = false;
		for (struct listener *l = live->listeners; l != first && !seen; l = l->next)
			seen = l->state == LISTENER_OPEN && l->topic == LIVE_RUN &&
			       id_eq(l->workspace, first->workspace);
		if (seen)
			continue;
		struct db_array *runs = db_array_ids(r->arena), *afters = db_array_ints(r->arena);
		for (struct listener *l = first; l; l = l->next) {
			if (l->state != LISTENER_OPEN || l->topic != LIVE_RUN || !id_eq(l->workspace, first->workspace))
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
static bool
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
		return false;
	db_add(b, DB_LIVE_FORGET);
	db_add_array(b, workspaces);
	db_add_array(b, runs);
	db_id(b, live->watcher);
	return true;
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
	(void)add_forget(r, b);
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
		open = l->state == LISTENER_OPEN && l->topic == LIVE_RUN;
	if (!open)
		return false;
	struct db_batch *b = new_batch(r, BATCH_PROBE);
	r->workspace_count = add_by_workspace(r, b, DB_LIVE_NEWER);
	return true;
}

bool
batch_build(struct reader *r, int64_t now)
{
	if (build_upkeep(r, now) || build_role_told(r))
		return true;
	r->reads_last = !r->reads_last;
	if (r->reads_last ? build_admit(r) || build_read(r) : build_read(r) || build_admit(r))
		return true;
	return build_boards(r, now) || build_role_by_clock(r, now) || build_probe(r, now);
}

bool
batch_build_forget(struct reader *r)
{
	struct db_batch *b = new_batch(r, BATCH_UPKEEP);
	return add_forget(r, b);
}
