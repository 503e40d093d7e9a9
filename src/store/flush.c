/*
 * The statements of a flush, each with its columns as arrays. Which columns a statement takes is said once, in the
 * table of sections; a change fills one row of one section.
 */
#include "store/flush.h"

#include "base/fault.h"
#include "store/parts.h"
#include "json/writer.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define COLUMNS_MAX 24

/* Small events of one run that follow each other share a row, up to so many. */
#define RECORD_EVENTS_MAX 64
#define RECORD_DATA_MAX 1024

enum section_name {
	SECTION_STEP_STARTED,
	SECTION_CHILD,
	SECTION_CHILD_ASKED,
	SECTION_RESERVED,
	SECTION_BLOB_BEGIN,
	SECTION_BLOB,
	SECTION_STEP_LOOKED,
	SECTION_STEP_ENDED,
	SECTION_STEP_PAID,
	SECTION_CACHED,
	SECTION_SETTLED,
	SECTION_GRANT,
	SECTION_STEP_RETRY,
	SECTION_STEP_ASKED,
	SECTION_RUN_STARTED,
	SECTION_RUN_STARTED_WITH,
	SECTION_RUN_BUDGET,
	SECTION_RUN_STATUS,
	SECTION_EVENT,
	SECTION_INBOX,
	SECTION_KEPT,
	SECTION_PROGRESS,
	SECTION_TOTALS,
	SECTION_RELEASE,
	SECTION_RUN_ENDED,
	SECTION_RUN_KIN,
	SECTION_RUN_REOPENED,
	SECTION_RUN_MOVED,
	SECTION_RUN_FORGOTTEN,
	SECTIONS
};

#define AT(member) offsetof(struct change, member)

/*
 * In the order they are written: a step that starts and ends in one flush is there before it is ended, runs end last. A row that says what members of
 * its change say has them here; others are put together by functions.
 */
static const struct {
	enum db_statement statement;
	const char *
		columns; /* after workspace, run, number: u uuid, i bigint, n the same from an int, m from a maybe_int, t text */
	bool bounded; /* then come the first and the last of all the run ids: it opens their partitions only */
	unsigned short members[COLUMNS_MAX];
} sections[SECTIONS] = {
	[SECTION_STEP_STARTED] = {DB_FLUSH_STEP_STARTED, "tiittttiuitt"},
	[SECTION_CHILD] = {DB_FLUSH_CHILD, "utnuiti", false,
		{AT(child.id), AT(path), AT(attempt), AT(child.workflow), AT(child.version), AT(child.input),
			AT(child.planner)}},
	[SECTION_CHILD_ASKED] = {DB_FLUSH_CHILD_ASKED, "utu"},
	[SECTION_RESERVED] = {DB_FLUSH_RESERVED, "tiittiu"},
	[SECTION_BLOB_BEGIN] = {DB_FLUSH_BLOB_BEGIN, "u", true},
	[SECTION_BLOB] = {DB_FLUSH_BLOB, "uit"},
	[SECTION_STEP_LOOKED] = {DB_FLUSH_STEP_LOOKED, "tnm", true, {AT(path), AT(attempt), AT(looked.due_us)}},
	[SECTION_STEP_ENDED] = {DB_FLUSH_STEP_ENDED, "tittutttiiiiii", true},
	[SECTION_STEP_PAID] = {DB_FLUSH_STEP_PAID, "tittiiiii", true},
	[SECTION_CACHED] = {DB_FLUSH_CACHED, "uttti", false,
		{AT(cached.workflow), AT(cached.key), AT(cached.digest), AT(cached.output), AT(cached.ttl_seconds)}},
	[SECTION_SETTLED] = {DB_FLUSH_SETTLED, "tiiii", true},
	[SECTION_GRANT] = {DB_FLUSH_GRANT, "tuii"},
	[SECTION_STEP_RETRY] = {DB_FLUSH_STEP_RETRY, "tni", true, {AT(path), AT(attempt), AT(retry.due_us)}},
	[SECTION_STEP_ASKED] = {DB_FLUSH_STEP_ASKED, "tn", true, {AT(path), AT(attempt)}},
	[SECTION_RUN_STARTED] = {DB_FLUSH_RUN_STARTED, ""},
	[SECTION_RUN_STARTED_WITH] = {DB_FLUSH_RUN_STARTED_WITH, "t", false, {AT(started_with.input)}},
	[SECTION_RUN_BUDGET] = {DB_FLUSH_RUN_BUDGET, "i", false, {AT(run_budget.nano)}},
	[SECTION_RUN_STATUS] = {DB_FLUSH_RUN_STATUS, "tt"},
	[SECTION_EVENT] = {DB_FLUSH_EVENT, "iittit"},
	[SECTION_INBOX] = {DB_FLUSH_INBOX, "u", false, {AT(inbox.id)}},
	[SECTION_KEPT] = {DB_FLUSH_KEPT, "u", false, {AT(inbox.id)}},
	[SECTION_PROGRESS] = {DB_FLUSH_PROGRESS, ""},
	[SECTION_TOTALS] = {DB_FLUSH_TOTALS, "iiim", false,
		{AT(totals.steps_done), AT(totals.tokens_in), AT(totals.tokens_out), AT(totals.cost_nano)}},
	[SECTION_RELEASE] = {DB_FLUSH_RELEASE, "ii"},
	[SECTION_RUN_ENDED] = {DB_FLUSH_RUN_ENDED, "tttiiiiuii"},
	[SECTION_RUN_KIN] = {DB_FLUSH_RUN_KIN, ""},
	[SECTION_RUN_REOPENED] = {DB_FLUSH_RUN_REOPENED, "iiiittu", false,
		{AT(run_reopened.generation), AT(run_reopened.version), AT(run_reopened.steps),
			AT(run_reopened.planner), AT(run_reopened.kept), AT(run_reopened.models),
			AT(run_reopened.request)}},
	[SECTION_RUN_MOVED] = {DB_FLUSH_RUN_MOVED, "iii", false,
		{AT(run_moved.version), AT(run_moved.steps), AT(run_moved.planner)}},
	[SECTION_RUN_FORGOTTEN] = {DB_FLUSH_RUN_FORGOTTEN, ""},
};

