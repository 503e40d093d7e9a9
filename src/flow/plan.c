/*
 * What a run does next. First what concerns all of it: it failed, it is done, it was cancelled. Then every list of steps in turn,
 * from the outermost in: what is ready begins, what waits is looked at, groups and loops go on or end. Looks at the state and nothing
 * else, so it may be asked as often as anybody likes.
 *
 *	plan            plan.c
 *	  settle          the run as a whole
 *	  walk          plan_list.c    a list: of the run, a group, an iteration
 *	    begin       plan_step.c    a step: its condition, its input, its expressions
 *	    group       plan_list.c    and walk again
 *	    loop        plan_loop.c    its iterations, which are groups
 *	    look        plan_look.c    a wait that asks its condition again and again
 *	    phase_open  plan_phase.c   where a person begins each phase
 *	  handle_start  plan_handler.c what the workflow's handlers make of its beginning
 *	  handle_end    plan_handler.c what the workflow's handlers make of an end
 *	  handle_steps  plan_handler_step.c the same of steps that make no call
 */
#include "flow/plan_internal.h"

#include "flow/plan_agent.h"
#include "flow/plan_loop.h"
#include "flow/plan_retry.h"
#include "json/writer.h"

struct action *
planner_add(struct planner *p, enum action_kind kind)
{
	struct action *action = &p->actions[p->count++];
	*action = (struct action){.kind = kind};
	return action;
}

struct action *
planner_add_about(struct planner *p, enum action_kind kind, unsigned index, int attempt)
{
	struct action *action = planner_add(p, kind);
	action->step = index;
	action->attempt = attempt;
	return action;
}

void
planner_drop_actions(struct planner *p)
{
	p->count = 0;
	memset(p->fetched, 0, frame_slots(p->state) * sizeof *p->fetched);
}

bool
planner_fetch(struct planner *p, unsigned index)
{
	if (!planner_is_away(p, index))
		return false;
	if (!p->fetched[index])
		planner_add(p, ACTION_FETCH)->step = index;
	p->fetched[index] = true;
	return true;
}

/* What asks for its steps by code sees their failures there. */
static bool
goes_on(const struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	bool asked = p->state->definition->code.n > 0 && def->parent == NO_STEP;
	return def->on_failure == FAILURE_CONTINUES || (asked && def->on_failure == FAILURE_STOPS);
}

bool
planner_done(const struct planner *p, unsigned index)
{
	const struct step_state *step = &p->state->steps[index];
	return step->status == STEP_COMPLETED || step->status == STEP_SKIPPED || planner_unasked(p, index) ||
	       (step->status == STEP_FAILED && goes_on(p, index) && !plan_retries(p->arena, p->state, index));
}

bool
planner_lost(const struct planner *p, unsigned index)
{
	return p->state->steps[index].status == STEP_FAILED && !planner_done(p, index) &&
	       def_of(p, index)->on_failure != FAILURE_ASKS && !plan_retries(p->arena, p->state, index);
}

void
planner_abort_between(struct planner *p, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++) {
		if (underway(&p->state->steps[i]))
			planner_add_about(p, ACTION_ABORT, i, p->state->steps[i].attempt);
		for (const struct frame *f = p->state->steps[i].loop.frames; f; f = f->next)
			planner_abort_between(p, f->base, frame_end(p->state, f->base));
	}
}

void
planner_sleep_until(struct planner *p, int64_t at_us)
{
	p->waits = true;
	if (at_us < p->wake_us)
		p->wake_us = at_us;
}

/* ---- ends ---- */

struct str
planner_error_text(struct arena *arena, const char *code, struct str message, struct str path)
{
	struct json *error = json_new_object(arena);
	json_add(error, STR("code"), json_new_str(arena, str_of(code)));
	json_add(error, STR("message"), json_new_str(arena, message));
	if (path.n)
		json_add(error, STR("path"), json_new_str(arena, path));
	return json_text(arena, error);
}

