/*
 * Loops. Iterations begin one after the other, as many at once as may, and are groups of their own. A loop ends when there is nothing left to go
 * through, with what each gave; when one failed it fails: at once where it says so, else when the others have come to their end, as
 * their rows then tell.
 */
#include "flow/plan_internal.h"

#include "flow/plan_agent.h"
#include "flow/plan_loop.h"
#include "flow/plan_scope.h"
#include "json/writer.h"

struct str
planner_too_many(struct planner *p, const struct step_def *def, const char *what)
{
	return planner_error_text(p->arena, "max_iterations",
		str_of(arena_printf(p->arena,
			"%s, and this loop has at most %u iterations. Let it go through less, or raise its "
			"max_iterations.",
			what, def->max_iterations)),
		STR(""));
}

static void
fail_loop(struct planner *p, unsigned index, struct str error)
{
	for (const struct frame *f = p->state->steps[index].loop.frames; f; f = f->next)
		planner_abort_between(p, f->base, end_of(p, f->base));
	planner_fail_step(p, index, error);
}

/* What came of all iterations is here. */
static void
end_loop(struct planner *p, unsigned index)
{
	const struct loop_state *l = &p->state->steps[index].loop;
	const struct json *outputs = json_get(l->gathered, "outputs"), *error = json_get(l->gathered, "error");
	if (outputs || l->begun == 0) {
		struct action *action = planner_add_about(p, ACTION_COMPLETE, index, p->state->steps[index].attempt);
		action->begun = true;
		action->output = outputs ? outputs : json_new_array(p->arena);
	} else {
		planner_fail_step(p, index,
			error ? json_text(p->arena, error)
			      : STR("{\"code\":\"internal\",\"message\":\"It gave no reason.\"}"));
	}
}

/* The output of the iteration before, where this loop asks for that and only the database has it. */
static bool
fetch_previous(struct planner *p, unsigned index)
{
	const struct loop_state *l = &p->state->steps[index].loop;
	const struct frame *f = def_of(p, index)->names_previous ? l->frames : NULL;
	while (f && f->index + 1 != l->begun)
		f = f->next;
	return f && planner_fetch(p, f->base);
}

static void
iterate(struct planner *p, unsigned index)
{
	const struct loop_state *l = &p->state->steps[index].loop;
	const struct frame *f = l->frames;
	while (f && f->index != l->begun)
		f = f->next;
	struct action *action =
		planner_add_about(p, ACTION_ITERATE, index, (f ? p->state->steps[f->base].attempt : l->before) + 1);
	action->index = l->begun;
	action->item = l->next;
}

/* The agent's answer, when it has one, or the end of its turns. True: it is over. */
static bool
end_agent(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	const struct json *answer = planner_agent_answer(p, index);
	if (answer) {
		struct action *action = planner_add_about(p, ACTION_COMPLETE, index, p->state->steps[index].attempt);
		action->begun = true;
		action->output = answer;
	} else if (p->state->steps[index].loop.begun >= def->max_iterations) {
		planner_fail_step(p, index, planner_too_many_turns(p, def));
	} else {
		return false;
	}
	return true;
}

/* Another iteration, or the end. */
static void
go_on(struct planner *p, unsigned index, unsigned running, unsigned oldest)
{
	const struct step_def *def = def_of(p, index);
	const struct loop_state *l = &p->state->steps[index].loop;
	bool agent = def->part == PART_AGENT, more = l->next != NULL || agent;
	if (l->gathered) {
		end_loop(p, index);
		return;
	}
	if (running > 0 && (running >= def->at_once || l->begun >= oldest + LOOP_SPAN))
		return;
	if (p->state->status == RUN_PAUSED && (def->repeat_while || more) &&
		!(agent && planner_agent_answer(p, index))) {
		planner_sleep_until(p, PLAN_NEVER);
		return;
	}
	if (fetch_previous(p, index) || (agent && end_agent(p, index)))
		return;
	if (def->repeat_while && !planner_holds_now(p, index, &more))
		return;
	if (more && l->begun >= def->max_iterations)
		fail_loop(p, index, planner_too_many(p, def, "It would go on"));
	else if (more)
		iterate(p, index);
	else if (running == 0 && l->begun == 0)
		end_loop(p, index);
	else if (running == 0)
		planner_add_about(p, ACTION_GATHER, index, p->state->steps[index].attempt);
}

unsigned
planner_failed_iteration(const struct planner *p, unsigned index)
{
	for (const struct frame *f = p->state->steps[index].loop.frames; f; f = f->next)
		if (p->state->steps[f->base].status == STEP_FAILED)
			return f->base;
	return NO_STEP;
}

void
planner_loop(struct planner *p, unsigned index)
{
	const struct step_def *def = def_of(p, index);
	unsigned running = 0, oldest = 0, failed = planner_failed_iteration(p, index);
	if (p->state->steps[index].loop.items_away) { /* its steps name what they go through */
		p->busy = true;
		return;
	}
	if (failed != NO_STEP && def->fail_fast) {
		fail_loop(p, index, planner_error_of_step(p, failed));
		return;
	}
	for (const struct frame *f = p->state->steps[index].loop.frames; f && !p->over; f = f->next)
		if (p->state->steps[f->base].status == STEP_RUNNING) {
			oldest = running == 0 || f->index < oldest ? f->index : oldest;
			running++;
			planner_group(p, f->base);
		}
	if (!p->over)
		go_on(p, index, running, oldest);
}
