/* What document.c and document_steps.c share. */
#ifndef STEPMILL_FLOW_DOCUMENT_INTERNAL_H
#define STEPMILL_FLOW_DOCUMENT_INTERNAL_H

#include "flow/document.h"

/* An error at a node of the source; always false. */
bool document_report(struct findings *findings, const struct json *at, const char *path, const char *code,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds a member that came from `from`, with its place; an error when there is one of this name. */
void document_add(struct findings *findings, struct json *to, const char *name, struct json *value,
	const struct json *from, const char *path);

/* A node of ours with the place of another. */
struct json *document_placed(struct json *node, const struct json *from);

/* A list of steps in our words; anything else as it is. */
struct json *document_steps(struct findings *findings, const struct json *steps, const char *path, unsigned depth);

/* Code as {"code": …}. */
struct json *document_handler(struct arena *arena, const struct json *handler);

#endif
