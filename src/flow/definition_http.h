/*
 * A step of the kind "http", as a definition writes it:
 *
 *	{"key": "notify", "kind": "http", "method": "POST", "url": "https://api.example.com/notes/{{input.id}}",
 *	 "headers": {"Accept": "application/json"}, "query": {"tag": ["a", "b"]}, "body": {"text": "{{steps.write.output}}"},
 *	 "expect": [201, "3xx"], "answer": "json", "redirects": 0, "max_bytes": 100000, "unframed": true}
 *
 * The first five are templates and become the step's input; the others say how the answer is judged.
 */
#ifndef STEPMILL_FLOW_DEFINITION_HTTP_H
#define STEPMILL_FLOW_DEFINITION_HTTP_H

#include "flow/definition_check.h"

#define HTTP_TIMEOUT_SECONDS 30 /* unless set */
#define HTTP_REDIRECTS_MAX 10
#define HTTP_ANSWER_BYTES INT64_C(10485760) /* unless set */
#define HTTP_ANSWER_BYTES_MAX INT64_C(67108864)

void check_http(struct check *c, const struct json *step, struct json *ret_step);

/* A step of another kind has none of an http step's members. */
void check_no_http(struct check *c, const struct json *step);

/* What plan() fills, and what the kind reads besides; pointers into `from`. False: it was never checked. */
struct json *definition_filled(struct arena *arena, const struct json *given, const char *name);
bool definition_read_http(struct arena *arena, const struct json *from, struct step_def *step);

#endif
