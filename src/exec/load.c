/*
 * From a claimed row to a state plan() can look at. Nothing here writes to the database; what a run that cannot be
 * loaded gets is an end that says so.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "exec/fault_points.h"
#include "flow/state.h"
#include "json/schema_defaults.h"
#include "json/writer.h"

struct str
error_json(struct arena *arena, const char *code, struct str message)
{
	struct json *error = json_new_object(arena);
	json_add(error, STR("code"), json_new_str(arena, str_of(code)));
	json_add(error, STR("message"), json_new_str(arena, message));
	return json_text(arena, error);
}

/* How much of the state's room it takes, or where it is. */
static void
load_output(struct held *run, unsigned index, const struct json *row)
{
	struct large_output *large = &run->large[index];
	struct str blob;
	int64_t bytes = 0;
	json_get_int(row, "output_bytes", &bytes);
	if (!run->plan.steps[index].output_away) {
		run->kept_bytes += (size_t)bytes;
		large->kept = (size_t)bytes;
		return;
	}
	large->bytes = (size_t)bytes;
	large->in_blob = json_get_str(row, "output_blob", &blob) && id_parse(blob, &large->blob);
}

/* The call is made again: with an input that has still to come, when that is large. */
static void
load_input(struct held *run, unsigned index, const struct json *row)
{
	const struct json *input = json_get(row, "input");
	int attempt = run->plan.steps[index].attempt;
	struct fetch_key key = {
		.workspace = run->workspace,
		.run = run->id,
		.what = FETCH_STEP_INPUT,
		.path = plan_path(&run->plan, index),
		.attempt = attempt,
	};
	struct str blob, sealed;
	int64_t bytes = 0;
	if (json_get_str(row, "sealed", &sealed))
		repeat_sealed(run, index, sealed);
	json_get_int(row, "input_bytes", &bytes);
	key.in_blob = json_get_str(row, "input_blob", &blob) && id_parse(blob, &key.blob);
	bool loop = plan_def(&run->plan, index)->control == CONTROL_LOOP;
	if (bytes > 0 && (!input || input->type == JSON_NULL) && !MUTATED("fetch_input"))
		large_fetch(run, &key, index, (size_t)bytes);
	else if (loop)
		run->plan.steps[index].loop.items = input; /* see load_items */
	else
		repeat_wanted(run, index, input);
}

/* An iteration has a frame before its row is read; the row of its loop came before. */
static void
open_frame(struct held *run, const struct json *row)
{
	struct str path, loop;
	unsigned index, step;
	if (json_get_str(row, "path", &path) && frame_path(path, &loop, &index) &&
		frame_find(&run->plan, loop, &step) && plan_def(&run->plan, step)->control == CONTROL_LOOP)
		frames_open(run, step, index);
}

/* Once all rows are read: what came with them goes to the loops and their iterations; the rest is on its way. */
static void
load_items(struct held *run)
{
	for (unsigned i = 0; i < frame_slots(&run->plan); i++) {
		struct loop_state *l = &run->plan.steps[i].loop;
		const struct json *items = l->items;
		l->items = NULL;
		if (items && l->items_away &&
			(items->type == JSON_ARRAY || plan_def(&run->plan, i)->part == PART_AGENT))
			frames_items_again(run, i, items);
	}
	frames_sweep(run);
}

/* One step run as run_claim gives it. */
static bool
load_step(struct held *run, const struct json *row, struct err *err)
{
	unsigned i;
	open_frame(run, row);
	if (!state_load_step(run->arena, &run->plan, row, &i, err))
		return false;
	if (i == frame_slots(&run->plan) || run->plan.steps[i].status == STEP_PENDING)
		return true; /* of earlier generations only */
	struct step_state *step = &run->plan.steps[i];
	run->recorded[i] = step_ended(step->status) ? RECORDED_ENDED : RECORDED_STARTED;
	load_output(run, i, row);
	/*
	 * The call may have been made or not: it is made again with the same attempt, which is its idempotency key.
	 * Where that must not be, plan() ends the step, unless we know that it was not made.
	 */
	bool never = plan_def(&run->plan, i)->retry.never && step->status == STEP_RUNNING;
	if (step->status == STEP_RUNNING && unmade_take(run, i)) {
		repeat_unmade(run, i);
		never = step->outcome_unknown = false;
	}
	if (MUTATED("never_repeat"))
		never = step->outcome_unknown = false;
	bool goes_through = run->plan.steps[i].loop.items_away;
	if (goes_through ||
		(step->status == STEP_RUNNING && plan_def(&run->plan, i)->control == CONTROL_CALL && !never))
		load_input(run, i, row);
	if (step->status == STEP_WAITING)
		child_loaded(run, i);
	struct str digest;
	if (!step_ended(step->status) && json_get_str(row, "digest", &digest))
		cache_loaded(run, i, digest);
	bool parked = false;
	json_get_bool(row, "parked", &parked);
	run->parked |= parked && step->status == STEP_RUNNING;
	return true;
}

