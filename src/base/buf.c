/* A growing byte buffer that knows its maximum. Room is doubled, and always holds one byte more than the text: the NUL.
 */
#include "base/buf.h"

#include "base/arena.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void
buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){.max = max};
}

void
buf_release(struct buf *buf)
{
	if (!buf)
		return;
	memory_given(buf->room);
	free(buf->p);
	*buf = (struct buf){.max = buf->max};
}

void
buf_wipe(struct buf *buf)
{
	if (buf->p)
		explicit_bzero(buf->p, buf->room);
	buf_release(buf);
}

void
buf_clear(struct buf *buf)
{
	buf->n = 0;
	buf->overflow = false;
	if (buf->p)
		buf->p[0] = '\0';
}

/* Room for n more bytes and the NUL, or false: nothing may be added any more, or a text would have a hole in it. */
static bool
make_room(struct buf *buf, size_t n)
{
	if (buf->overflow || n > buf->max - buf->n) {
		buf->overflow = true;
		return false;
	}
	size_t needed = buf->n + n + 1;
	if (needed <= buf->room)
		return true;
	size_t room = buf->room ? buf->room : 64;
	while (room < needed)
		room = room <= SIZE_MAX / 2 ? room * 2 : needed;
	char *p = realloc(buf->p, room);
	if (!p)
		out_of_memory();
	memory_taken(room - buf->room);
	buf->p = p;
	buf->room = room;
	return true;
}

char *
buf_extend(struct buf *buf, size_t n)
{
	if (!make_room(buf, n))
		return NULL;
	char *p = buf->p + buf->n;
	buf->n += n;
	buf->p[buf->n] = '\0';
	return p;
}

void
buf_add(struct buf *buf, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	char *to = buf_extend(buf, n);
	if (to)
		memcpy(to, bytes, n);
}

void
buf_add_str(struct buf *buf, struct str s)
{
	buf_add(buf, s.p, s.n);
}

void
buf_add_z(struct buf *buf, const char *z)
{
	buf_add(buf, z, strlen(z));
}

void
buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		buf->overflow = true;
	else if (make_room(buf, (size_t)n)) {
		vsnprintf(buf->p + buf->n, (size_t)n + 1, format, again);
		buf->n += (size_t)n;
	}
	va_end(again);
}

void
buf_trim(struct buf *buf)
{
	size_t room = buf->n + 1;
	char *p = buf->room > room ? realloc(buf->p, room) : NULL;
	if (!p)
		return;
	memory_given(buf->room - room);
	buf->p = p;
	buf->room = room;
}

void
buf_drop_front(struct buf *buf, size_t n)
{
	if (n >= buf->n)
		n = buf->n;
	if (n == 0)
		return;
	memmove(buf->p, buf->p + n, buf->n - n + 1);
	buf->n -= n;
}
