/* Values that are filled into an address, as parts of it. */
#include "flow/address.h"

#include "base/buf.h"
#include "flow/template.h"
#include "json/writer.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ADDRESS_MAX ((size_t)1 << 20)

/* ---- taken apart, when a definition is read ---- */

/* Braces that are meant as braces are no template when this is filled in. */
static void
add_literal(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		text.p[i] == '{' ? buf_add_z(out, "%7B") : buf_add_char(out, text.p[i]);
}

static void
push(struct json *list, struct arena *arena, struct str text)
{
	json_push(list, json_new_str(arena, arena_str(arena, text)));
}

struct json *
address_take_apart(struct arena *arena, struct str text)
{
	struct template_piece *pieces;
	unsigned count;
	struct err err = {0};
	if (!template_split(arena, text, &pieces, &count, &err))
		return json_new_str(arena, text);
	struct json *list = json_new_array(arena);
	struct buf written;
	buf_init(&written, ADDRESS_MAX);
	for (unsigned i = 0; i < count; i++) {
		if (!pieces[i].is_template) {
			add_literal(&written, pieces[i].text);
			continue;
		}
		push(list, arena, buf_str(&written));
		buf_clear(&written);
		push(list, arena, pieces[i].text);
	}
	push(list, arena, buf_str(&written));
	bool alone = list->count == 3 && list->child->text.n == 0 && written.n == 0;
	buf_release(&written);
	return list->count == 1 || alone ? json_new_str(arena, text) : list;
}

/* ---- joined, when it is filled in ---- */

static size_t
host_begin(struct str text)
{
	for (size_t i = 0; i + 3 <= text.n; i++)
		if (memcmp(text.p + i, "://", 3) == 0)
			return i + 3;
		else if (strchr("/?#", text.p[i]))
			break;
	return 0;
}

static size_t
span_until(struct str text, size_t at, const char *ends)
{
	while (at < text.n && !strchr(ends, text.p[at]))
		at++;
	return at;
}

static void
add_value(struct buf *out, struct str value)
{
	struct str so_far = buf_str(out);
	size_t host = host_begin(so_far);
	bool in_host = host > 0 && span_until(so_far, host, "/?#") == so_far.n;
	for (size_t i = 0; i < value.n; i++) {
		unsigned char ch = (unsigned char)value.p[i];
		if (ch < 0x80 && (isalnum(ch) || strchr(in_host ? "-.:[]" : "-._~", ch)) && ch != '\0')
			buf_add_char(out, (char)ch);
		else
			buf_printf(out, "%%%02X", ch);
	}
}

/* "." or "..", also as "%2e". */
static bool
is_dots(struct str part)
{
	unsigned dots = 0;
	for (size_t i = 0; i < part.n; dots++)
		if (part.p[i] == '.')
			i++;
		else if (i + 3 <= part.n && strncasecmp(part.p + i, "%2e", 3) == 0)
			i += 3;
		else
			return false;
	return dots == 1 || dots == 2;
}

bool
address_climbs(struct str text)
{
	size_t at = host_begin(text), end = span_until(text, at, "?#");
	if (at > 0)
		at = span_until(text, at, "/?#");
	struct str path = {text.p, end};
	while (at < end) {
		size_t next = span_until(path, at + (path.p[at] == '/'), "/");
		size_t from = at + (path.p[at] == '/');
		if (is_dots((struct str){path.p + from, next - from}))
			return true;
		at = next;
	}
	return false;
}

static struct str
text_of(struct arena *arena, const struct json *value)
{
	struct json_writer w;
	struct buf out;
	if (value->type == JSON_STRING)
		return value->text;
	buf_init(&out, ADDRESS_MAX);
	json_writer_init(&w, &out, 0);
	json_value(&w, value);
	struct str text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

bool
address_join(struct arena *arena, const struct json *filled, struct json **ret_address, struct err *err)
{
	struct buf out;
	unsigned place = 0;
	buf_init(&out, ADDRESS_MAX);
	json_each (piece, filled) {
		struct str text = text_of(arena, piece);
		if (place++ % 2 == 0 || out.n == 0)
			buf_add_str(&out, text);
		else
			add_value(&out, text);
	}
	struct str address = arena_str(arena, buf_str(&out));
	bool fits = !buf_overflow(&out);
	buf_release(&out);
	if (!fits)
		err_set(err, ERR_INVALID, "The address has more than 1 MB.");
	else if (address_climbs(address))
		err_set(err, ERR_INVALID,
			"A part of the path in the address is `..` or `.`, and would leave the path that is written.");
	else
		*ret_address = json_new_str(arena, address);
	return fits && !err->message[0];
}
