/*
 * The kind "prompt": the prompt's text with its variables filled in, sent to a model; the answer is the step's output. The kind "model" is the
 * same for a turn of an agent that has tools: it goes on with what was said before ({"input", "messages"}), and its output is the answer
 * ({"answer"}) or what the model asks for ({"text", "calls"}); see flow/plan_agent.c.
 *
 * The built-in model answers with a script of pieces and the time to wait before each. Pieces that need no waiting are
 * taken at once, without a turn of the loop; text is shown to watchers only when the next piece is still to be waited
 * for, so an answer that comes at once emits nothing.
 */
#include "steps/kinds.h"

#include "flow/template.h"
#include "providers/builtin.h"

#include <stdio.h>

#define PROMPT_MAX ((size_t)4 << 20)
#define ANSWER_MAX ((size_t)16 << 20)

struct prompt_call {
	struct str vendor, model;
	struct builtin_answer answer;
	unsigned next;	 /* piece */
	struct buf text; /* of the pieces that have come */
	size_t emitted;	 /* bytes of it */
	bool called;
};

static void
release_text(void *text)
{
	buf_release(text);
}

static struct step_usage
usage_of(const struct prompt_call *call)
{
	struct step_usage usage = {0};
	if (call->called)
		usage = (struct step_usage){
			.provider = call->vendor, .model = call->model, .model_usage = call->answer.usage};
	return usage;
}

static void
fail(struct step_attempt *attempt, const char *code, struct str message)
{
	struct step_usage usage = usage_of(attempt->state);
	step_fail(attempt, code, message, &usage);
}

static bool
is_turn(const struct step_attempt *attempt)
{
	return attempt->def->part == PART_MODEL;
}

static void
finish_turn(struct step_attempt *attempt, const char *name, struct json *value, const struct json *calls)
{
	struct step_usage usage = usage_of(attempt->state);
	struct json *output = json_new_object(attempt->arena);
	json_add(output, str_of(name), value);
	if (calls)
		json_add(output, STR("calls"), json_share(attempt->arena, calls));
	step_finish(attempt, output, &usage);
}

static void
finish_with(struct step_attempt *attempt, struct json *answer)
{
	struct step_usage usage = usage_of(attempt->state);
	if (is_turn(attempt))
		finish_turn(attempt, "answer", answer, NULL);
	else
		step_finish(attempt, answer, &usage);
}

/* With a schema asked for, the answer is JSON; without one it is a text, whatever it looks like. */
static void
finish(struct step_attempt *attempt)
{
	struct prompt_call *call = attempt->state;
	struct str text = buf_str(&call->text);
	if (buf_overflow(&call->text)) {
		fail(attempt, "answer_too_long",
			STR("The model's answer was longer than 16 MB and was dropped. Ask for less."));
		return;
	}
	if (call->answer.calls) {
		finish_turn(attempt, "text", json_new_str(attempt->arena, text), call->answer.calls);
		return;
	}
	if (!json_get(attempt->def->options, "schema") && !str_is(call->model, "schema")) {
		finish_with(attempt, json_new_str(attempt->arena, text));
		return;
	}
	struct json *output;
	struct err err = {0};
	if (!json_read(attempt->arena, text, &json_limits_stored, &output, &err)) {
		struct str said = str_of(arena_printf(attempt->arena,
			"The model was asked for JSON and answered with something else: %s Run the step again, or "
			"change its prompt.",
			err.message));
		fail(attempt, "invalid_output", said);
		return;
	}
	finish_with(attempt, output);
}

static void
emit_rest(struct step_attempt *attempt)
{
	struct prompt_call *call = attempt->state;
	if (call->emitted == call->text.n)
		return;
	step_emit(attempt, (struct str){call->text.p + call->emitted, call->text.n - call->emitted});
	call->emitted = call->text.n;
}

static void
ended(struct step_attempt *attempt)
{
	struct prompt_call *call = attempt->state;
	const struct builtin_answer *answer = &call->answer;
	if (call->emitted > 0) /* who has seen the beginning sees it to its end */
		emit_rest(attempt);
	if (answer->hangs)
		return; /* until the step's time is over, or somebody cancels */
	if (answer->failure)
		fail(attempt, answer->failure, str_of(answer->failure_text ? answer->failure_text : ""));
	else
		finish(attempt);
}

static void play(struct step_attempt *attempt);

static void
piece_came(struct step_attempt *attempt)
{
	struct prompt_call *call = attempt->state;
	buf_add_str(&call->text, call->answer.pieces[call->next++].text);
	play(attempt);
}

