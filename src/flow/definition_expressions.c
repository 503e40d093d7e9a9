/* Finding the JavaScript in a definition. */
#include "flow/definition_expressions.h"

#include "flow/code_text.h"
#include "flow/definition.h"
#include "flow/hint.h"
#include "flow/template.h"

#define USES_FIRST 16
#define POINTER_SHOWN 120

struct uses {
	struct arena *arena;
	const char *place; /* of the member that is looked at */
	struct expression_use *list;
	unsigned count, room;
};

static struct expression_use *
add_use(struct uses *uses)
{
	if (uses->count == uses->room) {
		unsigned room = uses->room ? 2 * uses->room : USES_FIRST;
		struct expression_use *list = arena_array(uses->arena, room, sizeof *list);
		if (uses->count)
			memcpy(list, uses->list, uses->count * sizeof *list);
		uses->list = list;
		uses->room = room;
	}
	return &uses->list[uses->count++];
}

/* Lines and characters before a byte, from 1. */
static void
place_of(struct str text, const char *at, unsigned *ret_line, unsigned *ret_column)
{
	*ret_line = *ret_column = 1;
	for (const char *p = text.p; p < at; p++) {
		if (*p == '\n') {
			++*ret_line;
			*ret_column = 1;
		} else if (((unsigned char)*p & 0xc0) != 0x80) {
			++*ret_column;
		}
	}
}

static bool
note_string(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err)
{
	struct uses *uses = with;
	const struct json value = {.type = JSON_STRING, .text = text};
	struct str *sources;
	unsigned count;
	*ret_value = json_new_null(uses->arena);
	(void)err;
	if (!template_expressions(uses->arena, &value, &sources, &count, NULL))
		return true; /* the check has said why */
	for (unsigned i = 0; i < count; i++) {
		struct expression_use *use = add_use(uses);
		use->path =
			arena_printf(uses->arena, "%s%.*s", uses->place, STR_ARG(hint_clip(pointer, POINTER_SHOWN)));
		use->source = use->written = sources[i];
		place_of(text, sources[i].p, &use->line, &use->column);
	}
	return true;
}

/* Those of a step, or of the workflow. */
static void
note_handlers(struct uses *uses, const struct json *from, const char *place)
{
	for (const char *const *name = handler_names; *name; name++) {
		struct str code = handler_source(uses->arena, from, *name);
		if (code.n > 0)
			*add_use(uses) =
				(struct expression_use){.path = arena_printf(uses->arena, "%s/%s/code", place, *name),
					.source = code,
					.written = json_get(json_get(from, *name), "code")->text,
					.line = 1,
					.column = 1,
					.code = true,
					.added = 1};
	}
}

static bool
note_step(struct uses *uses, const struct json *step, const char *place, struct err *err)
{
	static const char *const filled[] = {"input", "value", "seconds", "until", "url", "headers", "query", "body",
		"condition", "items", "while", "cache"};
	struct str code;
	for (size_t i = 0; i < sizeof filled / sizeof *filled; i++) {
		const struct json *value = json_get(step, filled[i]);
		struct json *unused;
		if (!value)
			continue;
		uses->place = arena_printf(uses->arena, "%s/%s", place, filled[i]);
		if (!template_map(uses->arena, value, note_string, uses, &unused, err))
			return false;
	}
	note_handlers(uses, step, place);
	if (json_get_str(step, "code", &code))
		*add_use(uses) = (struct expression_use){.path = arena_printf(uses->arena, "%s/code", place),
			.source = code_text_body(uses->arena, code, "input"),
			.written = code,
			.line = 1,
			.column = 1,
			.code = true};
	return true;
}

/* Where a tool of the step's agent is written: among the step's own, or with the agent. */
static const char *
tool_place(struct uses *uses, const struct json *step, struct str key, const char *place)
{
	unsigned index = 0;
	json_each (tool, json_get(step, "tools")) {
		struct str name;
		if (tool->type == JSON_OBJECT && json_get_str(tool, "name", &name) && str_eq(name, key))
			return arena_printf(uses->arena, "%s/tools/%u", place, index);
		index++;
	}
	return arena_printf(uses->arena, "%s/agent", place);
}

static bool
note_tools(struct uses *uses, const struct json *step, const char *place, struct err *err)
{
	const struct json *parts = json_get(step, "steps") ? NULL : step_written_steps(step);
	json_each (part, parts)
		json_each (tool, json_get(part, "steps"))
			if (!note_step(uses, tool, tool_place(uses, step, json_get(tool, "key")->text, place), err))
				return false;
	return true;
}

/* Groups nest as deep as definition_check lets them. */
static bool
note_steps(struct uses *uses, const struct json *steps, const char *place, struct err *err)
{
	unsigned index = 0;
	json_each (step, steps) {
		const char *at = arena_printf(uses->arena, "%s/steps/%u", place, index++);
		const struct json *poll = json_get(step, "poll");
		if (!note_step(uses, step, at, err) || !note_steps(uses, json_get(step, "steps"), at, err) ||
			!note_tools(uses, step, at, err))
			return false;
		if (poll && !note_step(uses, poll, arena_printf(uses->arena, "%s/poll", at), err))
			return false;
	}
	return true;
}

bool
definition_expressions(struct arena *arena, const struct json *doc, const char *prefix,
	struct expression_use **ret_uses, unsigned *ret_count, struct err *err)
{
	struct uses uses = {.arena = arena};
	const struct json *output = json_get(doc, "output");
	struct json *unused;
	uses.place = arena_printf(arena, "%s/output", prefix);
	if (output && !template_map(arena, output, note_string, &uses, &unused, err))
		return false;
	note_handlers(&uses, doc, prefix);
	if (!note_steps(&uses, json_get(doc, "steps"), prefix, err))
		return false;
	*ret_uses = uses.list;
	*ret_count = uses.count;
	return true;
}
