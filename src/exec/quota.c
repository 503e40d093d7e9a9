/* What one attempt needs of the limits that apply to it, from the question whether it may begin to the end of its call. */
#include "exec/executor.h"

#include "base/time.h"
#include "json/writer.h"

#include <stdio.h>

#define USD_SIZE 40
#define OWN_CLAIMS 2
#define BUDGET_SCOPE "run:"

/* ---- what it needs ---- */

static const struct step_def *
def_of(const struct held *run, unsigned step)
{
	return plan_def(&run->plan, step);
}

static struct step_ceiling
ceiling(struct held *run, unsigned step, int attempt, const struct json *input)
{
	const struct step_def *def = def_of(run, step);
	const struct step_kind *kind = step_kind_by_name(def->kind);
	env_comes_into(run, run->executor->tick);
	struct step_attempt as_if = {.kind = kind,
		.def = def,
		.model = step_model(def, plan_model(&run->plan, step)),
		.attempt = attempt,
		.input = input,
		.prompt_text = run->definition->prompt_texts[def->index],
		.arena = run->executor->tick};
	return kind && kind->ceiling ? kind->ceiling(&as_if) : (struct step_ceiling){.known = true};
}

/* "key:…" with the step's own key filled in; empty when it has none. */
static bool
own_scope(struct held *run, unsigned step, const struct own_limit *own, struct str *ret_scope, struct err *err)
{
	struct arena *tick = run->executor->tick;
	struct json *value;
	env_comes_into(run, tick);
	*ret_scope = (struct str){0};
	if (own->cap == 0)
		return true;
	if (!plan_fill(tick, &run->plan, step, own->key, &value, err))
		return false;
	struct str key = value->type == JSON_STRING ? value->text : json_text(tick, value);
	key = env_shown_text(run, tick, key); /* it is a row of `quota` */
	if (key.n == 0 || key.n > LIMIT_KEY_MAX || memchr(key.p, '\0', key.n))
		return err_set(
			err, ERR_INVALID, "The key of its limit has to be a text of 1 to %d bytes.", LIMIT_KEY_MAX);
	*ret_scope = str_of(arena_printf(tick, "key:%.*s", STR_ARG(key)));
	return true;
}

static void
add_claim(struct held *run, struct ticket *t, struct str scope, enum quota_unit unit, const struct own_limit *own)
{
	struct claim *c = &t->claims[t->claim_count++];
	c->grant = grant_use(run->executor, run->workspace, scope, unit);
	c->need = unit == QUOTA_MONEY ? t->most.nano : 1;
	if (own)
		c->grant->own = *own;
}

static const char *
usd(char text[USD_SIZE], int64_t nano)
{
	int n = snprintf(
		text, USD_SIZE, "$%lld.%09lld", (long long)(nano / 1000000000), (long long)(nano % 1000000000));
	const char *cents = strchr(text, '.') + 3;
	while (text + n > cents && text[n - 1] == '0')
		text[--n] = '\0';
	return text;
}

/* The call would be too much for what its run may cost, or a run that this one is in. */
static struct str
over_budget(struct arena *arena, const struct held *run, struct str of, int64_t most, int64_t spent, int64_t limit)
{
	char texts[3][USD_SIZE];
	bool own = str_is(of, run->id_text);
	const char *whose = own ? "a run of this workflow" : arena_printf(arena, "run %.*s", STR_ARG(of));
	return str_of(arena_printf(arena,
		"This call may cost up to %s, and %s of the %s that %s may cost%s are spent, so it was not made. "
		"Raise limits.cost_usd in %s workflow, or make the call smaller, then retry %s.",
		usd(texts[0], most), usd(texts[1], spent), usd(texts[2], limit), whose,
		own && !run->budget.known ? "" : ", with those that its steps start,", own ? "the" : "its",
		own ? "the run from this step" : "that run from the step that started this one"));
}

