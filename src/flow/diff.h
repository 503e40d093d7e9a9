/*
 * What is different between two definitions, step by step. Steps are the same when they have the same key, wherever they stand. Pure.
 *
 *	{"fields": [{"field": "limits", "before": null, "after": {…}}],
 *	 "steps": [{"key": "send", "change": "changed", "path_before": "send", "path_after": "notify/send", "moved": true,
 *	            "fields": [{"field": "timeout_seconds", "before": 30, "after": 60}]}, …]}
 */
#ifndef STEPMILL_FLOW_DIFF_H
#define STEPMILL_FLOW_DIFF_H

#include "json/json.h"

/* Of canonical definitions. */
struct json *definition_diff(struct arena *arena, const struct json *before, const struct json *after);

#endif
