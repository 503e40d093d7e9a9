/*
 * The kind "http": one request, one answer. What is sent is the step's filled input (method, url, headers, query, body);
 * how the answer is judged stands in the definition (expect, answer, redirects, max_bytes, unframed).
 *
 *	{"status": 200, "headers": {"content-type": "application/json"}, "body": {"id": 7}, "encoding": "json", "url": "https://…"}
 *
 * is the output: "encoding" says what body is, "json", "text", or "base64" of what is neither. Another status than expected is
 * a failure, and so is an answer that may be a part of one.
 */
#include "steps/kinds.h"

#include "flow/hint.h"
#include "steps/http_request.h"
#include "json/writer.h"

#include <stdio.h>
#include <strings.h>

#define ANSWER_NODES_MAX 1000000
#define ANSWER_DEPTH_MAX 100
#define SHOWN_MAX 200 /* bytes of an unexpected answer, in its error */

struct http_step {
	struct call_request request;
};

static void
fail(struct step_attempt *attempt, const char *code, const char *message)
{
	struct step_usage usage = {0};
	step_fail(attempt, code, str_of(message), &usage);
}

/* ---- statuses ---- */

/* 200, or "2xx". */
static bool
status_matches(const struct json *wanted, int status)
{
	int64_t number;
	if (wanted->type == JSON_STRING)
		return wanted->text.n == 3 && wanted->text.p[0] == '0' + status / 100;
	return json_to_int(wanted, &number) && number == status;
}

static bool
expected(const struct step_attempt *attempt, int status)
{
	const struct json *expect = json_get(attempt->def->http, "expect");
	if (!expect)
		return status >= 200 && status <= 299;
	json_each (wanted, expect)
		if (status_matches(wanted, status))
			return true;
	return false;
}

static const char *
code_of_status(int status)
{
	if (status == 429)
		return "rate_limited";
	if (status == 408)
		return "http_timeout";
	return status >= 500 ? "http_server_error" : "http_status";
}

/* The beginning of a text, on one line; "" of what is none. */
static const char *
beginning(struct arena *arena, struct str body)
{
	if (str_utf8_bad(body) < body.n && str_utf8_bad(body) < SHOWN_MAX)
		return "";
	char *shown = arena_strz(arena, hint_clip(body, SHOWN_MAX));
	for (char *p = shown; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	return shown;
}

static void
unexpected(struct step_attempt *attempt, const struct call_answer *answer)
{
	const char *shown = beginning(attempt->arena, answer->body);
	attempt->failure.retry_after_ms = answer->retry_after_ms;
	/* Whoever stands between us and the other side gave up waiting for it. */
	attempt->failure.outcome_unknown = answer->status == 408 || answer->status == 502 || answer->status == 504;
	fail(attempt, code_of_status(answer->status),
		arena_printf(attempt->arena, "The other side answered with status %d%s%s%s", answer->status,
			shown[0] ? ": " : ".", shown, shown[0] && strlen(shown) < answer->body.n ? "…" : ""));
}

/* ---- bodies ---- */

static bool
says_json(const struct call_answer *answer)
{
	for (unsigned i = 0; i < answer->header_count; i++) {
		struct str value = answer->headers[i].value;
		if (!str_is(answer->headers[i].name, "content-type"))
			continue;
		const char *end = memchr(value.p, ';', value.n);
		value.n = end ? (size_t)(end - value.p) : value.n;
		while (value.n > 0 && value.p[value.n - 1] == ' ')
			value.n--;
		return value.n >= 5 && (strncasecmp(value.p + value.n - 5, "/json", 5) == 0 ||
					       strncasecmp(value.p + value.n - 5, "+json", 5) == 0);
	}
	return false;
}

static struct str
base64(struct arena *arena, struct str bytes)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = (bytes.n + 2) / 3 * 4;
	char *text = arena_alloc(arena, n + 1), *to = text;
	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t three = (uint32_t)(unsigned char)bytes.p[i] << 16;
		three |= left > 1 ? (uint32_t)(unsigned char)bytes.p[i + 1] << 8 : 0;
		three |= left > 2 ? (uint32_t)(unsigned char)bytes.p[i + 2] : 0;
		*to++ = letters[three >> 18];
		*to++ = letters[three >> 12 & 63];
		*to++ = left > 1 ? letters[three >> 6 & 63] : '=';
		*to++ = left > 2 ? letters[three & 63] : '=';
	}
	return (struct str){text, n};
}

static struct json *
text_or_bytes(struct arena *arena, struct str body, const char **ret_encoding)
{
	bool text = str_utf8_bad(body) == body.n && (body.n == 0 || !memchr(body.p, '\0', body.n));
	*ret_encoding = text ? "text" : "base64";
	return json_new_str(arena, text ? arena_str(arena, body) : base64(arena, body));
}

