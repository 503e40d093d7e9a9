/*
 * What a run may cost together with the runs that its steps start. Nobody holds all of these, so it is a limit as others are, a row of `quota` with
 * the scope "run:ID": every call in any of them draws from it before it is made, however deep, and siblings share what is left. Of a run whose steps
 * start none the holder counts the money in memory (quota.c).
 *
 * A run that has once had such a row keeps it, whatever version it goes on with, so that nothing is spent beside it. When housekeeping has removed
 * the row of one that had ended, the ledger says what was spent (quota_spent_of_run, sql).
 */
#include "exec/executor.h"

static bool
starts_runs(const struct definition *d)
{
	for (unsigned i = 0; i < d->step_count; i++)
		if (d->steps[i].control == CONTROL_WORKFLOW)
			return true;
	return false;
}

static void
load_above(struct held *run, const struct json *list)
{
	if (!list || list->type != JSON_ARRAY || list->count == 0)
		return;
	run->above = arena_array(run->arena, list->count, sizeof *run->above);
	json_each (item, list) {
		struct above *above = &run->above[run->above_count];
		if (!json_get_str(item, "run", &above->run) || !json_get_str(item, "workflow", &above->workflow))
			continue;
		above->budget.known = json_get_int(item, "budget_nano", &above->budget.value);
		run->above_count++;
	}
}

void
budget_load(struct held *run, const struct json *overrides)
{
	run->budget.known = json_get_int(overrides, "budget_nano", &run->budget.value);
	load_above(run, json_get(overrides, "above"));
}

/* Its limit is what the version says that it is loaded with. */
void
budget_keep(struct held *run)
{
	const struct definition *d = run->plan.definition;
	int64_t nano = d->cost_nano >= 0 ? d->cost_nano : BUDGET_ANY;
	if (run->budget.known ? run->budget.value == nano : d->cost_nano < 0 || !starts_runs(d))
		return;
	run->budget = (struct maybe_int){true, nano};
	journal_add(run, CHANGE_RUN_BUDGET)->run_budget.nano = nano;
}

int64_t
budget_alone(const struct held *run)
{
	return run->budget.known ? -1 : run->plan.definition->cost_nano;
}

unsigned
budget_count(const struct held *run)
{
	return 1 + run->above_count;
}

bool
budget_at(const struct held *run, unsigned i, struct str *ret_run, int64_t *ret_nano)
{
	const struct maybe_int *budget = i == 0 ? &run->budget : &run->above[i - 1].budget;
	if (!budget->known)
		return false;
	*ret_run = i == 0 ? str_of(run->id_text) : run->above[i - 1].run;
	*ret_nano = budget->value;
	return true;
}

bool
budget_limited(const struct held *run)
{
	struct str of;
	int64_t nano;
	for (unsigned i = 0; i < budget_count(run); i++)
		if (budget_at(run, i, &of, &nano))
			return true;
	return false;
}

bool
budget_within(const struct held *run, struct str workflow)
{
	for (unsigned i = 0; i < run->above_count; i++)
		if (str_eq(run->above[i].workflow, workflow))
			return true;
	return false;
}
