/*
 * Finding secrets. Each is a handful of patterns; a text is looked through once, and a table of the first two bytes of all patterns lets almost every
 * place pass at a glance. Of patterns that fit at the same place the longest counts.
 */
#include "flow/mask.h"

#include "json/writer.h"

#include <stdlib.h>

#define LINE_LEAST 12  /* bytes of a line that is a secret of its own */
#define LINES_MAX 200  /* of one secret */
#define CORE_LEAST 5   /* characters of base64: fewer would be found in pictures */
#define LEVELS_MAX 132 /* no value is deeper than 128 */

struct pattern {
	struct str text;
	const struct mask_secret *of;
	bool left, right; /* base64: the character before it, behind it, holds some of its bits */
	unsigned order;
};

struct mask {
	struct arena *arena;
	struct pattern *patterns; /* by first byte, longest first */
	unsigned count, room;
	unsigned from[257]; /* of the patterns that begin with a byte */
	unsigned char pairs[8192];
};

/* ---- patterns ---- */

static void
add_pattern(struct mask *m, const struct mask_secret *of, struct pattern pattern)
{
	if (pattern.text.n < MASK_LEAST)
		return;
	for (unsigned i = 0; i < m->count; i++)
		if (str_eq(m->patterns[i].text, pattern.text))
			return;
	if (m->count == m->room) {
		unsigned room = m->room ? m->room * 2 : 64;
		struct pattern *more = arena_array(m->arena, room, sizeof *more);
		if (m->count)
			memcpy(more, m->patterns, m->count * sizeof *more);
		m->patterns = more;
		m->room = room;
	}
	pattern.of = of;
	pattern.order = m->count;
	m->patterns[m->count++] = pattern;
}

static void
add_form(struct mask *m, const struct mask_secret *of, struct str text)
{
	add_pattern(m, of, (struct pattern){.text = text});
}

static struct str
in_case(struct arena *arena, struct str text, bool capitals)
{
	char *out = arena_strz(arena, text);
	for (size_t i = 0; i < text.n; i++)
		if (capitals ? out[i] >= 'a' && out[i] <= 'z' : out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] ^ 0x20);
	return (struct str){out, text.n};
}

/* By characters, not bytes. */
static struct str
reversed(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.n + 1);
	for (size_t at = 0, end = text.n; end > 0;) {
		size_t from = end - 1;
		while (from > 0 && ((unsigned char)text.p[from] & 0xc0) == 0x80)
			from--;
		memcpy(out + at, text.p + from, end - from);
		at += end - from;
		end = from;
	}
	return (struct str){out, text.n};
}

/* Without the quotes around it. */
static struct str
escaped(struct arena *arena, struct str text)
{
	const struct json value = {.type = JSON_STRING, .text = text};
	struct str quoted = json_text(arena, &value);
	return (struct str){quoted.p + 1, quoted.n - 2};
}

static struct str
percent(struct arena *arena, struct str text, const char *plain, bool plus, const char *digits)
{
	char *out = arena_alloc(arena, text.n * 3 + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (letter || (c && strchr(plain, c))) {
			out[n++] = (char)c;
		} else if (plus && c == ' ') {
			out[n++] = '+';
		} else {
			out[n++] = '%';
			out[n++] = digits[c >> 4];
			out[n++] = digits[c & 15];
		}
	}
	return (struct str){out, n};
}

