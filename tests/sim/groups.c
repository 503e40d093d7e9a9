/*
 * Random histories of plan() with steps in steps: groups, branches, conditions and needs. What each step must come to is worked
 * out from the document alone, by rules written here a second time; then chance decides when calls are answered, time passes, a flush
 * is committed and the holder dies, and every action is looked at before it is taken.
 *
 *	groups [--histories N] [--seed S]    N histories from seed S on; the seed of one that fails repeats it alone
 *	groups --broken NAME …               the same with a planner that is broken on purpose: must find it
 *	groups --list-broken                 their names
 *
 * With TRACE in the environment every action is printed as it is taken.
 */
#include "sim.h"

#include "json/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PROMPT "0192f0c4-0000-7000-8000-0000000000f0"
#define STEPS 16
#define EVENTS_MAX 400
#define CALM_MAX 4000

/* ---- what was drawn ---- */

enum fate { FATE_NONE, FATE_DONE, FATE_SKIPPED, FATE_LOST, FATE_PASSED };

struct spot {
	const struct json *json;
	int parent; /* -1: none */
	bool group, parallel, fast;
	int at_once; /* 0: any */
	int needs[STEPS], need_count;
	int choosers[STEPS], chooser_count;
	int fails, attempts; /* of a call: how often it fails, of how many attempts */
	bool passes;	     /* the run goes on without it */
	enum fate fate;
	int target; /* of a conditional or switch: whom it chooses; -1: nobody */
};

struct play {
	struct arena *arena, *scratch;
	struct chance chance;
	struct flow flow;
	struct spot spots[STEPS];
	int count;
	struct run_state memory, committed;
	struct evaluation evaluation;	/* what JavaScript was asked last */
	const struct definition *shown; /* to the planner: broken on purpose, or the same */
	int64_t now_us, wake_us;
	char wrong[400];
	unsigned long long actions, deaths;
	bool trace;
};

static const char *broken; /* what is taken from the planner; NULL: nothing */

static bool
wrong(struct play *p, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (!p->wrong[0])
		vsnprintf(p->wrong, sizeof p->wrong, format, args);
	va_end(args);
	return false;
}

static struct str
key_of(const struct play *p, int i)
{
	return p->flow.definition->steps[i].path;
}

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

