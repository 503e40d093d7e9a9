/*
 * Workflows with code: what plan() asks with ACTION_REPLAY. The code is run over what the database has recorded of the steps it asked for, in the order in
 * which they ended and with the time it was then; nothing about it is kept besides. So it is the same whoever runs it, and however often: an executor that
 * dies in the middle of it has done nothing, and the next one asks the code again.
 *
 *	replay_begin      wanted: which of its steps have ended
 *	replay_add        a batch asks when that was, once no end of theirs is still to be written
 *	replay_take       all are there: a stepmill-js runs the code; else once more
 *	answered          what it asks for, or has come to: plan() goes on with that
 */
#include "exec/executor.h"

#include "exec/fault_points.h"
#include "flow/replay.h"
#include "store/replay.h"
#include "json/writer.h"

enum replaying_state {
	REPLAY_NOTHING,
	REPLAY_WANTED,
	REPLAY_ASKED, /* by the batch under way; back to WANTED when that fails */
	REPLAY_RUNS,
};

struct replaying {
	struct replay told; /* what plan() is shown */
	enum replaying_state state;
	struct held *run;
	struct arena *arena;	  /* of what is under way */
	struct arena *known;	  /* of what plan() is shown; NULL: nothing yet */
	struct replay_end *ended; /* seq 0: not read yet */
	unsigned count;
	int first; /* of its keys in the batch under way */
	struct js_job *job;
};

static void
set_state(struct replaying *r, enum replaying_state state)
{
	struct executor *ex = r->run->executor;
	ex->replays_wanting -= r->state == REPLAY_WANTED;
	r->state = state;
	ex->replays_wanting += r->state == REPLAY_WANTED;
}

void
replay_begin(struct held *run)
{
	struct executor *ex = run->executor;
	struct replaying *r = run->replaying;
	if (!r) {
		r = run->replaying = arena_new_of(run->arena, struct replaying);
		r->run = run;
		run->plan.replay = &r->told;
	}
	if (r->told.coming)
		return;
	r->arena = pool_take(&ex->pool);
	env_comes_into(run, r->arena);
	r->told.coming = true;
	r->count = replay_ends(r->arena, &run->plan, &r->ended);
	set_state(r, REPLAY_WANTED);
}

void
replay_let_go(struct held *run)
{
	struct replaying *r = run->replaying;
	if (!r)
		return;
	js_cancel(r->job);
	set_state(r, REPLAY_NOTHING);
	if (r->told.coming)
		pool_give(&run->executor->pool, r->arena);
	if (r->known)
		pool_give(&run->executor->pool, r->known);
	run->replaying = NULL;
	run->plan.replay = NULL;
}

/* ---- what it comes to ---- */

/* Everything else goes: what plan() is shown is in the arena of the answer. */
static void
settle(struct replaying *r, struct replay told)
{
	struct executor *ex = r->run->executor;
	if (r->known)
		pool_give(&ex->pool, r->known);
	r->known = r->arena;
	r->arena = NULL;
	told.seen = r->count;
	r->told = told;
	set_state(r, REPLAY_NOTHING);
	held_mark_changed(r->run);
}

static void
settle_failed(struct replaying *r, const char *code, const char *message)
{
	settle(r, replay_failed_with(r->arena, code, message));
}

static void
take_answer(struct replaying *r, const struct js_result *result)
{
	struct str thrown = result->text;
	switch (result->status) {
	case JS_OK:
		settle(r, replay_told(r->arena, result->text));
		return;
	case JS_TIMED_OUT:
		settle_failed(r, "code",
			"The workflow's code took more than 2 s of computing and was stopped. Let steps do the work.");
		return;
	case JS_TOO_LARGE:
		settle_failed(r, "code", "What the workflow's code asks for is larger than 8 MB. Ask for less.");
		return;
	default:
		thrown.n = str_utf8_bad(thrown);
		settle_failed(r, "code",
			arena_printf(r->arena, "The workflow's code could not be run. %.*s", STR_ARG(thrown)));
		return;
	}
}

