/*
 * The end of a run that cannot be loaded: its workflow cannot be read, or does not fit what was recorded. What its rows show as
 * begun ends with it; of the definition nothing is needed for that.
 */
#include "exec/executor.h"

#include "json/writer.h"

static void
end_step(struct held *run, const struct json *row, struct str error)
{
	struct str path, status;
	enum step_status now;
	int64_t attempt;
	if (!json_get_str(row, "path", &path) || !json_get_str(row, "status", &status) ||
		!json_get_int(row, "attempt", &attempt) || !step_status_parse(status, &now) || now == STEP_PENDING ||
		step_ended(now))
		return;
	struct change *change = journal_add(run, CHANGE_STEP_ENDED);
	change->path = path;
	change->attempt = (int)attempt;
	change->ended.status = STEP_FAILED;
	change->ended.seq = run->seq + 1;
	change->ended.error = error;
	journal_event(run, "step.failed", path, (int)attempt, error);
}

void
unloaded_end(struct held *run, struct str message)
{
	struct json *rows;
	struct str error = error_json(run->arena, "definition", message);
	run->recorded = NULL; /* of those that could be read: they are ended here with the others */
	if (run->loaded_steps.n > 0 && json_read(run->arena, run->loaded_steps, &json_limits_stored, &rows, NULL))
		json_each (row, rows)
			end_step(run, row, error);
	advance_end_failed(run, "definition", message);
	/* The flush notes ends there; all of these in the first place. */
	run->recorded = arena_array(
		run->arena, run->plan.definition ? run->plan.definition->step_count : 1, sizeof *run->recorded);
}
