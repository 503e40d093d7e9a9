/* What an expression reads of the run, and which names are nobody's: see expression.h. */
#include "flow/expression.h"

#include "flow/expression_tokens.h"

#include <stdio.h>

#define REFS_MAX 200
#define NAMES_MAX 32

/* ---- parameters ---- */

/* Back from a closing parenthesis: all names in the pair are bound. */
static void
bind_back(struct scan *s, unsigned close)
{
	unsigned depth = 0;
	for (unsigned i = close + 1; i-- > 0;) {
		s->tokens[i].bound = true;
		depth += mark(s, i, ")");
		if (mark(s, i, "(") && --depth == 0)
			return;
	}
}

static void
bind_forth(struct scan *s, unsigned from)
{
	unsigned depth = 0;
	for (unsigned i = from; i < s->count; i++) {
		s->tokens[i].bound = depth > 0;
		depth += mark(s, i, "(");
		if (mark(s, i, ")") && (depth == 0 || --depth == 0))
			return;
	}
}

static void
find_parameters(struct scan *s)
{
	static const char *const declare[] = {"const", "let", "var", NULL};
	for (unsigned i = 0; i < s->count; i++) {
		if (mark(s, i, "=>") && i > 0) {
			if (mark(s, i - 1, ")"))
				bind_back(s, i - 1);
			else
				s->tokens[i - 1].bound = true;
		} else if (s->tokens[i].kind == TOKEN_NAME && str_is(word(s, i), "function")) {
			bind_forth(s, i + 1);
		} else if (s->tokens[i].kind == TOKEN_NAME && listed(word(s, i), declare) && i + 1 < s->count) {
			s->tokens[i + 1].bound = true;
		}
	}
}

/* ---- references ---- */

static const char *const roots[] = {
	"input", "args", "initial", "workflow", "steps", "step", "env", "loop", "poll", "outputs", NULL};
static const char *const of_lists[] = {"map", "filter", "reduce", "reduceRight", "join", "some", "every", "find",
	"findIndex", "findLast", "flatMap", "flat", "forEach", "sort", "toSorted", "reverse", "toReversed", "push",
	"pop", "shift", "unshift", "splice", "entries", NULL};

/* The key of an object, or a member of something else. */
static bool
is_root(const struct scan *s, unsigned i)
{
	if (s->tokens[i].kind != TOKEN_NAME || !listed(word(s, i), roots))
		return false;
	if (i > 0 && (mark(s, i - 1, ".") || mark(s, i - 1, "?.")) &&
		!(i > 2 && mark(s, i - 2, ".") && mark(s, i - 3, ".")))
		return false;
	bool key = i > 0 && (mark(s, i - 1, "{") || mark(s, i - 1, ",")) && mark(s, i + 1, ":");
	return !key;
}

/* "a", without escapes or dots, so that it can stand in a path. */
static bool
plain_text(const struct scan *s, unsigned i, struct str *ret_name)
{
	if (i >= s->count || s->tokens[i].kind != TOKEN_TEXT)
		return false;
	struct str text = word(s, i);
	if (text.n < 3 || text.p[0] == '`')
		return false;
	*ret_name = (struct str){text.p + 1, text.n - 2};
	return !memchr(ret_name->p, '\\', ret_name->n) && !memchr(ret_name->p, '.', ret_name->n);
}

/* The next name of a chain, and how many tokens it takes; 0: it ends, or goes on in a way that only the engine knows. */
static unsigned
next_name(const struct scan *s, unsigned i, struct str *ret_name, bool *ret_optional)
{
	bool optional = mark(s, i, "?.");
	unsigned bracket = optional ? i + 1 : i;
	*ret_optional |= optional;
	if ((optional || mark(s, i, ".")) && i + 1 < s->count &&
		(s->tokens[i + 1].kind == TOKEN_NAME || s->tokens[i + 1].kind == TOKEN_NUMBER)) {
		*ret_name = word(s, i + 1);
		return 2;
	}
	if (!mark(s, bracket, "[") || !mark(s, bracket + 2, "]"))
		return 0;
	if (s->tokens[bracket + 1].kind == TOKEN_NUMBER)
		*ret_name = word(s, bracket + 1);
	else if (!plain_text(s, bracket + 1, ret_name))
		return 0;
	return bracket + 3 - i;
}

