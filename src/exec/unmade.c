/*
 * Calls that must not be made twice (retry: never), or that count against their run's money, whose start is recorded or may be, and which
 * this process has not made when it loses its connection or its lease. So when it is this process that holds the run next, and
 * the attempt was recorded, its call may be made after all.
 */
#include "exec/executor.h"

#include <stdlib.h>

#define UNMADE_MAX 10000 /* remembered; of what comes after that nothing is known, as if we had died */

struct unmade {
	struct unmade *next;
	struct id workspace, run;
	int64_t epoch;
	int attempt;
	size_t path_bytes;
	char path[]; /* of the step: its number is another one's later */
};

static void
note(struct executor *ex, const struct attempt *a)
{
	struct str path = plan_path(&a->run->plan, a->index);
	struct unmade *u = ex->unmade_count < UNMADE_MAX ? malloc(sizeof *u + path.n) : NULL;
	if (!u)
		return;
	*u = (struct unmade){
		ex->unmade, a->run->workspace, a->run->id, a->run->epoch, a->step.attempt, .path_bytes = path.n};
	memcpy(u->path, path.p, path.n);
	ex->unmade = u;
	ex->unmade_count++;
}

void
unmade_note(struct executor *ex)
{
	unmade_forget(ex); /* who has not come back by now is elsewhere */
	for (const struct held *run = ex->first_held; run; run = run->next)
		for (const struct attempt *a = run->attempts; a; a = a->next)
			if ((a->step.def->retry.never || run->plan.definition->cost_nano >= 0) &&
				(a->state == ATTEMPT_PLANNED || a->state == ATTEMPT_READY ||
					a->state == ATTEMPT_STARTING))
				note(ex, a);
}

static void
drop(struct executor *ex, struct unmade **at)
{
	struct unmade *gone = *at;
	*at = gone->next;
	free(gone);
	ex->unmade_count--;
}

/* Only when nobody has held the run since: whoever did may have begun the same attempt, and called. */
bool
unmade_take(struct held *run, unsigned step)
{
	struct executor *ex = run->executor;
	bool unmade = false;
	struct str path = plan_path(&run->plan, step);
	for (struct unmade **at = &ex->unmade; *at;) {
		const struct unmade *u = *at;
		if (id_eq(u->run, run->id) && id_eq(u->workspace, run->workspace) &&
			str_eq((struct str){u->path, u->path_bytes}, path)) {
			unmade |= u->attempt == run->plan.steps[step].attempt && u->epoch + 1 == run->epoch;
			drop(ex, at);
		} else {
			at = &(*at)->next;
		}
	}
	return unmade;
}

void
unmade_forget(struct executor *ex)
{
	while (ex->unmade)
		drop(ex, &ex->unmade);
}
