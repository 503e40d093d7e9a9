/* Checking a value against a compiled schema: the loop over frames, the issues and their paths. */
#include "json/schema_internal.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Schemas and values come from people, and alternatives of alternatives multiply. A check that takes more steps than
 * this ends with an error; a document as large as a request may be takes a few hundred thousand.
 */
#define STEPS_MOST 20000000
#define STEPS_OF_A_MATCH 500
#define MATCH_LIMIT 20000
#define MATCH_DEPTH_LIMIT 2000
#define MATCH_HEAP_KIB 1024

unsigned
schema_kind(const struct json *value)
{
	struct number number;
	switch (value->type) {
	case JSON_NULL:
		return KIND_NULL;
	case JSON_FALSE:
	case JSON_TRUE:
		return KIND_BOOLEAN;
	case JSON_NUMBER:
		return number_read(value->text, &number) && number_whole(&number) ? KIND_NUMBER | KIND_INTEGER
										  : KIND_NUMBER;
	case JSON_STRING:
		return KIND_STRING;
	case JSON_ARRAY:
		return KIND_ARRAY;
	case JSON_OBJECT:
		return KIND_OBJECT;
	}
	return 0;
}

/* ---- frames ---- */

static struct frame *
push(struct run *run, const struct schema *schema, const struct json *value, bool silent)
{
	if (run->depth == run->room) {
		run->room = run->room ? run->room * 2 : 64;
		run->frames = realloc(run->frames, run->room * sizeof *run->frames);
		if (!run->frames)
			out_of_memory();
	}
	bool inherited = run->depth > 0 && run->frames[run->depth - 1].silent;
	struct frame *frame = &run->frames[run->depth++];
	*frame = (struct frame){.schema = schema,
		.value = value,
		.check = schema->checks,
		.valid = true,
		.silent = silent || inherited};
	return frame;
}

enum check_flow
schema_call(struct run *run, const struct schema *schema, const struct json *value, bool silent)
{
	push(run, schema, value, silent);
	return CHECK_CALLED;
}

enum check_flow
schema_call_member(struct run *run, const struct schema *schema, const struct json *member)
{
	struct frame *frame = push(run, schema, member, false);
	frame->step = STEP_KEY;
	frame->key = member->key;
	return CHECK_CALLED;
}

enum check_flow
schema_call_item(struct run *run, const struct schema *schema, const struct json *item, uint32_t index, bool silent)
{
	struct frame *frame = push(run, schema, item, silent);
	frame->step = STEP_INDEX;
	frame->index = index;
	return CHECK_CALLED;
}

static void
pop(struct run *run)
{
	struct frame *frame = &run->frames[--run->depth];
	free(frame->name);
	run->result = frame->valid;
	if (run->depth > 0)
		run->frames[run->depth - 1].returned = true;
}

/* ---- issues ---- */

struct path {
	char text[sizeof((struct err_issue){0}.path)];
	size_t n;
};

static void
path_add(struct path *path, const char *p, size_t n)
{
	for (size_t i = 0; i < n && path->n + 1 < sizeof path->text; i++)
		path->text[path->n++] = p[i];
	path->text[path->n] = '\0';
}

static void
path_add_key(struct path *path, struct str key)
{
	path_add(path, "/", 1);
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '~')
			path_add(path, "~0", 2);
		else if (key.p[i] == '/')
			path_add(path, "~1", 2);
		else
			path_add(path, &key.p[i], 1);
	}
}

static void
path_of(const struct run *run, struct path *path)
{
	char index[16];
	path->n = 0;
	path_add(path, run->prefix, strlen(run->prefix));
	for (size_t i = 0; i < run->depth; i++) {
		const struct frame *frame = &run->frames[i];
		if (frame->step == STEP_KEY)
			path_add_key(path, frame->key);
		else if (frame->step == STEP_INDEX)
			path_add(path, index, (size_t)snprintf(index, sizeof index, "/%u", frame->index));
	}
}

__attribute__((format(printf, 4, 0))) static void
add_issue(struct run *run, struct path *path, const char *code, const char *format, va_list args)
{
	char message[sizeof((struct err_issue){0}.message) * 2];
	vsnprintf(message, sizeof message, format, args);
	err_issue(run->err, path->text, code, "%s", message);
}

