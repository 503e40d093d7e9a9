/* A definition with steps in steps, and what each step must come to by the document alone; see groups.h. */
#include "groups.h"

#include <string.h>

#define PROMPT "0192f0c4-0000-7000-8000-0000000000f0"

/* ---- drawing ---- */

static struct json *draw_list(struct play *p, int parent, int most, int depth);

static void
add_text(struct play *p, struct json *to, const char *key, const char *text)
{
	json_add(to, str_of(key), json_new_str(p->arena, str_of(text)));
}

static void
draw_condition(struct play *p, struct json *step)
{
	static const char *const texts[] = {"{{input.yes}}", "{{input.no}}", "{{input.zero}}", "{{input.text}}",
		"{{input.empty}}", "{{input.list}}", "{{input.absent || false}}", "{{input.zero}} < 5",
		"{{input.zero}} > 5"};
	if (chance_percent(&p->chance, 20))
		json_add(step, STR("condition"), json_new_bool(p->arena, chance_percent(&p->chance, 50)));
	else
		add_text(p, step, "condition", CHANCE_OF(&p->chance, texts));
}

static void
draw_call(struct play *p, struct json *step, int i)
{
	struct json *prompt = json_new_object(p->arena), *input = json_new_object(p->arena),
		    *retry = json_new_object(p->arena);
	struct spot *spot = &p->spots[i];
	add_text(p, step, "kind", "prompt");
	add_text(p, prompt, "id", PROMPT);
	json_add(prompt, STR("version"), json_new_int(p->arena, 1));
	json_add(step, STR("prompt"), prompt);
	add_text(p, input, "v", "{{input.text}}");
	json_add(step, STR("input"), input);
	spot->attempts = 1 + (int)chance_below(&p->chance, 3);
	spot->fails = chance_percent(&p->chance, 70) ? 0 : (int)chance_below(&p->chance, 4);
	json_add(retry, STR("max_attempts"), json_new_int(p->arena, spot->attempts));
	json_add(retry, STR("delay_ms"), json_new_int(p->arena, 500));
	json_add(step, STR("retry"), retry);
}

static void
draw_group(struct play *p, struct json *step, int i, int most, int depth)
{
	struct spot *spot = &p->spots[i];
	spot->group = true;
	spot->parallel = chance_percent(&p->chance, 65);
	add_text(p, step, "kind", spot->parallel ? "parallel" : "sequential");
	if (spot->parallel && chance_percent(&p->chance, 40)) {
		spot->at_once = 1 + (int)chance_below(&p->chance, 3);
		json_add(step, STR("max_concurrency"), json_new_int(p->arena, spot->at_once));
	}
	if (spot->parallel && chance_percent(&p->chance, 40)) {
		spot->fast = true;
		json_add(step, STR("fail_fast"), json_new_bool(p->arena, true));
	}
	json_add(step, STR("steps"), draw_list(p, i, most, depth + 1));
}

/* Keys of siblings to come are known by their numbers, which draw_choices fills in when they are there. */
static void
draw_kind(struct play *p, struct json *step, int i, int most, int depth)
{
	unsigned draw = chance_below(&p->chance, 100);
	if (draw < 30 && depth < 3 && most > 0 && p->count < STEPS) {
		draw_group(p, step, i, most, depth);
	} else if (draw < 70) {
		draw_call(p, step, i);
	} else if (draw < 85) {
		add_text(p, step, "kind", "transform");
		json_add(step, STR("value"), json_new_int(p->arena, i));
	} else {
		add_text(p, step, "kind", "wait");
		json_add(step, STR("seconds"), json_new_int(p->arena, chance_below(&p->chance, 3)));
	}
}

static void
draw_needs(struct play *p, struct json *step, const int *siblings, int count)
{
	struct json *needs = json_new_array(p->arena);
	for (int i = 0; i < count; i++)
		if (chance_percent(&p->chance, 40))
			json_push(needs, json_new_str(p->arena, json_get(p->spots[siblings[i]].json, "key")->text));
	json_add(step, STR("needs"), needs);
}

