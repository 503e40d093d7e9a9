/* Bodies, functions and expressions, told apart by their words: see code_text.h. */
#include "flow/code_text.h"

#include "flow/expression_tokens.h"

#include <limits.h>

#define NO_PAIR UINT_MAX

struct code {
	struct scan s;
	unsigned *pair; /* of a word that opens something: the one that closes it */
};

/* ---- brackets ---- */

/* A piece of a template literal may close one ${ and open the next: "}b${". */
static bool
closes(const struct scan *s, unsigned i)
{
	struct str text = word(s, i);
	if (s->tokens[i].kind == TOKEN_TEXT)
		return text.p[0] == '}';
	return s->tokens[i].kind == TOKEN_MARK && (text.p[0] == ')' || text.p[0] == ']' || text.p[0] == '}');
}

static bool
opens(const struct scan *s, unsigned i)
{
	struct str text = word(s, i);
	char last = text.p[text.n - 1];
	return s->tokens[i].kind == TOKEN_MARK && (last == '(' || last == '[' || last == '{');
}

/* False: they do not match, or it is not understood to its end. */
static bool
find_pairs(struct arena *arena, struct code *c)
{
	unsigned open[BRACKETS_MAX], depth = 0;
	c->pair = arena_array(arena, c->s.count + 1, sizeof *c->pair);
	for (unsigned i = 0; i < c->s.count; i++) {
		c->pair[i] = NO_PAIR;
		if (closes(&c->s, i)) {
			if (depth == 0)
				return false;
			c->pair[open[--depth]] = i;
		}
		if (opens(&c->s, i)) {
			if (depth == BRACKETS_MAX)
				return false;
			open[depth++] = i;
		}
	}
	return depth == 0 && c->s.at >= c->s.text.n && c->s.count > 0;
}

/* The last word of what begins at i: of a template literal with code in it, and of whatever is in brackets. */
static unsigned
end_of(const struct code *c, unsigned i)
{
	while (c->pair[i] != NO_PAIR)
		i = c->pair[i];
	return i;
}

/* ---- one expression ---- */

static bool
is_member(const struct scan *s, unsigned i)
{
	return i > 0 && (mark(s, i - 1, ".") || mark(s, i - 1, "?."));
}

static bool
named(const struct scan *s, unsigned i, const char *const *names)
{
	return i < s->count && s->tokens[i].kind == TOKEN_NAME && !is_member(s, i) && listed(word(s, i), names);
}

/* Whether a value may end with this word. */
static bool
ends_value(const struct scan *s, unsigned i)
{
	static const char *const go_on[] = {
		"typeof", "void", "delete", "await", "new", "in", "instanceof", "async", "yield", NULL};
	if (s->tokens[i].kind != TOKEN_MARK)
		return !named(s, i, go_on);
	return closes(s, i) || mark(s, i, "++") || mark(s, i, "--");
}

/* Whether a statement may begin with this word, where a line begins. */
static bool
begins_statement(const struct scan *s, unsigned i)
{
	static const char *const go_on[] = {"in", "instanceof", NULL};
	char first = word(s, i).p[0];
	if (s->tokens[i].kind == TOKEN_NAME)
		return !named(s, i, go_on);
	if (s->tokens[i].kind == TOKEN_TEXT)
		return first == '"' || first == '\'';
	return s->tokens[i].kind == TOKEN_NUMBER || s->tokens[i].kind == TOKEN_REGEX || first == '{' || first == '~' ||
	       mark(s, i, "++") || mark(s, i, "--") ||
	       (first == '!' && !(word(s, i + 1).n > 0 && word(s, i + 1).p[0] == '=' &&
					s->tokens[i + 1].from == s->tokens[i].to));
}

static bool
is_new_line(const struct scan *s, unsigned before, unsigned i)
{
	size_t from = s->tokens[before].to;
	return memchr(s->text.p + from, '\n', s->tokens[i].from - from) && ends_value(s, before) &&
	       begins_statement(s, i);
}

/* { a: 1 } or {...a}, and no block. */
static bool
is_object(const struct scan *s, unsigned i)
{
	bool name = i + 1 < s->count && s->tokens[i + 1].kind != TOKEN_MARK;
	return (name && (mark(s, i + 2, ":") || mark(s, i + 2, ",") || mark(s, i + 2, "}"))) || mark(s, i + 1, "[") ||
	       mark(s, i + 1, ".");
}

/* x = 1, x += 1; and no comparison, nor a default or a member deeper down. */
static bool
assigns(const struct scan *s, unsigned i)
{
	if (!mark(s, i, "=") || i == 0)
		return false;
	bool close = s->tokens[i - 1].to == s->tokens[i].from;
	return !close || !(mark(s, i - 1, "<") || mark(s, i - 1, ">") || mark(s, i - 1, "!") || mark(s, i - 1, "=="));
}

