/* The kinds of steps, one file each; the table is in kinds.c. */
#ifndef STEPMILL_STEPS_KINDS_H
#define STEPMILL_STEPS_KINDS_H

#include "steps/step.h"

extern const struct step_kind step_prompt;
extern const struct step_kind step_kind_http;
extern const struct step_kind step_kind_function;
extern const struct step_kind step_kind_agent;
extern const struct step_kind step_kind_model;
extern const struct step_kind step_kind_script;

#endif
