/* What the templates of a value name: a step, the input, what a loop or a wait gives. */
#include "flow/template.h"

/* ---- steps and the input ---- */

struct search {
	struct arena *arena;
	struct str key;
	bool found;
};

/* "steps.KEY", alone or with more behind it; no key: the input. */
static bool
leads_to(struct str path, struct str key)
{
	if (!key.p)
		return str_is(path, "input") || str_starts(path, STR("input."));
	static const struct str root = {"steps.", 6};
	if (str_is(path, "steps"))
		return true;
	if (!str_starts(path, root))
		return false;
	struct str rest = {path.p + root.n, path.n - root.n};
	return str_starts(rest, key) && (rest.n == key.n || rest.p[key.n] == '.');
}

static bool
search_string(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err)
{
	struct search *search = with;
	struct template_ref *refs;
	unsigned count;
	(void)pointer;
	*ret_value = json_new_null(search->arena);
	if (search->found || !template_refs(search->arena, text, &refs, &count, err))
		return true; /* what cannot be read is for whoever fills it in */
	for (unsigned i = 0; i < count; i++)
		search->found |= leads_to(refs[i].path, search->key);
	return true;
}

bool
template_names_step(struct arena *arena, const struct json *value, struct str key)
{
	struct search search = {.arena = arena, .key = key};
	struct json *unused;
	return template_map(arena, value, search_string, &search, &unused, NULL) && search.found;
}

bool
template_names_input(struct arena *arena, const struct json *value)
{
	return template_names_step(arena, value, (struct str){NULL, 0});
}

/* ---- loops ---- */

/* `loop`, or what is in it; of `previous` as far as it can be told from a path. */
static bool
leads_to_loop(struct str path, bool previous)
{
	if (!str_is(path, "loop") && !str_starts(path, STR("loop.")))
		return false;
	struct str last = path;
	for (const char *dot; (dot = memchr(last.p, '.', last.n));)
		last = (struct str){dot + 1, (size_t)(last.p + last.n - dot - 1)};
	return !previous || str_is(last, "loop") || str_is(last, "parent") || memmem(path.p, path.n, ".previous", 9);
}

struct loop_search {
	struct arena *arena;
	bool previous, found;
	bool poll; /* it is not `loop` that is looked for, but `poll` */
};

static bool
search_loop(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err)
{
	struct loop_search *search = with;
	struct template_ref *refs;
	unsigned count;
	(void)pointer;
	*ret_value = json_new_null(search->arena);
	if (search->found || !template_refs(search->arena, text, &refs, &count, err))
		return true;
	for (unsigned i = 0; i < count; i++)
		search->found |= search->poll ? str_is(refs[i].path, "poll") || str_starts(refs[i].path, STR("poll."))
					      : leads_to_loop(refs[i].path, search->previous);
	return true;
}

bool
template_names_loop(struct arena *arena, const struct json *value, bool previous)
{
	struct loop_search search = {.arena = arena, .previous = previous};
	struct json *unused;
	return template_map(arena, value, search_loop, &search, &unused, NULL) && search.found;
}

bool
template_names_poll(struct arena *arena, const struct json *value)
{
	struct loop_search search = {.arena = arena, .poll = true};
	struct json *unused;
	return template_map(arena, value, search_loop, &search, &unused, NULL) && search.found;
}