static struct str
unknown_price(struct arena *arena, int64_t limit)
{
	char text[USD_SIZE];
	return str_of(arena_printf(arena,
		"What this run may cost is limited to %s, and nobody knows what this step's model costs. Choose a "
		"model "
		"with a known price.",
		usd(text, limit)));
}

/* What its run, and each run that this one is in, may cost. */
static bool
add_budgets(struct held *run, struct ticket *t)
{
	struct str of;
	int64_t nano;
	for (unsigned i = 0; i < budget_count(run); i++) {
		if (!budget_at(run, i, &of, &nano) || (t->most.known && t->most.nano == 0) ||
			(!t->most.known && nano == BUDGET_ANY))
			continue;
		if (!t->most.known || nano == 0) {
			t->why = t->most.known ? "budget" : "unknown_price";
			t->error = t->most.known ? over_budget(t->arena, run, of, t->most.nano, 0, 0)
						 : unknown_price(t->arena, nano);
			return false;
		}
		add_claim(run, t, str_of(arena_printf(run->executor->tick, BUDGET_SCOPE "%.*s", STR_ARG(of))),
			QUOTA_MONEY, &(struct own_limit){.cap = nano});
	}
	return true;
}

/* Every limit that applies, as claims; false: the step cannot begin, whatever is drawn. */
static bool
make_claims(struct held *run, struct ticket *t)
{
	const struct step_def *def = def_of(run, t->step);
	const struct space *space = run->space;
	struct str keys[OWN_CLAIMS];
	struct err err = {0};
	if (!own_scope(run, t->step, &def->concurrency, &keys[0], &err) ||
		!own_scope(run, t->step, &def->rate, &keys[1], &err)) {
		t->why = "template";
		t->error = arena_str(t->arena, str_of(err.message));
		return false;
	}
	t->claims = arena_array(
		t->arena, (space ? space->limit_count : 0) + OWN_CLAIMS + budget_count(run), sizeof *t->claims);
	if (keys[0].n > 0)
		add_claim(run, t, keys[0], QUOTA_CONCURRENCY, &def->concurrency);
	if (keys[1].n > 0)
		add_claim(run, t, keys[1], QUOTA_RATE, &def->rate);
	for (unsigned i = 0; space && i < space->limit_count; i++) {
		const struct limit *limit = &space->limits[i];
		if (!space_applies(run, limit, def, keys))
			continue;
		if (limit->unit == QUOTA_MONEY && !t->most.known) {
			t->why = "unknown_price";
			t->error = STR(
				"Money is limited here, and nobody knows what this step's model costs. Choose a model "
				"with a known price, or have an admin delete the limit.");
			return false;
		}
		if (limit->unit != QUOTA_MONEY || t->most.nano > 0)
			add_claim(run, t, limit->scope, limit->unit, NULL);
	}
	return add_budgets(run, t);
}

/* ---- the run's own money: only its holder spends it, so it is counted in memory ---- */

int64_t
quota_reserved_here(const struct held *run)
{
	int64_t sum = 0;
	for (const struct ticket *t = run->tickets; t; t = t->next)
		sum += t->state == TICKET_USED || t->state == TICKET_GRANTED ? t->most.nano : 0;
	return sum;
}

static bool
fits_run(struct held *run, struct ticket *t)
{
	int64_t allowed = budget_alone(run), used = run->cost_nano + run->unknown_nano + quota_reserved_here(run);
	if (allowed < 0 || (t->most.known && (t->most.nano == 0 || used + t->most.nano <= allowed)))
		return true;
	t->why = t->most.known ? "budget" : "unknown_price";
	t->error = t->most.known ? over_budget(t->arena, run, str_of(run->id_text), t->most.nano, used, allowed)
				 : unknown_price(t->arena, allowed);
	return false;
}

