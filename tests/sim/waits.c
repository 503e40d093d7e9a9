/*
 * Random histories of plan() with waits that look at a condition: several beside each other, some with a step of their own, some with a time at
 * which they give up, two of them for the same signal. Chance decides how long calls take, when signals come, when somebody pauses, when what
 * happened is committed, and when the holder dies and another one goes on from the committed rows.
 *
 * Of each look it is known, beside plan(), whether the wait's own step has begun for it: it begins once, when the time has come or a signal was there,
 * and the next look is decided after it. What was lost with a holder happens again.
 *
 *	waits [--histories N] [--seed S] [--broken]     broken: who takes over does not see that a look has begun; must be found out
 */
#include "sim.h"

#include "flow/frame.h"
#include "flow/state.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITS_MAX 3
#define SIGNALS_MAX 12
#define SECOND INT64_C(1000000)
#define PROMPT "0192f0c4-0000-7000-8000-0000000000f0"

/* What is drawn of a wait. */
struct drawn_wait {
	bool polls, names, calls; /* it has a step; its condition names that; it is a call */
	int64_t poll_us, max_us;
	int looks; /* after so many runs of its step the condition does not hold any more; without one it always holds */
};

struct wait_row {
	enum step_status wait, poll;
	int attempt;	  /* of its step */
	int64_t due_us;	  /* 0: it looks */
	int64_t since_us; /* its row is there */
	bool looking;	  /* for this look its step has begun, or it has none to begin */
};

/* What a database would have of it. */
struct rows {
	struct wait_row list[WAITS_MAX];
	enum step_status group;
	enum run_status status;
	bool signal[SIGNALS_MAX]; /* its row is there */
	bool begun;		  /* there is a row of the group */
	int64_t begun_us, steps;  /* since when, and step runs: what the workflow limits */
};

struct play {
	struct arena *arena, *scratch;
	struct chance chance;
	const struct definition *definition;
	struct drawn_wait drawn[WAITS_MAX];
	unsigned waits, signals, deaths, looks, taken;
	int64_t limit_us, limit_steps; /* of the workflow; 0: none */
	struct rows rows, committed;
	struct run_state run;
	bool broken, calm;
	char wrong[400];
};

static bool
wrong(struct play *p, const char *what, unsigned wait)
{
	if (!p->wrong[0])
		snprintf(p->wrong, sizeof p->wrong, "wait %u: %.300s", wait, what);
	return false;
}

static struct id
signal_id(unsigned n)
{
	return (struct id){.b = {[6] = 0x70, [8] = 0x80, [15] = (uint8_t)(n + 1)}};
}

static unsigned
signal_number(struct id id)
{
	return id.b[15] - 1u;
}

/* ---- drawing ---- */

static struct json *
text(struct play *p, const char *z)
{
	return json_new_str(p->arena, str_of(z));
}

static struct json *
draw_poll(struct play *p, struct drawn_wait *d)
{
	struct json *poll = json_new_object(p->arena), *prompt = json_new_object(p->arena);
	d->calls = chance_percent(&p->chance, 70);
	json_add(poll, STR("kind"), text(p, d->calls ? "prompt" : "transform"));
	if (d->calls) {
		json_add(prompt, STR("id"), text(p, PROMPT));
		json_add(prompt, STR("version"), json_new_int(p->arena, 1));
		json_add(poll, STR("prompt"), prompt);
	} else {
		json_add(poll, STR("value"), json_new_bool(p->arena, true));
		d->looks = 0; /* it always gives the same */
	}
	return poll;
}

