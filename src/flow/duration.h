/* How long, as people write it: 500ms, 30s, 1.5h, 1h30m, 2d. */
#ifndef STEPMILL_FLOW_DURATION_H
#define STEPMILL_FLOW_DURATION_H

#include "base/str.h"

#include <stdint.h>

#define DURATION_MS_MAX (INT64_C(366) * 24 * 60 * 60 * 1000)

/* False for anything else, and for more than DURATION_MS_MAX. Units are ms, s, m, h, d and w, each once, larger ones first. */
bool duration_parse(struct str text, int64_t *ret_ms);

#endif
