/*
 * YAML 1.2 (core schema) to our JSON tree, over libyaml's events. Bounded in bytes, depth, aliases and expanded nodes;
 * duplicate keys, unknown tags, keys that are not strings, merge keys, .inf and .nan, and a second document are errors with
 * line and column. Numbers come out spelled as JSON spells them: +07 is 7, 0x1F is 31.
 */
#ifndef STEPMILL_JSON_YAML_H
#define STEPMILL_JSON_YAML_H

#include "json/json.h"

bool yaml_read(
	struct arena *arena, struct str text, const struct json_limits *limits, struct json **ret_doc, struct err *err);

#endif