struct str
expression_path(struct arena *arena, const struct str *names, unsigned count)
{
	size_t n = count - 1;
	for (unsigned i = 0; i < count; i++)
		n += names[i].n;
	char *path = arena_alloc(arena, n + 1), *to = path;
	for (unsigned i = 0; i < count; i++) {
		if (i)
			*to++ = '.';
		memcpy(to, names[i].p, names[i].n);
		to += names[i].n;
	}
	return (struct str){path, n};
}

/* How many names are replaced when the reference is written anew. */
static unsigned
head_names(const struct str *names, unsigned count)
{
	if (str_is(names[0], "steps") || str_is(names[0], "step") || str_is(names[0], "outputs"))
		return count > 1 ? 2 : 1;
	return str_is(names[0], "workflow") && count > 1 && str_is(names[1], "input") ? 2 : 1;
}

static void
read_ref(struct scan *s, unsigned first, size_t base, struct expression_ref *ref)
{
	struct str names[NAMES_MAX] = {word(s, first)};
	size_t ends[NAMES_MAX] = {s->tokens[first].to};
	unsigned count = 1, at = first + 1, taken;
	bool optional = false;
	while (count < NAMES_MAX && (taken = next_name(s, at, &names[count], &optional)) > 0) {
		at += taken;
		ends[count++] = s->tokens[at - 1].to;
	}
	unsigned least = head_names(names, count);
	if (mark(s, at, "(") && count > least) { /* the last is a method */
		count--;
		ref->is_list = listed(names[count], of_lists);
	}
	ref->from = s->tokens[first].from - base;
	ref->to = ends[least - 1] - base;
	ref->path = expression_path(s->arena, names, count);
	ref->has_fallback = optional || mark(s, at, "||") || mark(s, at, "??");
}

/* ---- changes ---- */

/* Past the bracket that closes the one here. */
static unsigned
past_brackets(const struct scan *s, unsigned open)
{
	unsigned depth = 0, i = open;
	for (; i < s->count; i++) {
		depth += mark(s, i, "(") || mark(s, i, "[") || mark(s, i, "{");
		if ((mark(s, i, ")") || mark(s, i, "]") || mark(s, i, "}")) && --depth == 0)
			return i + 1;
	}
	return i;
}

/* Past all that is looked up from a name: .a, ?.b, [c], (d). */
static unsigned
past_chain(const struct scan *s, unsigned first)
{
	unsigned at = first + 1;
	for (;;) {
		bool dot = mark(s, at, ".") || mark(s, at, "?.");
		if (dot && at + 1 < s->count &&
			(s->tokens[at + 1].kind == TOKEN_NAME || s->tokens[at + 1].kind == TOKEN_NUMBER))
			at += 2;
		else if (dot && (mark(s, at + 1, "[") || mark(s, at + 1, "(")))
			at = past_brackets(s, at + 1);
		else if (mark(s, at, "[") || mark(s, at, "("))
			at = past_brackets(s, at);
		else
			return at;
	}
}

/* "+=" and its kind: the words of an operator, each right behind the other, and "=" at the end. */
static bool
assigns_with(const struct scan *s, unsigned at)
{
	static const char *const parts[] = {"+", "-", "*", "/", "%", "&", "|", "^", "<", ">", "||", "&&", "??", NULL};
	unsigned i = at;
	while (i < s->count && s->tokens[i].kind == TOKEN_MARK && listed(word(s, i), parts) && i < at + 3)
		i++;
	bool compares = i == at + 1 && (mark(s, at, "<") || mark(s, at, ">"));
	if (i == at || compares || !mark(s, i, "="))
		return false;
	for (unsigned j = at; j < i; j++)
		if (s->tokens[j].to != s->tokens[j + 1].from)
			return false;
	return true;
}

/* What the run gives is only read: {{input.n = 5}} is always true, and nobody means it. False: that was told. */
static bool
only_read(struct scan *s, unsigned first)
{
	unsigned at = past_chain(s, first), before = first;
	while (before > 0 && mark(s, before - 1, "(") && mark(s, at, ")")) {
		before--;
		at++;
	}
	if (mark(s, at, "="))
		return scan_refuse(s, s->tokens[at].from,
			"`=` would change what the run gives, which is only read. Did you mean `==`?");
	bool deleted = before > 0 && s->tokens[before - 1].kind == TOKEN_NAME && str_is(word(s, before - 1), "delete");
	if (deleted || assigns_with(s, at) || mark(s, at, "++") || mark(s, at, "--") ||
		(before > 0 && (mark(s, before - 1, "++") || mark(s, before - 1, "--"))))
		return scan_refuse(s, s->tokens[first].from,
			"This would change what the run gives, which is only read. Make a value of its own of it, such "
			"as "
			"`input.n + 1`.");
	return true;
}

