/*
 * A document that somebody wrote, YAML, JSON or TypeScript, turned into definitions in the words of the contract. What it says stays as it was
 * said; only names and units are put into ours, and every node keeps the line and column it had, so that whatever is found in
 * the definition later can be shown where it was written.
 *
 *	name: Research                        one workflow: our words, or those of other tools:
 *	id: research                          id → key, type → kind, agentId → agent, failFast → fail_fast,
 *	args: {type: object, …}               timeout: 30000 and timeout: 30s → timeout_seconds: 30, args → input, …
 *	steps:
 *	  - {id: fetch, type: http, url: "https://example.com/{{args.topic}}", timeout: 30s}
 *
 *	workflows: [{id: …, steps: […]}, …]    several: a list, or an object of id → workflow
 *
 * Pure: no I/O, everything lives in the arena of the findings.
 */
#ifndef STEPMILL_FLOW_DOCUMENT_H
#define STEPMILL_FLOW_DOCUMENT_H

#include "flow/finding.h"

#define DOCUMENT_FLOWS_MAX 100
#define OWN_ID_MAX 100

enum document_format {
	DOCUMENT_YAML,
	DOCUMENT_JSON,
	DOCUMENT_TYPESCRIPT, /* or JavaScript: see check/document.c, which runs its declaration */
};

/* Of a file by its ending; path NULL, or "-": by how the text begins. */
enum document_format document_format_of(const char *path, struct str text);
const char *document_format_name(enum document_format format); /* yaml, json, typescript */
bool document_format_parse(struct str name, enum document_format *ret_format);

struct document_flow {
	struct str name, description, own_id; /* empty: the document says none */
	const char *prefix;		      /* of the paths of its findings: "/workflows/1" */
	struct json *definition;	      /* as the contract has it, unless the findings say otherwise */
};

/* YAML or JSON. Every mistake is a finding; of a text that cannot be read, the one that it ends with. */
void document_read(struct str text, enum document_format format, const char *prefix, struct findings *findings,
	struct document_flow **ret_flows, unsigned *ret_count);

/* The same of a document that has been read. */
void document_flows(const struct json *doc, const char *prefix, struct findings *findings,
	struct document_flow **ret_flows, unsigned *ret_count);

#endif
