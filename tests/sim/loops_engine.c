/* What conditions of loops and handlers of the workflow come to, which in an executor a stepmill-js works out; see loops.h. */
#include "loops.h"

#include "flow/frame.h"
#include "json/writer.h"

#include <stdlib.h>

/* plan() sees a list of those that are there. */
static void
show(struct loops *p)
{
	p->run.evaluation = p->evaluating > 0 ? p->evaluations : NULL;
	for (unsigned i = 0; i < p->evaluating; i++)
		p->evaluations[i].next = i + 1 < p->evaluating ? &p->evaluations[i + 1] : NULL;
}

static void
let_go(struct loops *p, unsigned i)
{
	p->evaluating--;
	p->evaluations[i] = p->evaluations[p->evaluating];
	p->values[i] = p->values[p->evaluating];
	show(p);
}

void
loops_forget(struct loops *p, const struct frame *frame)
{
	for (unsigned i = p->evaluating; i-- > 0;) {
		unsigned step = p->evaluations[i].step;
		bool of_frame = frame && step < RUN_STARTER && frame_of(&p->run, plan_asker(step)) == frame;
		if (of_frame || (!frame && !plan_wants(&p->run, &p->evaluations[i])))
			let_go(p, i);
	}
}

/* loop.index < 3 */
static const struct json *
condition(struct loops *p, const struct action *action)
{
	struct json *values = json_new_object(p->arena);
	int64_t index = -1;
	struct str source = action->sources[0];
	json_get_int(json_get(action->input, "loop"), "index", &index);
	if ((unsigned)index != p->run.steps[action->step].loop.begun) {
		loops_wrong(p, "a loop asks its condition for another iteration than its next",
			plan_path(&p->run, action->step));
		return NULL;
	}
	bool holds = index < atoi(arena_strz(p->scratch, source) + strlen("loop.index < "));
	json_add(values, source, json_new_bool(p->arena, holds));
	return values;
}

/* By its name: what it does was drawn. NULL: it throws. */
static const struct json *
handled(struct loops *p, const struct action *action)
{
	bool start = strcmp(action->handler, "on_start") == 0, failed = strcmp(action->handler, "on_error") == 0;
	enum handled does = start ? p->on_start : failed ? p->on_error : p->on_complete;
	struct json *values = json_new_object(p->arena), *input = json_new_object(p->arena);
	const struct json *error = json_get(action->input, "error");
	if (does == HANDLER_NONE || (!start && (error->type == JSON_NULL) == failed)) {
		loops_wrong(p, "a handler is asked that there is not, or of another end", str_of(action->handler));
		return NULL;
	}
	if (start && p->rows.count > 0)
		loops_wrong(p, "on_start is asked, and steps have begun", STR(""));
	if (does == HANDLER_THROWS)
		return NULL;
	if (does == HANDLER_RETURNS && start) {
		json_add(input, STR("word"), json_new_str(p->arena, STR("s")));
		json_add(input, STR("list"), json_share(p->arena, json_get(p->given, "list")));
		json_add(values, STR(HANDLER_RETURNED), input);
	} else if (does == HANDLER_RETURNS) {
		json_add(values, STR(HANDLER_RETURNED), json_new_str(p->arena, str_of(action->handler)));
	}
	return values;
}

/* The same of a step that makes no call. */
static const struct json *
handled_step(struct loops *p, const struct action *action)
{
	unsigned step = plan_asker(action->step);
	struct loop_fate fate = p->fates[loops_number(plan_def(&p->run, step)->key)];
	bool start = strcmp(action->handler, "on_start") == 0, failed = strcmp(action->handler, "on_error") == 0;
	enum handled does = start ? fate.on_start : failed ? fate.on_error : fate.on_complete;
	struct json *values = json_new_object(p->arena);
	const struct loop_row *row = loops_row(p, plan_path(&p->run, step));
	if (does == HANDLER_NONE || (!start && (json_get(action->input, "error")->type == JSON_NULL) == failed))
		loops_wrong(p, "a handler is asked that there is not, or of another end", plan_path(&p->run, step));
	if (!failed && plan_def(&p->run, step)->cache_key && p->run.steps[step].attempt < action->attempt &&
		p->run.steps[step].not_kept != action->attempt)
		loops_wrong(
			p, "a handler is asked before it is known whether an output is kept", plan_path(&p->run, step));
	if (row && (step_ended(row->status) ? row->attempt >= action->attempt : start))
		loops_wrong(p, "a handler is asked too late", plan_path(&p->run, step));
	if (does == HANDLER_RETURNS)
		json_add(values, STR(HANDLER_RETURNED), json_new_str(p->arena, failed ? STR("r") : STR("h")));
	return does == HANDLER_THROWS ? NULL : values;
}

bool
loops_evaluate(struct loops *p, const struct action *action)
{
	unsigned i = 0;
	while (i < p->evaluating && p->evaluations[i].step != action->step)
		i++;
	struct evaluation *e = &p->evaluations[i];
	bool there = i < p->evaluating && e->attempt == action->attempt && e->round == action->index;
	if (there && e->coming)
		return true;
	if (there)
		return loops_wrong(p, "what is known is asked for again", STR("evaluation"));
	if (i == LOOP_COMING_MAX)
		return loops_wrong(p, "too much is asked for at once", STR("evaluation"));
	p->evaluating += i == p->evaluating;
	*e = (struct evaluation){
		.step = action->step, .attempt = action->attempt, .round = action->index, .coming = true};
	p->values[i] = !action->handler		     ? condition(p, action)
		       : action->step >= RUN_STARTER ? handled(p, action)
						     : handled_step(p, action);
	p->progress = true;
	show(p);
	return !p->wrong[0];
}

bool
loops_evaluated(struct loops *p)
{
	unsigned first = p->evaluating ? chance_below(&p->chance, p->evaluating) : 0;
	for (unsigned n = 0; n < p->evaluating; n++) {
		unsigned i = (first + n) % p->evaluating;
		struct evaluation *e = &p->evaluations[i];
		if (!e->coming)
			continue;
		e->coming = false;
		e->values = p->values[i];
		e->error = e->values ? (struct str){0} : STR("{\"code\":\"handler\",\"message\":\"It threw.\"}");
		p->evaluated++;
		return true;
	}
	return false;
}