static bool
find_refs(struct scan *s, size_t base, struct expression *expression)
{
	unsigned room = s->count < REFS_MAX ? s->count : REFS_MAX;
	expression->refs = arena_array(s->arena, room + 1, sizeof *expression->refs);
	for (unsigned i = 0; i < s->count; i++) {
		if (!is_root(s, i))
			continue;
		if (s->tokens[i].bound)
			return scan_refuse(s, s->tokens[i].from,
				"This name is taken: it is what the run gives. Call what is yours otherwise.");
		if (!only_read(s, i))
			return false;
		if (expression->ref_count == room)
			return scan_refuse(s, s->tokens[i].from, "This expression names too much. Split it.");
		read_ref(s, i, base, &expression->refs[expression->ref_count++]);
	}
	return true;
}

/* ---- names from nowhere ---- */

/* Words of the language, and what every realm has; one that is missing here would be refused, so there may be too many. */
static const char *const known[] = {"this", "super", "true", "false", "null", "undefined", "NaN", "Infinity", "new",
	"delete", "typeof", "void", "in", "of", "instanceof", "return", "if", "else", "for", "while", "do", "break",
	"continue", "switch", "case", "default", "throw", "try", "finally", "await", "async", "yield", "get", "set",
	"static", "import", "export", "debugger", "with", "enum", "arguments", "eval", "globalThis", "Object", "Array",
	"String", "Number", "Boolean", "Symbol", "BigInt", "Math", "JSON", "Date", "RegExp", "Map", "Set", "WeakMap",
	"WeakSet", "WeakRef", "FinalizationRegistry", "Promise", "Proxy", "Reflect", "Function", "Iterator", "Error",
	"TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError", "AggregateError", "Intl",
	"parseInt", "parseFloat", "isNaN", "isFinite", "encodeURIComponent", "decodeURIComponent", "encodeURI",
	"decodeURI", "escape", "unescape", "ArrayBuffer", "SharedArrayBuffer", "DataView", "Atomics", "Int8Array",
	"Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float32Array",
	"Float64Array", "BigInt64Array", "BigUint64Array", "console", "structuredClone", NULL};

static bool
is_bound(const struct scan *s, struct str name)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->tokens[i].bound && str_eq(word(s, i), name))
			return true;
	return false;
}

/* name(…) { is a method of an object. */
static bool
is_method(const struct scan *s, unsigned i)
{
	unsigned depth = 0;
	if (!mark(s, i + 1, "("))
		return false;
	for (unsigned at = i + 1; at < s->count; at++) {
		depth += mark(s, at, "(");
		if (mark(s, at, ")") && --depth == 0)
			return mark(s, at + 1, "{");
	}
	return false;
}

static bool
is_stray(const struct scan *s, unsigned i)
{
	static const char *const before[] = {"return", "in", "of", "instanceof", "new", "delete", "void", "throw",
		"case", "do", "else", "await", "yield", NULL};
	struct str name = word(s, i);
	if (s->tokens[i].kind != TOKEN_NAME || s->tokens[i].bound || listed(name, roots) || listed(name, known))
		return false;
	bool spread = i > 2 && mark(s, i - 1, ".") && mark(s, i - 2, ".") && mark(s, i - 3, ".");
	bool member = i > 0 && (mark(s, i - 1, ".") || mark(s, i - 1, "?.")) && !spread;
	bool key = i > 0 && (mark(s, i - 1, "{") || mark(s, i - 1, ",")) && mark(s, i + 1, ":");
	bool follows = i > 0 && s->tokens[i - 1].kind == TOKEN_NAME && !listed(word(s, i - 1), before);
	return !member && !key && !follows && !is_method(s, i) && !is_bound(s, name);
}

/*
 * Whoever declares something is believed: which names that makes is the engine's business. So is what other template languages write with a #:
 * it is no JavaScript, and the engine says so.
 */
static struct str
find_stray(const struct scan *s)
{
	static const char *const declare[] = {"const", "let", "var", "function", "class", "catch", NULL};
	for (unsigned i = 0; i < s->count; i++)
		if (mark(s, i, "#") || (s->tokens[i].kind == TOKEN_NAME && listed(word(s, i), declare)))
			return STR("");
	for (unsigned i = 0; i < s->count; i++)
		if (is_stray(s, i))
			return word(s, i);
	return STR("");
}