/* Some lists end in a conditional or a switch with a step or two that it may choose. */
static void
draw_choice(struct play *p, struct json *list, int parent)
{
	bool is_switch = chance_percent(&p->chance, 50);
	int i = p->count, first = i + 1, second = i + 2;
	if (i + 3 > STEPS)
		return;
	for (int n = 0; n < 3; n++) {
		struct json *step = json_new_object(p->arena);
		struct spot *spot = &p->spots[p->count];
		*spot = (struct spot){.json = step, .parent = parent, .target = -1};
		add_text(p, step, "key", arena_printf(p->arena, "s%d", p->count));
		if (n > 0) {
			draw_call(p, step, p->count);
		} else if (is_switch) {
			struct json *cases = json_new_object(p->arena);
			add_text(p, step, "kind", "switch");
			add_text(
				p, step, "value", chance_percent(&p->chance, 50) ? "{{input.text}}" : "{{input.zero}}");
			add_text(p, cases, "0", arena_printf(p->arena, "s%d", first));
			json_add(step, STR("cases"), cases);
			if (chance_percent(&p->chance, 60))
				add_text(p, step, "default", arena_printf(p->arena, "s%d", second));
		} else {
			add_text(p, step, "kind", "conditional");
			draw_condition(p, step);
			add_text(p, step, "then", arena_printf(p->arena, "s%d", first));
			if (chance_percent(&p->chance, 60))
				add_text(p, step, "else", arena_printf(p->arena, "s%d", second));
		}
		p->count++;
		json_push(list, step);
	}
}

static struct json *
draw_list(struct play *p, int parent, int most, int depth)
{
	struct json *list = json_new_array(p->arena);
	int siblings[STEPS], sibling_count = 0;
	int count = 1 + (int)chance_below(&p->chance, depth == 0 ? 5 : 4);
	for (int n = 0; n < count && p->count < STEPS; n++) {
		int i = p->count++;
		struct json *step = json_new_object(p->arena);
		p->spots[i] = (struct spot){.json = step, .parent = parent, .target = -1};
		add_text(p, step, "key", arena_printf(p->arena, "s%d", i));
		draw_kind(p, step, i, most - 1, depth);
		if (chance_percent(&p->chance, 25))
			draw_condition(p, step);
		if (chance_percent(&p->chance, 20))
			draw_needs(p, step, siblings, sibling_count);
		if (chance_percent(&p->chance, 30)) {
			p->spots[i].passes = true;
			add_text(p, step, "on_failure", "continue");
		}
		siblings[sibling_count++] = i;
		json_push(list, step);
	}
	if (chance_percent(&p->chance, 30))
		draw_choice(p, list, parent);
	return list;
}

/* ---- what must come of it: by the document alone ---- */

static int
find_key(const struct play *p, const struct json *key)
{
	for (int i = 0; key && key->type == JSON_STRING && i < p->count; i++)
		if (str_eq(json_get(p->spots[i].json, "key")->text, key->text))
			return i;
	return -1;
}

static bool
truth(const struct json *condition)
{
	static const struct {
		const char *text;
		bool holds;
	} known[] = {{"{{input.yes}}", true}, {"{{input.no}}", false}, {"{{input.zero}}", false},
		{"{{input.text}}", true}, {"{{input.empty}}", false}, {"{{input.list}}", true},
		{"{{input.absent || false}}", false}, {"{{input.zero}} < 5", true}, {"{{input.zero}} > 5", false}};
	if (!condition || condition->type == JSON_TRUE)
		return true;
	for (size_t i = 0; condition->type == JSON_STRING && i < sizeof known / sizeof *known; i++)
		if (str_is(condition->text, known[i].text))
			return known[i].holds;
	return false;
}

static void
find_target(struct play *p, struct spot *spot)
{
	const struct json *kind = json_get(spot->json, "kind"), *value = json_get(spot->json, "value");
	if (str_is(kind->text, "conditional"))
		spot->target =
			find_key(p, json_get(spot->json, truth(json_get(spot->json, "condition")) ? "then" : "else"));
	else if (str_is(kind->text, "switch"))
		spot->target =
			find_key(p, str_is(value->text, "{{input.zero}}") ? json_get(json_get(spot->json, "cases"), "0")
									  : json_get(spot->json, "default"));
}

