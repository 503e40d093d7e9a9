/* For definition.c: how steps stand to each other. */
#ifndef STEPMILL_FLOW_DEFINITION_NEST_H
#define STEPMILL_FLOW_DEFINITION_NEST_H

#include "flow/definition.h"

/* All steps of a list, nested ones too; stops counting past DEFINITION_STEPS_MAX, and deeper than DEFINITION_DEPTH_MAX. */
unsigned nest_count(const struct json *steps);

/* Of a conditional, a switch or a group: what its kind alone has. */
bool nest_read(struct arena *arena, const struct json *from, struct step_def *step);

/* Once all steps are read: what each waits for. False: a need or a target is not there. */
bool nest_link(struct arena *arena, struct definition *definition, const struct json *const *written);

#endif
