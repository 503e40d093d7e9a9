/*
 * JSON Schema, drafts 2020-12 and 7: compiled once, validated many times, every violation with its place.
 *
 *	struct schema *s;
 *	if (!schema_compile(process_arena, doc, "/components/schemas/RunCreate", &s, err)) …
 *	if (!schema_check(s, body, "", err)) return false;      // err->issues name the places
 *
 * Compilation resolves every reference: inside the document given, into the other documents of schema_options, into the
 * metaschemas (which are built in), and never over a network. What is compiled holds pointers only.
 *
 * Validation is a loop, not a recursion. It allocates nothing for a value of ordinary depth that is valid, except for
 * uniqueItems of a long list and for comparing objects. It ends: steps, time and the work of a regular expression are
 * bounded, and a check that reaches a bound answers false with err->code ERR_LIMIT.
 */
#ifndef STEPMILL_JSON_SCHEMA_H
#define STEPMILL_JSON_SCHEMA_H

#include "json/json.h"

struct schema;

/*
 * As the contract and definitions of workflows are compiled: by 2020-12 unless "$schema" says otherwise, formats are
 * asserted, and a keyword or format that is not known is an error, so that a schema never promises more than is checked.
 * `at` is a JSON pointer to the schema inside `doc`; references are resolved against the whole of `doc`.
 */
bool schema_compile(
	struct arena *arena, const struct json *doc, const char *at, struct schema **ret_schema, struct err *err);

enum schema_draft { SCHEMA_2020_12, SCHEMA_DRAFT_7 };

/* What "$ref" may name besides the schema itself. */
struct schema_document {
	struct str uri;
	const struct json *doc;
};

struct schema_options {
	enum schema_draft draft; /* of a schema that does not say it */
	bool strict;		 /* keywords and formats that are not known are errors; otherwise they say nothing */
	bool formats;		 /* are asserted, even where the draft makes them an annotation */
	bool everything;	 /* parts of the document that nothing refers to are compiled too: for their errors */
	const struct schema_document *documents;
	size_t document_count;
};

/* `doc`, the documents of the options, and the arena live as long as the schema. */
bool schema_compile_with(struct arena *arena, const struct json *doc, const char *at,
	const struct schema_options *options, struct schema **ret_schema, struct err *err);

/* Adds an issue to err for every violation (path is the JSON pointer of the instance, prefixed with `prefix`). */
bool schema_check(const struct schema *schema, const struct json *value, const char *prefix, struct err *err);

/* One violation, in full. The texts live until the next one. */
struct schema_issue {
	const char *path; /* JSON pointer of the value */
	const char
		*schema_path; /* where the keyword stands: "#/$defs/name/minLength", or "URI#…" of another document */
	const char *evaluation_path; /* how it was come to: "/properties/name/$ref/minLength" */
	const char *code;	     /* as of err_issue */
	const char *message;
	const struct json *value; /* for its line; of a member that is missing, the object */
};

/* The same, told one by one, as many as there are. err is set only when a bound was reached. */
bool schema_check_each(const struct schema *schema, const struct json *value,
	void (*tell)(void *to, const struct schema_issue *issue), void *to, struct err *err);

#endif
