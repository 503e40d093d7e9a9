/*
 * Log lines: {"at":"…","level":"info","program":"stepmill-api","pid":42,"what":"request",…}. A line is one write(2), so
 * that lines of several processes on one pipe do not mix. What is too long is cut and says so.
 */
#include "base/log.h"

#include "base/buf.h"
#include "base/id.h"
#include "base/time.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192
#define TEXT_MAX_BYTES 2048

static const char *program_name = "stepmill";
static enum log_level least_level = LOG_INFO;
static char request_id[REQUEST_ID_SIZE];

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void
log_open(const char *program, enum log_level least)
{
	program_name = program;
	least_level = least;
}

void
log_request(const char *id)
{
	size_t n = id ? strlen(id) : 0;
	if (n >= sizeof request_id)
		n = sizeof request_id - 1;
	if (n > 0)
		memcpy(request_id, id, n);
	request_id[n] = '\0';
}

/* A character outside of ASCII as an escape, or as two when it is past U+FFFF; how many bytes of `text` it took. */
static size_t
add_character(struct buf *line, struct str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	if (n > text.n || str_utf8_bad((struct str){text.p, n}) != n) {
		buf_add_z(line, "\\ufffd");
		return 1;
	}
	uint32_t c = *p & (0x7fU >> n);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	if (c > 0xffff) {
		buf_printf(line, "\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)));
		c = 0xdc00 + ((c - 0x10000) & 0x3ff);
	}
	buf_printf(line, "\\u%04x", (unsigned)c);
	return n;
}

/* Everything outside printable ASCII is escaped: bytes of a stranger must not move the cursor of who reads the log. */
static void
add_text(struct buf *line, const char *text)
{
	size_t n = strlen(text);
	bool cut = n > TEXT_MAX_BYTES;
	buf_add_char(line, '"');
	for (size_t i = 0; i < (cut ? TEXT_MAX_BYTES : n); i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\')
			buf_printf(line, "\\%c", c);
		else if (c == '\n')
			buf_add_z(line, "\\n");
		else if (c == '\t')
			buf_add_z(line, "\\t");
		else if (c < 0x20 || c == 0x7f)
			buf_printf(line, "\\u%04x", c);
		else if (c < 0x80)
			buf_add_char(line, (char)c);
		else
			i += add_character(line, (struct str){text + i, n - i}) - 1;
	}
	buf_add_z(line, cut ? "[cut]\"" : "\"");
}

static void
add_field(struct buf *line, const struct log_field *field)
{
	buf_add_char(line, ',');
	add_text(line, field->name);
	buf_add_char(line, ':');
	if (field->text)
		add_text(line, field->text);
	else
		buf_printf(line, "%" PRId64, field->number);
}

void
log_write(enum log_level level, const char *what, const struct log_field *fields, int count)
{
	if (level < least_level)
		return;
	int saved_errno = errno;
	char at[TIME_TEXT_SIZE];
	time_text(wall_us(), at);

	struct buf line;
	buf_init(&line, LINE_MAX_BYTES);
	buf_printf(&line, "{\"at\":\"%s\",\"level\":\"%s\",\"program\":", at, level_names[level]);
	add_text(&line, program_name);
	buf_printf(&line, ",\"pid\":%d,\"what\":", (int)getpid());
	add_text(&line, what);
	if (request_id[0])
		add_field(&line, &(struct log_field){"request_id", request_id, 0});
	for (int i = 0; i < count; i++) {
		size_t before = line.n;
		add_field(&line, &fields[i]);
		if (buf_overflow(&line) || line.n > LINE_MAX_BYTES - 32) {
			line.n = before; /* the line stays one JSON object */
			line.overflow = false;
			buf_add_z(&line, ",\"cut\":true");
			break;
		}
	}
	buf_add_z(&line, "}\n");
	for (size_t done = 0; done < line.n;) {
		ssize_t n = write(STDERR_FILENO, line.p + done, line.n - done);
		if (n < 0 && errno != EINTR)
			break; /* nowhere left to say it */
		done += n > 0 ? (size_t)n : 0;
	}
	buf_release(&line);
	errno = saved_errno;
}
