/* The JavaScript in a definition, for who can ask the engine whether it is any: definition_check looks at its words only. */
#ifndef STEPMILL_FLOW_DEFINITION_EXPRESSIONS_H
#define STEPMILL_FLOW_DEFINITION_EXPRESSIONS_H

#include "json/json.h"

struct expression_use {
	const char *path; /* JSON pointer of the text that it stands in */
	struct str source;
	struct str written;    /* what of it stands there: a body may have been made of it */
	unsigned line, column; /* where it begins there, from 1 */
	bool code;	       /* all of the text is the body of a function */
	unsigned added;	       /* lines at its end that nobody wrote */
};

/* Of a canonical definition. */
bool definition_expressions(struct arena *arena, const struct json *doc, const char *prefix,
	struct expression_use **ret_uses, unsigned *ret_count, struct err *err);

#endif
