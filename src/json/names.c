/* Open addressing over a list; few names are compared one by one. */
#include "json/names.h"

#include <sys/random.h>

#define FEW 4

static uint64_t secret[2];

__attribute__((constructor)) static void
choose_secret(void)
{
	/* Without the kernel's help it is guessable, and still different for each build and address. */
	if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
		secret[0] = (uint64_t)(uintptr_t)&secret * UINT64_C(0x9e3779b97f4a7c15);
	secret[1] |= 1;
}

static uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
word_at(const unsigned char *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof word);
	return word;
}

static uint64_t
half_at(const unsigned char *p)
{
	uint32_t half;
	memcpy(&half, p, sizeof half);
	return half;
}

/* Sixteen bytes at a time; what is left is read from the end, so that it may overlap. */
uint64_t
name_hash(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t hash = secret[0] ^ n, first = 0, last = 0;
	if (n >= 8) {
		for (; n > 16; n -= 16, p += 16)
			hash = fold(word_at(p) ^ secret[1], word_at(p + 8) ^ hash);
		if (n >= 8) {
			first = word_at(p);
			last = word_at(p + n - 8);
		} else {
			last = word_at(p + n - 8); /* some of it was read before */
		}
	} else if (n >= 4) {
		first = half_at(p);
		last = half_at(p + n - 4);
	} else if (n > 0) {
		first = (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1];
	}
	return fold(first ^ secret[1] ^ UINT64_C(0x9e3779b97f4a7c15), last ^ hash);
}

static void
place(struct names *names, uint32_t position)
{
	uint32_t slot = (uint32_t)names->list[position].hash & names->mask;
	while (names->slots[slot])
		slot = (slot + 1) & names->mask;
	names->slots[slot] = position + 1;
}

static void
grow(struct names *names, struct arena *arena)
{
	uint32_t room = names->room ? names->room * 2 : FEW;
	struct name *list = arena_array(arena, room, sizeof *list);
	if (names->count > 0)
		memcpy(list, names->list, names->count * sizeof *list);
	names->list = list;
	names->room = room;
	if (room <= FEW)
		return;
	names->mask = room * 2 - 1;
	names->slots = arena_array(arena, (size_t)room * 2, sizeof *names->slots);
	for (uint32_t i = 0; i < names->count; i++)
		place(names, i);
}

const struct name *
names_find(const struct names *names, struct str text)
{
	if (!names->slots) {
		for (uint32_t i = 0; i < names->count; i++)
			if (str_eq(names->list[i].text, text))
				return &names->list[i];
		return NULL;
	}
	uint64_t hash = name_hash(text.p, text.n);
	for (uint32_t slot = (uint32_t)hash & names->mask; names->slots[slot]; slot = (slot + 1) & names->mask) {
		const struct name *name = &names->list[names->slots[slot] - 1];
		if (name->hash == hash && str_eq(name->text, text))
			return name;
	}
	return NULL;
}

void *
names_get(const struct names *names, struct str text)
{
	const struct name *name = names_find(names, text);
	return name ? name->value : NULL;
}

const struct name *
names_next(const struct names *names, struct str text, uint32_t *at)
{
	const struct name *name = *at < names->count ? &names->list[*at] : NULL;
	if (!name || !str_eq(name->text, text))
		name = names_find(names, text);
	if (name)
		*at = (uint32_t)(name - names->list) + 1;
	return name;
}

bool
names_add(struct names *names, struct arena *arena, struct str text, void *value)
{
	if (names_find(names, text))
		return false;
	if (names->count == names->room)
		grow(names, arena);
	names->list[names->count] = (struct name){text, name_hash(text.p, text.n), value};
	if (names->slots)
		place(names, names->count);
	names->count++;
	return true;
}
