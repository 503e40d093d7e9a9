/* UUIDs: version 7 (time first) for what is created, any version for what is read. Text form is lower case. */
#ifndef STEPMILL_BASE_ID_H
#define STEPMILL_BASE_ID_H

#include "base/str.h"

#include <stdint.h>

#define ID_TEXT_SIZE 37

struct id {
	uint8_t b[16];
};

struct id id_new(void);				   /* grows within a process, also inside one millisecond */
bool id_parse(struct str text, struct id *ret_id); /* 8-4-4-4-12 only, either case */
void id_text(struct id id, char out[ID_TEXT_SIZE]);

static inline bool
id_eq(struct id a, struct id b)
{
	return memcmp(a.b, b.b, sizeof a.b) == 0;
}

/* When one of version 7 was made, in milliseconds since 1970. */
static inline int64_t
id_ms(struct id id)
{
	int64_t ms = 0;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id.b[i];
	return ms;
}

/* 256 bits from the kernel as 43 characters of base64url: session tokens and the like. */
#define TOKEN_TEXT_SIZE 44
void token_new(char out[TOKEN_TEXT_SIZE]);

/* What names a request in answers and logs. The id that came with it when it is 8 to 64 of [A-Za-z0-9_-], so that nothing else of a
 * header gets anywhere; else a new one. */
#define REQUEST_ID_SIZE 65
void request_id_take(struct str given, char out[REQUEST_ID_SIZE]);

void random_bytes(void *out, size_t n);

#endif
