/*
 * Forks: a new run that begins at a step of another one, with another input, another input of that step, another version or
 * other models. What is checked needs the definition, so a fork takes two round trips: look, then make; when the version
 * has changed in between, nothing is made.
 */
#include "api/call.h"
#include "api/routes.h"
#include "api/run_again.h"
#include "flow/definition.h"
#include "flow/plan.h"
#include "store/reopen.h"
#include "json/schema.h"
#include "json/schema_defaults.h"
#include "json/writer.h"

#include <string.h>

#define ROUNDS_MAX 4

struct forking {
	struct call *call;
	struct fork_source source;
	struct fork_new made;
	const struct json *input, *step_input; /* NULL: as they were */
};

static bool
read_json(struct call *call, struct str text, struct json **ret_value, struct err *err)
{
	return json_read(call->arena, text, &json_limits_stored, ret_value, err);
}

/* A new input has to fit, and so has the old one when another version takes it. */
static bool
input_fits(struct forking *f, struct err *err)
{
	struct call *call = f->call;
	const struct json *input = f->input;
	struct json *doc, *old;
	struct schema *schema;
	if (!input && !f->source.other_version)
		return true;
	if (!read_json(call, f->source.schema, &doc, err) || !schema_compile(call->arena, doc, "", &schema, err))
		return false;
	if (!input) {
		if (!read_json(call, f->source.input, &old, err))
			return false;
		input = old;
	}
	if (!schema_fill(call->arena, doc, input, &input, err) || !schema_check(schema, input, "/input", err))
		return false;
	if (f->input)
		f->made.input = json_text(call->arena, input);
	return true;
}

/* It replaces the whole mapping, so every variable of the prompt must be in it. */
static bool
step_input_fits(struct forking *f, struct err *err)
{
	struct json *variables;
	bool ok = true;
	if (!f->step_input)
		return true;
	enum step_control control = step_control(f->source.kind);
	if (control != CONTROL_APPROVAL && !str_is(f->source.kind, "prompt"))
		return err_issue(err, "/step_input", "not_taken", "a step of the kind %.*s takes no input",
			STR_ARG(f->source.kind));
	if (!f->source.variables.p)
		return true;
	if (!read_json(f->call, f->source.variables, &variables, err))
		return false;
	json_each (name, variables)
		if (!json_get_by(f->step_input, name->text))
			ok = err_issue(err, "/step_input", "required", "misses %.*s, which the prompt asks for",
				STR_ARG(name->text));
	return ok;
}

static bool
models_fit(struct forking *f, struct err *err)
{
	struct json *models, *asking = NULL;
	bool ok = true;
	if (!f->made.models.p)
		return true;
	if (!read_json(f->call, f->made.models, &models, err) ||
		(f->source.asks_models.p && !read_json(f->call, f->source.asks_models, &asking, err)))
		return false;
	json_each (model, models) {
		bool known = str_is(model->key, "*");
		if (asking)
			json_each (key, asking)
				known = known || str_eq(key->text, model->key);
		if (!known)
			ok = err_issue(err, arena_printf(f->call->arena, "/models/%.*s", STR_ARG(model->key)),
				"unknown_step", "is no step that asks a model; the version's definition says which do");
	}
	return ok;
}

/* A step in a loop is one of an iteration, and of one that the run has begun. */
static bool
step_there(const struct forking *f, struct err *err)
{
	struct str step = f->made.step;
	int64_t iterations = 0;
	for (size_t i = 0; i < step.n; i++)
		iterations += step.p[i] == '[';
	if (!f->source.kind.p)
		return err_issue(err, "/step", "unknown_step",
			"is no step of version %lld, whose definition says which there are",
			(long long)f->source.version);
	if (step.p[step.n - 1] == ']')
		return err_issue(err, "/step", "unknown_step",
			"is an iteration, and a fork begins at a step: name one in it, such as %.*s/send",
			STR_ARG(step));
	if (iterations != f->source.loops)
		return err_issue(err, "/step", "iteration_needed",
			"stands in a loop, and is another step in each iteration: name that, such as each[3]/send");
	if (f->source.missing.p)
		return err_issue(err, "/step", "unknown_iteration",
			"is in %.*s, which this run has not begun: name one that it has", STR_ARG(f->source.missing));
	return true;
}

static bool
look(struct forking *f, struct err *err)
{
	struct call *call = f->call;
	if (!run_fork_source(&call->caller, call_id(call, "run_id"), f->made.step, f->made.latest, &f->source, err))
		return false;
	if (!step_there(f, err))
		return false;
	bool ok = input_fits(f, err);
	ok = step_input_fits(f, err) && ok;
	return models_fit(f, err) && ok;
}

/* What the run had for its steps, and what is given now. */
static bool
merge_step_inputs(struct forking *f, struct err *err)
{
	struct call *call = f->call;
	struct json *before, *merged = json_new_object(call->arena);
	if (!f->step_input)
		return true;
	if (f->source.step_inputs.p) {
		if (!read_json(call, f->source.step_inputs, &before, err))
			return false;
		json_each (input, before)
			if (!str_eq(input->key, f->made.step))
				json_add(merged, input->key, json_share(call->arena, input));
	}
	json_add(merged, f->made.step, json_share(call->arena, f->step_input));
	f->made.step_inputs = json_text(call->arena, merged);
	return true;
}

bool
fork_run(struct call *call, struct err *err)
{
	struct forking f = {.call = call, .made = {.id = id_new(), .planner = PLANNER_VERSION}};
	struct once once = call_once(call);
	f.made.step = call_body_text(call, "step", "");
	f.made.latest = again_latest(call);
	f.input = json_get(call->body, "input");
	f.step_input = json_get(call->body, "step_input");
	if (!again_models(call, &f.made.models, err))
		return false;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		struct created created;
		if (!look(&f, err) || !merge_step_inputs(&f, err))
			return false;
		f.made.version = f.source.version;
		bool ok = run_fork(&call->caller, call_id(call, "run_id"), &f.made, &once, &created, err);
		if (ok || err->code != ERR_PRECONDITION) {
			call->api->wake_asked = ok && !created.replayed;
			return call_created(call, ok, &created, &once, err);
		}
		err_clear(err);
	}
	return err_set(err, ERR_UNAVAILABLE, "The run is being changed at this moment. Nothing was made. Try again.");
}
