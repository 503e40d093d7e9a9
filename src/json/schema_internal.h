/*
 * How a compiled schema looks inside, for schema*.c only.
 *
 * A schema is an array of checks, about one a keyword. The tables that schema_keywords.c puts together say for every keyword
 * where it may hold other schemas, how its operand is compiled and how it is checked. To add a keyword, add a line to one.
 *
 * Compiling (schema_compile.c) turns nodes of JSON into schemas; schema_resource.c knows which node a URI means. Every
 * node that can be a schema is known ("interned") before the first one is compiled, and is compiled when it is referred to.
 *
 * Checking (schema.c) is a loop over a stack of frames, one for each schema that is being applied to a value. Most keywords
 * are a plain question about a value (`passes`), and a schema of nothing else ("flat") needs no frame while all is well.
 * A keyword that applies other schemas (`check`) hands each to schema_apply; when that answers false, a frame was pushed,
 * and the keyword returns CHECK_CALLED. It is called again when that frame has come to its end, with frame->returned set and the
 * outcome in run->result.
 */
#ifndef STEPMILL_JSON_SCHEMA_INTERNAL_H
#define STEPMILL_JSON_SCHEMA_INTERNAL_H

#include "json/names.h"
#include "json/number.h"
#include "json/regex.h"
#include "json/schema.h"

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

/* ---- keywords ---- */

enum check_flow { CHECK_DONE, CHECK_CALLED };

/* Where the operand of a keyword holds schemas. */
enum shape {
	SHAPE_NONE,
	SHAPE_ONE,	   /* it is one */
	SHAPE_LIST,	   /* a list of them */
	SHAPE_ONE_OR_LIST, /* items of draft 7 */
	SHAPE_NAMED,	   /* an object of them */
};

/* Vocabularies of 2020-12, as bits; schema_dialect.c knows their names. */
enum {
	VOCABULARY_CORE = 1,
	VOCABULARY_APPLICATOR = 2,
	VOCABULARY_UNEVALUATED = 4,
	VOCABULARY_VALIDATION = 8,
	VOCABULARY_META_DATA = 16,
	VOCABULARY_FORMAT = 32,
	VOCABULARY_FORMAT_ASSERTION = 64,
	VOCABULARY_CONTENT = 128,
	VOCABULARY_OURS = 256, /* words of OpenAPI that only annotate */
	VOCABULARY_ALL = 511
};

enum { IN_7 = 1, IN_2020 = 2, IN_BOTH = 3 };

struct keyword {
	const char *name;
	unsigned drafts;
	unsigned vocabulary;
	enum shape shape;
	unsigned kinds; /* values of other kinds pass */
	bool in_place;	/* applies its schemas to the same value: a circle of these would never end */
	/* NULL: an annotation, which promises nothing, or what another keyword's compile looks at. */
	bool (*compile)(struct compiler *c, struct schema *schema, const struct json *operand, struct check *check);
	/* Of these two one, or none when another keyword's check looks at it. */
	bool (*passes)(struct run *run, const struct check *check, const struct json *value);
	enum check_flow (*check)(struct run *run, struct frame *frame, const struct check *check);
	/* With `passes`: says what is wrong with the frame's value, which did not pass. */
	void (*explain)(struct run *run, struct frame *frame, const struct check *check);
};

extern const struct keyword *const schema_keywords[]; /* tables, in the order of checking; ends with NULL */

/* A schema under a pattern of names. */
struct patterned {
	struct regex *pattern;
	struct schema *schema;
};

struct check {
	const struct keyword *keyword;
	unsigned kinds; /* of values that it applies to */
	bool skip;	/* said by compile: there is nothing to check */
	bool (*passes)(struct run *run, const struct check *check, const struct json *value);
	const struct json *operand;
	uint64_t least, most;
	struct schema **subs; /* schemas by position; NULL where one is not given */
	uint32_t sub_count, pattern_count;
	struct names names; /* of members: with a schema each, or just names */
	struct patterned *patterns;
	struct regex *pattern;
	bool (*format)(struct str text);
	struct number number;
	int64_t small; /* the same, when is_small */
	bool is_small;
	unsigned types;		  /* of `type` */
	struct str apart;	  /* of anyOf, oneOf: the member that tells the branches apart … */
	struct names by_constant; /* … and what each of them needs it to be */
	bool told_apart, exact;	  /* exact: no two need the same */
	struct values *values;	  /* of `enum` */
	struct str dynamic;	  /* the anchor of $dynamicRef that is looked for in the frames */
};

struct schema {
	/* What checking looks at comes first. */
	const struct schema *target; /* itself, or where it leads when it is nothing but a reference */
	struct check *checks;
	uint32_t check_count;
	uint32_t first;	  /* of the checks: past `type`, which is in `types` */
	bool flat;	  /* all checks are plain questions */
	bool never;	  /* the schema `false` */
	bool unevaluated; /* has a keyword that must know what others have looked at */
	unsigned types;	  /* values of other kinds are refused; KIND_ANY when not known */

