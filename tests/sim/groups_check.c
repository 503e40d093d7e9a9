/* May this action be taken now? By rules that are not the planner's; see groups.h. */
#include "groups.h"

static bool
underway(const struct step_state *step)
{
	return step->status == STEP_RUNNING || step->status == STEP_WAITING;
}

static bool
ended_well(const struct play *p, int i)
{
	const struct step_state *s = &p->memory.steps[i];
	return s->status == STEP_COMPLETED || s->status == STEP_SKIPPED ||
	       (s->status == STEP_FAILED && p->spots[i].passes &&
		       (p->spots[i].group || s->attempt >= p->spots[i].attempts));
}

bool
groups_lost(const struct play *p, int i)
{
	const struct step_state *s = &p->memory.steps[i];
	return s->status == STEP_FAILED && !p->spots[i].passes &&
	       (p->spots[i].group || s->attempt >= p->spots[i].attempts);
}

static bool
may_begin(struct play *p, const struct action *action, bool skip)
{
	int i = (int)action->step, beside = 0;
	const struct spot *spot = &p->spots[i];
	const struct step_state *s = &p->memory.steps[i];
	if (s->status != STEP_PENDING && !(s->status == STEP_FAILED && s->due_us > 0 && s->due_us <= p->memory.now_us))
		return groups_wrong(p, "%s begins and is %s", groups_key(p, i).p, step_status_name(s->status));
	if (action->attempt != s->attempt + 1)
		return groups_wrong(p, "attempt %d follows attempt %d", action->attempt, s->attempt);
	if (p->memory.status == RUN_PAUSED || p->memory.cancel_asked)
		return groups_wrong(p, "%s begins in a run that rests or ends", groups_key(p, i).p);
	if (spot->parent >= 0 && p->memory.steps[spot->parent].status != STEP_RUNNING)
		return groups_wrong(p, "%s begins and its group does not run", groups_key(p, i).p);
	for (int n = 0; n < spot->need_count; n++)
		if (!ended_well(p, spot->needs[n]))
			return groups_wrong(p, "%s begins before s%d is over", groups_key(p, i).p, spot->needs[n]);
	for (int n = 0; n < spot->chooser_count; n++)
		if (!ended_well(p, spot->choosers[n]))
			return groups_wrong(
				p, "%s begins before s%d has chosen", groups_key(p, i).p, spot->choosers[n]);
	if (skip != (spot->fate == FATE_SKIPPED))
		return groups_wrong(p, "%s is %s", groups_key(p, i).p, skip ? "skipped" : "not skipped");
	for (int j = 0; j < p->count; j++)
		beside += p->spots[j].parent == spot->parent &&
			  (underway(&p->memory.steps[j]) || (p->memory.steps[j].status == STEP_FAILED && j != i &&
								    !ended_well(p, j) && !groups_lost(p, j)));
	if (!skip && spot->parent >= 0 && p->spots[spot->parent].at_once > 0 &&
		beside >= p->spots[spot->parent].at_once)
		return groups_wrong(p, "%s begins beside %d others", groups_key(p, i).p, beside);
	return true;
}

static bool
group_output_is_right(struct play *p, int group, const struct json *output)
{
	const struct json *last = NULL;
	unsigned completed = 0;
	for (int j = 0; j < p->count; j++) {
		const struct step_state *s = &p->memory.steps[j];
		if (p->spots[j].parent != group || s->status != STEP_COMPLETED)
			continue;
		completed++;
		last = s->output;
		if (!p->spots[group].parallel)
			continue;
		const struct json *member = output ? json_get_by(output, p->flow.definition->steps[j].key) : NULL;
		if (!member || !(s->output ? json_equal(member, s->output) : member->type == JSON_NULL))
			return groups_wrong(p, "%s does not hold what s%d gave", groups_key(p, group).p, j);
	}
	if (p->spots[group].parallel)
		return (output && output->count == completed) ||
		       groups_wrong(p, "%s holds too much", groups_key(p, group).p);
	return (output && (last ? json_equal(last, output) : output->type == JSON_NULL)) ||
	       groups_wrong(p, "%s does not give what its last step gave", groups_key(p, group).p);
}

