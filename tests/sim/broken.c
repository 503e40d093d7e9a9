/*
 * Planners that are broken on purpose, each by a slip that somebody could make: plan() is shown a state that is not quite
 * right, or what it gives is spoiled. A simulator that does not find one of them proves nothing.
 */
#include "sim.h"

#include "json/writer.h"

#define SECOND_US INT64_C(1000000)

/* What plan() gives; there is room for one more action. */
struct answer {
	struct arena *arena;
	const struct run_state *state;
	struct action *list;
	unsigned count;
};

struct mutation {
	const char *name;
	void (*show)(struct arena *arena, struct run_state *shown); /* a copy: steps and messages are its own */
	void (*spoil)(struct answer *answer);
};

#define SHOW(name) static void name(struct arena *arena __attribute__((unused)), struct run_state *shown)
#define SPOIL(name) static void name(struct answer *answer)
#define EACH_STEP(step) \
	for (struct step_state *step = shown->steps; step < shown->steps + shown->definition->step_count; step++)
#define EACH_MESSAGE(m) for (struct message *m = shown->messages; m; m = m->next)
#define EACH_ACTION(a) for (struct action *a = answer->list; a < answer->list + answer->count; a++)

static enum step_control
control_of(const struct run_state *run, const struct step_state *step)
{
	return run->definition->steps[step - run->steps].control;
}

/* ---- steps ---- */

/* The next step begins while the one before it still runs. */
SHOW(early)
{
	EACH_STEP(step)
	if (step->status == STEP_RUNNING)
		step->status = STEP_COMPLETED;
}

/* A failed step is passed over. */
SHOW(forgiving)
{
	EACH_STEP(step)
	if (step->status == STEP_FAILED)
		step->status = STEP_SKIPPED;
}

/* Tries again at once. */
SHOW(impatient)
{
	EACH_STEP(step)
	if (step->status == STEP_FAILED && step->due_us > 0)
		step->due_us = 1;
}

/* Forgets how often it has tried. */
SHOW(stubborn)
{
	EACH_STEP(step)
	step->before = step->attempt > 0 ? step->attempt - 1 : 0;
}

/* Makes a call again that must not be made twice. */
SHOW(repeats)
{
	EACH_STEP(step)
	step->outcome_unknown = false;
}

/* What failed by a person's word is tried again, as if it had been too slow. */
SHOW(insists)
{
	EACH_STEP(step)
	if (error_is(step->error, "rejected"))
		step->error = STR("{\"code\":\"timeout\",\"message\":\"\"}");
}

/* An attempt after a definite answer has the number of the one before. */
SPOIL(old_number)
{
	EACH_ACTION(action)
	if (action->kind == ACTION_START && action->step > 1)
		action->attempt--;
}

/* ---- failures that a person decides ---- */

/* Asks again and again. */
SHOW(asks_again)
{
	EACH_STEP(step)
	step->asked = false;
}

/* Waits for an answer to a question that it has not asked. */
SHOW(asks_nobody)
{
	EACH_STEP(step)
	step->asked |= step->status == STEP_FAILED;
}

/* What was said of an earlier attempt holds for this one. */
SHOW(old_answer)
{
	EACH_MESSAGE(m)
	EACH_STEP(step)
	if (m->kind == MESSAGE_ANSWER && str_eq(m->name, shown->definition->steps[step - shown->steps].key))
		m->attempt = step->attempt;
}

/* Follows an answer and forgets to say so. */
SPOIL(ungrateful)
{
	EACH_ACTION(action)
	action->answer = NULL;
}

/* ---- cancelling and pausing ---- */

/* What runs at a cancellation is left running. */
SPOIL(left_running)
{
	unsigned kept = 0;
	EACH_ACTION(action)
	if (action->kind != ACTION_ABORT)
		answer->list[kept++] = *action;
	answer->count = kept;
}

SHOW(deaf)
{
	shown->cancel_asked = false;
}

/* A cancellation waits for what runs, and forgets that it was asked. */
SHOW(patient)
{
	EACH_STEP(step)
	if (step->status == STEP_RUNNING)
		shown->cancel_asked = false;
}

/* Who waits cannot be cancelled. */
SHOW(waits_on)
{
	EACH_STEP(step)
	if (step->status == STEP_WAITING)
		shown->cancel_asked = false;
}

SHOW(unpausable)
{
	if (shown->status == RUN_PAUSED)
		shown->status = RUN_RUNNING;
}

