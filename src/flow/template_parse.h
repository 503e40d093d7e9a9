/* A text with templates, taken apart: for template.c only. */
#ifndef STEPMILL_FLOW_TEMPLATE_PARSE_H
#define STEPMILL_FLOW_TEMPLATE_PARSE_H

#include "json/json.h"

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
	struct str text;   /* as meant, where there are no operands */
	struct operand *operands;
	unsigned operand_count;
};

struct parts {
	struct part *list;
	unsigned count;
	unsigned room;
	unsigned templates;
};

bool template_parse(struct arena *arena, struct str text, struct parts *ret_parts, struct err *err);

#endif
