/* A watched run: what the API gives to begin with, then events, each once and in order; and its picture. */
#include "../support.h"

#include "cli/format.h"
#include "cli/progress.h"
#include "cli/view.h"

#include <stdio.h>

#define RUN(status, last, one) \
	"{\"id\": \"r\", \"name\": \"Chain\", \"status\": \"" status "\", \"last_event\": " last \
	", \"created_at\": \"1970-01-01T00:00:10Z\"," \
	" \"finished_at\": null, \"error\": null, \"steps\": [{\"key\": \"one\", \"name\": \"First\", " \
	"\"step_run\": " one "}," \
	" {\"key\": \"two\", \"name\": \"Second\", \"step_run\": null}]}"

static struct progress
start(const char *text)
{
	struct progress p;
	struct err err = {0};
	assert_true(progress_start(&p, arena, doc(text), &err));
	return p;
}

static bool
apply(struct progress *p, const char *text)
{
	struct err err = {0};
	bool is_new;
	struct progress_step *step;
	if (!progress_apply(p, doc(text), &is_new, &step, &err))
		fail_msg("%s: %s", text, err.message);
	return is_new;
}

#define EVENT(seq, type, path, data) \
	"{\"seq\": " #seq ", \"at\": \"1970-01-01T00:00:1" #seq "Z\", \"type\": \"" type "\", \"path\": " path \
	", \"attempt\": 1, \"data\": " data "}"

static void
a_run_moves_on_by_its_events(void **state)
{
	(void)state;
	struct progress p = start(RUN("pending", "1", "null"));
	assert_true(apply(&p, EVENT(2, "run.started", "null", "{}")));
	assert_string_equal(p.status, "running");
	assert_true(apply(&p, EVENT(3, "step.started", "\"one\"", "{\"name\": \"First\"}")));
	assert_int_equal(p.steps[0].mark, MARK_RUNNING);
	assert_true(apply(&p, EVENT(4, "step.output", "\"one\"", "{\"text\": \"Hé\", \"offset\": 0}")));
	assert_true(apply(&p, EVENT(5, "step.output", "\"one\"", "{\"text\": \"llo\", \"offset\": 2}")));
	assert_string_equal(buf_str(&p.steps[0].tail).p, "Héllo");
	assert_int_equal(p.steps[0].characters, 5);
	assert_true(apply(&p, EVENT(6, "step.completed", "\"one\"",
				      "{\"tokens_in\": 3, \"tokens_out\": 4, \"cost_nano\": 0, \"duration_ms\": 12}")));
	assert_int_equal(p.steps[0].mark, MARK_COMPLETED);
	assert_int_equal(p.steps[0].tokens_in + p.steps[0].tokens_out, 7);
	assert_int_equal(p.steps[0].duration_ms, 12);
	assert_int_equal(progress_done(&p), 1);
	assert_false(progress_ended(&p));
	assert_true(apply(&p, EVENT(7, "step.failed", "\"two\"", "{\"code\": \"x\", \"message\": \"Broken.\"}")));
	assert_string_equal(p.steps[1].error, "Broken.");
	assert_true(apply(&p, EVENT(8, "run.failed", "null", "{\"code\": \"x\", \"message\": \"Broken.\"}")));
	assert_true(progress_ended(&p));
	assert_string_equal(p.error, "Broken.");
	assert_int_equal(progress_done(&p), 1);
	progress_release(&p);
}

static void
an_event_counts_once(void **state)
{
	(void)state;
	struct progress p = start(RUN("running", "4",
		"{\"attempt\": 1, \"status\": \"running\", \"started_at\": \"1970-01-01T00:00:12Z\", \"partial\": "
		"\"He\"}"));
	assert_string_equal(buf_str(&p.steps[0].tail).p, "He");
	assert_false(apply(&p, EVENT(4, "step.output", "\"one\"", "{\"text\": \"He\", \"offset\": 0}")));
	assert_true(apply(&p, EVENT(5, "step.output", "\"one\"", "{\"text\": \"llo\", \"offset\": 2}")));
	assert_false(apply(&p, EVENT(5, "step.output", "\"one\"", "{\"text\": \"llo\", \"offset\": 2}")));
	assert_string_equal(buf_str(&p.steps[0].tail).p, "Hello");
	progress_release(&p);
}