	const struct json *source;
	const struct resource *resource;
	const struct schema *parent; /* NULL: `step` is a JSON pointer from the document */
	const char *keyword;	     /* of the parent */
	struct str step;	     /* under that keyword: a name or an index; empty when there is none */
	bool indexed, requested;
	uint8_t colour; /* of the search for circles */
};

/* ---- compiling ---- */

struct dialect {
	enum schema_draft draft;
	unsigned vocabularies;
};

/* A part of a document with a URI of its own. */
struct resource {
	const struct json *source;
	struct str document; /* the URI of its document; empty for the one that is compiled */
	struct str base;     /* absolute as far as known, without fragment */
	struct dialect dialect;
	struct names anchors; /* to schemas */
	struct names dynamic; /* those of them that are dynamic */
};

struct compiler {
	struct arena *arena;
	const struct schema_options *options;
	struct err *err;
	struct schema **table; /* by address of the source */
	size_t table_size, known;
	struct schema **pending;
	size_t pending_count, pending_room;
	struct names resources; /* by URI */
	struct names crowds;	/* by address: names of the members of objects that are large */
	struct names regexes;	/* by text */
	size_t regex_bytes;
	bool dynamic; /* there is a $dynamicRef that is decided while checking */
};

/* The schema of this node, known or new. A new one is neither indexed nor compiled. */
struct schema *schema_intern(struct compiler *c, const struct json *node);
struct schema *schema_known(const struct compiler *c, const struct json *node);
void schema_request(struct compiler *c, struct schema *schema); /* to be compiled */

