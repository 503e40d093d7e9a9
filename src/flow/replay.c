/* What the code of a workflow is given, and what it answers; see replay.h. */
#include "flow/replay.h"

#include "flow/frame.h"
#include "flow/plan_scope.h"
#include "json/writer.h"

static const struct json_limits limits_answer = {(size_t)8 << 20, 128, 1000000};

unsigned
replay_ends(struct arena *arena, const struct run_state *state, struct replay_end **ret_ends)
{
	unsigned count = 0;
	*ret_ends = arena_array(arena, state->definition->step_count, sizeof **ret_ends);
	for (unsigned i = 0; i < state->definition->step_count; i = frame_end(state, i))
		if (plan_step_over(arena, state, i))
			(*ret_ends)[count++] = (struct replay_end){.step = i};
	return count;
}

static struct json *
history_of(struct arena *arena, const struct run_state *state, const struct replay_end *ends, unsigned count)
{
	struct json *history = json_new_array(arena), *error;
	for (unsigned i = 0; i < count; i++) {
		const struct step_state *step = &state->steps[ends[i].step];
		struct json *one = json_new_object(arena);
		json_add(one, STR("key"), json_new_str(arena, plan_def(state, ends[i].step)->key));
		json_add(one, STR("seq"), json_new_int(arena, ends[i].seq));
		json_add(one, STR("at"), json_new_int(arena, ends[i].ms));
		json_add(one, STR("status"), json_new_str(arena, str_of(step_status_name(step->status))));
		if (step->status == STEP_COMPLETED)
			json_add(one, STR("output"), plan_share(arena, step->output));
		if (step->status == STEP_FAILED && step->error.n > 0 &&
			json_read(arena, step->error, &json_limits_stored, &error, NULL))
			json_add(one, STR("error"), error);
		json_push(history, one);
	}
	return history;
}

struct json *
replay_scope(struct arena *arena, const struct run_state *state, struct str run, int64_t started_ms,
	const struct replay_end *ends, unsigned count)
{
	struct json *scope = json_new_object(arena), *begun = json_new_array(arena);
	for (unsigned i = 0; i < state->definition->step_count; i = frame_end(state, i))
		if (state->steps[i].status == STEP_RUNNING || state->steps[i].status == STEP_WAITING)
			json_push(begun, json_new_str(arena, plan_def(state, i)->key));
	json_add(scope, STR("run"), json_new_str(arena, run));
	json_add(scope, STR("input"), plan_share(arena, state->input));
	json_add(scope, STR("started"), json_new_int(arena, started_ms));
	json_add(scope, STR("history"), history_of(arena, state, ends, count));
	json_add(scope, STR("begun"), begun);
	return scope;
}

struct replay
replay_failed_with(struct arena *arena, const char *code, const char *message)
{
	struct json *error = json_new_object(arena);
	json_add(error, STR("code"), json_new_str(arena, str_of(code)));
	json_add(error, STR("message"), json_new_str(arena, str_of(message)));
	return (struct replay){.known = true, .over = true, .error = json_text(arena, error)};
}

struct replay
replay_told(struct arena *arena, struct str text)
{
	struct json *said;
	struct str state = STR("");
	if (!json_read(arena, arena_str(arena, text), &limits_answer, &said, NULL) ||
		!json_get_str(said, "state", &state))
		return replay_failed_with(arena, "code",
			"What the workflow's code gave is no JSON that can be kept: half a character, a zero byte, or "
			"nested "
			"too deeply.");
	struct replay told = {.known = true, .asks = json_get(said, "asks"), .output = json_get(said, "output")};
	const struct json *error = json_get(said, "error");
	told.over = !str_is(state, "waits");
	if (!str_is(state, "failed"))
		return told;
	if (!error || error->type != JSON_OBJECT)
		return replay_failed_with(arena, "code", "The workflow's code failed.");
	told.error = json_text(arena, error);
	return told;
}