/* Once: when this run has cost what its workflow wants to be told about. */
static void
warn_cost(struct held *run)
{
	const struct definition *definition = run->plan.definition;
	int64_t spent = run->cost_nano + run->unknown_nano;
	if (run->warned || definition->warn_nano < 0 || spent < definition->warn_nano)
		return;
	run->warned = true;
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	json_add(data, STR("spent_nano"), json_new_int(arena, spent));
	json_add(data, STR("limit_nano"),
		definition->cost_nano < 0 ? json_new_null(arena) : json_new_int(arena, definition->cost_nano));
	journal_event(run, "run.cost_warning", (struct str){0}, 0, json_text(arena, data));
}

/* ---- asking ---- */

/* Everything from what is idle here, or nothing. */
static bool
take_idle(struct ticket *t)
{
	int64_t now = boot_us();
	for (unsigned i = 0; i < t->claim_count; i++) {
		const struct claim *c = &t->claims[i];
		if (c->grant->unit == QUOTA_RATE || c->grant->scarce || c->grant->idle < c->need ||
			now - c->grant->drawn_us > QUOTA_IDLE_US)
			return false;
	}
	for (unsigned i = 0; i < t->claim_count; i++) {
		grant_take(t->claims[i].grant, t->claims[i].need);
		t->claims[i].held = true;
	}
	return true;
}

static const char *
scope_words(struct arena *arena, struct str scope)
{
	if (scope.n > 4 && memcmp(scope.p, "key:", 4) == 0)
		return arena_printf(arena, "the key %.*s", (int)scope.n - 4, scope.p + 4);
	if (scope.n > 6 && memcmp(scope.p, "model:", 6) == 0)
		return arena_printf(arena, "the model %.*s", (int)scope.n - 6, scope.p + 6);
	if (scope.n > 7 && memcmp(scope.p, "member:", 7) == 0)
		return "whoever started the run";
	return scope.n > 9 && memcmp(scope.p, "workflow:", 9) == 0 ? "this workflow" : "this workspace";
}

static struct str
refusal(struct held *run, struct ticket *t)
{
	char most[USD_SIZE], spent[USD_SIZE], limit[USD_SIZE];
	struct arena *tick = run->executor->tick;
	struct str scope = t->refused_by ? t->refused_by->scope : (struct str){0};
	if (t->why)
		return error_json(run->arena, t->why, t->error);
	if (scope.n > strlen(BUDGET_SCOPE) && memcmp(scope.p, BUDGET_SCOPE, strlen(BUDGET_SCOPE)) == 0)
		return error_json(run->arena, "budget",
			over_budget(tick, run,
				(struct str){scope.p + strlen(BUDGET_SCOPE), scope.n - strlen(BUDGET_SCOPE)},
				t->most.nano, t->spent, t->cap));
	return error_json(run->arena, "budget",
		str_of(arena_printf(tick,
			"This call may cost up to %s, and %s of the limit of %s for %s are spent, so it was not made. "
			"Have an "
			"admin raise the limit, or wait for its next period, then retry the run from this step.",
			usd(most, t->most.nano), usd(spent, t->spent), usd(limit, t->cap),
			scope_words(tick, t->refused_by->scope))));
}

static void
record_blocked(struct held *run, const struct ticket *t)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	json_add(data, STR("scope"), json_new_str(arena, arena_str(arena, t->refused_by->scope)));
	json_add(data, STR("unit"), json_new_str(arena, str_of(quota_unit_name(t->refused_by->unit))));
	journal_event(run, "step.blocked", plan_path(&run->plan, t->step), t->attempt, json_text(arena, data));
}

static enum quota_answer
answer(struct held *run, struct ticket *t, struct str *ret_error)
{
	switch (t->state) {
	case TICKET_WANTED:
		return QUOTA_ASKED;
	case TICKET_BLOCKED:
		if (!t->was_blocked)
			record_blocked(run, t);
		ticket_free(run->executor, t);
		return QUOTA_WAITS;
	case TICKET_REFUSED:
		*ret_error = refusal(run, t);
		ticket_free(run->executor, t);
		return QUOTA_REFUSED;
	default:
		return QUOTA_HELD;
	}
}

