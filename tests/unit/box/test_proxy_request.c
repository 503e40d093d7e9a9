/* What a proxy is asked, and what it asks in turn. */
#include "../support.h"

#include "box/proxy.h"

static bool
ask(const char *head, struct proxy_request *ret_request, struct proxy_wrong *ret_wrong)
{
	*ret_wrong = (struct proxy_wrong){0};
	return proxy_request_read(arena, str_of(head), ret_request, ret_wrong);
}

static void
a_tunnel_is_a_host_and_a_port(void **state)
{
	(void)state;
	struct proxy_request request;
	struct proxy_wrong wrong;
	assert_true(ask("CONNECT example.org:443 HTTP/1.1\r\nHost: other\r\nProxy-Connection: keep-alive\r\n\r\n",
		&request, &wrong));
	assert_true(request.tunnel);
	assert_string_equal(request.host, "example.org");
	assert_int_equal(request.port, 443);
	assert_int_equal(request.body, -1);
	assert_int_equal(request.head.n, 0);
	assert_true(ask("CONNECT [2001:DB8::1]:8443 HTTP/1.0\r\n\r\n", &request, &wrong));
	assert_string_equal(request.host, "2001:DB8::1");
	assert_int_equal(request.port, 8443);
}

static void
a_request_is_asked_again_of_its_server(void **state)
{
	(void)state;
	struct proxy_request request;
	struct proxy_wrong wrong;
	assert_true(ask("POST http://example.org:8080/a/b?c=d HTTP/1.1\r\nHost: inner\r\nConnection: Close , "
			"X-One\r\nX-One: 1\r\n"
			"X-Two:  2 \r\nProxy-Authorization: Basic eDp5\r\nKeep-Alive: 1\r\nUpgrade: h2c\r\nTE: "
			"trailers\r\nContent-Length: 12\r\n\r\n",
		&request, &wrong));
	assert_false(request.tunnel);
	assert_string_equal(request.host, "example.org");
	assert_int_equal(request.port, 8080);
	assert_int_equal(request.body, 12);
	assert_string_equal(request.head.p, "POST /a/b?c=d HTTP/1.1\r\nHost: example.org:8080\r\nX-Two: "
					    "2\r\nContent-Length: 12\r\nConnection: close\r\n\r\n");
	assert_true(ask("GET HTTP://Example.org?x HTTP/1.0\r\n\r\n", &request, &wrong));
	assert_string_equal(request.head.p, "GET /?x HTTP/1.0\r\nHost: Example.org\r\nConnection: close\r\n\r\n");
	assert_int_equal(request.port, 80);
	assert_int_equal(request.body, 0);
	assert_true(ask("PUT http://a/ HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n", &request, &wrong));
	assert_int_equal(request.body, -1);
}

static void
what_is_none_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *head;
		int status;
	} cases[] = {
		{"\r\n\r\n", 400},
		{"GET\r\n\r\n", 400},
		{"GET http://a/\r\n\r\n", 400},
		{"GET  http://a/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1 \r\n\r\n", 400},
		{"GET http://a/ HTTP/3\r\n\r\n", 400},
		{"G(T http://a/ HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"GET https://a/ HTTP/1.1\r\n\r\n", 501},
		{"GET file:///etc/passwd HTTP/1.1\r\n\r\n", 501},
		{"GET http:// HTTP/1.1\r\n\r\n", 400},
		{"GET http:///x HTTP/1.1\r\n\r\n", 400},
		{"GET http://:80/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://a:/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://a:0/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://a:65536/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://a:1:2/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://u:p@a/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://a%2eb/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://a\x01/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://a/#b HTTP/1.1\r\n\r\n", 400},
		{"GET http://[::1/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://[fe80::1%25lo]/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://[a.b]x/ HTTP/1.1\r\n\r\n", 400},
		{"CONNECT a HTTP/1.1\r\n\r\n", 400},
		{"CONNECT a:b HTTP/1.1\r\n\r\n", 400},
		{"CONNECT a:+1 HTTP/1.1\r\n\r\n", 400},
		{"CONNECT http://a:443 HTTP/1.1\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nno colon\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nA : b\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\n: b\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nA: b\nC: d\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nA: b\rC: d\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 400},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct proxy_request request;
		struct proxy_wrong wrong;
		if (ask(cases[i].head, &request, &wrong) || wrong.status != cases[i].status || !wrong.why)
			fail_msg("%d: %s", wrong.status, cases[i].head);
	}
	struct proxy_request request;
	struct proxy_wrong wrong;
	assert_false(proxy_request_read(arena, STR("GET http://a/ HTTP/1.1\r\nA: \0\r\n\r\n"), &request, &wrong));
	char *host = arena_alloc(arena, 400);
	memset(host, 'a', 254);
	assert_false(ask(arena_printf(arena, "CONNECT %s:1 HTTP/1.1\r\n\r\n", host), &request, &wrong));
	host[253] = '\0';
	assert_true(ask(arena_printf(arena, "CONNECT %s:1 HTTP/1.1\r\n\r\n", host), &request, &wrong));
}

static void
a_head_ends_with_an_empty_line(void **state)
{
	(void)state;
	struct str text = STR("CONNECT a:1 HTTP/1.1\r\nA: b\r\n\r\nmore");
	for (size_t n = 0; n + 4 < text.n; n++)
		assert_int_equal(proxy_head_size((struct str){text.p, n}), 0);
	assert_int_equal(proxy_head_size(text), text.n - 4);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_tunnel_is_a_host_and_a_port),
		TEST(a_request_is_asked_again_of_its_server),
		TEST(what_is_none_is_refused),
		TEST(a_head_ends_with_an_empty_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