struct section {
	struct db_array *columns[COLUMNS_MAX];
	unsigned count;
	unsigned rows;
	unsigned next; /* column of the row being filled */
	int index;     /* of its statement in the batch; -1: not there */
};

struct flush_key {
	struct id workspace, run;
	int64_t epoch;
};

/* The row of events being filled. */
struct record {
	unsigned run;
	unsigned count;
	const struct change *events[RECORD_EVENTS_MAX];
};

struct flush {
	struct arena *arena;
	struct db_array *workspaces, *runs, *epochs;
	struct flush_key *keys;
	unsigned count, room;
	struct section sections[SECTIONS];
	struct record record;
	int lock_index;
};

struct flush *
flush_new(struct arena *arena)
{
	struct flush *flush = arena_new_of(arena, struct flush);
	flush->arena = arena;
	flush->workspaces = db_array_ids(arena);
	flush->runs = db_array_ids(arena);
	flush->epochs = db_array_ints(arena);
	return flush;
}

unsigned
flush_runs(const struct flush *flush)
{
	return flush->count;
}

bool
flush_has_blobs(const struct flush *flush)
{
	return flush->sections[SECTION_BLOB].rows > 0;
}

unsigned
flush_run(struct flush *flush, struct id workspace, struct id run, int64_t epoch)
{
	if (flush->count == flush->room) {
		flush->room = flush->room > 0 ? flush->room * 2 : 16;
		struct flush_key *more = arena_array(flush->arena, flush->room, sizeof *more);
		if (flush->count > 0)
			memcpy(more, flush->keys, flush->count * sizeof *more);
		flush->keys = more;
	}
	flush->keys[flush->count] = (struct flush_key){workspace, run, epoch};
	db_array_id(flush->workspaces, workspace);
	db_array_id(flush->runs, run);
	db_array_int(flush->epochs, epoch);
	return flush->count++;
}

/* ---- filling a row ---- */

static struct section *
section_open(struct flush *flush, enum section_name name)
{
	struct section *s = &flush->sections[name];
	s->columns[0] = db_array_ids(flush->arena);
	s->columns[1] = db_array_ids(flush->arena);
	s->columns[2] = db_array_ints(flush->arena);
	s->count = 3;
	for (const char *c = sections[name].columns; *c; c++) {
		assert(s->count < COLUMNS_MAX);
		s->columns[s->count++] = *c == 'u'   ? db_array_ids(flush->arena)
					 : *c == 't' ? db_array_texts(flush->arena)
						     : db_array_ints(flush->arena);
	}
	return s;
}