enum quota_answer
quota_ask(struct held *run, unsigned step, int attempt, const struct json *input, struct str *ret_error)
{
	const struct step_def *def = def_of(run, step);
	int64_t allowed = budget_alone(run);
	bool limited = (run->space && run->space->limit_count > 0) || budget_limited(run) || def->concurrency.cap > 0 ||
		       def->rate.cap > 0;
	struct ticket *t = ticket_find(run, step, attempt, false);
	if (t)
		return answer(run, t, ret_error);
	if (!limited && allowed < 0)
		return QUOTA_HELD;
	struct step_ceiling most = ceiling(run, step, attempt, input);
	if (!limited && most.known && most.nano == 0)
		return QUOTA_HELD;
	t = ticket_new(run, step, attempt);
	t->most = most;
	if (!fits_run(run, t) || (limited && !make_claims(run, t)))
		t->state = TICKET_REFUSED;
	else if (take_idle(t))
		t->state = TICKET_GRANTED;
	else
		quota_want(run->executor, t);
	return answer(run, t, ret_error);
}

/* The draw has answered. One of an attempt that has begun was only of its rates: what else it holds, and whether it is over, stays as it is. */
void
quota_answered(struct executor *ex, struct ticket *t, const struct quota_row *row)
{
	bool first = !ticket_begun(t);
	t->in_draw = false;
	if (row->verdict == QUOTA_GRANTED) {
		t->timed = row->timed;
		t->at_us = row->at_us;
		t->late_us = row->late_us;
	}
	for (unsigned i = 0; first && row->verdict == QUOTA_GRANTED && i < t->claim_count; i++) {
		struct claim *c = &t->claims[i];
		if (c->grant->number < 0 || c->grant->unit == QUOTA_RATE) /* it does not limit; it is a time */
			continue;
		c->held = true;
		c->grant->used += c->need;
	}
	if (!t->run) {
		if (!t->taken)
			ticket_free(ex, t);
		return;
	}
	if (t->again) {
		struct attempt *a = t->again;
		t->again = NULL;
		attempt_make_ready(a);
		return;
	}
	if (!first) /* its call was dropped meanwhile */
		return;
	if (row->verdict == QUOTA_GRANTED) {
		t->state = TICKET_GRANTED;
	} else {
		t->state = row->verdict == QUOTA_SPENT ? TICKET_REFUSED : TICKET_BLOCKED;
		t->refused_by = ex->quotas.work.grants[row->limit];
		t->refused_by->refs++;
		t->was_blocked = row->again;
		t->cap = row->cap;
		t->spent = row->spent;
	}
	held_mark_changed(t->run);
}

/* ---- the life of the attempt ---- */

static struct change *
add_money_change(struct held *run, struct ticket *t, enum change_kind kind)
{
	struct change *change = journal_add(run, kind);
	struct arena *arena = journal_arena(run);
	const struct step_def *def = def_of(run, t->step);
	struct str model = step_model(def, plan_model(&run->plan, t->step));
	const char *slash = model.p ? memchr(model.p, '/', model.n) : NULL;
	size_t vendor = slash ? (size_t)(slash - model.p) : 0;
	change->path = plan_path(&run->plan, t->step);
	change->attempt = t->attempt;
	change->step = t->step;
	change->money.incarnation = run->executor->incarnation;
	change->money.scopes = arena_array(arena, t->claim_count, sizeof *change->money.scopes);
	for (unsigned i = 0; i < t->claim_count; i++)
		if (t->claims[i].grant->unit == QUOTA_MONEY && t->claims[i].held)
			change->money.scopes[change->money.scope_count++] = arena_str(arena, t->claims[i].grant->scope);
	change->money.provider = slash ? (struct str){model.p, vendor} : def->kind;
	change->money.model = slash ? (struct str){slash + 1, model.n - vendor - 1} : STR("");
	change->money.most_nano = t->most.nano;
	change->money.called = t->called;
	change->money.cost_nano = t->cost_nano;
	change->money.ticket = t;
	return change;
}

/* A call of which nobody knows what it has cost, where no limit of the database's has reserved anything for it: a line of the ledger says so
 * to whoever holds the run after us. Under the epoch that it was made in. */
