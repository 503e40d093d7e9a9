/* A document that satisfies a JSON Schema, made of what the schema says and the words of a text. For builtin.c. */
#ifndef STEPMILL_PROVIDERS_BUILTIN_SCHEMA_H
#define STEPMILL_PROVIDERS_BUILTIN_SCHEMA_H

#include "json/json.h"

/* false when the schema is broken, or asks for what this cannot make (a pattern, say): err says where. */
bool schema_example(struct arena *arena, const struct json *schema, struct str material, struct json **ret_document,
	struct err *err);

#endif
