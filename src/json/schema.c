/* Checking a value against a compiled schema: the loop over frames, what was looked at, costs. */
#include "json/schema_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * Schemas and values come from people, and alternatives of alternatives multiply. A check that takes more steps or more
 * processor time than this ends with an error; a document as large as a request may be takes a few hundred thousand steps.
 */
#define STEPS_MOST 20000000
#define SECONDS_MOST 2
#define STEPS_MOST_EACH UINT64_C(2000000000) /* for schema_check_each, whose documents may be as large as memory */
#define SECONDS_MOST_EACH 60
#define STEPS_OF_A_MATCH 100
#define STEPS_OF_A_LONG_MATCH 2000 /* so that the clock is looked at soon */
#define LONG_TEXT 256

/* Frames in a row for one value: more is a $dynamicRef that comes back to itself. */
#define HOPS_MOST 20000
#define FRAMES_MOST 1000000

unsigned
schema_kind_of_number(const struct json *value)
{
	struct number number;
	for (size_t i = value->text.n > 0 && value->text.p[0] == '-'; i < value->text.n; i++)
		if (value->text.p[i] < '0' || value->text.p[i] > '9')
			return number_read(value->text, &number) && number_whole(&number) ? KIND_NUMBER | KIND_INTEGER
											  : KIND_NUMBER;
	return KIND_NUMBER | KIND_INTEGER;
}

/* ---- what was looked at: bits on a stack of their own, as many for a frame as its value has children ---- */

static uint32_t
push_marks(struct run *run, uint32_t children)
{
	uint32_t words = (children + 63) / 64, at = run->marks_used;
	if (words > run->marks_room - at) {
		uint32_t room = run->marks_room;
		while (words > room - at)
			room *= 2;
		uint64_t *marks = run->marks == run->first_marks ? NULL : run->marks;
		marks = realloc(marks, room * sizeof *marks);
		if (!marks)
			out_of_memory();
		if (run->marks == run->first_marks)
			memcpy(marks, run->first_marks, at * sizeof *marks);
		run->marks = marks;
		run->marks_room = room;
	}
	memset(run->marks + at, 0, words * sizeof *run->marks);
	run->marks_used += words;
	return at + 1;
}

/* What a schema for the same value has looked at counts for the one that applied it, when the value fits it. */
static void
hand_marks_up(struct run *run, const struct frame *from, const struct frame *to)
{
	if (!from->marks || !to->marks || from->step != STEP_NONE)
		return;
	/* After a violation that was told: of what the schema went into, not everything is to be complained of again. */
	if (!from->valid && from->mode != MODE_ALOUD)
		return;
	for (uint32_t i = 0; i < (from->value->count + 63) / 64; i++)
		run->marks[to->marks - 1 + i] |= run->marks[from->marks - 1 + i];
}

/* ---- frames ---- */

static void
more_frames(struct run *run)
{
	uint32_t room = run->room * 2;
	struct frame *frames = run->frames == run->first_frames ? NULL : run->frames;
	frames = realloc(frames, room * sizeof *frames);
	if (!frames)
		out_of_memory();
	if (run->frames == run->first_frames)
		memcpy(frames, run->first_frames, run->depth * sizeof *frames);
	run->frames = frames;
	run->room = room;
}

static void
push(struct run *run, const struct schema *schema, const struct json *value, unsigned kind,
	const struct application *how)
{
	if (run->depth == run->room)
		more_frames(run);
	const struct frame *above = run->depth > 0 ? &run->frames[run->depth - 1] : NULL;
	bool here = above && how->step == STEP_NONE;
	struct frame *frame = &run->frames[run->depth++];
	*frame = (struct frame){.schema = schema->target,
		.entered = schema,
		.value = value,
		.kind = kind,
		.valid = true,
		.mode = (uint8_t)(above && above->mode > how->mode ? above->mode : how->mode),
		.step = (uint8_t)how->step,
		.hops = here ? above->hops + 1 : 0,
		.index = how->index};
	if (frame->hops > HOPS_MOST || run->depth > FRAMES_MOST)
		schema_stop(run, "The schema refers to itself without end for this value.");
	if (value->child && (schema->target->unevaluated || (here && above->marks)))
		frame->marks = push_marks(run, value->count);
}

