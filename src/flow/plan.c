/*
 * What a run does next. First what concerns all of it: it failed, it is done, it was cancelled. Then every list of steps in turn,
 * from the outermost in: what is ready begins, what waits is looked at, groups go on or end. Looks at the state and nothing
 * else, so it may be asked as often as anybody likes.
 */
#include "flow/plan.h"

#include "flow/plan_control.h"
#include "flow/plan_retry.h"
#include "flow/plan_scope.h"
#include "flow/template.h"
#include "json/writer.h"

#define UNFILLED "template"

struct planner {
	struct arena *arena;
	const struct run_state *state;
	struct action *actions;
	unsigned count;
	int64_t wake_us; /* what waits is looked at again then; PLAN_NEVER */
	bool waits;	 /* something does */
	bool busy;	 /* a call is in flight */
	bool told;	 /* a step took what somebody said: two may want the same, so the next one has to ask again */
	bool over;	 /* the run ends: nothing else is asked for */
	bool *settled;	 /* of every step: it is done, and so is all that it waited for */
	struct action evaluate; /* ACTION_EVALUATE, when a step wants that */
};

static const struct step_def *
def_of(const struct planner *p, unsigned index)
{
	return &p->state->definition->steps[index];
}

static struct action *
add(struct planner *p, enum action_kind kind)
{
	struct action *action = &p->actions[p->count++];
	*action = (struct action){.kind = kind};
	return action;
}

static struct action *
add_about(struct planner *p, enum action_kind kind, unsigned index, int attempt)
{
	struct action *action = add(p, kind);
	action->step = index;
	action->attempt = attempt;
	return action;
}

/* Begun and not ended: there is a row, and perhaps a call. */
static bool
underway(const struct step_state *step)
{
	return step->status == STEP_RUNNING || step->status == STEP_WAITING;
}

/* Nothing more is to be done about it. */
static bool
done(const struct planner *p, unsigned index)
{
	const struct step_state *step = &p->state->steps[index];
	return step->status == STEP_COMPLETED || step->status == STEP_SKIPPED ||
	       (step->status == STEP_FAILED && p->state->definition->steps[index].on_failure == FAILURE_CONTINUES &&
		       !plan_retries(p->arena, p->state, index));
}

static void
abort_between(struct planner *p, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
		if (underway(&p->state->steps[i]))
			add_about(p, ACTION_ABORT, i, p->state->steps[i].attempt);
}

/* The run ends, and whatever was found to do before is not done. */
static struct action *
end_run(struct planner *p, enum run_status status)
{
	p->count = 0;
	p->over = true;
	abort_between(p, 0, p->state->definition->step_count);
	struct action *end = add(p, ACTION_END);
	end->end = status;
	return end;
}

static struct str
error_text(struct arena *arena, const char *code, struct str message, struct str path)
{
	struct json *error = json_new_object(arena);
	json_add(error, STR("code"), json_new_str(arena, str_of(code)));
	json_add(error, STR("message"), json_new_str(arena, message));
	if (path.n)
		json_add(error, STR("path"), json_new_str(arena, path));
	return json_text(arena, error);
}

/* "Step 3, Review", and of what is in a group its name alone. */
static struct str
called(struct planner *p, unsigned index)
{
	const struct step_def *step = def_of(p, index);
	unsigned number = 1;
	if (step->parent != NO_STEP)
		return step->name;
	for (unsigned i = 0; i < index; i = def_of(p, i)->end)
		number++;
	return str_of(arena_printf(p->arena, "Step %u, %.*s,", number, STR_ARG(step->name)));
}

/* A failure goes up: with the name of the step before it, and beside it the path of the step where it began. */
static struct str
error_of_step(struct planner *p, unsigned index)
{
	struct str step_error = p->state->steps[index].error, path = def_of(p, index)->path;
	struct json *read;
	struct str code = STR("internal"), message = STR("It gave no reason.");
	if (step_error.n && json_read(p->arena, step_error, &json_limits_stored, &read, NULL) &&
		read->type == JSON_OBJECT) {
		json_get_str(read, "code", &code);
		json_get_str(read, "message", &message);
		if (step_is_group(def_of(p, index)))
			json_get_str(read, "path", &path);
	}
	struct str said =
		str_of(arena_printf(p->arena, "%.*s failed. %.*s", STR_ARG(called(p, index)), STR_ARG(message)));
	return error_text(p->arena, arena_strz(p->arena, code), said, path);
}

