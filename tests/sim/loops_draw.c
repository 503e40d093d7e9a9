/* A definition with loops, agents, scripts and handlers; see loops.h. What must come of it: loops_expect.c. */
#include "loops.h"

#include "flow/finding.h"
#include "json/writer.h"

#include <stdlib.h>

#define PROMPT "0192f0c4-0000-7000-8000-0000000000f0"
#define WORKFLOW "0192f0c4-0000-7000-8000-0000000000f1"
#define AGENT "0192f0c4-0000-7000-8000-0000000000f2"
#define LIST_LENGTH 6 /* of the run's input */

/* What a step is in, and may name. */
enum around { AROUND_NOTHING, AROUND_ITEM, AROUND_INDEX };
static const char *const named[] = {"x", "{{loop.item}}", "{{loop.index}}"};

static void
add_text(struct loops *p, struct json *to, const char *key, const char *text)
{
	json_add(to, str_of(key), json_new_str(p->arena, str_of(text)));
}

static void
add_int(struct loops *p, struct json *to, const char *key, int64_t value)
{
	json_add(to, str_of(key), json_new_int(p->arena, value));
}

static void
add_code(struct loops *p, struct json *to, const char *key, const char *code)
{
	struct json *handler = json_new_object(p->arena);
	add_text(p, handler, "code", code);
	json_add(to, str_of(key), handler);
}

static void
add_reference(struct loops *p, struct json *to, const char *key, const char *id)
{
	struct json *reference = json_new_object(p->arena);
	add_text(p, reference, "id", id);
	add_int(p, reference, "version", 1);
	json_add(to, str_of(key), reference);
}

/* ---- steps ---- */

static struct json *draw(struct loops *p, unsigned depth, enum around around);

static struct json *
begin_step(struct loops *p, const char *kind)
{
	struct json *step = json_new_object(p->arena);
	p->written[p->keys] = step;
	add_text(p, step, "key", arena_printf(p->arena, "s%u", p->keys++));
	if (kind)
		add_text(p, step, "kind", kind);
	return step;
}

static struct json *
draw_list(struct loops *p, unsigned depth, enum around around)
{
	struct json *list = json_new_array(p->arena);
	for (unsigned n = 1 + chance_below(&p->chance, 2); n > 0; n--)
		json_push(list, draw(p, depth, around));
	return list;
}

/* One after the other: the last may give again what the one before it gave, wherever that is. */
static struct json *
draw_row(struct loops *p, unsigned depth, enum around around)
{
	struct json *list = draw_list(p, depth, around);
	const struct json *last = json_at(list, list->count - 1);
	if (chance_percent(&p->chance, 25)) {
		struct json *echo = begin_step(p, "transform");
		add_text(p, echo, "value",
			arena_printf(p->arena, "{{steps.%.*s.output}}", STR_ARG(json_get(last, "key")->text)));
		json_push(list, echo);
	}
	return list;
}

static void
add_input(struct loops *p, struct json *step, const char *name, enum around around)
{
	struct json *input = json_new_object(p->arena);
	add_text(p, input, name, arena_printf(p->arena, "%s{{env.WORD}}{{input.word}}", named[around]));
	json_add(step, STR("input"), input);
}

/* Few that cannot complete: they end the run. */
static void
draw_fate(struct loops *p, struct json *step)
{
	struct json *retry = json_new_object(p->arena);
	struct loop_fate *fate = &p->fates[p->keys - 1];
	fate->attempts = 1 + (int)chance_below(&p->chance, 3);
	fate->fails = chance_percent(&p->chance, 70) ? 0 : (int)chance_below(&p->chance, (unsigned)fate->attempts);
	if (chance_percent(&p->chance, 4))
		fate->fails = fate->attempts;
	add_int(p, retry, "max_attempts", fate->attempts);
	add_int(p, retry, "delay_ms", 500);
	json_add(step, STR("retry"), retry);
}

static void
draw_handler(struct loops *p, struct json *step)
{
	struct loop_fate *fate = &p->fates[p->keys - 1];
	fate->recovers = chance_percent(&p->chance, 15);
	if (!fate->recovers)
		return;
	add_code(p, step, "on_error", "return 'recovered'");
	if (chance_percent(&p->chance, 50))
		fate->fails = fate->attempts;
}

