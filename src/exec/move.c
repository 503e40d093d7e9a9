/*
 * A run is to go on with another version of its workflow. Whether what it has begun fits that version was decided when it was asked for
 * (api/run_move.c), by what there was up to an event; it holds if there is no later one, and no call is under way. Then the version
 * is recorded, in one flush with the event and the removal of the request, and the run is given back: whoever claims it next loads it with the
 * other definition.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "json/writer.h"

static struct str
moved_data(struct held *run, int64_t version, int64_t before, struct str by)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	json_add(data, STR("version"), json_new_int(arena, version));
	json_add(data, STR("version_before"), json_new_int(arena, before));
	json_add(data, STR("by"), by.n > 0 ? json_new_str(arena, by) : json_new_null(arena));
	return json_text(arena, data);
}

bool
take_move(struct held *run, const struct request *request)
{
	struct json *data;
	int64_t version, before, steps, planner, seq;
	bool started;
	if (!json_read(run->arena, request->data, &json_limits_stored, &data, NULL) ||
		!json_get_int(data, "version", &version) || !json_get_int(data, "version_before", &before) ||
		!json_get_int(data, "steps", &steps) || !json_get_int(data, "planner", &planner) ||
		!json_get_int(data, "seq", &seq) || !json_get_bool(data, "started", &started))
		return true;
	struct str told = moved_data(run, version, before, request->by);
	if (run->seq != seq || run->plan.started != started || run->attempts || run->plan.cancel_asked) {
		journal_event(run, "run.not_moved", (struct str){0}, 0, told);
		return true;
	}
	struct change *change = journal_add(run, CHANGE_RUN_MOVED);
	change->run_moved.version = version;
	change->run_moved.steps = steps;
	change->run_moved.planner = planner;
	journal_event(run, "run.moved", (struct str){0}, 0, told);
	wait_release(run, 0);
	log_debug("run moved", LOG_STR("run", run->id_text), LOG_INT("version", version));
	return true;
}