static void
end_failed(struct planner *p, unsigned index)
{
	struct action *end = end_run(p, RUN_FAILED);
	end->step = index;
	end->error = error_of_step(p, index);
}

static void
end_cancelled(struct planner *p)
{
	end_run(p, RUN_CANCELLED)->error = error_text(p->arena, "cancelled", STR("The run was cancelled."), STR(""));
}

/* It answers what its last step gave, of those that give something and do not just choose. */
static void
end_completed(struct planner *p)
{
	struct action *end = end_run(p, RUN_COMPLETED);
	bool away = false;
	for (unsigned i = 0; i < p->state->definition->step_count; i = def_of(p, i)->end) {
		const struct step_state *step = &p->state->steps[i];
		if (step->status != STEP_COMPLETED || (!step->output && !step->output_away) ||
			step_chooses(def_of(p, i)))
			continue;
		end->step = i;
		end->output = step->output;
		away = step->output_away;
	}
	if (!end->output && !away)
		end->output = json_new_null(p->arena);
}

/* Asks for outputs that the step's templates name and that are not here. True: there are such. */
static bool
fetch(struct planner *p, unsigned index)
{
	unsigned before = p->count;
	for (unsigned i = 0; i < index; i++) {
		if (p->state->steps[i].status != STEP_COMPLETED || !p->state->steps[i].output_away)
			continue;
		if (plan_names(p->arena, def_of(p, index), def_of(p, i)->key))
			add(p, ACTION_FETCH)->step = i;
	}
	return p->count > before;
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
		if (e->coming && e->step != index && p->state->steps[e->step].attempt < e->attempt)
			return true;
	return false;
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
		add_about(p, ACTION_FAIL, index, attempt)->error =
			error_text(p->arena, told ? "secret_unavailable" : "unknown_env", why, STR(""));
		return true;
	}
	return false;
}

/*
 * Asks for what the step's expressions come to: of several steps that want it one at a time, and after everything else. False: there are
 * none, or it is there.
 */
static bool
evaluate(struct planner *p, unsigned index, int attempt)
{
	const struct step_def *def = def_of(p, index);
	const struct evaluation *known = plan_evaluation(p->state, index);
	bool given = def->control != CONTROL_TRANSFORM && def->control != CONTROL_WAIT && !def->condition &&
		     plan_input(p->state, index);
	if (lacks_env(p, index, attempt, given))
		return true;
	if (def->source_count == 0 || given)
		return false;
	if (known && known->attempt == attempt && !known->coming) {
		if (known->values)
			return false;
		add_about(p, ACTION_FAIL, index, attempt)->error = known->error;
		return true;
	}
	if (comes_for_another(p, index)) {
		p->busy = true;
	} else if (p->evaluate.kind != ACTION_EVALUATE) {
		p->evaluate = (struct action){.kind = ACTION_EVALUATE,
			.step = index,
			.attempt = attempt,
			.input = named_scope(p, index, def->sources, def->source_count),
			.sources = def->sources,
			.source_count = def->source_count};
	}
	return true;
}

struct str
plan_model(const struct run_state *state, unsigned index)
{
	const struct step_def *def = &state->definition->steps[index];
	struct str model;
	const struct json *own = state->models ? json_get_by(state->models, def->key) : NULL;
	if (own && own->type == JSON_STRING)
		return own->text;
	if (state->models && json_get_str(state->models, "*", &model))
		return model;
	return def->model;
}

const struct json *
plan_input(const struct run_state *state, unsigned index)
{
	return state->inputs ? json_get_by(state->inputs, state->definition->steps[index].key) : NULL;
}

/* What a control step asks for. */
static void
add_control(struct planner *p, struct action asked)
{
	if (asked.kind == ACTION_SLEEP) {
		p->waits = true;
		if (asked.at_us < p->wake_us)
			p->wake_us = asked.at_us;
	} else if (!asked.message || !p->told) {
		*add(p, asked.kind) = asked;
		p->told |= asked.message != NULL;
	}
}

static void
fail_unfilled(struct planner *p, unsigned index, const char *what, const struct err *err)
{
	struct str message = str_of(arena_printf(p->arena, "%s could not be filled in: %s", what, err->message));
	struct action *action = add_about(p, ACTION_FAIL, index, p->state->steps[index].attempt + 1);
	action->error =
		error_text(p->arena, UNFILLED, message, STR("")); /* what follows is decided as of any failure */
}

