/*
 * Key points, a digest, things to do, a number. A sentence is worth what its words are: words that the text repeats
 * count, small words do not; numbers, decisions and the beginning of a text weigh more. Whole numbers only, so that
 * every machine answers alike.
 */
#include "providers/builtin_text.h"

#include "base/buf.h"

#include <stdlib.h>

#define WORDS_MAX 30000
#define ANSWER_MAX ((size_t)64 << 10)
#define SENTENCE_SHOWN 280
#define TITLE_MAX 45 /* bytes; a short first sentence only says what the text is */
#define ACTIONS_MAX 7
#define ACTIONS_WANTED 3 /* fewer orders than that are joined by things to follow up */

struct word {
	struct str text; /* in small letters */
	unsigned sentence;
	unsigned times; /* in the whole text */
	bool content;
};

struct analysis {
	struct sentences sentences;
	int *worth;
	struct word *words;
	unsigned word_count, content_count, distinct_count;
};

int64_t
text_tokens(struct str text)
{
	return (int64_t)((text.n + 3) / 4);
}

/* ---- words ---- */

/* A word's bytes; of other scripts everything but general and ideographic punctuation. */
static size_t
word_char(struct str s, size_t at)
{
	unsigned char c = (unsigned char)s.p[at];
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return 1;
	if (c < 0xc0)
		return 0;
	size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (n > s.n - at)
		return 0;
	unsigned char d = (unsigned char)s.p[at + 1];
	if ((c == 0xe2 && (d == 0x80 || d == 0x81)) || (c == 0xe3 && d == 0x80) || (c == 0xef && d == 0xbc) ||
		c == 0xc2)
		return 0;
	return n;
}

static bool
next_word(struct str s, size_t *at, struct str *ret_word)
{
	while (*at < s.n && !word_char(s, *at))
		(*at)++;
	size_t from = *at;
	while (*at < s.n && word_char(s, *at))
		*at += word_char(s, *at);
	*ret_word = (struct str){s.p + from, *at - from};
	return ret_word->n > 0;
}

/* Small letters: ASCII, and the letters of Latin-1, which begin with C3. */
static struct str
lower(struct arena *arena, struct str word)
{
	char *text = arena_strz(arena, word);
	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)text[i], before = i ? (unsigned char)text[i - 1] : 0;
		if ((c >= 'A' && c <= 'Z') || (before == 0xc3 && c >= 0x80 && c <= 0x9e && c != 0x97))
			text[i] = (char)(c + 0x20);
	}
	return (struct str){text, word.n};
}

static bool
one_of(struct str word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(word, list[i]))
			return true;
	return false;
}

static bool
small_word(struct str word)
{
	static const char *const list[] = {"the", "and", "for", "that", "this", "with", "from", "have", "has", "had",
		"are", "was", "were", "will", "would", "can", "could", "should", "not", "but", "you", "your", "our",
		"they", "their", "them", "its", "his", "her", "she", "him", "who", "what", "when", "which", "there",
		"then", "than", "also", "all", "any", "each", "been", "being", "into", "about", "because", "more",
		"most", "some", "such", "only", "over", "very", "just", "der", "die", "das", "und", "den", "dem", "des",
		"ein", "eine", "einen", "einem", "einer", "ist", "sind", "war", "nicht", "mit", "von", "auf", "für",
		"sich", "auch", "wird", "werden", "wir", "sie", "ich", "als", "aus", "bei", "nach", "oder", "aber",
		"dass", "wie", "zum", "zur"};
	return word.n < 3 || one_of(word, list, sizeof list / sizeof *list);
}

static bool
weighty_word(struct str word)
{
	static const char *const list[] = {"decided", "decision", "agreed", "deadline", "risk", "because", "therefore",
		"result", "results", "important", "goal", "plan", "plans", "cost", "costs", "launch", "will", "problem",
		"beschlossen", "entschieden", "entscheidung", "wichtig", "ziel", "frist", "risiko", "ergebnis",
		"kosten", "weil"};
	return one_of(word, list, sizeof list / sizeof *list);
}

static int
by_text(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	size_t n = x->text.n < y->text.n ? x->text.n : y->text.n;
	int order = memcmp(x->text.p, y->text.p, n);
	if (order == 0)
		order = (x->text.n > y->text.n) - (x->text.n < y->text.n);
	return order ? order : (x->sentence > y->sentence) - (x->sentence < y->sentence);
}

static void
count_words(struct arena *arena, struct analysis *a)
{
	size_t room = 1;
	for (unsigned i = 0; i < a->sentences.count; i++)
		room += a->sentences.list[i].n / 2 + 1; /* a word and a gap take two bytes */
	a->words = arena_array(arena, room < WORDS_MAX ? room : WORDS_MAX, sizeof *a->words);
	for (unsigned i = 0; i < a->sentences.count; i++) {
		struct str word;
		size_t at = 0;
		while (a->word_count < WORDS_MAX && next_word(a->sentences.list[i], &at, &word)) {
			struct str text = lower(arena, word);
			bool content = !small_word(text);
			a->words[a->word_count++] = (struct word){text, i, 0, content};
			a->content_count += content;
		}
	}
	if (a->word_count)
		qsort(a->words, a->word_count, sizeof *a->words, by_text);
	for (unsigned from = 0, to; from < a->word_count; from = to) {
		for (to = from; to < a->word_count && str_eq(a->words[to].text, a->words[from].text);)
			to++;
		for (unsigned i = from; i < to; i++)
			a->words[i].times = to - from;
		a->distinct_count += a->words[from].content;
	}
}

