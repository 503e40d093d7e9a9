/*
 * Random histories of plan() with a workflow that is code: what it asks for depends on what its steps gave, which of them failed, and which ended first. A little
 * program stands for the JavaScript: it is run from its start over the ends that are committed, in their order, whenever plan() asks for that. Chance decides
 * when calls end, what is committed and when the holder dies; what was lost happens again, perhaps in another order.
 *
 * What must hold: a step begins once its program asks for it, in the order of the committed ends and no other; nothing begins while an end is not known to it;
 * the run ends as the program does, with its output, and what it has not asked for is skipped.
 *
 *	code [--histories N] [--seed S] [--record MOST]     recorded as by loops.c
 */
#include "sim.h"
#include "snapshot.h"

#include "json/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 12
#define SAYS_MAX 8
#define TURNS_MAX 2000

/* What a program does next: waits for one, for all of several, or for the first of several, each with a step of its own that follows. */
enum says { WAITS, TRIES, WAITS_ALL, RACES, CHOOSES };
struct said {
	enum says says;
	unsigned steps[3], count;
	unsigned then[3]; /* of a race: after the n-th; of a choice: of an even output, of an odd one */
};

struct rows {
	enum step_status status[STEPS];
	int attempt[STEPS];
	int64_t due_us[STEPS];
	unsigned order[STEPS], ends; /* steps in the order in which they ended for good */
	enum run_status run;
	const struct json *output;
};

struct coded {
	struct arena *arena, *scratch;
	struct chance chance;
	const struct definition *definition;
	const struct json *document;
	struct recorder *recorder; /* NULL: nothing is recorded */
	struct said program[SAYS_MAX];
	unsigned says, steps;
	int fails[STEPS], attempts[STEPS];
	struct rows now, committed;
	struct run_state run;
	struct replay replay;
	unsigned deaths, replays;
	char wrong[300];
};

static bool
wrong(struct coded *c, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (!c->wrong[0])
		vsnprintf(c->wrong, sizeof c->wrong, format, args);
	va_end(args);
	return false;
}

/* ---- the program ---- */

static bool
fails(const struct coded *c, unsigned step)
{
	return c->fails[step] >= c->attempts[step];
}

/* Over a history: what it has been told, and what it has asked for. */
struct telling {
	const struct coded *c;
	const struct rows *rows;
	bool asked[STEPS], told[STEPS];
	unsigned trace, first; /* the end that was told last */
	bool waits, failed;
};

/* The next end of what was asked for; false: there is none yet. */
static bool
tell(struct telling *t)
{
	for (unsigned i = 0; i < t->rows->ends; i++) {
		unsigned step = t->rows->order[i];
		if (t->told[step] || !t->asked[step])
			continue;
		t->told[step] = true;
		t->first = step;
		t->trace = t->trace * 31 + step + 1;
		return true;
	}
	t->waits = true;
	return false;
}

static bool
wait_for(struct telling *t, unsigned step, bool catches)
{
	t->asked[step] = true;
	while (!t->told[step])
		if (!tell(t))
			return false;
	t->failed = fails(t->c, step) && !catches;
	return !t->failed;
}

static bool
wait_for_any(struct telling *t, const struct said *s, unsigned *ret_which)
{
	for (;;) {
		for (unsigned i = 0; i < s->count; i++)
			if (t->told[s->steps[i]] && t->first == s->steps[i]) {
				*ret_which = i;
				return true;
			}
		if (!tell(t))
			return false;
	}
}

static bool
say(struct telling *t, const struct said *s)
{
	unsigned which = 0;
	for (unsigned i = 0; i < s->count; i++)
		t->asked[s->steps[i]] = true;
	switch (s->says) {
	case WAITS:
	case TRIES:
		return wait_for(t, s->steps[0], s->says == TRIES);
	case WAITS_ALL:
		for (unsigned i = 0; i < s->count; i++)
			if (!wait_for(t, s->steps[i], true))
				return false;
		return true;
	case RACES:
		return wait_for_any(t, s, &which) && wait_for(t, s->then[which], true);
	case CHOOSES:
		return wait_for(t, s->steps[0], true) && wait_for(t, s->then[fails(t->c, s->steps[0])], true);
	}
	return false;
}