static struct json *
draw_wait(struct play *p, unsigned n)
{
	struct json *step = json_new_object(p->arena);
	struct drawn_wait *d = &p->drawn[n];
	d->polls = chance_percent(&p->chance, 75);
	d->looks = 1 + (int)chance_below(&p->chance, 4);
	d->poll_us = (1 + chance_below(&p->chance, 20)) * SECOND;
	json_add(step, STR("key"), text(p, arena_printf(p->arena, "w%u", n)));
	json_add(step, STR("kind"), text(p, "wait"));
	json_add(step, STR("poll_seconds"), json_new_int(p->arena, d->poll_us / SECOND));
	json_add(step, STR("signal"), text(p, "go"));
	if (d->polls)
		json_add(step, STR("poll"), draw_poll(p, d));
	d->names = d->polls && (d->calls ? chance_percent(&p->chance, 80) : false);
	json_add(step, STR("while"), d->names ? text(p, "{{poll.output.more}}") : json_new_bool(p->arena, true));
	/* What never comes to an end by itself has to give up. */
	if (!d->names || chance_percent(&p->chance, 40))
		d->max_us = (1 + chance_below(&p->chance, 60)) * SECOND;
	if (d->max_us > 0)
		json_add(step, STR("max_seconds"), json_new_int(p->arena, d->max_us / SECOND));
	return step;
}

static void
draw_limits(struct play *p, struct json *document)
{
	struct json *limits = json_new_object(p->arena);
	if (chance_percent(&p->chance, 25))
		p->limit_us = (5 + chance_below(&p->chance, 60)) * SECOND;
	if (chance_percent(&p->chance, 25))
		p->limit_steps = 2 + chance_below(&p->chance, 10);
	if (p->limit_us > 0)
		json_add(limits, STR("seconds"), json_new_int(p->arena, p->limit_us / SECOND));
	if (p->limit_steps > 0)
		json_add(limits, STR("steps"), json_new_int(p->arena, p->limit_steps));
	if (limits->count > 0)
		json_add(document, STR("limits"), limits);
}

/* ---- rows, and who knows nothing but them ---- */

static unsigned
wait_step(unsigned n, const struct play *p)
{
	unsigned step = 1;
	for (unsigned i = 0; i < n; i++)
		step += p->drawn[i].polls ? 2 : 1;
	return step;
}

static unsigned
wait_of(const struct play *p, unsigned step)
{
	unsigned n = 0;
	while (n + 1 < p->waits && wait_step(n + 1, p) <= step)
		n++;
	return n;
}

static struct json *
given(struct play *p, unsigned n, int attempt)
{
	struct json *output = json_new_object(p->arena);
	json_add(output, STR("more"), json_new_bool(p->arena, attempt < p->drawn[n].looks));
	return output;
}

static bool
load_row(struct play *p, unsigned step, int attempt, enum step_status status, const struct wait_row *w, unsigned n)
{
	struct json *row = json_new_object(p->arena);
	struct err err = {0};
	unsigned found;
	bool poll = p->definition->steps[step].is_poll;
	json_add(row, STR("path"), json_new_str(p->arena, p->definition->steps[step].path));
	json_add(row, STR("attempt"), json_new_int(p->arena, attempt));
	json_add(row, STR("status"), text(p, step_status_name(status)));
	if (poll && status == STEP_COMPLETED)
		json_add(row, STR("output"), p->drawn[n].calls ? given(p, n, attempt) : json_new_bool(p->arena, true));
	if (!poll && w && status == STEP_WAITING) {
		json_add(row, STR("since"), json_new_int(p->arena, w->since_us));
		if (w->due_us > 0)
			json_add(row, STR("due"), json_new_int(p->arena, w->due_us));
		else if (p->broken && w->attempt > 0)
			json_add(row, STR("due"), json_new_int(p->arena, 1));
	}
	return state_load_step(p->arena, &p->run, row, &found, &err) || wrong(p, err.message, n);
}

