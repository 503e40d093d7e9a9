/* Server-sent events; see stream.h. */
#include "cli/stream.h"

#define EVENT_MAX ((size_t)64 << 20)
#define FIELD_MAX ((size_t)1024)

void
stream_init(struct stream *s, bool (*on_event)(void *, const struct stream_event *, struct err *), void *context)
{
	*s = (struct stream){.on_event = on_event, .context = context};
	buf_init(&s->line, EVENT_MAX);
	buf_init(&s->data, EVENT_MAX);
	buf_init(&s->id, FIELD_MAX);
	buf_init(&s->type, FIELD_MAX);
}

void
stream_release(struct stream *s)
{
	buf_release(&s->line);
	buf_release(&s->data);
	buf_release(&s->id);
	buf_release(&s->type);
}

void
stream_restart(struct stream *s)
{
	buf_clear(&s->line);
	buf_clear(&s->data);
	buf_clear(&s->type);
	s->after_cr = s->has_data = false;
}

/* An empty line: the event is whole. */
static bool
dispatch(struct stream *s, struct err *err)
{
	bool ok = true;
	if (s->has_data) {
		struct str data = buf_str(&s->data);
		data.n--; /* the last line's end does not belong to it */
		struct stream_event event = {buf_str(&s->id), s->type.n ? buf_str(&s->type) : STR("message"), data};
		ok = s->on_event(s->context, &event, err);
	}
	buf_clear(&s->data);
	buf_clear(&s->type);
	s->has_data = false;
	return ok;
}

static bool
take_line(struct stream *s, struct err *err)
{
	struct str line = buf_str(&s->line);
	if (line.n == 0)
		return dispatch(s, err);
	if (line.p[0] == ':')
		return true;
	const char *colon = memchr(line.p, ':', line.n);
	struct str name = {line.p, colon ? (size_t)(colon - line.p) : line.n};
	struct str value = colon ? (struct str){colon + 1, line.n - name.n - 1} : (struct str){"", 0};
	if (value.n > 0 && value.p[0] == ' ')
		value = (struct str){value.p + 1, value.n - 1};
	if (str_is(name, "data")) {
		buf_add_str(&s->data, value);
		buf_add_char(&s->data, '\n');
		s->has_data = true;
	} else if (str_is(name, "event")) {
		buf_clear(&s->type);
		buf_add_str(&s->type, value);
	} else if (str_is(name, "id") && !memchr(value.p, '\0', value.n)) {
		buf_clear(&s->id);
		buf_add_str(&s->id, value);
	}
	return true;
}

bool
stream_feed(struct stream *s, struct str bytes, struct err *err)
{
	size_t at = 0;
	while (at < bytes.n) {
		size_t end = at;
		while (end < bytes.n && bytes.p[end] != '\n' && bytes.p[end] != '\r')
			end++;
		/* The LF of a CRLF that may have been cut in two. */
		if (s->after_cr && end == at && bytes.p[end] == '\n') {
			s->after_cr = false;
			at++;
			continue;
		}
		s->after_cr = false;
		buf_add(&s->line, bytes.p + at, end - at);
		if (buf_overflow(&s->line) || buf_overflow(&s->data) || buf_overflow(&s->id) || buf_overflow(&s->type))
			return err_set(err, ERR_LIMIT, "The server sent an event that is too large.");
		if (end == bytes.n)
			return true;
		s->after_cr = bytes.p[end] == '\r';
		bool ok = take_line(s, err);
		buf_clear(&s->line);
		if (!ok)
			return false;
		at = end + 1;
	}
	return true;
}