/* Not of what somebody is waited for in: that is refused. */
static void
draw_cache(struct loops *p, struct json *step, enum around around)
{
	struct json *cache = json_new_object(p->arena);
	struct str text = json_text(p->arena, step);
	if (!chance_percent(&p->chance, 25) || memmem(text.p, text.n, "\"signal\"", 8))
		return;
	add_text(p, cache, "key", named[around]);
	add_int(p, cache, "ttl_seconds", 60);
	json_add(step, STR("cache"), cache);
}

/* Of a step that makes no call: of one in which nobody is waited for, as nobody knows who came first when it recovers. */
static void
draw_handlers(struct loops *p, struct json *step)
{
	struct loop_fate *fate = &p->fates[loops_number(json_get(step, "key")->text)];
	struct str text = json_text(p->arena, step);
	if (!chance_percent(&p->chance, 25) || memmem(text.p, text.n, "\"signal\"", 8))
		return;
	unsigned does = chance_below(&p->chance, 20);
	fate->on_start = does < 4 ? HANDLER_QUIET : does == 4 ? HANDLER_THROWS : HANDLER_NONE;
	does = chance_below(&p->chance, 20);
	fate->on_complete = does < 4	? HANDLER_QUIET
			    : does < 9	? HANDLER_RETURNS
			    : does == 9 ? HANDLER_THROWS
					: HANDLER_NONE;
	does = chance_below(&p->chance, 20);
	fate->on_error = does < 3 ? HANDLER_QUIET : does < 12 ? HANDLER_RETURNS : HANDLER_NONE;
	if (fate->on_start != HANDLER_NONE)
		add_code(p, step, "on_start", "return 1");
	if (fate->on_complete != HANDLER_NONE)
		add_code(p, step, "on_complete", "return 'h'");
	if (fate->on_error != HANDLER_NONE)
		add_code(p, step, "on_error", "return 'r'");
}

static void
draw_prompt(struct loops *p, struct json *step, enum around around)
{
	add_text(p, step, "kind", "prompt");
	add_reference(p, step, "prompt", PROMPT);
	add_input(p, step, "v", around);
	draw_fate(p, step);
	draw_handler(p, step);
	draw_cache(p, step, around);
}

static void
draw_script(struct loops *p, struct json *step, enum around around)
{
	add_text(p, step, "kind", "script");
	add_text(p, step, "command", "cat");
	add_input(p, step, "v", around);
	draw_fate(p, step);
	draw_handler(p, step);
}

static void
draw_workflow(struct loops *p, struct json *step, enum around around)
{
	add_text(p, step, "kind", "workflow");
	add_reference(p, step, "workflow", WORKFLOW);
	add_input(p, step, "v", around);
}

/* Mostly with as many turns as it needs, and sometimes with just these. */
static void
draw_agent(struct loops *p, struct json *step, enum around around)
{
	struct loop_fate *fate = &p->fates[p->keys - 1];
	add_text(p, step, "kind", "agent");
	add_text(p, step, "agent", "Worker");
	add_input(p, step, "prompt", around);
	draw_fate(p, step);
	fate->turns = chance_below(&p->chance, 4);
	fate->max_turns = fate->turns + 1 + chance_below(&p->chance, 2);
	if (chance_percent(&p->chance, 6) && fate->turns > 0)
		fate->max_turns = fate->turns;
	add_int(p, step, "max_turns", fate->max_turns);
}

/* Over a list that is written, or over that of the input, which may be too long; or while its condition holds. */
static void
draw_loop(struct loops *p, struct json *step, unsigned depth)
{
	static const unsigned most[] = {LIST_LENGTH, LIST_LENGTH, LIST_LENGTH + 1, LIST_LENGTH - 1};
	struct json *items = json_new_array(p->arena);
	unsigned sort = chance_below(&p->chance, 10), rounds = chance_below(&p->chance, 4 - depth);
	add_text(p, step, "kind", "loop");
	if (sort < 6 || (sort < 8 && depth > 0)) {
		for (unsigned n = chance_below(&p->chance, 5 - depth); n > 0; n--)
			json_push(items, json_new_int(p->arena, n));
		json_add(step, STR("items"), items);
		if (items->count > 0 && chance_percent(&p->chance, 40))
			add_int(p, step, "max_iterations", items->count);
	} else if (sort < 8) {
		add_text(p, step, "items", "{{input.list}}");
		if (chance_percent(&p->chance, 50))
			add_int(p, step, "max_iterations", CHANCE_OF(&p->chance, most));
	} else {
		add_text(p, step, "while", arena_printf(p->arena, "{{loop.index < %u}}", rounds));
		if (chance_percent(&p->chance, 60))
			add_int(p, step, "max_iterations",
				rounds > 1 && chance_percent(&p->chance, 15) ? rounds - 1
				: rounds > 0				     ? rounds
									     : 1);
	}
	unsigned at_once = sort < 8 ? 1 + chance_below(&p->chance, 3) : 1;
	if (sort < 8) {
		add_int(p, step, "max_concurrency", at_once);
		if (chance_percent(&p->chance, 40))
			json_add(step, STR("fail_fast"), json_new_bool(p->arena, chance_percent(&p->chance, 50)));
	}
	struct json *inside = draw_row(p, depth + 1, sort < 8 ? AROUND_ITEM : AROUND_INDEX);
	if (at_once == 1 && chance_percent(&p->chance, 25)) {
		struct json *chain = begin_step(p, "transform");
		add_text(p, chain, "value", "{{loop.previous || \"n\"}}.{{loop.index}}");
		json_push(inside, chain);
	}
	json_add(step, STR("steps"), inside);
}