/* ---- the whole ---- */

enum expression_end
expression_scan(struct arena *arena, struct str text, size_t from, struct expression *ret_expression, size_t *ret_end,
	struct expression_fault *ret_fault)
{
	struct scan s = scan_from(arena, text, from, TOKENS_MAX, ret_fault);
	*ret_expression = (struct expression){.source = STR("")};
	if (!scan_template(&s))
		return ret_fault->what ? EXPRESSION_BAD : EXPRESSION_OPEN;
	if (s.count == 0)
		return EXPRESSION_OPEN;
	*ret_end = s.at;
	size_t first = from, last = s.at;
	while (first < last && strchr(" \t\r\n", text.p[first]))
		first++;
	while (last > first && strchr(" \t\r\n", text.p[last - 1]))
		last--;
	ret_expression->source = (struct str){text.p + first, last - first};
	if (ret_expression->source.n > EXPRESSION_BYTES_MAX) {
		scan_refuse(&s, first, "This expression is too long. Move some of it to a step of its own.");
		return EXPRESSION_BAD;
	}
	find_parameters(&s);
	ret_expression->stray = find_stray(&s);
	return find_refs(&s, first, ret_expression) ? EXPRESSION_WHOLE : EXPRESSION_BAD;
}

bool
expression_env(
	struct arena *arena, struct str code, struct expression *ret_expression, struct expression_fault *ret_fault)
{
	struct scan s = scan_from(arena, code, 0, code.n, ret_fault);
	struct expression found = {.source = STR("")};
	scan_code(&s); /* whether it is JavaScript at all, the engine says */
	*ret_fault = (struct expression_fault){0};
	find_parameters(&s);
	found.refs = arena_array(arena, s.count + 1, sizeof *found.refs);
	bool own = false; /* it calls something of its own so, too */
	for (unsigned i = 0; i < s.count; i++)
		own |= s.tokens[i].bound && str_is(word(&s, i), "env");
	for (unsigned i = 0; i < s.count && !own; i++) {
		if (!str_is(word(&s, i), "env") || !is_root(&s, i))
			continue;
		struct expression_ref *ref = &found.refs[found.ref_count++];
		read_ref(&s, i, 0, ref);
		if (ref->path.n == 3)
			return scan_refuse(
				&s, s.tokens[i].from, "Variables and secrets are named in so many words: env.NAME.");
	}
	*ret_expression = found;
	return true;
}

void
expression_texts(struct arena *arena, struct str code, struct expression_text **ret_texts, unsigned *ret_count)
{
	struct expression_fault fault;
	struct scan s = scan_from(arena, code, 0, code.n, &fault);
	scan_code(&s);
	struct expression_text *texts = arena_array(arena, s.count + 1, sizeof *texts);
	unsigned count = 0;
	for (unsigned i = 0; i < s.count; i++) {
		struct str token = word(&s, i);
		bool literal = token.p[0] == '`' || (token.p[0] == '}' && token.n > 1);
		if (literal || s.tokens[i].kind == TOKEN_TEXT || s.tokens[i].kind == TOKEN_REGEX)
			texts[count++] =
				(struct expression_text){s.tokens[i].from, s.tokens[i].to, literal ? '`' : token.p[0]};
	}
	*ret_texts = texts;
	*ret_count = count;
}

const char *
expression_head(struct arena *arena, struct str path)
{
	if (str_is(path, "env") || str_starts(path, STR("env.")))
		return "env";
	static const struct str steps = {"steps.", 6};
	if (str_is(path, "loop") || str_starts(path, STR("loop.")))
		return "loop";
	if (str_is(path, "poll") || str_starts(path, STR("poll.")))
		return "poll";
	if (!str_starts(path, steps))
		return "input";
	struct str key = {path.p + steps.n, path.n - steps.n};
	const char *dot = memchr(key.p, '.', key.n);
	if (dot)
		key.n = (size_t)(dot - key.p);
	bool name = key.n > 0 && !scan_digit(key.p[0]);
	for (size_t i = 0; i < key.n; i++)
		name = name && scan_name_byte(key.p[i]);
	return name ? arena_printf(arena, "steps.%.*s", STR_ARG(key))
		    : arena_printf(arena, "steps[\"%.*s\"]", STR_ARG(key));
}
