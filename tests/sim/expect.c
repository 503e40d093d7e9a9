/* What each step must come to, by other means than those of src/flow. */
#include "sim.h"

#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- forms of an input ---- */

struct form {
	const char *text; /* a %s is the key of an earlier step */
	unsigned weight;
	const struct json *(*expect)(struct arena *arena, const struct run_state *run, unsigned from);
	bool expression;
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

/* A step that gives nothing gives null. */
static const struct json *
expect_output(struct arena *arena, const struct run_state *run, unsigned from)
{
	if (run->steps[from].status != STEP_COMPLETED)
		return NULL;
	return run->steps[from].output ? run->steps[from].output : json_new_null(arena);
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
expect_listed(struct arena *arena, const struct run_state *run, unsigned from)
{
	const struct json *output = expect_output(arena, run, from);
	struct json *list = output ? json_new_array(arena) : NULL;
	if (list)
		json_push(list, json_share(arena, output));
	return list;
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
	{"plain", 2, expect_literal, false},
	{"{{input.text}}", 2, expect_text, false},
	{"{{input.n}}", 1, expect_number, false},
	{"{{input.absent || \"instead\"}}", 1, expect_fallback, false},
	{"{{steps.%s.output}}", 6, expect_output, false},
	{"<{{steps.%s.output}}>", 6, expect_within, false},
	{"{{steps.%s.output.title}}", 1, expect_title, false},
	{"{{input.absent}}", 1, expect_nothing, false},
	{"{{ [steps.%s.output] }}", 3, expect_listed, true},
};
#define FORMS (sizeof forms / sizeof *forms)

const char *
expect_draw(struct arena *arena, struct chance *c, unsigned index, struct drawn *drawn)
{
	do
		drawn->form = chance_below(c, FORMS);
	while (chance_below(c, 6) >= forms[drawn->form].weight || (index == 0 && strchr(forms[drawn->form].text, '%')));
	drawn->from = index ? chance_below(c, index) : 0;
	const char *text = forms[drawn->form].text, *at = strstr(text, "%s");
	return at ? arena_printf(arena, "%.*ss%u%s", (int)(at - text), text, drawn->from + 1, at + 2) : text;
}

const struct json *
expect_value(struct arena *arena, const struct world *w, unsigned step)
{
	const struct drawn *d = &w->flow->steps[step];
	struct step_state steps[SIM_STEPS_MAX];
	struct run_state run = w->memory;
	run.steps = steps;
	for (unsigned i = 0; i < run.definition->step_count; i++) {
		steps[i] = w->memory.steps[i];
		steps[i].output = steps[i].output_away ? w->outputs[i] : steps[i].output;
	}
	return forms[d->form].expect(arena, &run, d->from);
}

/* Whether the step's form is filled in when it begins. */
static bool
is_filled(const struct flow *flow, unsigned step)
{
	const struct drawn *d = &flow->steps[step];
	enum step_control control = flow_control(flow, step);
	return control == CONTROL_WAIT ? d->filled : control == CONTROL_APPROVAL ? d->shows : control != CONTROL_SIGNAL;
}

bool
expect_expression(const struct flow *flow, unsigned step)
{
	return is_filled(flow, step) && !flow->steps[step].given && forms[flow->steps[step].form].expression;
}

struct evaluation
expect_evaluation(struct arena *arena, const struct flow *flow, const struct run_state *run, unsigned step, int attempt)
{
	/* By its text, "[steps.sN.output]": of recorded histories it is not known what was drawn. */
	struct str source = flow->definition->steps[step].sources[0];
	unsigned from = (unsigned)atoi(arena_strz(arena, source) + strlen("[steps.s")) - 1;
	const struct json *value = from < step ? expect_listed(arena, run, from) : NULL;
	struct evaluation evaluation = {.step = step, .attempt = attempt};
	struct json *values = json_new_object(arena);
	if (value)
		json_add(values, source, json_share(arena, value));
	else
		evaluation.error = STR("{\"code\":\"expression\",\"message\":\"It could not be evaluated.\"}");
	evaluation.values = value ? values : NULL;
	return evaluation;
}

unsigned
expect_named(const struct world *w, unsigned step)
{
	const struct drawn *d = &w->flow->steps[step];
	return is_filled(w->flow, step) && strchr(forms[d->form].text, '%') ? 1u << d->from : 0;
}

const struct json *
expect_input(struct arena *arena, const struct world *w, unsigned step)
{
	const struct drawn *d = &w->flow->steps[step];
	bool approval = flow_control(w->flow, step) == CONTROL_APPROVAL;
	if (d->given)
		return d->given;
	const struct json *value = approval && !d->shows ? NULL : expect_value(arena, w, step);
	struct json *input = value ? json_new_object(arena) : NULL;
	if (input)
		json_add(input, STR("v"), json_share(arena, value));
	return input;
}

/* ---- waits, messages, attempts ---- */

bool
expect_due(struct arena *arena, const struct world *w, unsigned step, int64_t *ret_due_us)
{
	const struct drawn *d = &w->flow->steps[step];
	*ret_due_us = d->until ? d->due_us : w->memory.now_us + d->due_us;
	if (!d->filled)
		return true;
	const struct json *value = expect_value(arena, w, step);
	if (!value || (value->type != JSON_NUMBER && value->type != JSON_STRING) || value->text.n == 0 || d->until)
		return false; /* no form gives a time */
	char *end, *text = arena_strz(arena, value->text);
	double seconds = strtod(text, &end);
	if (*end || seconds < 0)
		return false;
	*ret_due_us = w->memory.now_us + (int64_t)(seconds * 1000000);
	return true;
}

static bool
about(const struct world *w, const struct asked *asked, unsigned step)
{
	struct str name;
	int64_t attempt;
	return json_get_str(asked->value, "path", &name) && str_eq(name, w->flow->definition->steps[step].key) &&
	       json_get_int(asked->value, "attempt", &attempt) && attempt == w->memory.steps[step].attempt;
}

static bool
fits(const struct world *w, const struct asked *asked, unsigned step)
{
	const struct drawn *d = &w->flow->steps[step];
	enum step_control control = flow_control(w->flow, step);
	struct str name;
	if (control == CONTROL_SIGNAL)
		return asked->which == REQUEST_SIGNAL && json_get_str(asked->value, "name", &name) &&
		       str_is(name, d->signal);
	enum { NONE = -1 };
	int which = control == CONTROL_APPROVAL ? REQUEST_DECISION : control == CONTROL_WORKFLOW ? REQUEST_CHILD : NONE;
	return (int)asked->which == which && w->memory.steps[step].status == STEP_WAITING && about(w, asked, step);
}

static bool
answers(const struct world *w, const struct asked *asked, unsigned step)
{
	const struct step_state *s = &w->memory.steps[step];
	return asked->which == REQUEST_ANSWER && s->status == STEP_FAILED && s->asked && about(w, asked, step);
}

static const struct asked *
first_read(const struct world *w, unsigned step, bool (*fits_it)(const struct world *, const struct asked *, unsigned))
{
	const struct asked *first = NULL;
	for (unsigned i = 0; i < w->inbox_count; i++) {
		const struct asked *asked = &w->inbox[i];
		if (!asked->gone && !asked->done && asked->place && (!first || asked->place < first->place) &&
			fits_it(w, asked, step))
			first = asked;
	}
	return first;
}

const struct asked *
expect_message(const struct world *w, unsigned step)
{
	return first_read(w, step, fits);
}

const struct asked *
expect_answer(const struct world *w, unsigned step)
{
	return first_read(w, step, answers);
}

bool
asked_says(const struct asked *asked, const char *decision)
{
	struct str said;
	return asked && json_get_str(asked->value, "decision", &said) && str_is(said, decision);
}

bool
expect_unread(const struct world *w, unsigned step)
{
	for (unsigned i = 0; i < w->inbox_count; i++) {
		const struct asked *asked = &w->inbox[i];
		if (!asked->gone && !asked->place && asked->generation == w->generation &&
			asked->at_us < w->memory.steps[step].due_us && fits(w, asked, step))
			return true;
	}
	return false;
}

bool
error_is(struct str error, const char *code)
{
	char wanted[64];
	snprintf(wanted, sizeof wanted, "{\"code\":\"%s\"", code);
	return error.n >= strlen(wanted) && memcmp(error.p, wanted, strlen(wanted)) == 0;
}

bool
expect_again(const struct world *w, unsigned step)
{
	const struct drawn *d = &w->flow->steps[step];
	const struct step_state *s = &w->memory.steps[step];
	if (s->status != STEP_FAILED || s->attempt - s->before >= d->attempts)
		return false;
	return s->due_us > 0 || (d->on ? error_is(s->error, d->on)
				       : error_is(s->error, "timeout") || error_is(s->error, "rate_limited"));
}

bool
expect_done(const struct world *w, unsigned step)
{
	const struct step_state *s = &w->memory.steps[step];
	return step_done(s) || (s->status == STEP_FAILED && w->flow->steps[step].on_failure == FAILURE_CONTINUES &&
				       !expect_again(w, step));
}

unsigned
expect_first(const struct world *w)
{
	unsigned i = 0;
	while (i < w->memory.definition->step_count && expect_done(w, i))
		i++;
	return i;
}