static void
start(struct planner *p, unsigned index)
{
	const struct step_def *step = def_of(p, index);
	struct json *input = NULL;
	const struct json *given = plan_input(p->state, index);
	struct err err = {0};
	int attempt = p->state->steps[index].attempt + 1;
	if (fetch(p, index) || evaluate(p, index, attempt))
		return;
	if (step_is_group(step)) {
		add_about(p, ACTION_OPEN, index, attempt);
		return;
	}
	if (step->control != CONTROL_CALL) {
		add_control(p, plan_control_begin(p->arena, p->state, index, plan_scope(p->arena, p->state, index)));
		return;
	}
	if (given)
		input = plan_share(p->arena, given);
	else if (!step->input)
		input = json_new_object(p->arena);
	if (input || template_fill_all(p->arena, step->input, plan_scope(p->arena, p->state, index), &input, &err))
		add_about(p, ACTION_START, index, attempt)->input = input;
	else
		fail_unfilled(p, index, "Its input", &err);
}

/* Nothing to do about it before `at_us`, which may be never. */
static void
sleep_until(struct planner *p, int64_t at_us)
{
	add_control(p, (struct action){.kind = ACTION_SLEEP, .at_us = at_us});
}

/* The step failed and is worth another attempt: first the decision, then the wait, then the attempt. */
static void
try_again(struct planner *p, unsigned index)
{
	const struct step_state *step = &p->state->steps[index];
	if (step->due_us == 0)
		add_about(p, ACTION_RETRY, index, step->attempt + 1)->at_us =
			p->state->now_us + plan_retry_pause_ms(p->arena, p->state, index) * 1000;
	else if (p->state->status == RUN_PAUSED)
		sleep_until(p, PLAN_NEVER);
	else if (p->state->now_us < step->due_us)
		sleep_until(p, step->due_us);
	else
		start(p, index);
}

static const struct message *
answer_to(const struct run_state *state, unsigned index)
{
	for (const struct message *m = state->messages; m; m = m->next)
		if (!m->used && m->kind == MESSAGE_ANSWER && m->attempt == state->steps[index].attempt &&
			str_eq(m->name, state->definition->steps[index].path))
			return m;
	return NULL;
}

/* The step failed for good, and a person says what follows. */
static void
ask(struct planner *p, unsigned index)
{
	const struct step_state *step = &p->state->steps[index];
	const struct message *answer = answer_to(p->state, index);
	struct str decision = STR("");
	if (!step->asked) {
		add_about(p, ACTION_ASK, index, step->attempt);
		return;
	}
	if (answer)
		json_get_str(answer->data, "decision", &decision);
	if (str_is(decision, "stop")) {
		end_failed(p, index);
	} else if (!answer || p->state->status == RUN_PAUSED) {
		sleep_until(p, PLAN_NEVER);
	} else if (str_is(decision, "skip")) {
		add_about(p, ACTION_SKIP, index, step->attempt + 1)->answer = answer;
	} else {
		unsigned before = p->count;
		start(p, index);
		/* otherwise it is asked again, and the answer is still needed */
		if (p->count > before && p->actions[before].kind != ACTION_FETCH)
			p->actions[before].answer = answer;
	}
}

/* Its call was made, or not; and it said that it must not be made twice. */
static void
give_up(struct planner *p, unsigned index)
{
	struct action *action = add_about(p, ACTION_FAIL, index, p->state->steps[index].attempt);
	action->begun = true;
	action->error = error_text(p->arena, "unknown_outcome",
		STR("Its executor was lost during the call, so nobody knows whether the call was made, and the step "
		    "says that it "
		    "must not be made twice. Look at the other side, then retry the run from this step."),
		STR(""));
}

/* ---- lists and groups ---- */

/* It failed, and nothing will change that. */
static bool
lost(const struct planner *p, unsigned index)
{
	return p->state->steps[index].status == STEP_FAILED && !done(p, index) &&
	       def_of(p, index)->on_failure != FAILURE_ASKS && !plan_retries(p->arena, p->state, index);
}

/* Is what it waits for over with? */
static bool
ready(const struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	for (unsigned i = 0; i < def->need_count; i++)
		if (!p->settled[def->needs[i]])
			return false;
	for (unsigned i = 0; i < def->chooser_count; i++)
		if (!p->settled[def->choosers[i]])
			return false;
	return true;
}

