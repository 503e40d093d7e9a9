/*
 * "{{input.text}}" and its kind: plain paths, resolved in C. A template alone in a string keeps the type of its value;
 * among other text, strings are put in as they are and everything else as JSON. A path that leads nowhere is an error that
 * names it, unless a fallback stands there: {{input.tone || "friendly"}}.
 *
 *   input.NAME…            the run's input             steps.KEY.output…      an earlier step's output
 *   env.NAME               a variable or secret of the workspace
 *   loop.item… loop.index, loop.previous, loop.parent…    in a loop
 *   poll.output…           what the step of a wait gave last, in its condition and in that step
 *   (prompts) NAME         a variable of the prompt
 *
 *   ….length           of a list or a text
 *
 * Names hold letters (of any script), digits, _ and -. Items of arrays are a.0.b or a[0].b, counted from 0. Fallbacks are tried from left to
 * right: what does not exist, is null or is an empty text is passed over (false and 0 are values); the last one counts whatever it is. A condition
 * takes || as "or" instead (template_holds). A fallback is another path, "text", 'text', a number, true, false or null. Blanks are free around names and ||.
 * Whatever is more than that is a JavaScript expression (flow/expression.h), except in prompts: {{input.items.map(x => x.name)}}. Its value
 * is looked up in the root, under TEMPLATE_VALUES by its source: who fills has had it evaluated before.
 *
 * \{{ stands for two braces, \\{{ for a backslash before a template. Braces that are never closed are an error.
 */
#ifndef STEPMILL_FLOW_TEMPLATE_H
#define STEPMILL_FLOW_TEMPLATE_H

#include "json/json.h"

#define TEMPLATE_FILL_MAX \
	((size_t)72 \
		<< 20) /* bytes that template_fill_all makes at most: the largest output, and what stands around it */
#define TEMPLATE_TEXT_MAX ((size_t)8 << 20) /* and template_fill */
#define TEMPLATE_REFS_MAX 1000		    /* templates in one text */
#define TEMPLATE_VALUES "="	   /* member of the root: {source of an expression: its value}; no path leads there */
#define TEMPLATE_VARIABLES_MAX 200 /* different names in one prompt */

/* The names between braces in a prompt's text, in order of first appearance, each once: what P-1 calls its variables. */
bool template_variables(
	struct arena *arena, struct str text, struct str **ret_names, unsigned *ret_count, struct err *err);

/* One reference in a text; for the checker. `path` is without braces and fallback, e.g. "steps.extract.output.title". */
struct template_ref {
	struct str path;
	bool has_fallback;
	bool is_list; /* an expression uses it as one */
	bool needed;  /* nothing stands in for it, and it stands in for nothing */
	bool alone;   /* a template of this path and nothing else, without fallbacks */
	bool plain;   /* not in an expression */
};
/* A name in one of its expressions that nothing gives; empty: there is none. */
struct str template_stray(struct arena *arena, struct str text);
bool template_refs(
	struct arena *arena, struct str text, struct template_ref **ret_refs, unsigned *ret_count, struct err *err);

/* `root` is an object such as {"input": …, "steps": {"extract": {"output": …}}}, or the variables of a prompt. */
bool template_fill(
	struct arena *arena, struct str text, const struct json *root, struct json **ret_value, struct err *err);

/* The same for every string inside a value: what a step's "input" mapping becomes. */
bool template_fill_all(struct arena *arena, const struct json *value, const struct json *root, struct json **ret_value,
	struct err *err);

/*
 * Whether a condition is true: not false, null, 0 or an empty text. In one || is "or": it holds when any of what it names does, and what does not
 * exist does not. False: it could not be filled in.
 */
bool template_holds(
	struct arena *arena, const struct json *condition, const struct json *root, bool *ret_holds, struct err *err);

/* Always text: a prompt with its variables filled in. Bounded by `max` bytes. */
bool template_fill_text(struct arena *arena, struct str text, const struct json *variables, size_t max,
	struct str *ret_text, struct err *err);

/* The byte behind the template that begins at `at`; the end of the text when what is there is none. */
size_t template_end(struct arena *arena, struct str text, size_t at);

/* A text taken apart: what stands between templates as it is meant, templates as they are written. */
struct template_piece {
	struct str text;
	bool is_template;
};
bool template_split(
	struct arena *arena, struct str text, struct template_piece **ret_pieces, unsigned *ret_count, struct err *err);

/* "{{a}} || {{b}}" and nothing else as the one template that is meant by it; any other text as it is. */
struct str template_join(struct arena *arena, struct str text);

/* The expressions in a value, each once, in their order; more than EXPRESSIONS_MAX are an error. */
bool template_expressions(
	struct arena *arena, const struct json *value, struct str **ret_sources, unsigned *ret_count, struct err *err);

/* Whether a template in a value names a step's output. */
bool template_names_step(struct arena *arena, const struct json *value, struct str key);
bool template_names_input(struct arena *arena, const struct json *value); /* or the run's input, or any of it */

/* Or what the loop around it gives; `previous`: perhaps the output of the iteration before. */
bool template_names_loop(struct arena *arena, const struct json *value, bool previous);
bool template_names_poll(struct arena *arena, const struct json *value); /* or what a wait's own step gave */

/* The text with every path replaced by what `rename` makes of it; all else stays as written. */
typedef bool template_rename(void *with, const struct template_ref *ref, struct str *ret_path, struct err *err);
bool template_rewrite(struct arena *arena, struct str text, template_rename *rename, void *with, struct str *ret_text,
	struct err *err);

/* A copy of a value in which `change` has replaced every string; `pointer` says where in the value it stands. */
typedef bool template_change(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err);
bool template_map(struct arena *arena, const struct json *value, template_change *change, void *with,
	struct json **ret_value, struct err *err);

#endif
