/* The known name that a misspelt one was meant to be. */
#include "json/names.h"

#define LENGTH_MOST 24
#define NAMES_MOST 200 /* looked at, so that a long table costs no more */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters to change, add, drop or swap with their neighbour to get from one to the other. */
static size_t
distance(struct str a, struct str b)
{
	size_t d[LENGTH_MOST + 1][LENGTH_MOST + 1];
	for (size_t i = 0; i <= a.n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b.n; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a.n; i++)
		for (size_t j = 1; j <= b.n; j++) {
			d[i][j] = least(
				d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]), least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[a.n][b.n];
}

const struct name *
names_nearest(const struct names *names, struct str text)
{
	const struct name *nearest = NULL;
	size_t best = 3; /* one more than may differ */
	if (text.n > LENGTH_MOST)
		return NULL;
	for (uint32_t i = 0; i < names->count && i < NAMES_MOST; i++) {
		struct str name = names->list[i].text;
		if (name.n > LENGTH_MOST || name.n + 2 < text.n || text.n + 2 < name.n)
			continue;
		size_t far = distance(text, name);
		/* A short name with half its letters wrong is another name. */
		if (far < best && far * 2 < name.n + 1) {
			best = far;
			nearest = &names->list[i];
		}
	}
	return nearest;
}