/* Takes pieces until one has to be waited for. */
static void
play(struct step_attempt *attempt)
{
	struct prompt_call *call = attempt->state;
	while (call->next < call->answer.piece_count) {
		const struct builtin_piece *piece = &call->answer.pieces[call->next];
		if (piece->wait_ms > 0) {
			emit_rest(attempt);
			step_timer(attempt, piece->wait_ms, piece_came);
			return;
		}
		buf_add_str(&call->text, piece->text);
		call->next++;
	}
	ended(attempt);
}

/* "builtin/extract" → "builtin", "extract" */
static void
split_model(struct str name, struct str *ret_vendor, struct str *ret_model)
{
	const char *slash = memchr(name.p, '/', name.n);
	size_t n = slash ? (size_t)(slash - name.p) : name.n;
	*ret_vendor = (struct str){name.p, n};
	*ret_model = slash ? (struct str){slash + 1, name.n - n - 1} : (struct str){name.p + n, 0};
}

/* ---- what it is asked ---- */

/* What fills in the prompt. */
static const struct json *
values_of(const struct step_attempt *attempt)
{
	static const struct json nothing = {.type = JSON_OBJECT};
	const struct json *given = is_turn(attempt) ? json_get(attempt->input, "input") : attempt->input;
	return given ? given : &nothing;
}

static void
add_tools(const struct step_attempt *attempt, struct model_request *request)
{
	const struct json *tools = attempt->def->tools;
	struct model_tool *list = arena_array(attempt->arena, tools ? tools->count + 1 : 1, sizeof *list);
	json_each (tool, tools) {
		struct model_tool *t = &list[request->tool_count++];
		*t = (struct model_tool){
			.name = STR(""), .description = STR(""), .schema = json_get(tool, "input_schema")};
		json_get_str(tool, "key", &t->name);
		json_get_str(tool, "description", &t->description);
	}
	request->tools = list;
}

static bool
make_request(const struct step_attempt *attempt, struct str model, struct model_request *ret_request, struct err *err)
{
	*ret_request =
		(struct model_request){.model = model, .options = attempt->def->options, .attempt = attempt->attempt};
	if (is_turn(attempt)) {
		ret_request->messages = json_get(attempt->input, "messages");
		add_tools(attempt, ret_request);
	}
	return template_fill_text(
		attempt->arena, attempt->prompt_text, values_of(attempt), PROMPT_MAX, &ret_request->prompt, err);
}

/* Prices of the built-in model are in its options or, as orders, in its prompt. */
static struct step_ceiling
ceiling(const struct step_attempt *attempt)
{
	struct str vendor, model;
	struct err err = {0};
	struct model_request request;
	split_model(attempt->model, &vendor, &model);
	struct step_ceiling most = {.known = str_is(vendor, "builtin")};
	if (!most.known || !builtin_may_cost(attempt->def->options, attempt->prompt_text, values_of(attempt)))
		return most;
	/* What cannot be filled in or understood will not be called either. */
	if (make_request(attempt, model, &request, &err))
		builtin_ceiling(attempt->arena, &request, &most.nano);
	return most;
}

static void
start(struct step_attempt *attempt)
{
	struct prompt_call *call = arena_new_of(attempt->arena, struct prompt_call);
	attempt->state = call;
	buf_init(&call->text, ANSWER_MAX);
	arena_defer(attempt->arena, release_text, &call->text);
	split_model(attempt->model, &call->vendor, &call->model);

	struct err err = {0};
	struct model_request request;
	if (!make_request(attempt, call->model, &request, &err)) {
		fail(attempt, "template",
			str_of(arena_printf(attempt->arena, "The prompt could not be filled in: %s", err.message)));
		return;
	}
	if (!str_is(call->vendor, "builtin")) {
		fail(attempt, "unknown_model",
			str_of(arena_printf(attempt->arena,
				"There is no model \"%.*s\". Choose another model for this step.",
				STR_ARG(attempt->model))));
		return;
	}
	if (!step_note_call(attempt, attempt->model)) {
		fail(attempt, "request_log",
			STR("The built-in model could not write down the request and did not answer it. "
			    "Look at the file named by builtin_log, then run the step again."));
		return;
	}
	if (!builtin_answer(attempt->arena, &request, &call->answer, &err)) {
		fail(attempt, err_name(err.code), str_of(arena_strdup(attempt->arena, err.message)));
		return;
	}
	call->called = true;
	play(attempt);
}

/* The script is dropped with the attempt's arena, its timer by the executor. */
static void
abort_call(struct step_attempt *attempt, struct step_usage *ret_usage)
{
	const struct prompt_call *call = attempt->state;
	*ret_usage = call ? usage_of(call) : (struct step_usage){0};
}

const struct step_kind step_prompt = {.name = "prompt", .ceiling = ceiling, .start = start, .abort = abort_call};
const struct step_kind step_kind_model = {.name = "model", .ceiling = ceiling, .start = start, .abort = abort_call};
