/* One step: what it is to be given, its condition and its expressions, and what follows when it failed. */
#include "flow/plan_internal.h"

#include "flow/address.h"
#include "flow/plan_agent.h"
#include "flow/plan_control.h"
#include "flow/plan_loop.h"
#include "flow/plan_retry.h"
#include "flow/plan_scope.h"
#include "flow/template.h"

#define UNFILLED "template"

/* What the iterations gave that were before those it is in, where it names that: who took the run over meanwhile may not have it. */
static bool
fetch_previous(struct planner *p, unsigned index)
{
	bool any = false;
	for (const struct frame *f = frame_of(p->state, index); f; f = f->around) {
		const struct frame *before = f->loop->names_previous ? p->state->steps[f->step].loop.frames : NULL;
		while (before && before->index + 1 != f->index)
			before = before->next;
		if (before && planner_is_away(p, before->base) && plan_names_previous(p->arena, def_of(p, index)))
			any |= planner_fetch(p, before->base);
	}
	return any;
}

/* Asks for outputs that the step's templates name and that are not here. True: there are such. */
static bool
fetch(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	unsigned poll = def->is_poll ? index : def->polls ? index + 1 : NO_STEP;
	/* for its condition, its own input, and in the end as its output */
	bool any = poll != NO_STEP && planner_fetch(p, poll);
	any |= fetch_previous(p, index);
	for (unsigned n = 0; n < def->index; n++) {
		unsigned i = frame_named(p->state, index, n);
		if (planner_is_away(p, i) && plan_names(p->arena, def, def_of(p, i)->key))
			any |= planner_fetch(p, i);
	}
	return any;
}

/* ---- expressions ---- */

/* As much of the scope as they name: it goes to another process, and outputs are large. */
static struct json *
named_scope(struct planner *p, unsigned index, const struct str *sources, unsigned count)
{
	struct json *whole = plan_scope(p->arena, p->state, index), *root = json_new_object(p->arena);
	struct json *steps = json_new_object(p->arena), *texts = json_new_array(p->arena);
	for (unsigned i = 0; i < count; i++)
		json_push(
			texts, json_new_str(p->arena, str_of(arena_printf(p->arena, "{{%.*s}}", STR_ARG(sources[i])))));
	if (template_names_input(p->arena, texts))
		json_add(root, STR("input"), plan_share(p->arena, json_get(whole, "input")));
	if (json_get(whole, "loop") && template_names_loop(p->arena, texts, false))
		json_add(root, STR("loop"), plan_share(p->arena, json_get(whole, "loop")));
	if (json_get(whole, "poll") && template_names_poll(p->arena, texts))
		json_add(root, STR("poll"), plan_share(p->arena, json_get(whole, "poll")));
	json_each (step, json_get(whole, "steps")) {
		if (!template_names_step(p->arena, texts, step->key))
			continue;
		json_add(steps, step->key, plan_share(p->arena, step));
	}
	json_add(root, STR("steps"), steps);
	json_add(root, STR("env"), plan_env(p->arena, p->state, index));
	return root;
}

/* Somebody else's expressions are on their way, and it still wants them. */
static bool
comes_for_another(const struct planner *p, unsigned index)
{
	for (const struct evaluation *e = p->state->evaluation; e; e = e->next)
		if (e->coming && e->step != index && plan_wants(p->state, e))
			return true;
	return false;
}

void
planner_ask_for(struct planner *p, struct action evaluation)
{
	if (comes_for_another(p, evaluation.step))
		p->busy = true;
	else if (p->evaluate.kind != ACTION_EVALUATE)
		p->evaluate = evaluation;
}

/* Expressions of a step that is to begin, or asks its condition once more. */
struct asked {
	unsigned step;
	int attempt;
	unsigned round;
	const struct str *sources;
	unsigned count;
};

/*
 * Asks for what expressions come to. False: there are
 * none, or it is there.
 */