/* `list`: commas may stand in it. An assignment is done for itself, so it is none. */
static bool
is_expression(const struct code *c, unsigned from, unsigned to, bool list)
{
	static const char *const statements[] = {"return", "throw", "if", "else", "for", "while", "do", "switch", "try",
		"const", "let", "var", "class", "function", "break", "continue", "debugger", "import", "export", NULL};
	const struct scan *s = &c->s;
	unsigned last = from;
	if (from > to || (mark(s, from, "{") && !is_object(s, from)))
		return false;
	for (unsigned i = from; i <= to; i = last + 1) {
		if (named(s, i, statements) || mark(s, i, ";") || assigns(s, i) || (!list && mark(s, i, ",")) ||
			(i > from && is_new_line(s, last, i)))
			return false;
		last = end_of(c, i);
	}
	return true;
}

/* ---- a function and nothing else ---- */

/* Behind the parameters; the count of words: there are none. */
static unsigned
past_parameters(const struct code *c, unsigned i)
{
	return mark(&c->s, i, "(") ? c->pair[i] + 1 : c->s.count;
}

static bool
is_function(const struct code *c, unsigned from, unsigned to)
{
	const struct scan *s = &c->s;
	unsigned i = str_is(word(s, from), "async") && !mark(s, from + 1, "=>") ? from + 1 : from;
	if (i < s->count && s->tokens[i].kind == TOKEN_NAME && str_is(word(s, i), "function")) {
		i += i + 1 < s->count && s->tokens[i + 1].kind == TOKEN_NAME ? 2 : 1;
		i = past_parameters(c, i);
		return mark(s, i, "{") && c->pair[i] == to;
	}
	if (mark(s, i, "("))
		i = past_parameters(c, i);
	else if (i < s->count && s->tokens[i].kind == TOKEN_NAME)
		i++;
	else
		return false;
	if (!mark(s, i, "=>") || i >= to)
		return false;
	return mark(s, i + 1, "{") ? c->pair[i + 1] == to : is_expression(c, i + 1, to, false);
}

/* ---- a body ---- */

/* Whether a { begins the body of a function. */
static bool
begins_function(const struct code *c, const unsigned *opener, unsigned i)
{
	static const char *const blocks[] = {"if", "for", "while", "switch", "catch", "with", "await", NULL};
	const struct scan *s = &c->s;
	if (i == 0 || !mark(s, i, "{"))
		return false;
	if (mark(s, i - 1, "=>"))
		return true;
	if (!mark(s, i - 1, ")"))
		return false;
	unsigned head = opener[i - 1];
	return head > 0 && s->tokens[head - 1].kind == TOKEN_NAME && !named(s, head - 1, blocks);
}

/* Nothing comes of it: no return of its own, no throw anywhere, no word to the log. */
static bool
is_idle(struct arena *arena, const struct code *c)
{
	static const char *const says[] = {"throw", "console", NULL}, *const gives[] = {"return", NULL};
	unsigned *opener = arena_array(arena, c->s.count + 1, sizeof *opener), inside = 0;
	for (unsigned i = 0; i < c->s.count; i++)
		if (c->pair[i] != NO_PAIR)
			opener[c->pair[i]] = i;
	for (unsigned i = 0; i < c->s.count; i++) {
		if (named(&c->s, i, says) || (i >= inside && named(&c->s, i, gives)))
			return false;
		if (i >= inside && begins_function(c, opener, i))
			inside = c->pair[i];
	}
	return true;
}

static unsigned
without_semicolons(const struct code *c)
{
	unsigned to = c->s.count - 1;
	while (to > 0 && mark(&c->s, to, ";"))
		to--;
	return to;
}

struct code_text
code_text_read(struct str code)
{
	struct code_text read = {.form = CODE_BODY, .text = code};
	struct arena *own = arena_new();
	struct expression_fault fault;
	struct code c = {.s = scan_from(own, code, 0, code.n, &fault)};
	scan_code(&c.s);
	if (find_pairs(own, &c)) {
		unsigned from = 0, to = without_semicolons(&c), inner, last;
		for (inner = from, last = to; mark(&c.s, inner, "(") && c.pair[inner] == last; inner++, last--)
			;
		if (inner <= last && is_function(&c, inner, last))
			read.form = CODE_FUNCTION;
		else if (is_expression(&c, from, to, true))
			read.form = CODE_EXPRESSION;
		else
			read.idle = is_idle(own, &c);
		if (read.form != CODE_BODY)
			read.text.n = c.s.tokens[to].to;
	}
	arena_free(own);
	return read;
}

struct str
code_text_body(struct arena *arena, struct str code, const char *arguments)
{
	struct code_text read = code_text_read(code);
	if (read.form == CODE_FUNCTION)
		return str_of(arena_printf(arena, "return await (%.*s)(%s)", STR_ARG(read.text), arguments));
	if (read.form == CODE_EXPRESSION)
		return str_of(arena_printf(arena, "return (%.*s)", STR_ARG(read.text)));
	return code;
}
