/*
 * The kind "agent": what a registered agent is asked was taken over when its workflow was saved (flow/definition_agent.c). It is a request, made as
 * a step of the kind http makes its own, with the answer's JSON as output; or a text for a model, as of a prompt.
 */
#include "steps/kinds.h"

static const struct step_kind *
does_it(const struct step_attempt *attempt)
{
	return attempt->def->http ? &step_kind_http : &step_prompt;
}

static struct step_ceiling
ceiling(const struct step_attempt *attempt)
{
	const struct step_kind *kind = does_it(attempt);
	return kind->ceiling ? kind->ceiling(attempt) : (struct step_ceiling){.known = true};
}

static void
start(struct step_attempt *attempt)
{
	does_it(attempt)->start(attempt);
}

static void
abort_agent(struct step_attempt *attempt, struct step_usage *ret_usage)
{
	does_it(attempt)->abort(attempt, ret_usage);
}

const struct step_kind step_kind_agent = {.name = "agent", .ceiling = ceiling, .start = start, .abort = abort_agent};
