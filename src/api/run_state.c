/*
 * What a workflow publishes about a run: made at every question from the run's input and the outputs that its templates
 * name. Two round trips, because only the templates tell which outputs those are; the second is one snapshot.
 */
#include "flow/published.h"

#include "api/call.h"
#include "api/routes.h"
#include "store/run.h"
#include "json/writer.h"

#define OUTPUT_BYTES_MAX ((size_t)8 << 20)

/* Templates name a step in a group by its key, rows by its path. */
static bool
keys_to_paths(struct call *call, struct str nested, struct str *keys, unsigned count, struct err *err)
{
	struct json *paths;
	struct str path;
	if (!json_read(call->arena, nested, &json_limits_stored, &paths, err))
		return false;
	for (unsigned i = 0; i < count; i++)
		if (json_get_str(paths, arena_strz(call->arena, keys[i]), &path))
			keys[i] = path;
	return true;
}

static struct str
key_of(struct str path)
{
	const char *slash = memrchr(path.p, '/', path.n);
	return slash ? (struct str){slash + 1, (size_t)(path.p + path.n - slash - 1)} : path;
}

/* {"input": …, "steps": {KEY: {"output": …}}}; the names of those that were too large go into a list. */
static bool
root_of(struct call *call, struct str input, const struct run_outputs *outputs, struct json **ret_root,
	struct json *ret_too_large, struct err *err)
{
	struct json *root = json_new_object(call->arena), *steps = json_new_object(call->arena), *value;
	if (!json_read(call->arena, input, &json_limits_stored, &value, err))
		return false;
	json_add(root, STR("input"), value);
	json_add(root, STR("steps"), steps);
	for (unsigned i = 0; i < outputs->count; i++) {
		const struct step_output *output = &outputs->list[i];
		if (!output->json.p) {
			json_push(ret_too_large, json_new_str(call->arena, output->path));
			continue;
		}
		struct json *step = json_new_object(call->arena);
		if (!json_read(call->arena, output->json, &json_limits_stored, &value, err))
			return false;
		json_add(step, STR("output"), value);
		json_add(steps, key_of(output->path), step);
	}
	*ret_root = root;
	return true;
}

bool
read_run_state(struct call *call, struct err *err)
{
	struct str text, input, nested, *keys = NULL;
	unsigned count = 0;
	struct run_outputs outputs;
	struct json *state = json_new_object(call->arena), *root, *too_large = json_new_array(call->arena);
	struct id run = call_id(call, "run_id");
	if (!run_state_asked(&call->caller, run, &text, &input, &nested, err))
		return false;
	if (text.n > 0 && (!json_read(call->arena, text, &json_limits_stored, &state, err) ||
				  !published_steps(call->arena, state, &keys, &count, err) ||
				  !keys_to_paths(call, nested, keys, count, err)))
		return false;
	if (!run_outputs(&call->caller, run, keys, count, OUTPUT_BYTES_MAX, &outputs, err) ||
		!root_of(call, input, &outputs, &root, too_large, err))
		return false;
	struct json *answer = json_new_object(call->arena);
	json_add(answer, STR("status"), json_new_str(call->arena, outputs.status));
	json_add(answer, STR("last_event"), json_new_int(call->arena, outputs.last_event));
	json_add(answer, STR("state"), published_fill(call->arena, state, root));
	json_add(answer, STR("too_large"), too_large);
	response_json(call->response, 200, json_text(call->arena, answer));
	return true;
}
