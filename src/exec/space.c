/* Workspaces of which runs are held, and the limits that people have set there. */
#include "exec/executor.h"

static struct space **
bucket(struct executor *ex, struct id workspace)
{
	unsigned hash = (unsigned)workspace.b[14] << 8 | workspace.b[15];
	return &ex->quotas.spaces[hash % QUOTA_BUCKETS];
}

struct space *
space_find(struct executor *ex, struct id workspace)
{
	struct space *s = *bucket(ex, workspace);
	while (s && !id_eq(s->workspace, workspace))
		s = s->next;
	return s;
}

struct db_array *
spaces_held(const struct executor *ex, struct arena *arena)
{
	struct db_array *workspaces = db_array_ids(arena);
	for (unsigned i = 0; i < QUOTA_BUCKETS; i++)
		for (const struct space *s = ex->quotas.spaces[i]; s; s = s->next)
			db_array_id(workspaces, s->workspace);
	return workspaces;
}

/* Limits as JSON: [{"scope", "unit"}, …] or nothing. */
void
space_set(struct space *space, const struct json *limits)
{
	space->limit_count = 0;
	if (!limits || limits->type != JSON_ARRAY || limits->count == 0)
		return;
	arena_reset(space->arena);
	space->limits = arena_array(space->arena, limits->count, sizeof *space->limits);
	json_each (item, limits) {
		struct limit *limit = &space->limits[space->limit_count];
		struct str unit, scope;
		if (!json_get_str(item, "scope", &scope) || !json_get_str(item, "unit", &unit) ||
			!quota_unit_parse(unit, &limit->unit))
			continue;
		limit->scope = arena_str(space->arena, scope);
		space->limit_count++;
	}
}

void
space_use(struct held *run)
{
	struct executor *ex = run->executor;
	struct space *space = space_find(ex, run->workspace);
	if (!space) {
		struct arena *arena = pool_take(&ex->pool);
		space = arena_new_of(arena, struct space);
		space->workspace = run->workspace;
		space->arena = arena_new();
		arena_defer(arena, (void (*)(void *))arena_free, space->arena);
		space->home = arena;
		struct space **at = bucket(ex, run->workspace);
		space->next = *at;
		*at = space;
		ex->quotas.space_count++;
	}
	space->users++;
	run->space = space;
}

void
space_done(struct held *run)
{
	struct executor *ex = run->executor;
	struct space *space = run->space;
	if (!space)
		return;
	run->space = NULL;
	if (--space->users > 0)
		return;
	struct space **at = bucket(ex, space->workspace);
	while (*at != space)
		at = &(*at)->next;
	*at = space->next;
	ex->quotas.space_count--;
	pool_give(&ex->pool, space->home);
}

static bool
after(struct str scope, const char *kind, struct str *ret_rest)
{
	size_t n = strlen(kind);
	if (scope.n < n || memcmp(scope.p, kind, n) != 0)
		return false;
	*ret_rest = (struct str){scope.p + n, scope.n - n};
	return true;
}

bool
space_applies(const struct held *run, const struct limit *limit, const struct step_def *def, const struct str *keys)
{
	struct str rest;
	if (str_is(limit->scope, "workspace"))
		return true;
	if (after(limit->scope, "workflow:", &rest)) {
		char workflow[ID_TEXT_SIZE];
		id_text(run->definition->workflow, workflow);
		/* What a run spends is of the runs it is in as well; its calls are its own. */
		return str_is(rest, workflow) || (limit->unit == QUOTA_MONEY && budget_within(run, rest));
	}
	if (after(limit->scope, "member:", &rest))
		return str_eq(rest, run->created_by);
	if (after(limit->scope, "model:", &rest)) {
		struct str model = step_model(def, plan_model(&run->plan, def->index));
		return model.p && str_eq(rest, model);
	}
	/* The same key and unit that the step limits itself is one limit: the lower of the two counts. */
	bool of_concurrency = keys[0].n > 0 && str_eq(limit->scope, keys[0]);
	bool of_rate = keys[1].n > 0 && str_eq(limit->scope, keys[1]);
	if ((of_concurrency && limit->unit == QUOTA_CONCURRENCY) || (of_rate && limit->unit == QUOTA_RATE))
		return false;
	return of_concurrency || of_rate;
}
