/*
 * Names of the models a definition may ask for. Only names: what stands behind them is the business of providers/,
 * which this layer does not see; tests/unit/providers holds the two lists against each other.
 */
#ifndef STEPMILL_FLOW_MODELS_H
#define STEPMILL_FLOW_MODELS_H

#include "base/arena.h"

#define MODEL_DEFAULT "builtin/echo"

extern const char *const flow_models[]; /* "vendor/model", ends in NULL */
bool flow_model_known(struct str name);
/* Of one that is not: "There is no model `x`; there are …. Did you mean `y`?" */
const char *flow_model_missing(struct arena *arena, struct str name);

#endif
