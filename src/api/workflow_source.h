/* The definition in a body: in our words as "definition", or as somebody wrote it as "source". */
#ifndef STEPMILL_API_WORKFLOW_SOURCE_H
#define STEPMILL_API_WORKFLOW_SOURCE_H

#include "api/call.h"
#include "flow/definition.h"
#include "flow/document.h"

struct workflow_body {
	struct document_flow flow; /* its name, description and id, where a source says them */
	struct json *canonical;	   /* NULL: the body has neither */
	struct str source;	   /* p NULL: it was sent as a definition */
	struct str origin;	   /* JSON: the file that it came from; p NULL: none was named */
};

/*
 * Checked with the prompts at hand that the caller can see. Everything wrong is an issue, in a source with line and column. Bodies may
 * have one of the two; `needed`: they must.
 */
bool workflow_body_read(struct call *call, bool needed, struct workflow_body *ret_body, struct err *err);

/* The prompts and workflows that a document names, as far as the caller sees them. */
bool workflow_known(struct call *call, const struct json *doc, struct definition_known *ret_known, struct err *err);

/* The workflows of a body with all that is to be said about them. */
bool workflow_body_flows(struct call *call, const char *prefix, struct findings *findings,
	struct document_flow **ret_flows, unsigned *ret_count, struct str *ret_source, struct err *err);
bool workflow_flow_check(struct call *call, const struct document_flow *flow, struct findings *findings,
	struct json **ret_canonical, struct err *err);

#endif