static void
charge_unknown(struct held *run, unsigned step, int attempt, int64_t most_nano, int64_t epoch)
{
	static const enum change_kind kinds[] = {CHANGE_RESERVED, CHANGE_SETTLED};
	struct ticket call = {
		.step = step, .attempt = attempt, .most = {.known = true, .nano = most_nano}, .called = true};
	run->unknown_nano += most_nano;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct change *change = add_money_change(run, &call, kinds[i]);
		change->money.ticket = NULL;
		change->money.epoch = epoch;
	}
}

static bool
money_limited(struct held *run, unsigned step)
{
	static const struct str no_keys[OWN_CLAIMS];
	if (budget_limited(run))
		return true;
	for (unsigned i = 0; run->space && i < run->space->limit_count; i++)
		if (run->space->limits[i].unit == QUOTA_MONEY &&
			space_applies(run, &run->space->limits[i], def_of(run, step), no_keys))
			return true;
	return false;
}

/* The step's call may have been made by a holder that is gone, and is made again. */
void
quota_lost(struct held *run, unsigned step, const struct json *input)
{
	int attempt = run->plan.steps[step].attempt;
	if (budget_alone(run) < 0 || money_limited(run, step))
		return;
	struct step_ceiling most = ceiling(run, step, attempt, input);
	if (most.known && most.nano > 0)
		charge_unknown(run, step, attempt, most.nano, run->epoch - 1);
}

bool
quota_reserve(struct held *run, unsigned step, struct attempt *attempt)
{
	struct ticket *t = ticket_find(run, step, attempt->step.attempt, false);
	if (!t || t->state != TICKET_GRANTED)
		return false;
	t->state = TICKET_USED;
	t->path = arena_str(t->arena, attempt->step.path); /* its step's number may be nobody's when it is settled */
	attempt->ticket = t;
	for (unsigned i = 0; i < t->claim_count; i++)
		t->reserved |= t->claims[i].held && t->claims[i].grant->unit == QUOTA_MONEY;
	if (t->reserved)
		add_money_change(run, t, CHANGE_RESERVED);
	return t->reserved;
}

static void
time_has_come(void *what)
{
	struct attempt *a = what;
	a->run->executor->quotas.parked -= a->ticket->parked;
	a->ticket->parked = false;
	attempt_make_ready(a);
}

/*
 * Not before the time of its token, and not much later: a late call would come close to those that are in time. By the
 * database's clock, of which we know that it lies between clock_ahead_us and clock_most_us.
 */
bool
quota_may_begin(struct attempt *a)
{
	struct ticket *t = a->ticket;
	struct executor *ex = a->run->executor;
	int64_t now = boot_us(), at;
	if (!t || !t->timed)
		return true;
	at = t->at_us - ex->clock_ahead_us;
	if (now < at) {
		ex->quotas.parked += !t->parked;
		t->parked = true;
		timer_set(&ex->timers, &a->timer, at, time_has_come, a);
		return false;
	}
	if (now + ex->clock_most_us <= t->at_us + t->late_us)
		return true;
	t->again = a;
	quota_want(ex, t);
	return false;
}

void
quota_call_over(struct attempt *a, const struct step_usage *usage)
{
	struct ticket *t = a->ticket;
	struct executor *ex = a->run->executor;
	if (!t)
		return;
	a->ticket = NULL;
	t->again = NULL;
	ex->quotas.parked -= t->parked;
	t->parked = false;
	if (t->queued)
		quota_unwant(ex, t);
	ticket_give_up(ex, t, false);
	if (!usage || a->state != ATTEMPT_CALLING)
		return;
	t->noted = true;
	t->called = usage->provider.p != NULL;
	t->cost_nano = (struct maybe_int){usage->model_usage.cost_known, usage->model_usage.cost_nano};
}