/* A pause holds calls, and nothing that needs none. */
SHOW(half_paused)
{
	unsigned first = step_first(shown);
	if (shown->status == RUN_PAUSED && first < shown->definition->step_count &&
		shown->definition->steps[first].control != CONTROL_CALL)
		shown->status = RUN_RUNNING;
}

/* A pause does not hold the next attempt. */
SHOW(paused_once)
{
	EACH_STEP(step)
	if (shown->status == RUN_PAUSED && step->status == STEP_FAILED)
		shown->status = RUN_RUNNING;
}

/* What waits in a paused run does not hear any more. */
SHOW(paused_deaf)
{
	if (shown->status == RUN_PAUSED)
		shown->messages = NULL;
}

/* ---- ends ---- */

SPOIL(ends_twice)
{
	if (answer->count && answer->list[answer->count - 1].kind == ACTION_END) {
		answer->list[answer->count] = answer->list[answer->count - 1];
		answer->count++;
	}
}

/* Says that a step cannot begin and ends the run in one breath, and after a death between the two it says nothing more. */
SPOIL(torn)
{
	for (unsigned i = 0; i < answer->state->definition->step_count; i++)
		if (error_is(answer->state->steps[i].error, "template"))
			answer->count = 0;
}

/* The output of the first step instead of the last. */
SPOIL(wrong_output)
{
	EACH_ACTION(action)
	if (action->kind == ACTION_END && action->output && answer->state->steps[0].output)
		action->output = answer->state->steps[0].output;
}

/* Remembers something between two questions. */
SPOIL(moody)
{
	static unsigned mood;
	if (++mood % 101 == 0)
		answer->count = 0;
}

/* ---- templates ---- */

/* Fills every template with the newest output, whichever was named. */
SHOW(wrong_input)
{
	const struct json *newest = NULL;
	EACH_STEP(step)
	newest = step->output ? step->output : newest;
	EACH_STEP(step)
	if (step->output)
		step->output = newest;
}

/* Sees only what calls have given. */
SHOW(calls_only)
{
	EACH_STEP(step)
	if (control_of(shown, step) != CONTROL_CALL)
		step->output = NULL;
}

/* ---- waiting ---- */

/* Half a second too early. */
SHOW(wakes_early)
{
	EACH_STEP(step)
	if (step->status == STEP_WAITING && step->due_us > 0)
		step->due_us = step->due_us > SECOND_US / 2 ? step->due_us - SECOND_US / 2 : 1;
}

SHOW(forgets_timeout)
{
	EACH_STEP(step)
	if (step->status == STEP_WAITING && control_of(shown, step) != CONTROL_WAIT)
		step->due_us = 0;
}

/* The time-out of one step is counted from the start of the run. */
SPOIL(timeout_from_start)
{
	EACH_ACTION(action)
	if (action->kind == ACTION_WAIT && action->at_us != PLAN_NEVER)
		action->at_us -= answer->state->now_us - SECOND_US;
}

/* Over is over, even where somebody has answered in the last moment. */
SPOIL(too_strict)
{
	EACH_ACTION(action)
	if (action->message && action->begun && answer->state->steps[action->step].due_us > 0 &&
		answer->state->steps[action->step].due_us <= answer->state->now_us) {
		action->kind = ACTION_FAIL;
		action->message = NULL;
		action->error = STR("{\"code\":\"timeout\",\"message\":\"\"}");
	}
}

SPOIL(sleeps_on)
{
	EACH_ACTION(action)
	if (action->kind == ACTION_SLEEP)
		action->at_us = PLAN_NEVER;
}

SPOIL(oversleeps)
{
	EACH_ACTION(action)
	if (action->kind == ACTION_SLEEP && action->at_us != PLAN_NEVER)
		action->at_us += SECOND_US;
}

/* Goes to sleep with the answer in hand. */
SPOIL(dozes)
{
	EACH_ACTION(action)
	if (action->message && action->begun)
		*action = (struct action){.kind = ACTION_SLEEP, .at_us = PLAN_NEVER};
}

/* Sleeps where it has nothing to wait for but a call. */
SPOIL(sleeps_in_calls)
{
	if (answer->count == 0 && !run_ended(answer->state->status))
		answer->list[answer->count++] = (struct action){.kind = ACTION_SLEEP, .at_us = PLAN_NEVER};
}

/* ---- messages ---- */

SHOW(takes_twice)
{
	EACH_MESSAGE(m)
	m->used = false;
}

