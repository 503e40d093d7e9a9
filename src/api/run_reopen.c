/* Running again: from the failed step, any step, the start or a checkpoint; on the same or the latest version; with the
 * same or other models. */
#include "api/call.h"
#include "api/routes.h"
#include "api/run_again.h"
#include "flow/models.h"
#include "flow/plan.h"
#include "store/reopen.h"
#include "json/writer.h"

static bool
model_known(const struct call *call, struct str model, const char *place, struct err *err)
{
	return flow_model_known(model) ||
	       err_issue(err, place, "unknown_model", "%s", flow_model_missing(call->arena, model));
}

/* `model` is for every step, `models` names some; both together: what is named counts. p NULL: neither was given. */
bool
again_models(const struct call *call, struct str *ret_models, struct err *err)
{
	struct str all;
	bool ok = true, has_all = call->body && json_get_str(call->body, "model", &all);
	const struct json *named = call->body ? json_get(call->body, "models") : NULL;
	*ret_models = (struct str){NULL, 0};
	if (!has_all && !named)
		return true;
	struct json *models = json_new_object(call->arena);
	if (has_all) {
		ok = model_known(call, all, "/model", err);
		json_add(models, STR("*"), json_new_str(call->arena, all));
	}
	if (named)
		json_each (model, named) {
			const char *place = arena_printf(call->arena, "/models/%.*s", STR_ARG(model->key));
			if (!model_known(call, model->text, place, err))
				ok = false;
			json_add(models, model->key, json_new_str(call->arena, model->text));
		}
	*ret_models = json_text(call->arena, models);
	return ok;
}

bool
again_latest(const struct call *call)
{
	return call->body && str_is(call_body_text(call, "version", "same"), "latest");
}

static bool
reopen(struct call *call, struct reopen *asked, struct err *err)
{
	asked->latest = again_latest(call);
	asked->planner = PLANNER_VERSION;
	if (!again_models(call, &asked->models, err) || !run_reopen(&call->caller, call_id(call, "run_id"), asked, err))
		return false;
	call->api->wake_asked = true;
	response_json(call->response, 202, STR("{\"accepted\":true}"));
	return true;
}

bool
retry_run(struct call *call, struct err *err)
{
	struct reopen asked = {.from = "failed"};
	const struct json *from = call->body ? json_get(call->body, "from") : NULL;
	if (from && from->type == JSON_OBJECT && json_get_str(from, "step", &asked.step))
		asked.from = "step";
	else if (from && str_is(from->text, "start"))
		asked.from = "start";
	return reopen(call, &asked, err);
}

bool
roll_back_run(struct call *call, struct err *err)
{
	struct reopen asked = {.from = "checkpoint"};
	json_get_int(call->body, "checkpoint", &asked.checkpoint);
	return reopen(call, &asked, err);
}