/* False: it has failed, and said so. */
static bool
read_body(struct step_attempt *attempt, const struct call_answer *answer, struct json **ret_body,
	const char **ret_encoding)
{
	struct str as = STR("auto");
	struct err err = {0};
	json_get_str(attempt->def->http, "answer", &as);
	bool json = str_is(as, "json") || (str_is(as, "auto") && says_json(answer));
	if (json && answer->body.n == 0 && !str_is(as, "json")) {
		*ret_encoding = "json";
		*ret_body = json_new_null(attempt->arena);
		return true;
	}
	if (!json) {
		*ret_body = text_or_bytes(attempt->arena, answer->body, ret_encoding);
		return true;
	}
	struct json_limits limits = {attempt->def->max_bytes, ANSWER_DEPTH_MAX, ANSWER_NODES_MAX};
	*ret_encoding = "json";
	if (json_read(attempt->arena, arena_str(attempt->arena, answer->body), &limits, ret_body, &err))
		return true;
	attempt->failure.outcome_unknown = !answer->framed;
	fail(attempt, answer->framed ? "http_unexpected_body" : "http_broken_answer",
		arena_printf(attempt->arena,
			"The other side answered with status %d and a body that should be JSON and is not: %s If that "
			"is how it "
			"answers, write `\"answer\": \"text\"` in the step.",
			answer->status, err.message));
	return false;
}

/* What ended where the connection did may have been cut off there; an object or a list of JSON shows its own end. */
static bool
is_whole(const struct step_attempt *attempt, const struct call_answer *answer, const struct json *body,
	const char *encoding)
{
	bool unframed = false;
	json_get_bool(attempt->def->http, "unframed", &unframed);
	return answer->framed || unframed ||
	       (str_is(str_of(encoding), "json") && (body->type == JSON_OBJECT || body->type == JSON_ARRAY));
}

/* ---- the answer ---- */

static struct json *
headers_of(struct arena *arena, const struct call_answer *answer)
{
	struct json *headers = json_new_object(arena);
	for (unsigned i = 0; i < answer->header_count; i++) {
		const struct call_header *h = &answer->headers[i];
		if (str_utf8_bad(h->name) < h->name.n || str_utf8_bad(h->value) < h->value.n ||
			memchr(h->value.p, '\0', h->value.n))
			continue;
		struct json *before = (struct json *)json_get_by(headers, h->name);
		if (before)
			before->text =
				str_of(arena_printf(arena, "%.*s, %.*s", STR_ARG(before->text), STR_ARG(h->value)));
		else
			json_add(headers, arena_str(arena, h->name), json_new_str(arena, arena_str(arena, h->value)));
	}
	return headers;
}

static void
finish(struct step_attempt *attempt, const struct call_answer *answer)
{
	struct step_usage usage = {0};
	struct json *body = NULL, *output = json_new_object(attempt->arena);
	const char *encoding = "";
	if (!read_body(attempt, answer, &body, &encoding))
		return;
	if (!is_whole(attempt, answer, body, encoding)) {
		attempt->failure.outcome_unknown = true;
		fail(attempt, "http_broken_answer",
			"The answer ended where the connection did, without having said how long it would be, so it "
			"may be "
			"a part of one. If the other side always answers so, write `\"unframed\": true` in the step.");
		return;
	}
	if (attempt->kind == &step_kind_agent) { /* who asks an agent wants to know what it says */
		step_finish(attempt, body, &usage);
		return;
	}
	json_add(output, STR("status"), json_new_int(attempt->arena, answer->status));
	json_add(output, STR("headers"), headers_of(attempt->arena, answer));
	json_add(output, STR("body"), body);
	json_add(output, STR("encoding"), json_new_str(attempt->arena, str_of(encoding)));
	json_add(output, STR("url"), json_new_str(attempt->arena, arena_str(attempt->arena, answer->url)));
	step_finish(attempt, output, &usage);
}

static void
answered(struct step_attempt *attempt, const struct call_answer *answer)
{
	static const char *const codes[] = {
		[CALL_ANSWERED] = "",
		[CALL_INVALID] = "http_invalid",
		[CALL_REFUSED] = "http_address_refused",
		[CALL_UNREACHED] = "http_unreachable",
		[CALL_UNTRUSTED] = "http_untrusted",
		[CALL_STALLED] = "http_timeout",
		[CALL_TOO_LARGE] = "http_too_large",
		[CALL_MISLED] = "http_redirect",
		[CALL_BROKEN] = "http_broken_answer",
	};
	attempt->failure.status = answer->status;
	if (answer->outcome == CALL_ANSWERED && expected(attempt, answer->status)) {
		finish(attempt, answer);
	} else if (answer->outcome == CALL_ANSWERED) {
		unexpected(attempt, answer);
	} else {
		attempt->failure.outcome_unknown =
			answer->sent && (answer->outcome == CALL_BROKEN || answer->outcome == CALL_STALLED);
		fail(attempt, codes[answer->outcome], answer->why);
	}
}

static void
start(struct step_attempt *attempt)
{
	struct http_step *state = arena_new_of(attempt->arena, struct http_step);
	struct err err = {0};
	int64_t redirects = HTTP_REDIRECTS;
	attempt->state = state;
	if (!http_request_read(attempt, &state->request, &err)) {
		fail(attempt, "http_invalid", arena_printf(attempt->arena, "Nothing was sent. %s", err.message));
		return;
	}
	json_get_int(attempt->def->http, "redirects", &redirects);
	state->request.redirects_max = (unsigned)redirects;
	state->request.answer_max = attempt->def->max_bytes;
	step_http(attempt, &state->request, answered);
}

/* The call goes with the attempt. */
static void
abort_call(struct step_attempt *attempt, struct step_usage *ret_usage)
{
	(void)attempt;
	*ret_usage = (struct step_usage){0};
}

const struct step_kind step_kind_http = {.name = "http", .start = start, .abort = abort_call};
