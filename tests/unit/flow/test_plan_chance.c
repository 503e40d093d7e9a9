/* The planner over states drawn by chance: what it never does in a thousand of them. */
#include "planned.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STEPS_MAX 6

static unsigned
pick(unsigned n)
{
	return (unsigned)rand() % n;
}

static struct run_state *
random_run(void)
{
	static const char *const mappings[] = {"{\"a\": \"{{input.text}}\"}", "{}", "{\"a\": \"{{input.missing}}\"}",
		"{\"a\": \"{{input.missing || 1}}\"}", NULL};
	struct definition *definition = arena_new_of(arena, struct definition);
	struct run_state *run = arena_new_of(arena, struct run_state);
	definition->step_count = 1 + pick(STEPS_MAX);
	definition->steps = arena_array(arena, definition->step_count, sizeof *definition->steps);
	run->steps = arena_array(arena, definition->step_count, sizeof *run->steps);
	run->definition = definition;
	run->status = (enum run_status)pick(pick(10) ? RUN_COMPLETED : RUN_CANCELLED + 1);
	run->cancel_asked = pick(4) == 0;
	run->input = pick(8) ? doc("{\"text\": \"t\"}") : NULL;
	for (unsigned i = 0; i < definition->step_count; i++) {
		const char *mapping = mappings[pick(5)];
		struct step_state *step = &run->steps[i];
		unsigned *needs = arena_array(arena, 1, sizeof *needs);
		needs[0] = i > 0 ? i - 1 : 0;
		definition->steps[i] = (struct step_def){.index = i,
			.key = str_of(arena_printf(arena, "s%u", i)),
			.parent = NO_STEP,
			.end = i + 1,
			.needs = needs,
			.need_count = i > 0};
		definition->steps[i].path = definition->steps[i].key;
		definition->steps[i].input = mapping ? doc(mapping) : NULL;
		definition->steps[i].retry = (struct retry_def){.never = pick(8) == 0,
			.max_attempts = (int)pick(4),
			.delay_ms = pick(3),
			.max_delay_ms = 10,
			.backoff = (enum backoff)pick(3)};
		if (i > 0 && pick(3) == 0)
			definition->steps[i].input =
				doc(arena_printf(arena, "{\"a\": \"{{steps.s%u.output.x}}\"}", pick(i)));
		/* Mostly histories that can be, sometimes any. */
		step->status = pick(4) == 0 ? (enum step_status)pick(STEP_ROLLED_BACK + 1)
			       : i == 0 || run->steps[i - 1].status == STEP_COMPLETED ? STEP_COMPLETED
										      : STEP_PENDING;
		step->attempt = step->status == STEP_PENDING ? 0 : 1 + (int)pick(3);
		step->output = step->status == STEP_COMPLETED && pick(4) ? doc("{\"x\": [1]}") : NULL;
		step->error = pick(2) ? STR("{\"code\":\"c\",\"message\":\"m\"}") : STR("");
	}
	run->now_us = 1000000;
	return run;
}

static bool
done(const struct run_state *run, unsigned step)
{
	return run->steps[step].status == STEP_COMPLETED || run->steps[step].status == STEP_SKIPPED;
}

/* What must hold of every plan, whatever the state. */
static void
check_plan(const struct run_state *run, const struct action *actions, unsigned count)
{
	unsigned ends = 0;
	bool busy = false;
	for (unsigned i = 0; i < run->definition->step_count; i++)
		busy |= run->steps[i].status == STEP_RUNNING || run->steps[i].status == STEP_WAITING;
	assert_true(count <= run->definition->step_count + 2);
	for (unsigned i = 0; i < count; i++) {
		const struct action *action = &actions[i];
		const struct step_state *step = &run->steps[action->step];
		assert_true(action->step < run->definition->step_count);
		assert_int_equal(ends, 0); /* nothing comes after the end */
		ends += action->kind == ACTION_END;
		if (action->kind == ACTION_SLEEP)
			assert_int_equal(count, 1);
		if (action->kind == ACTION_RETRY) {
			assert_int_equal(step->status, STEP_FAILED);
			assert_int_equal(step->due_us, 0);
			assert_true(
				step->attempt - step->before < run->definition->steps[action->step].retry.max_attempts);
		}
		if (action->kind == ACTION_START || (action->kind == ACTION_FAIL && !action->begun)) {
			assert_true(step->status == STEP_FAILED || action->step == 0 || done(run, action->step - 1));
			assert_true(step->status == STEP_PENDING ||
				    (step->status == STEP_FAILED && step->due_us > 0 && step->due_us <= run->now_us));
			assert_int_equal(action->attempt, step->attempt + 1);
			assert_true(run->status != RUN_PAUSED && !run->cancel_asked);
			assert_int_equal(action->input != NULL, action->kind == ACTION_START);
		}
		if (action->kind == ACTION_ABORT)
			assert_true(step->status == STEP_RUNNING || step->status == STEP_WAITING);
		if (action->kind == ACTION_END) {
			assert_true(run_ended(action->end));
			assert_true(action->end == RUN_COMPLETED ? action->output != NULL : action->error.n > 0);
		}
	}
	if (run_ended(run->status))
		assert_int_equal(count, 0);
	else if (count == 0) /* somebody else is to move, or a person paused it */
		assert_true(run->status == RUN_PAUSED || busy);
}

