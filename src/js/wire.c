/* Frames: see wire.h. */
#include "js/wire.h"

#define GREETING UINT64_C(0x7374657070000000) /* with the version in its lowest byte */

/* ---- writing ---- */

static void
put(struct buf *out, uint64_t value, unsigned bytes)
{
	unsigned char raw[8];
	for (unsigned i = 0; i < bytes; i++)
		raw[i] = (unsigned char)(value >> (8 * i));
	buf_add(out, raw, bytes);
}

static void
put_text(struct buf *out, struct str text)
{
	put(out, text.n, 4);
	buf_add_str(out, text);
}

/* Room for the length, which is known at the end. */
static size_t
begin(struct buf *out)
{
	size_t at = out->n;
	put(out, 0, 4);
	return at;
}

static bool
end(struct buf *out, size_t at)
{
	if (buf_overflow(out) || out->n - at - 4 > JS_FRAME_MAX)
		return false;
	size_t n = out->n - at - 4;
	for (unsigned i = 0; i < 4; i++)
		out->p[at + i] = (char)(n >> (8 * i));
	return true;
}

bool
wire_add_greeting(struct buf *out)
{
	size_t at = begin(out);
	put(out, GREETING | JS_VERSION, 8);
	return end(out, at);
}

bool
wire_add_request(struct buf *out, const struct js_request *request)
{
	size_t at = begin(out);
	put(out, request->kind, 4);
	put(out, request->cpu_ms, 4);
	put(out, (uint64_t)request->now_ms, 8);
	put(out, request->seed, 8);
	put_text(out, request->scope);
	put(out, request->count, 4);
	for (unsigned i = 0; i < request->count; i++)
		put_text(out, request->sources[i]);
	return end(out, at);
}

bool
wire_add_answer(struct buf *out, const struct js_answer *answer)
{
	size_t at = begin(out);
	put(out, answer->count, 4);
	for (unsigned i = 0; i < answer->count; i++) {
		put(out, answer->results[i].status, 4);
		put(out, answer->results[i].line, 4);
		put(out, answer->results[i].column, 4);
		put_text(out, answer->results[i].text);
	}
	put_text(out, answer->log);
	put(out, answer->last, 4);
	return end(out, at);
}

/* ---- reading ---- */

struct reader {
	struct str rest;
	bool bad;
};

static uint64_t
take(struct reader *r, unsigned bytes)
{
	uint64_t value = 0;
	if (r->rest.n < bytes) {
		r->bad = true;
		return 0;
	}
	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)(unsigned char)r->rest.p[i] << (8 * i);
	r->rest = (struct str){r->rest.p + bytes, r->rest.n - bytes};
	return value;
}

static struct str
take_text(struct reader *r)
{
	size_t n = (size_t)take(r, 4);
	if (r->bad || n > r->rest.n) {
		r->bad = true;
		return (struct str){"", 0};
	}
	struct str text = {r->rest.p, n};
	r->rest = (struct str){r->rest.p + n, r->rest.n - n};
	return text;
}

int
wire_frame(struct str come, struct str *ret_frame, size_t *ret_used)
{
	struct reader r = {.rest = come};
	if (come.n < 4)
		return 0;
	size_t n = (size_t)take(&r, 4);
	if (n > JS_FRAME_MAX)
		return -1;
	if (r.rest.n < n)
		return 0;
	*ret_frame = (struct str){r.rest.p, n};
	*ret_used = n + 4;
	return 1;
}

bool
wire_read_greeting(struct str frame)
{
	struct reader r = {.rest = frame};
	return take(&r, 8) == (GREETING | JS_VERSION) && !r.bad && r.rest.n == 0;
}

bool
wire_read_request(struct arena *arena, struct str frame, struct js_request *ret_request)
{
	struct reader r = {.rest = frame};
	struct js_request request = {0};
	uint64_t kind = take(&r, 4);
	request.cpu_ms = (uint32_t)take(&r, 4);
	request.now_ms = (int64_t)take(&r, 8);
	request.seed = take(&r, 8);
	request.scope = take_text(&r);
	uint64_t count = take(&r, 4);
	if (r.bad || kind >= JS_KINDS || count > JS_SOURCES_MAX)
		return false;
	request.kind = (enum js_kind)kind;
	struct str *sources = arena_array(arena, (size_t)count + 1, sizeof *sources);
	for (; request.count < count; request.count++)
		sources[request.count] = take_text(&r);
	request.sources = sources;
	*ret_request = request;
	return !r.bad && r.rest.n == 0;
}

bool
wire_read_answer(struct arena *arena, struct str frame, struct js_answer *ret_answer)
{
	struct reader r = {.rest = frame};
	struct js_answer answer = {0};
	uint64_t count = take(&r, 4);
	if (r.bad || count > JS_SOURCES_MAX)
		return false;
	struct js_result *results = arena_array(arena, (size_t)count + 1, sizeof *results);
	for (; answer.count < count; answer.count++) {
		struct js_result *result = &results[answer.count];
		uint64_t status = take(&r, 4);
		result->line = (uint32_t)take(&r, 4);
		result->column = (uint32_t)take(&r, 4);
		result->text = take_text(&r);
		if (r.bad || status >= JS_STATUSES)
			return false;
		result->status = (enum js_status)status;
	}
	answer.results = results;
	answer.log = take_text(&r);
	answer.last = take(&r, 4) != 0;
	*ret_answer = answer;
	return !r.bad && r.rest.n == 0;
}
