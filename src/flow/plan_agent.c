/*
 * Agents that have tools. A turn gives on what has been said so far, so that the next one knows all of it and nothing else is looked at:
 *
 *	{"messages": [{"role": "assistant", "text": "…", "calls": [{"id": "1", "name": "weather", "input": {"city": "Bern"}}]},
 *	              {"role": "tool", "id": "1", "name": "weather", "output": …}, …]}
 *
 * or the model's answer, {"answer": …}, and then the agent ends. A tool that failed has {"error": {"code", "message"}} in place of its output.
 */
#include "flow/plan_agent.h"

#include "flow/plan_scope.h"
#include "flow/template.h"
#include "json/schema.h"
#include "json/writer.h"

#define RESULT_BYTES_MAX ((size_t)64 << 10) /* of a tool, that a model is told */

/* Of a turn: the iteration, then its two steps. */
static unsigned
model_of(unsigned turn)
{
	return turn + 1;
}

static unsigned
tools_of(unsigned turn)
{
	return turn + 2;
}

static const struct json *
calls_of(const struct step_state *model)
{
	const struct json *calls =
		model->output && model->output->type == JSON_OBJECT ? json_get(model->output, "calls") : NULL;
	return calls && calls->type == JSON_ARRAY && calls->count > 0 ? calls : NULL;
}

/* The name of the tool that a call asks for. */
static struct str
asked_name(const struct json *call)
{
	struct str name = STR("");
	if (call && call->type == JSON_OBJECT)
		json_get_str(call, "name", &name);
	return name;
}

bool
planner_unasked(const struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	if (frame_is_iteration(p->state, index))
		return false;
	if (def->part == PART_TOOLS) {
		const struct step_state *model = &p->state->steps[index - 1];
		return model->status == STEP_COMPLETED && !model->output_away && !calls_of(model);
	}
	if (def->part != PART_TOOL)
		return false;
	const struct frame *call = frame_of(p->state, index);
	return call && call->item && !str_eq(asked_name(call->item), def->key);
}

/* What was said in the turns before one; NULL: nothing. False: that is on its way. */
static bool
messages_before(struct planner *p, unsigned turn, const struct json **ret_messages)
{
	const struct frame *f = frame_of(p->state, turn), *before = p->state->steps[f->step].loop.frames;
	*ret_messages = NULL;
	while (before && before->index + 1 != f->index)
		before = before->next;
	if (!before)
		return true;
	if (planner_fetch(p, before->base))
		return false;
	const struct json *said = p->state->steps[before->base].output;
	if (said && said->type == JSON_OBJECT)
		*ret_messages = json_get(said, "messages");
	return true;
}

/* ---- beginnings ---- */

static void
fail_open(struct planner *p, unsigned index, int attempt, const char *code, struct str message)
{
	planner_add_about(p, ACTION_FAIL, index, attempt)->error = planner_error_text(p->arena, code, message, STR(""));
}

static void
open_calls(struct planner *p, unsigned index, int attempt)
{
	const struct step_state *model = &p->state->steps[index - 1];
	const struct json *calls = calls_of(model);
	if (planner_fetch(p, index - 1))
		return;
	if (calls && calls->count > def_of(p, index)->max_iterations)
		fail_open(p, index, attempt, "max_iterations",
			str_of(arena_printf(p->arena, "The model asked for %u tools at once, and %u are the most.",
				calls->count, def_of(p, index)->max_iterations)));
	else
		planner_add_about(p, ACTION_OPEN, index, attempt)->input =
			calls ? json_share(p->arena, calls) : json_new_array(p->arena);
}

void
planner_open_agent(struct planner *p, unsigned index, int attempt)
{
	const struct json *given = plan_input(p->state, index);
	struct json *input;
	struct err err = {0};
	if (def_of(p, index)->part == PART_TOOLS)
		open_calls(p, index, attempt);
	else if (given)
		planner_add_about(p, ACTION_OPEN, index, attempt)->input = plan_share(p->arena, given);
	else if (template_fill_all(
			 p->arena, def_of(p, index)->items, plan_scope(p->arena, p->state, index), &input, &err))
		planner_add_about(p, ACTION_OPEN, index, attempt)->input = input;
	else
		fail_open(p, index, attempt, "template",
			str_of(arena_printf(p->arena, "Its input could not be filled in: %s", err.message)));
}

struct json *
planner_model_input(struct planner *p, unsigned index)
{
	const struct frame *turn = frame_of(p->state, index);
	const struct json *messages;
	struct json *input = json_new_object(p->arena);
	if (!messages_before(p, turn->base, &messages))
		return NULL;
	json_add(input, STR("input"), plan_share(p->arena, p->state->steps[turn->step].loop.items));
	if (messages)
		json_add(input, STR("messages"), plan_share(p->arena, messages));
	return input;
}

bool
planner_tool_fits(struct planner *p, unsigned index, int attempt)
{
	const struct frame *call = frame_of(p->state, index);
	const struct json *input = call && call->item ? json_get(call->item, "input") : NULL;
	struct schema *schema;
	struct err found = {0};
	if (!input || input->type != JSON_OBJECT) {
		fail_open(p, index, attempt, "invalid_input", STR("A tool is given an object."));
		return false;
	}
	if (!def_of(p, index)->schema || (schema_compile(p->arena, def_of(p, index)->schema, "", &schema, &found) &&
						 schema_check(schema, input, "", &found)))
		return true;
	const char *path = found.issue_count > 0 ? found.issues[0].path : "";
	fail_open(p, index, attempt, "invalid_input",
		str_of(arena_printf(p->arena, "The input does not fit this tool's input_schema: %s %s",
			*path ? path : "it", found.issue_count > 0 ? found.issues[0].message : found.message)));
	return false;
}

