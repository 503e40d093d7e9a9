/*
 * A run that has not ended goes on with another version of its workflow, when what it has begun fits that one. It is decided here, from one
 * moment's rows; whoever holds the run does it only if nothing has happened since (exec/move.c).
 */
#include "api/call.h"
#include "api/routes.h"
#include "flow/move.h"
#include "flow/plan.h"
#include "store/move.h"
#include "store/run.h"
#include "json/schema.h"
#include "json/schema_defaults.h"
#include "json/writer.h"

static bool
read_definition(
	struct call *call, struct str text, struct json **ret_doc, struct definition **ret_definition, struct err *err)
{
	return json_read(call->arena, text, &json_limits_stored, ret_doc, err) &&
	       definition_read(call->arena, *ret_doc, ret_definition, err);
}

static bool
read_begun(struct call *call, struct str text, struct begun **ret_begun, unsigned *ret_count, struct err *err)
{
	struct json *rows;
	if (!json_read(call->arena, text, &json_limits_stored, &rows, err))
		return false;
	struct begun *begun = arena_array(call->arena, rows->count + 1, sizeof *begun);
	unsigned n = 0;
	json_each (row, rows) {
		begun[n].path = json_at(row, 0)->text;
		begun[n].retries = str_is(json_at(row, 2)->text, "retry");
		begun[n].asks = str_is(json_at(row, 2)->text, "decision");
		if (step_status_parse(json_at(row, 1)->text, &begun[n].status))
			n++;
	}
	*ret_begun = begun;
	*ret_count = n;
	return true;
}

/* Its input was checked against the schema of its version, and is what the other's templates will be filled from. */
static bool
input_fits(struct call *call, const struct move_source *source, const struct definition *wanted, struct err *err)
{
	struct schema *schema;
	struct json *doc;
	const struct json *input;
	struct err why = {0};
	if (!wanted->input)
		return true;
	if (!json_read(call->arena, source->input, &json_limits_stored, &doc, err) ||
		!schema_fill(call->arena, wanted->input, doc, &input, err) ||
		!schema_compile(call->arena, wanted->input, "", &schema, err))
		return false;
	if (schema_check(schema, input, "/input", &why))
		return true;
	return err_set(err, ERR_CONFLICT,
		"Version %lld takes another input than this run has. At %s: %s Nothing was changed. Start a new run of "
		"it.",
		(long long)source->wanted, why.issue_count > 0 ? why.issues[0].path : "/input",
		why.issue_count > 0 ? why.issues[0].message : why.message);
}

static bool
may_move(struct call *call, const struct move_source *source, struct json **ret_wanted, struct err *err)
{
	struct json *docs[2];
	struct definition *now, *wanted;
	struct begun *begun;
	unsigned count;
	if (str_is(source->status, "completed") || str_is(source->status, "failed") ||
		str_is(source->status, "cancelled"))
		return err_set(err, ERR_CONFLICT,
			"The run has already ended: it is %.*s. Nothing was changed. Retry it on the other version.",
			STR_ARG(source->status));
	if (source->version == source->wanted)
		return err_set(err, ERR_CONFLICT,
			"The run is on version %lld already. Nothing was changed. Name another one.",
			(long long)source->version);
	if (source->copying)
		return err_set(err, ERR_CONFLICT,
			"This run is a copy that is still being made. Nothing was changed. Try again in a moment.");
	if (source->calling.p)
		return err_set(err, ERR_CONFLICT,
			"Step \"%.*s\" is being worked on right now, so the run does not wait. Nothing was changed. "
			"Pause "
			"the run, and move it when the step has finished.",
			STR_ARG(source->calling));
	if (!read_definition(call, source->now_text, &docs[0], &now, err) ||
		!read_definition(call, source->wanted_text, &docs[1], &wanted, err) ||
		!read_begun(call, source->begun, &begun, &count, err) ||
		!definition_moves(now, wanted, source->wanted, source->started, begun, count, err))
		return false;
	*ret_wanted = docs[1];
	return input_fits(call, source, wanted, err);
}

bool
move_run(struct call *call, struct err *err)
{
	struct id run = call_id(call, "run_id");
	struct move_source source;
	struct json *wanted = NULL;
	int64_t version = 0;
	bool first;
	if (call->body)
		json_get_int(call->body, "version", &version);
	if (!run_move_source(&call->caller, run, version, &source, err) || !may_move(call, &source, &wanted, err))
		return false;
	struct json *told = json_new_object(call->arena);
	json_add(told, STR("version"), json_new_int(call->arena, source.wanted));
	json_add(told, STR("version_before"), json_new_int(call->arena, source.version));
	json_add(told, STR("steps"), json_new_int(call->arena, definition_step_count(json_get(wanted, "steps"))));
	json_add(told, STR("planner"), json_new_int(call->arena, PLANNER_VERSION));
	json_add(told, STR("seq"), json_new_int(call->arena, source.seq));
	json_add(told, STR("started"), json_new_bool(call->arena, source.started));
	struct ask ask = {.kind = "move", .data = json_text(call->arena, told)};
	if (!run_ask(&call->caller, run, &ask, &first, err))
		return false;
	call->api->wake_asked = true;
	response_json(call->response, 202, STR("{\"accepted\":true}"));
	return true;
}