static bool
prepare(struct play *p, struct arena *arena, struct arena *scratch, uint64_t seed)
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
		return p->flow.document = document, wrong(p, "the definition is refused: %s %s %s", err.message,
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

/* ---- is it right? ---- */

static bool
underway(const struct step_state *step)
{
	return step->status == STEP_RUNNING || step->status == STEP_WAITING;
}

static bool
ended_well(const struct play *p, int i)
{
	const struct step_state *s = &p->memory.steps[i];
	return s->status == STEP_COMPLETED || s->status == STEP_SKIPPED ||
	       (s->status == STEP_FAILED && p->spots[i].passes &&
		       (p->spots[i].group || s->attempt >= p->spots[i].attempts));
}

static bool
lost_now(const struct play *p, int i)
{
	const struct step_state *s = &p->memory.steps[i];
	return s->status == STEP_FAILED && !p->spots[i].passes &&
	       (p->spots[i].group || s->attempt >= p->spots[i].attempts);
}

static bool
may_begin(struct play *p, const struct action *action, bool skip)
{
	int i = (int)action->step, beside = 0;
	const struct spot *spot = &p->spots[i];
	const struct step_state *s = &p->memory.steps[i];
	if (s->status != STEP_PENDING && !(s->status == STEP_FAILED && s->due_us > 0 && s->due_us <= p->memory.now_us))
		return wrong(p, "%s begins and is %s", key_of(p, i).p, step_status_name(s->status));
	if (action->attempt != s->attempt + 1)
		return wrong(p, "attempt %d follows attempt %d", action->attempt, s->attempt);
	if (p->memory.status == RUN_PAUSED || p->memory.cancel_asked)
		return wrong(p, "%s begins in a run that rests or ends", key_of(p, i).p);
	if (spot->parent >= 0 && p->memory.steps[spot->parent].status != STEP_RUNNING)
		return wrong(p, "%s begins and its group does not run", key_of(p, i).p);
	for (int n = 0; n < spot->need_count; n++)
		if (!ended_well(p, spot->needs[n]))
			return wrong(p, "%s begins before s%d is over", key_of(p, i).p, spot->needs[n]);
	for (int n = 0; n < spot->chooser_count; n++)
		if (!ended_well(p, spot->choosers[n]))
			return wrong(p, "%s begins before s%d has chosen", key_of(p, i).p, spot->choosers[n]);
	if (skip != (spot->fate == FATE_SKIPPED))
		return wrong(p, "%s is %s", key_of(p, i).p, skip ? "skipped" : "not skipped");
	for (int j = 0; j < p->count; j++)
		beside += p->spots[j].parent == spot->parent &&
			  (underway(&p->memory.steps[j]) || (p->memory.steps[j].status == STEP_FAILED && j != i &&
								    !ended_well(p, j) && !lost_now(p, j)));
	if (!skip && spot->parent >= 0 && p->spots[spot->parent].at_once > 0 &&
		beside >= p->spots[spot->parent].at_once)
		return wrong(p, "%s begins beside %d others", key_of(p, i).p, beside);
	return true;
}

static bool
group_output_is_right(struct play *p, int group, const struct json *output)
{
	const struct json *last = NULL;
	unsigned completed = 0;
	for (int j = 0; j < p->count; j++) {
		const struct step_state *s = &p->memory.steps[j];
		if (p->spots[j].parent != group || s->status != STEP_COMPLETED)
			continue;
		completed++;
		last = s->output;
		if (!p->spots[group].parallel)
			continue;
		const struct json *member = output ? json_get_by(output, p->flow.definition->steps[j].key) : NULL;
		if (!member || !(s->output ? json_equal(member, s->output) : member->type == JSON_NULL))
			return wrong(p, "%s does not hold what s%d gave", key_of(p, group).p, j);
	}
	if (p->spots[group].parallel)
		return (output && output->count == completed) || wrong(p, "%s holds too much", key_of(p, group).p);
	return (output && (last ? json_equal(last, output) : output->type == JSON_NULL)) ||
	       wrong(p, "%s does not give what its last step gave", key_of(p, group).p);
}

static bool
check_complete(struct play *p, const struct action *action)
{
	int i = (int)action->step;
	if (!action->begun)
		return may_begin(p, action, false);
	if (p->memory.steps[i].status == STEP_WAITING)
		return p->memory.steps[i].due_us <= p->memory.now_us || wrong(p, "a wait is over too early");
	if (!p->spots[i].group || p->memory.steps[i].status != STEP_RUNNING)
		return wrong(p, "%s completes and does not run", key_of(p, i).p);
	for (int j = 0; j < p->count; j++)
		if (p->spots[j].parent == i && !ended_well(p, j))
			return wrong(p, "%s completes before s%d is over", key_of(p, i).p, j);
	return group_output_is_right(p, i, action->output);
}

static bool
check_fail(struct play *p, const struct action *action)
{
	int i = (int)action->step;
	bool lost = false;
	if (!p->spots[i].group || !action->begun || p->memory.steps[i].status != STEP_RUNNING)
		return wrong(p, "%s fails without a reason", key_of(p, i).p);
	for (int j = 0; j < p->count; j++) {
		if (p->spots[j].parent != i)
			continue;
		lost = lost || lost_now(p, j);
		if (underway(&p->memory.steps[j]))
			return wrong(p, "%s fails while s%d is under way", key_of(p, i).p, j);
	}
	return lost || wrong(p, "%s fails and nothing in it did", key_of(p, i).p);
}

static bool
check_end(struct play *p, const struct action *action)
{
	bool all = true, lost = false;
	for (int i = 0; i < p->count; i++) {
		if (underway(&p->memory.steps[i]))
			return wrong(p, "the run ends while s%d is under way", i);
		all = all && (p->spots[i].parent >= 0 || ended_well(p, i));
		lost = lost || (p->spots[i].parent < 0 && lost_now(p, i));
	}
	enum run_status right = lost ? RUN_FAILED : all ? RUN_COMPLETED : RUN_CANCELLED;
	if (action->end != right || (right == RUN_CANCELLED && !p->memory.cancel_asked))
		return wrong(p, "the run ends as %s, and should as %s", run_status_name(action->end),
			run_status_name(right));
	return true;
}

static bool
in_a_group_that_fails(const struct play *p, int i)
{
	for (int g = p->spots[i].parent; g >= 0; g = p->spots[g].parent)
		for (int j = 0; p->spots[g].fast && j < p->count; j++)
			if (p->spots[j].parent == g && lost_now(p, j))
				return true;
	return false;
}

/* The run as a whole is about to end. */
static bool
run_ends(const struct action *actions, unsigned count)
{
	return count > 0 && actions[count - 1].kind == ACTION_END;
}

static bool
check_action(struct play *p, const struct action *action, bool ends)
{
	int i = (int)action->step;
	const struct step_state *s = &p->memory.steps[i];
	const struct json *kind = json_get(p->spots[i].json, "kind");
	switch (action->kind) {
	case ACTION_START:
		return str_is(kind->text, "prompt") ? may_begin(p, action, false) : wrong(p, "a call without one");
	case ACTION_OPEN:
		return p->spots[i].group ? may_begin(p, action, false) : wrong(p, "a group that is none");
	case ACTION_WAIT:
		return str_is(kind->text, "wait") ? may_begin(p, action, false) : wrong(p, "a wait that is none");
	case ACTION_SKIP:
		return action->why ? may_begin(p, action, true) : wrong(p, "a skip without a reason");
	case ACTION_COMPLETE:
		return check_complete(p, action);
	case ACTION_RETRY:
		return (s->status == STEP_FAILED && s->due_us == 0 && s->attempt < p->spots[i].attempts) ||
		       wrong(p, "%s is tried again", key_of(p, i).p);
	case ACTION_FAIL:
		return check_fail(p, action);
	case ACTION_ABORT:
		return (underway(s) && (ends || in_a_group_that_fails(p, i))) ||
		       wrong(p, "%s is dropped", key_of(p, i).p);
	case ACTION_END:
		return check_end(p, action);
	default:
		return wrong(p, "an action that has no place here");
	}
}

/* ---- taking ---- */

static void
apply(struct play *p, const struct action *action)
{
	struct step_state *s = &p->memory.steps[action->step];
	switch (action->kind) {
	case ACTION_START:
	case ACTION_OPEN:
	case ACTION_WAIT:
		*s = (struct step_state){.status = action->kind == ACTION_WAIT ? STEP_WAITING : STEP_RUNNING,
			.attempt = action->attempt,
			.due_us = action->kind == ACTION_WAIT ? action->at_us : 0};
		p->memory.status = p->memory.status == RUN_PENDING ? RUN_RUNNING : p->memory.status;
		return;
	case ACTION_SKIP:
	case ACTION_COMPLETE:
	case ACTION_FAIL:
		s->status = action->kind == ACTION_SKIP	      ? STEP_SKIPPED
			    : action->kind == ACTION_COMPLETE ? STEP_COMPLETED
							      : STEP_FAILED;
		s->attempt = action->attempt;
		s->due_us = 0;
		s->output = action->output ? json_copy(p->arena, action->output) : NULL;
		s->error = action->error.n ? arena_str(p->arena, action->error) : (struct str){0};
		return;
	case ACTION_RETRY:
		s->due_us = action->at_us;
		return;
	case ACTION_ABORT:
		s->status = STEP_CANCELLED;
		return;
	case ACTION_END:
		p->memory.status = action->end;
		return;
	default:
		return;
	}
}

static bool
same(const struct action *a, const struct action *b)
{
	bool outputs = a->output && b->output ? json_equal(a->output, b->output) : !a->output == !b->output;
	return a->kind == b->kind && a->step == b->step && a->attempt == b->attempt && a->end == b->end && outputs &&
	       str_eq(a->error, b->error) && a->at_us == b->at_us && a->begun == b->begun;
}

/* As they would be for whoever read the rows that a flush would make now. */
static bool
same_for_another(struct play *p, const struct action *actions, unsigned count)
{
	struct run_state copy;
	struct action *again;
	unsigned again_count;
	struct err err = {0};
	if (!rows_load(p->scratch, &p->flow, &p->memory, 0, &copy, &err))
		return wrong(p, "the run cannot be loaded: %s", err.message);
	copy.definition = p->shown;
	copy.evaluation = p->memory.evaluation;
	copy.now_us = p->memory.now_us;
	copy.cancel_asked = p->memory.cancel_asked;
	if (!plan(p->scratch, &copy, &again, &again_count, &err))
		return wrong(p, "plan() refuses: %s", err.message);
	bool equal = count == again_count;
	for (unsigned i = 0; equal && i < count; i++)
		equal = same(&actions[i], &again[i]);
	return equal || wrong(p, "whoever would take the run over now would decide otherwise");
}

/* A group that has ended waits for nothing in it. */
static bool
goes_on(const struct play *p, int i)
{
	for (int g = p->spots[i].parent; g >= 0; g = p->spots[g].parent)
		if (p->memory.steps[g].status != STEP_RUNNING)
			return false;
	return true;
}

static bool
rests_well(struct play *p, int64_t at_us)
{
	bool running = false;
	int64_t right = PLAN_NEVER;
	for (int i = 0; i < p->count; i++) {
		const struct step_state *s = &p->memory.steps[i];
		running = running || (s->status == STEP_RUNNING && !p->spots[i].group) ||
			  (p->memory.evaluation && p->evaluation.coming);
		if ((s->status == STEP_WAITING || s->status == STEP_FAILED) && goes_on(p, i) && s->due_us > 0 &&
			s->due_us < right && !(s->status == STEP_FAILED && p->memory.status == RUN_PAUSED))
			right = s->due_us;
	}
	if (right == PLAN_NEVER && !running && p->memory.status != RUN_PAUSED)
		return wrong(p, "there is something to do, and nothing is asked for: the run is stuck");
	if (right <= p->memory.now_us)
		return wrong(p, "what is due is not done");
	return at_us == right || (at_us == 0 && running && right == PLAN_NEVER) ||
	       wrong(p, "the run sleeps until %lld and should until %lld", (long long)at_us, (long long)right);
}

/* Broken on purpose: what is done to the answer. */
static bool
spoil(struct action *action)
{
	if (!broken)
		return true;
	if (strcmp(broken, "skips-nothing") == 0 && action->kind == ACTION_SKIP)
		action->kind = ACTION_START;
	if (strcmp(broken, "gives-nothing") == 0 && action->kind == ACTION_COMPLETE && action->begun)
		action->output = NULL;
	if (strcmp(broken, "oversleeps") == 0 && action->kind == ACTION_SLEEP && action->at_us != PLAN_NEVER)
		action->at_us += 1000000;
	return !(strcmp(broken, "drops-nothing") == 0 && action->kind == ACTION_ABORT);
}

/* What is on its way is not asked for anew, and for another it is not let go. */
static bool
ask_engine(struct play *p, const struct action *action)
{
	struct evaluation *e = &p->evaluation;
	if (p->memory.evaluation && e->coming && p->memory.steps[e->step].attempt < e->attempt) {
		if (e->step != action->step)
			return wrong(
				p, "the expressions of %s are let go for those of another", key_of(p, (int)e->step).p);
		return true;
	}
	if (action->source_count != 1 || p->memory.steps[action->step].attempt + 1 != action->attempt)
		return wrong(p, "%s is evaluated for attempt %d", key_of(p, (int)action->step).p, action->attempt);
	*e = (struct evaluation){.step = action->step, .attempt = action->attempt, .coming = true};
	p->memory.evaluation = e;
	return true;
}

static bool
engine_answers(struct play *p)
{
	const struct step_def *def;
	struct evaluation *e = &p->evaluation;
	if (!p->memory.evaluation || !e->coming)
		return false;
	def = &p->flow.definition->steps[e->step];
	struct json *values = json_new_object(p->arena);
	json_add(values, def->sources[0], json_new_bool(p->arena, memchr(def->sources[0].p, '<', def->sources[0].n)));
	e->values = values;
	e->coming = false;
	return true;
}

static bool
turn(struct play *p)
{
	for (int round = 0; round < 100; round++) {
		struct action *actions;
		unsigned count;
		struct err err = {0};
		arena_reset(p->scratch);
		p->memory.now_us = p->now_us;
		p->memory.definition = p->shown;
		bool rests = false, ok = plan(p->scratch, &p->memory, &actions, &count, &err);
		if (!ok)
			return wrong(p, "plan() refuses: %s", err.message);
		if (!same_for_another(p, actions, count))
			return false;
		p->memory.definition = p->flow.definition;
		p->wake_us = PLAN_NEVER;
		if (run_ended(p->memory.status))
			return count == 0 || wrong(p, "something is asked for after the end");
		bool ends = run_ends(actions, count);
		for (unsigned i = 0; i < count; i++) {
			if (!spoil(&actions[i]))
				continue;
			if (actions[i].kind == ACTION_SLEEP) {
				p->wake_us = actions[i].at_us;
				return rests_well(p, p->wake_us);
			}
			if (actions[i].kind == ACTION_EVALUATE) {
				if (!ask_engine(p, &actions[i]))
					return false;
				rests = true;
				continue;
			}
			if (p->trace)
				printf("  action %d of %s, attempt %d\n", actions[i].kind,
					key_of(p, (int)actions[i].step).p, actions[i].attempt);
			if (!check_action(p, &actions[i], ends))
				return false;
			apply(p, &actions[i]);
			p->actions++;
			if (chance_percent(
				    &p->chance, 3)) { /* dies between two actions, and this one was recorded or not */
				if (chance_percent(&p->chance, 50))
					run_copy(&p->committed, &p->memory);
				goto died;
			}
		}
		if (rests)
			return true;
		if (count == 0)
			return rests_well(p, 0);
		continue;
	died:
		p->deaths++;
		rows_load(p->arena, &p->flow, &p->committed, 0, &p->memory, &err);
		p->memory.cancel_asked = p->committed.cancel_asked;
	}
	return wrong(p, "plan() does not come to rest");
}

/* ---- what happens ---- */

static bool
answer(struct play *p)
{
	int running[STEPS], count = 0;
	for (int i = 0; i < p->count; i++)
		if (p->memory.steps[i].status == STEP_RUNNING && !p->spots[i].group)
			running[count++] = i;
	if (count == 0)
		return false;
	int i = running[chance_below(&p->chance, (unsigned)count)];
	struct step_state *s = &p->memory.steps[i];
	bool fails = s->attempt <= p->spots[i].fails;
	s->status = fails ? STEP_FAILED : STEP_COMPLETED;
	s->outcome_unknown = false;
	s->error = fails ? STR("{\"code\":\"overloaded\",\"message\":\"Too much.\"}") : (struct str){0};
	s->output = fails ? NULL : json_new_int(p->arena, 1000 + i);
	return true;
}

static void
commit(struct play *p)
{
	run_copy(&p->committed, &p->memory);
}

static void
happen(struct play *p)
{
	unsigned draw = chance_below(&p->chance, 100);
	struct err err = {0};
	if (draw < 50) {
		if (chance_percent(&p->chance, 50) || !engine_answers(p))
			answer(p);
	} else if (draw < 70) {
		commit(p);
	} else if (draw < 85) {
		p->now_us += chance_below(&p->chance, 700000);
	} else if (draw < 92) {
		p->deaths++;
		rows_load(p->arena, &p->flow, &p->committed, 0, &p->memory, &err);
		p->memory.cancel_asked = p->committed.cancel_asked;
	} else if (draw < 94 && !run_ended(p->memory.status)) {
		p->memory.status = RUN_PAUSED;
		commit(p);
	} else if (draw < 99 && p->memory.status == RUN_PAUSED) {
		p->memory.status = RUN_RUNNING;
		commit(p);
	} else if (draw == 99 && chance_percent(&p->chance, 25)) {
		p->memory.cancel_asked = true;
		commit(p);
	}
}

/* Only what stood under a group that dropped it may differ from what the document says. */
static bool
check_fates(struct play *p)
{
	for (int i = 0; p->memory.status == RUN_COMPLETED && i < p->count; i++) {
		const struct step_state *s = &p->memory.steps[i];
		bool free = false;
		for (int g = p->spots[i].parent; g >= 0; g = p->spots[g].parent)
			free = free || (p->spots[g].fast && p->memory.steps[g].status == STEP_FAILED) ||
			       p->memory.steps[g].status == STEP_SKIPPED;
		enum step_status right = p->spots[i].fate == FATE_DONE	    ? STEP_COMPLETED
					 : p->spots[i].fate == FATE_SKIPPED ? STEP_SKIPPED
					 : p->spots[i].fate == FATE_NONE    ? STEP_PENDING
									    : STEP_FAILED;
		if (!free && s->status != right)
			return wrong(p, "%s is %s and should be %s", key_of(p, i).p, step_status_name(s->status),
				step_status_name(right));
	}
	bool lost = false;
	for (int i = 0; i < p->count; i++)
		lost = lost || (p->spots[i].parent < 0 && p->spots[i].fate == FATE_LOST);
	return p->memory.cancel_asked || p->memory.status == (lost ? RUN_FAILED : RUN_COMPLETED) ||
	       wrong(p, "the run has %s", run_status_name(p->memory.status));
}

static bool
live(struct play *p)
{
	for (int events = 0; events < EVENTS_MAX && !run_ended(p->memory.status); events++) {
		if (!turn(p))
			return false;
		happen(p);
	}
	for (int events = 0; !run_ended(p->memory.status); events++) { /* nothing hinders it any more: it must end */
		if (events > CALM_MAX)
			return wrong(p, "nothing hinders the run any more, and it does not end");
		p->memory.status = p->memory.status == RUN_PAUSED ? RUN_RUNNING : p->memory.status;
		if (!turn(p))
			return false;
		if (!engine_answers(p) && !answer(p) && p->wake_us != PLAN_NEVER)
			p->now_us = p->wake_us > p->now_us ? p->wake_us : p->now_us;
	}
	return turn(p) && check_fates(p);
}

/* The definition as a broken planner sees it. */
static void
blind(struct play *p)
{
	struct definition *d = arena_new_of(p->arena, struct definition);
	*d = *p->flow.definition;
	d->steps = arena_array(p->arena, d->step_count, sizeof *d->steps);
	memcpy(d->steps, p->flow.definition->steps, d->step_count * sizeof *d->steps);
	for (unsigned i = 0; i < d->step_count; i++) {
		if (strcmp(broken, "needs-nothing") == 0)
			d->steps[i].need_count = 0;
		if (strcmp(broken, "crowded") == 0)
			d->steps[i].at_once = 0;
		if (strcmp(broken, "unconditional") == 0 && d->steps[i].control != CONTROL_CONDITIONAL)
			d->steps[i].condition = NULL;
		if (strcmp(broken, "chooses-all") == 0)
			d->steps[i].chooser_count = 0;
		if (strcmp(broken, "patient") == 0)
			d->steps[i].fail_fast = !d->steps[i].fail_fast;
	}
	p->shown = d;
}

static const char *const breaks[] = {"needs-nothing", "crowded", "unconditional", "chooses-all", "patient",
	"skips-nothing", "gives-nothing", "oversleeps", "drops-nothing", NULL};

int
main(int argc, char **argv)
{
	unsigned long long histories = 100000, seed = (unsigned long long)time(NULL) * 1000000, actions = 0, deaths = 0;
	bool trace = getenv("TRACE") != NULL, ok = true;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--list-broken") == 0) {
			for (int b = 0; breaks[b]; b++)
				puts(breaks[b]);
			return 0;
		}
		if (i + 1 == argc)
			return 2;
		if (strcmp(argv[i], "--histories") == 0)
			histories = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--broken") == 0)
			broken = argv[++i];
		else
			return 2;
	}
	struct arena *arena = arena_new(), *scratch = arena_new();
	unsigned long long ends[RUN_CANCELLED + 1] = {0};
	printf("seed %llu, %llu histories\n", seed, histories);
	fflush(stdout);
	for (unsigned long long n = 0; ok && n < histories; n++) {
		struct play p;
		arena_reset(arena);
		ok = prepare(&p, arena, scratch, seed + n);
		p.trace = trace;
		if (ok && broken)
			blind(&p);
		ok = ok && live(&p);
		actions += p.actions;
		deaths += p.deaths;
		if (ok)
			ends[p.memory.status]++;
		else
			printf("WRONG, seed %llu: %s.\n  definition %s\nTo see it again: ./scripts/test sim "
			       "--histories 1 "
			       "--seed %llu\n",
				seed + n, p.wrong, p.flow.document ? json_text(arena, p.flow.document).p : "",
				seed + n);
	}
	if (ok)
		printf("%llu histories: %llu actions, %llu deaths; %llu completed, %llu failed, %llu cancelled\n",
			histories, actions, deaths, ends[RUN_COMPLETED], ends[RUN_FAILED], ends[RUN_CANCELLED]);
	arena_free(arena);
	arena_free(scratch);
	return ok ? 0 : 1;
}
