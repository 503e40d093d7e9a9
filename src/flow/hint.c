/* Hints for error messages. Names are compared byte by byte and only up to NAME_COMPARED bytes: these are identifiers.
 */
#include "flow/hint.h"

#define NAME_COMPARED 64
#define NAME_SHOWN 40
#define NAMES_SHOWN 8

struct str
hint_clip(struct str text, size_t bytes)
{
	if (text.n <= bytes)
		return text;
	size_t n = bytes;
	while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return (struct str){text.p, n};
}

/* Levenshtein's distance where two neighbours that changed places count once, so that "titel" is near "title". */
static unsigned
distance(struct str a, struct str b)
{
	unsigned rows[3][NAME_COMPARED + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b.n; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned best = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
				before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		unsigned *free_row = before;
		before = last;
		last = row;
		row = free_row;
	}
	return last[b.n];
}

struct str
hint_nearest(struct str wanted, const struct str *candidates, size_t count)
{
	struct str best = {NULL, 0};
	/* A third of the name may be wrong; of a short one, one letter. */
	unsigned allowed = wanted.n < 6 ? 1 : (unsigned)(wanted.n / 3);
	if (wanted.n == 0 || wanted.n > NAME_COMPARED)
		return best;
	for (size_t i = 0; i < count; i++) {
		if (candidates[i].n == 0 || candidates[i].n > NAME_COMPARED)
			continue;
		unsigned d = distance(wanted, candidates[i]);
		if (d <= allowed && d < candidates[i].n) {
			best = candidates[i];
			if (d == 0)
				break;
			allowed = d - 1;
		}
	}
	return best;
}

const char *
hint_did_you_mean(struct arena *arena, struct str wanted, const struct str *candidates, size_t count)
{
	struct str near = hint_nearest(wanted, candidates, count);
	return near.n ? arena_printf(arena, " Did you mean `%.*s`?", STR_ARG(near)) : "";
}

const char *
hint_list(struct arena *arena, const struct str *names, size_t count)
{
	const char *list = "";
	for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
		list = arena_printf(arena, "%s%s%.*s", list, i ? ", " : "", STR_ARG(hint_clip(names[i], NAME_SHOWN)));
	if (count > NAMES_SHOWN)
		list = arena_printf(arena, "%s and %zu more", list, count - NAMES_SHOWN);
	return list;
}
