/* The run as rows, and read from rows as src/exec/load.c does. */
#include "sim.h"

#include "flow/state.h"
#include "json/writer.h"

struct run_state
run_new(struct arena *arena, const struct flow *flow)
{
	return (struct run_state){.definition = flow->definition,
		.input = flow->input,
		.inputs = flow->inputs,
		.status = RUN_PENDING,
		.steps = arena_array(arena, flow->definition->step_count, sizeof(struct step_state))};
}

void
run_copy(struct run_state *to, const struct run_state *from)
{
	struct step_state *steps = to->steps;
	memcpy(steps, from->steps, from->definition->step_count * sizeof *steps);
	*to = *from;
	to->steps = steps;
}

/* An ended wait keeps its time in its row, and that must not matter to anybody. */
static int64_t
row_due(const struct step_state *step)
{
	return step->due_us > 0 ? step->due_us : step->status == STEP_COMPLETED ? 1 : 0;
}

static void
write_step(struct json_writer *out, const struct step_state *step, struct str path, bool away)
{
	json_object(out);
	json_key(out, "path"), json_str(out, path);
	json_key(out, "attempt"), json_int(out, step->attempt);
	json_key(out, "before"), json_int(out, step->before);
	json_key(out, "status"), json_str(out, str_of(step_status_name(step->status)));
	json_key(out, "output");
	if (step->status == STEP_COMPLETED && step->output && !away)
		json_value(out, step->output);
	else
		json_null(out);
	json_key(out, "away"), json_bool(out, away);
	json_key(out, "error");
	if (step->status == STEP_FAILED && step->error.n)
		json_raw(out, step->error);
	else
		json_null(out);
	json_key(out, "asked"), json_bool(out, step->asked);
	json_key(out, "due");
	if (row_due(step))
		json_int(out, row_due(step));
	else
		json_null(out);
	json_end(out);
}

bool
rows_load(struct arena *arena, const struct flow *flow, const struct run_state *run, unsigned away,
	struct run_state *ret_run, struct err *err)
{
	struct buf text;
	struct json_writer out;
	struct json *rows;
	unsigned steps = flow->definition->step_count, which;
	buf_init(&text, 1 << 20);
	json_writer_init(&out, &text, 0);
	json_array(&out);
	for (unsigned i = 0; i < steps; i++)
		if (run->steps[i].attempt > 0)
			write_step(&out, &run->steps[i], flow->definition->steps[i].path, away >> i & 1);
	json_end(&out);
	struct run_state loaded = run_new(arena, flow);
	loaded.status = run->status;
	loaded.id = run->id;
	bool ok = json_read(arena, arena_str(arena, buf_str(&text)), &json_limits_stored, &rows, err);
	buf_release(&text);
	for (const struct json *row = ok ? rows->child : NULL; ok && row; row = row->next)
		ok = state_load_step(arena, &loaded, row, &which, err);
	*ret_run = loaded;
	return ok;
}