static struct replay
run_program(struct coded *c, const struct rows *rows, struct telling *ret_telling)
{
	struct telling t = {.c = c, .rows = rows, .first = STEPS};
	struct json *asks = json_new_object(c->arena), *output = json_new_object(c->arena);
	bool over = true;
	for (unsigned i = 0; i < c->says && over; i++)
		over = say(&t, &c->program[i]);
	for (unsigned i = 0; i < c->steps; i++)
		if (t.asked[i] && !t.told[i])
			json_add(asks, c->definition->steps[i].key, json_new_object(c->arena));
	json_add(output, STR("trace"), json_new_int(c->arena, t.trace));
	*ret_telling = t;
	return (struct replay){.known = true,
		.seen = rows->ends,
		.asks = asks,
		.over = over || t.failed,
		.output = over ? output : NULL,
		.error = t.failed ? STR("{\"code\":\"failed\",\"message\":\"A step failed.\"}") : (struct str){0}};
}

/* ---- drawing ---- */

static bool
draw(struct coded *c)
{
	struct json *document = json_new_object(c->arena), *steps = json_new_array(c->arena);
	struct definition *definition;
	struct err err = {0};
	unsigned next = 0;
	while (c->says < SAYS_MAX && next + 5 < STEPS) {
		struct said *s = &c->program[c->says++];
		s->says = (enum says)chance_below(&c->chance, 5);
		s->count = s->says == WAITS_ALL || s->says == RACES ? 2 : 1;
		for (unsigned i = 0; i < s->count; i++)
			s->steps[i] = next++;
		for (unsigned i = 0; s->says >= RACES && i < 2; i++)
			s->then[i] = next++;
		if (chance_percent(&c->chance, 25))
			break;
	}
	c->steps = next + 1; /* the last is never asked for */
	for (unsigned i = 0; i < c->steps; i++) {
		struct json *step = json_new_object(c->arena), *retry = json_new_object(c->arena);
		c->attempts[i] = 1 + (int)chance_below(&c->chance, 2);
		c->fails[i] = (int)chance_below(&c->chance, 10) > 6 ? (int)chance_below(&c->chance, 3) : 0;
		json_add(step, STR("key"), json_new_str(c->arena, str_of(arena_printf(c->arena, "s%u", i))));
		json_add(step, STR("kind"), json_new_str(c->arena, STR("prompt")));
		json_add(retry, STR("max_attempts"), json_new_int(c->arena, c->attempts[i]));
		json_add(retry, STR("delay_ms"), json_new_int(c->arena, 100));
		json_add(retry, STR("backoff"), json_new_str(c->arena, STR("none")));
		json_add(retry, STR("max_delay_ms"), json_new_int(c->arena, 100));
		json_add(step, STR("needs"), json_new_array(c->arena));
		json_add(step, STR("retry"), retry);
		json_push(steps, step);
	}
	json_add(document, STR("type"), json_new_str(c->arena, STR("flow")));
	json_add(document, STR("code"), json_new_str(c->arena, STR("exports.default = 1")));
	json_add(document, STR("steps"), steps);
	if (!definition_read(c->arena, document, &definition, &err))
		return wrong(c, "the definition is refused: %s %s", err.message, err.detail);
	c->definition = definition;
	c->document = document;
	return true;
}

/* ---- taking ---- */

static bool
begins(struct coded *c, const struct action *a)
{
	struct telling t;
	bool first = c->now.status[a->step] == STEP_PENDING;
	run_program(c, &c->now, &t);
	if (!t.asked[a->step] || c->replay.seen != c->now.ends)
		return first ? wrong(c, "s%u begins, and nobody has asked for it", a->step) : true;
	if (c->run.status == RUN_PAUSED || a->attempt != c->now.attempt[a->step] + 1 ||
		(!first && (c->now.status[a->step] != STEP_FAILED || c->now.due_us[a->step] > c->run.now_us)))
		return wrong(c, "s%u begins with attempt %d", a->step, a->attempt);
	return true;
}