SHOW(any_signal)
{
	unsigned first = step_first(shown);
	if (first < shown->definition->step_count && shown->definition->steps[first].control == CONTROL_SIGNAL)
		EACH_MESSAGE(m)
	if (m->kind == MESSAGE_SIGNAL)
		m->name = shown->definition->steps[first].signal;
}

/* A decision counts, whichever attempt it was about. */
SHOW(any_attempt)
{
	EACH_STEP(step)
	EACH_MESSAGE(m)
	if (m->kind == MESSAGE_DECISION && str_eq(m->name, shown->definition->steps[step - shown->steps].key))
		m->attempt = step->attempt;
}

/* … or whichever step. */
SHOW(any_step)
{
	unsigned first = step_first(shown);
	EACH_MESSAGE(m)
	if (m->kind == MESSAGE_DECISION && first < shown->definition->step_count)
		m->name = shown->definition->steps[first].key;
}

SHOW(newest_first)
{
	struct message *reversed = NULL;
	for (struct message *m = shown->messages, *next; m; m = next) {
		next = m->next;
		m->next = reversed;
		reversed = m;
	}
	shown->messages = reversed;
}

/* A signal that came before its step is lost on it. */
SHOW(late_only)
{
	EACH_STEP(step)
	if (step->status == STEP_WAITING)
		return;
	shown->messages = NULL;
}

SHOW(says_yes)
{
	EACH_MESSAGE(m)
	if (m->kind == MESSAGE_DECISION) {
		struct json *said = json_new_object(arena);
		json_each (member, m->data)
			json_add(said, member->key,
				str_is(member->key, "decision") ? json_new_str(arena, STR("approve"))
								: json_share(arena, member));
		m->data = said;
	}
}

/* Takes it, and does not say so: it would be there again. */
SPOIL(does_not_say)
{
	EACH_ACTION(action)
	action->message = NULL;
}

SPOIL(drops_data)
{
	EACH_ACTION(action)
	if (action->kind == ACTION_COMPLETE && action->message)
		action->output = NULL;
}

/* Looks at what was used before, which whoever takes over does not know. */
SHOW(remembers)
{
	EACH_MESSAGE(m)
	if (m->used)
		shown->messages = NULL;
}

/* ---- large outputs ---- */

/* What is not here is taken for nothing. */
SHOW(blind)
{
	EACH_STEP(step)
	step->output_away = false;
}

/* What is needed is not asked for. */
SPOIL(fetches_nothing)
{
	unsigned kept = 0;
	EACH_ACTION(action)
	if (action->kind != ACTION_FETCH)
		answer->list[kept++] = *action;
	answer->count = kept;
}

/* Everything is brought, whoever needs it. */
SPOIL(fetches_all)
{
	const struct run_state *run = answer->state;
	for (unsigned i = 0; i < run->definition->step_count && answer->count == 1; i++)
		if (answer->list[0].kind == ACTION_FETCH && answer->list[0].step != i && run->steps[i].output_away)
			answer->list[answer->count++] = (struct action){.kind = ACTION_FETCH, .step = i};
}

/* ---- expressions ---- */

/* They are never asked for. */
SPOIL(evaluates_never)
{
	unsigned kept = 0;
	EACH_ACTION(action)
	if (action->kind != ACTION_EVALUATE)
		answer->list[kept++] = *action;
	answer->count = kept;
}

/* What they came to is forgotten. */
SHOW(evaluates_for_ever)
{
	shown->evaluation = NULL;
}

/* ---- generations ---- */

/* The attempts of all generations count together. */
SHOW(counts_all)
{
	EACH_STEP(step)
	step->before = 0;
}

/* What an earlier generation has done is done again. */
SHOW(does_again)
{
	EACH_STEP(step)
	if (step->status == STEP_COMPLETED && step->before > 0 && step->attempt <= step->before)
		*step = (struct step_state){.attempt = step->before, .before = step->before};
}

/* Each generation counts its attempts from 1, so that keys of calls come a second time. */
SPOIL(counts_anew)
{
	EACH_ACTION(action)
	if (action->kind != ACTION_END && action->kind != ACTION_SLEEP)
		action->attempt -= answer->state->steps[action->step].before;
}

/* The input that somebody gave a step is forgotten. */
SHOW(not_given)
{
	shown->inputs = NULL;
}

