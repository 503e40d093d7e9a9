/* One run, and whoever holds it. What happens to both by chance: happen.c. */
#include "sim.h"

#include "json/writer.h"

#include <stdio.h>

#define ROUNDS_MAX 40 /* plan() must come to rest within one turn of the executor */

bool
world_wrong(struct world *w, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (w->wrong[0] == '\0')
		vsnprintf(w->wrong, sizeof w->wrong, format, args);
	va_end(args);
	return false;
}

/* What plan() gave lives in the arena of the question; what is remembered must outlive it. */
static struct entry
kept(struct arena *arena, struct entry entry)
{
	if (entry.value)
		entry.value = json_copy(arena, entry.value);
	entry.error = entry.error.n ? arena_str(arena, entry.error) : (struct str){0};
	entry.waiting_for = entry.waiting_for.n ? arena_str(arena, entry.waiting_for) : (struct str){0};
	return entry;
}

static void
note_outputs(struct world *w)
{
	for (unsigned i = 0; i < w->memory.definition->step_count; i++)
		if (w->memory.steps[i].status == STEP_COMPLETED && !w->memory.steps[i].output_away)
			w->outputs[i] = w->memory.steps[i].output;
}

void
world_add(struct world *w, const struct entry *entry)
{
	entry_apply(w->arena, &w->memory, entry);
	history_add(w->arena, &w->history, entry);
	note_outputs(w);
}

bool
world_ended(const struct world *w)
{
	return run_ended(w->committed.status);
}

static struct asked *
reopening(struct world *w)
{
	for (unsigned i = 0; i < w->inbox_count; i++)
		if (!w->inbox[i].gone && w->inbox[i].which == REQUEST_REOPEN && w->inbox[i].generation == w->generation)
			return &w->inbox[i];
	return NULL;
}

bool
world_over(const struct world *w)
{
	return world_ended(w) && w->reopenings == 0 && !reopening((struct world *)w);
}

/* ---- time ---- */

/* The holder's clock is a little behind the database's, so that nothing is early. */
static void
tell_time(struct world *w)
{
	world_add(w, &(struct entry){.sort = ENTRY_CLOCK, .at_us = w->now_us - w->lag_us});
}

void
world_pass(struct world *w, int64_t us)
{
	w->now_us += us;
	if (w->held)
		tell_time(w);
}

/* ---- the inbox ---- */

/* The id of a request is made by who asks: a row that comes later may have come about earlier. */
void
world_ask(struct world *w, unsigned which, const struct json *value)
{
	if (w->inbox_count == SIM_INBOX_MAX || (which == REQUEST_REOPEN && reopening(w)))
		return;
	w->last_number += 10;
	unsigned number = w->last_number;
	if (w->inbox_count && chance_percent(&w->chance, 10))
		number = w->inbox[w->inbox_count - 1].number - 1;
	w->inbox[w->inbox_count++] = (struct asked){
		.number = number, .which = which, .value = value, .at_us = w->now_us, .generation = w->generation};
}

static struct asked *
next_unread(struct world *w, bool kept_too)
{
	struct asked *next = NULL;
	for (unsigned i = 0; i < w->inbox_count; i++) {
		struct asked *asked = &w->inbox[i];
		if (!asked->gone && !asked->place && (kept_too || !asked->kept) &&
			(!next || asked->number < next->number))
			next = asked;
	}
	return next;
}

/* Only what plan() may still take is worth keeping. */
static bool
worth_keeping(const struct world *w, const struct asked *asked)
{
	struct str path;
	int64_t attempt;
	if (asked->which == REQUEST_SIGNAL)
		return true;
	if (asked->which < REQUEST_DECISION || !json_get_str(asked->value, "path", &path) ||
		!json_get_int(asked->value, "attempt", &attempt))
		return false;
	for (unsigned i = 0; i < w->memory.definition->step_count; i++)
		if (str_eq(w->memory.definition->steps[i].key, path))
			return w->memory.steps[i].attempt == attempt &&
			       (asked->which == REQUEST_DECISION ? w->memory.steps[i].status == STEP_WAITING
								 : w->memory.steps[i].asked);
	return false;
}

/* In the order of their ids: all at a claim, those that nobody has kept yet later on. */
static void
read_inbox(struct world *w, bool kept_too)
{
	struct asked *asked;
	while (!run_ended(w->memory.status) && (asked = next_unread(w, kept_too))) {
		struct entry entry = {
			.sort = ENTRY_REQUEST, .which = asked->which, .value = asked->value, .request = asked->number};
		asked->place = ++w->places;
		asked->done = asked->generation != w->generation; /* too late: that one has ended */
		if (asked->done)
			continue;
		bool worth = worth_keeping(w, asked);
		enum heard heard = sim_requests[asked->which].apply(w->arena, &w->memory, &entry);
		note_outputs(w); /* a run that a step had started may have brought one */
		history_add(w->arena, &w->history, &entry);
		asked->done = heard == HEARD_DONE;
		if ((heard == HEARD_KEPT) != worth)
			world_wrong(w, "request %u is %s", asked->number, worth ? "dropped" : "kept for nothing");
		w->changed = true;
	}
}

