/* What a database has of the run, and what is known to whoever has only that; see loops.h. */
#include "loops.h"

#include "flow/frame.h"
#include "flow/state.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

static struct loop_row *
find(struct loop_rows *rows, struct str path)
{
	for (unsigned i = rows->count; i-- > 0;)
		if (str_eq(rows->list[i].path, path))
			return &rows->list[i];
	return NULL;
}

struct loop_row *
loops_row(struct loops *p, struct str path)
{
	return find(&p->rows, path);
}

bool
loops_recorded(struct loops *p, unsigned step)
{
	const struct loop_row *row = find(&p->committed, plan_path(&p->run, step));
	return row && row->attempt == p->run.steps[step].attempt && !step_ended(row->status);
}

void
loops_sweep(struct loops *p)
{
	for (unsigned i = frame_slots(&p->run); i-- > 0;) {
		struct frame *f;
		while (frame_has(&p->run, i) && p->run.steps[i].loop.frames && (f = frame_unneeded(&p->run, i))) {
			loops_forget(p, f);
			frame_close(&p->run, f);
			frame_free(&p->run, f);
		}
	}
}

bool
loops_fetched(struct loops *p)
{
	while (p->fetches > 0) {
		unsigned step;
		struct str path = p->fetching[--p->fetches];
		if (!frame_find(&p->run, path, &step) || !p->run.steps[step].output_away)
			continue; /* nobody needs it any more */
		p->run.steps[step].output = loops_row(p, path)->output;
		p->run.steps[step].output_away = false;
		p->fetched++;
		return true;
	}
	return false;
}

/* ---- signals: rows of the inbox, which go when what they led to is committed ---- */

static bool
hear(struct loops *p, unsigned number)
{
	struct err err = {0};
	struct id id = {.b = {[6] = 0x70, [14] = (uint8_t)(number >> 8), [15] = (uint8_t)number}};
	return state_hear(p->arena, &p->run, MESSAGE_SIGNAL, id, STR("{\"name\":\"go\",\"data\":\"go\"}"),
		       STR(SIM_PERSON)) ||
	       loops_wrong(p, err.message, STR("a signal is not heard"));
}

void
loops_send(struct loops *p)
{
	hear(p, ++p->sent);
}

/* ---- flushes and deaths ---- */

/* What is in use of them: the lists are long. */
static void
copy_rows(struct loop_rows *to, const struct loop_rows *from, unsigned sent)
{
	memcpy(to->list, from->list, from->count * sizeof *to->list);
	memcpy(to->taken, from->taken, sent + 1);
	to->count = from->count;
	to->used = from->used;
	to->status = from->status;
	to->output = from->output;
	to->input = from->input;
	to->passed = from->passed;
	to->started = from->started;
}

void
loops_commit(struct loops *p)
{
	copy_rows(&p->committed, &p->rows, p->sent);
}

static void
restore(struct loops *p)
{
	copy_rows(&p->rows, &p->committed, p->sent);
}

static int
by_path(const void *a, const void *b)
{
	struct str x = ((const struct loop_row *)a)->path, y = ((const struct loop_row *)b)->path;
	int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
	return order ? order : (x.n > y.n) - (x.n < y.n);
}

/* A large output stays where it is until it is asked for. */
static bool
is_away(const struct loops *p, const struct loop_row *row)
{
	unsigned sum = 0;
	for (size_t i = 0; i < row->path.n; i++)
		sum = sum * 31 + (unsigned char)row->path.p[i];
	return row->output && p->large && sum % 4 < p->large;
}

static bool
load(struct loops *p, const struct loop_row *row)
{
	struct json *read = json_new_object(p->arena), *error;
	struct str loop;
	struct err err = {0};
	unsigned index, step;
	bool away = is_away(p, row);
	if (frame_path(row->path, &loop, &index) && frame_find(&p->run, loop, &step) &&
		plan_def(&p->run, step)->control == CONTROL_LOOP)
		frame_open(p->arena, p->arena, &p->run, step, index);
	json_add(read, STR("path"), json_new_str(p->arena, row->path));
	json_add(read, STR("attempt"), json_new_int(p->arena, row->attempt));
	json_add(read, STR("status"), json_new_str(p->arena, str_of(step_status_name(row->status))));
	json_add(read, STR("away"), json_new_bool(p->arena, away));
	if (row->due_us && !loops_is_broken(p, "forgets-pauses"))
		json_add(read, STR("due"), json_new_int(p->arena, row->due_us));
	if (row->output && !away)
		json_add(read, STR("output"), json_share(p->arena, row->output));
	if (row->error.n > 0 && json_read(p->arena, row->error, &json_limits_stored, &error, NULL))
		json_add(read, STR("error"), error);
	if (!state_load_step(p->arena, &p->run, read, &step, &err))
		return loops_wrong(p, err.message, row->path);
	p->run.begun_steps += !step_has_steps(plan_def(&p->run, step));
	p->run.any_over |= step_ended(row->status);
	return true;
}

bool
loops_die(struct loops *p)
{
	struct run_state before = p->run;
	p->deaths++;
	restore(p);
	p->evaluating = p->fetches = 0;
	qsort(p->rows.list, p->rows.count, sizeof *p->rows.list, by_path);
	p->run = (struct run_state){.definition = p->definition,
		.input = p->rows.input,
		.started = p->rows.started,
		.manual = p->manual,
		.passed = p->rows.passed,
		.env = before.env,
		.cancel_asked = p->cancelled && !loops_is_broken(p, "forgets-cancel"),
		.status = before.status == RUN_PAUSED ? RUN_PAUSED : p->rows.status,
		.now_us = before.now_us,
		.steps = arena_array(p->arena, p->definition->step_count, sizeof(struct step_state))};
	p->stands = p->run.status == RUN_PAUSED ? p->stands : STR("");
	for (unsigned n = 1; n <= p->sent; n++)
		if (!p->rows.taken[n] && !hear(p, n))
			return false;
	for (unsigned i = 0; i < p->rows.count; i++)
		if (!load(p, &p->rows.list[i]))
			return false;
	for (unsigned i = 0; i < frame_slots(&p->run); i++)
		if (frame_has(&p->run, i) && p->run.steps[i].loop.items_away) {
			if (loops_is_broken(p, "forgets-begun"))
				p->run.steps[i].loop.begun = 0;
			frame_items(&p->run, i, loops_row(p, plan_path(&p->run, i))->input);
		}
	loops_sweep(p);
	return true;
}
