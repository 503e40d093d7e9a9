/*
 * What became of a loop's iterations (ACTION_GATHER): their outputs are not kept here, however small they are; when all have ended they are
 * read from the database in their order, a few MB a batch, and are the loop's output then. The first that failed is its failure.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "json/writer.h"

#include <stdlib.h>

#define ITERATIONS_AT_ONCE 2000 /* rows of one batch */

static const struct json_limits limits_outputs = {OUTPUT_MAX + 16, 128, 5000000};

/* One of a run and step. It is there until its loop has ended. */
struct gather {
	struct gather *next;
	struct held *run;
	unsigned step;
	unsigned from;	     /* iterations that have come */
	struct buf text;     /* their outputs, "[" before them */
	struct arena *arena; /* of what came of it; NULL: nothing yet */
	int statement;	     /* of the batch under way; -1: none */
	bool granted;	     /* there is memory for the next rows */
};

static void
drop(struct executor *ex, struct gather **at)
{
	struct gather *gone = *at;
	*at = gone->next;
	buf_release(&gone->text);
	pool_give(&ex->pool, gone->arena);
	free(gone);
}

void
gather_begin(struct held *run, unsigned step)
{
	struct gather **at = &run->executor->gathers;
	for (; *at; at = &(*at)->next)
		if ((*at)->run == run && (*at)->step == step)
			return;
	struct gather *g = calloc(1, sizeof *g);
	if (!g)
		out_of_memory();
	g->run = run;
	g->step = step;
	g->statement = -1;
	buf_init(&g->text, OUTPUT_MAX * 2);
	buf_add_str(&g->text, STR("["));
	*at = g;
	if (run->filling.first)
		held_mark_dirty(run); /* their ends have to be there */
}

void
gather_forget(struct held *run, unsigned step)
{
	for (struct gather **at = &run->executor->gathers; *at;)
		if ((*at)->run == run && (*at)->step == step) {
			run->plan.steps[step].loop.gathered = NULL;
			drop(run->executor, at);
		} else {
			at = &(*at)->next;
		}
}

/* Of loops that have ended. */
void
gather_done(struct held *run)
{
	for (struct gather *g = run->executor->gathers, *next; g; g = next) {
		next = g->next;
		if (g->run == run && run->plan.steps[g->step].status != STEP_RUNNING)
			gather_forget(run, g->step);
	}
}

void
gather_release(struct held *run)
{
	for (struct gather **at = &run->executor->gathers; *at;)
		if ((*at)->run == run)
			drop(run->executor, at);
		else
			at = &(*at)->next;
}

/* ---- in batches ---- */

static bool
ready(struct gather *g)
{
	if (g->arena || g->run->filling.first || g->run->sent.first || g->run->state != HELD_ACTIVE)
		return false;
	if (!g->granted)
		g->granted = memory_grant(g->run, PARTS_MAX + 2 * g->text.n);
	return g->granted;
}

bool
gather_ready(struct executor *ex)
{
	bool any = false;
	for (struct gather *g = ex->gathers; g; g = g->next)
		any |= ready(g);
	return any;
}

void
gather_add(struct executor *ex)
{
	struct gather *g = ex->gathers;
	while (g && !ready(g))
		g = g->next;
	if (g)
		g->statement = iterations_add(ex->work.batch, g->run->workspace, g->run->id,
			plan_path(&g->run->plan, g->step), g->from, ITERATIONS_AT_ONCE);
}

void
gather_failed(struct executor *ex)
{
	for (struct gather *g = ex->gathers; g; g = g->next)
		g->statement = -1;
}

/* ---- what comes ---- */

static void
tell(struct gather *g, const char *member, struct json *value)
{
	struct loop_state *l = &g->run->plan.steps[g->step].loop;
	struct json *gathered = json_new_object(g->arena);
	json_add(gathered, str_of(member), value);
	l->gathered = gathered;
	buf_release(&g->text);
	buf_init(&g->text, 1);
	held_mark_changed(g->run);
}