/* ---- flushes, deaths and claims ---- */

/* Wherever the outputs are, in the database they are. */
static void
bring_all(const struct world *w, struct run_state *run)
{
	for (unsigned i = 0; i < run->definition->step_count; i++)
		if (run->steps[i].output_away) {
			run->steps[i].output = w->outputs[i];
			run->steps[i].output_away = false;
		}
}

/* Large outputs that are recorded need not be kept in memory. */
static void
let_go(struct world *w)
{
	for (unsigned i = 0; i < w->memory.definition->step_count; i++) {
		struct step_state *step = &w->memory.steps[i];
		if (w->large >> i & 1 && step->output && w->committed.steps[i].output == step->output &&
			chance_percent(&w->chance, 50)) {
			step->output = NULL;
			step->output_away = true;
		}
	}
}

/* Values of expressions, of outputs that are here or come with them. */
static void
bring_values(struct world *w)
{
	struct run_state whole = run_new(w->arena, w->flow);
	unsigned step = w->evaluating - 1;
	run_copy(&whole, &w->memory);
	bring_all(w, &whole);
	w->evaluation = expect_evaluation(w->arena, w->flow, &whole, step, w->memory.steps[step].attempt + 1);
	w->memory.evaluation = &w->evaluation;
	w->evaluating = 0;
	w->changed = true;
	w->seen.evaluations++;
}

bool
world_bring(struct world *w)
{
	if (w->held && w->evaluating) {
		bring_values(w);
		return true;
	}
	for (unsigned i = 0; w->held && i < w->memory.definition->step_count; i++)
		if (w->fetching >> i & 1) {
			struct step_state *step = &w->memory.steps[i];
			w->fetching &= ~(1u << i);
			w->changed = true;
			w->seen.fetches += step->output_away;
			step->output = w->outputs[i];
			step->output_away = false;
			return true;
		}
	return false;
}

/* States that somebody may want to go back to; and how often each step was tried, which no reopening takes back. */
static void
note_checkpoint(struct world *w, bool more)
{
	unsigned steps = w->memory.definition->step_count;
	for (unsigned i = 0; i < steps; i++)
		if (w->memory.steps[i].attempt > w->tried[i])
			w->tried[i] = w->memory.steps[i].attempt;
	if (more && w->checkpoint_count < SIM_CHECKPOINTS_MAX)
		memcpy(w->checkpoints[w->checkpoint_count++], w->committed.steps, steps * sizeof *w->committed.steps);
}

static unsigned
count_done(const struct run_state *run)
{
	unsigned done = 0;
	for (unsigned i = 0; i < run->definition->step_count; i++)
		done += step_done(&run->steps[i]);
	return done;
}

void
world_commit(struct world *w)
{
	if (!w->held)
		return;
	bool ended = run_ended(w->memory.status);
	w->ends += ended && !run_ended(w->committed.status);
	for (unsigned i = 0; i < w->inbox_count; i++) {
		struct asked *asked = &w->inbox[i];
		asked->gone |= asked->done || ended; /* the end takes the unread ones with it */
		asked->kept |= asked->place && asked->which >= REQUEST_SIGNAL;
	}
	unsigned done = count_done(&w->committed);
	run_copy(&w->committed, &w->memory);
	bring_all(w, &w->committed);
	note_checkpoint(w, count_done(&w->committed) > done);
	w->history_committed = w->history.count;
	if (ended) {
		w->held = w->changed = false;
		w->due_us = PLAN_NEVER;
	}
}

/* What was not committed never was. The run is due. */
void
world_die(struct world *w)
{
	if (!w->held)
		return;
	w->seen.deaths++;
	w->held = w->changed = w->fresh = false;
	w->due_us = w->now_us;
	w->history.count = w->history_committed;
	for (unsigned i = 0; i < w->inbox_count; i++)
		w->inbox[i].place = 0, w->inbox[i].done = false;
}

static void
give_back(struct world *w, int64_t due_us)
{
	world_commit(w);
	w->seen.sleeps++;
	w->held = false;
	w->due_us = due_us;
	for (unsigned i = 0; i < w->inbox_count; i++)
		w->inbox[i].place = 0;
}

