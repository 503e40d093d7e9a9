/*
 * Random definitions that definition_check accepts, with what was drawn for each step. Sixteen seeds in a row share a
 * definition.
 */
#include "sim.h"

#include "flow/finding.h"
#include "json/writer.h"

#include <stdlib.h>

#define PROMPT "0192f0c4-0000-7000-8000-0000000000f0"
#define WORKFLOW "0192f0c4-0000-7000-8000-0000000000f1"

/* ---- kinds ---- */

static void
add_input(struct arena *arena, struct json *step, const char *text)
{
	struct json *input = json_new_object(arena);
	json_add(input, STR("v"), json_new_str(arena, str_of(text)));
	json_add(step, STR("input"), input);
}

static void
describe_prompt(struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn, const char *text)
{
	(void)c, (void)drawn;
	struct json *prompt = json_new_object(arena);
	json_add(prompt, STR("id"), json_new_str(arena, STR(PROMPT)));
	json_add(prompt, STR("version"), json_new_int(arena, 1));
	json_add(step, STR("prompt"), prompt);
	add_input(arena, step, text);
}

static void
describe_transform(struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn, const char *text)
{
	(void)c, (void)drawn;
	json_add(step, STR("value"), json_new_str(arena, str_of(text)));
}

/* The world begins at one second past 1970. */
static void
describe_wait(struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn, const char *text)
{
	static const struct {
		const char *text;
		int64_t us;
	} seconds[] = {{"0", 0}, {"0.25", 250000}, {"2", 2000000}, {"5400", 5400000000}},
	  times[] = {{"1970-01-01T00:00:00.5Z", 500000}, {"1970-01-01T01:00:03+01:00", 3000000},
		  {"1970-01-01T02:00:00Z", 7200000000}};
	bool until = chance_percent(c, 40);
	/* what is no template and no time is refused when it is checked */
	drawn->filled = chance_percent(c, 15) && strstr(text, "{{");
	unsigned which = chance_below(c, until ? sizeof times / sizeof *times : sizeof seconds / sizeof *seconds);
	drawn->until = until ? times[which].text : NULL;
	drawn->seconds = until ? NULL : seconds[which].text;
	drawn->due_us = until ? times[which].us : seconds[which].us;
	struct json *value = json_new_str(arena, str_of(drawn->filled ? text : until ? drawn->until : drawn->seconds));
	if (!until && !drawn->filled)
		value->type = JSON_NUMBER;
	json_add(step, until ? STR("until") : STR("seconds"), value);
}

static void
draw_timeout(struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn)
{
	static const int seconds[] = {0, 0, 1, 30, 7200};
	int64_t chosen = CHANCE_OF(c, seconds);
	drawn->timeout_us = chosen * 1000000;
	if (chosen)
		json_add(step, STR("timeout_seconds"), json_new_int(arena, chosen));
}

static void
describe_approval(struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn, const char *text)
{
	drawn->shows = chance_percent(c, 50);
	if (drawn->shows)
		add_input(arena, step, text);
	draw_timeout(arena, c, step, drawn);
}

static void
describe_signal(struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn, const char *text)
{
	static const char *const names[] = {"go", "go", "on"};
	(void)text;
	drawn->signal = CHANCE_OF(c, names);
	json_add(step, STR("signal"), json_new_str(arena, str_of(drawn->signal)));
	draw_timeout(arena, c, step, drawn);
}

static void
describe_workflow(struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn, const char *text)
{
	struct json *workflow = json_new_object(arena);
	json_add(workflow, STR("id"), json_new_str(arena, STR(WORKFLOW)));
	json_add(workflow, STR("version"), json_new_int(arena, 1));
	json_add(step, STR("workflow"), workflow);
	add_input(arena, step, text);
	draw_timeout(arena, c, step, drawn);
}

const struct sim_kind sim_kinds[] = {
	{"prompt", 4, CONTROL_CALL, 0x3 /* completed, failed */, describe_prompt},
	{"transform", 2, CONTROL_TRANSFORM, 0, describe_transform},
	{"wait", 2, CONTROL_WAIT, 0, describe_wait},
	{"approval", 2, CONTROL_APPROVAL, 0, describe_approval},
	{"signal", 2, CONTROL_SIGNAL, 0, describe_signal},
	{"workflow", 2, CONTROL_WORKFLOW, 0, describe_workflow},
};
const unsigned sim_kind_count = sizeof sim_kinds / sizeof *sim_kinds;

enum step_control
flow_control(const struct flow *flow, unsigned step)
{
	return sim_kinds[flow->steps[step].kind].control;
}

/* ---- definitions ---- */

/* None, never, or a few attempts. */
static void
add_policy(struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn)
{
	static const char *const growth[] = {"none", "linear", "exponential"};
	static const char *const codes[] = {"timeout", "rejected", "template", "invalid_wait"};
	bool person = sim_kinds[drawn->kind].control == CONTROL_APPROVAL;
	unsigned sort = chance_below(c, 5);
	drawn->attempts = sort == 0 ? 0 : 1;
	if (sort == 0)
		json_add(step, STR("retry"), json_new_str(arena, STR("never")));
	if (sort == 0 || sort > 2)
		return;
	struct json *policy = json_new_object(arena), *on = json_new_array(arena);
	drawn->attempts = 1 + (int)chance_below(c, 4);
	json_add(policy, STR("max_attempts"), json_new_int(arena, drawn->attempts));
	json_add(policy, STR("delay_ms"), json_new_int(arena, chance_below(c, 1500)));
	json_add(policy, STR("backoff"), json_new_str(arena, str_of(CHANCE_OF(c, growth))));
	if (sort == 2) {
		drawn->on = codes[chance_below(c, person ? 2 : 4)];
		json_push(on, json_new_str(arena, str_of(drawn->on)));
		json_add(policy, STR("on"), on);
	}
	json_add(step, STR("retry"), policy);
}

