/* Takes a text apart into what stands outside of braces and the paths and literals inside them. Slices, no copies. */
#include "flow/template_parse.h"

#include "flow/template.h"

#define PATH_NAMES_MAX 32
#define OPERANDS_MAX 16

struct parser {
	struct arena *arena;
	struct str text;
	size_t at;
	size_t open; /* where the template that is being read began */
	struct err *err;
};

/* Sets the place: lines and characters, from 1. */
static bool
bad(struct parser *p, size_t at, const char *what)
{
	unsigned line = 1, column = 1;
	for (size_t i = 0; i < at && i < p->text.n; i++) {
		unsigned char c = (unsigned char)p->text.p[i];
		if (c == '\n') {
			line++;
			column = 1;
		} else if ((c & 0xc0) != 0x80) {
			column++;
		}
	}
	err_set(p->err, ERR_INVALID, "%s (line %u, column %u)", what, line, column);
	if (p->err) {
		p->err->line = line;
		p->err->column = column;
	}
	return false;
}

static char
peek(const struct parser *p)
{
	return p->at < p->text.n ? p->text.p[p->at] : '\0';
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit(c) || c == '_' || c == '-' ||
	       (unsigned char)c >= 0x80;
}

static void
skip_blanks(struct parser *p)
{
	while (peek(p) == ' ' || peek(p) == '\t' || peek(p) == '\n' || peek(p) == '\r')
		p->at++;
}

static struct str
read_name(struct parser *p)
{
	size_t from = p->at;
	while (name_byte(peek(p)))
		p->at++;
	return (struct str){p->text.p + from, p->at - from};
}

/* "[12]": the digits between. */
static bool
read_index(struct parser *p, struct str *ret_digits)
{
	size_t from = ++p->at;
	while (digit(peek(p)))
		p->at++;
	*ret_digits = (struct str){p->text.p + from, p->at - from};
	if (ret_digits->n == 0 || peek(p) != ']')
		return bad(p, p->at, "A number and `]` must follow `[` in a template.");
	p->at++;
	return true;
}

static bool
read_path(struct parser *p, struct operand *operand)
{
	struct str names[PATH_NAMES_MAX];
	unsigned count = 0;
	names[count++] = read_name(p);
	while (peek(p) == '.' || peek(p) == '[') {
		if (count == PATH_NAMES_MAX)
			return bad(p, p->at, "A path in a template has too many parts.");
		if (peek(p) == '[') {
			if (!read_index(p, &names[count]))
				return false;
		} else {
			p->at++;
			names[count] = read_name(p);
			if (names[count].n == 0)
				return bad(p, p->at, "A name must follow the dot in a template.");
		}
		count++;
	}
	operand->names = arena_array(p->arena, count, sizeof *names);
	memcpy(operand->names, names, count * sizeof *names);
	operand->name_count = count;
	operand->path = expression_path(p->arena, names, count);
	return true;
}

static bool
read_string(struct parser *p, struct operand *operand)
{
	char quote = peek(p);
	size_t from = p->at++;
	while (p->at < p->text.n && peek(p) != quote)
		p->at += peek(p) == '\\' && quote == '"' ? 2 : 1;
	if (p->at >= p->text.n) {
		p->at = p->text.n;
		return bad(p, from, "A text in a template is never closed. Close it with the quote that opens it.");
	}
	p->at++;
	if (quote == '\'') {
		operand->literal = json_new_str(p->arena, (struct str){p->text.p + from + 1, p->at - from - 2});
		return true;
	}
	struct str token = {p->text.p + from, p->at - from};
	if (!json_read(p->arena, token, &json_limits_request, &operand->literal, NULL))
		return bad(p, from, "A text in a template is not written as JSON writes it.");
	return true;
}

static bool
read_number(struct parser *p, struct operand *operand)
{
	size_t from = p->at;
	while (name_byte(peek(p)) || peek(p) == '.' || peek(p) == '+')
		p->at++;
	struct str token = {p->text.p + from, p->at - from};
	if (!json_read(p->arena, token, &json_limits_request, &operand->literal, NULL) ||
		operand->literal->type != JSON_NUMBER)
		return bad(
			p, from, "This is neither a number nor a name. Names in templates do not begin with a digit.");
	return true;
}

static bool
read_operand(struct parser *p, bool first, struct operand *operand)
{
	size_t from = p->at;
	char c = peek(p);
	if (c == '"' || c == '\'') {
		if (!read_string(p, operand))
			return false;
	} else if (digit(c) || c == '-') {
		if (!read_number(p, operand))
			return false;
	} else if (name_byte(c)) {
		if (!read_path(p, operand))
			return false;
		if (str_is(operand->path, "null"))
			operand->literal = json_new_null(p->arena);
		else if (str_is(operand->path, "true") || str_is(operand->path, "false"))
			operand->literal = json_new_bool(p->arena, operand->path.p[0] == 't');
	} else if (p->at >= p->text.n) {
		return bad(p, p->open, "`{{` is never closed. Close it with `}}`, or write `\\{{` for plain braces.");
	} else if (first && c == '}') {
		return bad(
			p, p->open, "There is no name between `{{` and `}}`. Write one, or `\\{{` for plain braces.");
	} else {
		return bad(p, p->at, "A name is expected here in a template. Write `\\{{` for plain braces.");
	}
	operand->source = (struct str){p->text.p + from, p->at - from};
	if (first && operand->literal)
		return bad(p, from, "A template must begin with a name; fixed values can only stand behind `||`.");
	return true;
}