static void
pop(struct run *run)
{
	struct frame *frame = &run->frames[--run->depth];
	run->result = frame->valid;
	if (run->depth > 0) {
		run->frames[run->depth - 1].returned = true;
		hand_marks_up(run, frame, &run->frames[run->depth - 1]);
	}
	if (frame->marks)
		run->marks_used = frame->marks - 1;
}

/* A schema that only asks plain questions. */
static bool
passes_flat(struct run *run, const struct schema *schema, const struct json *value, unsigned kind)
{
	if (schema->never || !(schema->types & kind))
		return false;
	run->steps += schema->check_count;
	for (uint32_t i = schema->first; i < schema->check_count; i++) {
		const struct check *check = &schema->checks[i];
		if ((check->kinds & kind) && !check->passes(run, check, value))
			return false;
	}
	return true;
}

bool
schema_apply(struct run *run, const struct schema *schema, const struct json *value, const struct application *how)
{
	const struct schema *target = schema->target;
	const struct frame *above = &run->frames[run->depth - 1];
	unsigned kind = how->step == STEP_NONE ? above->kind : schema_kind(value);
	if (target->flat) {
		run->result = passes_flat(run, target, value, kind);
		if (run->result)
			return true;
	} else {
		run->result = target->types & kind;
	}
	if (!run->result && (how->mode == MODE_SILENT || above->mode == MODE_SILENT))
		return true;
	push(run, schema, value, kind, how);
	return false;
}

bool
schema_apply_here(struct run *run, const struct schema *schema, const struct json *value, enum frame_mode mode)
{
	return schema_apply(run, schema, value, &(struct application){.mode = mode, .step = STEP_NONE});
}

bool
schema_apply_member(struct run *run, const struct schema *schema, const struct json *member)
{
	return schema_apply(run, schema, member, &(struct application){.mode = MODE_ALOUD, .step = STEP_KEY});
}

bool
schema_apply_item(
	struct run *run, const struct schema *schema, const struct json *item, uint32_t index, enum frame_mode mode)
{
	return schema_apply(run, schema, item, &(struct application){.mode = mode, .step = STEP_INDEX, .index = index});
}

/* ---- violations ---- */

#define MESSAGE_SIZE 480

__attribute__((format(printf, 7, 0))) static void
violation(struct run *run, struct frame *frame, const struct str *key, const struct json *place, const char *keyword,
	const char *code, const char *format, va_list args)
{
	char message[MESSAGE_SIZE];
	frame->valid = false;
	run->counted += frame->mode == MODE_COUNTING;
	if (frame->mode != MODE_ALOUD || run->stopped)
		return;
	vsnprintf(message, sizeof message, format, args);
	schema_tell(run, frame, key, place, keyword, code, message);
}

void
schema_violation(struct run *run, struct frame *frame, const char *keyword, const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	violation(run, frame, NULL, frame->value, keyword, code, format, args);
	va_end(args);
}

void
schema_violation_at(struct run *run, struct frame *frame, struct str key, const char *keyword, const char *code,
	const char *format, ...)
{
	va_list args;
	va_start(args, format);
	violation(run, frame, &key, frame->value, keyword, code, format, args);
	va_end(args);
}

void
schema_violation_member(struct run *run, struct frame *frame, const struct json *member, const char *keyword,
	const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	violation(run, frame, &member->key, member, keyword, code, format, args);
	va_end(args);
}

/* ---- costs ---- */

void
schema_stop(struct run *run, const char *format, ...)
{
	char message[240];
	va_list args;
	if (run->stopped)
		return;
	run->stopped = true;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	err_set(run->err, ERR_LIMIT, "%s", message);
}

