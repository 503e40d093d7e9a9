/* What people tell a run that waits: decisions and signals. Who carries them out is the run's holder. */
#include "api/call.h"
#include "api/routes.h"
#include "store/run.h"
#include "json/schema.h"
#include "json/writer.h"

#define SIGNAL_BYTES_MAX ((size_t)64 << 10)

static bool
accepted(struct call *call)
{
	call->api->wake_asked = true;
	response_json(call->response, 202, STR("{\"accepted\":true}"));
	return true;
}

/* What comes with an approval is what its form asks for; a rejection brings only a comment. */
static bool
data_fits(const struct call *call, const struct approval *approval, const struct json *data, struct err *err)
{
	struct json *form;
	struct schema *schema;
	if (approval->form.n == 0)
		return true;
	if (!json_read(call->arena, approval->form, &json_limits_stored, &form, err) ||
		!schema_compile(call->arena, form, "", &schema, err))
		return false;
	return schema_check(schema, data ? data : json_new_object(call->arena), "/data", err);
}

bool
decide_approval(struct call *call, struct err *err)
{
	struct approval approval;
	struct str path = STR("");
	struct id run = call_id(call, "run_id");
	const struct json *data = json_get(call->body, "data");
	struct str decision = call_body_text(call, "decision", "");
	call_text(call, "path", &path);
	if (!run_approval(&call->caller, run, path, &approval, err))
		return false;
	if (!approval.waits)
		return err_set(err, ERR_CONFLICT,
			"This step does not wait for a decision. Nothing was changed. Read the run: it says what waits "
			"for one.");
	if (str_is(decision, "approve") && !data_fits(call, &approval, data, err))
		return false;

	struct json *told = json_new_object(call->arena);
	json_add(told, STR("path"), json_new_str(call->arena, path));
	json_add(told, STR("attempt"), json_new_int(call->arena, approval.attempt));
	json_add(told, STR("decision"), json_new_str(call->arena, decision));
	json_add(told, STR("comment"), json_new_str(call->arena, call_body_text(call, "comment", "")));
	if (data)
		json_add(told, STR("data"), json_share(call->arena, data));
	const char *once = arena_printf(call->arena, "approval:%lld:%.*s", (long long)approval.attempt, STR_ARG(path));
	struct ask ask = {.kind = "approval", .data = json_text(call->arena, told), .once = str_of(once)};
	bool first;
	if (!run_ask(&call->caller, run, &ask, &first, err))
		return false;
	if (!first)
		return err_set(err, ERR_CONFLICT,
			"This step was decided a moment ago. Nothing was changed. Read the run to see how.");
	return accepted(call);
}

bool
decide_failure(struct call *call, struct err *err)
{
	struct str path = STR("");
	struct id run = call_id(call, "run_id");
	int64_t attempt;
	bool first;
	call_text(call, "path", &path);
	if (!run_failure(&call->caller, run, path, &attempt, err))
		return false;
	if (attempt == 0)
		return err_set(err, ERR_CONFLICT,
			"Nobody is asked about this step now. Nothing was changed. Read the run: it says which step "
			"asks.");
	struct json *told = json_new_object(call->arena);
	json_add(told, STR("path"), json_new_str(call->arena, path));
	json_add(told, STR("attempt"), json_new_int(call->arena, attempt));
	json_add(told, STR("decision"), json_new_str(call->arena, call_body_text(call, "decision", "")));
	json_add(told, STR("comment"), json_new_str(call->arena, call_body_text(call, "comment", "")));
	const char *once = arena_printf(call->arena, "failure:%lld:%.*s", (long long)attempt, STR_ARG(path));
	struct ask ask = {.kind = "failure", .data = json_text(call->arena, told), .once = str_of(once)};
	if (!run_ask(&call->caller, run, &ask, &first, err))
		return false;
	if (!first)
		return err_set(err, ERR_CONFLICT,
			"This was decided a moment ago. Nothing was changed. Read the run to see how.");
	return accepted(call);
}

bool
signal_run(struct call *call, struct err *err)
{
	struct str name = STR("");
	struct id run = call_id(call, "run_id");
	const struct json *data = json_get(call->body, "data");
	bool known, first;
	call_text(call, "name", &name);
	if (call->body_text.n > SIGNAL_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "A signal carries at most 64 KB. Send where the rest is found instead.");
	if (!run_signals(&call->caller, run, name, &known, err))
		return false;
	if (!known)
		return err_set(err, ERR_NOT_FOUND,
			"No step of this run waits for the signal %.*s. Its workflow says which signals there are.",
			STR_ARG(name));
	struct json *told = json_new_object(call->arena);
	json_add(told, STR("name"), json_new_str(call->arena, name));
	json_add(told, STR("data"), data ? json_share(call->arena, data) : json_new_null(call->arena));
	struct ask ask = {.kind = "signal", .data = json_text(call->arena, told)};
	return run_ask(&call->caller, run, &ask, &first, err) && accepted(call);
}