/* "Step 3, Review,", of what is in a group its name alone, and of an iteration its place: each[3]. */
static struct str
called(struct planner *p, unsigned index)
{
	const struct step_def *step = def_of(p, index);
	unsigned number = 1;
	if (frame_is_iteration(p->state, index))
		return plan_path(p->state, index);
	if (step->parent != NO_STEP)
		return step->name;
	for (unsigned i = 0; i < index; i = end_of(p, i))
		number++;
	return str_of(arena_printf(p->arena, "Step %u, %.*s,", number, STR_ARG(step->name)));
}

struct str
planner_error_of_step(struct planner *p, unsigned index)
{
	struct str step_error = p->state->steps[index].error, path = plan_path(p->state, index);
	struct json *read;
	struct str code = STR("internal"), message = STR("It gave no reason.");
	if (step_error.n && json_read(p->arena, step_error, &json_limits_stored, &read, NULL) &&
		read->type == JSON_OBJECT) {
		json_get_str(read, "code", &code);
		json_get_str(read, "message", &message);
		if (step_has_steps(def_of(p, index)) || def_of(p, index)->polls)
			json_get_str(read, "path", &path);
	}
	struct str said =
		str_of(arena_printf(p->arena, "%.*s failed. %.*s", STR_ARG(called(p, index)), STR_ARG(message)));
	return planner_error_text(p->arena, arena_strz(p->arena, code), said, path);
}

/* The run ends, and whatever was found to do before is not done. */
static struct action *
end_run(struct planner *p, enum run_status status)
{
	planner_drop_actions(p);
	p->over = true;
	planner_abort_between(p, 0, p->state->definition->step_count);
	struct action *end = planner_add(p, ACTION_END);
	end->end = status;
	return end;
}

void
planner_end_failed(struct planner *p, unsigned index)
{
	struct action *end = end_run(p, RUN_FAILED);
	end->step = index;
	end->error = planner_error_of_step(p, index);
}

void
planner_end_with(struct planner *p, struct str error)
{
	end_run(p, RUN_FAILED)->error = error;
}

static void
end_cancelled(struct planner *p)
{
	end_run(p, RUN_CANCELLED)->error =
		planner_error_text(p->arena, "cancelled", STR("The run was cancelled."), STR(""));
}

/* ---- limits of the workflow ---- */

static void
end_limited(struct planner *p, const char *code, const char *why)
{
	planner_end_with(p, planner_error_text(p->arena, code, str_of(why), STR("")));
}

/* How long the run may take: to the end of that it sleeps at most. */
static void
limit_time(struct planner *p)
{
	int64_t limit_us = p->state->definition->limit_us, end_us = p->state->begun_us + limit_us;
	if (limit_us == 0 || p->state->begun_us == 0)
		return;
	if (p->state->now_us < end_us)
		planner_sleep_until(p, end_us);
	else
		end_limited(p, "time_limit",
			arena_printf(p->arena,
				"The run took longer than the %g s that its workflow allows (limits.seconds), and was "
				"stopped. "
				"Raise the limit, then retry the run, or let it do less.",
				(double)limit_us / 1e6));
}

/* How many step runs it may begin: none of those that would be too many. */
static void
limit_steps(struct planner *p)
{
	int64_t limit = p->state->definition->limit_steps, count = p->state->begun_steps;
	for (unsigned i = 0; i < p->count; i++) {
		const struct action *a = &p->actions[i];
		bool ends = a->kind == ACTION_COMPLETE || a->kind == ACTION_FAIL;
		count += a->kind == ACTION_START || a->kind == ACTION_WAIT || a->kind == ACTION_CHILD ||
			 (ends && !a->begun);
	}
	if (limit > 0 && count > limit && !p->over)
		end_limited(p, "step_limit",
			arena_printf(p->arena,
				"The run would begin more than the %lld step runs that its workflow allows "
				"(limits.steps), and "
				"was stopped. Raise the limit, then retry the run, or let it do less.",
				(long long)limit));
}

