/* What an executor tells about itself: its counters as JSON, put into its row about every five seconds, in a batch that goes anyway. */
#ifndef STEPMILL_EXEC_METRICS_H
#define STEPMILL_EXEC_METRICS_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct executor;
struct arena;

/* Since the last time they were told; `recent` in the JSON, for who looks once and wants a rate. */
struct metrics {
	int64_t next_us, last_us;
	int64_t flushes, flushed, flush_us;
};

bool metrics_due(const struct executor *ex, int64_t now_us);
struct str metrics_tell(struct executor *ex, struct arena *arena, int64_t now_us);

#endif
