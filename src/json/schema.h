/*
 * JSON Schema 2020-12: compiled once, validated many times, every error with its place.
 *
 *	struct schema *s;
 *	if (!schema_compile(process_arena, doc, "/components/schemas/RunCreate", &s, err)) …
 *	if (!schema_check(s, body, &problems, err)) return false;      // err->issues name the places
 *
 * Compilation resolves $ref inside the document given (any JSON pointer), follows no network, and fails on keywords it
 * does not know how to enforce, so that a schema never promises more than is checked. Validation is iterative, bounded by
 * the depth the reader allows, and allocates only for errors.
 */
#ifndef STEPMILL_JSON_SCHEMA_H
#define STEPMILL_JSON_SCHEMA_H

#include "json/json.h"

struct schema;

/* `at` is a JSON pointer to the schema inside `doc`; references are resolved against the whole of `doc`. */
bool schema_compile(
	struct arena *arena, const struct json *doc, const char *at, struct schema **ret_schema, struct err *err);

/* Adds an issue to err for every violation (path is the JSON pointer of the instance, prefixed with `prefix`). */
bool schema_check(const struct schema *schema, const struct json *value, const char *prefix, struct err *err);

#endif
