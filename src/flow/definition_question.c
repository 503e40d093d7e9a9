/*
 * Conditions. What stands around templates makes one expression with them, and becomes one template:
 *
 *	{{steps.a.output}} > 5                     {{(steps.a.output) > 5}}
 *	input.a || input.b                         {{input.a || input.b}}
 *	'{{input.env}}-{{input.n}}' == "x-1"       {{`${input.env}-${input.n}` == "x-1"}}
 *
 * That is a condition again, and stays as it is.
 */
#include "flow/definition_check.h"
#include "flow/expression.h"

/* ---- one template of what is written ---- */

struct writing {
	struct str code; /* in which each template stands as a name of its length */
	const struct template_piece *pieces;
	unsigned count;
	char *to;
};

enum place { IN_CODE, IN_TEXT, IN_TEXT_THAT_BECOMES_LITERAL };

static struct writing
write_code(struct arena *arena, const struct template_piece *pieces, unsigned count)
{
	size_t n = 0;
	for (unsigned i = 0; i < count; i++)
		n += pieces[i].text.n;
	char *code = arena_alloc(arena, n + 1), *to = code;
	for (unsigned i = 0; i < count; i++) {
		if (pieces[i].is_template)
			memset(to, 'x', pieces[i].text.n);
		else
			memcpy(to, pieces[i].text.p, pieces[i].text.n);
		to += pieces[i].text.n;
	}
	return (struct writing){.code = {code, n}, .pieces = pieces, .count = count};
}

/* The template that begins at a byte of the code, or the first one that begins from there on before `to`; NULL: none. */
static const struct template_piece *
template_from(const struct writing *w, size_t from, size_t to, size_t *ret_at)
{
	size_t at = 0;
	for (unsigned i = 0; i < w->count; i++) {
		if (w->pieces[i].is_template && at >= from && at < to) {
			*ret_at = at;
			return &w->pieces[i];
		}
		at += w->pieces[i].text.n;
	}
	return NULL;
}

static void
put(struct writing *w, const char *bytes, size_t n)
{
	w->to = mempcpy(w->to, bytes, n);
}

static void
put_template(struct writing *w, const struct template_piece *piece, enum place place)
{
	put(w, place == IN_CODE ? "(" : "${", place == IN_CODE ? 1 : 2);
	put(w, piece->text.p + 2, piece->text.n - 4);
	put(w, place == IN_CODE ? ")" : "}", 1);
}

/* In texts braces stay braces, and what only a literal knows is none of its own. */
static size_t
put_byte(struct writing *w, size_t at, enum place place)
{
	const char *p = w->code.p + at;
	size_t left = w->code.n - at;
	bool pair = left > 1 && place != IN_CODE && *p == '\\';
	bool braces = left > 1 && place != IN_CODE && memcmp(p, "{{", 2) == 0;
	bool literal = place == IN_TEXT_THAT_BECOMES_LITERAL && (*p == '`' || (left > 1 && memcmp(p, "${", 2) == 0));
	if (braces || literal)
		put(w, "\\", 1);
	put(w, p, pair ? 2 : 1);
	return pair ? 2 : 1;
}

static void
put_range(struct writing *w, size_t from, size_t to, enum place place)
{
	size_t next = 0;
	while (from < to) {
		const struct template_piece *piece = template_from(w, from, to, &next);
		size_t end = piece ? next : to;
		while (from < end)
			from += put_byte(w, from, place);
		if (piece) {
			put_template(w, piece, place);
			from = next + piece->text.n;
		}
	}
}

/* A template in quotes makes them a template literal. False: in a regular expression, where it cannot stand. */
static bool
put_text(struct writing *w, const struct expression_text *text)
{
	size_t at;
	bool filled = template_from(w, text->from, text->to, &at) != NULL;
	if (filled && text->quote == '/')
		return false;
	if (!filled || text->quote == '`') {
		put_range(w, text->from, text->to, text->quote == '/' ? IN_CODE : IN_TEXT);
		return true;
	}
	put(w, "`", 1);
	put_range(w, text->from + 1, text->to - 1, IN_TEXT_THAT_BECOMES_LITERAL);
	put(w, "`", 1);
	return true;
}

/* The template that there is but for blanks; NULL: there is more, or none. */
static const struct template_piece *
only_template(const struct template_piece *pieces, unsigned count)
{
	const struct template_piece *only = NULL;
	for (unsigned i = 0; i < count; i++) {
		if (pieces[i].is_template && only)
			return NULL;
		if (pieces[i].is_template)
			only = &pieces[i];
		else if (strspn(pieces[i].text.p, " \t\r\n") < pieces[i].text.n)
			return NULL;
	}
	return only;
}

static struct json *
as_template(struct check *c, const char *member, struct str text)
{
	struct arena *arena = c->arena;
	struct template_piece *pieces;
	struct expression_text *texts;
	unsigned count, text_count;
	if (!template_split(arena, text, &pieces, &count, NULL))
		return json_new_str(arena, text); /* which is told when it is looked at */
	const struct template_piece *only = only_template(pieces, count);
	if (only) { /* other tools write {{ '{{input.a}}' == 'x' }}, too */
		struct str inner = {only->text.p + 2, only->text.n - 4};
		text = only->text;
		if (!memmem(inner.p, inner.n, "{{", 2) || !template_split(arena, inner, &pieces, &count, NULL) ||
			(count == 1 && !pieces[0].is_template))
			return json_new_str(arena, text);
	}
	struct writing w = write_code(arena, pieces, count);
	char *made = w.to = arena_alloc(arena, w.code.n * 2 + 5);
	expression_texts(arena, w.code, &texts, &text_count);
	size_t at = 0;
	bool ok = true;
	put(&w, "{{", 2);
	for (unsigned i = 0; i < text_count; i++) {
		put_range(&w, at, texts[i].from, IN_CODE);
		ok = put_text(&w, &texts[i]) && ok;
		at = texts[i].to;
	}
	put_range(&w, at, w.code.n, IN_CODE);
	put(&w, "}}", 2);
	if (!ok)
		check_report(c, check_step_path(c, member), "template",
			"A template cannot stand in a regular expression. Write `new RegExp({{…}})`.");
	return json_new_str(arena, (struct str){made, (size_t)(w.to - made)});
}

/* ---- the condition ---- */

void
check_question(struct check *c, const char *member, const struct json *condition, struct json *ret_step)
{
	struct str name = str_of(member + 1);
	if (condition->type == JSON_TRUE || condition->type == JSON_FALSE)
		json_add(ret_step, name, json_share(c->arena, condition));
	else if (condition->type != JSON_STRING || condition->text.n == 0)
		check_report(c, check_step_path(c, member), "type",
			"A condition is a template such as `{{steps.check.output.ok}}`, not %s.",
			condition->type == JSON_STRING ? "empty" : check_kind_of(condition));
	else
		json_add(ret_step, name, check_value(c, member, as_template(c, member, condition->text)));
}

void
check_condition(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *condition = json_get(step, "condition");
	if (condition)
		check_question(c, "/condition", condition, ret_step);
}
