/* Keeping what was found; see finding.h. */
#include "flow/finding.h"

#include "flow/hint.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_MAX 400
#define LIST_FIRST 16
#define LINES_SEARCHED 200 /* of one value, for the word that is meant */

/* Where the first sentence ends: a full stop, question mark or exclamation mark before a blank, and not in backquotes. */
static size_t
sentence_end(const char *text)
{
	bool quoted = false;
	for (size_t i = 0; text[i]; i++) {
		if (text[i] == '`')
			quoted = !quoted;
		if (!quoted && strchr(".?!", text[i]) && text[i + 1] == ' ')
			return i + 1;
	}
	return strlen(text);
}

static struct finding *
next_finding(struct findings *findings)
{
	if (findings->count == findings->room) {
		unsigned room = findings->room ? findings->room * 2 : LIST_FIRST;
		struct finding *list = arena_array(findings->arena, room, sizeof *list);
		if (findings->count)
			memcpy(list, findings->list, findings->count * sizeof *list);
		findings->list = list;
		findings->room = room;
	}
	return &findings->list[findings->count++];
}

bool
finding_addv(
	struct findings *findings, bool warning, const char *path, const char *code, const char *format, va_list args)
{
	char text[MESSAGE_MAX];
	unsigned *count = warning ? &findings->warnings : &findings->errors;
	if ((*count)++ >= FINDINGS_MAX)
		return false;
	vsnprintf(text, sizeof text, format, args);
	/* What was cut in half in the middle of a character. */
	text[str_utf8_bad(str_of(text))] = '\0';
	size_t end = sentence_end(text);
	*next_finding(findings) = (struct finding){
		.path = arena_strdup(findings->arena, path),
		.code = code,
		.message = arena_strz(findings->arena, (struct str){text, end}),
		.hint = arena_strdup(findings->arena, text[end] ? text + end + 1 : ""),
		.warning = warning,
		.order = findings->count,
	};
	return false;
}

bool
finding_add(struct findings *findings, const char *path, const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	finding_addv(findings, false, path, code, format, args);
	va_end(args);
	return false;
}

void
finding_warn(struct findings *findings, const char *path, const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	finding_addv(findings, true, path, code, format, args);
	va_end(args);
}

/* "/steps/1" stands above "/steps/1/kind", not above "/steps/10". */
static bool
above(const char *path, const char *other)
{
	size_t n = strlen(path);
	return strncmp(path, other, n) == 0 && (other[n] == '\0' || other[n] == '/');
}

bool
findings_have_code(const struct findings *findings, const char *path, const char *code)
{
	for (unsigned i = 0; i < findings->count; i++)
		if (!findings->list[i].warning && strcmp(findings->list[i].path, path) == 0 &&
			strcmp(findings->list[i].code, code) == 0)
			return true;
	return false;
}

const char *
pointer_part(struct arena *arena, struct str name)
{
	struct str shown = hint_clip(name, 64);
	char *part = arena_alloc(arena, shown.n * 2 + 1), *to = part;
	for (size_t i = 0; i < shown.n; i++) {
		bool escaped = shown.p[i] == '~' || shown.p[i] == '/';
		*to++ = escaped ? '~' : shown.p[i];
		if (escaped)
			*to++ = shown.p[i] == '~' ? '0' : '1';
	}
	return part;
}

/* ---- places ---- */

/* As far as the path leads. */
static const struct json *
node_of(const struct json *doc, const char *path, bool *ret_whole)
{
	const struct json *node = doc;
	size_t n = strlen(path);
	*ret_whole = true;
	for (;;) {
		const struct json *found = json_pointer(doc, (struct str){path, n});
		if (found && (found->line > 0 || n == 0))
			return found;
		*ret_whole = false;
		if (n == 0)
			return node;
		while (n > 0 && path[n - 1] != '/')
			n--;
		n -= n > 0;
	}
}

/* The next text in backquotes; empty when there is none. */
static struct str
next_word(const char **at)
{
	const char *from = strchr(*at, '`');
	const char *to = from ? strchr(from + 1, '`') : NULL;
	if (!to)
		return STR("");
	*at = to + 1;
	return (struct str){from + 1, (size_t)(to - from - 1)};
}

