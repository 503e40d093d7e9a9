/*
 * How a compiled schema looks inside, for schema*.c only.
 *
 * A schema is a list of checks, one a keyword. The tables that schema_keywords.c puts together say for every keyword how its
 * operand is compiled and how it is checked. To add a keyword, add a line to one of them.
 *
 * Checking is a loop over a stack of frames, one for each schema that is being applied to a value. A keyword that applies
 * another schema pushes a frame and returns CHECK_CALLED; it is called again when that frame has come to its end, with
 * frame->returned set and the outcome in run->result.
 */
#ifndef STEPMILL_JSON_SCHEMA_INTERNAL_H
#define STEPMILL_JSON_SCHEMA_INTERNAL_H

#define PCRE2_CODE_UNIT_WIDTH 8

#include "json/number.h"
#include "json/schema.h"

#include <pcre2.h>

/* Kinds of values as `type` names them; an integer is also a number. */
enum {
	KIND_NULL = 1,
	KIND_BOOLEAN = 2,
	KIND_INTEGER = 4,
	KIND_NUMBER = 8,
	KIND_STRING = 16,
	KIND_ARRAY = 32,
	KIND_OBJECT = 64,
	KIND_ANY = 127
};

struct compiler;
struct run;
struct frame;
struct check;

enum check_flow { CHECK_DONE, CHECK_CALLED };

struct keyword {
	const char *name;
	/* NULL: an annotation, which promises nothing. */
	bool (*compile)(struct compiler *c, struct schema *schema, const struct json *operand, struct check *check);
	/* NULL: another keyword's check looks at it. */
	enum check_flow (*check)(struct run *run, struct frame *frame, const struct check *check);
	unsigned kinds; /* values of other kinds pass */
	bool in_place;	/* applies its schemas to the same value: a circle of these would never end */
};

extern const struct keyword *const schema_keywords[]; /* tables, in the order of checking; ends with NULL */

/* A schema under a name: of properties, patternProperties, dependentSchemas. */
struct named {
	struct str name;
	struct schema *schema;
	pcre2_code *pattern;
};

struct check {
	const struct keyword *keyword;
	struct check *next;
	const struct json *operand;
	struct schema **subs; /* schemas by position; NULL where one is not given */
	uint32_t sub_count;
	struct named *named; /* properties: sorted by name */
	uint32_t named_count;
	uint64_t least, most;
	struct number number;
	pcre2_code *pattern;
	bool (*format)(struct str text);
	unsigned kinds;
};

struct schema {
	const struct json *source;
	const char *at; /* JSON pointer of the source */
	bool never;	/* the schema `false` */
	struct check *checks, *last;
	uint8_t colour; /* of the search for circles */
};

/* ---- compiling ---- */

struct compiler {
	struct arena *arena;
	const struct json *doc;
	const struct json *root;
	struct err *err;
	struct schema **table; /* by address of the source */
	size_t table_size, known;
	struct schema **pending;
	size_t pending_count, pending_room;
};

/* The schema of this node, compiled sooner or later; `step` is appended to the pointer of `parent`. */
struct schema *schema_of(
	struct compiler *c, const struct schema *parent, const char *keyword, struct str step, const struct json *node);
bool schema_fail(struct compiler *c, const struct schema *schema, const struct json *place, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
pcre2_code *schema_pattern(struct compiler *c, const struct schema *schema, const struct json *place, struct str text);
const struct check *schema_find(const struct schema *schema, const char *keyword);

/* ---- checking ---- */

enum frame_step { STEP_NONE, STEP_KEY, STEP_INDEX };

struct frame {
	const struct schema *schema;
	const struct json *value;
	const struct check *check; /* the one being looked at */
	bool valid;
	bool silent; /* under anyOf, not, …: only the outcome counts, and the first violation is enough */
	enum frame_step step;
	struct str key;
	uint32_t index;

	/* Of the check that is being looked at; cleared before each. */
	bool started;
	bool returned;
	const struct json *item;
	uint32_t at;
	uint32_t matches;
	uint32_t phase;
	struct json *name; /* on the heap: a key as a value, for propertyNames */
};

struct run {
	struct frame *frames;
	size_t depth, room;
	bool result;
	bool stopped; /* err says why */
	uint64_t steps;
	const char *prefix;
	struct err *err;
	pcre2_match_data *match;
	pcre2_match_context *context;
};

unsigned schema_kind(const struct json *value);
/* Goes on with another schema; the frame that called is not to be touched any more in this turn. */
enum check_flow schema_call(struct run *run, const struct schema *schema, const struct json *value, bool silent);
enum check_flow schema_call_member(struct run *run, const struct schema *schema, const struct json *member);
enum check_flow schema_call_item(
	struct run *run, const struct schema *schema, const struct json *item, uint32_t index, bool silent);
/* A violation by the value of this frame, or by its member `key`. */
void schema_issue(struct run *run, struct frame *frame, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void schema_issue_at(struct run *run, struct frame *frame, struct str key, const char *code, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
bool schema_matches(struct run *run, pcre2_code *pattern, struct str text);
void schema_cost(struct run *run, uint64_t steps);

struct schema *schema_named(const struct check *check, struct str name);

/* schema_branches.c: of anyOf and oneOf, the branch that was meant, or NULL after it has said itself what is wrong. */
const struct schema *schema_meant(struct run *run, struct frame *frame, const struct check *check);

/* schema_formats.c: false when the name is not known; *ret_check stays NULL for a format that is only an annotation. */
bool schema_format(struct str name, bool (**ret_check)(struct str text));

/* A value in a few words, for a message. */
#define SCHEMA_SHOWN_SIZE 64
const char *schema_show(const struct json *value, char out[SCHEMA_SHOWN_SIZE]);

#endif
