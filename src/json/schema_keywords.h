/* What the files of keywords share: schema_core.c, schema_values.c, schema_objects.c, schema_lists.c, schema_applied.c, … */
#ifndef STEPMILL_JSON_SCHEMA_KEYWORDS_H
#define STEPMILL_JSON_SCHEMA_KEYWORDS_H

#include "json/schema_internal.h"

#define COMPILE(name) \
	static bool compile_##name( \
		struct compiler *c, struct schema *schema, const struct json *operand, struct check *check)
#define PASSES(name) static bool passes_##name(struct run *run, const struct check *check, const struct json *value)
#define CHECK(name) static enum check_flow check_##name(struct run *run, struct frame *frame, const struct check *check)
#define EXPLAIN(name) static void explain_##name(struct run *run, struct frame *frame, const struct check *check)

/* Lines of the tables: a plain question; one that applies schemas; what others look at; what only annotates. */
#define ASKS(word, in, vocabulary, kinds, compile, name) \
	{ \
		word, in, VOCABULARY_##vocabulary, SHAPE_NONE, kinds, false, compile, passes_##name, NULL, \
			explain_##name \
	}
#define APPLIES(word, in, vocabulary, shape, kinds, in_place, compile, check) \
	{ \
		word, in, VOCABULARY_##vocabulary, SHAPE_##shape, kinds, in_place, compile, NULL, check, NULL \
	}
#define HELPS(word, in, vocabulary, shape, compile) \
	{ \
		word, in, VOCABULARY_##vocabulary, SHAPE_##shape, 0, false, compile, NULL, NULL, NULL \
	}
#define ANNOTATES(word, in, vocabulary) HELPS(word, in, vocabulary, NONE, NULL)
#define KEYWORDS_END \
	{ \
		NULL, 0, 0, SHAPE_NONE, 0, false, NULL, NULL, NULL, NULL \
	}

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
void schema_violation_count(struct run *run, struct frame *frame, const struct check *check, const char *code,
	const char *how, uint64_t limit, const char *what);

/* What the schema called last has to say counts as ours. */
static inline void
take_result(struct run *run, struct frame *frame)
{
	if (frame->returned)
		frame->valid &= run->result;
	frame->returned = false;
}

/* Nothing more can change the outcome. */
static inline bool
is_lost(const struct frame *frame)
{
	return frame->mode == MODE_SILENT && !frame->valid;
}

/* Each ends with KEYWORDS_END. Within one, cheap checks stand first, and a keyword that looks at another's after it. */
extern const struct keyword schema_core[];
extern const struct keyword schema_values[];
extern const struct keyword schema_lists[];
extern const struct keyword schema_objects[];
extern const struct keyword schema_applied[];
extern const struct keyword schema_unevaluated[];

#endif