static const char *
line_start(struct str source, unsigned line)
{
	const char *at = source.p, *end = source.p + source.n;
	for (unsigned i = 1; i < line && at < end; i++) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		at = next ? next + 1 : end;
	}
	return at;
}

static size_t
blanks_at(const char *line, const char *end)
{
	size_t n = 0;
	while (line + n < end && (line[n] == ' ' || line[n] == '-'))
		n++;
	return n;
}

/*
 * How far a value can reach that begins on `line`: to the next line that is not indented deeper than its own, as YAML has it;
 * in JSON that is too far rather than too near, and the first word found is taken.
 */
static const char *
value_end(struct str source, unsigned line, unsigned column)
{
	const char *end = source.p + source.n, *at = line_start(source, line);
	for (unsigned i = 0; i < LINES_SEARCHED && at < end; i++) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		if (i > 0 && at < end && *at != '\n' && blanks_at(at, end) < column)
			return at;
		at = next ? next + 1 : end;
	}
	return at;
}

static bool
name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The word where it stands by itself between the two, or NULL. */
static const char *
find_word(const char *from, const char *to, struct str word)
{
	while (from < to) {
		const char *at = memmem(from, (size_t)(to - from), word.p, word.n);
		if (!at)
			return NULL;
		bool begins = !name_byte(word.p[0]) || at == from || !name_byte(at[-1]);
		bool ends = !name_byte(word.p[word.n - 1]) || at + word.n == to || !name_byte(at[word.n]);
		if (begins && ends)
			return at;
		from = at + 1;
	}
	return NULL;
}

static void
place_word(struct finding *finding, struct str source)
{
	const char *from = line_start(source, finding->line), *end = source.p + source.n, *at = NULL;
	const char *stop = value_end(source, finding->line, finding->column), *rest = finding->message;
	for (unsigned i = 1; i < finding->column && from < end; i++) { /* columns are characters */
		from++;
		while (from < end && ((unsigned char)*from & 0xc0) == 0x80)
			from++;
	}
	if (finding->near.n > 0) {
		at = find_word(from, stop, finding->near);
	} else {
		for (struct str word; !at && (word = next_word(&rest)).n > 0;)
			at = find_word(from, stop, word);
	}
	if (!at)
		return;
	const char *line = at;
	while (line > source.p && line[-1] != '\n')
		line--;
	for (const char *p = from; p < line; p++)
		finding->line += *p == '\n';
	finding->line += finding->near.n > 0 ? finding->near_lines : 0;
	finding->column = (unsigned)str_utf8_length((struct str){line, (size_t)(at - line)}) + 1;
}

void
findings_place(struct findings *findings, const struct json *doc, const char *prefix, struct str source)
{
	size_t skip = strlen(prefix);
	for (unsigned i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->list[i];
		bool whole;
		if (finding->line > 0 || !above(prefix, finding->path))
			continue;
		const struct json *node = node_of(doc, finding->path + skip, &whole);
		finding->line = node->line;
		finding->column = node->column;
		if (finding->line > 0 && source.n > 0 && (node->type == JSON_STRING || node->type == JSON_ARRAY))
			place_word(finding, source);
	}
}

static int
by_place(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

void
findings_sort(struct findings *findings)
{
	if (findings->count > 1)
		qsort(findings->list, findings->count, sizeof *findings->list, by_place);
}

static void
write_place(struct json_writer *w, const char *name, unsigned number)
{
	json_key(w, name);
	if (number > 0)
		json_int(w, number);
	else
		json_null(w);
}

void
finding_write(struct json_writer *w, const struct finding *finding)
{
	json_key(w, "path");
	json_strz(w, finding->path);
	json_key(w, "code");
	json_strz(w, finding->code);
	json_key(w, "message");
	json_strz(w, finding->message);
	json_key(w, "hint");
	json_strz(w, finding->hint[0] ? finding->hint : NULL);
	write_place(w, "line", finding->line);
	write_place(w, "column", finding->column);
}

bool
findings_refuse(const struct findings *findings, struct err *err)
{
	for (unsigned i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		if (finding->warning)
			continue;
		err_issue_at(err, finding->line, finding->column, finding->path, finding->code, "%s%s%s",
			finding->message, finding->hint[0] ? " " : "", finding->hint);
	}
	if (err && findings->errors > FINDINGS_MAX)
		err->issues_dropped += findings->errors - FINDINGS_MAX;
	return false;
}