static bool
check_complete(struct play *p, const struct action *action)
{
	int i = (int)action->step;
	if (!action->begun)
		return may_begin(p, action, false);
	if (p->memory.steps[i].status == STEP_WAITING)
		return p->memory.steps[i].due_us <= p->memory.now_us || groups_wrong(p, "a wait is over too early");
	if (!p->spots[i].group || p->memory.steps[i].status != STEP_RUNNING)
		return groups_wrong(p, "%s completes and does not run", groups_key(p, i).p);
	for (int j = 0; j < p->count; j++)
		if (p->spots[j].parent == i && !ended_well(p, j))
			return groups_wrong(p, "%s completes before s%d is over", groups_key(p, i).p, j);
	return group_output_is_right(p, i, action->output);
}

static bool
check_fail(struct play *p, const struct action *action)
{
	int i = (int)action->step;
	bool lost = false;
	if (!p->spots[i].group || !action->begun || p->memory.steps[i].status != STEP_RUNNING)
		return groups_wrong(p, "%s fails without a reason", groups_key(p, i).p);
	for (int j = 0; j < p->count; j++) {
		if (p->spots[j].parent != i)
			continue;
		lost = lost || groups_lost(p, j);
		if (underway(&p->memory.steps[j]))
			return groups_wrong(p, "%s fails while s%d is under way", groups_key(p, i).p, j);
	}
	return lost || groups_wrong(p, "%s fails and nothing in it did", groups_key(p, i).p);
}

static bool
check_end(struct play *p, const struct action *action)
{
	bool all = true, lost = false;
	for (int i = 0; i < p->count; i++) {
		if (underway(&p->memory.steps[i]))
			return groups_wrong(p, "the run ends while s%d is under way", i);
		all = all && (p->spots[i].parent >= 0 || ended_well(p, i));
		lost = lost || (p->spots[i].parent < 0 && groups_lost(p, i));
	}
	enum run_status right = lost ? RUN_FAILED : all ? RUN_COMPLETED : RUN_CANCELLED;
	if (action->end != right || (right == RUN_CANCELLED && !p->memory.cancel_asked))
		return groups_wrong(p, "the run ends as %s, and should as %s", run_status_name(action->end),
			run_status_name(right));
	return true;
}

static bool
in_a_group_that_fails(const struct play *p, int i)
{
	for (int g = p->spots[i].parent; g >= 0; g = p->spots[g].parent)
		for (int j = 0; p->spots[g].fast && j < p->count; j++)
			if (p->spots[j].parent == g && groups_lost(p, j))
				return true;
	return false;
}

bool
groups_check(struct play *p, const struct action *action, bool ends)
{
	int i = (int)action->step;
	const struct step_state *s = &p->memory.steps[i];
	const struct json *kind = json_get(p->spots[i].json, "kind");
	switch (action->kind) {
	case ACTION_START:
		return str_is(kind->text, "prompt") ? may_begin(p, action, false)
						    : groups_wrong(p, "a call without one");
	case ACTION_OPEN:
		return p->spots[i].group ? may_begin(p, action, false) : groups_wrong(p, "a group that is none");
	case ACTION_WAIT:
		return str_is(kind->text, "wait") ? may_begin(p, action, false)
						  : groups_wrong(p, "a wait that is none");
	case ACTION_SKIP:
		return action->why ? may_begin(p, action, true) : groups_wrong(p, "a skip without a reason");
	case ACTION_COMPLETE:
		return check_complete(p, action);
	case ACTION_RETRY:
		return (s->status == STEP_FAILED && s->due_us == 0 && s->attempt < p->spots[i].attempts) ||
		       groups_wrong(p, "%s is tried again", groups_key(p, i).p);
	case ACTION_FAIL:
		return check_fail(p, action);
	case ACTION_ABORT:
		return (underway(s) && (ends || in_a_group_that_fails(p, i))) ||
		       groups_wrong(p, "%s is dropped", groups_key(p, i).p);
	case ACTION_END:
		return check_end(p, action);
	default:
		return groups_wrong(p, "an action that has no place here");
	}
}
