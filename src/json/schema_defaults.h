/*
 * What a schema says of members that are left out: `default`. Validation takes no notice of it (it is an annotation); whoever takes a value for
 * somebody else fills it in first, so that a member that is required and has a default need not be given.
 */
#ifndef STEPMILL_JSON_SCHEMA_DEFAULTS_H
#define STEPMILL_JSON_SCHEMA_DEFAULTS_H

#include "json/json.h"

/*
 * The value with the defaults of the schema's properties where it has none: in objects within objects and lists too, through allOf and references into the schema
 * itself. Where there is a choice (anyOf, oneOf, if) none is made. The value itself when nothing is filled in; else a tree of its own that
 * shares texts with both. ERR_LIMIT: that would be more than a megabyte.
 */
bool schema_fill(struct arena *arena, const struct json *schema, const struct json *value,
	const struct json **ret_value, struct err *err);

#endif