static struct str
hexadecimal(struct arena *arena, struct str text, const char *digits)
{
	char *out = arena_alloc(arena, text.n * 2 + 1);
	for (size_t i = 0; i < text.n; i++) {
		out[2 * i] = digits[(unsigned char)text.p[i] >> 4];
		out[2 * i + 1] = digits[(unsigned char)text.p[i] & 15];
	}
	return (struct str){out, text.n * 2};
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/*
 * As it stands in the base64 of something longer, behind `skip` bytes modulo 3: those characters that are made of its bits alone. With `pad`:
 * as the whole of a text, or its end.
 */
static void
add_base64(struct mask *m, const struct mask_secret *of, struct str text, size_t skip, bool pad, const char *letters)
{
	static const size_t first[] = {0, 2, 3};
	size_t bits = (skip + text.n) * 8, whole = bits / 6, n = 0;
	char *out = arena_alloc(m->arena, whole + 5);
	for (size_t i = first[skip]; i < whole || (pad && i * 6 < bits); i++) {
		unsigned value = 0;
		for (size_t bit = i * 6; bit < i * 6 + 6; bit++) {
			size_t byte = bit / 8 - skip;
			unsigned set = byte < text.n ? (unsigned char)text.p[byte] >> (7 - bit % 8) & 1 : 0;
			value = value << 1 | set;
		}
		out[n++] = letters[value];
	}
	for (size_t i = (bits + 5) / 6; pad && i % 4 != 0; i++)
		out[n++] = '=';
	if (n >= CORE_LEAST)
		add_pattern(
			m, of, (struct pattern){.text = {out, n}, .left = skip > 0, .right = !pad && bits % 6 != 0});
}

/* In base64, at every place and in both alphabets, and in hexadecimal. */
static void
add_encoded(struct mask *m, const struct mask_secret *of, struct str text)
{
	for (size_t skip = 0; skip < 3; skip++)
		for (int pad = 1; pad >= 0; pad--) {
			add_base64(m, of, text, skip, pad, alphabet);
			add_base64(m, of, text, skip, pad, alphabet_url);
		}
	add_form(m, of, hexadecimal(m->arena, text, "0123456789ABCDEF"));
	add_form(m, of, hexadecimal(m->arena, text, "0123456789abcdef"));
}

static void
add_value(struct mask *m, const struct mask_secret *of, struct str value)
{
	static const char *const plain[] = {"-._~", "-_.!~*'()", "-_.*", ";,/?:@&=+$-_.!~*'()#"};
	static const char *const digits[] = {"0123456789ABCDEF", "0123456789abcdef"};
	struct arena *a = m->arena;
	add_form(m, of, value);
	add_form(m, of, in_case(a, value, false));
	add_form(m, of, in_case(a, value, true));
	add_form(m, of, reversed(a, value));
	add_form(m, of, escaped(a, value));
	add_form(m, of, escaped(a, escaped(a, value)));
	for (size_t d = 0; d < 2; d++) {
		for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
			add_form(m, of, percent(a, value, plain[i], false, digits[d]));
			add_form(m, of, percent(a, value, plain[i], true, digits[d]));
		}
	}
	add_encoded(m, of, value);
	add_encoded(m, of, escaped(a, value)); /* a whole body of JSON, or an address, in base64 */
	add_encoded(m, of, percent(a, value, plain[0], false, digits[0]));
}

static struct str
trimmed(struct str text)
{
	while (text.n > 0 && memchr(" \t\r\n\v\f", text.p[0], 6)) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && memchr(" \t\r\n\v\f", text.p[text.n - 1], 6))
		text.n--;
	return text;
}

bool
mask_can_hide(struct str value)
{
	return trimmed(value).n >= MASK_LEAST;
}

static void
add_secret(struct mask *m, const struct mask_secret *secret)
{
	struct str value = trimmed(secret->value), rest = value;
	add_value(m, secret, value);
	if (!memchr(value.p, '\n', value.n))
		return;
	for (unsigned lines = 0; rest.n > 0 && lines < LINES_MAX; lines++) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;
		struct str line = trimmed((struct str){rest.p, n});
		if (line.n >= LINE_LEAST)
			add_form(m, secret, line);
		n += end != NULL;
		rest = (struct str){rest.p + n, rest.n - n};
	}
}

