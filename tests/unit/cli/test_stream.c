/* Server-sent events, cut anywhere, and the other way round: what stepmill-live writes is what the command line reads.
 */
#include "../support.h"

#include "cli/stream.h"
#include "live/frame.h"

#include <stdio.h>

static struct buf seen;

static bool
note(void *context, const struct stream_event *event, struct err *err)
{
	(void)context;
	buf_printf(&seen, "[%.*s|%.*s|%.*s]", STR_ARG(event->id), STR_ARG(event->type), STR_ARG(event->data));
	return str_is(event->type, "stop") ? err_set(err, ERR_CANCELLED, "Enough.") : true;
}

/* All of it at once, then byte by byte: the same events. */
static void
assert_events(const char *text, const char *expected)
{
	for (int bytewise = 0; bytewise < 2; bytewise++) {
		struct stream s;
		struct err err = {0};
		buf_init(&seen, 1 << 20);
		stream_init(&s, note, NULL);
		if (bytewise)
			for (const char *p = text; *p; p++)
				assert_true(stream_feed(&s, (struct str){p, 1}, &err));
		else
			assert_true(stream_feed(&s, str_of(text), &err));
		assert_string_equal(buf_str(&seen).p, expected);
		stream_release(&s);
		buf_release(&seen);
	}
}

static void
events_are_read_whole(void **state)
{
	(void)state;
	assert_events("id: 1\nevent: a\ndata: x\n\nid: 2\nevent: b\ndata: y\n\n", "[1|a|x][2|b|y]");
}

static void
all_line_ends_are_understood(void **state)
{
	(void)state;
	assert_events("id: 1\r\nevent: a\r\ndata: x\r\n\r\nid: 2\revent: b\rdata: y\r\r", "[1|a|x][2|b|y]");
	assert_events("data: x\r\ndata: y\r\n\r\n", "[|message|x\ny]");
}

static void
comments_and_unknown_fields_are_nothing(void **state)
{
	(void)state;
	assert_events(": ping\n\nretry: 1000\n\nfoo: bar\ndata: x\n\n", "[|message|x]");
}

static void
an_event_without_data_is_none(void **state)
{
	(void)state;
	assert_events("event: a\n\ndata: x\n\n", "[|message|x]");
	assert_events("event: a\ndata\n\n", "[|a|]");
	assert_events("data:x\n\n", "[|message|x]");
	assert_events("data:  x\n\n", "[|message| x]");
}

static void
half_an_event_is_never_told(void **state)
{
	(void)state;
	assert_events("id: 1\ndata: x\n\nid: 2\ndata: y\n", "[1|message|x]");
	assert_events("id: 1\ndata: x\n\nid: 2\ndata: y", "[1|message|x]");
}

static void
another_connection_begins_anew_and_keeps_the_number(void **state)
{
	(void)state;
	struct stream s;
	struct err err = {0};
	buf_init(&seen, 1 << 20);
	stream_init(&s, note, NULL);
	assert_true(stream_feed(&s, STR("id: 7\ndata: x\n\nevent: b\ndata: half"), &err));
	stream_restart(&s);
	assert_true(stream_feed(&s, STR("data: z\n\n"), &err));
	assert_string_equal(buf_str(&seen).p, "[7|message|x][7|message|z]");
	stream_release(&s);
	buf_release(&seen);
}

static void
the_reader_can_stop(void **state)
{
	(void)state;
	struct stream s;
	struct err err = {0};
	buf_init(&seen, 1 << 20);
	stream_init(&s, note, NULL);
	assert_false(stream_feed(&s, STR("event: stop\ndata: x\n\ndata: y\n\n"), &err));
	assert_int_equal(err.code, ERR_CANCELLED);
	assert_string_equal(buf_str(&seen).p, "[|stop|x]");
	stream_release(&s);
	buf_release(&seen);
}

static void
a_field_without_end_is_refused(void **state)
{
	(void)state;
	struct stream s;
	struct err err = {0};
	char chunk[2048];
	memset(chunk, 'x', sizeof chunk);
	buf_init(&seen, 1 << 20);
	stream_init(&s, note, NULL);
	assert_true(stream_feed(&s, STR("id: "), &err));
	assert_true(stream_feed(&s, (struct str){chunk, sizeof chunk}, &err));
	assert_false(stream_feed(&s, STR("\n\ndata: x\n"), &err));
	assert_int_equal(err.code, ERR_LIMIT);
	stream_release(&s);
	buf_release(&seen);
}

static void
what_live_writes_is_what_is_read(void **state)
{
	(void)state;
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_add_z(&text, FRAME_HELLO);
	frame_event(&text, 1, STR("run.created"), STR("{}"));
	buf_add_z(&text, FRAME_PING);
	frame_event(&text, 2, STR("step.output"), STR("{\n\"text\": \"a\\nb\"\r\n}"));
	buf_add_z(&text, FRAME_END);
	assert_events(
		buf_str(&text).p, "[1|run.created|{}][1|ping|{}][2|step.output|{\n\"text\": \"a\\nb\"\n}][2|end|{}]");
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_read_whole),
		cmocka_unit_test(all_line_ends_are_understood),
		cmocka_unit_test(comments_and_unknown_fields_are_nothing),
		cmocka_unit_test(an_event_without_data_is_none),
		cmocka_unit_test(half_an_event_is_never_told),
		cmocka_unit_test(another_connection_begins_anew_and_keeps_the_number),
		cmocka_unit_test(the_reader_can_stop),
		cmocka_unit_test(a_field_without_end_is_refused),
		cmocka_unit_test(what_live_writes_is_what_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
