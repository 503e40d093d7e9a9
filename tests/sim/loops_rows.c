/* What plan() asks for, in memory and in rows, and what is known to whoever has only the rows; see loops.h. */
#include "loops.h"

#include "flow/frame.h"
#include "flow/state.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

struct loop_row *
loops_row(struct loops *p, struct str path)
{
	for (unsigned i = 0; i < p->count; i++)
		if (str_eq(p->rows[i].path, path))
			return &p->rows[i];
	return NULL;
}

/* The first attempt, or the next of one that failed and whose time has come. */
static bool
begins(struct loops *p, const struct action *a, unsigned step, enum step_status status, const struct json *input)
{
	struct str path = arena_str(p->arena, plan_path(&p->run, step));
	struct loop_row *row = loops_row(p, path);
	if (p->cancelled)
		return loops_wrong(p, "it begins in a run that is to end", path);
	if (row) {
		if (row->status != STEP_FAILED || a->attempt != row->attempt + 1 || row->due_us == 0 ||
			row->due_us > p->run.now_us)
			return loops_wrong(p, "it begins a second time", path);
	} else if (p->count == LOOP_ROWS_MAX || a->attempt != 1) {
		return loops_wrong(p, "it begins with another attempt than its first", path);
	} else {
		row = &p->rows[p->count++];
	}
	int64_t due = status == STEP_WAITING && a->at_us != PLAN_NEVER ? a->at_us : 0;
	*row = (struct loop_row){.path = path,
		.attempt = a->attempt,
		.status = status,
		.due_us = due,
		.input = input ? json_copy(p->arena, input) : NULL};
	struct step_state *s = &p->run.steps[step];
	s->status = status;
	s->attempt = a->attempt;
	s->due_us = due;
	s->error = (struct str){0};
	s->outcome_unknown = false;
	return true;
}

bool
loops_end(struct loops *p, unsigned step, enum step_status status, const struct json *output, struct str error)
{
	struct loop_row *row = loops_row(p, plan_path(&p->run, step));
	struct step_state *s = &p->run.steps[step];
	if (!row || step_ended(row->status))
		return loops_wrong(p, "it ends and does not go on", plan_path(&p->run, step));
	row->status = s->status = status;
	row->due_us = s->due_us = 0;
	row->error = s->error = error.n > 0 ? arena_str(p->arena, error) : (struct str){0};
	row->output = s->output = status != STEP_COMPLETED ? NULL
				  : output		   ? json_copy(p->arena, output)
							   : json_new_null(p->arena);
	return true;
}

void
loops_sweep(struct loops *p)
{
	for (unsigned i = frame_slots(&p->run); i-- > 0;) {
		struct frame *f;
		while (frame_has(&p->run, i) && p->run.steps[i].loop.frames && (f = frame_unneeded(&p->run, i))) {
			frame_close(&p->run, f);
			frame_free(&p->run, f);
		}
	}
}

/* ---- taking ---- */

/* As exec/gather.c reads it from the rows: all that they gave, or what the first that failed says. */
static void
gather(struct loops *p, unsigned step)
{
	struct json *gathered = json_new_object(p->arena), *outputs = json_new_array(p->arena), *error = NULL;
	struct str path = plan_path(&p->run, step);
	for (unsigned i = 0; i < p->run.steps[step].loop.begun; i++) {
		const struct loop_row *row = loops_row(p, str_of(arena_printf(p->arena, "%.*s[%u]", STR_ARG(path), i)));
		if (!row || !step_ended(row->status)) {
			loops_wrong(p, "an iteration is missing", path);
			return;
		}
		if (row->status == STEP_FAILED && !error)
			json_read(p->arena, row->error, &json_limits_stored, &error, NULL);
		json_push(outputs, row->output ? json_share(p->arena, row->output) : json_new_null(p->arena));
	}
	if (error)
		json_add(gathered, STR("error"), error);
	else
		json_add(gathered, STR("outputs"), outputs);
	p->run.steps[step].loop.gathered = gathered;
}

void
loops_send(struct loops *p)
{
	struct err err = {0};
	p->sent++;
	if (!state_hear(p->arena, &p->run, MESSAGE_SIGNAL, (struct id){.b = {[6] = 0x70, [15] = (uint8_t)p->sent}},
		    STR("{\"name\":\"go\",\"data\":\"go\"}"), STR(SIM_PERSON)))
		loops_wrong(p, err.message, STR("a signal is not heard"));
}

/* A message is one step's alone. */
static bool
use(struct loops *p, const struct action *a)
{
	struct message **at = &p->run.messages;
	bool drop = p->broken && strcmp(p->broken, "takes-twice") == 0 && chance_percent(&p->chance, 20);
	while (*at && *at != a->message)
		at = &(*at)->next;
	if (!*at)
		return loops_wrong(p, "a signal is taken a second time", plan_path(&p->run, a->step));
	p->used++;
	if (drop)
		return true;
	*at = (*at)->next;
	p->run.newest = p->run.messages;
	while (p->run.newest && p->run.newest->next)
		p->run.newest = p->run.newest->next;
	return true;
}

static bool
completes(struct loops *p, const struct action *a)
{
	if (!a->begun && !begins(p, a, a->step, STEP_RUNNING, NULL))
		return false;
	if (a->message && !use(p, a))
		return false;
	return loops_end(p, a->step, STEP_COMPLETED, a->output, STR(""));
}

static bool
opens(struct loops *p, const struct action *a)
{
	if (!begins(p, a, a->step, STEP_RUNNING, a->input))
		return false;
	if (a->input)
		frame_items(&p->run, a->step, loops_row(p, plan_path(&p->run, a->step))->input);
	return true;
}