/* It answers what its workflow says. */
static void
end_with_output(struct planner *p)
{
	struct json *output = NULL;
	struct str error;
	struct action *end;
	switch (planner_output(p, &output, &error)) {
	case OUTPUT_COMES:
		return;
	case OUTPUT_FAILS:
		end_run(p, RUN_FAILED)->error = error;
		return;
	case OUTPUT_MADE:
		end = end_run(p, RUN_COMPLETED);
		end->output = output;
		return;
	}
}

/* It answers what its last step gave, of those that give something and do not just choose; or another one. */
static void
end_completed(struct planner *p)
{
	const struct definition *d = p->state->definition;
	bool whole = d->output && d->output_step != NO_STEP && p->state->steps[d->output_step].status == STEP_COMPLETED;
	if (d->output && !whole) {
		end_with_output(p);
		return;
	}
	struct action *end = end_run(p, RUN_COMPLETED);
	if (whole) {
		end->step = d->output_step;
		end->output = p->state->steps[d->output_step].output;
		if (!end->output && !p->state->steps[d->output_step].output_away)
			end->output = json_new_null(p->arena);
		return;
	}
	bool away = false;
	for (unsigned i = 0; i < p->state->definition->step_count; i = end_of(p, i)) {
		const struct step_state *step = &p->state->steps[i];
		if (step->status != STEP_COMPLETED || (!step->output && !step->output_away) ||
			step_chooses(def_of(p, i)))
			continue;
		end->step = i;
		end->output = step->output;
		away = step->output_away;
	}
	if (!end->output && !away)
		end->output = json_new_null(p->arena);
}

/* Before the end, which stays the last: what the code has not asked for is passed over, and says so. */
static void
skip_unasked(struct planner *p)
{
	struct action end = p->actions[--p->count];
	for (unsigned i = 0; i < p->state->definition->step_count; i = end_of(p, i)) {
		if (p->state->steps[i].status != STEP_PENDING)
			continue;
		planner_add_about(p, ACTION_SKIP, i, p->state->steps[i].attempt + 1)->why = "code";
	}
	*planner_add(p, end.kind) = end;
}

/* It answers what its code gave, if it gave anything. */
static void
end_coded(struct planner *p)
{
	const struct replay *replay = p->state->replay;
	if (replay->error.n > 0) {
		end_run(p, RUN_FAILED)->error = replay->error;
	} else if (replay->output && !p->state->definition->output) {
		end_run(p, RUN_COMPLETED)->output = replay->output;
		skip_unasked(p);
	} else {
		end_completed(p);
		if (p->over)
			skip_unasked(p);
	}
}

/* ---- what differs from run to run ---- */

struct str
plan_model(const struct run_state *state, unsigned index)
{
	const struct step_def *def = plan_def(state, index);
	struct str model;
	const struct json *own =
		state->models ? json_get_by(state->models, def->part == PART_MODEL ? def->agent : def->key) : NULL;
	if (own && own->type == JSON_STRING)
		return own->text;
	if (state->models && json_get_str(state->models, "*", &model))
		return model;
	return def->model;
}

const struct json *
plan_input(const struct run_state *state, unsigned index)
{
	const struct step_def *def = plan_def(state, index);
	bool of_agent = def->part != PART_NONE && def->part != PART_AGENT; /* its key is nobody's */
	return state->inputs && !of_agent ? json_get_by(state->inputs, plan_path(state, index)) : NULL;
}

/* ---- the whole ---- */

static bool
fits(const struct run_state *state, struct err *err)
{
	const struct definition *definition = state->definition;
	if (definition && definition->step_count > 0 && state->steps)
		return true;
	err_set(err, ERR_INTERNAL, "The run and its workflow do not fit together.");
	err_detail(err, "plan: %s", definition ? "no steps" : "no definition");
	return false;
}

