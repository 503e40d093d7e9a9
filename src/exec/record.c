/*
 * What begins, as rows and events of a run's journal: the run, a step's attempt with what it is given, a wait's look. Ends of attempts are in
 * attempt.c.
 */
#include "exec/executor.h"

#include "base/time.h"
#include "exec/fault_points.h"
#include "json/writer.h"

static struct str
started_data(struct held *run, const struct step_def *def, struct str kind, struct str model)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	json_add(data, STR("name"), json_new_str(arena, def->name));
	json_add(data, STR("kind"), json_new_str(arena, kind));
	json_add(data, STR("model"), model.p ? json_new_str(arena, model) : json_new_null(arena));
	return json_text(arena, data);
}

void
record_run_begun(struct held *run)
{
	if (run->plan.status != RUN_PENDING)
		return;
	run->plan.status = RUN_RUNNING;
	run->plan.begun_us = boot_us() + run->executor->clock_ahead_us; /* perhaps before it was looked at: paused */
	journal_add(run, CHANGE_RUN_STARTED);
	journal_event(run, "run.started", (struct str){0}, 0, (struct str){0});
}

/* What on_start of its workflow has made of its input, if anything. */
void
record_run_with(struct held *run, const struct json *input)
{
	record_run_begun(run);
	run->plan.started = true;
	if (input)
		run->plan.input = json_copy(run->arena, input);
	journal_add(run, CHANGE_RUN_STARTED_WITH)->started_with.input =
		input ? json_text(journal_arena(run), input) : STR("null");
}

/* When a wait looks again; 0: it is looking. */
void
record_look(struct held *run, unsigned index, int64_t due_us)
{
	struct step_state *step = &run->plan.steps[index];
	struct change *change = journal_add(run, CHANGE_STEP_LOOKED);
	step->due_us = due_us;
	change->path = plan_path(&run->plan, index);
	change->attempt = step->attempt;
	change->step = index;
	change->looked.due_us = (struct maybe_int){due_us > 0, due_us};
}

/* The row of an attempt; `input` is text of the journal's, or none. */
struct change *
record_row(struct held *run, unsigned index, int attempt, struct str input)
{
	const struct step_def *def = plan_def(&run->plan, index);
	struct step_state *step = &run->plan.steps[index];
	struct str model = step_model(def, plan_model(&run->plan, index));
	record_run_begun(run);
	if (def->is_poll)
		record_look(run, index - 1, 0);
	step->status = STEP_RUNNING;
	step->attempt = attempt;
	step->due_us = 0;
	step->asked = false;
	struct change *change = journal_add(run, CHANGE_STEP_STARTED);
	change->path = plan_path(&run->plan, index);
	change->attempt = attempt;
	change->step = index;
	change->started.kind = frame_is_iteration(&run->plan, index) ? STR("iteration") : def->kind;
	change->started.input = input;
	journal_large(run, input);
	change->started.model = model;
	change->started.generation = run->generation;
	change->started.digest = cache_digest(run, index, attempt);
	return change;
}

/* The row and the event that say a step has begun. */
struct change *
record_start(struct held *run, unsigned index, int attempt, struct str input)
{
	const struct step_def *def = plan_def(&run->plan, index);
	struct change *change = record_row(run, index, attempt, input);
	run->plan.begun_steps += !step_has_steps(def);
	journal_event(run, "step.started", change->path, attempt,
		started_data(run, def, change->started.kind, change->started.model));
	return change;
}

/* What a step is given, as text. False: that is too much, and the step has begun and failed. */
bool
record_input(struct held *run, const struct action *action, struct str *ret_text, struct str *ret_sealed)
{
	*ret_text = *ret_sealed = (struct str){0};
	if (action->input)
		*ret_text = env_input_text(run, action, ret_sealed);
	if (ret_text->n <= INPUT_MAX)
		return true;
	record_start(run, action->step, action->attempt, (struct str){0});
	attempt_record_end(run, action->step, STEP_FAILED, NULL,
		error_json(run->arena, "input_too_large",
			STR("The step's input, filled in, is more than 80 MB of JSON, the most a step is given. "
			    "Refer to less, or shorten it first.")),
		NULL, 0);
	return false;
}

/* The request that a step needed goes with what it led to, in one flush. */
void
record_used(struct held *run, const struct message *used)
{
	for (struct message *m = run->plan.messages; used && m; m = m->next)
		if (m == used) {
			m->used = true;
			if (!MUTATED("message_kept"))
				journal_add(run, CHANGE_INBOX)->inbox.id = m->id;
		}
}

struct str
record_by(struct held *run, struct str by)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	json_add(data, STR("by"), by.n > 0 ? json_new_str(arena, by) : json_new_null(arena));
	return json_text(arena, data);
}