static bool
has_digit(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			return true;
	return false;
}

/* Names and, in German, things: words with a capital letter that do not begin the sentence. */
static int
capitals(struct str s)
{
	int count = 0;
	for (size_t i = 1; i < s.n; i++)
		count += s.p[i - 1] == ' ' && s.p[i] >= 'A' && s.p[i] <= 'Z';
	return count;
}

static bool
asks_for_something(struct str s)
{
	static const char *const cues[] = {" need to ", " needs to ", " must ", " should ", " has to ", " have to ",
		" agreed to ", " plans to ", " plan to ", " promised to ", " will ", " muss ", " müssen ", " soll ",
		" sollen ", "deadline", "Frist "};
	for (size_t i = 0; i < sizeof cues / sizeof *cues; i++)
		if (memmem(s.p, s.n, cues[i], strlen(cues[i])))
			return true;
	return false;
}

static void
analyse(struct arena *arena, struct str material, struct analysis *a)
{
	*a = (struct analysis){0};
	text_sentences(arena, material, &a->sentences);
	count_words(arena, a);
	unsigned n = a->sentences.count;
	int *content = arena_array(arena, n + 1, sizeof *content), *cues = arena_array(arena, n + 1, sizeof *cues);
	a->worth = arena_array(arena, n + 1, sizeof *a->worth);
	for (unsigned i = 0; i < a->word_count; i++) {
		const struct word *word = &a->words[i];
		if (word->content) {
			a->worth[word->sentence] += word->times < 5 ? (int)word->times : 5;
			content[word->sentence]++;
		}
		cues[word->sentence] += weighty_word(word->text);
	}
	for (unsigned i = 0; i < n; i++) {
		struct str s = a->sentences.list[i];
		int worth = a->worth[i] * 100 / (content[i] + 3);
		worth += has_digit(s) ? 40 : 0;
		worth += 30 * (cues[i] < 2 ? cues[i] : 2);
		worth += 10 * (capitals(s) < 2 ? capitals(s) : 2);
		worth += i > 0 ? 0 : s.n > TITLE_MAX ? 35 : -40;
		worth += asks_for_something(s) ? 45 : 0;
		worth -= s.p[s.n - 1] == '?' ? 20 : 0;
		worth -= s.n < 20 ? 60 : 0;
		worth -= s.n > 350 ? 20 : 0;
		a->worth[i] = worth;
	}
}

/* Marks the `wanted` best sentences; of equals the earlier. */
static bool *
choose(struct arena *arena, const struct analysis *a, unsigned wanted)
{
	bool *chosen = arena_array(arena, a->sentences.count + 1, sizeof *chosen);
	for (; wanted > 0; wanted--) {
		unsigned best = a->sentences.count;
		for (unsigned i = 0; i < a->sentences.count; i++)
			if (!chosen[i] && (best == a->sentences.count || a->worth[i] > a->worth[best]))
				best = i;
		if (best == a->sentences.count)
			break;
		chosen[best] = true;
	}
	return chosen;
}

/* ---- answers ---- */

/* A sentence of readable length: cut at a word when one ends near. */
static void
add_sentence(struct buf *out, struct str s)
{
	struct str shown = text_clip(s, SENTENCE_SHOWN);
	size_t n = shown.n;
	if (n < s.n) {
		while (n + 40 > shown.n && n > 0 && shown.p[n - 1] != ' ')
			n--;
		if (n > 0 && n + 40 > shown.n && shown.p[n - 1] == ' ')
			shown.n = n - 1;
	}
	buf_add_str(out, shown);
	if (shown.n < s.n)
		buf_add_z(out, "…");
}

static struct str
finish(struct arena *arena, struct buf *out)
{
	struct str text = arena_str(arena, buf_str(out));
	buf_release(out);
	return text;
}

struct str
text_extract(struct arena *arena, struct str material)
{
	struct analysis a;
	struct buf out;
	analyse(arena, material, &a);
	if (a.sentences.count == 0)
		return STR("- The text is empty.");
	unsigned wanted = (a.sentences.count + 1) / 2;
	const bool *chosen = choose(arena, &a, wanted < 3 ? 3 : wanted > 7 ? 7 : wanted);
	buf_init(&out, ANSWER_MAX);
	for (unsigned i = 0; i < a.sentences.count; i++)
		if (chosen[i]) {
			buf_add_z(&out, out.n ? "\n- " : "- ");
			add_sentence(&out, a.sentences.list[i]);
		}
	return finish(arena, &out);
}

