/*
 * Arrays in PostgreSQL's binary form, all numbers big-endian: int32 dimensions (1; 0 when empty), int32 "holds nulls",
 * uint32 type of an element; then int32 length and int32 lower bound of the dimension; then per element int32 length
 * (-1: null) and its bytes. The head is kept right after each element, so that the array can be sent at any time.
 */
#include "db/array.h"

#include <assert.h>
#include <limits.h>

#define OID_INT8 20u
#define OID_TEXT 25u
#define OID_UUID 2950u

#define HEAD_EMPTY ((size_t)12)
#define HEAD ((size_t)20)

struct db_array {
	struct buf bytes;
	uint32_t type;
	uint32_t count;
	bool nulls;
};

static void
put32(char *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(unsigned char)(value >> (24 - 8 * i));
}

static void
release(void *bytes)
{
	buf_release(bytes);
}

static struct db_array *
array_new(struct arena *arena, uint32_t type)
{
	struct db_array *array = arena_new_of(arena, struct db_array);
	buf_init(&array->bytes, ARRAY_MAX);
	arena_defer(arena, release, &array->bytes);
	array->type = type;
	char *head = buf_extend(&array->bytes, HEAD);
	memset(head, 0, HEAD);
	put32(head + 8, type);
	put32(head + 16, 1);
	return array;
}

struct db_array *
db_array_ids(struct arena *arena)
{
	return array_new(arena, OID_UUID);
}

struct db_array *
db_array_ints(struct arena *arena)
{
	return array_new(arena, OID_INT8);
}

struct db_array *
db_array_texts(struct arena *arena)
{
	return array_new(arena, OID_TEXT);
}

/* bytes NULL: null */
static void
append(struct db_array *array, const void *bytes, size_t n)
{
	char *p = n > INT_MAX ? NULL : buf_extend(&array->bytes, 4 + n);
	if (!p) {
		array->bytes.overflow = true;
		return;
	}
	put32(p, bytes ? (uint32_t)n : UINT32_MAX);
	if (n > 0)
		memcpy(p + 4, bytes, n);
	array->count++;
	array->nulls |= !bytes;
	put32(array->bytes.p, 1);
	put32(array->bytes.p + 4, array->nulls);
	put32(array->bytes.p + 12, array->count);
}

void
db_array_id(struct db_array *array, struct id id)
{
	assert(array->type == OID_UUID);
	append(array, id.b, sizeof id.b);
}

void
db_array_int(struct db_array *array, int64_t value)
{
	assert(array->type == OID_INT8);
	char b[8];
	put32(b, (uint32_t)((uint64_t)value >> 32));
	put32(b + 4, (uint32_t)value);
	append(array, b, sizeof b);
}

void
db_array_str(struct db_array *array, struct str value)
{
	assert(array->type == OID_TEXT);
	append(array, value.p, value.p ? value.n : 0);
}

void
db_array_null(struct db_array *array)
{
	append(array, NULL, 0);
}

bool
array_binary(const struct db_array *array, struct str *ret_bytes)
{
	if (buf_overflow(&array->bytes))
		return false;
	*ret_bytes = (struct str){array->bytes.p, array->count > 0 ? array->bytes.n : HEAD_EMPTY};
	return true;
}
