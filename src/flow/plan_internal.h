/* plan() inside: what plan.c, plan_step.c, plan_list.c and plan_loop.c share. */
#ifndef STEPMILL_FLOW_PLAN_INTERNAL_H
#define STEPMILL_FLOW_PLAN_INTERNAL_H

#include "flow/frame.h"
#include "flow/plan.h"

struct planner {
	struct arena *arena;
	const struct run_state *state;
	struct action *actions;
	unsigned count, room;
	int64_t wake_us;   /* what waits is looked at again then; PLAN_NEVER */
	bool waits;	   /* something does */
	bool rests;	   /* of what waits something is looked at again and again */
	bool busy;	   /* a call is in flight */
	bool told;	   /* a step took what somebody said: two may want the same, so the next one has to ask again */
	bool over;	   /* the run ends: nothing else is asked for */
	struct str opens;  /* the phase that may begin without a person; empty: none is wanted */
	struct str stands; /* the first one that may not; empty: none is wanted */
	unsigned held;	   /* steps that wait for that */
	bool *fetched;	   /* of every step: its output was asked for */
	bool *settled;	   /* of every step: it is done, and so is all that it waited for */
	struct action evaluate; /* ACTION_EVALUATE, when a step wants that */
};

static inline const struct step_def *
def_of(const struct planner *p, unsigned index)
{
	return plan_def(p->state, index);
}

/* Past what is nested in it: the next one of its list. */
static inline unsigned
end_of(const struct planner *p, unsigned index)
{
	return frame_end(p->state, index);
}

/* Begun and not ended: there is a row, and perhaps a call. */
static inline bool
underway(const struct step_state *step)
{
	return step->status == STEP_RUNNING || step->status == STEP_WAITING;
}

/* plan.c */
struct action *planner_add(struct planner *p, enum action_kind kind);
struct action *planner_add_about(struct planner *p, enum action_kind kind, unsigned index, int attempt);
/* What was found to do is not done. */
void planner_drop_actions(struct planner *p);
/* Only the database has its output. */
static inline bool
planner_is_away(const struct planner *p, unsigned index)
{
	return p->state->steps[index].status == STEP_COMPLETED && p->state->steps[index].output_away;
}

/* Is its output away? Then it is asked for, once, however many want it. */
bool planner_fetch(struct planner *p, unsigned index);
bool planner_done(const struct planner *p, unsigned index); /* nothing more is to be done about it */
bool planner_lost(const struct planner *p, unsigned index); /* it failed, and nothing will change that */
void planner_abort_between(struct planner *p, unsigned first, unsigned end);
void planner_end_failed(struct planner *p, unsigned index); /* the run */
void planner_end_with(struct planner *p, struct str error); /* the same, for another reason */
/* Nothing to do about it before `at_us`, which may be never. */
void planner_sleep_until(struct planner *p, int64_t at_us);
struct str planner_error_text(struct arena *arena, const char *code, struct str message, struct str path);
/* A failure goes up: with the name of the step before it, and beside it the path of the step where it began. */
struct str planner_error_of_step(struct planner *p, unsigned index);

/* plan_code.c: workflows with code */
bool planner_asked(const struct planner *p, unsigned index); /* it may begin, for all that the code says */
/* Asks for what the code comes to, when that is not known. False: its steps cannot go on before it is. */
bool planner_replay(struct planner *p);
bool planner_code_over(const struct planner *p); /* and nothing has ended since */

/* plan_step.c */
/* A step's first attempt in this generation, or the decision that there is none. */
void planner_begin(struct planner *p, unsigned index);
/* The step failed and is worth another attempt: first the decision, then the wait, then the attempt. */
void planner_try_again(struct planner *p, unsigned index);
void planner_ask(struct planner *p, unsigned index); /* it failed for good, and a person says what follows */
void planner_give_up(
	struct planner *p, unsigned index); /* its call was made, or not; and it said that it must not be made twice */
void planner_add_control(struct planner *p, struct action asked); /* what a step without a call asks for */
/* Whether what a step that has begun asks again and again holds. False: that is not known yet, or the step fails of it. */
bool planner_holds_now(struct planner *p, unsigned index, bool *ret_holds);

void planner_ask_for(struct planner *p, struct action evaluation); /* of several one at a time, after everything else */
bool planner_evaluate_run(struct planner *p, const struct str *sources, unsigned count, struct str *ret_error);

/* plan_output.c */
enum planned_output { OUTPUT_COMES, OUTPUT_MADE, OUTPUT_FAILS };
enum planned_output planner_output(struct planner *p, struct json **ret_output, struct str *ret_error);

/* plan_handler.c: the end that was found is what the workflow's handler makes of it, or that is asked for first */
#define OUTPUT_MADE_MAX ((size_t)1 << 20) /* it is in the run's own row */
void planner_handle_end(struct planner *p);
/* Before the first step begins on_start is asked. False: that is on its way, or what it said is to be recorded first. */
bool planner_handle_start(struct planner *p);

/* What a handler has been told: calls that end meanwhile may change that, and then it is asked anew. */
unsigned plan_told(struct arena *arena, const struct json *context);

/* plan_handler_step.c: what begins or ends a step without a call waits for the step's handler, and is what that makes of it */
void planner_handle_steps(struct planner *p);

/* plan_list.c */
/* Every step of a list that is not done. True: something in it goes on. */
bool planner_walk(struct planner *p, unsigned first, unsigned end, unsigned at_once);
void planner_find_settled(struct planner *p);
unsigned planner_first_lost(const struct planner *p, unsigned index); /* in a group; NO_STEP: none is */
/* A group or an iteration that has begun: it goes on, or ends as its steps did. */
void planner_group(struct planner *p, unsigned index);
void planner_fail_step(struct planner *p, unsigned index, struct str error); /* one that has begun */

/* plan_phase.c */
/* May it begin, for all that its phase says? Where not, it is not looked at, and the run stands still when the rest has ended. */
bool planner_phase_open(struct planner *p, unsigned index);

/* plan_look.c */
void planner_look(struct planner *p, unsigned index); /* a wait that has begun and goes on while its condition holds */

/* plan_loop.c */
void planner_loop(struct planner *p, unsigned index); /* one that has begun */

#endif