static int64_t
processor_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
schema_cost_slow(struct run *run)
{
	int64_t now = processor_ns();
	run->steps_timed = run->steps;
	run->started_ns = run->started_ns ? run->started_ns : now;
	int64_t most = run->tell ? SECONDS_MOST_EACH : SECONDS_MOST;
	if (run->steps > (run->tell ? STEPS_MOST_EACH : STEPS_MOST) || now - run->started_ns > most * 1000000000)
		schema_stop(run, "Checking this against its schema takes too long. Simplify the schema or the value.");
}

bool
schema_matches(struct run *run, const struct regex *pattern, struct str text)
{
	schema_cost(run, text.n < LONG_TEXT ? STEPS_OF_A_MATCH : STEPS_OF_A_LONG_MATCH + text.n / 16);
	if (run->stopped)
		return false;
	enum regex_result result = regex_match(pattern, text);
	struct str source = regex_source(pattern);
	if (result == REGEX_GIVES_UP)
		schema_stop(run,
			"Comparing a text of %zu bytes with the pattern %.*s takes too long. Simplify the pattern.",
			text.n, (int)(source.n < 100 ? source.n : 100), source.p);
	return result == REGEX_MATCHES;
}

/* ---- the loop ---- */

static void
next_check(struct frame *frame)
{
	frame->check++;
	frame->started = frame->returned = false;
	frame->item = NULL;
	frame->phase = 0;
	frame->at = frame->matches = frame->cursor = frame->pattern = 0;
}

static void
turn(struct run *run)
{
	struct frame *frame = &run->frames[run->depth - 1];
	const struct schema *schema = frame->schema;
	if (schema->never && frame->valid)
		schema_violation(run, frame, NULL, "not_allowed", "Nothing may stand here.");
	while (frame->check < schema->check_count) {
		const struct check *check = &schema->checks[frame->check];
		schema_cost(run, 1);
		if (run->stopped)
			return;
		if (!(check->kinds & frame->kind)) {
			frame->check++;
			continue;
		}
		if (check->passes) {
			if (!check->passes(run, check, frame->value) && !run->stopped)
				check->keyword->explain(run, frame, check);
		} else if (check->keyword->check(run, frame, check) == CHECK_CALLED) {
			return;
		}
		next_check(frame);
		if (frame->mode == MODE_SILENT && !frame->valid)
			break;
	}
	pop(run);
}

static bool
check_value(struct run *run, const struct schema *schema, const struct json *value)
{
	run->frames = run->first_frames;
	run->room = FRAMES_INLINE;
	run->marks = run->first_marks;
	run->marks_room = MARKS_INLINE;
	push(run, schema, value, schema_kind(value),
		&(struct application){.mode = run->mute ? MODE_SILENT : MODE_ALOUD});
	while (run->depth > 0 && !run->stopped)
		turn(run);
	if (run->frames != run->first_frames)
		free(run->frames);
	if (run->marks != run->first_marks)
		free(run->marks);
	return run->result && !run->stopped;
}

/* Not the whole of it: the room for frames and marks is not to be cleared for each document. */
static void
begin(struct run *run, const char *prefix, struct err *err)
{
	memset(run, 0, offsetof(struct run, first_frames));
	run->prefix = prefix ? prefix : "";
	run->err = err;
}

bool
schema_check(const struct schema *schema, const struct json *value, const char *prefix, struct err *err)
{
	struct run run;
	begin(&run, prefix, err);
	run.mute = !err;
	return check_value(&run, schema, value);
}

bool
schema_check_each(const struct schema *schema, const struct json *value,
	void (*tell)(void *to, const struct schema_issue *issue), void *to, struct err *err)
{
	struct run run;
	begin(&run, "", err);
	run.tell = tell;
	run.to = to;
	return check_value(&run, schema, value);
}
