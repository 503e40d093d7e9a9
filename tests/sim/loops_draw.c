/* A definition with loops, and what must come of it by the document alone; see loops.h. */
#include "loops.h"

#include "flow/finding.h"

#include <stdlib.h>

#define PROMPT "0192f0c4-0000-7000-8000-0000000000f0"
#define WORKFLOW "0192f0c4-0000-7000-8000-0000000000f1"

static void
add_text(struct loops *p, struct json *to, const char *key, const char *text)
{
	json_add(to, str_of(key), json_new_str(p->arena, str_of(text)));
}

/* ---- drawing ---- */

static struct json *draw(struct loops *p, unsigned depth, bool in_loop);

static struct json *
draw_list(struct loops *p, unsigned depth, bool in_loop)
{
	struct json *list = json_new_array(p->arena);
	for (unsigned n = 1 + chance_below(&p->chance, 2); n > 0; n--)
		json_push(list, draw(p, depth, in_loop));
	return list;
}

static void
add_input(struct loops *p, struct json *step, bool in_loop)
{
	struct json *input = json_new_object(p->arena);
	add_text(p, input, "v", in_loop ? "{{loop.item}}{{env.WORD}}" : "x{{env.WORD}}");
	json_add(step, STR("input"), input);
}

static void
draw_prompt(struct loops *p, struct json *step, bool in_loop)
{
	struct json *prompt = json_new_object(p->arena), *retry = json_new_object(p->arena),
		    *cache = json_new_object(p->arena);
	struct loop_fate *fate = &p->fates[p->keys - 1];
	add_text(p, step, "kind", "prompt");
	add_text(p, prompt, "id", PROMPT);
	json_add(prompt, STR("version"), json_new_int(p->arena, 1));
	json_add(step, STR("prompt"), prompt);
	add_input(p, step, in_loop);
	fate->attempts = 1 + (int)chance_below(&p->chance, 3);
	/* Few that cannot complete: they end the run. */
	fate->fails = chance_percent(&p->chance, 70) ? 0 : (int)chance_below(&p->chance, (unsigned)fate->attempts);
	if (chance_percent(&p->chance, 4))
		fate->fails = fate->attempts;
	json_add(retry, STR("max_attempts"), json_new_int(p->arena, fate->attempts));
	json_add(retry, STR("delay_ms"), json_new_int(p->arena, 500));
	json_add(step, STR("retry"), retry);
	if (chance_percent(&p->chance, 25)) {
		add_text(p, cache, "key", in_loop ? "{{loop.item}}" : "x");
		json_add(cache, STR("ttl_seconds"), json_new_int(p->arena, 60));
		json_add(step, STR("cache"), cache);
	}
}

static void
draw_workflow(struct loops *p, struct json *step, bool in_loop)
{
	struct json *workflow = json_new_object(p->arena);
	add_text(p, step, "kind", "workflow");
	add_text(p, workflow, "id", WORKFLOW);
	json_add(workflow, STR("version"), json_new_int(p->arena, 1));
	json_add(step, STR("workflow"), workflow);
	add_input(p, step, in_loop);
}

static void
draw_loop(struct loops *p, struct json *step, unsigned depth)
{
	struct json *items = json_new_array(p->arena);
	add_text(p, step, "kind", "loop");
	for (unsigned n = chance_below(&p->chance, 5); n > 0; n--)
		json_push(items, json_new_int(p->arena, n));
	json_add(step, STR("items"), items);
	json_add(step, STR("max_concurrency"), json_new_int(p->arena, 1 + chance_below(&p->chance, 3)));
	if (chance_percent(&p->chance, 40))
		json_add(step, STR("fail_fast"), json_new_bool(p->arena, chance_percent(&p->chance, 50)));
	json_add(step, STR("steps"), draw_list(p, depth + 1, true));
}

static struct json *
draw(struct loops *p, unsigned depth, bool in_loop)
{
	struct json *step = json_new_object(p->arena);
	unsigned sort = chance_below(&p->chance, depth < 3 && p->keys < LOOP_KEYS_MAX / 2 ? 10 : 5);
	add_text(p, step, "key", arena_printf(p->arena, "s%u", p->keys++));
	if (sort == 0) {
		add_text(p, step, "kind", "transform");
		add_text(p, step, "value", in_loop ? "{{loop.item}}.{{loop.index}}" : "x");
	} else if (sort < 3) {
		draw_prompt(p, step, in_loop);
	} else if (sort == 3) {
		add_text(p, step, "kind", "signal");
		add_text(p, step, "signal", "go");
	} else if (sort == 4) {
		draw_workflow(p, step, in_loop);
	} else if (sort < 7) {
		add_text(p, step, "kind", "parallel");
		json_add(step, STR("steps"), draw_list(p, depth + 1, in_loop));
	} else {
		draw_loop(p, step, depth);
	}
	return step;
}