static struct section *
row(struct flush *flush, enum section_name name, unsigned run)
{
	struct section *s = &flush->sections[name];
	if (s->rows == 0)
		section_open(flush, name);
	assert(s->rows == 0 || s->next == s->count);
	s->rows++;
	db_array_id(s->columns[0], flush->keys[run].workspace);
	db_array_id(s->columns[1], flush->keys[run].run);
	db_array_int(s->columns[2], run);
	s->next = 3;
	return s;
}

static void
put_str(struct section *s, struct str value)
{
	db_array_str(s->columns[s->next++], value);
}

static void
put_int(struct section *s, int64_t value)
{
	db_array_int(s->columns[s->next++], value);
}

static void
put_maybe(struct section *s, bool known, int64_t value)
{
	if (known)
		put_int(s, value);
	else
		db_array_null(s->columns[s->next++]);
}

static void
put_id(struct section *s, struct id value)
{
	db_array_id(s->columns[s->next++], value);
}

static void
put_null(struct section *s)
{
	db_array_null(s->columns[s->next++]);
}

/* What stands in blob, and how long it is; or neither. */
static void
put_blob(struct section *s, bool known, struct id blob, size_t bytes)
{
	if (known)
		put_id(s, blob);
	else
		put_null(s);
	put_maybe(s, known, (int64_t)bytes);
}

/* ---- changes ---- */

static void
add_started(struct flush *flush, unsigned run, const struct change *c)
{
	struct section *s = row(flush, SECTION_STEP_STARTED, run);
	put_str(s, c->path);
	put_int(s, c->attempt);
	put_int(s, c->started.generation);
	struct str large = {0};
	change_large(c, &large);
	put_str(s, c->started.kind);
	put_str(s, large.p ? (struct str){NULL, 0} : c->started.input);
	put_str(s, c->started.model);
	put_str(s, c->started.waiting_for);
	put_maybe(s, c->started.due_us.known, c->started.due_us.value);
	put_blob(s, large.p, change_blob(c, flush->keys[run].run), large.n);
	put_str(s, c->started.sealed.n > 0 ? c->started.sealed : (struct str){0});
	put_str(s, c->started.digest);
}

static void
add_paid(struct flush *flush, unsigned run, const struct change *c)
{
	struct section *s = row(flush, SECTION_STEP_PAID, run);
	put_str(s, c->path);
	put_int(s, c->attempt);
	put_str(s, c->ended.provider);
	put_str(s, c->ended.model);
	put_int(s, c->ended.tokens_in);
	put_int(s, c->ended.tokens_out);
	put_int(s, c->ended.tokens_cached);
	put_maybe(s, c->ended.cost_nano.known, c->ended.cost_nano.value);
	put_int(s, flush->keys[run].epoch);
}

static void
add_ended(struct flush *flush, unsigned run, const struct change *c)
{
	struct str large = {0};
	bool called = c->ended.provider.p || c->ended.sum;
	change_large(c, &large);
	struct section *s = row(flush, SECTION_STEP_ENDED, run);
	put_str(s, c->path);
	put_int(s, c->attempt);
	put_str(s, str_of(step_status_name(c->ended.status)));
	put_str(s, large.p ? (struct str){NULL, 0} : c->ended.output);
	if (large.p)
		put_id(s, change_blob(c, flush->keys[run].run));
	else
		put_null(s);
	put_str(s, c->ended.error);
	put_str(s, c->ended.cached ? STR("cache") : c->ended.provider);
	put_str(s, c->ended.cached ? STR("kept") : c->ended.model);
	put_maybe(s, called, c->ended.tokens_in);
	put_maybe(s, called, c->ended.tokens_out);
	put_maybe(s, called, c->ended.tokens_cached);
	put_maybe(s, called && c->ended.cost_nano.known, c->ended.cost_nano.value);
	put_maybe(s, large.p, (int64_t)large.n);
	put_int(s, c->ended.seq);
	if (c->ended.paid)
		add_paid(flush, run, c);
}

static void
add_child_asked(struct flush *flush, unsigned run, const struct change *c)
{
	struct id by;
	struct section *s = row(flush, SECTION_CHILD_ASKED, run);
	put_id(s, c->child_asked.id);
	put_str(s, str_of(c->child_asked.kind));
	if (c->child_asked.by.n > 0 && id_parse(c->child_asked.by, &by))
		put_id(s, by);
	else
		put_null(s);
}

/* In the executor's own grants: what is reserved, more or less of it, and what has been spent. */
static void
add_grants(struct flush *flush, unsigned run, const struct change *c, int64_t reserved, int64_t cost)
{
	for (unsigned i = 0; i < c->money.scope_count; i++) {
		struct section *s = row(flush, SECTION_GRANT, run);
		put_str(s, c->money.scopes[i]);
		put_id(s, c->money.incarnation);
		put_int(s, reserved);
		put_int(s, cost);
	}
}

