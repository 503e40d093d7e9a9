/*
 * A run that had ended when it was claimed. Somebody asked for its next generation: that begins with an event, in one
 * flush with the removal of the request, and the run is given back. Whoever claims it next loads it afresh, with the
 * definition, the step runs and the models of that generation. What it goes on from was decided when it was asked for, from
 * rows that nothing changes any more (sql/migrations, run_reopen).
 *
 * When nothing is asked for, or too late, the run goes back to where ended runs are.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "exec/fault_points.h"
#include "json/writer.h"

struct reopening {
	struct str id_text, by;
	struct id id;
	const struct json *data;
	int64_t generation, version, steps, planner;
	const struct json *reused, *models;
};

/* The request, if it is of the generation that has ended; with one of an earlier generation somebody else was faster. */
static bool
read_request(const struct held *run, const struct json *row, struct reopening *ret)
{
	struct reopening r = {0};
	struct str kind;
	int64_t asked_of = 0;
	if (!json_get_str(row, "kind", &kind) || !str_is(kind, "reopen") || !json_get_str(row, "id", &r.id_text) ||
		!id_parse(r.id_text, &r.id) || !json_get_int(row, "generation", &asked_of) ||
		asked_of != run->generation)
		return false;
	json_get_str(row, "by", &r.by);
	r.data = json_get(row, "data");
	if (!r.data || !json_get_int(r.data, "generation", &r.generation) ||
		!json_get_int(r.data, "version", &r.version) || !json_get_int(r.data, "steps", &r.steps) ||
		!json_get_int(r.data, "planner", &r.planner) || r.generation != run->generation + 1)
		return false;
	r.reused = json_get(r.data, "reused");
	r.models = json_get(r.data, "models");
	*ret = r;
	return r.reused && r.reused->type == JSON_OBJECT;
}

/* Kept as it was asked, less what is the engine's own. */
static struct str
event_data(struct held *run, const struct reopening *r)
{
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	static const char *const told[] = {"generation", "from", "version", "version_before", "models", "reused"};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		const struct json *value = json_get(r->data, told[i]);
		json_add(data, str_of(told[i]), value ? json_copy(arena, value) : json_new_null(arena));
	}
	json_add(data, STR("by"), r->by.n > 0 ? json_new_str(arena, r->by) : json_new_null(arena));
	return json_text(arena, data);
}

static void
reopen(struct held *run, const struct reopening *r)
{
	struct arena *arena = journal_arena(run);
	FAULT_PLACE("exec.reopen");
	struct change *change = journal_add(run, CHANGE_RUN_REOPENED);
	change->run_reopened.generation = r->generation;
	change->run_reopened.version = r->version;
	change->run_reopened.steps = r->steps;
	change->run_reopened.planner = r->planner;
	change->run_reopened.kept = json_text(arena, r->reused);
	if (r->models && r->models->type == JSON_OBJECT && r->models->count > 0)
		change->run_reopened.models = json_text(arena, r->models);
	change->run_reopened.request = r->id;
	journal_event(run, "run.reopened", (struct str){0}, 0, event_data(run, r));
	journal_add(run, CHANGE_INBOX)->inbox.id = r->id;
	wait_release(run, 0);
	log_debug("run reopened", LOG_STR("run", run->id_text), LOG_INT("generation", r->generation));
}

void
reopen_ended(struct held *run)
{
	struct json *rows;
	struct reopening request;
	if (run->strikes < STRIKES_MAX && run->loaded_inbox.n > 0 &&
		json_read(run->arena, run->loaded_inbox, &json_limits_stored, &rows, NULL))
		json_each (row, rows)
			if (read_request(run, row, &request)) {
				reopen(run, &request);
				return;
			}
	log_warn("an ended run was due, and nothing is asked of it", LOG_STR("run", run->id_text),
		LOG_INT("strikes", run->strikes));
	journal_add(run, CHANGE_RUN_FORGOTTEN);
	run->state = HELD_ENDING;
}
