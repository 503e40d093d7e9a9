/*
 * Calls that are made again: a step had begun where its run was held before, and what became of its call is unknown. Asked for while the run is
 * loaded; carried out when it is looked at, with the input that was recorded.
 */
#include "exec/executor.h"

#include "exec/fault_points.h"

static void
room_for(struct held *run)
{
	if (!run->repeats)
		run->repeats = arena_array(run->arena, run->room, sizeof *run->repeats);
}

void
repeat_unmade(struct held *run, unsigned step)
{
	room_for(run);
	run->repeats[step].unmade = true;
}

void
repeat_sealed(struct held *run, unsigned step, struct str sealed)
{
	room_for(run);
	run->repeats[step].sealed = sealed;
}

void
repeat_wanted(struct held *run, unsigned step, const struct json *input)
{
	room_for(run);
	struct repeat *repeat = &run->repeats[step];
	repeat->wanted = true;
	env_input_again(run, step, input, repeat->sealed, &repeat->input, &repeat->error);
}

static void
repeat_step(struct held *run, unsigned index, const struct json *input)
{
	const struct step_state *step = &run->plan.steps[index];
	struct attempt *attempt;
	struct str error = run->repeats[index].error;
	if (error.n > 0) {
		run->repeats[index].wanted = false;
		attempt_record_end(run, index, STEP_FAILED, NULL, error, NULL, 0);
		held_mark_changed(run);
		return;
	}
	if (large_fetch_for(run, index))
		return;
	if (!run->repeats[index].charged && !run->repeats[index].unmade)
		quota_lost(run, index, input);
	run->repeats[index].charged = true;
	switch (MUTATED("repeat_unasked") ? QUOTA_HELD : quota_ask(run, index, step->attempt, input, &error)) {
	case QUOTA_HELD:
		run->repeats[index].wanted = false;
		attempt = attempt_new(run, index, step->attempt, input);
		if (!quota_reserve(run, index, attempt)) /* otherwise when the reservation is committed */
			attempt_make_ready(attempt);
		return;
	case QUOTA_ASKED:
		return;
	case QUOTA_WAITS:
		wait_blocked(run);
		return;
	case QUOTA_REFUSED:
		run->repeats[index].wanted = false;
		attempt_record_end(run, index, STEP_FAILED, NULL, error, NULL, 0);
		held_mark_changed(run);
		return;
	}
}

void
repeat_begin(struct held *run)
{
	for (unsigned i = 0; run->repeats && i < frame_slots(&run->plan) && run->state == HELD_ACTIVE; i++)
		if (frame_has(&run->plan, i) && run->repeats[i].wanted && run->plan.steps[i].status == STEP_RUNNING)
			repeat_step(run, i, run->repeats[i].input);
}