static void
add_reserved(struct flush *flush, unsigned run, const struct change *c)
{
	struct section *s = row(flush, SECTION_RESERVED, run);
	put_str(s, c->path);
	put_int(s, c->attempt);
	put_int(s, c->money.epoch ? c->money.epoch : flush->keys[run].epoch);
	put_str(s, c->money.provider);
	put_str(s, c->money.model);
	put_int(s, c->money.most_nano);
	put_id(s, c->money.incarnation);
	add_grants(flush, run, c, c->money.most_nano, 0);
}

static void
add_settled(struct flush *flush, unsigned run, const struct change *c)
{
	bool known = c->money.cost_nano.known;
	struct section *s = row(flush, SECTION_SETTLED, run);
	put_str(s, c->path);
	put_int(s, c->attempt);
	put_int(s, c->money.epoch ? c->money.epoch : flush->keys[run].epoch);
	put_int(s, c->money.called);
	put_maybe(s, known, c->money.cost_nano.value);
	add_grants(flush, run, c, -c->money.most_nano,
		!c->money.called ? 0
		: known		 ? c->money.cost_nano.value
				 : c->money.most_nano);
}

static void
add_status(struct flush *flush, unsigned run, const struct change *c)
{
	struct section *s = row(flush, SECTION_RUN_STATUS, run);
	put_str(s, str_of(run_status_name(c->run_status.status)));
	put_str(s, c->run_status.phase.n > 0 ? c->run_status.phase : (struct str){0});
}

static void
write_event(struct json_writer *w, const struct change *c)
{
	json_array(w);
	json_strz(w, c->event.type);
	if (c->path.p) {
		json_str(w, c->path);
		json_int(w, c->attempt);
	} else if (c->event.data.p) {
		json_null(w);
		json_null(w);
	}
	if (c->event.data.p)
		json_raw(w, c->event.data);
	json_end(w);
}

static void
put_events(struct section *s, const struct record *r)
{
	struct buf text;
	struct json_writer w;
	buf_init(&text, SIZE_MAX / 4);
	json_writer_init(&w, &text, 0);
	json_array(&w);
	for (unsigned i = 0; i < r->count; i++)
		write_event(&w, r->events[i]);
	json_end(&w);
	put_str(s, buf_str(&text));
	buf_release(&text);
}

static void
record_close(struct flush *flush)
{
	struct record *r = &flush->record;
	if (r->count == 0)
		return;
	const struct change *first = r->events[0];
	struct section *s = row(flush, SECTION_EVENT, r->run);
	put_int(s, first->event.seq);
	put_int(s, r->count);
	if (r->count == 1) {
		put_str(s, str_of(first->event.type));
		put_str(s, first->path);
		put_maybe(s, first->path.p, first->attempt);
		put_str(s, first->event.data);
	} else {
		put_null(s);
		put_null(s);
		put_null(s);
		put_events(s, r);
	}
	r->count = 0;
}

/* A large one has a row of its own, and so has what is looked for: streamed text by path and attempt, and where generations and versions
 * begin. */
static void
add_event(struct flush *flush, unsigned run, const struct change *c)
{
	struct record *r = &flush->record;
	bool alone = c->event.data.n > RECORD_DATA_MAX || strcmp(c->event.type, "step.output") == 0 ||
		     strcmp(c->event.type, "run.reopened") == 0 || strcmp(c->event.type, "run.moved") == 0 ||
		     strcmp(c->event.type, "run.not_moved") == 0;
	bool follows = r->count > 0 && r->run == run && r->events[r->count - 1]->event.seq + 1 == c->event.seq;
	if (alone || !follows || r->count == RECORD_EVENTS_MAX)
		record_close(flush);
	r->run = run;
	r->events[r->count++] = c;
	if (alone)
		record_close(flush);
}

static void
add_run_ended(struct flush *flush, unsigned run, const struct change *c)
{
	struct section *s = row(flush, SECTION_RUN_ENDED, run);
	put_str(s, str_of(run_status_name(c->run_ended.status)));
	put_str(s, c->run_ended.output);
	put_str(s, c->run_ended.error);
	put_int(s, c->run_ended.steps_done);
	put_int(s, c->run_ended.tokens_in);
	put_int(s, c->run_ended.tokens_out);
	put_maybe(s, c->run_ended.cost_nano.known, c->run_ended.cost_nano.value);
	put_blob(s, c->run_ended.output_bytes > 0, c->run_ended.output_blob, c->run_ended.output_bytes);
	put_maybe(s, c->run_ended.lost_nano > 0, c->run_ended.lost_nano);
	if (c->run_ended.kin)
		row(flush, SECTION_RUN_KIN, run);
}

