/* Making the state that a workflow publishes; see published.h. */
#include "flow/published.h"

#include "flow/definition.h"
#include "flow/template.h"

struct named {
	struct arena *arena;
	struct str *keys;
	unsigned count;
};

/* steps.KEY… */
static void
note_step(struct named *named, struct str path)
{
	static const struct str root = {"steps.", 6};
	if (path.n <= root.n || memcmp(path.p, root.p, root.n) != 0)
		return;
	struct str key = {path.p + root.n, path.n - root.n};
	const char *dot = memchr(key.p, '.', key.n);
	if (dot)
		key.n = (size_t)(dot - key.p);
	for (unsigned i = 0; i < named->count; i++)
		if (str_eq(named->keys[i], key))
			return;
	if (named->count < DEFINITION_STEPS_MAX)
		named->keys[named->count++] = key;
}

static bool
note_text(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err)
{
	struct named *named = with;
	struct template_ref *refs;
	unsigned count;
	(void)pointer;
	if (!template_refs(named->arena, text, &refs, &count, err))
		return false;
	for (unsigned i = 0; i < count; i++)
		note_step(named, refs[i].path);
	*ret_value = json_new_null(named->arena);
	return true;
}

bool
published_steps(
	struct arena *arena, const struct json *state, struct str **ret_keys, unsigned *ret_count, struct err *err)
{
	struct json *ignored;
	struct named named = {.arena = arena, .keys = arena_array(arena, DEFINITION_STEPS_MAX, sizeof *named.keys)};
	if (!template_map(arena, state, note_text, &named, &ignored, err))
		return false;
	*ret_keys = named.keys;
	*ret_count = named.count;
	return true;
}

struct filling {
	struct arena *arena;
	const struct json *root;
};

static bool
fill_text(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err)
{
	const struct filling *filling = with;
	struct err own = {0};
	(void)pointer;
	(void)err;
	if (!template_fill(filling->arena, text, filling->root, ret_value, &own))
		*ret_value = json_new_null(filling->arena);
	return true;
}

struct json *
published_fill(struct arena *arena, const struct json *state, const struct json *root)
{
	struct json *all = json_new_object(arena);
	struct filling filling = {arena, root};
	json_each (member, state) {
		struct json *value;
		struct err own = {0};
		if (!template_map(arena, member, fill_text, &filling, &value, &own))
			value = json_new_null(arena);
		json_add(all, member->key, value);
	}
	return all;
}
