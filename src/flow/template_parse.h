/* A text with templates, taken apart: for template.c only. */
#ifndef STEPMILL_FLOW_TEMPLATE_PARSE_H
#define STEPMILL_FLOW_TEMPLATE_PARSE_H

#include "flow/expression.h"

/* One side of ||: a path, or a literal. */
struct operand {
	struct str path; /* "a.0.b" also for a[0].b */
	struct str *names;
	unsigned name_count;
	struct json *literal; /* NULL: a path */
	struct str source;
};

struct part {
	struct str source; /* as written, with escapes */
	struct str text;   /* as meant, where there are neither operands nor an expression */
	struct operand *operands;
	unsigned operand_count;
	const struct expression *expression; /* NULL: none */
};

struct parts {
	struct part *list;
	unsigned count;
	unsigned room;
	unsigned templates;
};

static inline bool
part_is_text(const struct part *part)
{
	return part->operand_count == 0 && !part->expression;
}

/* `expressions`: what is more than paths and || is one; otherwise it is an error. */
bool template_parse(struct arena *arena, struct str text, bool expressions, struct parts *ret_parts, struct err *err);

#endif