static bool
end_is_right(struct coded *c, const struct action *a)
{
	struct telling t;
	struct replay right = run_program(c, &c->now, &t);
	for (unsigned i = 0; i < c->steps; i++)
		if (c->now.status[i] == STEP_RUNNING)
			return wrong(c, "the run ends while s%u is under way", i);
	if (!right.over || a->end != (right.error.n ? RUN_FAILED : RUN_COMPLETED))
		return wrong(c, "the run ends as %s, and its code does not", run_status_name(a->end));
	return right.error.n || json_equal(a->output, right.output) || wrong(c, "it gives what its code does not");
}

static void
set(struct coded *c, unsigned step, enum step_status status, int attempt)
{
	c->now.status[step] = c->run.steps[step].status = status;
	c->now.attempt[step] = c->run.steps[step].attempt = attempt;
	c->now.due_us[step] = c->run.steps[step].due_us = 0;
}

static bool
take(struct coded *c, const struct action *a)
{
	switch (a->kind) {
	case ACTION_START:
		if (!begins(c, a))
			return false;
		set(c, a->step, STEP_RUNNING, a->attempt);
		return true;
	case ACTION_RETRY:
		c->now.due_us[a->step] = c->run.steps[a->step].due_us = a->at_us;
		return c->now.status[a->step] == STEP_FAILED || wrong(c, "s%u is tried again", a->step);
	case ACTION_SKIP:
		set(c, a->step, STEP_SKIPPED, a->attempt);
		return (a->why && strcmp(a->why, "code") == 0) || wrong(c, "s%u is skipped", a->step);
	case ACTION_ABORT:
		set(c, a->step, STEP_CANCELLED, a->attempt);
		return true;
	case ACTION_END:
		if (!end_is_right(c, a))
			return false;
		c->now.run = c->run.status = a->end;
		return true;
	default:
		return wrong(c, "an action that has no place here");
	}
}

/* ---- what happens ---- */

static void
die(struct coded *c)
{
	c->deaths++;
	c->now = c->committed;
	c->replay = (struct replay){0};
	c->run.status = c->now.run;
	for (unsigned i = 0; i < c->steps; i++) {
		c->run.steps[i] = (struct step_state){
			.status = c->now.status[i], .attempt = c->now.attempt[i], .due_us = c->now.due_us[i]};
		if (c->now.status[i] == STEP_FAILED)
			c->run.steps[i].error = STR("{\"code\":\"overloaded\",\"message\":\"Too much.\"}");
		if (c->now.status[i] == STEP_COMPLETED)
			c->run.steps[i].output = json_new_int(c->arena, i);
	}
}

static bool
ends_one(struct coded *c)
{
	unsigned first = chance_below(&c->chance, c->steps);
	for (unsigned n = 0; n < c->steps; n++) {
		unsigned i = (first + n) % c->steps;
		int attempt = c->now.attempt[i];
		if (c->now.status[i] != STEP_RUNNING || c->committed.status[i] != STEP_RUNNING ||
			c->committed.attempt[i] != attempt)
			continue;
		bool lost = attempt <= c->fails[i];
		set(c, i, lost ? STEP_FAILED : STEP_COMPLETED, attempt);
		c->run.steps[i].error =
			lost ? STR("{\"code\":\"overloaded\",\"message\":\"Too much.\"}") : (struct str){0};
		c->run.steps[i].output = lost ? NULL : json_new_int(c->arena, i);
		if (!lost || attempt >= c->attempts[i])
			c->now.order[c->now.ends++] = i;
		return true;
	}
	return false;
}

/* Over what is committed, once all ends are. */
static bool
answers(struct coded *c)
{
	struct telling t;
	if (!c->replay.coming || c->committed.ends != c->now.ends)
		return false;
	c->replay = run_program(c, &c->now, &t);
	c->replays++;
	return true;
}

