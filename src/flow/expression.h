/*
 * Expressions in templates: whatever is more than a path is JavaScript, and evaluated in stepmill-js. Here only its words are looked at: where it
 * ends (braces in texts, comments, regular expressions and objects are not its end), and what it reads of the run. Whether it is
 * JavaScript at all, the engine says.
 *
 *	{{ steps.extract.output.items.map(x => x.name).join(", ") }}
 *
 * `input`, `steps`, `outputs` and `env` are there, in a loop `loop`, in a wait's condition `poll`, and the other names of the input that templates know. A step is named in so many words (steps.KEY,
 * steps["KEY"]), so that it is known without running anything which outputs an expression needs.
 */
#ifndef STEPMILL_FLOW_EXPRESSION_H
#define STEPMILL_FLOW_EXPRESSION_H

#include "json/json.h"

#define EXPRESSION_BYTES_MAX 8000
#define EXPRESSIONS_MAX 200 /* different ones in one step */

/* A place where it reads the run. */
struct expression_ref {
	size_t from, to; /* in the source: "input", or "steps" and the key: what may be written otherwise */
	struct str path; /* "steps.extract.output.items": as far as it is written out */
	bool has_fallback;
	bool is_list; /* it is used as one: input.items.map(…) */
};

struct expression {
	struct str source; /* without the blanks around it */
	struct expression_ref *refs;
	unsigned ref_count;
	struct str stray; /* a name that nothing gives, as far as its words tell; empty: there is none */
};

enum expression_end {
	EXPRESSION_WHOLE,
	EXPRESSION_OPEN, /* there is no }} that ends it, or nothing before that */
	EXPRESSION_BAD,	 /* what is in it cannot be allowed: `what`, at `at` */
};

struct expression_fault {
	size_t at;
	const char *what;
};

/* From behind "{{"; `ret_end` is where "}}" begins. */
enum expression_end expression_scan(struct arena *arena, struct str text, size_t from,
	struct expression *ret_expression, size_t *ret_end, struct expression_fault *ret_fault);

/* The variables and secrets that the body of a function names (env.NAME, env["NAME"]), as an expression without a source; none where it calls
 * something of its own `env`. False: it uses `env` in
 * another way, at `ret_fault`. */
bool expression_env(
	struct arena *arena, struct str code, struct expression *ret_expression, struct expression_fault *ret_fault);

/* A text in code, from its first byte to past its last one: in ' or ", a piece of a template literal (`), or a regular expression (/). */
struct expression_text {
	size_t from, to;
	char quote;
};
void expression_texts(struct arena *arena, struct str code, struct expression_text **ret_texts, unsigned *ret_count);

/* Names as a path: "a.0.b". */
struct str expression_path(struct arena *arena, const struct str *names, unsigned count);

/* The head of a reference as JavaScript writes it: steps.a, steps["a-b"], input, env. */
const char *expression_head(struct arena *arena, struct str canonical_path);

#endif