/* The schema of this operand, or of a part of one, to be compiled; it was indexed with its parent. */
struct schema *schema_of(struct compiler *c, const struct json *node);
/* Always false. `place` is for its line. */
bool schema_fail(struct compiler *c, const struct schema *schema, const struct json *place, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
struct regex *schema_pattern(
	struct compiler *c, const struct schema *schema, const struct json *place, struct str text);
const struct check *schema_find(const struct schema *schema, const char *keyword);

/* schema_keywords.c: NULL when this dialect does not know it; *ret_order says what is checked before what. */
const struct keyword *schema_keyword(struct str name, const struct dialect *dialect, uint32_t *ret_order);

/* schema_resource.c */
bool schema_root(struct compiler *c, const struct json *doc, struct str at, struct schema **ret_schema);
/* What the reference in `operand` means inside this schema, to be compiled; *ret_anchor is empty unless it is by name. */
bool schema_refer(struct compiler *c, const struct schema *schema, const struct json *operand, struct str *ret_anchor,
	struct schema **ret_target);

/* schema_dialect.c: what "$schema" of this node says, or what `dialect` was before. */
bool schema_dialect(struct compiler *c, const struct schema *schema, struct dialect *dialect);
struct dialect schema_dialect_of(enum schema_draft draft);
const struct json *schema_document(struct compiler *c, struct str uri); /* of the options, or built in; or NULL */

/* schema_paths.c */
struct str schema_pointer(struct arena *arena, const struct schema *schema); /* from its document */

/* schema_metaschemas.c, which is generated */
struct metaschema {
	const char *uri, *text;
};
extern const struct metaschema schema_metaschemas[]; /* ends with NULL */

/* ---- checking ---- */

enum frame_step { STEP_NONE, STEP_KEY, STEP_INDEX };

/* What becomes of a violation. */
enum frame_mode {
	MODE_ALOUD,
	MODE_COUNTING, /* only counted, to compare branches */
	MODE_SILENT    /* only the outcome is asked for: the first violation is enough */
};

struct frame {
	const struct schema *schema;
	const struct schema *entered; /* as the keyword named it: schema is its target */
	const struct json *value;
	unsigned kind;
	uint32_t check; /* the one being looked at */
	uint32_t index; /* in its list */
	uint32_t hops;	/* frames in a row that were applied to the same value */
	uint32_t marks; /* 1 + where run->marks has a bit for each child that was looked at; 0: nobody asks */
	uint8_t mode, step;
	bool valid;

	/* Of the check that is being looked at; cleared before each. */
	bool started;
	bool returned;
	uint8_t phase;
	uint32_t at;
	uint32_t matches;
	uint32_t cursor;
	uint32_t pattern;
	const struct json *item;
};

#define FRAMES_INLINE 40
#define MARKS_INLINE 32

struct run {
	struct frame *frames;
	uint32_t depth, room;
	bool result;
	bool stopped; /* err says why */
	bool mute;    /* nobody listens */
	uint64_t steps, steps_timed;
	int64_t started_ns;
	uint64_t counted; /* violations of MODE_COUNTING */
	uint32_t hints;
	uint64_t *marks;
	uint32_t marks_used, marks_room;
	const char *prefix;
	struct err *err;
	void (*tell)(void *to, const struct schema_issue *issue);
	void *to;
	struct json name; /* a key as a value, for propertyNames */
	struct frame first_frames[FRAMES_INLINE];
	uint64_t first_marks[MARKS_INLINE];
};

unsigned schema_kind_of_number(const struct json *value);

static inline unsigned
schema_kind(const struct json *value)
{
	static const uint8_t kinds[] = {KIND_NULL, KIND_BOOLEAN, KIND_BOOLEAN, 0, KIND_STRING, KIND_ARRAY, KIND_OBJECT};
	return value->type == JSON_NUMBER ? schema_kind_of_number(value) : kinds[value->type];
}

/* How a schema is come to from the frame that applies it. */
struct application {
	enum frame_mode mode;
	enum frame_step step;
	uint32_t index;
	bool in_place;
};

/*
 * True when it is settled at once, with the outcome in run->result. False when a frame was pushed (or the run was stopped);
 * the frame that called is not to be touched any more in this turn.
 */
bool schema_apply(
	struct run *run, const struct schema *schema, const struct json *value, const struct application *how);
bool schema_apply_here(struct run *run, const struct schema *schema, const struct json *value, enum frame_mode mode);
bool schema_apply_member(struct run *run, const struct schema *schema, const struct json *member);
bool schema_apply_item(
	struct run *run, const struct schema *schema, const struct json *item, uint32_t index, enum frame_mode mode);

/* A violation by the value of this frame, by its member `key`, which may be missing, or by a member that is there. */
void schema_violation(struct run *run, struct frame *frame, const char *keyword, const char *code, const char *format,
	...) __attribute__((format(printf, 5, 6)));
void schema_violation_at(struct run *run, struct frame *frame, struct str key, const char *keyword, const char *code,
	const char *format, ...) __attribute__((format(printf, 6, 7)));
void schema_violation_member(struct run *run, struct frame *frame, const struct json *member, const char *keyword,
	const char *code, const char *format, ...) __attribute__((format(printf, 6, 7)));
void schema_stop(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool schema_matches(struct run *run, const struct regex *pattern, struct str text);
void schema_cost_slow(struct run *run);

#define STEPS_A_LOOK 65536

static inline void
schema_cost(struct run *run, uint64_t steps)
{
	run->steps += steps;
	if (run->steps - run->steps_timed > STEPS_A_LOOK)
		schema_cost_slow(run);
}

/* The child at this index has been looked at. */
static inline void
schema_mark(struct run *run, const struct frame *frame, uint32_t index)
{
	if (frame->marks)
		run->marks[frame->marks - 1 + index / 64] |= UINT64_C(1) << index % 64;
}

static inline bool
schema_marked(const struct run *run, const struct frame *frame, uint32_t index)
{
	return frame->marks && (run->marks[frame->marks - 1 + index / 64] >> index % 64 & 1);
}

/* schema_paths.c: a violation goes to whoever listens. `key`: of the member that it is about, or NULL; `place`: for its line. */
void schema_tell(struct run *run, const struct frame *frame, const struct str *key, const struct json *place,
	const char *keyword, const char *code, char *message);

/* schema_values.c: a value of other types is wanted. */
void schema_violation_types(
	struct run *run, struct frame *frame, const char *keyword, const char *code, unsigned types);

/*
 * schema_branches.c: of anyOf and oneOf, the branch that was meant. NULL after it has said itself what is wrong, or with
 * *ret_undecided set when several may have been meant.
 */
const struct schema *schema_meant(struct run *run, struct frame *frame, const struct check *check, bool *ret_undecided);
/* Once all is compiled: do the branches need different texts of one member? */
void schema_tell_apart(struct arena *arena, struct check *check);
/* False when every branch has to be tried. *ret_branch: the only one that can fit, or NULL. */
bool schema_choose(const struct check *check, const struct json *value, const struct schema **ret_branch);
/* How far the value is from a branch that found run->counted violations. */
uint32_t schema_distance(struct run *run, const struct schema *branch, const struct json *value);
void schema_say_nearest(struct run *run, struct frame *frame, const struct check *check, uint32_t nearest);
bool schema_fits_kind(const struct schema *branch, const struct json *value);

/* formats.c: false when the name is not known; *ret_check stays NULL for a format that is only an annotation. */
bool schema_format(struct str name, bool strict, bool (**ret_check)(struct str text));

/* values.c: a set of values, and equal items. */
struct values *values_of(struct arena *arena, const struct json *list);
bool values_have(const struct values *values, const struct json *value);
/* The first item that stands a second time in this list, and its place; false when there is none. */
bool values_twice(const struct json *list, uint32_t *ret_first, uint32_t *ret_second);

/* A value in a few words, for a message. */
#define SCHEMA_SHOWN_SIZE 64
const char *schema_show(const struct json *value, char out[SCHEMA_SHOWN_SIZE]);

#endif
