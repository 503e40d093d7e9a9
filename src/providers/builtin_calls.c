/* The built-in model asks for tools: as its prompt or its options say, turn by turn. How many turns there were, what was said tells. */
#include "providers/builtin_calls.h"

#include "base/buf.h"
#include "providers/builtin_text.h"
#include "json/writer.h"

#define TEXT_MAX ((size_t)64 << 20)

static unsigned
turns_so_far(const struct model_request *request)
{
	unsigned turns = 0;
	struct str role;
	json_each (message, request->messages)
		turns += json_get_str(message, "role", &role) && str_is(role, "assistant");
	return turns;
}

static bool
misread(struct err *err, struct str line)
{
	return err_set(err, ERR_INVALID,
		"The built-in model does not understand `%.*s`. It takes the name of a tool and a JSON object, such as "
		"[[call weather {\"city\": \"Bern\"}]].",
		STR_ARG(text_clip(line, 80)));
}

/* {"id": "2-1", "name": …, "input": …} */
static void
add_call(struct arena *arena, struct json *calls, unsigned turn, struct str name, const struct json *input)
{
	struct json *call = json_new_object(arena);
	json_add(
		call, STR("id"), json_new_str(arena, str_of(arena_printf(arena, "%u-%u", turn + 1, calls->count + 1))));
	json_add(call, STR("name"), json_new_str(arena, name));
	json_add(call, STR("input"), json_copy(arena, input));
	json_push(calls, call);
}

/* "[[call NAME JSON]]" on a line of its own. */
static bool
is_order(struct str line)
{
	static const struct str begins = {"[[call ", 7};
	return str_starts(line, begins) && line.n > begins.n + 2 && memcmp(line.p + line.n - 2, "]]", 2) == 0;
}

static bool
read_order(struct arena *arena, struct str line, unsigned turn, struct json *calls, struct err *err)
{
	struct str rest = text_trim((struct str){line.p + 7, line.n - 9}), name = rest;
	struct json *input = json_new_object(arena);
	name.n = 0;
	while (name.n < rest.n && rest.p[name.n] != ' ' && rest.p[name.n] != '\t')
		name.n++;
	rest = text_trim((struct str){rest.p + name.n, rest.n - name.n});
	if (name.n == 0 || (rest.n > 0 && !json_read(arena, rest, &json_limits_request, &input, NULL)))
		return misread(err, line);
	add_call(arena, calls, turn, name, input);
	return true;
}

/* Takes the orders out of the prompt; those of this turn become calls. */
static bool
read_prompt(
	struct arena *arena, struct str prompt, unsigned turn, struct buf *rest, struct json *calls, struct err *err)
{
	unsigned groups = 0;
	bool inside = false;
	for (size_t from = 0; from < prompt.n;) {
		const char *newline = memchr(prompt.p + from, '\n', prompt.n - from);
		size_t to = newline ? (size_t)(newline - prompt.p) + 1 : prompt.n;
		struct str line = text_trim((struct str){prompt.p + from, to - from});
		bool order = is_order(line);
		groups += order && !inside;
		if (order && groups == turn + 1 && !read_order(arena, line, turn, calls, err))
			return false;
		if (!order)
			buf_add_str(rest, (struct str){prompt.p + from, to - from});
		inside = order;
		from = to;
	}
	return true;
}

static bool
read_option(struct arena *arena, const struct json *turns, unsigned turn, struct json *calls, struct err *err)
{
	const struct json *mine = turns->type == JSON_ARRAY && turn < turns->count ? json_at(turns, turn) : NULL;
	if (turns->type != JSON_ARRAY || (mine && mine->type != JSON_ARRAY))
		return err_set(err, ERR_INVALID,
			"The built-in model does not understand `calls`. It takes a list of turns, and each is a list "
			"of "
			"{\"name\": …, \"input\": …}.");
	json_each (call, mine) {
		struct str name;
		const struct json *input = call->type == JSON_OBJECT ? json_get(call, "input") : NULL;
		if (call->type != JSON_OBJECT || !json_get_str(call, "name", &name))
			return err_set(err, ERR_INVALID, "A call of a tool has a name: {\"name\": …, \"input\": …}.");
		add_call(arena, calls, turn, name, input ? input : json_new_object(arena));
	}
	return true;
}

static void
release(void *text)
{
	buf_release(text);
}

static struct buf *
new_text(struct arena *arena)
{
	struct buf *text = arena_new_of(arena, struct buf);
	buf_init(text, TEXT_MAX);
	arena_defer(arena, release, text);
	return text;
}

struct str
builtin_with_results(struct arena *arena, const struct model_request *request, struct str prompt)
{
	struct str role;
	if (!request->messages)
		return prompt;
	struct buf *text = new_text(arena);
	buf_add_str(text, prompt);
	json_each (message, request->messages) {
		const struct json *output = json_get(message, "output"), *error = json_get(message, "error");
		struct str said = STR("");
		if (!json_get_str(message, "role", &role) || !str_is(role, "tool"))
			continue;
		if (error && error->type == JSON_OBJECT)
			json_get_str(error, "message", &said);
		else if (output)
			said = output->type == JSON_STRING ? output->text : json_text(arena, output);
		buf_add_str(text, STR("\n\n"));
		buf_add_str(text, said);
	}
	return buf_overflow(text) ? prompt : buf_str(text);
}

bool
builtin_calls(struct arena *arena, const struct model_request *request, struct str *ret_prompt,
	const struct json **ret_calls, struct err *err)
{
	const struct json *option = request->options ? json_get(request->options, "calls") : NULL;
	struct json *calls = json_new_array(arena);
	unsigned turn = turns_so_far(request);
	*ret_prompt = request->prompt;
	*ret_calls = NULL;
	if (request->tool_count == 0)
		return true;
	struct buf *text = new_text(arena);
	if (!read_prompt(arena, request->prompt, turn, text, calls, err) ||
		(option && !read_option(arena, option, turn, calls, err)))
		return false;
	*ret_prompt = buf_str(text);
	if (calls->count > 0)
		*ret_calls = calls;
	return true;
}
