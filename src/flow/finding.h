/*
 * What is wrong with a document, or looks wrong: all of it, each with its place, in words for whoever wrote it.
 *
 *	struct findings findings = {.arena = arena};
 *	finding_add(&findings, "/steps/2/then", "unknown_step", "There is no step `%s`.%s", …);
 *	findings_place(&findings, doc, "", source);		lines and columns
 *	if (findings.errors > 0)
 *		return findings_refuse(&findings, err);
 *
 * A message says what is the case in its first sentence; what follows, what to do about it, is the hint.
 */
#ifndef STEPMILL_FLOW_FINDING_H
#define STEPMILL_FLOW_FINDING_H

#include "json/json.h"

#include <stdarg.h>

#define FINDINGS_MAX 100

struct json_writer;

struct finding {
	const char *path; /* JSON pointer, with the prefix of the check */
	const char *code; /* "unknown_step": stable */
	const char *message;
	const char *hint;      /* "" when there is none */
	unsigned line, column; /* from 1; 0: not known */
	bool warning;
	struct str near;     /* the text it is about; empty: what the message has in backquotes */
	unsigned near_lines; /* how many lines further down */
	unsigned order;	     /* in which it was found */
};

struct findings {
	struct arena *arena;
	struct finding *list;
	unsigned count, room;
	unsigned errors, warnings; /* of all that were found; the list ends at FINDINGS_MAX of each */
};

/* Always false. The code is not copied. */
bool finding_add(struct findings *findings, const char *path, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool finding_addv(struct findings *findings, bool warning, const char *path, const char *code, const char *format,
	va_list args) __attribute__((format(printf, 5, 0)));
void finding_warn(struct findings *findings, const char *path, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A JSON pointer's part, cut to what an issue can show. */
const char *pointer_part(struct arena *arena, struct str name);

/* Is there such an error at this very path? */
bool findings_have_code(const struct findings *findings, const char *path, const char *code);

/*
 * Gives each that has none the place that its path has in `doc`, or what is left of the path when the doc does not go so far; `prefix`
 * is taken off before. In the source (empty: none) the very word is looked for that the message has in backquotes.
 */
void findings_place(struct findings *findings, const struct json *doc, const char *prefix, struct str source);

/* By line and column; what stands at the same place, or has none, as it was found. */
void findings_sort(struct findings *findings);

/* Its members into an object that the caller has begun and ends: path, code, message, hint, line, column. */
void finding_write(struct json_writer *w, const struct finding *finding);

/* The errors as issues of ERR_INVALID, as many as there is room for. Always false. */
bool findings_refuse(const struct findings *findings, struct err *err);

#endif