static bool
evaluate(struct planner *p, const struct asked *asked)
{
	const struct evaluation *known = plan_evaluation(p->state, asked->step);
	if (asked->count == 0)
		return false;
	if (known && known->attempt == asked->attempt && known->round == asked->round && !known->coming) {
		if (known->values)
			return false;
		struct action *fails = planner_add_about(p, ACTION_FAIL, asked->step, asked->attempt);
		fails->error = known->error;
		fails->begun = asked->attempt == p->state->steps[asked->step].attempt;
		return true;
	}
	planner_ask_for(p, (struct action){.kind = ACTION_EVALUATE,
				   .step = asked->step,
				   .attempt = asked->attempt,
				   .index = asked->round,
				   .input = named_scope(p, asked->step, asked->sources, asked->count),
				   .sources = asked->sources,
				   .source_count = asked->count});
	return true;
}

/* Those of the run's output. False: they are on their way, or `ret_error` says why there are none. */
bool
planner_evaluate_run(struct planner *p, const struct str *sources, unsigned count, struct str *ret_error)
{
	const struct evaluation *known = plan_evaluation(p->state, WHOLE_RUN);
	*ret_error = (struct str){0};
	if (!known) {
		p->evaluate = (struct action){.kind = ACTION_EVALUATE,
			.step = WHOLE_RUN,
			.attempt = 1,
			.input = named_scope(p, WHOLE_RUN, sources, count),
			.sources = sources,
			.source_count = count};
		return false;
	}
	if (!known->coming && !known->values)
		*ret_error = known->error;
	return known->values != NULL;
}

/* A variable or secret that it needs is not there: it fails and says which. `given`: only its code needs any. */
static bool
lacks_env(struct planner *p, unsigned index, int attempt, bool given)
{
	const struct step_def *def = def_of(p, index);
	for (unsigned i = 0; i < def->env_count && (!given || def->code.n > 0); i++) {
		struct str name = def->env[i].name, why;
		if (!def->env[i].needed || json_get_by(p->state->env, name))
			continue;
		const struct json *told = p->state->env_why ? json_get_by(p->state->env_why, name) : NULL;
		why = told ? told->text
			   : str_of(arena_printf(p->arena,
				     "There is no variable or secret `%.*s` in this workspace. Add it under Settings, "
				     "Variables and secrets, then retry the run.",
				     STR_ARG(name)));
		planner_add_about(p, ACTION_FAIL, index, attempt)->error =
			planner_error_text(p->arena, told ? "secret_unavailable" : "unknown_env", why, STR(""));
		return true;
	}
	return false;
}

/* Those of a step that is to begin, and what of the workspace they need. */
static bool
evaluate_first(struct planner *p, unsigned index, int attempt)
{
	const struct step_def *def = def_of(p, index);
	bool given = def->control != CONTROL_TRANSFORM && def->control != CONTROL_WAIT &&
		     (def->control != CONTROL_LOOP || def->part == PART_AGENT) && !def->condition &&
		     plan_input(p->state, index);
	if (lacks_env(p, index, attempt, given))
		return true;
	return !given && evaluate(p, &(struct asked){index, attempt, 0, def->sources, def->source_count});
}

/* ---- beginning ---- */

void
planner_add_control(struct planner *p, struct action asked)
{
	if (asked.kind == ACTION_SLEEP) {
		planner_sleep_until(p, asked.at_us);
	} else if (!asked.message || !p->told) {
		*planner_add(p, asked.kind) = asked;
		p->told |= asked.message != NULL;
	}
}

static void
fail_unfilled(struct planner *p, unsigned index, const char *what, const struct err *err)
{
	struct str message = str_of(arena_printf(p->arena, "%s could not be filled in: %s", what, err->message));
	struct action *action = planner_add_about(p, ACTION_FAIL, index, p->state->steps[index].attempt + 1);
	action->error = planner_error_text(
		p->arena, UNFILLED, message, STR("")); /* what follows is decided as of any failure */
}