/* ---- ends ---- */

static void
complete(struct planner *p, unsigned index, const struct json *output)
{
	struct action *action = planner_add_about(p, ACTION_COMPLETE, index, p->state->steps[index].attempt);
	action->begun = true;
	action->output = output;
}

static void
copy_member(struct arena *arena, const struct json *from, const char *name, struct json *to)
{
	const struct json *value = from && from->type == JSON_OBJECT ? json_get(from, name) : NULL;
	if (value)
		json_add(to, str_of(name), plan_share(arena, value));
}

static struct json *
error_of(struct arena *arena, const char *code, struct str message)
{
	struct json *error = json_new_object(arena);
	json_add(error, STR("code"), json_new_str(arena, str_of(code)));
	json_add(error, STR("message"), json_new_str(arena, message));
	return error;
}

/* What a model is told is bounded: of more the beginning, as text. */
static struct json *
result_of(struct arena *arena, const struct json *output)
{
	if (!output || json_weigh(output, RESULT_BYTES_MAX) < RESULT_BYTES_MAX)
		return plan_share(arena, output);
	struct str text = output->type == JSON_STRING ? output->text : json_text(arena, output);
	if (text.n <= RESULT_BYTES_MAX)
		return plan_share(arena, output);
	size_t n = RESULT_BYTES_MAX;
	while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return json_new_str(arena, str_of(arena_printf(arena, "%.*s… (%zu bytes of %zu)", (int)n, text.p, n, text.n)));
}

/* One call: the tool that was asked for has ended, or there is none. */
static void
end_call(struct planner *p, unsigned index)
{
	const struct frame *call = frame_of(p->state, index);
	struct json *result = json_new_object(p->arena), *error = NULL;
	unsigned tool = index + 1;
	while (tool < end_of(p, index) && !str_eq(def_of(p, tool)->key, asked_name(call->item)))
		tool = end_of(p, tool);
	bool known = tool < end_of(p, index);
	if (known && planner_fetch(p, tool))
		return;
	copy_member(p->arena, call->item, "id", result);
	copy_member(p->arena, call->item, "name", result);
	if (!known)
		error = error_of(p->arena, "unknown_tool", STR("There is no such tool."));
	else if (p->state->steps[tool].status == STEP_COMPLETED)
		json_add(result, STR("output"), result_of(p->arena, p->state->steps[tool].output));
	else if (!json_read(p->arena, p->state->steps[tool].error, &json_limits_stored, &error, NULL))
		error = error_of(p->arena, "failed", STR("It was not done."));
	if (error) {
		struct json *told = json_new_object(p->arena);
		copy_member(p->arena, error, "code", told);
		copy_member(p->arena, error, "message", told);
		json_add(result, STR("error"), told);
	}
	complete(p, index, result);
}

static void
add_results(struct planner *p, const struct json *results, struct json *messages)
{
	json_each (result, results) {
		struct json *message = json_new_object(p->arena);
		json_add(message, STR("role"), json_new_str(p->arena, STR("tool")));
		if (result->type == JSON_OBJECT)
			json_each (member, result)
				json_add(message, member->key, plan_share(p->arena, member));
		json_push(messages, message);
	}
}

static void
end_turn(struct planner *p, unsigned index)
{
	const struct step_state *model = &p->state->steps[model_of(index)], *tools = &p->state->steps[tools_of(index)];
	struct json *output = json_new_object(p->arena), *messages = json_new_array(p->arena);
	const struct json *earlier;
	if (planner_fetch(p, model_of(index)) || planner_fetch(p, tools_of(index)) ||
		!messages_before(p, index, &earlier))
		return;
	if (!calls_of(model)) {
		copy_member(p->arena, model->output, "answer", output);
		if (output->count == 0) /* an empty one, too */
			json_add(output, STR("answer"), json_new_null(p->arena));
		complete(p, index, output);
		return;
	}
	json_each (message, earlier)
		json_push(messages, plan_share(p->arena, message));
	struct json *said = json_new_object(p->arena);
	json_add(said, STR("role"), json_new_str(p->arena, STR("assistant")));
	copy_member(p->arena, model->output, "text", said);
	copy_member(p->arena, model->output, "calls", said);
	json_push(messages, said);
	add_results(p, tools->output, messages);
	json_add(output, STR("messages"), messages);
	complete(p, index, output);
}

void
planner_end_turn(struct planner *p, unsigned index)
{
	if (def_of(p, index)->part == PART_TOOLS)
		end_call(p, index);
	else
		end_turn(p, index);
}

const struct json *
planner_agent_answer(const struct planner *p, unsigned index)
{
	const struct loop_state *l = &p->state->steps[index].loop;
	const struct frame *last = l->frames;
	while (last && last->index + 1 != l->begun)
		last = last->next;
	const struct json *said = last ? p->state->steps[last->base].output : NULL;
	return said && said->type == JSON_OBJECT ? json_get(said, "answer") : NULL;
}

struct str
planner_too_many_turns(struct planner *p, const struct step_def *def)
{
	return planner_error_text(p->arena, "max_turns",
		str_of(arena_printf(p->arena,
			"The agent has not come to an answer within %u turns. Raise its max_turns, or ask for less at "
			"once.",
			def->max_iterations)),
		STR(""));
}
