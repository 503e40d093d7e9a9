/* JavaScript of a run without a server: a stepmill-js for each question. */
#include "cli/play.h"

#include "flow/plan_scope.h"
#include "flow/replay.h"
#include "js/ask.h"
#include "json/writer.h"

#include <stdlib.h>
#include <unistd.h>

#define EVALUATE_CPU_MS 250
#define HANDLER_CPU_MS 1000
#define ASK_MS 60000

static const struct json_limits limits_value = {JS_VALUES_MAX, 128, 1000000};

/* Beside this program, where it was built; or where it was installed. */
const char *
play_js(struct arena *arena)
{
	const char *given = getenv("STEPMILL_JS");
	char self[4096];
	if (given && *given)
		return given;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return NULL;
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	*(slash ? slash : self) = '\0';
	const char *beside = arena_printf(arena, "%s/stepmill-js", self),
		   *installed = arena_printf(arena, "%s/../sbin/stepmill-js", self);
	return access(beside, X_OK) != 0 && access(installed, X_OK) == 0 ? installed : beside;
}

struct str
play_error(struct arena *arena, const char *code, const char *message)
{
	struct json *error = json_new_object(arena);
	json_add(error, STR("code"), json_new_str(arena, str_of(code)));
	json_add(error, STR("message"), json_new_str(arena, str_of(message)));
	return json_text(arena, error);
}

/* False: it gave no value, and `ret_error` says why. */
static bool
value_of(struct arena *arena, const char *code, const struct js_result *result, const char *what,
	const struct json **ret_value, struct str *ret_error)
{
	static const char *const why[] = {
		[JS_OK] = "What it gave is no JSON that can be kept.",
		[JS_NOTHING] = "It gave nothing (undefined).",
		[JS_THREW] = NULL,
		[JS_SYNTAX] = NULL,
		[JS_TIMED_OUT] = "It computed for too long and was stopped.",
		[JS_TOO_LARGE] = "It gave more than 8 MB.",
	};
	struct json *value;
	if (result->status == JS_OK && json_read(arena, arena_str(arena, result->text), &limits_value, &value, NULL)) {
		*ret_value = value;
		return true;
	}
	const char *reason = why[result->status < JS_STATUSES ? result->status : JS_OK];
	if (!reason)
		reason = arena_strz(arena, result->text);
	*ret_error = play_error(
		arena, result->status == JS_TIMED_OUT ? "timeout" : code, arena_printf(arena, "%s%s", what, reason));
	return false;
}

static bool
ask(struct play *play, struct js_request *request, struct js_answer *ret_answer, struct err *err)
{
	request->now_ms = play->state.now_us / 1000;
	return js_ask_alone(play_js(play->arena), request, ASK_MS, play->arena, ret_answer, err);
}

/* What the code of a handler returned, if anything. */
static bool
returned_by(struct play *play, const struct js_answer *answer, const char *what, const struct json **ret_returned,
	struct str *ret_error)
{
	return answer->results[0].status == JS_NOTHING ||
	       value_of(play->arena, "handler", &answer->results[0], what, ret_returned, ret_error);
}

/* As exec/evaluate.c asks one of the workflow, or of a step that makes no call. */
static bool
handle(struct play *play, const struct action *action, struct evaluation *ret_evaluation, struct err *err)
{
	struct arena *arena = play->arena;
	const struct json *returned = NULL;
	struct json *values = json_new_object(arena);
	struct js_answer answer;
	struct js_request request = {
		.kind = JS_CALL,
		.cpu_ms = HANDLER_CPU_MS,
		.seed = plan_seed(&play->state, action->step, action->attempt),
		.scope = json_text(arena, plan_handler_scope(arena, action->input, STR("test"))),
		.sources = action->sources,
		.count = 1,
	};
	if (!ask(play, &request, &answer, err))
		return false;
	const char *whose = action->step >= RUN_STARTER ? "The workflow's handler" : "Its handler";
	const char *what = arena_printf(arena, "%s %s failed. ", whose, action->handler);
	if (!returned_by(play, &answer, what, &returned, &ret_evaluation->error))
		return true;
	if (returned)
		json_add(values, STR(HANDLER_RETURNED), json_share(arena, returned));
	ret_evaluation->values = values;
	return true;
}

bool
play_evaluate(struct play *play, const struct action *action, struct evaluation *ret_evaluation, struct err *err)
{
	struct arena *arena = play->arena;
	struct js_answer answer;
	struct js_request request = {
		.kind = JS_EVALUATE,
		.cpu_ms = EVALUATE_CPU_MS,
		.seed = plan_seed(&play->state, action->step, action->attempt),
		.scope = json_text(arena, action->input),
		.sources = action->sources,
		.count = action->source_count,
	};
	*ret_evaluation = (struct evaluation){.step = action->step, .attempt = action->attempt, .round = action->index};
	if (action->handler)
		return handle(play, action, ret_evaluation, err);
	if (!ask(play, &request, &answer, err))
		return false;
	struct json *values = json_new_object(arena);
	for (unsigned i = 0; i < answer.count; i++) {
		const struct json *value;
		const char *what = arena_printf(arena, "The expression `%.*s` could not be evaluated. ",
			action->sources[i].n < 80 ? (int)action->sources[i].n : 80, action->sources[i].p);
		if (!value_of(arena, "expression", &answer.results[i], what, &value, &ret_evaluation->error))
			return true;
		json_add(values, arena_str(arena, action->sources[i]), json_share(arena, value));
	}
	ret_evaluation->values = values;
	return true;
}