/* At "{{": everything up to and including "}}", of paths and ||. */
static bool
read_paths(struct parser *p, struct part *part)
{
	struct operand operands[OPERANDS_MAX] = {0};
	unsigned count = 0;
	p->open = p->at;
	p->at += 2;
	for (;;) {
		skip_blanks(p);
		if (!read_operand(p, count == 0, &operands[count]))
			return false;
		count++;
		skip_blanks(p);
		if (peek(p) == '}' && p->at + 1 < p->text.n && p->text.p[p->at + 1] == '}')
			break;
		if (p->at >= p->text.n)
			return bad(p, p->open,
				"`{{` is never closed. Close it with `}}`, or write `\\{{` for plain braces.");
		if (peek(p) != '|' || p->at + 1 >= p->text.n || p->text.p[p->at + 1] != '|')
			return bad(p, p->at,
				"Only `||` or `}}` can follow here in a template. Write `\\{{` for plain braces.");
		if (count == OPERANDS_MAX)
			return bad(p, p->at, "A template has too many fallbacks.");
		p->at += 2;
	}
	p->at += 2;
	part->source = (struct str){p->text.p + p->open, p->at - p->open};
	part->operands = arena_array(p->arena, count, sizeof *operands);
	memcpy(part->operands, operands, count * sizeof *operands);
	part->operand_count = count;
	return true;
}

/* Whether it is more than paths is seen when it is none. What an expression cannot be either is told in the words of paths. */
static bool
read_template(struct parser *p, bool expressions, struct part *part)
{
	struct err *err = p->err;
	size_t open = p->at, end = 0;
	struct expression found;
	struct expression_fault fault;
	if (!expressions)
		return read_paths(p, part);
	p->err = NULL;
	bool plain = read_paths(p, part);
	p->err = err;
	if (plain)
		return true;
	p->at = open;
	switch (expression_scan(p->arena, p->text, open + 2, &found, &end, &fault)) {
	case EXPRESSION_OPEN:
		return read_paths(p, part);
	case EXPRESSION_BAD:
		return bad(p, fault.at, fault.what);
	case EXPRESSION_WHOLE:
		break;
	}
	struct expression *expression = arena_new_of(p->arena, struct expression);
	*expression = found;
	p->at = end + 2;
	part->source = (struct str){p->text.p + open, p->at - open};
	part->expression = expression;
	return true;
}

static struct part *
push(struct arena *arena, struct parts *parts)
{
	if (parts->count == parts->room) {
		unsigned room = parts->room ? parts->room * 2 : 8;
		struct part *list = arena_array(arena, room, sizeof *list);
		if (parts->count)
			memcpy(list, parts->list, parts->count * sizeof *list);
		parts->list = list;
		parts->room = room;
	}
	return &parts->list[parts->count++];
}

static void
push_text(struct parser *p, struct parts *parts, size_t from, size_t meant_to, size_t written_to)
{
	if (written_to == from)
		return;
	struct part *part = push(p->arena, parts);
	part->source = (struct str){p->text.p + from, written_to - from};
	part->text = (struct str){p->text.p + from, meant_to - from};
}

bool
template_parse(struct arena *arena, struct str text, bool expressions, struct parts *ret_parts, struct err *err)
{
	struct parser p = {.arena = arena, .text = text, .err = err};
	struct parts parts = {0};
	size_t from = 0; /* of the plain text that has not become a part yet */
	while (p.at < text.n) {
		const char *braces = memmem(text.p + p.at, text.n - p.at, "{{", 2);
		if (!braces)
			break;
		size_t open = (size_t)(braces - text.p), slashes = 0;
		while (open - slashes > p.at && text.p[open - slashes - 1] == '\\')
			slashes++;
		push_text(&p, &parts, from, open - slashes + slashes / 2, open);
		from = open;
		if (slashes % 2) { /* the braces begin the next plain text */
			p.at = open + 2;
			continue;
		}
		p.at = open;
		if (parts.templates++ == TEMPLATE_REFS_MAX)
			return bad(&p, open, "There are too many templates in this text.");
		struct part *part = push(arena, &parts);
		if (!read_template(&p, expressions, part))
			return false;
		from = p.at;
	}
	push_text(&p, &parts, from, text.n, text.n);
	*ret_parts = parts;
	return true;
}
