/* What a run gives in the end, where its workflow says so: a mapping, filled when everything else is over. */
#include "flow/plan_internal.h"
#include "flow/plan_scope.h"
#include "flow/template.h"
#include "json/writer.h"

/* What it names and is not here is asked for. True: there is such. */
static bool
fetch(struct planner *p, const struct json *output)
{
	const struct definition *d = p->state->definition;
	bool any = false;
	for (unsigned i = 0; i < d->step_count; i++)
		if (template_names_step(p->arena, output, d->steps[i].key))
			any |= planner_fetch(p, i);
	return any;
}

static struct str
unfilled(struct planner *p, const char *code, const char *why)
{
	return planner_error_text(p->arena, code,
		str_of(arena_printf(p->arena, "The workflow's output could not be made. %s", why)), STR(""));
}

enum planned_output
planner_output(struct planner *p, struct json **ret_output, struct str *ret_error)
{
	const struct definition *d = p->state->definition;
	struct err err = {0};
	if (fetch(p, d->output))
		return OUTPUT_COMES;
	if (d->output_source_count > 0 &&
		!planner_evaluate_run(p, d->output_sources, d->output_source_count, ret_error))
		return ret_error->n > 0 ? OUTPUT_FAILS : OUTPUT_COMES;
	if (!template_fill_all(p->arena, d->output, plan_scope(p->arena, p->state, WHOLE_RUN), ret_output, &err)) {
		*ret_error = unfilled(p, "template", err.message);
		return OUTPUT_FAILS;
	}
	if (json_weigh(*ret_output, OUTPUT_MADE_MAX) > OUTPUT_MADE_MAX) {
		*ret_error = unfilled(p, "output_too_large",
			"It would be larger than 1 MB. Name one step's output and nothing else, which may be of any "
			"size, or less.");
		return OUTPUT_FAILS;
	}
	return OUTPUT_MADE;
}
