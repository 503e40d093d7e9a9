/* Building an answer; see response.h. */
#include "http/response.h"

void
response_init(struct response *response, struct arena *arena)
{
	memset(response, 0, sizeof *response);
	response->arena = arena;
	response->status = 500;
}

void
response_header(struct response *response, const char *name, const char *value)
{
	if (strpbrk(name, "\r\n:") || strpbrk(value, "\r\n") || response->header_count == RESPONSE_HEADERS_MAX)
		return;
	response->headers[response->header_count++] =
		(struct http_pair){str_of(name), str_of(arena_strdup(response->arena, value))};
}

void
response_json(struct response *response, int status, struct str body)
{
	response->status = status;
	response->content_type = "application/json";
	response->body = body;
}

void
response_text(struct response *response, const char *content_type, struct str body)
{
	response_json(response, 200, body);
	response->content_type = content_type;
}

void
response_json_stream(
	struct response *response, size_t bytes, bool (*stream)(void *with, struct str *ret_piece), void *stream_with)
{
	response_json(response, 200, (struct str){"", 0});
	response->stream_bytes = bytes;
	response->stream = stream;
	response->stream_with = stream_with;
}

void
response_empty(struct response *response, int status)
{
	response->status = status;
	response->content_type = NULL;
	response->body = (struct str){"", 0};
}

/* nginx writes the reason phrase itself; these are for people who read the raw bytes. */
static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{303, "See Other"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{409, "Conflict"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{422, "Unprocessable Content"},
		{428, "Precondition Required"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Status";
}

void
response_head(const struct response *response, const char *request_id, struct buf *out)
{
	buf_printf(out, "Status: %d %s\r\n", response->status, reason(response->status));
	if (response->content_type)
		buf_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", response->content_type,
			response->stream ? response->stream_bytes : response->body.n);
	buf_printf(
		out, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: %s\r\n", request_id);
	for (unsigned i = 0; i < response->header_count; i++)
		buf_printf(
			out, "%.*s: %.*s\r\n", STR_ARG(response->headers[i].name), STR_ARG(response->headers[i].value));
	buf_add_z(out, "\r\n");
}
