/* The text of a stream; see frame.h. */
#include "live/frame.h"

#include "json/writer.h"

#include <inttypes.h>

void
frame_event(struct buf *out, int64_t seq, struct str type, struct str data)
{
	buf_printf(out, "id: %" PRId64 "\nevent: %.*s\n", seq, STR_ARG(type));
	/* CR, LF and CRLF all end a line there. None can stand inside a string of JSON, so joining changes nothing. */
	for (;;) {
		size_t n = 0;
		while (n < data.n && data.p[n] != '\n' && data.p[n] != '\r')
			n++;
		buf_add_z(out, "data: ");
		buf_add(out, data.p, n);
		buf_add_char(out, '\n');
		if (n == data.n)
			break;
		size_t end = data.p[n] == '\r' && n + 1 < data.n && data.p[n + 1] == '\n' ? 2 : 1;
		data = (struct str){data.p + n + end, data.n - n - end};
	}
	buf_add_char(out, '\n');
}

void
frame_moved(struct buf *out, struct id run, int64_t last_event)
{
	char id[ID_TEXT_SIZE];
	id_text(run, id);
	buf_printf(out, "event: run\ndata: {\"id\":\"%s\",\"last_event\":%lld}\n\n", id, (long long)last_event);
}

void
frame_problem(struct buf *out, const struct err *err, const char *request_id)
{
	struct json_writer w;
	json_writer_init(&w, out, 0);
	json_object(&w);
	json_key(&w, "type");
	json_strz(&w, "about:blank");
	json_key(&w, "title");
	json_strz(&w, err_title(err->code));
	json_key(&w, "status");
	json_int(&w, err_status(err->code));
	json_key(&w, "code");
	json_strz(&w, err_name(err->code));
	json_key(&w, "detail");
	json_strz(&w, err->message);
	json_key(&w, "request_id");
	json_strz(&w, request_id);
	json_key(&w, "retryable");
	json_bool(&w, err_retryable(err->code));
	if (err->issue_count > 0) {
		json_key(&w, "errors");
		json_array(&w);
		for (unsigned i = 0; i < err->issue_count && i < ERR_ISSUES_MAX; i++) {
			json_object(&w);
			json_key(&w, "path");
			json_strz(&w, err->issues[i].path);
			json_key(&w, "code");
			json_strz(&w, err->issues[i].code);
			json_key(&w, "message");
			json_strz(&w, err->issues[i].message);
			json_end(&w);
		}
		json_end(&w);
	}
	json_end(&w);
}
