/*
 * What plan() asks of JavaScript (ACTION_EVALUATE): the expressions of a step that is to begin, all in one job, or a handler of the workflow or of a step that makes no call. Their values stay with the run, beside
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
tell(struct evaluated *e, const char *code, struct str message)
{
	e->told.error = error_json(e->arena, code, message);
}

/* `{{source}}`, cut to what a message holds. */
static const char *
shown(struct evaluated *e, struct str source)
{
	size_t n = source.n < SHOWN ? source.n : part_length(source, SHOWN);
	return arena_printf(e->arena, "%.*s%s", (int)n, source.p, n < source.n ? "…" : "");
}

static void
tell_result(struct evaluated *e, struct str source, const struct js_result *result)
{
	const char *expression = shown(e, source), *why = NULL;
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
		why = arena_printf(e->arena, "%.*s", STR_ARG(thrown));
		break;
	case JS_TIMED_OUT:
		why = arena_printf(
			e->arena, "It took longer than %d ms of computing and was stopped.", EVALUATE_CPU_MS);
		break;
	case JS_TOO_LARGE:
		why = "It gave more than 8 MB.";
		break;
	}
	tell(e, "expression",
		str_of(arena_printf(e->arena, "The expression `%s` could not be evaluated. %s", expression, why)));
}

static void
tell_end(struct evaluated *e, enum js_end end)
{
	static const char *const why[] = {
		[JS_ANSWERED] = "",
		[JS_TOOK_TOO_LONG] = "They took too long and were stopped. Let them do less.",
		[JS_DIED] = "Their process ended, most likely because they needed more than 256 MB of memory.",
		[JS_REFUSED] = "What they name is larger than 16 MB. Name less of it.",
		[JS_MISSING] = "No process for JavaScript could be started here. The executor's log says why.",
	};
	tell(e, end == JS_MISSING ? "expression_unavailable" : "expression",
		str_of(arena_printf(e->arena, "Its expressions could not be evaluated. %s", why[end])));
}

static void
take_values(struct evaluated *e, const struct js_answer *answer)
{
	struct json *values = json_new_object(e->arena);
	for (unsigned i = 0; i < answer->count; i++) {
		struct json *value;
		struct str text = arena_str(e->arena, answer->results[i].text);
		if (answer->results[i].status != JS_OK || !json_read(e->arena, text, &limits_value, &value, NULL)) {
			tell_result(e, e->sources[i], &answer->results[i]);
			return;
		}
		json_add(values, e->sources[i], value);
	}
	e->told.values = values;
}

/* {"returned": what a handler of the workflow gave}, or nothing of it. */
static void
take_returned(struct evaluated *e, const struct js_outcome *outcome)
{
	const char *why = handler_why_not(e->arena, outcome);
	struct json *values = json_new_object(e->arena), *returned = NULL;
	bool gave = !why && outcome->answer.results[0].status == JS_OK;
	if (gave && !json_read(e->arena, arena_str(e->arena, outcome->answer.results[0].text), &limits_value, &returned,
			    NULL))
		why = "What it returned is no JSON that can be kept.";
	if (why) {
		tell(e, "handler",
			str_of(arena_printf(e->arena, "%s %s failed. %s",
				e->told.step >= RUN_STARTER ? "The workflow's handler" : "Its handler", e->handler,
				why)));
		return;
	}
	if (returned)
		json_add(values, STR(HANDLER_RETURNED), returned);
	e->told.values = values;
}

static void
answered(void *what, const struct js_outcome *outcome)
{
	struct evaluated *e = what;
	e->job = NULL;
	if (e->handler)
		take_returned(e, outcome);
	else if (outcome->end == JS_ANSWERED)
		take_values(e, &outcome->answer);
	else
		tell_end(e, outcome->end);
	e->told.coming = false;
	held_mark_changed(e->run);
}

/* ---- asking ---- */

static void
show_plan(struct held *run)
{
	for (struct evaluated *e = run->evaluations; e; e = e->next)
		e->told.next = e->next ? &e->next->told : NULL;
	run->plan.evaluation = run->evaluations ? &run->evaluations->told : NULL;
}

static void
let_go(struct held *run, struct evaluated **at)
{
	struct evaluated *e = *at;
	*at = e->next;
	js_cancel(e->job);
	pool_give(&run->executor->pool, e->arena);
	show_plan(run);
}

void
evaluate_let_go(struct held *run)
{
	while (run->evaluations)
		let_go(run, &run->evaluations);
}

void
evaluate_forget(struct held *run, unsigned step)
{
	for (struct evaluated **at = &run->evaluations; *at;)
		if (plan_asker((*at)->told.step) == step)
			let_go(run, at);
		else
			at = &(*at)->next;
}

void
evaluate_begin(struct held *run, const struct action *action)
{
	struct executor *ex = run->executor;
	struct evaluated **at = &run->evaluations;
	while (*at && (*at)->told.step != action->step)
		at = &(*at)->next;
	if (*at && (*at)->job && (*at)->told.attempt == action->attempt && (*at)->told.round == action->index)
		return; /* it is on its way */
	if (*at)
		let_go(run, at);
	struct arena *arena = pool_take(&ex->pool);
	struct evaluated *e = arena_new_of(arena, struct evaluated);
	e->arena = arena;
	env_comes_into(run, arena);
	e->run = run;
	e->told = (struct evaluation){
		.step = action->step, .attempt = action->attempt, .round = action->index, .coming = true};
	e->sources = action->sources;
	e->handler = action->handler;
	e->next = run->evaluations;
	run->evaluations = e;
	show_plan(run);
	const struct json *scope = action->input;
	if (action->handler) /* it sees what is recorded */
		scope = plan_handler_scope(arena, env_shown(run, arena, scope), str_of(run->id_text));
	struct js_request request = {
		.kind = action->handler ? JS_CALL : JS_EVALUATE,
		.cpu_ms = action->handler ? HANDLER_CPU_MS : EVALUATE_CPU_MS,
		.now_ms = run->plan.now_us / 1000,
		.seed = plan_seed(&run->plan, action->step, action->attempt),
		.scope = json_text(arena, scope),
		.sources = action->sources,
		.count = action->source_count,
	};
	ex->counters.evaluations += action->source_count;
	e->job = js_ask(ex->js, run->workspace, &request, answered, e);
}

/* Those whose step has begun, or is not to begin any more. */
void
evaluate_done(struct held *run)
{
	for (struct evaluated **at = &run->evaluations; *at;)
		if (plan_wants(&run->plan, &(*at)->told))
			at = &(*at)->next;
		else
			let_go(run, at);
}
