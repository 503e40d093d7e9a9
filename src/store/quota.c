/* Limits, as an executor asks for them; see quota.h. */
#include "store/quota.h"

static const char *const units[] = {
	[QUOTA_MONEY] = "money",
	[QUOTA_CONCURRENCY] = "concurrency",
	[QUOTA_RATE] = "rate",
};

const char *
quota_unit_name(enum quota_unit unit)
{
	return units[unit];
}

bool
quota_unit_parse(struct str name, enum quota_unit *ret_unit)
{
	for (unsigned i = 0; i < sizeof units / sizeof *units; i++)
		if (str_is(name, units[i])) {
			*ret_unit = (enum quota_unit)i;
			return true;
		}
	return false;
}

/* ---- drawing ---- */

struct quota_draw {
	struct db_array *spaces, *scopes, *units, *caps, *periods, *bursts;
	struct db_array *tickets, *limits, *needs, *runs;
	int64_t count;
};

struct quota_draw *
quota_draw_new(struct arena *arena)
{
	struct quota_draw *d = arena_new_of(arena, struct quota_draw);
	d->spaces = db_array_ids(arena);
	d->scopes = db_array_texts(arena);
	d->units = db_array_texts(arena);
	d->caps = db_array_ints(arena);
	d->periods = db_array_ints(arena);
	d->bursts = db_array_ints(arena);
	d->tickets = db_array_ints(arena);
	d->limits = db_array_ints(arena);
	d->needs = db_array_ints(arena);
	d->runs = db_array_ids(arena);
	return d;
}

int64_t
quota_draw_limit(
	struct quota_draw *d, struct id workspace, struct str scope, enum quota_unit unit, const struct own_limit *own)
{
	db_array_id(d->spaces, workspace);
	db_array_str(d->scopes, scope);
	db_array_str(d->units, str_of(units[unit]));
	if (own && own->cap > 0) {
		db_array_int(d->caps, own->cap);
		db_array_int(d->periods, own->period_ms);
		db_array_int(d->bursts, own->burst);
	} else {
		db_array_null(d->caps);
		db_array_null(d->periods);
		db_array_null(d->bursts);
	}
	return ++d->count;
}

void
quota_draw_ticket(struct quota_draw *d, int64_t ticket, int64_t limit, int64_t need, struct id run)
{
	db_array_int(d->tickets, ticket);
	db_array_int(d->limits, limit);
	db_array_int(d->needs, need);
	db_array_id(d->runs, run);
}

int
quota_draw_add(struct quota_draw *d, struct db_batch *batch, struct id incarnation, bool forced, int64_t horizon_us)
{
	int index = db_add(batch, DB_QUOTA_DRAW);
	db_id(batch, incarnation);
	db_add_array(batch, d->spaces);
	db_add_array(batch, d->scopes);
	db_add_array(batch, d->units);
	db_add_array(batch, d->caps);
	db_add_array(batch, d->periods);
	db_add_array(batch, d->bursts);
	db_add_array(batch, d->tickets);
	db_add_array(batch, d->limits);
	db_add_array(batch, d->needs);
	db_add_array(batch, d->runs);
	db_bool(batch, forced);
	db_int(batch, horizon_us);
	return index;
}

static bool
verdict_parse(struct str name, enum quota_verdict *ret_verdict)
{
	static const char *const names[] = {
		[QUOTA_GRANTED] = "granted",
		[QUOTA_BLOCKED] = "blocked",
		[QUOTA_SPENT] = "budget",
		[QUOTA_NONE] = "none",
		[QUOTA_SCARCE] = "scarce",
		[QUOTA_FREE] = "free",
	};
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (str_is(name, names[i])) {
			*ret_verdict = (enum quota_verdict)i;
			return true;
		}
	return false;
}

bool
quota_row(const struct db_batch *batch, int index, int row, struct quota_row *ret_row)
{
	struct quota_row r = {0};
	struct str verdict;
	if (!db_value(batch, index, row, 1, &verdict) || !verdict_parse(verdict, &r.verdict))
		return false;
	db_value_int(batch, index, row, 0, &r.ticket);
	db_value_int(batch, index, row, 2, &r.limit);
	db_value_int(batch, index, row, 3, &r.given);
	r.timed = db_value_int(batch, index, row, 4, &r.at_us);
	db_value_int(batch, index, row, 5, &r.late_us);
	db_value_bool(batch, index, row, 6, &r.again);
	db_value_int(batch, index, row, 7, &r.cap);
	db_value_int(batch, index, row, 8, &r.spent);
	*ret_row = r;
	return true;
}

/* ---- giving back ---- */

struct quota_back {
	struct db_array *spaces, *scopes, *units, *amounts;
};