static void
answered(void *what, const struct js_outcome *outcome)
{
	static const char *const why[] = {
		[JS_ANSWERED] = "",
		[JS_TOOK_TOO_LONG] = "The workflow's code took too long and was stopped. Let steps do the work.",
		[JS_DIED] = "The process of the workflow's code ended, most likely because it needed more than 256 MB "
			    "of memory.",
		[JS_REFUSED] = "What the steps gave is larger than 16 MB in all. Let them give less.",
		[JS_MISSING] = "No process for JavaScript could be started here. The executor's log says why.",
	};
	struct replaying *r = what;
	r->job = NULL;
	FAULT_PLACE("exec.replay.told");
	if (outcome->end == JS_ANSWERED)
		take_answer(r, &outcome->answer.results[0]);
	else
		settle_failed(r, outcome->end == JS_MISSING ? "expression_unavailable" : "code", why[outcome->end]);
}

/* ---- running it ---- */

static void
run_code(struct replaying *r)
{
	struct held *run = r->run;
	struct executor *ex = run->executor;
	struct json *scope =
		replay_scope(r->arena, &run->plan, str_of(run->id_text), id_ms(run->id), r->ended, r->count);
	struct js_request request = {
		.kind = JS_REPLAY,
		.cpu_ms = REPLAY_CPU_MS,
		.now_ms = id_ms(run->id),
		.seed = plan_seed(&run->plan, 0, 0),
		.scope = json_text(r->arena, scope),
		.sources = &run->plan.definition->code,
		.count = 1,
	};
	ex->counters.evaluations++;
	set_state(r, REPLAY_RUNS);
	FAULT_PLACE("exec.replay.run");
	r->job = js_ask(ex->js, run->workspace, &request, answered, r);
}

/* ---- the batch ---- */

/* Whatever has ended in memory is in the flush of this batch, or was in one before. */
static bool
written(const struct held *run)
{
	return run->state == HELD_ACTIVE && run->filling.count == 0;
}

void
replay_add(struct executor *ex)
{
	struct replay_keys *keys = replay_keys_new(ex->work.arena);
	int place = 0;
	for (struct held *run = ex->first_held; run; run = run->next) {
		struct replaying *r = run->replaying;
		if (!r || r->state != REPLAY_WANTED || !written(run))
			continue;
		set_state(r, REPLAY_ASKED);
		r->first = place;
		place += (int)r->count;
		for (unsigned i = 0; i < r->count; i++)
			replay_keys_add(keys, run->workspace, run->id, plan_path(&run->plan, r->ended[i].step),
				run->plan.steps[r->ended[i].step].attempt);
	}
	ex->work.replay = place > 0 ? replay_read_add(ex->work.batch, keys) : -1;
	ex->work.replays = true;
}

void
replay_failed(struct executor *ex)
{
	for (struct held *run = ex->work.replays ? ex->first_held : NULL; run; run = run->next)
		if (run->replaying && run->replaying->state == REPLAY_ASKED)
			set_state(run->replaying, REPLAY_WANTED);
	ex->work.replays = false;
}

static void
take(struct replaying *r)
{
	struct executor *ex = r->run->executor;
	int64_t place, seq, ms;
	bool all = true;
	for (int i = 0; ex->work.replay >= 0 && replay_row(ex->work.batch, ex->work.replay, i, &place, &seq, &ms);
		i++) {
		int64_t at = place - r->first;
		if (at < 0 || at >= (int64_t)r->count)
			continue;
		r->ended[at].seq = seq;
		r->ended[at].ms = ms;
	}
	for (unsigned i = 0; i < r->count; i++)
		all &= r->ended[i].seq > 0;
	if (all)
		run_code(r);
	else
		set_state(r, REPLAY_WANTED); /* its flush was skipped, and comes again */
}

void
replay_take(struct executor *ex)
{
	for (struct held *run = ex->first_held; run; run = run->next)
		if (run->replaying && run->replaying->state == REPLAY_ASKED)
			take(run->replaying);
	ex->work.replays = false;
}