/* Ended as nobody asked for; in a group that has ended, or is about to, that is what the group did. */
static bool
dropped(const struct planner *p, unsigned index)
{
	enum step_status status = p->state->steps[index].status;
	if (status != STEP_CANCELLED && status != STEP_ROLLED_BACK)
		return false;
	for (unsigned i = frame_parent(p->state, index); i != NO_STEP; i = frame_parent(p->state, i))
		if (step_ended(p->state->steps[i].status) ||
			(def_of(p, i)->fail_fast &&
				(planner_first_lost(p, i) != NO_STEP || planner_failed_iteration(p, i) != NO_STEP)))
			return false;
	return true;
}

/* What concerns the run as a whole. False: its steps go on. */
static bool
settle(struct planner *p)
{
	const struct run_state *state = p->state;
	unsigned steps = frame_slots(state), unknown = NO_STEP;
	bool all = true, away = false;
	for (unsigned i = 0; i < state->definition->step_count; i = end_of(p, i)) {
		if (planner_lost(p, i)) {
			planner_end_failed(p, i);
			return true;
		}
		all = all && planner_done(p, i);
	}
	if (state->definition->code.n > 0 && planner_code_over(p)) {
		end_coded(p);
		return true;
	}
	if (all && state->definition->code.n ==
			   0) { /* before the cancellation: what was asked for too late does not undo anything */
		end_completed(p);
		return true;
	}
	for (unsigned i = steps; i-- > 0;) {
		if (!frame_has(state, i))
			continue;
		if (state->steps[i].status == STEP_RUNNING && state->steps[i].outcome_unknown &&
			def_of(p, i)->retry.never)
			unknown = i;
		away |= dropped(p, i);
	}
	if (unknown != NO_STEP)
		planner_give_up(p, unknown);
	else if (state->cancel_asked || away)
		end_cancelled(p);
	else
		limit_time(p);
	return unknown != NO_STEP || p->over;
}

bool
plan(struct arena *arena, const struct run_state *state, struct action **ret_actions, unsigned *ret_count,
	struct err *err)
{
	struct planner p = {.arena = arena, .state = state, .wake_us = PLAN_NEVER, .evaluate = {.kind = ACTION_SLEEP}};
	if (!fits(state, err))
		return false;
	unsigned steps = 0;
	for (unsigned i = 0; i < frame_slots(state); i++)
		steps += frame_has(state, i);
	/* Of every step an output may be fetched, and then one thing be asked for; the run ends once. */
	p.room = steps * 2 + 4;
	p.actions = arena_array(arena, p.room, sizeof *p.actions);
	p.fetched = arena_array(arena, frame_slots(state), sizeof *p.fetched);
	*ret_count = 0;
	if (run_ended(state->status))
		return true;
	planner_find_settled(&p);
	if (!settle(&p) && planner_handle_start(&p)) {
		bool limited = p.waits; /* by its time: that is nothing it waits for */
		p.waits = false;
		if (planner_replay(&p))
			planner_walk(&p, 0, state->definition->step_count, 0);
		/* What goes on, sleeps or waits for somebody is of a phase that has begun. */
		if (p.stands.n > 0 && p.count == 0 && !p.busy && !p.waits && !p.over &&
			p.evaluate.kind != ACTION_EVALUATE)
			planner_add(&p, ACTION_STAND)->waiting_for = p.stands;
		p.waits |= limited;
	}
	planner_handle_steps(&p);
	limit_steps(&p);
	planner_handle_end(&p);
	if (p.evaluate.kind == ACTION_EVALUATE && !p.over)
		*planner_add(&p, ACTION_EVALUATE) = p.evaluate;
	if (p.count == 0 && p.waits && (!p.busy || p.wake_us != PLAN_NEVER))
		*planner_add(&p, ACTION_SLEEP) =
			(struct action){.kind = ACTION_SLEEP, .at_us = p.wake_us, .rests = p.rests};
	*ret_actions = p.actions;
	*ret_count = p.count;
	return true;
}