static bool
ends_well(struct str s)
{
	static const char *const ends[] = {".", "!", "?", "…", "。", "！", "？", "\"", "”"};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct str end = str_of(ends[i]);
		if (s.n >= end.n && memcmp(s.p + s.n - end.n, end.p, end.n) == 0)
			return true;
	}
	return false;
}

struct str
text_summarise(struct arena *arena, struct str material)
{
	struct analysis a;
	struct buf out;
	analyse(arena, material, &a);
	if (a.sentences.count == 0)
		return STR("There is nothing to summarise: the text is empty.");
	unsigned wanted = (a.sentences.count + 1) / 2;
	const bool *chosen = choose(arena, &a, wanted > 3 ? 3 : wanted);
	buf_init(&out, ANSWER_MAX);
	for (unsigned i = 0; i < a.sentences.count; i++)
		if (chosen[i]) {
			if (out.n)
				buf_add_char(&out, ' ');
			add_sentence(&out, a.sentences.list[i]);
			if (!ends_well(buf_str(&out)))
				buf_add_char(&out, '.');
		}
	return finish(arena, &out);
}

/* Splits "Marta must send it" at its modal verb; false when there is none, or what follows is no order. */
static bool
find_order(struct str s, struct str *ret_who, struct str *ret_what)
{
	static const char *const modals[] = {" needs to ", " need to ", " must ", " should ", " has to ", " have to ",
		" agreed to ", " plans to ", " plan to ", " promised to ", " will "};
	static const char *const not_orders[] = {"be ", "not ", "have ", "never ", "also be ", "probably "};
	for (size_t i = 0; i < sizeof modals / sizeof *modals; i++) {
		const char *at = memmem(s.p, s.n, modals[i], strlen(modals[i]));
		if (!at)
			continue;
		*ret_who = (struct str){s.p, (size_t)(at - s.p)};
		at += strlen(modals[i]);
		*ret_what = (struct str){at, (size_t)(s.p + s.n - at)};
		for (size_t j = 0; j < sizeof not_orders / sizeof *not_orders; j++)
			if (str_starts(*ret_what, str_of(not_orders[j])))
				return false;
		return ret_what->n > 0;
	}
	return false;
}

static bool
names_somebody(struct str who)
{
	static const char *const nobody[] = {
		"We", "we", "You", "you", "They", "they", "It", "it", "I", "One", "He", "She", "This"};
	unsigned gaps = 0;
	for (size_t i = 0; i < who.n; i++)
		gaps += who.p[i] == ' ';
	return who.n > 0 && gaps < 4 && !memchr(who.p, ',', who.n) &&
	       !one_of(who, nobody, sizeof nobody / sizeof *nobody);
}

static struct str
without_stop(struct str s)
{
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

static void
add_action(struct buf *out, struct str sentence)
{
	struct str who, what, s = without_stop(sentence);
	buf_add_z(out, out->n ? "\n- [ ] " : "- [ ] ");
	size_t from = out->n;
	bool order = find_order(s, &who, &what), named = order && names_somebody(who);
	/* Who it is about would be lost with a long subject: then the sentence stays whole. */
	add_sentence(out, order && (named || who.n <= 5) ? what : s);
	if (named) {
		buf_add_z(out, " (");
		buf_add_str(out, who);
		buf_add_char(out, ')');
	}
	if (from < out->n && out->p[from] >= 'a' && out->p[from] <= 'z')
		out->p[from] = (char)(out->p[from] - 'a' + 'A');
}

struct str
text_actions(struct arena *arena, struct str material)
{
	struct analysis a;
	struct buf out;
	unsigned found = 0;
	analyse(arena, material, &a);
	if (a.sentences.count == 0)
		return STR("- [ ] Nothing to do: the text is empty.");
	const bool *chosen = choose(arena, &a, ACTIONS_WANTED);
	buf_init(&out, ANSWER_MAX);
	for (unsigned i = 0; i < a.sentences.count && found < ACTIONS_MAX; i++)
		if (asks_for_something(a.sentences.list[i])) {
			add_action(&out, a.sentences.list[i]);
			found++;
		}
	for (unsigned i = 0; i < a.sentences.count && found < ACTIONS_WANTED; i++)
		if (chosen[i] && !asks_for_something(a.sentences.list[i])) {
			buf_add_z(&out, out.n ? "\n- [ ] Follow up: " : "- [ ] Follow up: ");
			add_sentence(&out, without_stop(a.sentences.list[i]));
			found++;
		}
	return finish(arena, &out);
}

/* How much a text says: content words among all, different ones among those, and enough of both. From 0.00 to 1.00. */
struct str
text_score(struct arena *arena, struct str material)
{
	struct analysis a;
	analyse(arena, material, &a);
	if (a.word_count == 0)
		return STR("0.00");
	unsigned dense = a.content_count * 100 / a.word_count;
	unsigned varied = a.content_count ? a.distinct_count * 100 / a.content_count : 0;
	unsigned ample = a.word_count < 80 ? a.word_count * 100 / 80 : 100;
	unsigned score = (dense * 3 + varied * 3 + ample * 4) / 10;
	return str_of(arena_printf(arena, "%u.%02u", score / 100, score % 100));
}