void
schema_issue(struct run *run, struct frame *frame, const char *code, const char *format, ...)
{
	frame->valid = false;
	if (frame->silent)
		return;
	struct path path;
	path_of(run, &path);
	va_list args;
	va_start(args, format);
	add_issue(run, &path, code, format, args);
	va_end(args);
}

void
schema_issue_at(struct run *run, struct frame *frame, struct str key, const char *code, const char *format, ...)
{
	frame->valid = false;
	if (frame->silent)
		return;
	struct path path;
	path_of(run, &path);
	path_add_key(&path, key);
	va_list args;
	va_start(args, format);
	add_issue(run, &path, code, format, args);
	va_end(args);
}

const char *
schema_show(const struct json *value, char out[SCHEMA_SHOWN_SIZE])
{
	const char *words[] = {"null", "false", "true", "", "", "this list", "this object"};
	if (value->type == JSON_NUMBER || value->type == JSON_STRING) {
		size_t n = value->text.n;
		bool cut = n > SCHEMA_SHOWN_SIZE - 8;
		if (cut)
			for (n = SCHEMA_SHOWN_SIZE - 8; n > 0 && ((unsigned char)value->text.p[n] & 0xc0) == 0x80;)
				n--;
		snprintf(out, SCHEMA_SHOWN_SIZE, "%.*s%s", (int)n, value->text.p, cut ? "…" : "");
	} else {
		snprintf(out, SCHEMA_SHOWN_SIZE, "%s", words[value->type]);
	}
	return out;
}

/* ---- costs ---- */

void
schema_cost(struct run *run, uint64_t steps)
{
	run->steps += steps;
	if (run->steps <= STEPS_MOST || run->stopped)
		return;
	run->stopped = true;
	err_set(run->err, ERR_LIMIT,
		"Checking this against its schema takes too long. Simplify the schema or the value.");
}

bool
schema_matches(struct run *run, pcre2_code *pattern, struct str text)
{
	if (!run->match) {
		run->match = pcre2_match_data_create(1, NULL);
		run->context = pcre2_match_context_create(NULL);
		if (!run->match || !run->context)
			out_of_memory();
		pcre2_set_match_limit(run->context, MATCH_LIMIT);
		pcre2_set_depth_limit(run->context, MATCH_DEPTH_LIMIT);
		pcre2_set_heap_limit(run->context, MATCH_HEAP_KIB);
	}
	schema_cost(run, STEPS_OF_A_MATCH + text.n / 64);
	int rc = pcre2_match(pattern, (PCRE2_SPTR)text.p, text.n, 0, 0, run->match, run->context);
	if (rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT || rc == PCRE2_ERROR_HEAPLIMIT)
		schema_cost(run, MATCH_LIMIT);
	return rc >= 0;
}

/* ---- the loop ---- */

static void
next_check(struct frame *frame)
{
	free(frame->name);
	frame->check = frame->check->next;
	frame->started = frame->returned = false;
	frame->item = NULL;
	frame->at = frame->matches = frame->phase = 0;
	frame->name = NULL;
}

static void
turn(struct run *run)
{
	struct frame *frame = &run->frames[run->depth - 1];
	if (frame->schema->never && frame->valid)
		schema_issue(run, frame, "not_allowed", "Nothing may stand here.");
	if (!frame->check || (frame->silent && !frame->valid)) {
		pop(run);
		return;
	}
	const struct check *check = frame->check;
	schema_cost(run, 1);
	bool applies = check->keyword->kinds == KIND_ANY || (schema_kind(frame->value) & check->keyword->kinds);
	if (!applies || check->keyword->check(run, frame, check) == CHECK_DONE)
		next_check(frame);
}

bool
schema_check(const struct schema *schema, const struct json *value, const char *prefix, struct err *err)
{
	struct run run = {.prefix = prefix ? prefix : "", .err = err};
	push(&run, schema, value, false);
	while (run.depth > 0 && !run.stopped)
		turn(&run);
	while (run.depth > 0)
		free(run.frames[--run.depth].name);
	free(run.frames);
	pcre2_match_data_free(run.match);
	pcre2_match_context_free(run.context);
	return run.result && !run.stopped;
}
