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
#include "store/replay.h"

#include "exec/executor.h"

#include "flow/frame.h"
#include "json/writer.h"

#define REPLAY_CPU_MS 2000

static const struct json_limits limits_answer = {JS_VALUES_MAX, 128, 1000000};

enum replaying_state {
	REPLAY_NOTHING,
	REPLAY_WANTED,
	REPLAY_ASKED, /* by the batch under way; back to WANTED when that fails */
	REPLAY_RUNS,
};

struct ended {
	unsigned step;
	int64_t seq, ms;
	bool there;
};

struct replaying {
	struct replay told; /* what plan() is shown */
	enum replaying_state state;
	struct held *run;
	struct arena *arena; /* of what is under way */
	struct arena *known; /* of what plan() is shown; NULL: nothing yet */
	struct ended *ended;
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
	r->count = 0;
	r->ended = arena_array(r->arena, run->plan.definition->step_count, sizeof *r->ended);
	for (unsigned i = 0; i < run->plan.definition->step_count; i = frame_end(&run->plan, i))
		if (plan_step_over(ex->tick, &run->plan, i))
			r->ended[r->count++] = (struct ended){.step = i};
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
	told.known = true;
	told.seen = r->count;
	r->told = told;
	set_state(r, REPLAY_NOTHING);
	held_mark_changed(r->run);
}

static void
settle_failed(struct replaying *r, const char *code, const char *message)
{
	settle(r, (struct replay){.over = true, .error = error_json(r->arena, code, str_of(message))});
}

static void
take_answer(struct replaying *r, const struct js_result *result)
{
	struct json *said;
	struct str state = STR(""), thrown = result->text;
	if (result->status == JS_TIMED_OUT) {
		settle_failed(r, "code", "The workflow's code took more than 2 s of computing and was stopped. Let steps do the work.");
		return;
	}
	if (result->status != JS_OK) {
		thrown.n = str_utf8_bad(thrown);
		settle_failed(r, "code", result->status == JS_TOO_LARGE ? "What the workflow's code asks for is larger than 8 MB."
			: arena_printf(r->arena, "The workflow's code could not be run. %.*s", STR_ARG(thrown)));
		return;
	}
	if (!json_read(r->arena, arena_str(r->arena, result->text), &limits_answer, &said, NULL) ||
		!json_get_str(said, "state", &state)) {
		settle_failed(r, "code", "What the workflow's code gave is no JSON that can be kept: half a character, a zero byte, or nested too deeply.");
		return;
	}
	struct replay told = {.asks = json_get(said, "asks"), .output = json_get(said, "output")};
	const struct json *error = json_get(said, "error");
	told.over = !str_is(state, "waits");
	if (str_is(state, "failed"))
		told.error = error && error->type == JSON_OBJECT
				     ? json_text(r->arena, error)
				     : error_json(r->arena, "code", STR("The workflow's code failed."));
	settle(r, told);
}

static void
answered(void *what, const struct js_outcome *outcome)
{
	static const char *const why[] = {
		[JS_ANSWERED] = "",
		[JS_TOOK_TOO_LONG] = "The workflow's code took too long and was stopped. Let steps do the work.",
		[JS_DIED] = "The process of the workflow's code ended, most likely because it needed more than 256 MB of memory.",
		[JS_REFUSED] = "What the steps gave is larger than 16 MB in all. Let them give less.",
		[JS_MISSING] = "No process for JavaScript could be started here. The executor's log says why.",
	};
	struct replaying *r = what;
	r->job = NULL;
	if (outcome->end == JS_ANSWERED)
		take_answer(r, &outcome->answer.results[0]);
	else
		settle_failed(r, outcome->end == JS_MISSING ? "expression_unavailable" : "code", why[outcome->end]);
}

/* ---- running it ---- */

static struct json *
history_of(struct replaying *r)
{
	struct json *history = json_new_array(r->arena), *error;
	for (unsigned i = 0; i < r->count; i++) {
		const struct step_state *step = &r->run->plan.steps[r->ended[i].step];
		struct json *one = json_new_object(r->arena);
		json_add(one, STR("key"), json_new_str(r->arena, plan_def(&r->run->plan, r->ended[i].step)->key));
		json_add(one, STR("seq"), json_new_int(r->arena, r->ended[i].seq));
		json_add(one, STR("at"), json_new_int(r->arena, r->ended[i].ms));
		json_add(one, STR("status"), json_new_str(r->arena, str_of(step_status_name(step->status))));
		if (step->status == STEP_COMPLETED)
			json_add(one, STR("output"), step->output ? json_copy(r->arena, step->output) : json_new_null(r->arena));
		if (step->status == STEP_FAILED && step->error.n > 0 &&
			json_read(r->arena, step->error, &json_limits_stored, &error, NULL))
			json_add(one, STR("error"), error);
		json_push(history, one);
	}
	return history;
}

static struct json *
begun_of(struct replaying *r)
{
	struct json *begun = json_new_array(r->arena);
	const struct run_state *state = &r->run->plan;
	for (unsigned i = 0; i < state->definition->step_count; i = frame_end(state, i))
		if (state->steps[i].status == STEP_RUNNING || state->steps[i].status == STEP_WAITING)
			json_push(begun, json_new_str(r->arena, plan_def(state, i)->key));
	return begun;
}

static void
run_code(struct replaying *r)
{
	struct held *run = r->run;
	struct executor *ex = run->executor;
	struct json *scope = json_new_object(r->arena);
	json_add(scope, STR("run"), json_new_str(r->arena, str_of(run->id_text)));
	json_add(scope, STR("input"), json_copy(r->arena, run->plan.input));
	json_add(scope, STR("started"), json_new_int(r->arena, id_ms(run->id)));
	json_add(scope, STR("history"), history_of(r));
	json_add(scope, STR("begun"), begun_of(r));
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
	for (int i = 0; ex->work.replay >= 0 && replay_row(ex->work.batch, ex->work.replay, i, &place, &seq, &ms); i++) {
		int64_t at = place - r->first;
		if (at < 0 || at >= (int64_t)r->count)
			continue;
		r->ended[at].seq = seq;
		r->ended[at].ms = ms;
		r->ended[at].there = true;
	}
	for (unsigned i = 0; i < r->count; i++)
		all &= r->ended[i].there;
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
