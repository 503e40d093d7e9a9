/* One run, its holder, and what happens to both. */
#include "sim.h"

#include "json/writer.h"

#include <stdio.h>

#define HOUR_US INT64_C(3600000000)
#define ROUNDS_MAX 16 /* plan() must come to rest within one turn of the executor */

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

static void add(struct world *w, const struct entry *entry);

/* ---- states ---- */

struct run_state
run_new(struct arena *arena, const struct flow *flow)
{
	return (struct run_state){.definition = flow->definition,
		.input = flow->input,
		.status = RUN_PENDING,
		.steps = arena_array(arena, flow->definition->step_count, sizeof(struct step_state))};
}

void
run_copy(struct run_state *to, const struct run_state *from)
{
	struct step_state *steps = to->steps;
	memcpy(steps, from->steps, from->definition->step_count * sizeof *steps);
	*to = *from;
	to->steps = steps;
}

void
world_commit(struct world *w)
{
	if (run_ended(w->memory.status) && !run_ended(w->committed.status)) {
		w->ends++;
		w->inbox = 0; /* the end takes the unread ones with it */
	}
	run_copy(&w->committed, &w->memory);
	w->history_committed = w->history.count;
}

/* Rows of the inbox go with the flush that holds all of what they led to. */
static void
commit_turn(struct world *w)
{
	world_commit(w);
	w->inbox &= ~w->taken;
	w->taken = 0;
	/* What a cancellation did is in the steps; that it was asked for is in no row of the run. */
	w->committed.cancel_asked = false;
}

void
world_reload(struct world *w)
{
	w->history.count = w->history_committed;
	run_copy(&w->memory, &w->committed);
	w->taken = 0;
	w->reload_due = true;
	w->deaths++;
	add(w, &(struct entry){.sort = ENTRY_RELOAD});
	add(w, &(struct entry){.sort = ENTRY_CLOCK, .at_us = w->now_us});
	w->history_committed = w->history.count;
}

bool
world_over(const struct world *w)
{
	return run_ended(w->committed.status);
}

/* ---- entries ---- */

struct entry
entry_of(const struct action *action)
{
	return (struct entry){.sort = ENTRY_DECISION,
		.which = action->kind,
		.step = action->kind == ACTION_END ? 0 : action->step, /* of an end it is a note */
		.attempt = action->attempt,
		.value = action->kind == ACTION_END ? action->output : action->input,
		.error = action->error,
		.at_us = action->at_us,
		.end = action->kind == ACTION_END ? action->end : RUN_PENDING};
}

bool
entry_same(const struct entry *a, const struct entry *b)
{
	return a->sort == b->sort && a->which == b->which && a->step == b->step && a->attempt == b->attempt &&
	       a->end == b->end && a->at_us == b->at_us && str_eq(a->error, b->error) && !a->value == !b->value &&
	       (!a->value || json_equal(a->value, b->value));
}

/* What was asked is in the inbox, not in the run; and nobody knows whether a call that was out was made. */
static void
apply_reload(struct run_state *run)
{
	run->cancel_asked = false;
	for (unsigned i = 0; i < run->definition->step_count; i++)
		run->steps[i].outcome_unknown = run->steps[i].status == STEP_RUNNING;
}

void
entry_apply(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	if (entry->sort == ENTRY_DECISION)
		sim_actions[entry->which].apply(arena, run, entry);
	else if (entry->sort == ENTRY_ANSWER)
		sim_answers[entry->which].apply(run, entry);
	else if (entry->sort == ENTRY_REQUEST)
		sim_requests[entry->which].apply(run);
	else if (entry->sort == ENTRY_CLOCK)
		run->now_us = entry->at_us;
	else
		apply_reload(run);
}

/* What plan() gave lives in the arena of the question; what is remembered must outlive it. */
static struct entry
kept(struct arena *arena, struct entry entry)
{
	if (entry.value)
		entry.value = json_copy(arena, entry.value);
	entry.error = entry.error.n ? arena_str(arena, entry.error) : (struct str){0};
	return entry;
}

static void
add(struct world *w, const struct entry *entry)
{
	entry_apply(w->arena, &w->memory, entry);
	history_add(w->arena, &w->history, entry);
}

/* ---- asking ---- */

bool
ask_plan(plan_function *plan_it, struct arena *arena, const struct run_state *run, struct action **ret_actions,
	unsigned *ret_count, struct err *err)
{
	unsigned asked, kept_count = 0;
	struct action *actions;
	if (!plan_it(arena, run, &actions, &asked, err))
		return false;
	for (unsigned i = 0; i < asked; i++)
		if (actions[i].kind >= sim_action_count || !sim_actions[actions[i].kind].rest)
			actions[kept_count++] = actions[i];
	*ret_actions = actions;
	*ret_count = kept_count;
	return true;
}

/* The same state gives the same actions: asked twice, the second time on a copy that shares no step and no output. */
static bool
ask(struct world *w, struct action **ret_actions, unsigned *ret_count)
{
	struct err err = {0};
	unsigned steps = w->memory.definition->step_count, again_count;
	struct action *actions, *again;
	struct run_state copy = run_new(w->scratch, w->flow);
	run_copy(&copy, &w->memory);
	for (unsigned i = 0; i < steps; i++)
		if (copy.steps[i].output)
			copy.steps[i].output = json_copy(w->scratch, copy.steps[i].output);
	w->questions++;
	if (!ask_plan(w->plan, w->scratch, &w->memory, &actions, ret_count, &err) ||
		!ask_plan(w->plan, w->scratch, &copy, &again, &again_count, &err))
		return world_wrong(w, "plan() refuses: %s", err.message);
	bool same = *ret_count == again_count;
	for (unsigned i = 0; same && i < *ret_count; i++) {
		struct entry a = entry_of(&actions[i]), b = entry_of(&again[i]);
		same = entry_same(&a, &b);
	}
	if (!same)
		return world_wrong(w, "the same state gives other actions");
	for (unsigned i = 0; i < steps; i++)
		if (copy.steps[i].status != w->memory.steps[i].status ||
			copy.steps[i].attempt != w->memory.steps[i].attempt)
			return world_wrong(w, "plan() has changed the state it was shown");
	*ret_actions = actions;
	return true;
}