/* A step can be done before one that it waits for: it was kept, and the other one not. */
static void
find_settled(struct planner *p)
{
	unsigned steps = p->state->definition->step_count;
	p->settled = arena_array(p->arena, steps, sizeof *p->settled);
	for (unsigned i = 0; i < steps; i++)
		p->settled[i] = done(p, i) && ready(p, i);
}

/* A step that conditionals and switches speak of runs when one of them says so. */
static bool
chosen(const struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	for (unsigned i = 0; i < def->chooser_count; i++) {
		const struct step_state *chooser = &p->state->steps[def->choosers[i]];
		if (chooser->status == STEP_COMPLETED && chooser->output && chooser->output->type == JSON_STRING &&
			str_eq(chooser->output->text, def->key))
			return true;
	}
	return def->chooser_count == 0;
}

/* A step's first attempt in this generation, or the decision that there is none. */
static void
begin(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	struct err err = {0};
	bool holds = true;
	int attempt = p->state->steps[index].attempt + 1;
	if (!chosen(p, index)) {
		add_about(p, ACTION_SKIP, index, attempt)->why = "branch";
		return;
	}
	if (def->condition && def->control != CONTROL_CONDITIONAL) {
		if (fetch(p, index) || evaluate(p, index, attempt))
			return;
		if (!plan_holds(p->arena, def->condition, plan_scope(p->arena, p->state, index), &holds, &err)) {
			fail_unfilled(p, index, "Its condition", &err);
			return;
		}
	}
	if (holds)
		start(p, index);
	else
		add_about(p, ACTION_SKIP, index, attempt)->why = "condition";
}

static bool group(struct planner *p, unsigned index);

/* One step of a list, which may begin when there is room. True: it goes on, now or later. */
static bool
look_at(struct planner *p, unsigned index, bool room)
{
	const struct step_def *def = def_of(p, index);
	switch (p->state->steps[index].status) {
	case STEP_PENDING:
		if (!ready(p, index))
			return false;
		if (p->state->status == RUN_PAUSED)
			sleep_until(p, PLAN_NEVER);
		else if (room)
			begin(p, index);
		return true;
	case STEP_RUNNING:
		if (step_is_group(def))
			return group(p, index);
		p->busy = true;
		return true;
	case STEP_WAITING:
		if (def->control == CONTROL_CALL)
			p->busy = true;
		else
			add_control(p, plan_control_waiting(p->arena, p->state, index));
		return true;
	case STEP_FAILED:
		if (plan_retries(p->arena, p->state, index))
			try_again(p, index);
		else if (def->on_failure == FAILURE_ASKS)
			ask(p, index);
		else
			return false;
		return true;
	default:
		return false;
	}
}

/* Every step of a list that is not done. True: something in it goes on. */
static bool
walk(struct planner *p, unsigned first, unsigned end, unsigned at_once)
{
	bool active = false;
	unsigned begun = 0;
	for (unsigned i = first; i < end && at_once > 0; i = def_of(p, i)->end)
		begun += underway(&p->state->steps[i]) ||
			 (p->state->steps[i].status == STEP_FAILED && !done(p, i) && !lost(p, i));
	for (unsigned i = first; i < end && !p->over; i = def_of(p, i)->end) {
		if (done(p, i))
			continue;
		bool begins = p->state->steps[i].status == STEP_PENDING && ready(p, i);
		active |= look_at(p, i, at_once == 0 || begun < at_once);
		begun += begins;
	}
	return active;
}

/* What its steps gave: of a sequential group the last one's, of a parallel one all of them by their keys. */
static void
complete_group(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	bool parallel = def->control == CONTROL_PARALLEL;
	struct json *all = parallel ? json_new_object(p->arena) : NULL;
	unsigned last = NO_STEP, before = p->count;
	for (unsigned i = index + 1; i < def->end; i = def_of(p, i)->end) {
		if (p->state->steps[i].status != STEP_COMPLETED)
			continue;
		if (parallel && p->state->steps[i].output_away)
			add(p, ACTION_FETCH)->step = i;
		else if (parallel)
			json_add(all, def_of(p, i)->key, plan_share(p->arena, p->state->steps[i].output));
		last = i;
	}
	if (p->count > before)
		return;
	if (!parallel && last != NO_STEP && p->state->steps[last].output_away) {
		add(p, ACTION_FETCH)->step = last;
		return;
	}
	struct action *action = add_about(p, ACTION_COMPLETE, index, p->state->steps[index].attempt);
	action->begun = true;
	action->output = parallel ? all : last != NO_STEP ? p->state->steps[last].output : NULL;
	if (!action->output) /* as it is read again from its row */
		action->output = json_new_null(p->arena);
}

