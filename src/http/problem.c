/* Problem documents; see problem.h. */
#include "http/problem.h"

#include "json/writer.h"

#include <stdio.h>

/* A reader of JSON or YAML says where in the text; people look for that first. */
static void
write_detail(struct json_writer *w, struct arena *arena, const struct err *err)
{
	json_key(w, "detail");
	if (err->line > 0)
		json_strz(w, arena_printf(arena, "Line %u, column %u: %s", err->line, err->column, err->message));
	else
		json_strz(w, err->message);
}

static void
write_errors(struct json_writer *w, const struct err *err)
{
	json_key(w, "errors");
	json_array(w);
	for (unsigned i = 0; i < err->issue_count; i++) {
		json_object(w);
		json_key(w, "path");
		json_strz(w, err->issues[i].path);
		json_key(w, "code");
		json_strz(w, err->issues[i].code);
		json_key(w, "message");
		json_strz(w, err->issues[i].message);
		if (err->issues[i].line > 0) {
			json_key(w, "line");
			json_int(w, err->issues[i].line);
			json_key(w, "column");
			json_int(w, err->issues[i].column);
		}
		json_end(w);
	}
	json_end(w);
}

void
problem_answer(struct response *response, const struct request *request, const struct err *err)
{
	enum err_code code = err->code == ERR_NONE ? ERR_INTERNAL : err->code;
	struct buf out;
	struct json_writer w;
	buf_init(&out, (size_t)64 << 10);
	json_writer_init(&w, &out, 0);
	json_object(&w);
	json_key(&w, "type");
	json_strz(&w, "about:blank");
	json_key(&w, "title");
	json_strz(&w, err_title(code));
	json_key(&w, "status");
	json_int(&w, err_status(code));
	json_key(&w, "code");
	json_strz(&w, err_name(code));
	write_detail(&w, response->arena, err);
	json_key(&w, "request_id");
	json_strz(&w, request->id);
	json_key(&w, "retryable");
	json_bool(&w, err_retryable(code));
	if (err->issue_count > 0)
		write_errors(&w, err);
	json_end(&w);
	response->status = err_status(code);
	response->content_type = "application/problem+json";
	response->body = arena_str(response->arena, buf_str(&out));
	buf_release(&out);
	if (err_retryable(code) || err->retry_after_seconds > 0) {
		char seconds[16];
		snprintf(seconds, sizeof seconds, "%d", err->retry_after_seconds > 0 ? err->retry_after_seconds : 1);
		response_header(response, "Retry-After", seconds);
	}
}