static bool
happens(struct coded *c, int64_t at_us)
{
	unsigned draw = chance_below(&c->chance, 10);
	if (draw < 3 && answers(c))
		return true;
	if (draw < 6 && ends_one(c))
		return true;
	if (draw < 8)
		c->committed = c->now;
	if (draw == 9) {
		die(c);
		return true;
	}
	if (at_us > 0 && at_us != PLAN_NEVER && draw > 5) {
		c->run.now_us = at_us;
		return true;
	}
	c->committed = c->now;
	if (answers(c) || ends_one(c))
		return true;
	if (at_us == 0 || at_us == PLAN_NEVER || at_us <= c->run.now_us)
		return wrong(c, "it is stuck");
	c->run.now_us = at_us;
	return true;
}

static bool
turn(struct coded *c)
{
	struct action *actions;
	unsigned count;
	struct err err = {0};
	bool progress = false;
	int64_t at_us = 0;
	arena_reset(c->scratch);
	if (!plan(c->scratch, &c->run, &actions, &count, &err))
		return wrong(c, "plan() refuses: %s", err.message);
	if (c->recorder && !recorder_call(c->recorder, &c->run, actions, count))
		return wrong(c, "%s", c->recorder->wrong);
	for (unsigned i = 0; i < count; i++) {
		if (actions[i].kind == ACTION_SLEEP) {
			at_us = actions[i].at_us;
		} else if (actions[i].kind == ACTION_REPLAY) {
			if (c->replay.coming)
				return wrong(c, "the code is run while it runs");
			c->replay.coming = progress = true;
		} else {
			if (!take(c, &actions[i]))
				return false;
			progress = true;
		}
	}
	return progress || happens(c, at_us);
}

static bool
play(struct coded *c, uint64_t seed)
{
	c->chance = (struct chance){seed * 0xd1342543de82ef95u + 1};
	if (!draw(c))
		return false;
	c->run = (struct run_state){.definition = c->definition,
		.input = json_new_object(c->arena),
		.status = RUN_RUNNING,
		.now_us = 1000000,
		.replay = &c->replay,
		.steps = arena_array(c->arena, c->definition->step_count, sizeof(struct step_state))};
	c->now.run = c->committed.run = RUN_RUNNING;
	for (unsigned turns = 0; !run_ended(c->committed.run); turns++) {
		if (turns == TURNS_MAX)
			return wrong(c, "it does not end");
		if (run_ended(c->now.run)) {
			if (chance_percent(&c->chance, 20))
				die(c);
			else
				c->committed = c->now;
		} else if (!turn(c)) {
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	unsigned long long histories = 1000, seed = 1, deaths = 0, replays = 0, ends[RUN_CANCELLED + 1] = {0};
	struct recorder recorder = {0};
	for (int i = 1; i < argc; i++)
		if (i + 1 < argc && strcmp(argv[i], "--histories") == 0)
			histories = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--record") == 0)
			recorder.most = (unsigned)atoi(argv[++i]);
		else
			return 2;
	recorder_open(&recorder);
	for (unsigned long long n = 0; n < histories; n++) {
		struct coded c = {.arena = arena_new(), .scratch = arena_new()};
		c.recorder = recorder.most > 0 ? &recorder : NULL;
		recorder_begin(&recorder, c.arena);
		bool ok = play(&c, seed + n);
		if (ok && c.recorder)
			recorder_end(&recorder, c.document);
		deaths += c.deaths;
		replays += c.replays;
		ends[c.committed.run] += ok;
		arena_free(c.arena);
		arena_free(c.scratch);
		if (!ok) {
			printf("WRONG, seed %llu: %s\n", seed + n, c.wrong);
			return 1;
		}
	}
	if (recorder_close(&recorder))
		return 0;
	printf("%llu histories: %llu deaths, the code was run %llu times; %llu completed, %llu failed\n", histories,
		deaths, replays, ends[RUN_COMPLETED], ends[RUN_FAILED]);
	return 0;
}
