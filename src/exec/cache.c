/*
 * Outputs that are kept between runs (`cache` of a step): before a step begins, the database is asked whether the same step of the same workflow
 * has given something for the same key. A hit ends the step as if it had run, at no cost and without a limit or a handler being asked: no call is made,
 * no run started, and nothing in a group begins. What a step gives that has run is kept with the flush that ends it. The same step is one whose
 * definition is the same, with all that is in it, prompts and models too.
 *
 * plan() knows nothing of it but the key: it asks for the same beginning again until the answer is here. Under which digest the output will be kept is
 * in the step's row from its beginning to its end, so whoever ends it knows.
 */
#include "exec/executor.h"

#include "flow/frame.h"
#include "store/cache.h"
#include "json/writer.h"

#include <sodium.h>
#include <stdlib.h>

enum cached_state {
	CACHED_WANTED,
	CACHED_ASKED, /* by the batch under way; back to WANTED when that fails */
	CACHED_KNOWN, /* `output`, or there is none: then it waits for the call's */
};

struct cached {
	struct cached *next;
	unsigned step;
	int attempt;
	enum cached_state state;
	struct arena *arena;
	struct str digest;
	struct json *output; /* NULL: none is kept */
	int place;	     /* in the statement of the batch under way */
};

static struct cached **
find(struct held *run, unsigned step)
{
	struct cached **at = &run->cached;
	while (*at && (*at)->step != step)
		at = &(*at)->next;
	return at;
}

static void
let_go(struct held *run, struct cached **at)
{
	struct cached *c = *at;
	run->executor->caches_wanting -= c->state == CACHED_WANTED;
	*at = c->next;
	pool_give(&run->executor->pool, c->arena);
}

void
cache_forget(struct held *run, unsigned step)
{
	struct cached **at = find(run, step);
	if (*at)
		let_go(run, at);
}

void
cache_let_go(struct held *run)
{
	while (run->cached)
		let_go(run, &run->cached);
}

static void
hash_add(crypto_generichash_state *state, struct str part)
{
	uint64_t n = part.n;
	crypto_generichash_update(state, (const unsigned char *)&n, sizeof n);
	if (n > 0)
		crypto_generichash_update(state, (const unsigned char *)part.p, n);
}

/* Of what the step is and all that is in it, which models they ask, and its key: with the secrets in that, for what is kept under one is not to be had under
 * another; nobody who reads the row can try which they were. */
static struct str
digest_of(struct held *run, struct arena *arena, unsigned step, const struct json *key)
{
	struct arena *tick = run->executor->tick;
	unsigned char hash[32], secret[ENV_HASH_KEY_SIZE];
	crypto_generichash_state state;
	char *hex = arena_alloc(arena, 2 * sizeof hash + 1);
	size_t secret_bytes = env_hash_key(run, STR("step_cache"), secret) ? sizeof secret : 0;
	crypto_generichash_init(&state, secret_bytes > 0 ? secret : NULL, secret_bytes, sizeof hash);
	sodium_memzero(secret, sizeof secret);
	hash_add(&state, json_text(tick, plan_def(&run->plan, step)->written));
	for (unsigned i = step; i < frame_end(&run->plan, step); i++) {
		struct str model = plan_model(&run->plan, i);
		hash_add(&state, model); /* of a step that starts a run: its run's, too */
		hash_add(&state, step_model(plan_def(&run->plan, i), model));
	}
	hash_add(&state, json_text(tick, key));
	crypto_generichash_final(&state, hash, sizeof hash);
	sodium_memzero(&state, sizeof state);
	sodium_bin2hex(hex, 2 * sizeof hash + 1, hash, sizeof hash);
	return (struct str){hex, 2 * sizeof hash};
}

static struct cached *
add(struct held *run, unsigned step, int attempt)
{
	struct arena *arena = pool_take(&run->executor->pool);
	struct cached *c = arena_new_of(arena, struct cached);
	c->arena = arena;
	c->step = step;
	c->attempt = attempt;
	c->next = run->cached;
	run->cached = c;
	return c;
}