/* A loop begins with what it goes through, so that whoever goes on with it has the same. */
static void
open_loop(struct planner *p, unsigned index, int attempt)
{
	const struct step_def *def = def_of(p, index);
	struct json *items = NULL;
	struct err err = {0};
	if (def->part != PART_NONE)
		planner_open_agent(p, index, attempt);
	else if (def->items &&
		 !template_fill_all(p->arena, def->items, plan_scope(p->arena, p->state, index), &items, &err)) {
		fail_unfilled(p, index, "What it goes through", &err);
	} else if (items && items->type != JSON_ARRAY) {
		planner_add_about(p, ACTION_FAIL, index, attempt)->error = planner_error_text(p->arena, "invalid_items",
			STR("What it goes through is not a list. Look at where its items come from."), STR(""));
	} else if (items && items->count > def->max_iterations) {
		planner_add_about(p, ACTION_FAIL, index, attempt)->error =
			planner_too_many(p, def, arena_printf(p->arena, "There are %u items", items->count));
	} else {
		planner_add_about(p, ACTION_OPEN, index, attempt)->input = items;
	}
}

/* What was taken apart to be filled in is one again. */
static bool
with_address(struct planner *p, const struct step_def *step, struct json **input, struct err *err)
{
	const struct json *url = step->http ? json_get(*input, "url") : NULL;
	struct json *address = NULL;
	if (!url || url->type != JSON_ARRAY)
		return true;
	if (!address_join(p->arena, url, &address, err))
		return false;
	struct json *joined = json_new_object(p->arena);
	json_each (member, *input)
		json_add(joined, member->key, member == url ? address : json_share(p->arena, member));
	*input = joined;
	return true;
}

static void
call(struct planner *p, unsigned index, int attempt)
{
	const struct step_def *step = def_of(p, index);
	const struct json *given = plan_input(p->state, index);
	struct json *input = NULL;
	struct err err = {0};
	if (given)
		input = plan_share(p->arena, given);
	else if (step->part == PART_MODEL && !(input = planner_model_input(p, index)))
		return;
	else if (!step->input && !input)
		input = json_new_object(p->arena);
	if (input || (template_fill_all(p->arena, step->input, plan_scope(p->arena, p->state, index), &input, &err) &&
			     with_address(p, step, &input, &err)))
		planner_add_about(p, ACTION_START, index, attempt)->input = input;
	else
		fail_unfilled(p, index, "Its input", &err);
}

/* Somebody has given it, or a step in it, another input for this run: what comes of that is nobody else's. */
static bool
given_otherwise(const struct planner *p, unsigned index)
{
	struct str path = plan_path(p->state, index);
	if (p->state->inputs)
		json_each (input, p->state->inputs)
			if (str_starts(input->key, path) &&
				(input->key.n == path.n || strchr("/[", input->key.p[path.n])))
				return true;
	return false;
}

/* What was added to begin the step, after `before`, says what its output is kept under. */
static void
add_cache_key(struct planner *p, unsigned index, unsigned before)
{
	const struct step_def *step = def_of(p, index);
	struct json *key;
	struct err err = {0};
	if (!step->cache_key || p->count == before || p->actions[before].kind == ACTION_FAIL ||
		given_otherwise(p, index))
		return;
	if (template_fill_all(p->arena, step->cache_key, plan_scope(p->arena, p->state, index), &key, &err)) {
		p->actions[before].cache_key = key;
		return;
	}
	p->count = before;
	fail_unfilled(p, index, "The key of its cache", &err);
}

static void
start(struct planner *p, unsigned index)
{
	const struct step_def *step = def_of(p, index);
	unsigned before = p->count;
	int attempt = p->state->steps[index].attempt + 1;
	if (!planner_phase_open(p, index) || (step->part == PART_TOOL && !planner_tool_fits(p, index, attempt)))
		return;
	if (fetch(p, index) || evaluate_first(p, index, attempt))
		return;
	if (step_is_group(step))
		planner_add_about(p, ACTION_OPEN, index, attempt);
	else if (step->control == CONTROL_LOOP)
		open_loop(p, index, attempt);
	else if (step->control != CONTROL_CALL)
		planner_add_control(
			p, plan_control_begin(p->arena, p->state, index, plan_scope(p->arena, p->state, index)));
	else
		call(p, index, attempt);
	add_cache_key(p, index, before);
}

