/* For plan(): agents that have tools, which are loops (enum agent_part in definition.h). */
#ifndef STEPMILL_FLOW_PLAN_AGENT_H
#define STEPMILL_FLOW_PLAN_AGENT_H

#include "flow/plan_internal.h"

/* A part that this turn, or this call, has no use for: nothing is ever recorded of it. */
bool planner_unasked(const struct planner *p, unsigned index);

/* An agent begins with what it is given, its tools with the calls that the model asks for. */
void planner_open_agent(struct planner *p, unsigned index, int attempt);
/* What the model is asked in this turn; NULL: something of that is on its way. */
struct json *planner_model_input(struct planner *p, unsigned index);
/* What the model gives a tool is what that takes. False: the tool fails and says why not, which the model is told. */
bool planner_tool_fits(struct planner *p, unsigned index, int attempt);
/* A turn, or a call, has come to its end. */
void planner_end_turn(struct planner *p, unsigned index);
/* The agent after a turn: its answer; NULL: it goes on. */
const struct json *planner_agent_answer(const struct planner *p, unsigned index);
struct str planner_too_many_turns(struct planner *p, const struct step_def *def);

#endif