static struct json *
draw(struct loops *p, unsigned depth, enum around around)
{
	struct json *step = begin_step(p, NULL);
	unsigned sort = chance_below(&p->chance, depth < 3 && p->keys < LOOP_KEYS_MAX / 2 ? 13 : 7);
	if (sort == 0) {
		add_text(p, step, "kind", "transform");
		add_text(p, step, "value", around ? arena_printf(p->arena, "%s.{{loop.index}}", named[around]) : "x");
		draw_cache(p, step, around);
		draw_handlers(p, step);
	} else if (sort < 3) {
		draw_prompt(p, step, around);
	} else if (sort == 3) {
		add_text(p, step, "kind", "signal");
		add_text(p, step, "signal", "go");
	} else if (sort == 4) {
		draw_workflow(p, step, around);
		draw_cache(p, step, around);
	} else if (sort == 5) {
		draw_script(p, step, around);
	} else if (sort == 6) {
		draw_agent(p, step, around);
		draw_cache(p, step, around);
		draw_handlers(p, step);
	} else if (sort < 9) {
		add_text(p, step, "kind", sort == 7 ? "parallel" : "sequential");
		json_add(step, STR("steps"), (sort == 7 ? draw_list : draw_row)(p, depth + 1, around));
		draw_cache(p, step, around);
		draw_handlers(p, step);
	} else {
		draw_loop(p, step, depth);
		draw_cache(p, step, around);
		draw_handlers(p, step);
	}
	return step;
}

/* One loop of a call each, of more than may lie between two of them: its first is to take as long as it can. */
static struct json *
draw_long(struct loops *p)
{
	struct json *list = json_new_array(p->arena), *step = json_new_object(p->arena),
		    *inside = json_new_array(p->arena);
	struct json *items = json_new_array(p->arena), *call = json_new_object(p->arena);
	for (int64_t n = 0; n < LOOP_SPAN + 40; n++)
		json_push(items, json_new_int(p->arena, n));
	add_text(p, step, "key", "s0");
	add_text(p, step, "kind", "loop");
	json_add(step, STR("items"), items);
	add_int(p, step, "max_concurrency", 3);
	add_int(p, step, "max_iterations", items->count);
	add_text(p, call, "key", "s1");
	add_text(p, call, "kind", "prompt");
	add_reference(p, call, "prompt", PROMPT);
	add_input(p, call, "v", AROUND_ITEM);
	json_push(inside, call);
	json_add(step, STR("steps"), inside);
	json_push(list, step);
	p->written[0] = step;
	p->written[1] = call;
	p->keys = 2;
	p->fates[1] = (struct loop_fate){.attempts = 1};
	return list;
}

/* ---- the workflow ---- */

static enum handled
draw_handled(struct loops *p, struct json *document, const char *name, const char *code)
{
	enum handled does =
		chance_percent(&p->chance, 25) ? (enum handled)(1 + chance_below(&p->chance, 3)) : HANDLER_NONE;
	if (does == HANDLER_THROWS && chance_percent(&p->chance, 60))
		does = HANDLER_RETURNS;
	if (does != HANDLER_NONE)
		add_code(p, document, name, code);
	return does;
}