static void
a_missing_number_is_an_error(void **state)
{
	(void)state;
	struct progress p = start(RUN("running", "4", "null"));
	struct err err = {0};
	bool is_new;
	struct progress_step *step;
	assert_false(progress_apply(&p, doc(EVENT(6, "run.completed", "null", "{}")), &is_new, &step, &err));
	assert_int_equal(p.seq, 4);
	assert_string_equal(p.status, "running");
	assert_false(progress_apply(&p, doc("{\"type\": \"run.completed\"}"), &is_new, &step, &err));
	assert_false(progress_apply(&p, doc("[]"), &is_new, &step, &err));
	progress_release(&p);
}

static void
another_attempt_begins_with_nothing(void **state)
{
	(void)state;
	struct progress p = start(RUN("running", "2", "null"));
	(void)apply(&p, EVENT(3, "step.output", "\"one\"", "{\"text\": \"first\"}"));
	(void)apply(&p, EVENT(4, "step.failed", "\"one\"", "{\"message\": \"No.\"}"));
	(void)apply(&p, "{\"seq\": 5, \"at\": \"1970-01-01T00:00:15Z\", \"type\": \"step.started\", \"path\": \"one\", "
			"\"attempt\": 2, \"data\": {}}");
	assert_int_equal(p.steps[0].attempt, 2);
	assert_int_equal(p.steps[0].tail.n, 0);
	assert_null(p.steps[0].error);
	assert_int_equal(p.steps[0].mark, MARK_RUNNING);
	progress_release(&p);
}

static void
only_the_end_of_a_long_output_is_kept(void **state)
{
	(void)state;
	struct progress p = start(RUN("running", "0", "null"));
	char text[2400], event[3000];
	for (size_t i = 0; i + 3 <= sizeof text - 1; i += 3)
		memcpy(text + i, "→", 3);
	text[(sizeof text - 1) / 3 * 3] = '\0';
	for (int seq = 1; seq <= 9; seq++) {
		snprintf(event, sizeof event,
			"{\"seq\": %d, \"type\": \"step.output\", \"path\": \"one\", \"data\": {\"text\": \"%s\"}}",
			seq, text);
		(void)apply(&p, event);
	}
	assert_true(p.steps[0].tail.n <= 4096 && p.steps[0].tail.n > 4000);
	assert_int_equal(str_utf8_bad(buf_str(&p.steps[0].tail)), p.steps[0].tail.n);
	assert_int_equal(p.steps[0].characters, 9 * 799);
	progress_release(&p);
}

static void
what_is_no_run_is_refused(void **state)
{
	(void)state;
	struct progress p;
	struct err err = {0};
	assert_false(progress_start(&p, arena, doc("{}"), &err));
	assert_false(progress_start(&p, arena, doc("[]"), &err));
}

