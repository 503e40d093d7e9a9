/* Log lines are whole JSON objects whatever is in the fields. */
#include "base/log.h"

#include "json/json.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "stepmill-log-XXXXXX";
static int saved = -1;

static void
capture(void)
{
	saved = dup(2);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
	dup2(fd, 2);
	close(fd);
}

static struct str
captured(struct arena *arena)
{
	dup2(saved, 2);
	close(saved);
	char *text = arena_alloc(arena, 100000);
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, 99999);
	close(fd);
	return (struct str){text, n > 0 ? (size_t)n : 0};
}

static void
a_line_is_an_object_with_its_fields(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct json *line;
	struct str text;
	int64_t number;
	log_open("test", LOG_INFO);
	capture();
	log_info("request", LOG_STR("route", "a\"\\\n\x01"), LOG_INT("us", -5), LOG_STR("none", (const char *)NULL));
	struct str out = captured(arena);
	assert_int_equal(out.p[out.n - 1], '\n');
	assert_true(json_read(arena, out, &json_limits_request, &line, NULL));
	assert_true(json_get_str(line, "what", &text) && str_is(text, "request"));
	assert_true(json_get_str(line, "level", &text) && str_is(text, "info"));
	assert_true(json_get_str(line, "program", &text) && str_is(text, "test"));
	assert_true(json_get_str(line, "route", &text) && str_is(text, "a\"\\\n\x01"));
	assert_true(json_get_str(line, "none", &text) && text.n == 0);
	assert_true(json_get_int(line, "us", &number) && number == -5);
	arena_free(arena);
}

/* Control characters hide past ASCII as well, in UTF-8 (U+009B) and as bare bytes. */
static void
a_line_is_ascii(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct json *line;
	struct str text;
	log_open("test", LOG_INFO);
	capture();
	log_info("names", LOG_STR("a", "é\xc2\x9b…😀"), LOG_STR("b", "\x9b[2J\xc3"));
	struct str out = captured(arena);
	for (size_t i = 0; i + 1 < out.n; i++)
		assert_true(out.p[i] >= ' ' && out.p[i] < 0x7f);
	assert_true(json_read(arena, out, &json_limits_request, &line, NULL));
	assert_true(json_get_str(line, "a", &text) && str_is(text, "é\xc2\x9b…😀"));
	assert_true(json_get_str(line, "b", &text) && str_is(text, "\xef\xbf\xbd[2J\xef\xbf\xbd"));
	arena_free(arena);
}

static void
what_is_below_the_level_is_not_written(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	log_open("test", LOG_WARN);
	capture();
	log_debug("a");
	log_info("b", LOG_INT("n", 1));
	log_error("c");
	struct str out = captured(arena);
	assert_non_null(strstr(out.p, "\"c\""));
	assert_null(strstr(out.p, "\"b\""));
	arena_free(arena);
}

static void
a_long_line_is_cut_and_still_an_object(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct json *line;
	bool cut = false;
	char *text = arena_alloc(arena, 5001);
	memset(text, '\n', 5000);
	log_open("test", LOG_INFO);
	capture();
	log_info("long", LOG_STR("a", text), LOG_STR("b", text), LOG_STR("c", text), LOG_STR("d", text),
		LOG_STR("e", text));
	struct str out = captured(arena);
	assert_true(out.n <= 8192);
	assert_true(json_read(arena, out, &json_limits_request, &line, NULL));
	assert_true(json_get_bool(line, "cut", &cut) && cut);
	arena_free(arena);
}

static void
every_line_of_a_request_carries_its_id(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct json *line;
	struct str text;
	log_open("test", LOG_INFO);
	capture();
	char id[] = "request-1";
	log_request(id);
	id[0] = 'x';
	log_info("one");
	log_request(NULL);
	log_info("two");
	struct str out = captured(arena);
	const char *end = memchr(out.p, '\n', out.n);
	assert_non_null(end);
	size_t n = (size_t)(end - out.p) + 1;
	assert_true(json_read(arena, (struct str){out.p, n}, &json_limits_request, &line, NULL));
	assert_true(json_get_str(line, "request_id", &text) && str_is(text, "request-1"));
	assert_true(json_read(arena, (struct str){out.p + n, out.n - n}, &json_limits_request, &line, NULL));
	assert_null(json_get(line, "request_id"));
	arena_free(arena);
}

int
main(void)
{
	int fd = mkstemp(path);
	if (fd < 0)
		return 99;
	close(fd);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_of_a_request_carries_its_id),
		cmocka_unit_test(a_line_is_an_object_with_its_fields),
		cmocka_unit_test(a_line_is_ascii),
		cmocka_unit_test(what_is_below_the_level_is_not_written),
		cmocka_unit_test(a_long_line_is_cut_and_still_an_object),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