static bool
load(struct play *p)
{
	int64_t now_us = p->run.now_us;
	p->run = (struct run_state){.definition = p->definition,
		.input = json_new_object(p->arena),
		.status = p->rows.status,
		.now_us = now_us,
		.begun_us = p->rows.begun_us,
		.begun_steps = p->rows.steps,
		.steps = arena_array(p->arena, p->definition->step_count, sizeof(struct step_state))};
	if (p->rows.begun && !load_row(p, 0, 1, p->rows.group, NULL, 0))
		return false;
	for (unsigned n = 0; n < p->waits; n++) {
		const struct wait_row *w = &p->rows.list[n];
		if (w->wait != STEP_PENDING && !load_row(p, wait_step(n, p), 1, w->wait, w, n))
			return false;
		if (w->attempt > 0 && !load_row(p, wait_step(n, p) + 1, w->attempt, w->poll, w, n))
			return false;
		/* Whoever takes over makes the call again, as the same attempt. */
		if (w->attempt > 0)
			p->run.steps[wait_step(n, p) + 1].outcome_unknown = false;
	}
	for (unsigned i = 0; i < p->signals; i++)
		if (p->rows.signal[i])
			state_hear(p->arena, &p->run, MESSAGE_SIGNAL, signal_id(i), STR("{\"name\": \"go\"}"), STR(""));
	return true;
}

static bool
die(struct play *p)
{
	p->deaths++;
	p->rows = p->committed;
	return load(p);
}

/* ---- taking ---- */

static bool
use(struct play *p, const struct message *message)
{
	if (!message)
		return true;
	unsigned i = signal_number(message->id);
	if (i >= p->signals || !p->rows.signal[i])
		return wrong(p, "it takes a signal that is not there", 0);
	p->rows.signal[i] = false;
	for (struct message *m = p->run.messages; m; m = m->next)
		if (m == message)
			m->used = true;
	return true;
}

static bool
begin_poll(struct play *p, const struct action *a, unsigned n, enum step_status status)
{
	struct wait_row *w = &p->rows.list[n];
	const struct message *message = a->answer;
	if (w->wait != STEP_WAITING || w->looking || a->attempt != w->attempt + 1)
		return wrong(p, "its step runs twice for one look", n);
	if (p->run.status == RUN_PAUSED)
		return wrong(p, "it looks while the run is paused", n);
	if (!message && (w->due_us == 0 || p->run.now_us < w->due_us))
		return wrong(p, "it looks too early", n);
	if (!use(p, message))
		return false;
	w->looking = true;
	w->due_us = p->run.steps[a->step - 1].due_us = 0;
	w->attempt = p->run.steps[a->step].attempt = a->attempt;
	w->poll = p->run.steps[a->step].status = status;
	p->looks++;
	return true;
}

static void
end_poll(struct play *p, unsigned n)
{
	struct step_state *step = &p->run.steps[wait_step(n, p) + 1];
	struct wait_row *w = &p->rows.list[n];
	w->poll = step->status = STEP_COMPLETED;
	step->output = p->drawn[n].calls ? given(p, n, w->attempt) : json_new_bool(p->arena, true);
}

static int64_t
deadline(const struct play *p, unsigned n)
{
	return p->drawn[n].max_us > 0 ? p->rows.list[n].since_us + p->drawn[n].max_us : INT64_MAX;
}

/* Its condition was asked: after its step has run, where that has begun; without a word about it at its beginning, too. */
static bool
has_looked(struct play *p, unsigned n, const struct message *message)
{
	struct wait_row *w = &p->rows.list[n];
	bool first = w->due_us == 0 && w->attempt == 0 && !p->drawn[n].names;
	bool time = w->due_us > 0 && (message || p->run.now_us >= w->due_us);
	if (p->drawn[n].polls && !first && (!w->looking || w->poll != STEP_COMPLETED))
		return wrong(p, "it asks its condition before its step has run", n);
	if (!p->drawn[n].polls && !first && !time)
		return wrong(p, "it asks its condition too early", n);
	return use(p, message);
}