static void
tell_error(struct gather *g, struct str code, struct str message, struct str path)
{
	struct json *error = json_new_object(g->arena);
	json_add(error, STR("code"), json_new_str(g->arena, arena_str(g->arena, code)));
	json_add(error, STR("message"), json_new_str(g->arena, message));
	if (path.n > 0)
		json_add(error, STR("path"), json_new_str(g->arena, arena_str(g->arena, path)));
	tell(g, "error", error);
}

/* As plan() says it of one that it knows. */
static void
tell_failed(struct gather *g, const struct iteration_row *row)
{
	struct json *error;
	struct str code = STR("internal"), message = STR("It gave no reason."), path = row->path;
	if (row->error.n > 0 &&
		json_read(g->arena, arena_str(g->arena, row->error), &json_limits_stored, &error, NULL)) {
		json_get_str(error, "code", &code);
		json_get_str(error, "message", &message);
		json_get_str(error, "path", &path);
	}
	tell_error(g, code, str_of(arena_printf(g->arena, "%.*s failed. %.*s", STR_ARG(row->path), STR_ARG(message))),
		path);
}

static void
tell_too_large(struct gather *g)
{
	tell_error(g, STR("output_too_large"),
		STR("What its iterations gave is more than 64 MB of JSON together, the most that is kept. Let each "
		    "give "
		    "less."),
		(struct str){0});
}

static void
tell_all(struct gather *g)
{
	struct json *outputs;
	struct err err = {0};
	buf_add_str(&g->text, STR("]"));
	if (g->text.n > OUTPUT_MAX) {
		tell_too_large(g);
	} else if (!json_read(g->arena, arena_str(g->arena, buf_str(&g->text)), &limits_outputs, &outputs, &err)) {
		log_error("outputs cannot be read", LOG_STR("run", g->run->id_text), LOG_STR("why", err.message));
		tell_error(g, STR("output_too_large"),
			STR("What its iterations gave is more than 5 million values together. Let each give less."),
			(struct str){0});
	} else {
		tell(g, "outputs", outputs);
	}
}

/* Each iteration has a row: without it what the others gave would stand in its place. */
static void
tell_missing(struct gather *g)
{
	struct held *run = g->run;
	log_error("an iteration has no row", LOG_STR("run", run->id_text), LOG_INT("iteration", g->from));
	if (run->state == HELD_ACTIVE)
		advance_end_failed(run, "internal",
			str_of(arena_printf(run->arena,
				"What %.*s[%u] gave is not there any more, though it has ended. The run cannot go on "
				"from it. Retry it from the start.",
				STR_ARG(plan_path(&run->plan, g->step)), g->from)));
}

static bool
is_next(const struct gather *g, struct str path)
{
	struct str loop = plan_path(&g->run->plan, g->step);
	return str_eq(path, str_of(arena_printf(g->run->executor->tick, "%.*s[%u]", STR_ARG(loop), g->from)));
}

static void
take(struct gather *g)
{
	struct executor *ex = g->run->executor;
	const struct loop_state *l = &g->run->plan.steps[g->step].loop;
	unsigned count = l->items && l->items->count < l->begun ? l->items->count : l->begun;
	struct iteration_row row;
	bool over = false, missing = g->from < count && !iterations_row(ex->work.batch, g->statement, 0, &row);
	for (int i = 0; !over && !missing && g->from < count && iterations_row(ex->work.batch, g->statement, i, &row);
		i++) {
		if (!is_next(g, row.path)) {
			missing = true;
		} else if (row.failed) {
			g->arena = pool_take(&ex->pool);
			tell_failed(g, &row);
			over = true;
		} else if (g->text.n + row.output.n > OUTPUT_MAX) {
			g->arena = pool_take(&ex->pool);
			tell_too_large(g);
			over = true;
		} else {
			if (g->from++ > 0)
				buf_add_str(&g->text, STR(","));
			buf_add_str(&g->text, row.output.n > 0 ? row.output : STR("null"));
		}
	}
	g->statement = -1;
	g->granted = false;
	if (missing) {
		tell_missing(g);
	} else if (!over && g->from >= count) {
		g->arena = pool_take(&ex->pool);
		tell_all(g);
	}
}

void
gather_take(struct executor *ex)
{
	struct gather *g = ex->gathers;
	while (g && g->statement < 0)
		g = g->next;
	if (g) /* one a batch; it may be gone afterwards */
		take(g);
}
