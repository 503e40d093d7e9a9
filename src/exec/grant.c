/* Units drawn from limits: found by their key, idle or in use, given back when nobody needs them. */
#include "exec/executor.h"

#include "base/time.h"

static struct grant **
bucket(struct executor *ex, struct id workspace, struct str scope, enum quota_unit unit)
{
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < sizeof workspace.b; i++)
		hash = (hash ^ workspace.b[i]) * 16777619u;
	for (size_t i = 0; i < scope.n; i++)
		hash = (hash ^ (unsigned char)scope.p[i]) * 16777619u;
	return &ex->quotas.grants[(hash ^ (unsigned)unit) % QUOTA_BUCKETS];
}

struct grant *
grant_use(struct executor *ex, struct id workspace, struct str scope, enum quota_unit unit)
{
	struct grant **at = bucket(ex, workspace, scope, unit), *g = *at;
	while (g && !(g->unit == unit && str_eq(g->scope, scope) && id_eq(g->workspace, workspace)))
		g = g->next;
	if (!g) {
		struct arena *arena = pool_take(&ex->pool);
		g = arena_new_of(arena, struct grant);
		g->arena = arena;
		g->workspace = workspace;
		g->scope = arena_str(arena, scope);
		g->unit = unit;
		g->next = *at;
		*at = g;
	}
	g->refs++;
	return g;
}

/* Those in the list of idle ones are freed when they leave that. */
static void
free_unused(struct executor *ex, struct grant *g)
{
	if (g->refs > 0 || g->used > 0 || g->idle > 0 || g->in_idle)
		return;
	struct grant **at = bucket(ex, g->workspace, g->scope, g->unit);
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	pool_give(&ex->pool, g->arena);
}

void
grant_leave(struct executor *ex, struct grant *g)
{
	g->refs--;
	free_unused(ex, g);
}

void
grant_take(struct grant *g, int64_t units)
{
	g->idle -= units;
	g->used += units;
}

void
grant_idle(struct executor *ex, struct grant *g, int64_t units)
{
	if (g->idle == 0)
		g->idle_us = boot_us();
	g->idle += units;
	if (g->in_idle || (g->idle == 0 && !g->tell))
		return;
	g->in_idle = true;
	g->next_idle = ex->quotas.idle;
	ex->quotas.idle = g;
}

/* Whether something is to be given back now; otherwise when. */
bool
grant_due(struct executor *ex, int64_t now_us, int64_t *ret_wake_us)
{
	struct grant **at = &ex->quotas.idle;
	bool due = false;
	while (*at) {
		struct grant *g = *at;
		if (g->idle == 0 && !g->tell) {
			*at = g->next_idle;
			g->in_idle = false;
			free_unused(ex, g);
			continue;
		}
		int64_t when = g->scarce ? now_us : g->idle_us + QUOTA_IDLE_US;
		due |= when <= now_us;
		if (when < *ret_wake_us)
			*ret_wake_us = when;
		at = &g->next_idle;
	}
	return due;
}

/* With the incarnation: whoever retires it takes all of them back. */
void
grants_forget(struct executor *ex)
{
	while (ex->quotas.taken) {
		struct ticket *t = ex->quotas.taken;
		ex->quotas.taken = t->next;
		ticket_free(ex, t);
	}
	for (unsigned i = 0; i < QUOTA_BUCKETS; i++)
		while (ex->quotas.grants[i]) {
			struct grant *g = ex->quotas.grants[i];
			ex->quotas.grants[i] = g->next;
			pool_give(&ex->pool, g->arena);
		}
	ex->quotas.idle = NULL;
}
