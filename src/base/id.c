/*
 * UUIDv7: 48 bits of milliseconds, then 12 bits that count within a millisecond from a random start, then 62 random
 * bits. The clock may step back: ids keep growing from the highest millisecond seen.
 */
#include "base/id.h"

#include "base/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

void
random_bytes(void *out, size_t n)
{
	uint8_t *to = out;
	while (n > 0) {
		ssize_t got = getrandom(to, n, 0);
		if (got < 0) {
			if (errno == EINTR)
				continue;
			perror("getrandom");
			abort(); /* an id or a token that can be guessed is worse than no process */
		}
		to += got;
		n -= (size_t)got;
	}
}

struct id
id_new(void)
{
	static uint64_t last_ms;
	static unsigned counter;
	struct id id;
	random_bytes(id.b, sizeof id.b);

	uint64_t ms = (uint64_t)(wall_us() / 1000);
	if (ms > last_ms) {
		last_ms = ms;
		/* The highest bit starts as zero, which leaves room for two thousand ids before the millisecond is used
		 * up. */
		counter = ((unsigned)id.b[6] << 8 | id.b[7]) & 0x7ff;
	} else if (++counter > 0xfff) {
		last_ms++;
		counter = 0;
	}
	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(last_ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | counter >> 8);
	id.b[7] = (uint8_t)counter;
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
	return id;
}

bool
id_parse(struct str text, struct id *ret_id)
{
	struct id id = {{0}};
	unsigned digits = 0;
	if (text.n != ID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text.p[i] != '-')
				return false;
			continue;
		}
		int digit = str_hex_digit(text.p[i]);
		if (digit < 0)
			return false;
		id.b[digits / 2] = (uint8_t)(id.b[digits / 2] << 4 | digit);
		digits++;
	}
	*ret_id = id;
	return true;
}

void
id_text(struct id id, char out[ID_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	char *to = out;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = hex[id.b[i] >> 4];
		*to++ = hex[id.b[i] & 15];
	}
	*to = '\0';
}

void
token_new(char out[TOKEN_TEXT_SIZE])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t secret[33] = {0}; /* 256 bits, and a zero byte to end the last group of three */
	random_bytes(secret, 32);
	for (int i = 0; i < TOKEN_TEXT_SIZE - 1; i++) {
		int bit = i * 6;
		unsigned pair = (unsigned)secret[bit / 8] << 8 | secret[bit / 8 + 1 < 33 ? bit / 8 + 1 : 32];
		out[i] = digits[pair >> (10 - bit % 8) & 63];
	}
	out[TOKEN_TEXT_SIZE - 1] = '\0';
	explicit_bzero(secret, sizeof secret);
}

void
request_id_take(struct str given, char out[REQUEST_ID_SIZE])
{
	bool good = given.n >= 8 && given.n < REQUEST_ID_SIZE;
	for (size_t i = 0; i < given.n && good; i++) {
		char c = given.p[i];
		good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
		       c == '_';
	}
	if (!good) {
		id_text(id_new(), out);
		return;
	}
	memcpy(out, given.p, given.n);
	out[given.n] = '\0';
}
