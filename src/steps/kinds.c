/* The table of step kinds. A new kind is one file, one line in kinds.h and one here. */
#include "steps/kinds.h"

static const struct step_kind *const kinds[] = {
	&step_prompt,
	&step_kind_http,
	&step_kind_function,
	&step_kind_agent,
	&step_kind_model,
	&step_kind_script,
};

#define DEFAULT_MODEL STR("builtin/echo")

const struct step_kind *
step_kind_by_name(struct str name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_is(name, kinds[i]->name))
			return kinds[i];
	return NULL;
}

struct str
step_model(const struct step_def *def, struct str asked)
{
	bool told = def->prompt_id.n > 0 || def->agent_text.n > 0 || str_is(def->kind, step_prompt.name);
	if (!told || def->part == PART_AGENT)
		return (struct str){NULL, 0};
	return asked.n > 0 ? asked : DEFAULT_MODEL;
}