static int
by_first_byte(const void *a, const void *b)
{
	const struct pattern *x = a, *y = b;
	unsigned char p = (unsigned char)x->text.p[0], q = (unsigned char)y->text.p[0];
	if (p != q)
		return p < q ? -1 : 1;
	if (x->text.n != y->text.n)
		return x->text.n > y->text.n ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static unsigned
pair_at(const char *p)
{
	return (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

struct mask *
mask_new(struct arena *arena, const struct mask_secret *secrets, unsigned count)
{
	struct mask *m = arena_new_of(arena, struct mask);
	m->arena = arena;
	for (unsigned i = 0; i < count; i++)
		add_secret(m, &secrets[i]);
	if (m->count > 0)
		qsort(m->patterns, m->count, sizeof *m->patterns, by_first_byte);
	for (unsigned i = 0, byte = 0; byte <= 256; byte++) {
		while (i < m->count && (unsigned char)m->patterns[i].text.p[0] < byte)
			i++;
		m->from[byte] = i;
	}
	for (unsigned i = 0; i < m->count; i++) {
		unsigned pair = pair_at(m->patterns[i].text.p);
		m->pairs[pair >> 3] |= (unsigned char)(1 << (pair & 7));
	}
	return m;
}

/* ---- finding ---- */

/* The longest pattern at a place; NULL: none. `ret_open`: one of them may go on behind the end of the text. */
static const struct pattern *
pattern_at(const struct mask *m, struct str text, size_t at, bool *ret_open)
{
	size_t left = text.n - at;
	unsigned char first = (unsigned char)text.p[at];
	if (left >= 2) {
		unsigned pair = pair_at(text.p + at);
		if (!(m->pairs[pair >> 3] >> (pair & 7) & 1))
			return NULL;
	} else if (!ret_open) {
		return NULL;
	}
	for (unsigned i = m->from[first]; i < m->from[first + 1]; i++) {
		const struct pattern *p = &m->patterns[i];
		if (p->text.n > left) {
			if (ret_open && memcmp(p->text.p, text.p + at, left) == 0)
				*ret_open = true;
		} else if (memcmp(p->text.p, text.p + at, p->text.n) == 0) {
			if (ret_open && p->right && p->text.n == left)
				*ret_open = true;
			return p;
		}
	}
	return NULL;
}

size_t
mask_settled(const struct mask *m, struct str text)
{
	bool open = false;
	for (size_t at = 0; at < text.n;) {
		const struct pattern *p = pattern_at(m, text, at, &open);
		if (open)
			return at;
		at += p ? p->text.n : 1;
	}
	return text.n;
}

static bool
in_base64(char c)
{
	return c && (strchr(alphabet, c) || c == '-' || c == '_');
}

/* The first secret at or behind `at`: from where to where. */
static const struct pattern *
next_secret(const struct mask *m, struct str text, size_t at, size_t *ret_from, size_t *ret_to)
{
	size_t least = at;
	for (; at + 1 < text.n; at++) {
		const struct pattern *p = pattern_at(m, text, at, NULL);
		if (!p)
			continue;
		size_t to = at + p->text.n;
		*ret_from = p->left && at > least && in_base64(text.p[at - 1]) ? at - 1 : at;
		*ret_to = p->right && to < text.n && in_base64(text.p[to]) ? to + 1 : to;
		return p;
	}
	return NULL;
}

/* ---- texts ---- */

struct masking {
	struct arena *arena;
	const struct mask *mask;
	struct json *patches; /* NULL: nobody asks for them */
	int64_t place;	      /* of keys and values, in their order */
};

static void
note(struct masking *g, int64_t at, size_t length, struct str hidden)
{
	struct json *patch = json_new_array(g->arena);
	if (!g->patches)
		return;
	json_push(patch, json_new_int(g->arena, g->place));
	json_push(patch, json_new_int(g->arena, at));
	json_push(patch, json_new_int(g->arena, (int64_t)length));
	json_push(patch, json_new_str(g->arena, arena_str(g->arena, hidden)));
	json_push(g->patches, patch);
}

static struct str
hide(struct masking *g, struct str text)
{
	size_t from, to, done = 0;
	const struct pattern *p = next_secret(g->mask, text, 0, &from, &to);
	if (!p)
		return text;
	struct buf out;
	buf_init(&out, SIZE_MAX / 4);
	for (; p; p = next_secret(g->mask, text, done, &from, &to)) {
		buf_add(&out, text.p + done, from - done);
		size_t at = out.n;
		buf_printf(&out, "•••%.*s•••", STR_ARG(p->of->name));
		note(g, (int64_t)at, out.n - at, (struct str){text.p + from, to - from});
		done = to;
	}
	buf_add(&out, text.p + done, text.n - done);
	struct str made = arena_str(g->arena, buf_str(&out));
	buf_release(&out);
	return made;
}

struct str
mask_text(struct arena *arena, const struct mask *mask, struct str text)
{
	struct masking g = {.arena = arena, .mask = mask};
	return hide(&g, text);
}

/* ---- values ---- */

/* Goes through a value in the order it is written in; `make` copies a node, or NULL. Nothing recurses. */
typedef struct json *make_node(void *with, const struct json *from, const struct json *parent, struct str *ret_key);

static struct json *
walk(const struct json *value, make_node *make, void *with)
{
	const struct json *from[LEVELS_MAX];
	struct json *to[LEVELS_MAX];
	struct str key = {0};
	unsigned depth = 0;
	struct json *root = make(with, value, NULL, &key);
	if (value->child) {
		from[depth] = value->child;
		to[depth++] = root;
	}
	while (depth > 0) {
		const struct json *at = from[depth - 1];
		if (!at) {
			depth--;
			continue;
		}
		from[depth - 1] = at->next;
		key = at->key;
		struct json *made = make(with, at, to[depth - 1], &key);
		if (made && to[depth - 1]->type == JSON_OBJECT)
			json_add(to[depth - 1], key, made);
		else if (made)
			json_push(to[depth - 1], made);
		if (at->child && depth < LEVELS_MAX) {
			from[depth] = at->child;
			to[depth++] = made;
		}
	}
	return root;
}

static bool
holds(const struct mask *m, struct str text)
{
	size_t from, to;
	return next_secret(m, text, 0, &from, &to) != NULL;
}

struct search {
	const struct mask *mask;
	bool found;
};

static struct json *
look(void *with, const struct json *from, const struct json *parent, struct str *ret_key)
{
	struct search *s = with;
	(void)parent;
	s->found = s->found || holds(s->mask, *ret_key) ||
		   ((from->type == JSON_STRING || from->type == JSON_NUMBER) && holds(s->mask, from->text));
	return NULL;
}

/* Two forms of a secret as keys of one object would have become the same. */
static struct str
hide_key(struct masking *g, const struct json *parent, struct str key)
{
	struct str shown = hide(g, key), one = shown;
	for (unsigned n = 2; memmem(shown.p, shown.n, "•••", 9) && json_get_by(parent, one); n++)
		one = str_of(arena_printf(g->arena, "%.*s %u", STR_ARG(shown), n));
	if (one.n > shown.n)
		note(g, (int64_t)shown.n, one.n - shown.n, STR(""));
	return one;
}

static struct json *
copy_hidden(void *with, const struct json *from, const struct json *parent, struct str *ret_key)
{
	struct masking *g = with;
	struct json *node = arena_new_of(g->arena, struct json);
	node->type = from->type;
	node->text = from->text;
	if (ret_key->p) {
		*ret_key = hide_key(g, parent, *ret_key);
		g->place++;
	}
	if (from->type == JSON_STRING) {
		node->text = hide(g, from->text);
	} else if (from->type == JSON_NUMBER && holds(g->mask, from->text)) {
		node->type = JSON_STRING;
		node->text = hide(&(struct masking){.arena = g->arena, .mask = g->mask}, from->text);
		note(g, -1, 0, from->text);
	}
	g->place++;
	return node;
}

struct json *
mask_value(struct arena *arena, const struct mask *mask, const struct json *value, struct json **ret_patches)
{
	struct search search = {.mask = mask};
	if (ret_patches)
		*ret_patches = NULL;
	walk(value, look, &search);
	if (!search.found)
		return (struct json *)(uintptr_t)value;
	struct masking g = {.arena = arena, .mask = mask, .patches = ret_patches ? json_new_array(arena) : NULL};
	struct json *made = walk(value, copy_hidden, &g);
	if (ret_patches)
		*ret_patches = g.patches;
	return made;
}

/* ---- back ---- */

struct restoring {
	struct arena *arena;
	const struct json *patch; /* the next */
	int64_t place;
	bool broken;
};

static struct str
put_back(struct restoring *r, struct str text, bool *ret_number)
{
	struct buf out;
	size_t done = 0;
	int64_t place, at, length;
	struct str hidden;
	buf_init(&out, SIZE_MAX / 4);
	for (; r->patch && json_to_int(json_at(r->patch, 0), &place) && place == r->place; r->patch = r->patch->next) {
		const struct json *was = json_at(r->patch, 3);
		if (!json_to_int(json_at(r->patch, 1), &at) || !json_to_int(json_at(r->patch, 2), &length) || !was ||
			was->type != JSON_STRING) {
			r->broken = true;
			break;
		}
		hidden = was->text;
		if (at < 0) {
			*ret_number = true;
			r->patch = r->patch->next;
			buf_release(&out);
			return hidden;
		}
		if ((size_t)at < done || length < 0 || (size_t)at > text.n || (size_t)length > text.n - (size_t)at) {
			r->broken = true;
			break;
		}
		buf_add(&out, text.p + done, (size_t)at - done);
		buf_add_str(&out, hidden);
		done = (size_t)(at + length);
	}
	if (done > 0) {
		buf_add(&out, text.p + done, text.n - done);
		text = arena_str(r->arena, buf_str(&out));
	}
	buf_release(&out);
	return text;
}

static struct json *
copy_restored(void *with, const struct json *from, const struct json *parent, struct str *ret_key)
{
	struct restoring *r = with;
	(void)parent;
	struct json *node = arena_new_of(r->arena, struct json);
	bool number = false;
	node->type = from->type;
	node->text = from->text;
	if (ret_key->p) {
		*ret_key = put_back(r, *ret_key, &number);
		r->place++;
	}
	if (from->type == JSON_STRING) {
		number = false;
		node->text = put_back(r, from->text, &number);
		if (number)
			node->type = JSON_NUMBER;
	}
	r->place++;
	return node;
}

bool
mask_restore(struct arena *arena, const struct json *value, const struct json *patches, struct json **ret_value,
	struct err *err)
{
	struct restoring r = {.arena = arena, .patch = patches && patches->child ? patches->child : NULL};
	struct json *made = walk(value, copy_restored, &r);
	if (r.broken || r.patch)
		return err_set(err, ERR_INTERNAL, "What was hidden in the step's input does not fit it any more.");
	*ret_value = made;
	return true;
}