static void
add_release(struct flush *flush, unsigned run, const struct change *c)
{
	struct section *s = row(flush, SECTION_RELEASE, run);
	put_int(s, c->release.pause_ms);
	put_int(s, c->release.blocked);
}

/* What becomes of a change. Without a function it is one row, of its own members. */
static const struct {
	enum section_name section;
	void (*add)(struct flush *flush, unsigned run, const struct change *c);
} changes[] = {
	[CHANGE_STEP_STARTED] = {SECTION_STEP_STARTED, add_started},
	[CHANGE_CHILD] = {SECTION_CHILD, NULL},
	[CHANGE_CHILD_ASKED] = {SECTION_CHILD_ASKED, add_child_asked},
	[CHANGE_STEP_LOOKED] = {SECTION_STEP_LOOKED, NULL},
	[CHANGE_STEP_ENDED] = {SECTION_STEP_ENDED, add_ended},
	[CHANGE_CACHED] = {SECTION_CACHED, NULL},
	[CHANGE_RESERVED] = {SECTION_RESERVED, add_reserved},
	[CHANGE_SETTLED] = {SECTION_SETTLED, add_settled},
	[CHANGE_STEP_RETRY] = {SECTION_STEP_RETRY, NULL},
	[CHANGE_STEP_ASKED] = {SECTION_STEP_ASKED, NULL},
	[CHANGE_RUN_STARTED] = {SECTION_RUN_STARTED, NULL},
	[CHANGE_RUN_STARTED_WITH] = {SECTION_RUN_STARTED_WITH, NULL},
	[CHANGE_RUN_BUDGET] = {SECTION_RUN_BUDGET, NULL},
	[CHANGE_RUN_STATUS] = {SECTION_RUN_STATUS, add_status},
	[CHANGE_EVENT] = {SECTION_EVENT, add_event},
	[CHANGE_INBOX] = {SECTION_INBOX, NULL},
	[CHANGE_KEPT] = {SECTION_KEPT, NULL},
	[CHANGE_PROGRESS] = {SECTION_PROGRESS, NULL},
	[CHANGE_TOTALS] = {SECTION_TOTALS, NULL},
	[CHANGE_RELEASE] = {SECTION_RELEASE, add_release},
	[CHANGE_RUN_ENDED] = {SECTION_RUN_ENDED, add_run_ended},
	[CHANGE_RUN_REOPENED] = {SECTION_RUN_REOPENED, NULL},
	[CHANGE_RUN_MOVED] = {SECTION_RUN_MOVED, NULL},
	[CHANGE_RUN_FORGOTTEN] = {SECTION_RUN_FORGOTTEN, NULL},
};

static void
put_member(struct section *s, char column, const void *member)
{
	switch (column) {
	case 'u':
		put_id(s, *(const struct id *)member);
		break;
	case 'i':
		put_int(s, *(const int64_t *)member);
		break;
	case 'n':
		put_int(s, *(const int *)member);
		break;
	case 'm':
		put_maybe(s, ((const struct maybe_int *)member)->known, ((const struct maybe_int *)member)->value);
		break;
	default:
		put_str(s, *(const struct str *)member);
	}
}

void
flush_change(struct flush *flush, unsigned run, const struct change *change)
{
	enum section_name name = changes[change->kind].section;
	if (changes[change->kind].add) {
		changes[change->kind].add(flush, run, change);
		return;
	}
	struct section *s = row(flush, name, run);
	for (unsigned i = 0; sections[name].columns[i]; i++)
		put_member(s, sections[name].columns[i], (const char *)change + sections[name].members[i]);
}

void
flush_blob(struct flush *flush, unsigned run, const struct change *change, int64_t part, struct str content)
{
	struct id blob = change_blob(change, flush->keys[run].run);
	if (part == 0)
		put_id(row(flush, SECTION_BLOB_BEGIN, run), blob);
	struct section *s = row(flush, SECTION_BLOB, run);
	put_id(s, blob);
	put_int(s, part);
	put_str(s, content);
}

static size_t
in_row(struct str text)
{
	return text.n > OUTPUT_INLINE_MAX ? 0 : text.n;
}