/* A person begins each phase but the first. */
static void
draw_phases(struct loops *p, const struct json *steps)
{
	unsigned n = 0;
	p->manual = chance_percent(&p->chance, 20);
	for (struct json *step = steps->child; p->manual && step; step = step->next)
		if (chance_percent(&p->chance, 80))
			add_text(
				p, step, "phase", arena_printf(p->arena, "phase %u", n += chance_below(&p->chance, 2)));
}

static const struct json *
tools_of_worker(struct loops *p)
{
	static const char text[] =
		"{\"tools\": ["
		"{\"name\": \"add\", \"kind\": \"function\", \"code\": \"return input.n + 1\", \"input_schema\": "
		"{\"type\": \"object\", \"properties\": {\"n\": {\"type\": \"number\"}}, \"required\": [\"n\"]}},"
		"{\"name\": \"ask\", \"kind\": \"workflow\", \"workflow\": {\"id\": \"" WORKFLOW "\", \"version\": 1}, "
		"\"input_schema\": {\"type\": \"object\", \"properties\": {\"n\": {\"type\": \"number\"}}, "
		"\"required\": [\"n\"]}},"
		"{\"name\": \"breaks\", \"kind\": \"function\", \"code\": \"throw 1\", \"input_schema\": "
		"{\"type\": \"object\", \"properties\": {\"n\": {\"type\": \"number\"}}, \"required\": [\"n\"]}}]}";
	struct json *config = NULL;
	json_read(p->arena, STR(text), &json_limits_request, &config, NULL);
	return config;
}

static bool
check(struct loops *p, struct json *document)
{
	static const struct str variable = {"v", 1};
	const struct prompt_facts prompt = {
		.id = STR(PROMPT), .version = 1, .variables = &variable, .variable_count = 1};
	const struct json any = {.type = JSON_OBJECT};
	const struct workflow_facts workflow = {.id = STR(WORKFLOW), .version = 1, .name = STR("Any"), .input = &any};
	const struct agent_facts agent = {.asked = STR("Worker"),
		.id = STR(AGENT),
		.name = STR("Worker"),
		.kind = STR("prompt"),
		.config = tools_of_worker(p),
		.revision = 1};
	const struct definition_known known = {.prompts = &prompt,
		.prompt_count = 1,
		.workflows = &workflow,
		.workflow_count = 1,
		.agents = &agent,
		.agent_count = 1};
	struct findings findings = {.arena = p->arena};
	struct definition *definition;
	struct json *canonical;
	struct err err = {0};
	if (!definition_examine(document, "", &known, &findings, &canonical)) {
		findings_refuse(&findings, &err);
		return loops_wrong(p, err.issue_count ? err.issues[0].message : err.message, STR("refused"));
	}
	if (!definition_read(p->arena, canonical, &definition, &err))
		return loops_wrong(p, err.message, STR("unreadable"));
	p->document = canonical;
	p->definition = definition;
	return true;
}

unsigned
loops_number(struct str key)
{
	return (unsigned)atoi(key.p + 1);
}

struct loop_fate
loops_fate(const struct loops *p, unsigned step)
{
	const struct step_def *def = plan_def(&p->run, step);
	if (def->part == PART_TOOL)
		return (struct loop_fate){.attempts = 1};
	return p->fates[loops_number(def->part == PART_MODEL ? def->agent : def->key)];
}

bool
loops_drawn(struct loops *p)
{
	struct json *document = json_new_object(p->arena), *schema = json_new_object(p->arena);
	struct json *given = json_new_object(p->arena), *list = json_new_array(p->arena);
	add_text(p, document, "type", "flow");
	add_text(p, schema, "type", "object");
	json_add(schema, STR("additionalProperties"), json_new_bool(p->arena, true));
	json_add(document, STR("input"), schema);
	json_add(document, STR("steps"), p->long_one ? draw_long(p) : draw_row(p, 0, AROUND_NOTHING));
	if (!p->long_one) {
		draw_phases(p, json_get(document, "steps"));
		p->on_start = draw_handled(p, document, "on_start", "return {}");
		p->on_complete = draw_handled(p, document, "on_complete", "return context.output");
		p->on_error = draw_handled(p, document, "on_error", "return context.error");
		p->large = chance_percent(&p->chance, 50) ? 1 + chance_below(&p->chance, 3) : 0;
	}
	for (int64_t n = LIST_LENGTH; n > 0; n--)
		json_push(list, json_new_int(p->arena, n));
	add_text(p, given, "word", "i");
	json_add(given, STR("list"), list);
	p->given = given;
	if (!check(p, document))
		return false;
	loops_expect(p);
	return true;
}
