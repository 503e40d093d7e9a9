/* What the files of keywords share: schema_values.c, schema_lists.c, schema_objects.c and schema_applied.c. */
#ifndef STEPMILL_JSON_SCHEMA_KEYWORDS_H
#define STEPMILL_JSON_SCHEMA_KEYWORDS_H

#include "json/schema_internal.h"

#define COMPILE(name) \
	static bool compile_##name( \
		struct compiler *c, struct schema *schema, const struct json *operand, struct check *check)
#define CHECK(name) static enum check_flow check_##name(struct run *run, struct frame *frame, const struct check *check)

/* Operands of several keywords. */
#define SCHEMA_OPERAND(name) \
	bool schema_operand_##name( \
		struct compiler *c, struct schema *schema, const struct json *operand, struct check *check)
SCHEMA_OPERAND(nothing);
SCHEMA_OPERAND(count);
SCHEMA_OPERAND(number);
SCHEMA_OPERAND(one_schema);
SCHEMA_OPERAND(schemas);
SCHEMA_OPERAND(named_schemas);
SCHEMA_OPERAND(strings);

/* "KEYWORD must be WHAT." Always false. */
bool schema_needs(struct compiler *c, struct schema *schema, const struct json *operand, const struct check *check,
	const char *what);

/* Too few or too many items or fields. */
void schema_issue_count(
	struct run *run, struct frame *frame, const char *code, const char *how, uint64_t limit, const char *what);

/* What the schema called last has to say counts as ours. */
static inline void
take_result(struct run *run, struct frame *frame)
{
	if (frame->returned)
		frame->valid &= run->result;
	frame->returned = false;
}

/* Each ends with a NULL name. Within one, cheap checks stand first, and a keyword that looks at another's after it. */
extern const struct keyword schema_applied[];
extern const struct keyword schema_values[];
extern const struct keyword schema_lists[];
extern const struct keyword schema_objects[];

#endif