struct quota_back *
quota_back_new(struct arena *arena)
{
	struct quota_back *b = arena_new_of(arena, struct quota_back);
	b->spaces = db_array_ids(arena);
	b->scopes = db_array_texts(arena);
	b->units = db_array_texts(arena);
	b->amounts = db_array_ints(arena);
	return b;
}

void
quota_back_units(struct quota_back *b, struct id workspace, struct str scope, enum quota_unit unit, int64_t amount)
{
	db_array_id(b->spaces, workspace);
	db_array_str(b->scopes, scope);
	db_array_str(b->units, str_of(units[unit]));
	db_array_int(b->amounts, amount);
}

int
quota_back_add(struct quota_back *b, struct db_batch *batch, struct id incarnation)
{
	int index = db_add(batch, DB_QUOTA_RETURN);
	db_id(batch, incarnation);
	db_add_array(batch, b->spaces);
	db_add_array(batch, b->scopes);
	db_add_array(batch, b->units);
	db_add_array(batch, b->amounts);
	return index;
}

int64_t
quota_woken(const struct db_batch *batch, int index)
{
	int64_t woken = 0;
	db_value_int(batch, index, 0, 0, &woken);
	return woken;
}

/* ---- calls of runs that others hold ---- */

struct quota_taken {
	struct db_array *spaces, *runs, *paths, *attempts, *epochs, *made, *costs;
	struct db_array *calls, *scopes, *mosts;
	int64_t count;
};

struct quota_taken *
quota_taken_new(struct arena *arena)
{
	struct quota_taken *t = arena_new_of(arena, struct quota_taken);
	t->spaces = db_array_ids(arena);
	t->runs = db_array_ids(arena);
	t->paths = db_array_texts(arena);
	t->attempts = db_array_ints(arena);
	t->epochs = db_array_ints(arena);
	t->made = db_array_ints(arena);
	t->costs = db_array_ints(arena);
	t->calls = db_array_ints(arena);
	t->scopes = db_array_texts(arena);
	t->mosts = db_array_ints(arena);
	return t;
}

void
quota_taken_call(struct quota_taken *t, const struct quota_call *call)
{
	t->count++;
	db_array_id(t->spaces, call->workspace);
	db_array_id(t->runs, call->run);
	db_array_str(t->paths, call->path);
	db_array_int(t->attempts, call->attempt);
	db_array_int(t->epochs, call->epoch);
	db_array_int(t->made, call->made);
	if (call->cost_known)
		db_array_int(t->costs, call->cost_nano);
	else
		db_array_null(t->costs);
}

void
quota_taken_limit(struct quota_taken *t, struct str scope, int64_t most_nano)
{
	db_array_int(t->calls, t->count);
	db_array_str(t->scopes, scope);
	db_array_int(t->mosts, most_nano);
}

int
quota_taken_add(struct quota_taken *t, struct db_batch *batch, struct id incarnation)
{
	int index = db_add(batch, DB_QUOTA_TAKEN);
	db_id(batch, incarnation);
	db_add_array(batch, t->spaces);
	db_add_array(batch, t->runs);
	db_add_array(batch, t->paths);
	db_add_array(batch, t->attempts);
	db_add_array(batch, t->epochs);
	db_add_array(batch, t->made);
	db_add_array(batch, t->costs);
	db_add_array(batch, t->calls);
	db_add_array(batch, t->scopes);
	db_add_array(batch, t->mosts);
	return index;
}

bool
quota_taken_row(const struct db_batch *batch, int index, int row, int64_t *ret_call, int64_t *ret_cost_nano)
{
	return db_value_int(batch, index, row, 0, ret_call) && db_value_int(batch, index, row, 1, ret_cost_nano);
}

/* ---- looking ---- */

int
quota_wake_add(struct db_batch *batch)
{
	return db_add(batch, DB_QUOTA_WAKE_DUE);
}

bool
quota_wake_next(const struct db_batch *batch, int index, int64_t *ret_ms)
{
	return db_value_int(batch, index, 0, 1, ret_ms);
}

int
quota_limits_add_claimed(struct db_batch *batch)
{
	return db_add(batch, DB_QUOTA_LIMITS_CLAIMED);
}

int
quota_limits_add(struct db_batch *batch, const struct db_array *workspaces)
{
	int index = db_add(batch, DB_QUOTA_LIMITS);
	db_add_array(batch, workspaces);
	return index;
}

bool
quota_limits_row(const struct db_batch *batch, int index, int row, struct id *ret_workspace, struct str *ret_limits)
{
	if (!db_value_id(batch, index, row, 0, ret_workspace))
		return false;
	if (!db_value(batch, index, row, 1, ret_limits))
		*ret_limits = (struct str){0};
	return true;
}
