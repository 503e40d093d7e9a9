/*
 * Random histories of plan() with loops: in groups, in each other, one by one or several at once. What a run must give is worked out from
 * what was drawn; chance decides in which order calls end, and when the holder dies and another one goes on from the rows.
 *
 *	loops [--histories N] [--seed S] [--broken]     broken: who takes over forgets how far a loop had come; must be found out
 */
#include "sim.h"

#include "flow/frame.h"
#include "flow/state.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 4000
#define PROMPT "0192f0c4-0000-7000-8000-0000000000f0"

struct row {
	struct str path;
	enum step_status status;
	const struct json *input, *output;
	struct str error;
};

struct play {
	struct arena *arena, *scratch;
	struct chance chance;
	const struct definition *definition;
	struct run_state run;
	struct row rows[ROWS_MAX];
	unsigned count, keys, deaths, calls;
	bool broken;
	char wrong[1000];
};

static void
add_text(struct play *p, struct json *to, const char *key, const char *text)
{
	json_add(to, str_of(key), json_new_str(p->arena, str_of(text)));
}

/* ---- drawing ---- */

static struct json *draw(struct play *p, unsigned depth, bool in_loop);

static struct json *
draw_list(struct play *p, unsigned depth, bool in_loop)
{
	struct json *list = json_new_array(p->arena);
	for (unsigned n = 1 + chance_below(&p->chance, 2); n > 0; n--)
		json_push(list, draw(p, depth, in_loop));
	return list;
}

static struct json *
draw(struct play *p, unsigned depth, bool in_loop)
{
	struct json *step = json_new_object(p->arena), *items = json_new_array(p->arena);
	unsigned sort = chance_below(&p->chance, depth < 3 ? 5 : 2);
	add_text(p, step, "key", arena_printf(p->arena, "s%u", p->keys++));
	if (sort == 0) {
		add_text(p, step, "kind", "transform");
		add_text(p, step, "value", in_loop ? "{{loop.item}}.{{loop.index}}" : "x");
	} else if (sort == 1) {
		struct json *prompt = json_new_object(p->arena), *input = json_new_object(p->arena);
		add_text(p, step, "kind", "prompt");
		add_text(p, prompt, "id", PROMPT);
		json_add(prompt, STR("version"), json_new_int(p->arena, 1));
		json_add(step, STR("prompt"), prompt);
		add_text(p, input, "v", in_loop ? "{{loop.item}}" : "x");
		json_add(step, STR("input"), input);
	} else if (sort == 2) {
		add_text(p, step, "kind", "parallel");
		json_add(step, STR("steps"), draw_list(p, depth + 1, in_loop));
	} else {
		add_text(p, step, "kind", "loop");
		for (unsigned n = chance_below(&p->chance, 5); n > 0; n--)
			json_push(items, json_new_int(p->arena, n));
		json_add(step, STR("items"), items);
		json_add(step, STR("max_concurrency"), json_new_int(p->arena, 1 + chance_below(&p->chance, 3)));
		json_add(step, STR("steps"), draw_list(p, depth + 1, true));
	}
	return step;
}

/* ---- what it must give, and how many rows ---- */

static const struct json *expect_list(
	struct play *p, const struct json *steps, const struct json *item, unsigned index, unsigned *rows);

static const struct json *
expect_step(struct play *p, const struct json *step, const struct json *item, unsigned index, unsigned *rows)
{
	struct str kind = json_get(step, "kind")->text;
	const struct json *steps = json_get(step, "steps");
	++*rows;
	if (str_is(kind, "transform"))
		return json_new_str(p->arena,
			item ? str_of(arena_printf(p->arena, "%.*s.%u", STR_ARG(item->text), index)) : STR("x"));
	if (str_is(kind, "prompt"))
		return json_new_str(p->arena, item ? item->text : STR("x"));
	if (str_is(kind, "parallel")) {
		struct json *all = json_new_object(p->arena);
		json_each (one, steps)
			json_add(all, json_get(one, "key")->text,
				json_share(p->arena, expect_step(p, one, item, index, rows)));
		return all;
	}
	struct json *all = json_new_array(p->arena);
	unsigned n = 0;
	json_each (one, json_get(step, "items")) {
		++*rows;
		json_push(all, json_share(p->arena, expect_list(p, steps, one, n++, rows)));
	}
	return all;
}

static const struct json *
expect_list(struct play *p, const struct json *steps, const struct json *item, unsigned index, unsigned *rows)
{
	const struct json *last = NULL;
	json_each (step, steps)
		last = expect_step(p, step, item, index, rows);
	return last;
}

