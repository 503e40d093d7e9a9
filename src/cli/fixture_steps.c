/* The steps that tests name: a misspelled one would be answered never, or expected never to run, in silence. */
#include "cli/fixture.h"
#include "flow/hint.h"

struct steps {
	struct arena *arena;
	struct json *paths; /* review/grammar */
	struct json *keys;  /* grammar; of what a step does on its way, too: model, poll, a tool */
};

static bool
listed(const struct json *list, struct str name)
{
	json_each (item, list)
		if (str_eq(item->text, name))
			return true;
	return false;
}

static void
add_tools(struct steps *s, const struct json *tools)
{
	struct str name;
	if (!tools || tools->type != JSON_ARRAY)
		return;
	json_each (tool, tools)
		if (json_get_str(tool, "name", &name) || json_get_str(tool, "key", &name))
			json_push(s->keys, json_new_str(s->arena, name));
}

/* The definition has been checked: it is no deeper than definitions are. */
static void
add_steps(struct steps *s, const struct json *list, const char *above)
{
	json_each (step, list) {
		struct str key;
		if (!json_get_str(step, "key", &key))
			continue;
		const char *path = arena_printf(s->arena, "%s%.*s", above, STR_ARG(key));
		json_push(s->paths, json_new_str(s->arena, str_of(path)));
		json_push(s->keys, json_new_str(s->arena, key));
		if (json_get(step, "agent"))
			json_push(s->keys, json_new_str(s->arena, STR("model")));
		if (json_get(step, "poll"))
			json_push(s->keys, json_new_str(s->arena, STR("poll")));
		add_tools(s, json_get(step, "tools"));
		add_tools(s, json_get(json_get(step, "call"), "tools"));
		if (json_get(step, "steps"))
			add_steps(s, json_get(step, "steps"), arena_printf(s->arena, "%s/", path));
	}
}

/* each[3]/send and each[*]/send → each/send */
static struct str
without_turns(struct arena *arena, struct str name)
{
	char *out = arena_alloc(arena, name.n + 1);
	size_t n = 0;
	bool in = false;
	for (size_t i = 0; i < name.n; i++) {
		in = in || name.p[i] == '[';
		if (!in)
			out[n++] = name.p[i];
		in = in && name.p[i] != ']';
	}
	return (struct str){out, n};
}

/* What a step does on its way, ask[0]/model or look[2]/poll, is named below it. */
static struct str
without_parts(struct str path)
{
	static const char *const parts[] = {"/model", "/tools", "/poll"};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		size_t n = strlen(parts[i]);
		const char *at = memmem(path.p, path.n, parts[i], n);
		if (at && (at + n == path.p + path.n || at[n] == '/'))
			return (struct str){path.p, (size_t)(at - path.p)};
	}
	return path;
}

/* Of a step that was named by its key alone, the path. */
static const char *
meant(const struct steps *s, struct str name)
{
	struct str *paths = arena_array(s->arena, s->paths->count + 1, sizeof *paths);
	size_t count = 0;
	json_each (path, s->paths) {
		const char *slash = memrchr(path->text.p, '/', path->text.n);
		size_t before = slash ? (size_t)(slash + 1 - path->text.p) : 0;
		if (str_eq((struct str){path->text.p + before, path->text.n - before}, name))
			return arena_printf(s->arena, " Name it by its path, `%.*s`.", STR_ARG(path->text));
		paths[count++] = path->text;
	}
	return hint_did_you_mean(s->arena, name, paths, count);
}

static bool
known(const struct steps *s, const char *path, const struct json *named, bool by_key)
{
	struct str name = without_turns(s->arena, named->key);
	if (listed(s->paths, name) || listed(s->paths, without_parts(name)) || (by_key && listed(s->keys, name)))
		return true;
	return fixture_complain(path, named,
		arena_printf(
			s->arena, "There is no step `%.*s`.%s", STR_ARG(hint_clip(named->key, 60)), meant(s, name)));
}

bool
fixture_steps_known(struct arena *arena, const char *path, const struct json *definition, const struct json *tests)
{
	static const char *const by_key[] = {"answers", "approvals", "decisions"};
	struct steps s = {arena, json_new_array(arena), json_new_array(arena)};
	if (json_get(definition, "code"))
		return true; /* its code names steps of its own */
	add_steps(&s, json_get(definition, "steps"), "");
	json_each (test, tests) {
		for (size_t i = 0; i < sizeof by_key / sizeof *by_key; i++)
			json_each (named, json_get(test, by_key[i]))
				if (!known(&s, path, named, true))
					return false;
		json_each (named, json_get(json_get(test, "expect"), "steps"))
			if (!known(&s, path, named, false))
				return false;
	}
	return true;
}
