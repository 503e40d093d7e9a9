/*
 * JavaScript that people write where the body of a function is to stand: one, or a function and nothing else, which is called, or one expression, whose
 * value it gives. Told by its words alone; what cannot be told is a body, and whether it is JavaScript the engine says.
 *
 *	return input.n + 1          a body
 *	(input) => input.n + 1      a function
 *	input.n + 1                 an expression
 */
#ifndef STEPMILL_FLOW_CODE_TEXT_H
#define STEPMILL_FLOW_CODE_TEXT_H

#include "base/arena.h"

enum code_form { CODE_BODY, CODE_FUNCTION, CODE_EXPRESSION };

struct code_text {
	enum code_form form;
	struct str text; /* of a function or an expression: without the ; and the comments after it */
	bool idle;	 /* a body that neither returns, nor throws, nor says anything */
};

struct code_text code_text_read(struct str code);

/* As a body, its lines where they were; a function is called with `arguments`. */
struct str code_text_body(struct arena *arena, struct str code, const char *arguments);

#endif