/* Mostly the run just fails. */
static void
add_on_failure(struct arena *arena, struct chance *c, struct json *step, struct drawn *drawn)
{
	static const char *const names[] = {"stop", "continue", "ask"};
	drawn->on_failure = chance_percent(c, 50) ? FAILURE_STOPS : (enum on_failure)chance_below(c, 3);
	if (drawn->on_failure != FAILURE_STOPS || chance_percent(c, 20))
		json_add(step, STR("on_failure"), json_new_str(arena, str_of(names[drawn->on_failure])));
}

static struct json *
random_step(struct arena *arena, struct chance *c, struct flow *flow, unsigned index)
{
	struct json *step = json_new_object(arena);
	struct drawn *drawn = &flow->steps[index];
	do
		drawn->kind = chance_below(c, sim_kind_count);
	while (chance_below(c, 4) >= sim_kinds[drawn->kind].weight);
	const char *text = expect_draw(arena, c, index, drawn);
	json_add(step, STR("key"), json_new_str(arena, str_of(arena_printf(arena, "s%u", index + 1))));
	json_add(step, STR("kind"), json_new_str(arena, str_of(sim_kinds[drawn->kind].name)));
	sim_kinds[drawn->kind].describe(arena, c, step, drawn, text);
	add_policy(arena, c, step, drawn);
	add_on_failure(arena, c, step, drawn);
	return step;
}

static bool
checked(struct arena *arena, const struct json *document, const struct definition_known *known,
	struct json **ret_canonical, struct err *err)
{
	struct findings findings = {.arena = arena};
	return definition_examine(document, "", known, &findings, ret_canonical) || findings_refuse(&findings, err);
}

bool
flow_read(struct arena *arena, struct json *document, const struct json *input, bool check, struct flow **ret_flow,
	struct err *err)
{
	static const struct str variable = {"v", 1};
	const struct prompt_facts prompt = {
		.id = STR(PROMPT), .version = 1, .variables = &variable, .variable_count = 1};
	const struct json any = {.type = JSON_OBJECT};
	const struct workflow_facts workflow = {.id = STR(WORKFLOW), .version = 1, .name = STR("Any"), .input = &any};
	const struct definition_known known = {
		.prompts = &prompt, .prompt_count = 1, .workflows = &workflow, .workflow_count = 1};
	struct definition *definition;
	struct flow *flow = arena_new_of(arena, struct flow);
	flow->document = document;
	if ((check && !checked(arena, document, &known, &flow->document, err)) ||
		!definition_read(arena, flow->document, &definition, err))
		return false;
	flow->input = input;
	flow->definition = definition;
	*ret_flow = flow;
	return true;
}

/* One step of this run has an input that somebody gave it: braces in it are not looked at. */
static void
give_input(struct arena *arena, struct chance *c, struct flow *flow)
{
	unsigned step = chance_below(c, flow->definition->step_count);
	enum step_control control = flow_control(flow, step);
	struct json *inputs = json_new_object(arena), *given = json_new_object(arena);
	if (!chance_percent(c, 10))
		return;
	json_add(given, STR("v"), json_new_str(arena, STR("{{input.absent}}")));
	json_add(inputs, flow->definition->steps[step].key, given);
	flow->inputs = inputs;
	if (control != CONTROL_TRANSFORM && control != CONTROL_WAIT)
		flow->steps[step].given = given;
}

bool
generate(struct arena *arena, uint64_t seed, struct flow **ret_flow, struct err *err)
{
	static const struct {
		const char *name;
		unsigned least; /* steps */
	} types[] = {{"chain", 2}, {"flow", 1}};
	struct chance c = {seed / 16};
	struct flow drawn = {0};
	struct json *document = json_new_object(arena), *schema = json_new_object(arena),
		    *steps = json_new_array(arena);
	struct json *input;
	unsigned count = 1 + chance_below(&c, chance_percent(&c, 20) ? SIM_STEPS_MAX : 3);
	unsigned type = chance_below(&c, sizeof types / sizeof *types);
	count = count < types[type].least ? types[type].least : count;
	json_add(document, STR("type"), json_new_str(arena, str_of(types[type].name)));
	json_add(schema, STR("type"), json_new_str(arena, STR("object")));
	json_add(schema, STR("additionalProperties"), json_new_bool(arena, true));
	json_add(document, STR("input"), schema);
	for (unsigned i = 0; i < count; i++)
		json_push(steps, random_step(arena, &c, &drawn, i));
	json_add(document, STR("steps"), steps);
	if (!json_read(arena, STR("{\"text\":\"Grüße\",\"n\":-1.50}"), &json_limits_request, &input, err) ||
		!flow_read(arena, document, input, true, ret_flow, err))
		return false;
	memcpy((*ret_flow)->steps, drawn.steps, sizeof drawn.steps);
	give_input(arena, &c, *ret_flow);
	return true;
}
