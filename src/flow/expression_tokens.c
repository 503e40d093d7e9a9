/* Taking JavaScript apart into its words; see expression_tokens.h. */
#include "flow/expression_tokens.h"

bool
scan_refuse(struct scan *s, size_t at, const char *what)
{
	*s->fault = (struct expression_fault){at, what};
	return false;
}

static char
peek(const struct scan *s, size_t ahead)
{
	return s->at + ahead < s->text.n ? s->text.p[s->at + ahead] : '\0';
}

bool
scan_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || scan_digit(c) || c == '_' || c == '$' ||
	       (unsigned char)c >= 0x80;
}

static bool
push(struct scan *s, enum token_kind kind, size_t from)
{
	if (s->count == s->room)
		return scan_refuse(s, from, "This expression is too long. Move some of it to a step of its own.");
	s->tokens[s->count++] = (struct token){.kind = kind, .from = from, .to = s->at};
	return true;
}

static bool
open_bracket(struct scan *s, char bracket)
{
	if (s->depth == BRACKETS_MAX)
		return scan_refuse(s, s->at, "There are too many brackets in one another here.");
	s->open[s->depth++] = bracket;
	return true;
}

/* Whether a slash begins a regular expression here, or divides. */
static bool
value_follows(const struct scan *s)
{
	static const char *const before[] = {"return", "typeof", "instanceof", "in", "of", "new", "delete", "void",
		"throw", "case", "do", "else", "await", "yield", NULL};
	if (s->count == 0)
		return true;
	const struct token *last = &s->tokens[s->count - 1];
	if (last->kind == TOKEN_NAME)
		return listed(word(s, s->count - 1), before);
	return last->kind == TOKEN_MARK && !mark(s, s->count - 1, ")") && !mark(s, s->count - 1, "]") &&
	       !mark(s, s->count - 1, "}");
}

/* False: it is never closed. */
static bool
read_text(struct scan *s)
{
	char quote = peek(s, 0);
	size_t from = s->at++;
	while (s->at < s->text.n && peek(s, 0) != quote && peek(s, 0) != '\n')
		s->at += peek(s, 0) == '\\' ? 2 : 1;
	if (peek(s, 0) != quote)
		return false;
	s->at++;
	return push(s, TOKEN_TEXT, from);
}

/* Up to the end of the literal, or to the code in it. */
static bool
read_literal(struct scan *s)
{
	size_t from = s->at - 1; /* the ` or the } before it */
	while (s->at < s->text.n && peek(s, 0) != '`') {
		if (peek(s, 0) == '$' && peek(s, 1) == '{') {
			s->at += 2;
			return open_bracket(s, '$') && push(s, TOKEN_MARK, from);
		}
		s->at += peek(s, 0) == '\\' ? 2 : 1;
	}
	if (s->at >= s->text.n)
		return false;
	s->at++;
	return push(s, TOKEN_TEXT, from);
}

static bool
read_regex(struct scan *s)
{
	size_t from = s->at++;
	bool class = false;
	while (s->at < s->text.n && peek(s, 0) != '\n' && (class || peek(s, 0) != '/')) {
		if (peek(s, 0) == '[')
			class = true;
		else if (peek(s, 0) == ']')
			class = false;
		s->at += peek(s, 0) == '\\' ? 2 : 1;
	}
	if (peek(s, 0) != '/')
		return false;
	s->at++;
	while (scan_name_byte(peek(s, 0)))
		s->at++;
	return push(s, TOKEN_REGEX, from);
}

/* steps.2 is a step's place; elsewhere a dot before a digit begins a number. */
static bool
read_number(struct scan *s)
{
	size_t from = s->at;
	bool member = mark(s, s->count - 1, ".");
	while (scan_digit(peek(s, 0)) || (!member && (scan_name_byte(peek(s, 0)) || peek(s, 0) == '.')))
		s->at++;
	return push(s, TOKEN_NUMBER, from);
}

/* A key of a step may hold dashes, and nobody subtracts from a whole step. */
static bool
read_name(struct scan *s)
{
	size_t from = s->at;
	bool key = s->count > 1 && mark(s, s->count - 1, ".") &&
		   (str_is(word(s, s->count - 2), "steps") || str_is(word(s, s->count - 2), "step")) &&
		   (s->count < 3 || !mark(s, s->count - 3, "."));
	while (scan_name_byte(peek(s, 0)) || (key && peek(s, 0) == '-' && scan_name_byte(peek(s, 1))))
		s->at++;
	return push(s, TOKEN_NAME, from);
}

static bool
read_mark(struct scan *s)
{
	static const char *const long_ones[] = {"?.", "=>", "||", "??", "&&", "==", "++", "--", NULL};
	size_t from = s->at;
	char c = peek(s, 0);
	struct str two = {s->text.p + s->at, 2};
	if (c == '(' || c == '[' || c == '{') {
		if (!open_bracket(s, c))
			return false;
	} else if ((c == ')' || c == ']' || c == '}') && s->depth > 0) {
		char opened = s->open[--s->depth];
		if (c == '}' && opened == '$') {
			s->at++;
			return read_literal(s);
		}
	}
	bool pair = peek(s, 1) && listed(two, long_ones) && !(c == '?' && peek(s, 1) == '.' && scan_digit(peek(s, 2)));
	s->at += pair ? 2 : 1;
	return push(s, TOKEN_MARK, from);
}

/* Blanks and comments. False: a comment is never closed. */
static bool
skip(struct scan *s)
{
	for (;;) {
		char c = peek(s, 0);
		if (s->at < s->text.n && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
			s->at++;
		} else if (c == '/' && peek(s, 1) == '/') {
			while (s->at < s->text.n && peek(s, 0) != '\n')
				s->at++;
		} else if (c == '/' && peek(s, 1) == '*') {
			const char *end = memmem(s->text.p + s->at + 2, s->text.n - s->at - 2, "*/", 2);
			if (!end)
				return false;
			s->at = (size_t)(end - s->text.p) + 2;
		} else {
			return true;
		}
	}
}

static bool
read_token(struct scan *s)
{
	char c = peek(s, 0);
	if (c == '"' || c == '\'')
		return read_text(s);
	if (c == '`') {
		s->at++;
		return read_literal(s);
	}
	if (scan_digit(c) ||
		(c == '.' && scan_digit(peek(s, 1)) && !(s->count && s->tokens[s->count - 1].kind == TOKEN_NAME)))
		return read_number(s);
	if (scan_name_byte(c))
		return read_name(s);
	if (c == '/' && value_follows(s))
		return read_regex(s);
	return read_mark(s);
}

struct scan
scan_from(struct arena *arena, struct str text, size_t from, size_t most, struct expression_fault *fault)
{
	struct scan s = {.arena = arena, .text = text, .at = from, .fault = fault};
	*fault = (struct expression_fault){0};
	s.room = (unsigned)(text.n - from < most ? text.n - from : most); /* none is empty */
	s.tokens = arena_array(arena, s.room + 1, sizeof *s.tokens);
	return s;
}

bool
scan_template(struct scan *s)
{
	while (skip(s) && s->at < s->text.n) {
		if (s->depth == 0 && peek(s, 0) == '}' && peek(s, 1) == '}')
			return true;
		if (!read_token(s))
			return false;
	}
	return false;
}

void
scan_code(struct scan *s)
{
	while (skip(s) && s->at < s->text.n)
		if (!read_token(s))
			break;
}
