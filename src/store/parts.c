/* Cutting large texts and handing the parts to a flush; see parts.h. */
#include "store/parts.h"

#include "crypto/token.h"

#include <stdio.h>

#define PATH_SHOWN 2048 /* bytes of a path; paths are shorter */

bool
change_large(const struct change *c, struct str *ret_text)
{
	bool started = c->kind == CHANGE_STEP_STARTED;
	if (!started && c->kind != CHANGE_STEP_ENDED)
		return false;
	struct str text = started ? c->started.input : c->ended.output;
	if (!text.p || text.n <= OUTPUT_INLINE_MAX)
		return false;
	*ret_text = text;
	return true;
}

/* Any name that nothing else has would do. A hash of what it is needs no memory; of version 8, as such ids are. */
struct id
change_blob(const struct change *c, struct id run)
{
	char name[PATH_SHOWN + 64], run_text[ID_TEXT_SIZE];
	unsigned char hash[TOKEN_HASH_SIZE];
	struct id id;
	id_text(run, run_text);
	int n = snprintf(name, sizeof name, "%s %s %d %.*s", run_text,
		c->kind == CHANGE_STEP_STARTED ? "input" : "output", c->attempt,
		(int)(c->path.n < PATH_SHOWN ? c->path.n : PATH_SHOWN), c->path.p);
	token_hash((struct str){name, (size_t)n}, hash);
	memcpy(id.b, hash, sizeof id.b);
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x80);
	id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
	return id;
}

static const struct change *
next_large(const struct change *c)
{
	struct str text;
	while (c && !change_large(c, &text))
		c = c->next;
	return c;
}

void
parts_begin(const struct change *first, struct parts_place *ret_place)
{
	*ret_place = (struct parts_place){.change = next_large(first)};
}

size_t
parts_left(const struct parts_place *place)
{
	size_t left = 0;
	for (const struct change *c = place->change; c; c = next_large(c->next)) {
		struct str text = {0};
		change_large(c, &text);
		left += text.n - (c == place->change ? place->offset : 0);
	}
	return left;
}

size_t
part_length(struct str text, size_t max)
{
	if (text.n <= max)
		return text.n;
	size_t n = max;
	while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return n > 0 ? n : max;
}

void
parts_write(struct flush *flush, unsigned run, struct parts_place *place, size_t room)
{
	size_t written = 0;
	while (place->change && (written == 0 || written < room)) {
		struct str text = {0};
		change_large(place->change, &text);
		struct str rest = {text.p + place->offset, text.n - place->offset};
		rest.n = part_length(rest, PART_MAX);
		flush_blob(flush, run, place->change, place->part, rest);
		written += rest.n;
		place->offset += rest.n;
		place->part++;
		if (place->offset == text.n)
			*place = (struct parts_place){.change = next_large(place->change->next)};
	}
}
