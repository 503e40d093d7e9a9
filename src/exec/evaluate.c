/*
 * What plan() asks of JavaScript (ACTION_EVALUATE): the expressions of a step that is to begin, all in one job. Their values stay with the run, beside
 * its state, until the step has begun; then its input, or its output, has what they came to. So whoever takes the run over before
 * that evaluates anew, and nobody evaluates what is recorded.
 */
#include "exec/executor.h"

#include "base/time.h"
#include "json/writer.h"

#define SHOWN 80 /* bytes of an expression in a message */

static const struct json_limits limits_value = {JS_VALUES_MAX, 128, 1000000};

/* ---- what came of it ---- */

static void
tell(struct held *run, const char *code, struct str message)
{
	run->evaluation.error = arena_str(run->evaluated, error_json(run->evaluated, code, message));
}

/* `{{source}}`, cut to what a message holds. */
static const char *
shown(struct held *run, struct str source)
{
	size_t n = source.n < SHOWN ? source.n : part_length(source, SHOWN);
	return arena_printf(run->evaluated, "%.*s%s", (int)n, source.p, n < source.n ? "…" : "");
}

static void
tell_result(struct held *run, struct str source, const struct js_result *result)
{
	const char *expression = shown(run, source), *why = NULL;
	struct str thrown = result->text;
	switch (result->status) {
	case JS_OK:
	case JS_STATUSES:
		why = "What it gave is no JSON that can be kept: half a character, a zero byte, or nested too deeply.";
		break;
	case JS_NOTHING:
		why = "It gave nothing (undefined). Look at what it names, or let a fallback follow: `… ?? \"none\"`.";
		break;
	case JS_THREW:
	case JS_SYNTAX:
		thrown.n = str_utf8_bad(thrown);
		why = arena_printf(run->evaluated, "%.*s", STR_ARG(thrown));
		break;
	case JS_TIMED_OUT:
		why = arena_printf(
			run->evaluated, "It took longer than %d ms of computing and was stopped.", EVALUATE_CPU_MS);
		break;
	case JS_TOO_LARGE:
		why = "It gave more than 8 MB.";
		break;
	}
	tell(run, "expression",
		str_of(arena_printf(
			run->evaluated, "The expression `%s` could not be evaluated. %s", expression, why)));
}

static void
tell_end(struct held *run, enum js_end end)
{
	static const char *const why[] = {
		[JS_ANSWERED] = "",
		[JS_TOOK_TOO_LONG] = "They took too long and were stopped. Let them do less.",
		[JS_DIED] = "Their process ended, most likely because they needed more than 256 MB of memory.",
		[JS_REFUSED] = "What they name is larger than 16 MB. Name less of it.",
		[JS_MISSING] = "No process for JavaScript could be started here. The executor's log says why.",
	};
	tell(run, end == JS_MISSING ? "expression_unavailable" : "expression",
		str_of(arena_printf(run->evaluated, "Its expressions could not be evaluated. %s", why[end])));
}

static void
take_values(struct held *run, const struct js_answer *answer)
{
	const struct step_def *def = &run->plan.definition->steps[run->evaluation.step];
	struct json *values = json_new_object(run->evaluated);
	for (unsigned i = 0; i < answer->count; i++) {
		struct json *value;
		struct str text = arena_str(run->evaluated, answer->results[i].text);
		if (answer->results[i].status != JS_OK ||
			!json_read(run->evaluated, text, &limits_value, &value, NULL)) {
			tell_result(run, def->sources[i], &answer->results[i]);
			return;
		}
		json_add(values, def->sources[i], value);
	}
	run->evaluation.values = values;
}

static void
evaluated(void *what, const struct js_outcome *outcome)
{
	struct held *run = what;
	run->evaluating = NULL;
	if (outcome->end == JS_ANSWERED)
		take_values(run, &outcome->answer);
	else
		tell_end(run, outcome->end);
	run->evaluation.coming = false;
	held_mark_changed(run);
}

/* ---- asking ---- */

void
evaluate_let_go(struct held *run)
{
	js_cancel(run->evaluating);
	pool_give(&run->executor->pool, run->evaluated);
	run->evaluating = NULL;
	run->evaluated = NULL;
	run->plan.evaluation = NULL;
}

void
evaluate_begin(struct held *run, const struct action *action)
{
	struct executor *ex = run->executor;
	if (run->evaluating && run->evaluation.step == action->step && run->evaluation.attempt == action->attempt)
		return; /* it is on its way */
	evaluate_let_go(run);
	run->evaluated = pool_take(&ex->pool);
	run->evaluation = (struct evaluation){.step = action->step, .attempt = action->attempt, .coming = true};
	run->plan.evaluation = &run->evaluation;
	struct js_request request = {
		.kind = JS_EVALUATE,
		.cpu_ms = EVALUATE_CPU_MS,
		.now_ms = run->plan.now_us / 1000,
		.seed = plan_seed(&run->plan, action->step, action->attempt),
		.scope = json_text(ex->tick, action->input),
		.sources = action->sources,
		.count = action->source_count,
	};
	ex->counters.evaluations += action->source_count;
	run->evaluating = js_ask(ex->js, run->workspace, &request, evaluated, run);
}

/* The step has begun, or is not to begin any more. */
void
evaluate_done(struct held *run)
{
	const struct step_state *step;
	if (!run->evaluated)
		return;
	step = &run->plan.steps[run->evaluation.step];
	if (step->attempt >= run->evaluation.attempt)
		evaluate_let_go(run);
}