/* Nothing to do: then somebody else is to move, or it is over. */
static bool
check_rest(struct world *w)
{
	const struct run_state *run = &w->memory;
	if (run_ended(run->status) || (run->status == RUN_PAUSED && !run->cancel_asked))
		return true;
	if (run->cancel_asked)
		return world_wrong(w, "the run is to be cancelled and does not end");
	for (unsigned i = 0; i < run->definition->step_count; i++)
		if (run->steps[i].status == STEP_RUNNING && run->steps[i].outcome_unknown && w->flow->attempts[i] == 0)
			return world_wrong(
				w, "the call of step %u, which must not be made twice, is made again", i + 1);
	for (unsigned i = 0; i < run->definition->step_count; i++)
		if (step_underway(&run->steps[i]) || run->steps[i].due_us > w->now_us)
			return true;
	return world_wrong(w, "nothing is under way, and nothing is asked for: the run is stuck");
}

static void
read_inbox(struct world *w)
{
	for (unsigned i = 0; i < sim_request_count && !run_ended(w->memory.status); i++)
		if ((w->inbox & ~w->taken) >> i & 1) {
			w->taken |= 1u << i;
			add(w, &(struct entry){.sort = ENTRY_REQUEST, .which = i});
		}
}

static bool
take(struct world *w, const struct action *action)
{
	unsigned kind = action->kind;
	if (kind >= sim_action_count || !sim_actions[kind].check)
		return world_wrong(w, "an action of kind %u, which tests/sim/tables.c does not know", kind);
	if (action->step >= w->memory.definition->step_count)
		return world_wrong(w, "%s of step %u, which does not exist", sim_actions[kind].name, action->step + 1);
	if (run_ended(w->memory.status))
		return world_wrong(w, "%s after the end", sim_actions[kind].name);
	if (!sim_actions[kind].check(w, action))
		return false;
	struct entry entry = kept(w->arena, entry_of(action));
	add(w, &entry);
	w->actions++;
	return true;
}

/* As an executor between two waits: reads, asks, takes, until there is nothing to take. It may die after any action,
 * with any number of them committed. */
bool
world_turn(struct world *w)
{
	w->reload_due = false;
	read_inbox(w);
	for (int round = 0; round < ROUNDS_MAX; round++) {
		struct action *actions = NULL;
		unsigned count = 0;
		arena_reset(w->scratch);
		if (!ask(w, &actions, &count))
			return false;
		if (count == 0)
			return check_rest(w);
		for (unsigned i = 0; i < count; i++) {
			if (!take(w, &actions[i]))
				return false;
			if (!w->calm && chance_percent(&w->chance, 8))
				world_commit(w);
			if (!w->calm && chance_percent(&w->chance, 4)) {
				world_reload(w);
				return true;
			}
		}
	}
	return world_wrong(w, "plan() does not come to rest");
}

/* ---- what happens ---- */

/* A call whose "started" is committed may end, for its holder; anybody else's end is late and dropped. */
static bool
answer(struct world *w)
{
	unsigned steps = w->memory.definition->step_count, first = chance_below(&w->chance, steps);
	for (unsigned n = 0; n < steps; n++) {
		unsigned i = (first + n) % steps;
		const struct step_state *step = &w->memory.steps[i], *row = &w->committed.steps[i];
		if (!step_underway(step) || !step_underway(row) || row->attempt != step->attempt)
			continue;
		unsigned which;
		do
			which = chance_below(&w->chance, sim_answer_count);
		while (!(sim_kinds[w->flow->kind[i]].answers >> which & 1) ||
			chance_below(&w->chance, 8) >= sim_answers[which].weight);
		struct entry entry = {.sort = ENTRY_ANSWER, .which = which, .step = i, .attempt = step->attempt};
		sim_answers[which].make(w, &entry);
		add(w, &entry);
		return true;
	}
	return false;
}

void
world_pass(struct world *w, int64_t us)
{
	w->now_us += us;
	add(w, &(struct entry){.sort = ENTRY_CLOCK, .at_us = w->now_us});
}

static void
request(struct world *w)
{
	unsigned which;
	do
		which = chance_below(&w->chance, sim_request_count);
	while (chance_below(&w->chance, 3) >= sim_requests[which].weight);
	if (!world_over(w))
		w->inbox |= 1u << which;
}

void
world_happen(struct world *w)
{
	if (w->calm) { /* everything is recorded, and whatever was paused is let go */
		commit_turn(w);
		for (unsigned i = 0; i < sim_request_count; i++)
			if (sim_requests[i].lets_go)
				w->inbox |= 1u << i;
		if (!answer(w))
			world_pass(w, HOUR_US);
		return;
	}
	unsigned draw = chance_below(&w->chance, 100);
	if (draw < 40)
		answer(w);
	else if (draw < 75)
		commit_turn(w);
	else if (draw < 85)
		request(w);
	else if (draw < 93)
		world_reload(w); /* killed, or past its lease: what was not committed never was */
	else if (draw >= 96)
		world_pass(w, chance_below(&w->chance, 2000) * INT64_C(1000));
	else {
		commit_turn(w); /* told to stop: everything is recorded, then another goes on */
		world_reload(w);
	}
}