/* What all attempts have cost together. */
static bool
load_spent(struct held *run, struct err *err)
{
	struct json *spent;
	if (run->loaded_spent.n == 0)
		return true;
	if (!json_read(run->arena, run->loaded_spent, &json_limits_stored, &spent, err))
		return false;
	json_get_int(spent, "tokens_in", &run->tokens_in);
	json_get_int(spent, "tokens_out", &run->tokens_out);
	json_get_int(spent, "cost_nano", &run->cost_nano);
	json_get_int(spent, "lost_nano", &run->unknown_nano);
	json_get_bool(spent, "unknown", &run->cost_unknown);
	json_get_int(spent, "began", &run->plan.begun_us);
	json_get_int(spent, "step_runs", &run->plan.begun_steps);
	json_get_bool(spent, "any_over", &run->plan.any_over);
	json_get_str(spent, "by", &run->created_by);
	run->warned = run->plan.definition->warn_nano >= 0 &&
		      run->cost_nano + run->unknown_nano >= run->plan.definition->warn_nano;
	return true;
}

/* Models, inputs and time-outs that differ from the definition's. */
static bool
load_overrides(struct held *run, struct err *err)
{
	struct json *overrides;
	if (run->loaded_overrides.n == 0)
		return true;
	if (!json_read(run->arena, run->loaded_overrides, &json_limits_stored, &overrides, err))
		return false;
	run->plan.models = json_get(overrides, "models");
	run->plan.inputs = json_get(overrides, "inputs");
	run->started_with = json_get(overrides, "started_with");
	run->plan.started = run->started_with != NULL;
	bool automatic = true;
	json_get_bool(overrides, "auto_mode", &automatic);
	run->plan.manual = !automatic;
	run->plan.passed = json_get(overrides, "passed");
	json_get_str(overrides, "waits_at", &run->stands);
	json_get_int(overrides, "timeout_seconds", &run->timeout_seconds);
	json_get_str(overrides, "directory", &run->directory);
	json_get_bool(overrides, "script_network", &run->script_network);
	run->is_child = json_get_int(overrides, "depth", &run->depth);
	budget_load(run, overrides);
	return true;
}

static bool
load_state(struct held *run, struct err *err)
{
	const struct definition *definition = run->definition->definition;
	struct json *input, *steps;
	run->plan.definition = definition;
	run->plan.steps = arena_array(run->arena, definition->step_count, sizeof *run->plan.steps);
	run->room = definition->step_count;
	run->recorded = arena_array(run->arena, run->room, sizeof *run->recorded);
	run->large = arena_array(run->arena, run->room, sizeof *run->large);
	if (!json_read(run->arena, run->input, &json_limits_stored, &input, err))
		return false;
	bool other = run->started_with && run->started_with->type == JSON_OBJECT;
	run->plan.input = other ? run->started_with : input;
	/* Made by the API it has them already; a child was made by who does not know its schema, and another version may have others. */
	if (!other && definition->input && !schema_fill(run->arena, definition->input, input, &run->plan.input, err))
		return false;
	if (!load_spent(run, err))
		return false;
	if (run->loaded_steps.n == 0)
		return true;
	if (!json_read(run->arena, run->loaded_steps, &json_limits_stored, &steps, err))
		return false;
	json_each (row, steps)
		if (!load_step(run, row, err))
			return false;
	load_items(run);
	return true;
}

/* ---- ready ---- */

static void
set_aside(struct held *run)
{
	log_warn("run set aside", LOG_STR("run", run->id_text), LOG_INT("strikes", run->strikes));
	advance_end_failed(run, "poison",
		str_of(arena_printf(run->arena,
			"The executor died %d times in a row while it worked on this run, so it was set aside. "
			"Look at the executor's log, then run it again.",
			(int)run->strikes)));
}

/* Whether a database that was restored has calls of it that wait until somebody says that it may go on. */
static bool
waits_for_resume(const struct held *run)
{
	return run->parked && run->plan.status == RUN_PAUSED && !run->plan.cancel_asked;
}

static void
load_run(struct held *run)
{
	struct executor *ex = run->executor;
	const struct definition_entry *entry = run->definition;
	struct err err = {0};
	run->state = HELD_ACTIVE;
	ex->loading_count--;
	if (run_ended(run->plan.status)) {
		reopen_ended(run);
		return;
	}
	bool ok = load_overrides(run, &err);
	if (ok && entry->state != DEFINITION_READY) {
		err = entry->error;
		ok = false;
	}
	ok = ok && load_state(run, &err);
	if (!ok) {
		log_error("run cannot be loaded", LOG_STR("run", run->id_text), LOG_STR("why", err.message),
			LOG_STR("detail", err.detail));
		unloaded_end(run, str_of(arena_strdup(run->arena, err.message)));
	} else if (run->strikes >= STRIKES_MAX) {
		set_aside(run);
	} else if (!child_input_fits(run, &err)) {
		advance_end_failed(run, "invalid_input", str_of(arena_strdup(run->arena, err.message)));
	} else {
		FAULT_PLACE("exec.loaded");
		budget_keep(run);
		for (const struct loaded_request *r = run->kept_first; r; r = r->next)
			request_take(run, &r->request);
		requests_take(run, run->loaded_inbox);
		if (run->state != HELD_ACTIVE) /* moved to another version: given back */
			return;
		if (run->inbox_more)
			requests_look(run);
		if (waits_for_resume(run))
			wait_release(run, SLEEP_MS_MAX);
		else
			held_mark_changed(run);
	}
}

void
load_ready(struct executor *ex)
{
	for (struct held *run = ex->first_held; run && ex->loading_count > 0; run = run->next)
		if (run->state == HELD_LOADING && !rest_missing(run) && run->input.p &&
			(run->definition->state == DEFINITION_READY || run->definition->state == DEFINITION_BROKEN) &&
			env_ready(run))
			load_run(run);
}
