/*
 * A growing byte buffer with a maximum given when it is made. Past the maximum nothing is added and buf_overflow() stays
 * true, so a caller writes freely and asks once at the end. Always followed by a NUL that is not counted.
 *
 *	struct buf b;
 *	buf_init(&b, 1 << 20);
 *	buf_printf(&b, "%d items", n);
 *	if (buf_overflow(&b)) …
 *	buf_release(&b);
 */
#ifndef STEPMILL_BASE_BUF_H
#define STEPMILL_BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

struct buf {
	char *p;
	size_t n;
	size_t room;
	size_t max;
	bool overflow;
};

void buf_init(struct buf *buf, size_t max);
void buf_release(struct buf *buf);
void buf_wipe(struct buf *buf);	 /* overwritten, then released: it held a secret */
void buf_clear(struct buf *buf); /* keeps the memory, forgets an overflow */

void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_add_str(struct buf *buf, struct str s);
void buf_add_z(struct buf *buf, const char *z);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *buf_extend(struct buf *buf, size_t n); /* n bytes to be filled in, or NULL past the maximum */
void buf_trim(struct buf *buf);		     /* gives back the room that was left for more */
void buf_drop_front(struct buf *buf, size_t n);

static inline bool
buf_overflow(const struct buf *buf)
{
	return buf->overflow;
}

static inline struct str
buf_str(const struct buf *buf)
{
	return (struct str){buf->p ? buf->p : "", buf->n};
}

#endif