/* ---- what it must give, and how many rows ---- */

static const struct json *expect_list(
	struct loops *p, const struct json *steps, const struct json *item, unsigned index, bool *lost);

static const struct json *
expect_loop(struct loops *p, const struct json *step, bool *lost)
{
	struct json *all = json_new_array(p->arena);
	unsigned n = 0;
	json_each (one, json_get(step, "items")) {
		p->expected_rows++;
		const struct json *gives = expect_list(p, json_get(step, "steps"), one, n++, lost);
		json_push(all, gives ? json_share(p->arena, gives) : json_new_null(p->arena));
	}
	return all;
}

/* NULL: nothing. */
static const struct json *
expect_step(struct loops *p, const struct json *step, const struct json *item, unsigned index, bool *lost)
{
	struct str kind = json_get(step, "kind")->text, said = item ? item->text : STR("x");
	p->expected_rows++;
	if (str_is(kind, "transform"))
		return json_new_str(p->arena,
			item ? str_of(arena_printf(p->arena, "%.*s.%u", STR_ARG(item->text), index)) : STR("x"));
	if (str_is(kind, "signal")) {
		p->signals++;
		return json_new_str(p->arena, STR("go"));
	}
	if (str_is(kind, "prompt")) {
		struct loop_fate fate = p->fates[atoi(json_get(step, "key")->text.p + 1)];
		*lost |= fate.fails >= fate.attempts;
	}
	if (str_is(kind, "prompt") || str_is(kind, "workflow"))
		return json_new_str(p->arena, str_of(arena_printf(p->arena, "%.*sw", STR_ARG(said))));
	if (str_is(kind, "loop"))
		return expect_loop(p, step, lost);
	struct json *all = json_new_object(p->arena);
	json_each (one, json_get(step, "steps"))
		json_add(all, json_get(one, "key")->text, json_share(p->arena, expect_step(p, one, item, index, lost)));
	return all;
}

/* What stands behind a step that is lost is not come to: nothing of it is asked for then. */
static const struct json *
expect_list(struct loops *p, const struct json *steps, const struct json *item, unsigned index, bool *lost)
{
	const struct json *last = NULL;
	bool here = false;
	json_each (step, steps) {
		last = expect_step(p, step, item, index, &here);
		if (here)
			break;
	}
	*lost |= here;
	return last;
}

/* ---- both ---- */

struct loop_fate
loops_fate(const struct loops *p, unsigned step)
{
	return p->fates[atoi(plan_def(&p->run, step)->key.p + 1)];
}

bool
loops_drawn(struct loops *p)
{
	static const struct str variable = {"v", 1};
	const struct prompt_facts prompt = {
		.id = STR(PROMPT), .version = 1, .variables = &variable, .variable_count = 1};
	const struct json any = {.type = JSON_OBJECT};
	const struct workflow_facts workflow = {.id = STR(WORKFLOW), .version = 1, .name = STR("Any"), .input = &any};
	const struct definition_known known = {
		.prompts = &prompt, .prompt_count = 1, .workflows = &workflow, .workflow_count = 1};
	struct json *document = json_new_object(p->arena), *canonical;
	struct findings findings = {.arena = p->arena};
	struct definition *definition;
	struct err err = {0};
	add_text(p, document, "type", "flow");
	json_add(document, STR("steps"), draw_list(p, 0, false));
	if (!definition_examine(document, "", &known, &findings, &canonical)) {
		findings_refuse(&findings, &err);
		return loops_wrong(p, err.issue_count ? err.issues[0].message : err.message, STR("refused"));
	}
	if (!definition_read(p->arena, canonical, &definition, &err))
		return loops_wrong(p, err.message, STR("unreadable"));
	p->definition = definition;
	p->expected = expect_list(p, json_get(document, "steps"), NULL, 0, &p->lost);
	return true;
}
