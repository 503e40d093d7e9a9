/* Which variables and secrets of the workspace a definition names: env.NAME in templates, in expressions and in the code of functions. */
#include "flow/definition.h"
#include "flow/expression.h"
#include "flow/template.h"

#define ENV_NAME_MAX 63
#define ENV_FIRST 8

bool
definition_env_name_valid(struct str name)
{
	if (name.n == 0 || name.n > ENV_NAME_MAX || (name.p[0] >= '0' && name.p[0] <= '9'))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

struct gather {
	struct arena *arena;
	struct env_use *list;
	unsigned count, room;
};

static void
add_use(struct gather *g, struct str name, bool needed)
{
	for (unsigned i = 0; i < g->count; i++)
		if (str_eq(g->list[i].name, name)) {
			g->list[i].needed |= needed;
			return;
		}
	if (g->count == g->room) {
		unsigned room = g->room ? 2 * g->room : ENV_FIRST;
		struct env_use *list = arena_array(g->arena, room, sizeof *list);
		if (g->count)
			memcpy(list, g->list, g->count * sizeof *list);
		g->list = list;
		g->room = room;
	}
	g->list[g->count++] = (struct env_use){name, needed};
}

/* "env.NAME", and what may follow it. */
static void
add_path(struct gather *g, struct str path, bool needed)
{
	static const struct str root = {"env.", 4};
	if (!str_starts(path, root))
		return;
	struct str name = {path.p + root.n, path.n - root.n};
	const char *dot = memchr(name.p, '.', name.n);
	if (dot)
		name.n = (size_t)(dot - name.p);
	add_use(g, name, needed);
}

static bool
look_at(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err)
{
	struct gather *g = with;
	struct template_ref *refs;
	unsigned count;
	(void)pointer;
	*ret_value = json_new_null(g->arena);
	if (!memmem(text.p, text.n, "env", 3))
		return true;
	if (!template_refs(g->arena, text, &refs, &count, err))
		return false;
	for (unsigned i = 0; i < count; i++)
		add_path(g, refs[i].path, refs[i].needed);
	return true;
}

bool
definition_read_env(struct arena *arena, struct step_def *step, struct err *err)
{
	const struct json *values[] = {step->input, step->value, step->seconds, step->until, step->condition,
		step->items, step->repeat_while, step->cache_key};
	struct gather g = {.arena = arena};
	struct json *unused;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (values[i] && !template_map(arena, values[i], look_at, &g, &unused, err))
			return false;
	struct expression code;
	struct expression_fault fault;
	if (step->code.n > 0 && memmem(step->code.p, step->code.n, "env", 3) &&
		expression_env(arena, step->code, &code, &fault))
		for (unsigned i = 0; i < code.ref_count; i++)
			add_path(&g, code.refs[i].path, !code.refs[i].has_fallback);
	step->env = g.list;
	step->env_count = g.count;
	return true;
}

void
definition_join_env(struct arena *arena, struct definition *definition)
{
	struct gather g = {.arena = arena};
	for (unsigned i = 0; i < definition->step_count; i++)
		for (unsigned j = 0; j < definition->steps[i].env_count; j++)
			add_use(&g, definition->steps[i].env[j].name, false);
	struct str *names = arena_array(arena, g.count + 1, sizeof *names);
	for (unsigned i = 0; i < g.count; i++)
		names[i] = g.list[i].name;
	definition->env = names;
	definition->env_count = g.count;
}