static bool
iterates(struct loops *p, const struct action *a)
{
	struct loop_state *l = &p->run.steps[a->step].loop;
	l->begun = a->index + 1;
	l->next = a->item->next;
	struct frame *f = frame_open(p->arena, p->arena, &p->run, a->step, a->index);
	f->item = a->item;
	return begins(p, a, f->base, STEP_RUNNING, NULL);
}

/* What its output is kept under is its item, wherever it begins. */
static bool
starts(struct loops *p, const struct action *a)
{
	bool kept = plan_def(&p->run, a->step)->cache_key != NULL;
	const struct frame *f = frame_of(&p->run, a->step);
	if (kept != (a->cache_key != NULL))
		return loops_wrong(
			p, "it is kept and should not be, or the other way round", plan_path(&p->run, a->step));
	if (kept) {
		struct str key = json_text(p->scratch, a->cache_key);
		struct str right = f && f->item ? json_text(p->scratch, f->item) : STR("\"x\"");
		if (!str_eq(key, right))
			return loops_wrong(p, "it is kept under another key than its item", key);
	}
	return begins(p, a, a->step, STEP_RUNNING, a->input);
}

static bool
tries_again(struct loops *p, const struct action *a)
{
	struct loop_row *row = loops_row(p, plan_path(&p->run, a->step));
	if (!row || row->status != STEP_FAILED || row->due_us != 0 || a->attempt != row->attempt + 1 ||
		row->attempt >= loops_fate(p, a->step).attempts)
		return loops_wrong(p, "it is tried again", plan_path(&p->run, a->step));
	row->due_us = p->run.steps[a->step].due_us = a->at_us;
	p->retries++;
	return true;
}

bool
loops_take(struct loops *p, const struct action *a)
{
	switch (a->kind) {
	case ACTION_START:
		return starts(p, a);
	case ACTION_OPEN:
		return opens(p, a);
	case ACTION_ITERATE:
		return iterates(p, a);
	case ACTION_WAIT:
	case ACTION_CHILD:
		return begins(p, a, a->step, STEP_WAITING, a->input);
	case ACTION_GATHER:
		gather(p, a->step);
		return true;
	case ACTION_COMPLETE:
		return completes(p, a);
	case ACTION_RETRY:
		return tries_again(p, a);
	case ACTION_FAIL:
		return (a->begun || begins(p, a, a->step, STEP_RUNNING, NULL)) &&
		       loops_end(p, a->step, STEP_FAILED, NULL, a->error);
	case ACTION_ABORT:
		return loops_end(p, a->step, STEP_CANCELLED, NULL, STR(""));
	case ACTION_SLEEP:
		return true;
	case ACTION_END:
		p->run.status = a->end;
		p->run.models = a->output ? json_copy(p->arena, a->output) : NULL; /* kept for the comparison */
		return true;
	default:
		return loops_wrong(p, "an action that has no place here", STR(""));
	}
}

/* ---- dying ---- */

static int
by_path(const void *a, const void *b)
{
	struct str x = ((const struct loop_row *)a)->path, y = ((const struct loop_row *)b)->path;
	int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
	return order ? order : (x.n > y.n) - (x.n < y.n);
}

static bool
load(struct loops *p, const struct loop_row *row)
{
	struct json *read = json_new_object(p->arena), *error;
	struct str loop;
	struct err err = {0};
	unsigned index, step;
	if (frame_path(row->path, &loop, &index) && frame_find(&p->run, loop, &step) &&
		plan_def(&p->run, step)->control == CONTROL_LOOP)
		frame_open(p->arena, p->arena, &p->run, step, index);
	json_add(read, STR("path"), json_new_str(p->arena, row->path));
	json_add(read, STR("attempt"), json_new_int(p->arena, row->attempt));
	json_add(read, STR("status"), json_new_str(p->arena, str_of(step_status_name(row->status))));
	if (row->due_us && !(p->broken && strcmp(p->broken, "forgets-pauses") == 0))
		json_add(read, STR("due"), json_new_int(p->arena, row->due_us));
	if (row->output)
		json_add(read, STR("output"), json_share(p->arena, row->output));
	if (row->error.n > 0 && json_read(p->arena, row->error, &json_limits_stored, &error, NULL))
		json_add(read, STR("error"), error);
	return state_load_step(p->arena, &p->run, read, &step, &err) || loops_wrong(p, err.message, row->path);
}

bool
loops_die(struct loops *p)
{
	struct run_state before = p->run;
	p->deaths++;
	qsort(p->rows, p->count, sizeof *p->rows, by_path);
	p->run = (struct run_state){.definition = p->definition,
		.input = before.input,
		.env = before.env,
		.messages = before.messages,
		.newest = before.newest,
		.cancel_asked = p->cancelled,
		.status = RUN_RUNNING,
		.now_us = before.now_us,
		.steps = arena_array(p->arena, p->definition->step_count, sizeof(struct step_state))};
	if (p->broken && strcmp(p->broken, "forgets-cancel") == 0)
		p->run.cancel_asked = false;
	for (unsigned i = 0; i < p->count; i++)
		if (!load(p, &p->rows[i]))
			return false;
	for (unsigned i = 0; i < frame_slots(&p->run); i++)
		if (p->run.steps[i].loop.items_away) {
			if (p->broken && strcmp(p->broken, "forgets-begun") == 0)
				p->run.steps[i].loop.begun = 0;
			frame_items(&p->run, i, loops_row(p, plan_path(&p->run, i))->input);
		}
	loops_sweep(p);
	return true;
}