/* ---- rows ---- */

static struct row *
find(struct play *p, struct str path)
{
	for (unsigned i = 0; i < p->count; i++)
		if (str_eq(p->rows[i].path, path))
			return &p->rows[i];
	return NULL;
}

static bool
wrong(struct play *p, const char *what, struct str path)
{
	if (!p->wrong[0])
		snprintf(p->wrong, sizeof p->wrong, "%.300s: %.*s", what, STR_ARG(path));
	return false;
}

static bool
begins(struct play *p, unsigned step, int attempt, enum step_status status, const struct json *input)
{
	struct str path = arena_str(p->arena, plan_path(&p->run, step));
	if (find(p, path) || p->count == ROWS_MAX || attempt != 1)
		return wrong(p, "it begins a second time", path);
	p->rows[p->count++] =
		(struct row){.path = path, .status = status, .input = input ? json_copy(p->arena, input) : NULL};
	p->run.steps[step].status = status;
	p->run.steps[step].attempt = attempt;
	return true;
}

static bool
ends(struct play *p, unsigned step, enum step_status status, const struct json *output)
{
	struct row *row = find(p, plan_path(&p->run, step));
	if (!row || step_ended(row->status))
		return wrong(p, "it ends and does not go on", plan_path(&p->run, step));
	row->status = p->run.steps[step].status = status;
	row->output = p->run.steps[step].output = output ? json_copy(p->arena, output) : json_new_null(p->arena);
	return true;
}

static int
by_path(const void *a, const void *b)
{
	struct str x = ((const struct row *)a)->path, y = ((const struct row *)b)->path;
	int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
	return order ? order : (x.n > y.n) - (x.n < y.n);
}

static void
sweep(struct play *p)
{
	for (unsigned i = frame_slots(&p->run); i-- > 0;) {
		struct frame *f;
		while (frame_has(&p->run, i) && p->run.steps[i].loop.frames && (f = frame_unneeded(&p->run, i))) {
			frame_close(&p->run, f);
			frame_free(&p->run, f);
		}
	}
}

/* What another one knows who has only the rows. */
static bool
die(struct play *p)
{
	struct err err = {0};
	p->deaths++;
	qsort(p->rows, p->count, sizeof *p->rows, by_path);
	p->run = (struct run_state){.definition = p->definition,
		.input = p->run.input,
		.status = RUN_RUNNING,
		.now_us = p->run.now_us,
		.steps = arena_array(p->arena, p->definition->step_count, sizeof(struct step_state))};
	for (unsigned i = 0; i < p->count; i++) {
		const struct row *row = &p->rows[i];
		struct json *read = json_new_object(p->arena);
		struct str loop;
		unsigned index, step;
		if (frame_path(row->path, &loop, &index) && frame_find(&p->run, loop, &step) &&
			plan_def(&p->run, step)->control == CONTROL_LOOP)
			frame_open(p->arena, p->arena, &p->run, step, index);
		json_add(read, STR("path"), json_new_str(p->arena, row->path));
		json_add(read, STR("attempt"), json_new_int(p->arena, 1));
		add_text(p, read, "status", step_status_name(row->status));
		if (row->output)
			json_add(read, STR("output"), json_share(p->arena, row->output));
		if (!state_load_step(p->arena, &p->run, read, &step, &err))
			return wrong(p, err.message, row->path);
	}
	for (unsigned i = 0; i < frame_slots(&p->run); i++)
		if (p->run.steps[i].loop.items_away) {
			if (p->broken)
				p->run.steps[i].loop.begun = 0;
			frame_items(&p->run, i, find(p, plan_path(&p->run, i))->input);
		}
	sweep(p);
	return true;
}

/* ---- taking ---- */

static void
gather(struct play *p, unsigned step)
{
	struct json *gathered = json_new_object(p->arena), *outputs = json_new_array(p->arena);
	struct str path = plan_path(&p->run, step);
	for (unsigned i = 0; i < p->run.steps[step].loop.begun; i++) {
		const struct row *row = find(p, str_of(arena_printf(p->arena, "%.*s[%u]", STR_ARG(path), i)));
		if (!row || row->status != STEP_COMPLETED)
			wrong(p, "an iteration is missing", path);
		json_push(outputs, row && row->output ? json_share(p->arena, row->output) : json_new_null(p->arena));
	}
	json_add(gathered, STR("outputs"), outputs);
	p->run.steps[step].loop.gathered = gathered;
}

