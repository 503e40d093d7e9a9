/* Whether the JavaScript in a definition is any. It is read by a stepmill-js started for the purpose, and nothing of it is run. */
#ifndef STEPMILL_API_EXPRESSION_H
#define STEPMILL_API_EXPRESSION_H

#include "json/json.h"

/* Every mistake is an issue with its place; `prefix` as definition_check has it. */
bool expressions_check(struct arena *arena, const struct json *canonical, const char *prefix, struct err *err);

#endif