enum cache_answer
cache_ask(struct held *run, const struct action *action, const struct json **ret_output)
{
	struct executor *ex = run->executor;
	struct cached **at = find(run, action->step), *c = *at;
	if (!action->cache_key)
		return CACHE_NOTHING;
	if (c && c->attempt == action->attempt) {
		*ret_output = c->output;
		return c->state != CACHED_KNOWN ? CACHE_COMES : c->output ? CACHE_HIT : CACHE_NOTHING;
	}
	if (c)
		let_go(run, at);
	c = add(run, action->step, action->attempt);
	env_comes_into(run, ex->tick);
	c->digest = digest_of(run, c->arena, action->step, action->cache_key);
	ex->caches_wanting++;
	return CACHE_COMES;
}

struct str
cache_digest(struct held *run, unsigned step, int attempt)
{
	const struct cached *c = *find(run, step);
	bool wanted = c && c->attempt == attempt && c->state == CACHED_KNOWN && !c->output;
	return wanted ? arena_str(journal_arena(run), c->digest) : (struct str){0};
}

void
cache_loaded(struct held *run, unsigned step, struct str digest)
{
	struct cached *c = add(run, step, run->plan.steps[step].attempt);
	c->digest = arena_str(c->arena, digest);
	c->state = CACHED_KNOWN;
}

void
cache_keep(struct held *run, unsigned step, struct str output)
{
	const struct step_def *def = plan_def(&run->plan, step);
	struct cached *c = *find(run, step);
	if (!c || c->state != CACHED_KNOWN || c->output || output.n == 0 || output.n > OUTPUT_INLINE_MAX)
		return;
	struct change *change = journal_add(run, CHANGE_CACHED);
	change->cached.workflow = run->definition->workflow;
	change->cached.key = def->key;
	change->cached.digest = arena_str(journal_arena(run), c->digest);
	change->cached.output = output;
	change->cached.ttl_seconds = def->cache_ttl;
}

/* ---- the batch ---- */

void
cache_add(struct executor *ex)
{
	struct cache_keys *keys = cache_keys_new(ex->work.arena);
	int place = 0;
	for (struct held *run = ex->first_held; run; run = run->next)
		for (struct cached *c = run->cached; c; c = c->next) {
			if (c->state != CACHED_WANTED)
				continue;
			cache_keys_add(keys, run->workspace, run->id, run->definition->workflow,
				plan_def(&run->plan, c->step)->key, c->digest);
			c->state = CACHED_ASKED;
			c->place = place++;
		}
	ex->caches_wanting = 0;
	ex->work.cache = cache_read_add(ex->work.batch, keys);
}

void
cache_failed(struct executor *ex)
{
	for (struct held *run = ex->work.cache >= 0 ? ex->first_held : NULL; run; run = run->next)
		for (struct cached *c = run->cached; c; c = c->next)
			if (c->state == CACHED_ASKED) {
				c->state = CACHED_WANTED;
				ex->caches_wanting++;
			}
}

static void
take(struct held *run, struct cached *c)
{
	int64_t place;
	struct str text;
	c->state = CACHED_KNOWN;
	for (int i = 0; cache_row(run->executor->work.batch, run->executor->work.cache, i, &place, &text); i++)
		if (place == c->place &&
			!json_read(c->arena, arena_str(c->arena, text), &json_limits_stored, &c->output, NULL))
			c->output = NULL;
	if (!c->output)
		run->plan.steps[c->step].not_kept = c->attempt;
	held_mark_changed(run);
}

void
cache_take(struct executor *ex)
{
	for (struct held *run = ex->first_held; run; run = run->next)
		for (struct cached *c = run->cached; c; c = c->next)
			if (c->state == CACHED_ASKED)
				take(run, c);
	ex->work.cache = -1;
}