static void
settle_ticket(struct held *run, struct ticket *t)
{
	bool unknown = t->called && !t->cost_nano.known;
	if (unknown && !t->reserved && t->most.nano > 0 && budget_alone(run) >= 0)
		charge_unknown(run, t->step, t->attempt, t->most.nano, run->epoch);
	else if (unknown)
		run->unknown_nano += t->most.nano;
	if (!t->reserved) {
		ticket_free(run->executor, t);
		return;
	}
	t->state = TICKET_OVER;
	add_money_change(run, t, CHANGE_SETTLED);
}

bool
quota_settle(struct held *run, unsigned step, const struct step_usage *usage)
{
	struct ticket *t = ticket_find(run, step, run->plan.steps[step].attempt, true);
	bool reserved = t && t->reserved;
	if (t) {
		if (usage->provider.p) {
			t->called = true;
			t->cost_nano = (struct maybe_int){usage->model_usage.cost_known, usage->model_usage.cost_nano};
		} else if (!t->noted) {
			t->called = false;
		}
		settle_ticket(run, t);
	}
	warn_cost(run);
	return reserved;
}

/* What was reserved is charged, and the rest of it idle. */
static void
release_money(struct executor *ex, struct ticket *t, int64_t cost)
{
	for (unsigned i = 0; i < t->claim_count; i++) {
		struct claim *c = &t->claims[i];
		if (!c->held || c->grant->unit != QUOTA_MONEY)
			continue;
		c->held = false;
		c->grant->used -= c->need;
		c->grant->tell = true;
		grant_idle(ex, c->grant, cost < c->need ? c->need - cost : 0);
	}
	t->reserved = false;
}

/* The change is committed: what it cost has left the grants, the rest of what was reserved is idle. */
void
quota_settled(struct held *run, const struct change *change)
{
	struct executor *ex = run->executor;
	struct ticket *t = change->money.ticket;
	if (!t)
		return;
	int64_t most = change->money.most_nano;
	int64_t cost = !change->money.called ? 0 : change->money.cost_nano.known ? change->money.cost_nano.value : most;
	release_money(ex, t, cost);
	ticket_free(ex, t);
}

/* Given back or ended: steps that have not begun want nothing any more, calls that were dropped are settled as far as is known. */
void
quota_leave(struct held *run)
{
	for (struct ticket *t = run->tickets, *next; t; t = next) {
		next = t->next;
		if (t->state == TICKET_USED)
			settle_ticket(run, t);
		else if (t->state != TICKET_OVER)
			ticket_free(run->executor, t);
	}
}

/* What was in the journals is not in the database: reservations that were not are none, ends that were not come again. */
void
quota_unrecordable(struct held *run)
{
	while (run->attempts)
		attempt_abort(run->attempts, NULL);
	for (struct ticket *t = run->tickets, *next; t; t = next) {
		next = t->next;
		if (t->state == TICKET_OVER)
			t->state = TICKET_USED;
		if (run->recorded[t->step] == RECORDED_NOTHING) {
			t->reserved = false;
			ticket_free(run->executor, t);
		}
	}
}

/*
 * Another holds the run: no flush of ours settles its calls any more. Their lines of the ledger are under our epoch and incarnation, which nobody
 * else writes to while we live, so a batch of limits does it.
 */
void
quota_leave_behind(struct held *run)
{
	struct executor *ex = run->executor;
	while (run->attempts)
		attempt_abort(run->attempts, NULL);
	for (struct ticket *t = run->tickets, *next; t; t = next) {
		next = t->next;
		if (!t->reserved || !ticket_begun(t))
			continue;
		t->taken = true;
		t->taken_run = run->id;
		t->epoch = run->epoch;
		ticket_leave_run(t);
		ticket_give_up(ex, t, false);
		t->next = ex->quotas.taken;
		ex->quotas.taken = t;
	}
}

void
quota_settle_taken(struct executor *ex, struct ticket *t)
{
	release_money(ex, t, t->charged);
	ticket_free(ex, t);
}

void
quota_drop(struct held *run)
{
	while (run->tickets)
		ticket_free(run->executor, run->tickets);
}