size_t
change_bytes(const struct change *c)
{
	size_t bytes = 64 + c->path.n;
	switch (c->kind) {
	case CHANGE_STEP_STARTED:
		return bytes + c->started.kind.n + in_row(c->started.input) + c->started.model.n +
		       c->started.waiting_for.n + c->started.sealed.n + c->started.digest.n;
	case CHANGE_CHILD:
		return bytes + c->child.input.n;
	case CHANGE_STEP_ENDED:
		return bytes + in_row(c->ended.output) + c->ended.error.n;
	case CHANGE_CACHED:
		return bytes + c->cached.output.n + c->cached.digest.n;
	case CHANGE_EVENT:
		return bytes + c->event.data.n;
	case CHANGE_RUN_ENDED:
		return bytes + c->run_ended.output.n + c->run_ended.error.n;
	case CHANGE_RUN_REOPENED:
		return bytes + c->run_reopened.kept.n + c->run_reopened.models.n;
	default:
		return bytes;
	}
}

/* ---- sending, and reading what became of it ---- */

static int
add_lock(struct flush *flush, struct db_batch *batch, struct id incarnation)
{
	if (MUTATED("lease_check") || MUTATED("row_lock")) {
		int accepts = db_add(batch, DB_MUTATION_FLUSH_ACCEPT);
		db_int(batch, flush->count);
		return accepts;
	}
	int index = db_add(batch, DB_FLUSH_LOCK);
	db_id(batch, incarnation);
	db_add_array(batch, flush->workspaces);
	db_add_array(batch, flush->runs);
	db_add_array(batch, flush->epochs);
	return index;
}

/* Of the ids of its runs. */
static void
bounds(const struct flush *flush, struct id *ret_first, struct id *ret_last)
{
	*ret_first = *ret_last = flush->keys[0].run;
	for (unsigned i = 1; i < flush->count; i++) {
		struct id run = flush->keys[i].run;
		if (memcmp(run.b, ret_first->b, sizeof run.b) < 0)
			*ret_first = run;
		if (memcmp(run.b, ret_last->b, sizeof run.b) > 0)
			*ret_last = run;
	}
}

void
flush_add(struct flush *flush, struct db_batch *batch, struct id incarnation)
{
	struct id first, last;
	record_close(flush);
	bounds(flush, &first, &last);
	flush->lock_index = add_lock(flush, batch, incarnation);
	for (int i = 0; i < SECTIONS; i++) {
		struct section *s = &flush->sections[i];
		s->index = -1;
		if (s->rows == 0)
			continue;
		assert(s->next == s->count);
		s->index = db_add(batch, sections[i].statement);
		for (unsigned c = 0; c < s->count; c++)
			db_add_array(batch, s->columns[c]);
		if (sections[i].bounded) {
			db_id(batch, first);
			db_id(batch, last);
		}
	}
	if (flush->sections[SECTION_EVENT].rows > 0) {
		db_add(batch, DB_FLUSH_NOTIFY);
		db_add_array(batch, flush->workspaces);
		db_add_array(batch, flush->runs);
	}
}

static struct str
verdicts(const struct flush *flush, const struct db_batch *batch)
{
	struct str letters = {0};
	db_value(batch, flush->lock_index, 0, 0, &letters);
	return letters;
}

enum flush_verdict
flush_verdict(const struct flush *flush, const struct db_batch *batch, unsigned run)
{
	struct str letters = verdicts(flush, batch);
	if (run >= letters.n)
		return FLUSH_LOST;
	return letters.p[run] == 'a' ? FLUSH_ACCEPTED : letters.p[run] == 's' ? FLUSH_SKIPPED : FLUSH_LOST;
}

/* Only when every run was accepted do the rows sent and the rows changed have to be as many. */
int64_t
flush_doubled(const struct flush *flush, const struct db_batch *batch)
{
	struct str letters = verdicts(flush, batch);
	for (size_t i = 0; i < letters.n; i++)
		if (letters.p[i] != 'a')
			return 0;
	int64_t missing = 0;
	static const enum section_name counted[] = {
		SECTION_STEP_ENDED, SECTION_RUN_ENDED, SECTION_RUN_REOPENED, SECTION_RUN_MOVED};
	for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
		const struct section *s = &flush->sections[counted[i]];
		int64_t written = 0;
		if (s->rows > 0 && db_value_int(batch, s->index, 0, 0, &written))
			missing += s->rows - written;
	}
	return missing;
}