/* Whoever finds an ended run opens its next generation, in one flush, and gives it back; or dies before that. */
static bool
reopen(struct world *w)
{
	struct asked *asked = reopening(w);
	struct entry entry = {
		.sort = ENTRY_REQUEST, .which = asked->which, .value = asked->value, .request = asked->number};
	if (!w->calm && chance_percent(&w->chance, 20)) {
		w->seen.deaths++;
		return true;
	}
	entry_apply(w->arena, &w->committed, &entry);
	history_add(w->arena, &w->history, &entry);
	w->history_committed = w->history.count;
	asked->gone = true;
	w->generation++;
	w->due_us = w->now_us;
	w->seen.reopenings++;
	json_each (kept, json_get(entry.value, "reused"))
		w->seen.reused++;
	return true;
}

static bool
claim(struct world *w)
{
	struct err err = {0};
	if (!rows_load(w->arena, w->flow, &w->committed, w->large, &w->memory, &err))
		return world_wrong(w, "the run cannot be loaded: %s", err.message);
	w->held = w->changed = w->fresh = true;
	w->fetching = w->evaluating = 0;
	for (unsigned i = 0; i < w->memory.definition->step_count; i++)
		w->outputs[i] = w->committed.steps[i].output;
	w->due_us = PLAN_NEVER;
	w->lag_us = chance_below(&w->chance, 20) * 1000;
	history_add(w->arena, &w->history, &(struct entry){.sort = ENTRY_RELOAD});
	tell_time(w);
	w->history_committed = w->history.count;
	return true;
}

bool
world_wakes(const struct world *w)
{
	if (w->held)
		return w->changed || w->due_us <= w->now_us - w->lag_us;
	if (world_ended(w))
		return reopening((struct world *)w);
	for (unsigned i = 0; i < w->inbox_count; i++)
		if (!w->inbox[i].gone && !w->inbox[i].kept)
			return true;
	return w->due_us <= w->now_us;
}

/* ---- asking ---- */

bool
ask_plan(plan_function *plan_it, struct arena *arena, const struct run_state *run, struct action **ret_actions,
	unsigned *ret_count, struct rest *ret_rest, struct err *err)
{
	unsigned asked, kept_count = 0;
	struct action *actions;
	*ret_rest = (struct rest){0};
	if (!plan_it(arena, run, &actions, &asked, err))
		return false;
	for (unsigned i = 0; i < asked; i++)
		if (actions[i].kind >= sim_action_count || !sim_actions[actions[i].kind].rest)
			actions[kept_count++] = actions[i];
		else if (actions[i].kind == ACTION_FETCH)
			ret_rest->fetch |= 1u << actions[i].step;
		else if (actions[i].kind == ACTION_EVALUATE)
			ret_rest->evaluate = actions[i].step + 1, ret_rest->attempt = actions[i].attempt;
		else
			ret_rest->sleep_us = actions[i].at_us;
	*ret_actions = actions;
	*ret_count = kept_count;
	return true;
}

/* What another would know who read the rows that a flush would make now; and that calls are out, which rows do not tell. */
static bool
load_copy(struct world *w, struct run_state *ret_copy)
{
	struct err err = {0};
	struct run_state *run = &w->memory;
	unsigned away = 0;
	struct run_state whole = run_new(w->scratch, w->flow);
	run_copy(&whole, run);
	bring_all(w, &whole);
	for (unsigned i = 0; i < run->definition->step_count; i++)
		away |= run->steps[i].output_away ? 1u << i : 0;
	if (!rows_load(w->scratch, w->flow, &whole, away, ret_copy, &err))
		return world_wrong(w, "the run could not be loaded: %s", err.message);
	ret_copy->now_us = run->now_us;
	ret_copy->cancel_asked = run->cancel_asked;
	ret_copy->evaluation = run->evaluation;
	for (unsigned i = 0; i < run->definition->step_count; i++)
		ret_copy->steps[i].outcome_unknown = run->steps[i].outcome_unknown;
	for (unsigned place = 1; place <= w->places && w->inbox_count; place++)
		for (unsigned i = 0; i < w->inbox_count; i++) {
			const struct asked *asked = &w->inbox[i];
			struct entry entry = {.value = asked->value, .request = asked->number};
			if (asked->place == place && !asked->gone && !asked->done && asked->which >= REQUEST_SIGNAL &&
				asked->which != REQUEST_REOPEN)
				sim_requests[asked->which].apply(w->scratch, ret_copy, &entry);
		}
	return true;
}