void
planner_try_again(struct planner *p, unsigned index)
{
	const struct step_state *step = &p->state->steps[index];
	if (step->due_us == 0)
		planner_add_about(p, ACTION_RETRY, index, step->attempt + 1)->at_us =
			p->state->now_us + plan_retry_pause_ms(p->arena, p->state, index) * 1000;
	else if (p->state->status == RUN_PAUSED)
		planner_sleep_until(p, PLAN_NEVER);
	else if (p->state->now_us < step->due_us)
		planner_sleep_until(p, step->due_us);
	else
		start(p, index);
}

static const struct message *
answer_to(const struct run_state *state, unsigned index)
{
	for (const struct message *m = state->messages; m; m = m->next)
		if (!m->used && m->kind == MESSAGE_ANSWER && m->attempt == state->steps[index].attempt &&
			str_eq(m->name, plan_path(state, index)))
			return m;
	return NULL;
}

void
planner_ask(struct planner *p, unsigned index)
{
	const struct step_state *step = &p->state->steps[index];
	const struct message *answer = answer_to(p->state, index);
	struct str decision = STR("");
	if (!step->asked) {
		planner_add_about(p, ACTION_ASK, index, step->attempt);
		return;
	}
	if (answer)
		json_get_str(answer->data, "decision", &decision);
	if (str_is(decision, "stop")) {
		planner_end_failed(p, index);
	} else if (!answer || p->state->status == RUN_PAUSED) {
		planner_sleep_until(p, PLAN_NEVER);
	} else if (str_is(decision, "skip")) {
		planner_add_about(p, ACTION_SKIP, index, step->attempt + 1)->answer = answer;
	} else {
		unsigned before = p->count;
		start(p, index);
		/* otherwise it is asked again, and the answer is still needed */
		if (p->count > before && p->actions[before].kind != ACTION_FETCH)
			p->actions[before].answer = answer;
	}
}

void
planner_give_up(struct planner *p, unsigned index)
{
	struct action *action = planner_add_about(p, ACTION_FAIL, index, p->state->steps[index].attempt);
	action->begun = true;
	action->error = planner_error_text(p->arena, "unknown_outcome",
		STR("Its executor was lost during the call, so nobody knows whether the call was made, and the step "
		    "says that it "
		    "must not be made twice. Look at the other side, then retry the run from this step."),
		STR(""));
}

/* A step that conditionals and switches speak of runs when one of them says so. */
static bool
chosen(const struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	for (unsigned i = 0; i < def->chooser_count; i++) {
		const struct step_state *chooser = &p->state->steps[frame_beside(p->state, index, def->choosers[i])];
		if (chooser->status == STEP_COMPLETED && chooser->output && chooser->output->type == JSON_STRING &&
			str_eq(chooser->output->text, def->key))
			return true;
	}
	return def->chooser_count == 0;
}

void
planner_begin(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	struct err err = {0};
	bool holds = true;
	int attempt = p->state->steps[index].attempt + 1;
	if (!chosen(p, index)) {
		planner_add_about(p, ACTION_SKIP, index, attempt)->why = "branch";
		return;
	}
	if (def->condition && def->control != CONTROL_CONDITIONAL) {
		if (fetch(p, index) || evaluate_first(p, index, attempt))
			return;
		if (!template_holds(p->arena, def->condition, plan_scope(p->arena, p->state, index), &holds, &err)) {
			fail_unfilled(p, index, "Its condition", &err);
			return;
		}
	}
	if (holds)
		start(p, index);
	else
		planner_add_about(p, ACTION_SKIP, index, attempt)->why = "condition";
}

bool
planner_holds_now(struct planner *p, unsigned index, bool *ret_holds)
{
	const struct step_def *def = def_of(p, index);
	struct err err = {0};
	const struct asked asked = {index, p->state->steps[index].attempt, plan_round(p->state, index),
		def->while_sources, def->while_source_count};
	if (fetch(p, index) || evaluate(p, &asked))
		return false;
	if (template_holds(p->arena, def->repeat_while, plan_scope(p->arena, p->state, index), ret_holds, &err))
		return true;
	struct str message = str_of(arena_printf(p->arena, "Its condition could not be filled in: %s", err.message));
	planner_fail_step(p, index, planner_error_text(p->arena, UNFILLED, message, STR("")));
	return false;
}