bool
play_replay(struct play *play, struct replay *ret_replay, struct err *err)
{
	struct arena *arena = play->arena;
	struct replay_end *ends;
	struct js_answer answer;
	unsigned count = replay_ends(arena, &play->state, &ends);
	for (unsigned i = 0; i < count; i++) {
		const struct play_step *row = play_step(play, plan_path(&play->state, ends[i].step));
		ends[i].seq = row->seq;
		ends[i].ms = row->ended_us / 1000;
	}
	struct js_request request = {
		.kind = JS_REPLAY,
		.cpu_ms = REPLAY_CPU_MS,
		.seed = plan_seed(&play->state, 0, 0),
		.scope = json_text(
			arena, replay_scope(arena, &play->state, STR("test"), play->started_us / 1000, ends, count)),
		.sources = &play->state.definition->code,
		.count = 1,
	};
	if (!ask(play, &request, &answer, err))
		return false;
	if (answer.results[0].status == JS_OK)
		*ret_replay = replay_told(arena, answer.results[0].text);
	else
		*ret_replay = replay_failed_with(arena, "code",
			answer.results[0].status == JS_TIMED_OUT
				? "The workflow's code computed for too long and was stopped."
				: arena_strz(arena, answer.results[0].text));
	ret_replay->seen = count;
	return true;
}

bool
play_call(struct play *play, unsigned step, int attempt, const struct json *input, const struct json **ret_output,
	struct str *ret_error, struct err *err)
{
	struct arena *arena = play->arena;
	const struct step_def *def = plan_def(&play->state, step);
	struct js_answer answer;
	struct json *scope = json_new_object(arena);
	int64_t seconds = def->timeout_seconds > 0 ? def->timeout_seconds : FUNCTION_TIMEOUT_SECONDS;
	json_add(scope, STR("input"), input ? json_share(arena, input) : json_new_null(arena));
	json_add(scope, STR("env"), plan_env(arena, &play->state, step));
	struct js_request request = {
		.kind = JS_CALL,
		.cpu_ms = (uint32_t)(seconds * 1000),
		.seed = plan_seed(&play->state, step, attempt),
		.scope = json_text(arena, scope),
		.sources = &def->code,
		.count = 1,
	};
	*ret_output = NULL;
	if (!ask(play, &request, &answer, err))
		return false;
	if (answer.results[0].status == JS_NOTHING)
		*ret_output = json_new_null(arena);
	else
		(void)value_of(arena, "function", &answer.results[0], "", ret_output, ret_error);
	return true;
}

/* As exec/handler.c shows it a call. */
static struct str
context_of(struct play *play, unsigned step, const struct json *output, struct str error)
{
	struct arena *arena = play->arena;
	struct json *scope = json_new_object(arena), *context = json_new_object(arena);
	struct json *workflow = json_new_object(arena), *read = NULL;
	const struct play_step *row = play_step(play, plan_path(&play->state, step));
	json_add(workflow, STR("run_id"), json_new_str(arena, STR("test")));
	json_add(workflow, STR("input"), plan_share(arena, play->state.input));
	if (error.n > 0 && !json_read(arena, error, &json_limits_stored, &read, NULL))
		read = NULL;
	json_add(context, STR("input"), plan_share(arena, row ? row->input : NULL));
	json_add(context, STR("output"), plan_share(arena, output));
	json_add(context, STR("error"), read ? read : json_new_null(arena));
	json_add(context, STR("steps"), plan_share(arena, json_get(plan_scope(arena, &play->state, step), "steps")));
	json_add(context, STR("workflow"), workflow);
	json_add(scope, STR("input"), context);
	return json_text(arena, scope);
}

bool
play_handler(struct play *play, unsigned step, struct str code, const struct json *output, struct str error,
	const struct json **ret_returned, struct str *ret_error, struct err *err)
{
	struct js_answer answer;
	struct js_request request = {
		.kind = JS_CALL,
		.cpu_ms = HANDLER_CPU_MS,
		.seed = plan_seed(&play->state, step, play->state.steps[step].attempt),
		.scope = context_of(play, step, output, error),
		.sources = &code,
		.count = 1,
	};
	if (!ask(play, &request, &answer, err))
		return false;
	(void)returned_by(play, &answer, "Its handler failed. ", ret_returned, ret_error);
	return true;
}
