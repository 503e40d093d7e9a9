/* Finding the sentences of a text: lines become paragraphs, bullets stand alone, headings and labels are passed over.
 */
#include "providers/builtin_text.h"

#define SENTENCES_MAX 2000
#define MARKS_MAX 8  /* closing marks looked at: "?!)" and the like; a page of dots is no sentence */
#define LABEL_MAX 40 /* bytes of a line such as "Notes:" */

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct str
text_trim(struct str text)
{
	while (text.n && blank(text.p[0])) {
		text.p++;
		text.n--;
	}
	while (text.n && blank(text.p[text.n - 1]))
		text.n--;
	return text;
}

struct str
text_clip(struct str text, size_t bytes)
{
	if (text.n <= bytes)
		return text;
	while (bytes > 0 && ((unsigned char)text.p[bytes] & 0xc0) == 0x80)
		bytes--;
	return (struct str){text.p, bytes};
}

/* Takes a line off the front of `text`, without its end. */
static bool
next_line(struct str *text, struct str *ret_line)
{
	if (text->n == 0)
		return false;
	const char *end = memchr(text->p, '\n', text->n);
	size_t n = end ? (size_t)(end - text->p) : text->n, skipped = end ? n + 1 : n;
	*ret_line = (struct str){text->p, n};
	text->p += skipped;
	text->n -= skipped;
	return true;
}

struct str
text_material(struct str prompt)
{
	struct str rest = prompt, line;
	while (rest.n && blank(rest.p[0])) {
		rest.p++;
		rest.n--;
	}
	struct str whole = rest;
	while (next_line(&rest, &line))
		if (text_trim(line).n == 0)
			return text_trim(rest);
	return text_trim(whole);
}

struct str
text_last_paragraph(struct str prompt)
{
	struct str rest = text_trim(prompt), line, paragraph = rest;
	while (next_line(&rest, &line))
		if (text_trim(line).n == 0)
			paragraph = rest;
	return text_trim(paragraph);
}

/* "- ", "* ", "• ", "1. ", "2) ", "[ ] " at the beginning of a line. */
static struct str
without_bullet(struct str line, bool *ret_bullet)
{
	size_t digits = 0;
	*ret_bullet = false;
	if (line.n > 2 && (line.p[0] == '-' || line.p[0] == '*' || line.p[0] == '+') && line.p[1] == ' ') {
		line = text_trim((struct str){line.p + 2, line.n - 2});
		*ret_bullet = true;
	} else if (str_starts(line, STR("\xe2\x80\xa2"))) {
		line = text_trim((struct str){line.p + 3, line.n - 3});
		*ret_bullet = true;
	} else {
		while (digits < line.n && digits < 3 && line.p[digits] >= '0' && line.p[digits] <= '9')
			digits++;
		if (digits && digits + 1 < line.n && (line.p[digits] == '.' || line.p[digits] == ')') &&
			line.p[digits + 1] == ' ') {
			line = text_trim((struct str){line.p + digits + 2, line.n - digits - 2});
			*ret_bullet = true;
		}
	}
	if (str_starts(line, STR("[ ] ")) || str_starts(line, STR("[x] ")))
		line = text_trim((struct str){line.p + 4, line.n - 4});
	return line;
}

static bool
abbreviation(struct str word)
{
	static const char *const known[] = {"Dr", "Mr", "Mrs", "Ms", "Prof", "St", "No", "Nr", "vs", "etc", "e.g",
		"i.e", "z.B", "d.h", "u.a", "bzw", "ca", "approx", "Inc", "Ltd", "Co", "a.m", "p.m"};
	bool digits = word.n > 0 && word.n <= 2;
	for (size_t i = 0; i < word.n; i++)
		digits = digits && word.p[i] >= '0' && word.p[i] <= '9';
	if (digits || (word.n == 1 && word.p[0] >= 'A' && word.p[0] <= 'Z'))
		return true; /* "3. Mai", "J. Doe" */
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_is(word, known[i]))
			return true;
	return false;
}

/* Does a sentence end with the mark at `at`? Returns the place behind it and its closing quotes, or 0. */
static size_t
sentence_end(struct str s, size_t at)
{
	static const char *const marks[] = {"\xe3\x80\x82", "\xef\xbc\x81", "\xef\xbc\x9f"}; /* 。！？ */
	struct str rest = {s.p + at, s.n - at};
	for (size_t i = 0; i < 3; i++)
		if (str_starts(rest, str_of(marks[i])))
			return at + 3;
	size_t end = at + 1;
	if (str_starts(rest, STR("\xe2\x80\xa6"))) /* … */
		end = at + 3;
	else if (s.p[at] != '.' && s.p[at] != '!' && s.p[at] != '?')
		return 0;
	size_t most = end + MARKS_MAX < s.n ? end + MARKS_MAX : s.n;
	while (end < most && strchr(".!?\"')", s.p[end]) && s.p[end])
		end++;
	while (end + 2 < most && (str_starts((struct str){s.p + end, s.n - end}, STR("\xe2\x80\x9d")) ||
					 str_starts((struct str){s.p + end, s.n - end}, STR("\xe2\x80\x9c"))))
		end += 3;
	if (end < s.n && s.p[end] != ' ')
		return 0;
	if (end + 1 < s.n && s.p[end + 1] >= 'a' && s.p[end + 1] <= 'z')
		return 0;
	size_t word = at;
	while (word > 0 && s.p[word - 1] != ' ')
		word--;
	if (s.p[at] == '.' && end < s.n && abbreviation((struct str){s.p + word, at - word}))
		return 0;
	return end;
}

static void
add(struct sentences *to, struct str sentence)
{
	sentence = text_trim(sentence);
	if (sentence.n && to->count < SENTENCES_MAX)
		to->list[to->count++] = sentence;
}

static void
split(struct sentences *to, struct str paragraph)
{
	size_t from = 0, at = 0;
	while (at < paragraph.n) {
		size_t end = sentence_end(paragraph, at);
		if (end) {
			add(to, (struct str){paragraph.p + from, end - from});
			from = end;
		}
		at = end ? end : at + 1;
	}
	add(to, (struct str){paragraph.p + from, paragraph.n - from});
}

/* Appends a line to the paragraph that ends at `*used`, blanks made single. */
static void
append(char *text, size_t from, size_t *used, struct str line)
{
	bool gap = *used > from;
	for (size_t i = 0; i < line.n; i++) {
		if (blank(line.p[i])) {
			gap = *used > from;
			continue;
		}
		if (gap)
			text[(*used)++] = ' ';
		text[(*used)++] = line.p[i];
		gap = false;
	}
}

void
text_sentences(struct arena *arena, struct str material, struct sentences *ret_sentences)
{
	struct str rest = material, line;
	char *text = arena_alloc(arena, material.n * 2 + 1);
	size_t from = 0, used = 0;
	*ret_sentences = (struct sentences){
		.list = arena_array(
			arena, material.n < SENTENCES_MAX ? material.n + 1 : SENTENCES_MAX, sizeof(struct str))};
	while (next_line(&rest, &line)) {
		bool bullet;
		line = without_bullet(text_trim(line), &bullet);
		bool label = line.n && line.p[line.n - 1] == ':' && line.n <= LABEL_MAX;
		bool passed = line.n == 0 || line.p[0] == '#' || label;
		if (bullet || passed) {
			split(ret_sentences, (struct str){text + from, used - from});
			from = used;
		}
		if (!passed)
			append(text, from, &used, line);
	}
	split(ret_sentences, (struct str){text + from, used - from});
}