/* Comes back before it was asked to. */
SHOW(impolite)
{
	EACH_STEP(step)
	if (step->error.n && strstr(arena_strz(arena, step->error), "retry_after_ms"))
		step->error = STR("{\"code\":\"rate_limited\",\"message\":\"\"}");
}

/* ---- the list ---- */

static const struct mutation mutations[] = {
	{"early", early, NULL},
	{"forgiving", forgiving, NULL},
	{"impatient", impatient, NULL},
	{"stubborn", stubborn, NULL},
	{"repeats", repeats, NULL},
	{"insists", insists, NULL},
	{"old-number", NULL, old_number},
	{"left-running", NULL, left_running},
	{"deaf", deaf, NULL},
	{"patient", patient, NULL},
	{"waits-on", waits_on, NULL},
	{"unpausable", unpausable, NULL},
	{"half-paused", half_paused, NULL},
	{"paused-once", paused_once, NULL},
	{"paused-deaf", paused_deaf, NULL},
	{"ends-twice", NULL, ends_twice},
	{"torn", NULL, torn},
	{"wrong-output", NULL, wrong_output},
	{"moody", NULL, moody},
	{"wrong-input", wrong_input, NULL},
	{"calls-only", calls_only, NULL},
	{"wakes-early", wakes_early, NULL},
	{"forgets-timeout", forgets_timeout, NULL},
	{"timeout-from-start", NULL, timeout_from_start},
	{"too-strict", NULL, too_strict},
	{"sleeps-on", NULL, sleeps_on},
	{"oversleeps", NULL, oversleeps},
	{"dozes", NULL, dozes},
	{"sleeps-in-calls", NULL, sleeps_in_calls},
	{"takes-twice", takes_twice, NULL},
	{"any-signal", any_signal, NULL},
	{"any-attempt", any_attempt, NULL},
	{"any-step", any_step, NULL},
	{"newest-first", newest_first, NULL},
	{"late-only", late_only, NULL},
	{"says-yes", says_yes, NULL},
	{"does-not-say", NULL, does_not_say},
	{"drops-data", NULL, drops_data},
	{"remembers", remembers, NULL},
	{"asks-again", asks_again, NULL},
	{"asks-nobody", asks_nobody, NULL},
	{"old-answer", old_answer, NULL},
	{"ungrateful", NULL, ungrateful},
	{"blind", blind, NULL},
	{"fetches-nothing", NULL, fetches_nothing},
	{"fetches-all", NULL, fetches_all},
	{"evaluates-never", NULL, evaluates_never},
	{"evaluates-for-ever", evaluates_for_ever, NULL},
	{"counts-all", counts_all, NULL},
	{"does-again", does_again, NULL},
	{"counts-anew", NULL, counts_anew},
	{"not-given", not_given, NULL},
	{"impolite", impolite, NULL},
};
#define COUNT (sizeof mutations / sizeof *mutations)
static const struct mutation *chosen;

/* ---- around plan() ---- */

static struct run_state
copied(struct arena *arena, const struct run_state *state)
{
	struct run_state copy = *state;
	size_t size = state->definition->step_count * sizeof *copy.steps;
	struct message **at = &copy.messages;
	copy.steps = arena_alloc(arena, size);
	memcpy(copy.steps, state->steps, size);
	for (const struct message *m = state->messages; m; m = m->next, at = &(*at)->next) {
		*at = arena_new_of(arena, struct message);
		**at = *m;
	}
	return copy;
}

static bool
broken_plan(struct arena *arena, const struct run_state *state, struct action **ret_actions, unsigned *ret_count,
	struct err *err)
{
	struct run_state shown = copied(arena, state);
	struct answer answer = {.arena = arena, .state = state};
	struct action *actions;
	if (chosen->show)
		chosen->show(arena, &shown);
	if (!plan(arena, &shown, &actions, &answer.count, err))
		return false;
	answer.list = arena_array(arena, answer.count + 1, sizeof *answer.list);
	if (answer.count)
		memcpy(answer.list, actions, answer.count * sizeof *actions);
	if (chosen->spoil)
		chosen->spoil(&answer);
	*ret_actions = answer.list;
	*ret_count = answer.count;
	return true;
}

const char *
broken_name(unsigned index)
{
	return index < COUNT ? mutations[index].name : NULL;
}

plan_function *
broken_by_name(const char *name)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (strcmp(mutations[i].name, name) == 0) {
			chosen = &mutations[i];
			return broken_plan;
		}
	return NULL;
}