static void
fail_group(struct planner *p, unsigned index, unsigned failed)
{
	abort_between(p, index + 1, def_of(p, index)->end);
	struct action *action = add_about(p, ACTION_FAIL, index, p->state->steps[index].attempt);
	action->begun = true;
	action->error = error_of_step(p, failed);
}

/* The first step of a group that is lost; NO_STEP: none is. */
static unsigned
first_lost(const struct planner *p, unsigned index)
{
	for (unsigned i = index + 1; i < def_of(p, index)->end; i = def_of(p, i)->end)
		if (lost(p, i))
			return i;
	return NO_STEP;
}

/* A group that has begun: it goes on, or ends as its steps did. */
static bool
group(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	unsigned failed = first_lost(p, index);
	bool all = true;
	for (unsigned i = index + 1; i < def->end; i = def_of(p, i)->end)
		all = all && done(p, i);
	if (all)
		complete_group(p, index);
	else if (failed != NO_STEP && def->fail_fast)
		fail_group(p, index, failed);
	else if (!walk(p, index + 1, def->end, def->at_once) && !p->over)
		fail_group(p, index, failed != NO_STEP ? failed : index);
	return true;
}

/* ---- the whole ---- */

static bool
fits(const struct run_state *state, struct err *err)
{
	const struct definition *definition = state->definition;
	if (definition && definition->step_count > 0 && state->steps)
		return true;
	err_set(err, ERR_INTERNAL, "The run and its workflow do not fit together.");
	err_detail(err, "plan: %s", definition ? "no steps" : "no definition");
	return false;
}

/* Ended as nobody asked for; in a group that has ended, or is about to, that is what the group did. */
static bool
dropped(const struct planner *p, unsigned index)
{
	enum step_status status = p->state->steps[index].status;
	if (status != STEP_CANCELLED && status != STEP_ROLLED_BACK)
		return false;
	for (unsigned i = def_of(p, index)->parent; i != NO_STEP; i = def_of(p, i)->parent)
		if (step_ended(p->state->steps[i].status) || (def_of(p, i)->fail_fast && first_lost(p, i) != NO_STEP))
			return false;
	return true;
}

/* What concerns the run as a whole. False: its steps go on. */
static bool
settle(struct planner *p)
{
	const struct run_state *state = p->state;
	unsigned steps = state->definition->step_count, unknown = NO_STEP;
	bool all = true, away = false;
	for (unsigned i = 0; i < steps; i = def_of(p, i)->end) {
		if (lost(p, i)) {
			end_failed(p, i);
			return true;
		}
		all = all && done(p, i);
	}
	if (all) { /* before the cancellation: what was asked for too late does not undo anything */
		end_completed(p);
		return true;
	}
	for (unsigned i = steps; i-- > 0;) {
		if (state->steps[i].status == STEP_RUNNING && state->steps[i].outcome_unknown &&
			def_of(p, i)->retry.never)
			unknown = i;
		away |= dropped(p, i);
	}
	if (unknown != NO_STEP)
		give_up(p, unknown);
	else if (state->cancel_asked || away)
		end_cancelled(p);
	return unknown != NO_STEP || p->over;
}

bool
plan(struct arena *arena, const struct run_state *state, struct action **ret_actions, unsigned *ret_count,
	struct err *err)
{
	struct planner p = {.arena = arena, .state = state, .wake_us = PLAN_NEVER, .evaluate = {.kind = ACTION_SLEEP}};
	if (!fits(state, err))
		return false;
	unsigned steps = state->definition->step_count;
	/* Of every step an output may be fetched, and then one thing be asked for; the run ends once. */
	p.actions = arena_array(arena, (size_t)steps * 2 + 3, sizeof *p.actions);
	*ret_actions = p.actions;
	*ret_count = 0;
	if (run_ended(state->status))
		return true;
	find_settled(&p);
	if (!settle(&p))
		walk(&p, 0, steps, 0);
	if (p.evaluate.kind == ACTION_EVALUATE && !p.over)
		*add(&p, ACTION_EVALUATE) = p.evaluate;
	if (p.count == 0 && p.waits && (!p.busy || p.wake_us != PLAN_NEVER))
		add(&p, ACTION_SLEEP)->at_us = p.wake_us;
	*ret_count = p.count;
	return true;
}