static const char *
picture(const struct progress *p, size_t columns, size_t rows, unsigned *ret_lines)
{
	struct cli cli = {.program = "stepmill"};
	struct view view = {.cli = &cli};
	struct buf out;
	buf_init(&out, 1 << 20);
	*ret_lines = view_picture(&view, p, 14000000, columns, rows, &out);
	const char *text = arena_strz(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static void
the_picture_fits_the_terminal(void **state)
{
	(void)state;
	struct progress p = start(RUN("running", "4",
		"{\"attempt\": 1, \"status\": \"running\", \"started_at\": \"1970-01-01T00:00:12Z\", \"partial\": "
		"\"a\\u001b[2Jb\\nc and a lot more that does "
		"not fit into so few columns at all\"}"));
	for (size_t columns = 10; columns < 100; columns += 7) {
		unsigned lines, counted = 0;
		const char *text = picture(&p, columns, 24, &lines);
		size_t most = columns > 20 ? columns : 21;
		for (const char *line = text; *line; counted++) {
			size_t n = strcspn(line, "\n");
			if (format_width((struct str){line, n}) >= most)
				fail_msg("%zu columns: %.*s", columns, (int)n, line);
			line += n + 1;
		}
		assert_int_equal(counted, lines);
		assert_null(strchr(text, '\033'));
	}
	unsigned lines;
	assert_non_null(strstr(picture(&p, 80, 24, &lines), "▸ First"));
	assert_non_null(strstr(picture(&p, 80, 24, &lines), "○ Second"));
	assert_non_null(strstr(picture(&p, 80, 24, &lines), "0 of 2"));
	progress_release(&p);
}

static void
many_steps_show_those_around_the_current(void **state)
{
	(void)state;
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_add_z(&text, "{\"id\": \"r\", \"name\": \"Long\", \"status\": \"running\", \"steps\": [");
	for (int i = 0; i < 100; i++)
		buf_printf(&text, "%s{\"key\": \"s%d\", \"name\": \"step %d.\", \"step_run\": %s}", i ? "," : "", i, i,
			i < 50 ? "{\"status\": \"completed\"}" : "null");
	buf_add_z(&text, "]}");
	struct progress p = start(buf_str(&text).p);
	unsigned lines;
	const char *shown = picture(&p, 80, 24, &lines);
	assert_true(lines < 24);
	assert_non_null(strstr(shown, "step 50."));
	assert_null(strstr(shown, "step 0."));
	assert_null(strstr(shown, "step 99."));
	assert_non_null(strstr(shown, "50 of 100"));
	progress_release(&p);
	buf_release(&text);
}

#define GROUPS \
	"{\"id\": \"r\", \"name\": \"Groups\", \"status\": \"running\", \"last_event\": 1, \"tokens_in\": 5, " \
	"\"tokens_out\": 5, \"cost_usd\": 0.5, \"steps\": [" \
	"{\"key\": \"both\", \"depth\": 0, \"name\": \"Both\", \"kind\": \"parallel\", \"step_run\": null}," \
	"{\"key\": \"both/a\", \"depth\": 1, \"name\": \"A\", \"kind\": \"prompt\", \"step_run\": null}," \
	"{\"key\": \"each\", \"depth\": 0, \"name\": \"Each\", \"kind\": \"loop\", \"step_run\": null}," \
	"{\"key\": \"each/send\", \"depth\": 1, \"name\": \"Send\", \"kind\": \"http\", \"step_run\": null}," \
	"{\"key\": \"last\", \"depth\": 0, \"name\": \"Last\", \"kind\": \"approval\", \"step_run\": null}]}"

static void
groups_do_not_count_and_totals_add_up(void **state)
{
	(void)state;
	struct progress p = start(GROUPS);
	assert_int_equal(progress_count(&p), 3);
	(void)apply(&p, EVENT(2, "step.started", "\"both\"", "{}"));
	(void)apply(&p, EVENT(3, "step.completed", "\"both/a\"",
				"{\"tokens_in\": 20, \"tokens_out\": 10, \"cost_nano\": 250000000}"));
	(void)apply(&p, EVENT(4, "step.completed", "\"both\"", "{}"));
	assert_int_equal(progress_done(&p), 1);
	assert_int_equal(p.tokens, 40);
	assert_int_equal(p.cost_nano, 750000000);
	(void)apply(&p, EVENT(5, "step.waiting", "\"last\"", "{\"waiting_for\": \"approval\", \"until\": null}"));
	unsigned lines;
	const char *shown = picture(&p, 80, 24, &lines);
	assert_non_null(strstr(shown, "\n  ✓ A"));
	assert_non_null(strstr(shown, "⧗ Last"));
	assert_non_null(strstr(shown, "waiting for approval"));
	assert_non_null(strstr(shown, "1 of 3"));
	assert_non_null(strstr(shown, "40 tokens · $0.750"));
	(void)apply(&p, EVENT(6, "step.retrying", "\"last\"", "{\"code\": \"overloaded\", \"attempt\": 2}"));
	assert_non_null(strstr(picture(&p, 80, 24, &lines), "waiting for attempt 2 (overloaded)"));
	(void)apply(&p, EVENT(7, "step.completed", "\"last\"", "{\"cost_nano\": -1}"));
	assert_int_equal(p.cost_nano, -1);
	(void)apply(&p, EVENT(8, "run.paused", "null", "{}"));
	assert_non_null(strstr(picture(&p, 80, 24, &lines), "paused"));
	progress_release(&p);
}

/* Its handler has made something of the failure: nothing of it is left to do. */
static void
what_failed_in_a_group_that_recovered_is_done(void **state)
{
	(void)state;
	struct progress p = start(GROUPS);
	(void)apply(&p, EVENT(2, "step.started", "\"both\"", "{}"));
	(void)apply(&p, EVENT(3, "step.failed", "\"both/a\"", "{\"code\": \"function\", \"message\": \"no\"}"));
	assert_int_equal(progress_done(&p), 0);
	(void)apply(&p, EVENT(4, "step.completed", "\"both\"", "{}"));
	assert_int_equal(progress_done(&p), 1);
	progress_release(&p);
}

static void
turns_of_a_loop_stand_in_it_and_give_way(void **state)
{
	(void)state;
	enum { TURNS = PROGRESS_TURNS_MAX * 2 };
	struct progress p = start(GROUPS);
	char event[300];
	int seq = 2;
	for (int i = 0; i < TURNS; i++) {
		for (int end = 0; end < 2; end++) {
			snprintf(event, sizeof event,
				"{\"seq\": %d, \"at\": \"1970-01-01T00:00:11Z\", \"type\": \"step.%s\", \"path\": "
				"\"each[%d]/send\", \"attempt\": 1, \"data\": {\"name\": \"Send\"}}",
				seq++, end ? "completed" : "started", i);
			(void)apply(&p, event);
		}
	}
	assert_true(p.count <= PROGRESS_TURNS_MAX + 5);
	assert_int_equal(p.steps[2].turns, TURNS - (p.count - 5));
	assert_string_equal(p.steps[p.count - 1].path, "last");
	assert_int_equal(progress_count(&p), 3);
	unsigned lines;
	snprintf(event, sizeof event, "[%d] Send", TURNS - 1);
	const char *shown = picture(&p, 80, 2000, &lines);
	assert_non_null(strstr(shown, event));
	assert_null(strstr(shown, "[0] Send"));
	assert_null(strstr(shown, "○ Send"));
	assert_null(strstr(shown, "cost")); /* what no model did costs nothing, and nothing is said of it */
	progress_release(&p);
}

static void
a_run_that_is_reopened_has_to_be_read_again(void **state)
{
	(void)state;
	struct progress p = start("{\"id\": \"r\", \"name\": \"R\", \"status\": \"failed\", \"last_event\": 1, "
				  "\"reopening\": true, \"steps\": []}");
	assert_false(progress_ended(&p));
	(void)apply(&p, EVENT(2, "run.reopened", "null", "{}"));
	assert_true(p.stale);
	progress_release(&p);
}

static void
what_runs_at_once_stays_within_the_rows(void **state)
{
	(void)state;
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_add_z(&text, "{\"id\": \"r\", \"name\": \"Wide\", \"status\": \"running\", \"steps\": [");
	for (int i = 0; i < 60; i++)
		buf_printf(&text,
			"%s{\"key\": \"s%d\", \"name\": \"S\", \"step_run\": {\"status\": \"running\", \"partial\": "
			"\"text\"}}",
			i ? "," : "", i);
	buf_add_z(&text, "]}");
	struct progress p = start(buf_str(&text).p);
	for (size_t rows = 12; rows < 80; rows++) {
		unsigned lines;
		(void)picture(&p, 80, rows, &lines);
		assert_true(lines < rows);
	}
	progress_release(&p);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_moves_on_by_its_events),
		cmocka_unit_test(an_event_counts_once),
		cmocka_unit_test(a_missing_number_is_an_error),
		cmocka_unit_test(another_attempt_begins_with_nothing),
		cmocka_unit_test(only_the_end_of_a_long_output_is_kept),
		cmocka_unit_test(what_is_no_run_is_refused),
		cmocka_unit_test(the_picture_fits_the_terminal),
		cmocka_unit_test(many_steps_show_those_around_the_current),
		cmocka_unit_test(groups_do_not_count_and_totals_add_up),
		cmocka_unit_test(what_failed_in_a_group_that_recovered_is_done),
		cmocka_unit_test(turns_of_a_loop_stand_in_it_and_give_way),
		cmocka_unit_test(a_run_that_is_reopened_has_to_be_read_again),
		cmocka_unit_test(what_runs_at_once_stays_within_the_rows),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
