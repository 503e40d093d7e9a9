/*
 * All that is wrong with a workflow, its JavaScript included: what the API does before it saves one, and `stepmill workflow check`
 * without a server.
 */
#ifndef STEPMILL_CHECK_CHECK_H
#define STEPMILL_CHECK_CHECK_H

#include "flow/definition.h"
#include "flow/document.h"

/*
 * The definition of a document, or one of the contract's own words with its prefix. Everything found is in `findings`, without places yet;
 * *ret_canonical is good when there is no error among it. False: it could not be looked at, and err says why. `program`: the
 * stepmill-js that reads the JavaScript; NULL: the one beside this program.
 */
bool check_workflow(const struct json *definition, const char *prefix, const struct definition_known *known,
	const char *program, struct findings *findings, struct json **ret_canonical, struct err *err);

/*
 * document.c: a document of any format, as document_read reads those that need no JavaScript. `program` as above. False: a stepmill-js was needed
 * and could not be asked.
 */
bool check_document(struct str text, enum document_format format, const char *program, const char *prefix,
	struct findings *findings, struct document_flow **ret_flows, unsigned *ret_count, struct err *err);

/* expression.c: each expression and each body of code that is no JavaScript is an error. */
bool check_expressions(const struct json *definition, const char *prefix, const char *program,
	struct findings *findings, struct err *err);

#endif
