/* The input of a run; see input.h. */
#include "cli/input.h"

#define INPUT_MAX ((size_t)1 << 20)

/* Replaces a member of the same name. */
static void
put(struct arena *arena, struct json *object, struct str key, const struct json *value)
{
	for (struct json *member = object->child; member; member = member->next) {
		if (!str_eq(member->key, key))
			continue;
		struct json *next = member->next;
		bool last = object->last == member;
		*member = *json_copy(arena, value);
		member->key = key;
		member->next = next;
		if (last)
			object->last = member;
		return;
	}
	json_add(object, key, json_copy(arena, value));
}

static bool
read_json(struct arena *arena, const char *what, struct str text, struct json **ret_doc, struct err *err)
{
	struct err why = {0};
	if (json_read(arena, text, &json_limits_request, ret_doc, &why))
		return true;
	return err_set(
		err, ERR_MALFORMED, "%s is not JSON. Line %u, column %u: %s", what, why.line, why.column, why.message);
}

static bool
put_all(struct arena *arena, struct json *input, const char *what, struct str text, struct err *err)
{
	struct json *doc;
	if (!read_json(arena, what, text, &doc, err))
		return false;
	if (doc->type != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "%s is JSON, but not an object such as {\"text\": \"…\"}.", what);
	json_each (member, doc)
		put(arena, input, member->key, member);
	return true;
}

/* May it be anything, as far as its schema tells? Then it is JSON where it is written as JSON: 5, true, ["a"]. */
static bool
is_anything(const struct json *schema, struct str name)
{
	const struct json *property = json_get_by(json_get(schema, "properties"), name);
	return property && !json_get(property, "type") && !json_get(property, "enum") && !json_get(property, "const");
}

/* "string", or no type: text as it stands. */
static bool
is_text(const struct json *schema, struct str name)
{
	const struct json *property = json_get_by(json_get(schema, "properties"), name),
			  *type = json_get(property, "type");
	if (!type)
		return true;
	if (type->type == JSON_STRING)
		return str_is(type->text, "string");
	json_each (one, type)
		if (one->type == JSON_STRING && str_is(one->text, "string"))
			return true;
	return false;
}

static bool
put_one(struct arena *arena, struct json *input, const char *given, const struct json *schema, struct err *err)
{
	struct str text;
	if (given[0] == '{')
		return put_all(arena, input, "--input", str_of(given), err);
	if (given[0] == '@')
		return cli_read_file(arena, given + 1, INPUT_MAX, &text, err) &&
		       put_all(arena, input, given + 1, text, err);
	const char *equals = strchr(given, '=');
	if (!equals || equals == given)
		return err_set(
			err, ERR_INVALID, "--input \"%s\" is none of NAME=VALUE, NAME=@FILE, {JSON}, @FILE.", given);
	struct str name = {given, (size_t)(equals - given)};
	text = str_of(equals + 1);
	if (text.n > 0 && text.p[0] == '@' && !cli_read_file(arena, equals + 2, INPUT_MAX, &text, err))
		return false;
	struct json *value;
	if (is_anything(schema, name) && json_read(arena, text, &json_limits_request, &value, NULL)) {
		put(arena, input, name, value);
		return true;
	}
	if (is_text(schema, name)) {
		size_t bad = str_utf8_bad(text);
		if (bad < text.n)
			return err_set(err, ERR_MALFORMED, "The value of %.*s is not UTF-8 at byte %zu.", STR_ARG(name),
				bad + 1);
		value = json_new_str(arena, text);
	} else if (!read_json(arena, arena_strz(arena, name), text, &value, err)) {
		struct str type = STR("");
		if (json_get_str(json_get_by(json_get(schema, "properties"), name), "type", &type))
			return err_set(err, ERR_INVALID, "%.*s has to be %.*s, and %.60s is not.", STR_ARG(name),
				STR_ARG(type), equals + 1);
		return false;
	}
	put(arena, input, name, value);
	return true;
}

bool
input_build(struct arena *arena, const struct cli_list *given, const struct json *schema, struct json **ret_input,
	struct err *err)
{
	struct json *input = json_new_object(arena);
	for (int i = 0; i < given->count; i++)
		if (!put_one(arena, input, given->items[i], schema, err))
			return false;
	*ret_input = input;
	return true;
}