static bool
look_again(struct play *p, const struct action *a, unsigned n)
{
	struct wait_row *w = &p->rows.list[n];
	int64_t end_us = deadline(p, n), at_us = p->run.now_us + p->drawn[n].poll_us;
	if (!has_looked(p, n, a->message))
		return false;
	if (p->drawn[n].names && w->attempt >= p->drawn[n].looks)
		return wrong(p, "it goes on, and its condition does not hold", n);
	if (a->at_us != (at_us < end_us ? at_us : end_us) || p->run.now_us >= end_us)
		return wrong(p, "it looks again at another time, or past its end", n);
	w->due_us = p->run.steps[a->step].due_us = a->at_us;
	w->looking = false;
	p->run.steps[a->step].loop.begun++;
	return true;
}

static bool
end_wait(struct play *p, const struct action *a, unsigned n)
{
	struct wait_row *w = &p->rows.list[n];
	bool holds = !p->drawn[n].names || w->attempt < p->drawn[n].looks;
	if (w->wait != STEP_WAITING || !a->begun || !has_looked(p, n, a->message))
		return wrong(p, "it ends and does not wait", n);
	if ((a->kind == ACTION_COMPLETE) == holds)
		return wrong(p, "it ends in the wrong way", n);
	if (holds && p->run.now_us < deadline(p, n))
		return wrong(p, "it gives up too early", n);
	w->wait = p->run.steps[a->step].status = a->kind == ACTION_COMPLETE ? STEP_COMPLETED : STEP_FAILED;
	p->run.steps[a->step].output = a->output ? json_copy(p->arena, a->output) : NULL;
	p->run.steps[a->step].error = arena_str(p->arena, a->error);
	w->due_us = p->run.steps[a->step].due_us = 0;
	return true;
}

static bool
begin_wait(struct play *p, const struct action *a, unsigned n)
{
	struct wait_row *w = &p->rows.list[n];
	struct step_state *step = &p->run.steps[a->step];
	if (w->wait != STEP_PENDING)
		return wrong(p, "it begins twice", n);
	*w = (struct wait_row){
		.wait = STEP_WAITING, .since_us = p->run.now_us, .due_us = a->at_us == PLAN_NEVER ? 0 : a->at_us};
	*step = (struct step_state){
		.status = STEP_WAITING, .attempt = 1, .since_us = p->run.now_us, .due_us = w->due_us};
	return true;
}

static bool
end_group(struct play *p, const struct action *a)
{
	p->rows.group = p->run.steps[0].status = a->kind == ACTION_COMPLETE ? STEP_COMPLETED : STEP_FAILED;
	p->run.steps[0].error = arena_str(p->arena, a->error);
	for (unsigned n = 0; n < p->waits; n++)
		if (p->rows.list[n].wait == STEP_WAITING)
			return wrong(p, "its group ends before it", n);
	return true;
}

/* What plan() has nothing else to say than that it sleeps: is that so? */
static bool
sleeps(struct play *p, const struct action *a)
{
	int64_t first = p->limit_us > 0 && p->rows.begun_us > 0 ? p->rows.begun_us + p->limit_us : PLAN_NEVER;
	bool unread = false, waiting = false;
	for (unsigned i = 0; i < p->signals; i++)
		unread |= p->rows.signal[i];
	for (unsigned n = 0; n < p->waits; n++) {
		const struct wait_row *w = &p->rows.list[n];
		waiting |= w->wait == STEP_WAITING;
		if (w->wait == STEP_WAITING && w->due_us > 0 && p->run.status != RUN_PAUSED && w->due_us < first)
			first = w->due_us;
		if (w->wait == STEP_WAITING && w->due_us > 0 && unread && p->run.status != RUN_PAUSED)
			return wrong(p, "it sleeps, and a signal is there", n);
	}
	return (a->at_us == first && a->rests == waiting) || wrong(p, "it sleeps until another time", 0);
}

static bool
begins(struct play *p, unsigned n)
{
	p->run.begun_steps = ++p->rows.steps;
	return p->limit_steps == 0 || p->rows.steps <= p->limit_steps || wrong(p, "it is one step too many", n);
}