static bool
same_value(const struct json *a, const struct json *b)
{
	return !a == !b && (!a || str_eq(json_text(arena, a), json_text(arena, b)));
}

static bool
same(const struct action *a, const struct action *b)
{
	return a->kind == b->kind && a->step == b->step && a->at_us == b->at_us && a->begun == b->begun &&
	       a->attempt == b->attempt && a->end == b->end && str_eq(a->error, b->error) &&
	       same_value(a->input, b->input) && same_value(a->output, b->output);
}

/* As an executor does; a step that runs then ends by chance. */
static void
apply(struct run_state *run, const struct action *action)
{
	struct step_state *step = &run->steps[action->step];
	switch (action->kind) {
	case ACTION_START:
		step->status = STEP_RUNNING;
		step->attempt = action->attempt;
		step->due_us = 0;
		break;
	case ACTION_OPEN:
	case ACTION_CHILD:
	case ACTION_ITERATE:
	case ACTION_GATHER:
		fail_msg("there are no groups and loops in these runs");
		break;
	case ACTION_WAIT:
		step->status = STEP_WAITING;
		step->attempt = action->attempt;
		break;
	case ACTION_COMPLETE:
		step->status = STEP_COMPLETED;
		step->attempt = action->attempt;
		step->output = action->output;
		break;
	case ACTION_LOOK:
	case ACTION_RETRY:
		step->due_us = action->at_us;
		break;
	case ACTION_STAND:
		fail_msg("nobody begins phases of these runs");
		break;
	case ACTION_BEGIN:
	case ACTION_EVALUATE:
	case ACTION_REPLAY:
		fail_msg("nothing of these runs is JavaScript");
		break;
	case ACTION_FETCH:
		fail_msg("nothing of these runs is away");
		break;
	case ACTION_ASK:
		step->asked = true;
		break;
	case ACTION_SKIP:
		step->status = STEP_SKIPPED;
		step->attempt = action->attempt;
		break;
	case ACTION_SLEEP:
		if (action->at_us != PLAN_NEVER)
			run->now_us = action->at_us;
		break;
	case ACTION_ABORT:
		step->status = STEP_CANCELLED;
		break;
	case ACTION_FAIL:
		step->status = STEP_FAILED;
		step->attempt = action->attempt;
		step->error = action->error;
		step->due_us = 0;
		break;
	case ACTION_END:
		run->status = action->end;
		break;
	}
}

static void
world_moves(struct run_state *run)
{
	if (run->status == RUN_PAUSED)
		run->status = RUN_RUNNING;
	for (unsigned i = 0; i < run->definition->step_count; i++)
		if (run->steps[i].status == STEP_RUNNING || run->steps[i].status == STEP_WAITING) {
			run->steps[i].status = pick(8) ? STEP_COMPLETED : STEP_FAILED;
			run->steps[i].output = doc("{\"x\": \"ok\"}");
		}
}

static void
random_states_are_planned_soundly_and_every_run_ends(void **state)
{
	(void)state;
	const char *given = getenv("STEPMILL_TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
	print_message("seed %u (STEPMILL_TEST_SEED repeats it)\n", seed);
	srand(seed);
	for (int round = 0; round < 1000; round++) {
		arena_reset(arena);
		struct run_state *run = random_run();
		int turns = 0;
		while (!run_ended(run->status)) {
			struct action *actions, *again;
			struct err err = {0};
			unsigned count, count_again;
			assert_true(plan(arena, run, &actions, &count, &err));
			assert_true(plan(arena, run, &again, &count_again, &err));
			assert_int_equal(count, count_again);
			for (unsigned i = 0; i < count; i++)
				assert_true(same(&actions[i], &again[i]));
			check_plan(run, actions, count);
			/* An executor may die between any two actions. */
			unsigned taken = count && pick(3) == 0 ? pick(count) + 1 : count;
			for (unsigned i = 0; i < taken; i++)
				apply(run, &actions[i]);
			world_moves(run);
			assert_true(++turns <= 20 * STEPS_MAX);
		}
		struct action *actions;
		unsigned count;
		assert_true(plan(arena, run, &actions, &count, NULL));
		assert_int_equal(count, 0);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(random_states_are_planned_soundly_and_every_run_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