static bool
take(struct play *p, const struct action *a)
{
	struct loop_state *l = &p->run.steps[a->step].loop;
	struct frame *f;
	switch (a->kind) {
	case ACTION_START:
		p->calls++;
		return begins(p, a->step, a->attempt, STEP_RUNNING, a->input);
	case ACTION_OPEN:
		if (!begins(p, a->step, a->attempt, STEP_RUNNING, a->input))
			return false;
		if (a->input)
			frame_items(&p->run, a->step, find(p, plan_path(&p->run, a->step))->input);
		return true;
	case ACTION_ITERATE:
		l->begun = a->index + 1;
		l->next = a->item->next;
		f = frame_open(p->arena, p->arena, &p->run, a->step, a->index);
		f->item = a->item;
		return begins(p, f->base, a->attempt, STEP_RUNNING, NULL);
	case ACTION_GATHER:
		gather(p, a->step);
		return true;
	case ACTION_COMPLETE:
		if (!a->begun && !begins(p, a->step, a->attempt, STEP_RUNNING, NULL))
			return false;
		return ends(p, a->step, STEP_COMPLETED, a->output);
	case ACTION_END:
		p->run.status = a->end;
		p->run.models = a->output ? json_copy(p->arena, a->output) : NULL; /* kept for the comparison */
		return true;
	default:
		return wrong(p, "an action that has no place here", STR(""));
	}
}

/* One of the calls under way ends. */
static bool
answer(struct play *p)
{
	unsigned slots = frame_slots(&p->run), first = chance_below(&p->chance, slots);
	for (unsigned n = 0; n < slots; n++) {
		unsigned i = (first + n) % slots;
		if (frame_has(&p->run, i) && p->run.steps[i].status == STEP_RUNNING &&
			plan_def(&p->run, i)->control == CONTROL_CALL && !frame_is_iteration(&p->run, i)) {
			const struct json *v = json_get(find(p, plan_path(&p->run, i))->input, "v");
			return ends(p, i, STEP_COMPLETED, json_new_str(p->arena, v->text));
		}
	}
	return wrong(p, "it is stuck", STR(""));
}

static bool
play(struct play *p, uint64_t seed)
{
	static const struct str variable = {"v", 1};
	const struct prompt_facts prompt = {
		.id = STR(PROMPT), .version = 1, .variables = &variable, .variable_count = 1};
	struct json *document = json_new_object(p->arena), *canonical;
	struct definition *definition;
	struct err err = {0};
	unsigned rows = 0, turns = 0;
	p->chance = (struct chance){seed * 0xd1342543de82ef95u + 1};
	add_text(p, document, "type", "flow");
	json_add(document, STR("steps"), draw_list(p, 0, false));
	if (!definition_check(p->arena, document, "", &prompt, 1, &canonical, &err) ||
		!definition_read(p->arena, canonical, &definition, &err))
		return wrong(p, err.issue_count ? err.issues[0].message : err.message, STR("refused"));
	p->definition = definition;
	const struct json *expected = expect_list(p, json_get(document, "steps"), NULL, 0, &rows);
	p->run = (struct run_state){.definition = definition,
		.input = json_new_object(p->arena),
		.status = RUN_RUNNING,
		.now_us = 1000000,
		.steps = arena_array(p->arena, definition->step_count, sizeof(struct step_state))};
	while (!run_ended(p->run.status) && !p->wrong[0] && turns++ < 20000) {
		struct action *actions;
		unsigned count;
		arena_reset(p->scratch);
		if (!plan(p->scratch, &p->run, &actions, &count, &err))
			return wrong(p, err.message, STR("plan"));
		for (unsigned i = 0; i < count && take(p, &actions[i]); i++)
			;
		sweep(p);
		if (count == 0 && !answer(p))
			return false;
		if (!run_ended(p->run.status) && chance_percent(&p->chance, 7) && !die(p))
			return false;
	}
	if (p->wrong[0])
		return false;
	if (p->run.status != RUN_COMPLETED || !p->run.models || !json_equal(p->run.models, expected))
		return wrong(p, "it gives the wrong thing",
			p->run.models ? json_text(p->arena, p->run.models) : STR("nothing"));
	return p->count == rows || wrong(p, "there are too many steps, or too few", STR(""));
}

int
main(int argc, char **argv)
{
	unsigned long long histories = 1000, seed = 1, actions = 0, deaths = 0;
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
		actions += p.count;
		deaths += p.deaths;
		arena_free(p.arena);
		arena_free(p.scratch);
		if (!ok) {
			printf("WRONG, seed %llu: %s\n", seed + n, p.wrong);
			return 1;
		}
	}
	printf("%llu histories: %llu steps, %llu deaths\n", histories, actions, deaths);
	return 0;
}