/* The same state gives the same actions, also to whoever takes the run over just now. */
static bool
ask(struct world *w, struct action **ret_actions, unsigned *ret_count, struct rest *ret_rest)
{
	struct err err = {0};
	struct run_state *run = &w->memory, copy;
	unsigned steps = run->definition->step_count, again_count;
	struct step_state before[SIM_STEPS_MAX];
	struct action *actions, *again;
	struct rest rest_again;
	memcpy(before, run->steps, steps * sizeof *before);
	w->seen.questions++;
	if (!load_copy(w, &copy))
		return false;
	if (!ask_plan(w->plan, w->scratch, run, &actions, ret_count, ret_rest, &err) ||
		!ask_plan(w->plan, w->scratch, &copy, &again, &again_count, &rest_again, &err))
		return world_wrong(w, "plan() refuses: %s", err.message);
	bool same = *ret_count == again_count && ret_rest->sleep_us == rest_again.sleep_us &&
		    ret_rest->fetch == rest_again.fetch && ret_rest->evaluate == rest_again.evaluate;
	for (unsigned i = 0; same && i < *ret_count; i++) {
		struct entry a = entry_of(&actions[i]), b = entry_of(&again[i]);
		same = entry_same(&a, &b);
	}
	if (!same)
		return world_wrong(w, "whoever would take the run over now would decide otherwise");
	if (memcmp(run->steps, before, steps * sizeof *before) != 0)
		return world_wrong(w, "plan() has changed the state it was shown");
	*ret_actions = actions;
	return true;
}

/* ---- taking ---- */

/* A message is used up by the action that uses it, and goes with it. */
static bool
use_up(struct world *w, unsigned number)
{
	for (unsigned i = 0; number && i < w->inbox_count; i++) {
		struct asked *asked = &w->inbox[i];
		if (asked->number != number)
			continue;
		if (asked->done || asked->gone || !asked->place)
			return world_wrong(w, "request %u is used a second time", asked->number);
		asked->done = true;
		w->seen.messages++;
		return true;
	}
	return number == 0 || world_wrong(w, "request %u, which nobody made, is used", number);
}

static bool
take(struct world *w, const struct action *action)
{
	unsigned kind = action->kind;
	if (kind >= sim_action_count || !sim_actions[kind].check)
		return world_wrong(w, "an action of kind %u, which tests/sim/actions.c does not know", kind);
	if (action->step >= w->memory.definition->step_count)
		return world_wrong(w, "%s of step %u, which does not exist", sim_actions[kind].name, action->step + 1);
	if (run_ended(w->memory.status))
		return world_wrong(w, "%s after the end", sim_actions[kind].name);
	if (!sim_actions[kind].check(w, action))
		return false;
	struct entry entry = kept(w->arena, entry_of(action));
	if (action->kind == ACTION_END && action->end == RUN_COMPLETED && !entry.value &&
		w->memory.steps[action->step].output_away)
		entry.value = w->outputs[action->step];
	if (!use_up(w, entry.request) || !use_up(w, entry.answer))
		return false;
	world_add(w, &entry);
	w->seen.actions++;
	return true;
}

/* Nothing to do: a short sleep keeps the run, a long one gives it back. */
static bool
rest(struct world *w, struct rest rest)
{
	int64_t sleep_us = rest.sleep_us;
	if (!check_rest(w, rest))
		return false;
	w->fetching |= rest.fetch;
	w->evaluating = rest.evaluate;
	let_go(w);
	w->due_us = sleep_us ? sleep_us : PLAN_NEVER;
	if (sleep_us)
		history_add(w->arena, &w->history, &(struct entry){.sort = ENTRY_SLEEP, .at_us = sleep_us});
	bool lasting = sleep_us > w->memory.now_us + 1000000;
	if (sleep_us && (lasting || chance_percent(&w->chance, 20)))
		give_back(w, sleep_us);
	return true;
}

/*
 * As an executor between two waits: reads, asks, takes, until there is nothing to take. It may die after any action, with
 * any number of them committed.
 */
bool
world_turn(struct world *w)
{
	if (world_ended(w) && reopening(w))
		return reopen(w);
	if (!w->held && !claim(w))
		return false;
	/* Before it says that a time is over, it looks whether somebody came in the last moment. */
	bool over = w->due_us <= w->memory.now_us;
	if (w->fresh || w->calm || over || chance_percent(&w->chance, 60))
		read_inbox(w, w->fresh);
	w->fresh = w->changed = false;
	for (int round = 0; round < ROUNDS_MAX && !w->wrong[0]; round++) {
		struct action *actions = NULL;
		unsigned count = 0;
		struct rest wish;
		arena_reset(w->scratch);
		if (!ask(w, &actions, &count, &wish))
			return false;
		if (count == 0)
			return rest(w, wish);
		for (unsigned i = 0; i < count; i++) {
			if (!take(w, &actions[i]))
				return false;
			if (!w->calm && chance_percent(&w->chance, 8))
				world_commit(w);
			if (!w->calm && chance_percent(&w->chance, 4)) {
				world_die(w);
				return true;
			}
		}
	}
	return world_wrong(w, "plan() does not come to rest");
}