static bool
end_run(struct play *p, const struct action *a)
{
	bool late = p->limit_us > 0 && p->run.now_us >= p->rows.begun_us + p->limit_us;
	if (memmem(a->error.p, a->error.n, "time_limit", 10)
			? !late
			: late && a->end == RUN_FAILED && p->rows.group != STEP_FAILED)
		return wrong(p, "the run is over its time, or is said to be", 0);
	if (memmem(a->error.p, a->error.n, "step_limit", 10) && p->rows.steps + 2 * p->waits < p->limit_steps)
		return wrong(p, "the run could begin more", 0);
	for (unsigned n = 0; n < p->waits; n++)
		if (p->rows.list[n].wait == STEP_WAITING)
			return wrong(p, "the run ends before it", n);
	p->rows.status = p->run.status = a->end;
	return true;
}

static bool
abort_step(struct play *p, const struct action *a, unsigned n)
{
	p->run.steps[a->step].status = STEP_CANCELLED;
	if (a->step == 0)
		p->rows.group = STEP_CANCELLED;
	else if (p->definition->steps[a->step].is_poll)
		p->rows.list[n].poll = STEP_CANCELLED;
	else
		p->rows.list[n].wait = STEP_CANCELLED;
	return true;
}

static bool
take(struct play *p, const struct action *a)
{
	const struct step_def *def =
		a->kind == ACTION_END || a->kind == ACTION_SLEEP ? NULL : &p->definition->steps[a->step];
	unsigned n = def ? wait_of(p, a->step) : 0;
	p->taken++;
	switch (a->kind) {
	case ACTION_OPEN:
		p->rows.begun = true;
		p->rows.group = p->run.steps[0].status = STEP_RUNNING;
		p->run.steps[0].attempt = 1;
		p->rows.begun_us = p->run.begun_us = p->run.now_us;
		return true;
	case ACTION_ABORT:
		return abort_step(p, a, n);
	case ACTION_WAIT:
		return begins(p, n) && begin_wait(p, a, n);
	case ACTION_START:
		return begins(p, n) && begin_poll(p, a, n, STEP_RUNNING);
	case ACTION_LOOK:
		return look_again(p, a, n);
	case ACTION_COMPLETE:
	case ACTION_FAIL:
		if (a->step == 0)
			return end_group(p, a);
		if (!def->is_poll)
			return end_wait(p, a, n);
		if (!begins(p, n) || !begin_poll(p, a, n, STEP_RUNNING))
			return false;
		end_poll(p, n);
		return true;
	case ACTION_SLEEP:
		return sleeps(p, a);
	case ACTION_END:
		return end_run(p, a);
	default:
		return wrong(p, "an action that has no place here", n);
	}
}

/* ---- what happens ---- */

static void
signal_comes(struct play *p)
{
	unsigned i = p->signals;
	if (i == SIGNALS_MAX)
		return;
	p->signals++;
	p->rows.signal[i] = p->committed.signal[i] = true;
	state_hear(p->arena, &p->run, MESSAGE_SIGNAL, signal_id(i), STR("{\"name\": \"go\"}"), STR(""));
}

/* A call ends, or time passes until something is due. */
static void
pass(struct play *p)
{
	int64_t first = PLAN_NEVER;
	for (unsigned n = 0; n < p->waits; n++) {
		const struct wait_row *w = &p->rows.list[n];
		if (w->wait == STEP_WAITING && w->poll == STEP_RUNNING && w->looking &&
			chance_percent(&p->chance, 50)) {
			end_poll(p, n);
			return;
		}
		if (w->wait == STEP_WAITING && w->due_us > 0 && w->due_us < first)
			first = w->due_us;
	}
	p->run.now_us += 1 + chance_below(&p->chance, 3 * SECOND);
	if (chance_percent(&p->chance, 50) && first != PLAN_NEVER && first > p->run.now_us)
		p->run.now_us = first;
}

