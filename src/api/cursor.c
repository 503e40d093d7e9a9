/* See cursor.h. */
#include "api/cursor.h"

#define CHECK_SIZE 4
#define TEXT_MAX 600

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* FNV-1a; bytes of the kind and the place. */
static uint32_t
checksum(struct str bytes)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < bytes.n; i++)
		h = (h ^ (unsigned char)bytes.p[i]) * 16777619u;
	return h;
}

const char *
cursor_write(struct arena *arena, char kind, struct str place)
{
	size_t n = CHECK_SIZE + 1 + place.n;
	unsigned char *bytes = arena_alloc(arena, n + 2); /* zeroed: the last group may read past the end */
	bytes[CHECK_SIZE] = (unsigned char)kind;
	memcpy(bytes + CHECK_SIZE + 1, place.p, place.n);
	uint32_t check = checksum((struct str){(char *)bytes + CHECK_SIZE, n - CHECK_SIZE});
	for (int i = 0; i < CHECK_SIZE; i++)
		bytes[i] = (unsigned char)(check >> (8 * i));
	char *out = arena_alloc(arena, n * 4 / 3 + 5), *to = out;
	for (size_t i = 0; i < n; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
		size_t left = n - i < 3 ? n - i : 3;
		for (size_t d = 0; d <= left; d++)
			*to++ = digits[group >> (18 - 6 * d) & 63];
	}
	return out;
}

bool
cursor_read(struct arena *arena, char kind, struct str text, struct str *ret_place)
{
	if (text.n > TEXT_MAX || text.n % 4 == 1)
		return false;
	char *bytes = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	uint32_t bits = 0, have = 0;
	for (size_t i = 0; i < text.n; i++) {
		const char *digit = text.p[i] ? strchr(digits, text.p[i]) : NULL;
		if (!digit)
			return false;
		bits = bits << 6 | (uint32_t)(digit - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			bytes[n++] = (char)(bits >> have & 255);
		}
	}
	if (n < CHECK_SIZE + 1 || (bits & ((1u << have) - 1)) != 0 || bytes[CHECK_SIZE] != kind)
		return false;
	uint32_t check = checksum((struct str){bytes + CHECK_SIZE, n - CHECK_SIZE});
	for (int i = 0; i < CHECK_SIZE; i++)
		if ((unsigned char)bytes[i] != (check >> (8 * i) & 255))
			return false;
	*ret_place = (struct str){bytes + CHECK_SIZE + 1, n - CHECK_SIZE - 1};
	return true;
}

#define ROW_SIZE (sizeof(int64_t) + sizeof(struct id))

const char *
cursor_write_row(struct arena *arena, int64_t us, struct id id)
{
	char place[ROW_SIZE];
	memcpy(place, &us, sizeof us);
	memcpy(place + sizeof us, id.b, sizeof id.b);
	return cursor_write(arena, 'r', (struct str){place, sizeof place});
}

bool
cursor_read_row(struct arena *arena, struct str text, int64_t *ret_us, struct id *ret_id)
{
	struct str place;
	if (!cursor_read(arena, 'r', text, &place) || place.n != ROW_SIZE)
		return false;
	memcpy(ret_us, place.p, sizeof *ret_us);
	memcpy(ret_id->b, place.p + sizeof *ret_us, sizeof ret_id->b);
	return *ret_us >= CURSOR_US_LEAST && *ret_us <= CURSOR_US_MOST;
}

bool
cursor_refuse(struct err *err)
{
	err_set(err, ERR_MALFORMED, "This cursor is not one that a list has given. Start again without a cursor.");
	return err_issue(err, "query.cursor", "cursor", "is not a cursor of this list");
}