static void
find_relations(struct play *p, int i)
{
	struct spot *spot = &p->spots[i];
	const struct json *needs = json_get(spot->json, "needs");
	int before = -1;
	for (int j = 0; j < i; j++) {
		const struct spot *other = &p->spots[j];
		const struct json *kind = json_get(other->json, "kind");
		if (other->parent != spot->parent)
			continue;
		before = j;
		bool names = false, branch = str_is(kind->text, "conditional"), many = str_is(kind->text, "switch");
		if (branch)
			names = find_key(p, json_get(other->json, "then")) == i ||
				find_key(p, json_get(other->json, "else")) == i;
		if (many)
			names = find_key(p, json_get(json_get(other->json, "cases"), "0")) == i ||
				find_key(p, json_get(other->json, "default")) == i;
		if (names)
			spot->choosers[spot->chooser_count++] = j;
	}
	json_each (need, needs)
		spot->needs[spot->need_count++] = find_key(p, need);
	if (!needs && before >= 0 && !(spot->parent >= 0 && p->spots[spot->parent].parallel))
		spot->needs[spot->need_count++] = before;
	find_target(p, spot);
}

static bool
over(const struct play *p, int i)
{
	return p->spots[i].fate == FATE_DONE || p->spots[i].fate == FATE_SKIPPED || p->spots[i].fate == FATE_PASSED;
}

/* Of the steps in `parent`, in the order they are written in. */
static void
find_fates(struct play *p, int parent)
{
	for (int i = 0; i < p->count; i++) {
		struct spot *spot = &p->spots[i];
		bool comes = spot->parent == parent, chosen = spot->chooser_count == 0, lost = false;
		for (int n = 0; n < spot->need_count; n++)
			comes = comes && over(p, spot->needs[n]);
		for (int n = 0; n < spot->chooser_count; n++) {
			const struct spot *chooser = &p->spots[spot->choosers[n]];
			comes = comes && over(p, spot->choosers[n]);
			chosen = chosen || (chooser->fate == FATE_DONE && chooser->target == i);
		}
		if (!comes)
			continue;
		bool conditional = str_is(json_get(spot->json, "kind")->text, "conditional");
		if (!chosen || (!conditional && !truth(json_get(spot->json, "condition")))) {
			spot->fate = FATE_SKIPPED;
			continue;
		}
		if (spot->group) {
			find_fates(p, i);
			for (int j = 0; j < p->count; j++)
				lost = lost || (p->spots[j].parent == i && !over(p, j));
		} else {
			lost = spot->fails > 0 && spot->fails >= spot->attempts;
		}
		spot->fate = !lost ? FATE_DONE : spot->passes ? FATE_PASSED : FATE_LOST;
	}
}

bool
groups_prepare(struct play *p, struct arena *arena, struct arena *scratch, uint64_t seed)
{
	static const struct str variable = {"v", 1};
	const struct prompt_facts prompt = {
		.id = STR(PROMPT), .version = 1, .variables = &variable, .variable_count = 1};
	struct json *document = json_new_object(arena), *schema = json_new_object(arena), *canonical, *input;
	struct definition *definition;
	struct err err = {0};
	*p = (struct play){
		.arena = arena, .scratch = scratch, .chance = {seed * 0xd1342543de82ef95u + 1}, .now_us = 1000000};
	add_text(p, document, "type", "flow");
	add_text(p, schema, "type", "object");
	json_add(schema, STR("additionalProperties"), json_new_bool(arena, true));
	json_add(document, STR("input"), schema);
	json_add(document, STR("steps"), draw_list(p, -1, 3, 0));
	json_read(arena, STR("{\"yes\":true,\"no\":false,\"zero\":0,\"text\":\"t\",\"empty\":\"\",\"list\":[]}"),
		&json_limits_request, &input, NULL);
	if (!definition_check(arena, document, "", &prompt, 1, &canonical, &err) ||
		!definition_read(arena, canonical, &definition, &err))
		return p->flow.document = document, groups_wrong(p, "the definition is refused: %s %s %s", err.message,
							    err.issues[0].path, err.issues[0].message);
	p->flow = (struct flow){.document = canonical, .input = input, .definition = definition};
	p->shown = definition;
	for (int i = 0; i < p->count; i++)
		find_relations(p, i);
	find_fates(p, -1);
	p->memory = run_new(arena, &p->flow);
	p->committed = run_new(arena, &p->flow);
	return true;
}
