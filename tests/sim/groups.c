/*
 * See groups.h.
 *
 *	groups [--histories N] [--seed S]    N histories from seed S on; the seed of one that fails repeats it alone
 *	groups --broken NAME …               the same with a planner that is broken on purpose: must find it
 *	groups --list-broken                 their names
 *
 * With TRACE in the environment every action is printed as it is taken.
 */
#include "groups.h"

#include "json/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENTS_MAX 400
#define CALM_MAX 4000

static const char *broken; /* what is taken from the planner; NULL: nothing */

bool
groups_wrong(struct play *p, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (!p->wrong[0])
		vsnprintf(p->wrong, sizeof p->wrong, format, args);
	va_end(args);
	return false;
}

/* ---- taking ---- */

/* The run as a whole is about to end. */
static bool
run_ends(const struct action *actions, unsigned count)
{
	return count > 0 && actions[count - 1].kind == ACTION_END;
}

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
		return groups_wrong(p, "the run cannot be loaded: %s", err.message);
	copy.definition = p->shown;
	copy.evaluation = p->memory.evaluation;
	copy.now_us = p->memory.now_us;
	copy.cancel_asked = p->memory.cancel_asked;
	if (!plan(p->scratch, &copy, &again, &again_count, &err))
		return groups_wrong(p, "plan() refuses: %s", err.message);
	bool equal = count == again_count;
	for (unsigned i = 0; equal && i < count; i++)
		equal = same(&actions[i], &again[i]);
	return equal || groups_wrong(p, "whoever would take the run over now would decide otherwise");
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
	for (int i = 0; i < p->count; i++) {
		int group = p->spots[i].parent;
		if (group >= 0 && p->spots[group].fast && groups_lost(p, i) && goes_on(p, i))
			return groups_wrong(p, "%s has failed, and what it is in goes on", groups_key(p, i).p);
	}
	if (right == PLAN_NEVER && !running && p->memory.status != RUN_PAUSED)
		return groups_wrong(p, "there is something to do, and nothing is asked for: the run is stuck");
	if (right <= p->memory.now_us)
		return groups_wrong(p, "what is due is not done");
	return at_us == right || (at_us == 0 && running && right == PLAN_NEVER) ||
	       groups_wrong(p, "the run sleeps until %lld and should until %lld", (long long)at_us, (long long)right);
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
			return groups_wrong(p, "the expressions of %s are let go for those of another",
				groups_key(p, (int)e->step).p);
		return true;
	}
	if (action->source_count != 1 || p->memory.steps[action->step].attempt + 1 != action->attempt)
		return groups_wrong(
			p, "%s is evaluated for attempt %d", groups_key(p, (int)action->step).p, action->attempt);
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
			return groups_wrong(p, "plan() refuses: %s", err.message);
		if (!same_for_another(p, actions, count))
			return false;
		p->memory.definition = p->flow.definition;
		p->wake_us = PLAN_NEVER;
		if (run_ended(p->memory.status))
			return count == 0 || groups_wrong(p, "something is asked for after the end");
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
					groups_key(p, (int)actions[i].step).p, actions[i].attempt);
			if (!groups_check(p, &actions[i], ends))
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
	return groups_wrong(p, "plan() does not come to rest");
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
			return groups_wrong(p, "%s is %s and should be %s", groups_key(p, i).p,
				step_status_name(s->status), step_status_name(right));
	}
	bool lost = false;
	for (int i = 0; i < p->count; i++)
		lost = lost || (p->spots[i].parent < 0 && p->spots[i].fate == FATE_LOST);
	return p->memory.cancel_asked || p->memory.status == (lost ? RUN_FAILED : RUN_COMPLETED) ||
	       groups_wrong(p, "the run has %s", run_status_name(p->memory.status));
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
			return groups_wrong(p, "nothing hinders the run any more, and it does not end");
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
		ok = groups_prepare(&p, arena, scratch, seed + n);
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
