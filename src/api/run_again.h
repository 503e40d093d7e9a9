/* What reopening a run and forking it read alike from a body. */
#ifndef STEPMILL_API_RUN_AGAIN_H
#define STEPMILL_API_RUN_AGAIN_H

#include "api/call.h"

/* Members `model` and `models` as one JSON object by step key, "*" for all; p NULL: neither was given. */
bool again_models(const struct call *call, struct str *ret_models, struct err *err);
/* Member `version`: the latest one; else the run's own. */
bool again_latest(const struct call *call);

#endif
