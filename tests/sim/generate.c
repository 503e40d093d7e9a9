/*
 * Random definitions that definition_check accepts, and, by other means than the templates, what each step's input must
 * come out as. Sixteen seeds in a row share a definition.
 */
#include "sim.h"

#include "json/writer.h"

#define PROMPT "0192f0c4-0000-7000-8000-0000000000f0"

/* ---- kinds ---- */

static void
describe_prompt(struct arena *arena, struct json *step)
{
	struct json *prompt = json_new_object(arena);
	json_add(prompt, STR("id"), json_new_str(arena, STR(PROMPT)));
	json_add(prompt, STR("version"), json_new_int(arena, 1));
	json_add(step, STR("prompt"), prompt);
}

const struct sim_kind sim_kinds[] = {
	{"prompt", 1, 0x3 /* completed, failed */, describe_prompt},
};
const unsigned sim_kind_count = sizeof sim_kinds / sizeof *sim_kinds;

/* ---- forms of an input ---- */

struct form {
	const char *text; /* a %s is the key of an earlier step */
	unsigned weight;
	const struct json *(*expect)(struct arena *arena, const struct run_state *run, unsigned from);
};

static const struct json *
expect_literal(struct arena *arena, const struct run_state *run, unsigned from)
{
	(void)run, (void)from;
	return json_new_str(arena, STR("plain"));
}

static const struct json *
expect_text(struct arena *arena, const struct run_state *run, unsigned from)
{
	(void)arena, (void)from;
	return json_get(run->input, "text");
}

static const struct json *
expect_number(struct arena *arena, const struct run_state *run, unsigned from)
{
	(void)arena, (void)from;
	return json_get(run->input, "n");
}

static const struct json *
expect_output(struct arena *arena, const struct run_state *run, unsigned from)
{
	(void)arena;
	return run->steps[from].status == STEP_COMPLETED ? run->steps[from].output : NULL;
}

static const struct json *
expect_within(struct arena *arena, const struct run_state *run, unsigned from)
{
	const struct json *output = expect_output(arena, run, from);
	if (!output)
		return NULL;
	struct str text = output->type == JSON_STRING ? output->text : json_text(arena, output);
	return json_new_str(arena, str_of(arena_printf(arena, "<%.*s>", STR_ARG(text))));
}

static const struct json *
expect_title(struct arena *arena, const struct run_state *run, unsigned from)
{
	const struct json *output = expect_output(arena, run, from);
	return output && output->type == JSON_OBJECT ? json_get(output, "title") : NULL;
}

static const struct json *
expect_fallback(struct arena *arena, const struct run_state *run, unsigned from)
{
	(void)run, (void)from;
	return json_new_str(arena, STR("instead"));
}

static const struct json *
expect_nothing(struct arena *arena, const struct run_state *run, unsigned from)
{
	(void)arena, (void)run, (void)from;
	return NULL;
}

static const struct form forms[] = {
	{"plain", 2, expect_literal},
	{"{{input.text}}", 2, expect_text},
	{"{{input.n}}", 1, expect_number},
	{"{{input.absent || \"instead\"}}", 1, expect_fallback},
	{"{{steps.%s.output}}", 6, expect_output},
	{"<{{steps.%s.output}}>", 6, expect_within},
	{"{{steps.%s.output.title}}", 1, expect_title},
	{"{{input.absent}}", 1, expect_nothing},
};
#define FORMS (sizeof forms / sizeof *forms)

static unsigned
choose_form(struct chance *c, bool first)
{
	for (;;) {
		unsigned form = chance_below(c, FORMS);
		if (chance_below(c, 6) < forms[form].weight && !(first && strchr(forms[form].text, '%')))
			return form;
	}
}

const struct json *
generate_expected(struct arena *arena, const struct flow *flow, const struct run_state *run, unsigned step)
{
	const struct expected *e = &flow->expected[step];
	return forms[e->form].expect(arena, run, e->from);
}

/* ---- definitions ---- */

/* None, never, or a few attempts. */
static void
add_policy(struct arena *arena, struct chance *c, struct json *step, int *ret_attempts)
{
	static const char *const growth[] = {"none", "linear", "exponential"};
	unsigned sort = chance_below(c, 4);
	*ret_attempts = sort == 0 ? 0 : 1;
	if (sort == 0)
		json_add(step, STR("retry"), json_new_str(arena, STR("never")));
	if (sort != 1)
		return;
	struct json *policy = json_new_object(arena);
	*ret_attempts = 1 + (int)chance_below(c, 4);
	json_add(policy, STR("max_attempts"), json_new_int(arena, *ret_attempts));
	json_add(policy, STR("delay_ms"), json_new_int(arena, chance_below(c, 1500)));
	json_add(policy, STR("backoff"), json_new_str(arena, str_of(growth[chance_below(c, 3)])));
	json_add(step, STR("retry"), policy);
}

static struct json *
random_step(struct arena *arena, struct chance *c, struct flow *flow, unsigned index)
{
	struct json *step = json_new_object(arena), *input = json_new_object(arena);
	struct expected *e = &flow->expected[index];
	unsigned kind = chance_below(c, sim_kind_count);
	flow->kind[index] = kind;
	e->form = choose_form(c, index == 0);
	e->from = index ? chance_below(c, index) : 0;
	const char *text = forms[e->form].text, *at = strstr(text, "%s");
	if (at)
		text = arena_printf(arena, "%.*ss%u%s", (int)(at - text), text, e->from + 1, at + 2);
	json_add(input, STR("v"), json_new_str(arena, str_of(text)));
	json_add(step, STR("key"), json_new_str(arena, str_of(arena_printf(arena, "s%u", index + 1))));
	json_add(step, STR("kind"), json_new_str(arena, str_of(sim_kinds[kind].name)));
	sim_kinds[kind].describe(arena, step);
	json_add(step, STR("input"), input);
	add_policy(arena, c, step, &flow->attempts[index]);
	return step;
}

bool
flow_read(struct arena *arena, struct json *document, const struct json *input, bool check, struct flow **ret_flow,
	struct err *err)
{
	static const struct str variable = {"v", 1};
	const struct prompt_facts prompt = {
		.id = STR(PROMPT), .version = 1, .variables = &variable, .variable_count = 1};
	struct definition *definition;
	struct flow *flow = arena_new_of(arena, struct flow);
	flow->document = document;
	if ((check && !definition_check(arena, document, "", &prompt, 1, &flow->document, err)) ||
		!definition_read(arena, flow->document, &definition, err))
		return false;
	flow->input = input;
	flow->definition = definition;
	*ret_flow = flow;
	return true;
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
	memcpy((*ret_flow)->expected, drawn.expected, sizeof drawn.expected);
	memcpy((*ret_flow)->attempts, drawn.attempts, sizeof drawn.attempts);
	memcpy((*ret_flow)->kind, drawn.kind, sizeof drawn.kind);
	return true;
}
