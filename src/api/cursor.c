/* See cursor.h. */
#include "api/cursor.h"

#define CHECK_SIZE 4
#define HEAD_SIZE (CHECK_SIZE + 1 + 4) /* checksum, kind, list */
#define TEXT_MAX 600

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* FNV-1a. */
uint32_t
cursor_mark(uint32_t before, struct str bytes)
{
	uint32_t h = before;
	for (size_t i = 0; i < bytes.n; i++)
		h = (h ^ (unsigned char)bytes.p[i]) * 16777619u;
	return h;
}

/* Bytes of the kind, the list and the place. */
static uint32_t
checksum(struct str bytes)
{
	return cursor_mark(CURSOR_MARK_START, bytes);
}

static void
put_u32(unsigned char *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t
get_u32(const char *from)
{
	uint32_t value = 0;
	for (int i = 0; i < 4; i++)
		value |= (uint32_t)(unsigned char)from[i] << (8 * i);
	return value;
}

const char *
cursor_write(struct arena *arena, char kind, uint32_t list, struct str place)
{
	size_t n = HEAD_SIZE + place.n;
	unsigned char *bytes = arena_alloc(arena, n + 2); /* zeroed: the last group may read past the end */
	bytes[CHECK_SIZE] = (unsigned char)kind;
	put_u32(bytes + CHECK_SIZE + 1, list);
	memcpy(bytes + HEAD_SIZE, place.p, place.n);
	put_u32(bytes, checksum((struct str){(char *)bytes + CHECK_SIZE, n - CHECK_SIZE}));
	char *out = arena_alloc(arena, n * 4 / 3 + 5), *to = out;
	for (size_t i = 0; i < n; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
		size_t left = n - i < 3 ? n - i : 3;
		for (size_t d = 0; d <= left; d++)
			*to++ = digits[group >> (18 - 6 * d) & 63];
	}
	return out;
}

/* What we wrote, with its head. */
static bool
decode(struct arena *arena, struct str text, struct str *ret_bytes)
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
	*ret_bytes = (struct str){bytes, n};
	return n >= HEAD_SIZE && (bits & ((1u << have) - 1)) == 0 &&
	       get_u32(bytes) == checksum((struct str){bytes + CHECK_SIZE, n - CHECK_SIZE});
}

bool
cursor_read(struct arena *arena, char kind, uint32_t list, struct str text, const char *at, struct str *ret_place,
	struct err *err)
{
	struct str bytes;
	if (!decode(arena, text, &bytes))
		return cursor_refuse(at, err);
	if (bytes.p[CHECK_SIZE] != kind || get_u32(bytes.p + CHECK_SIZE + 1) != list) {
		err_set(err, ERR_INVALID,
			"This cursor is of another list, or of this one with other filters. Start again without a "
			"cursor.");
		return err_issue(err, at, "other_list", "belongs to another list or to other filters");
	}
	*ret_place = (struct str){bytes.p + HEAD_SIZE, bytes.n - HEAD_SIZE};
	return true;
}

#define ROW_SIZE (sizeof(int64_t) + sizeof(struct id))

const char *
cursor_write_row(struct arena *arena, uint32_t list, int64_t us, struct id id)
{
	char place[ROW_SIZE];
	memcpy(place, &us, sizeof us);
	memcpy(place + sizeof us, id.b, sizeof id.b);
	return cursor_write(arena, 'r', list, (struct str){place, sizeof place});
}

bool
cursor_read_row(struct arena *arena, uint32_t list, struct str text, const char *at, int64_t *ret_us, struct id *ret_id,
	struct err *err)
{
	struct str place;
	if (!cursor_read(arena, 'r', list, text, at, &place, err))
		return false;
	if (place.n != ROW_SIZE)
		return cursor_refuse(at, err);
	memcpy(ret_us, place.p, sizeof *ret_us);
	memcpy(ret_id->b, place.p + sizeof *ret_us, sizeof ret_id->b);
	return (*ret_us >= CURSOR_US_LEAST && *ret_us <= CURSOR_US_MOST) || cursor_refuse(at, err);
}

bool
cursor_refuse(const char *at, struct err *err)
{
	/* In a body that is well formed otherwise it is a value that is not allowed. */
	err_set(err, *at == '/' ? ERR_INVALID : ERR_MALFORMED,
		"This cursor is not one that a list has given. Start again without a cursor.");
	return err_issue(err, at, "cursor", "is not a cursor of this list");
}