static bool
happen(struct play *p)
{
	if (chance_percent(&p->chance, 40))
		p->committed = p->rows;
	if (!p->calm && chance_percent(&p->chance, 6))
		signal_comes(p);
	if (chance_percent(&p->chance, p->calm ? 30 : 5) && (p->run.status == RUN_PAUSED || !p->calm))
		p->rows.status = p->run.status = p->run.status == RUN_PAUSED ? RUN_RUNNING : RUN_PAUSED;
	if (!p->calm && chance_percent(&p->chance, 8))
		return die(p);
	pass(p);
	return true;
}

static bool
play(struct play *p, uint64_t seed)
{
	static const struct prompt_facts prompt = {.id = {PROMPT, sizeof PROMPT - 1}, .version = 1};
	struct json *document = json_new_object(p->arena), *group = json_new_object(p->arena), *canonical;
	struct json *waits = json_new_array(p->arena), *steps = json_new_array(p->arena);
	struct definition *definition;
	struct err err = {0};
	unsigned turns = 0;
	p->chance = (struct chance){seed * 0xd1342543de82ef95u + 1};
	p->waits = 1 + chance_below(&p->chance, WAITS_MAX);
	json_add(document, STR("type"), text(p, "flow"));
	json_add(group, STR("key"), text(p, "g"));
	json_add(group, STR("kind"), text(p, "parallel"));
	for (unsigned n = 0; n < p->waits; n++)
		json_push(waits, draw_wait(p, n));
	json_add(group, STR("steps"), waits);
	json_push(steps, group);
	json_add(document, STR("steps"), steps);
	draw_limits(p, document);
	if (!definition_check(p->arena, document, "", &prompt, 1, &canonical, &err) ||
		!definition_read(p->arena, canonical, &definition, &err))
		return wrong(p, err.issue_count ? err.issues[0].message : err.message, 0);
	p->definition = definition;
	p->rows = p->committed = (struct rows){.status = RUN_RUNNING};
	p->run.now_us = 1000 * SECOND;
	if (!load(p))
		return false;
	while (!run_ended(p->run.status) && !p->wrong[0]) {
		struct action *actions;
		unsigned count;
		arena_reset(p->scratch);
		p->calm = ++turns > 400;
		if (turns > 20000)
			return wrong(p, "it does not come to its end", 0);
		if (!plan(p->scratch, &p->run, &actions, &count, &err))
			return wrong(p, err.message, 0);
		for (unsigned i = 0; i < count && take(p, &actions[i]); i++)
			;
		if (!run_ended(p->run.status) && !p->wrong[0] && !happen(p))
			return false;
	}
	for (unsigned n = 0; n < p->waits && !p->wrong[0]; n++)
		if (p->rows.list[n].wait == STEP_COMPLETED && p->rows.list[n].attempt != p->drawn[n].looks)
			return wrong(p, "it has looked more often than it had to, or less", n);
	return !p->wrong[0];
}

int
main(int argc, char **argv)
{
	unsigned long long histories = 1000, seed = 1, actions = 0, deaths = 0, looks = 0;
	bool broken = false;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--broken") == 0)
			broken = true;
		else if (i + 1 < argc && strcmp(argv[i], "--histories") == 0)
			histories = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[++i], NULL, 10);
	static struct play p;
	for (unsigned long long n = 0; n < histories; n++) {
		p = (struct play){.arena = arena_new(), .scratch = arena_new(), .broken = broken};
		bool ok = play(&p, seed + n);
		actions += p.taken;
		deaths += p.deaths;
		looks += p.looks;
		arena_free(p.arena);
		arena_free(p.scratch);
		if (!ok) {
			printf("WRONG, seed %llu: %s\n", seed + n, p.wrong);
			return 1;
		}
	}
	printf("%llu histories: %llu actions, %llu looks, %llu deaths\n", histories, actions, looks, deaths);
	return 0;
}
