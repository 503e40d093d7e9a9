/*
 * Outputs that are too large to be kept with their run. The database has them; here they are only from the end of their
 * step, or from when plan() asks for them (ACTION_FETCH), until the last step that names them has begun. They come back
 * in parts, a few MB a batch, as they were written (store/parts.h).
 *
 * Inputs that a claim has left out come the same way: of runs, and of steps whose call is made again.
 */
#include "exec/executor.h"

#include "base/log.h"

static const struct json_limits limits_large = {INPUT_MAX, 128, 5000000};

/* ---- the end of a step ---- */

static unsigned
last_use(struct held *run, unsigned index)
{
	const struct definition *definition = run->plan.definition;
	const struct step_def *def = plan_def(&run->plan, index);
	struct arena *arena = pool_take(&run->executor->pool);
	unsigned last = 0;
	if (frame_is_iteration(&run->plan, index)) { /* only the next iteration names it */
		pool_give(&run->executor->pool, arena);
		return def->names_previous ? def->end - 1 : 0;
	}
	for (unsigned i = definition->step_count; i-- > def->index + 1 && last == 0;)
		if (plan_names(arena, &definition->steps[i], def->key))
			last = i;
	pool_give(&run->executor->pool, arena);
	return last;
}

/* Where the output of a step that has just ended is from now on. */
static void
place_output(struct held *run, unsigned index, const struct json *output, size_t bytes, const struct change *change,
	bool passing)
{
	struct step_state *step = &run->plan.steps[index];
	struct large_output *large = &run->large[index];
	struct str text;
	if (bytes <= OUTPUT_INLINE_MAX && run->kept_bytes + bytes <= KEPT_MAX && !passing) {
		run->kept_bytes += bytes;
		large->kept = bytes;
		step->output = json_copy(frames_arena(run, index), output);
		return;
	}
	large->bytes = bytes;
	large->in_blob = change_large(change, &text);
	large->blob = change_blob(change, run->id);
	large->last_use = passing ? 0 : last_use(run, index);
	if (large->last_use == 0 && !passing) {
		step->output_away = true;
		return;
	}
	large->arena = pool_take(&run->executor->pool);
	step->output = json_copy(large->arena, output);
	run->large_here++;
}

/* What a wait's own step gives stays until that has run again, however often it does: so it is not kept in the run's arena. */
void
large_ended(struct held *run, unsigned index, const struct json *output, size_t bytes, const struct change *change)
{
	struct step_state *step = &run->plan.steps[index];
	struct large_output *large = &run->large[index];
	bool passing = plan_def(&run->plan, index)->is_poll;
	struct arena *before = passing ? large->arena : NULL;
	if (passing) {
		run->large_here -= before != NULL;
		run->kept_bytes -= large->kept;
		*large = (struct large_output){.input = large->input};
	}
	step->output = NULL;
	step->output_away = false;
	if (output)
		place_output(run, index, output, bytes, change, passing);
	pool_give(&run->executor->pool, before); /* the new one may be made of it */
}

/* ---- letting go ---- */

static void
let_go(struct held *run, unsigned index)
{
	struct large_output *large = &run->large[index];
	pool_give(&run->executor->pool, large->arena);
	large->arena = NULL;
	large->late = false;
	run->large_here--;
	run->plan.steps[index].output = NULL;
	run->plan.steps[index].output_away = true;
}

/* What is in a loop beside it is begun as often as that likes. */
static bool
still_named(const struct held *run, unsigned index)
{
	const struct step_def *def = plan_def(&run->plan, index);
	if (frame_is_iteration(&run->plan, index))
		return true; /* by the next one, until it is forgotten */
	if (def->is_poll)
		return run->plan.steps[index - 1].status == STEP_WAITING; /* by its wait's condition */
	if (run->large[index].late) { /* by its group, or by the run in the end: with others that are on their way */
		unsigned parent = frame_parent(&run->plan, index);
		return parent == NO_STEP || !step_ended(run->plan.steps[parent].status);
	}
	for (unsigned n = def->index + 1; n <= run->large[index].last_use; n++) {
		unsigned i = frame_beside(&run->plan, index, n);
		const struct step_def *other = &run->plan.definition->steps[n];
		const struct step_state *step = &run->plan.steps[i];
		if (other->loop != def->loop)
			continue; /* its loop, which stands before it, says so */
		if (step->status == STEP_PENDING || (step->status == STEP_FAILED && step->due_us > 0) ||
			(step->status == STEP_RUNNING && other->control == CONTROL_LOOP))
			return true;
	}
	return false;
}

static void
let_input_go(struct held *run, unsigned index)
{
	pool_give(&run->executor->pool, run->large[index].input);
	run->large[index].input = NULL;
	run->large_here--;
}

static void
stop_fetching(struct held *run, unsigned step, bool all)
{
	for (struct fetch **at = &run->executor->fetches; *at;) {
		struct fetch *f = *at;
		if (f->run != run || (!all && (f->step != step || f->key.what == FETCH_RUN_INPUT))) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		buf_release(&f->text);
	}
}

void
large_forget(struct held *run, unsigned step)
{
	struct large_output *large = &run->large[step];
	stop_fetching(run, step, false);
	if (large->arena)
		let_go(run, step);
	if (large->input)
		let_input_go(run, step);
	run->kept_bytes -= large->kept;
	large->kept = 0;
}

void
large_let_go(struct held *run)
{
	for (unsigned i = 0; run->large_here > 0 && i < frame_slots(&run->plan); i++) {
		if (!frame_has(&run->plan, i))
			continue;
		if (run->large[i].arena && !still_named(run, i))
			let_go(run, i);
		if (run->large[i].input && !run->repeats[i].wanted)
			let_input_go(run, i);
	}
}

void
large_release(struct held *run)
{
	for (unsigned i = 0; run->large_here > 0 && i < frame_slots(&run->plan); i++) {
		if (run->large[i].arena)
			let_go(run, i);
		if (run->large[i].input)
			let_input_go(run, i);
	}
	stop_fetching(run, 0, true);
}

/* ---- asking ---- */

void
large_fetch(struct held *run, const struct fetch_key *key, unsigned step, size_t bytes)
{
	struct fetch **at = &run->executor->fetches;
	for (; *at; at = &(*at)->next)
		if ((*at)->run == run && (*at)->key.what == key->what && (*at)->step == step &&
			id_eq((*at)->key.run, key->run))
			return;
	struct fetch *fetch = arena_new_of(run->arena, struct fetch);
	fetch->run = run;
	fetch->key = *key;
	fetch->step = step;
	fetch->bytes = bytes;
	fetch->statement = -1;
	buf_init(&fetch->text, INPUT_MAX);
	*at = fetch;
}

void
large_fetch_output(struct held *run, unsigned step)
{
	const struct large_output *large = &run->large[step];
	struct fetch_key key = {
		.workspace = run->workspace,
		.run = run->id,
		.what = FETCH_STEP_OUTPUT,
		.path = plan_path(&run->plan, step),
		.attempt = run->plan.steps[step].attempt,
		.in_blob = large->in_blob,
		.blob = large->blob,
	};
	large_fetch(run, &key, step, large->bytes);
}

bool
large_fetch_for(struct held *run, unsigned step)
{
	const struct step_def *def = plan_def(&run->plan, step);
	bool any = false;
	if (def->concurrency.cap == 0 && def->rate.cap == 0)
		return false;
	for (unsigned n = 0; n < def->index; n++) {
		unsigned i = frame_named(&run->plan, step, n);
		if (!run->plan.steps[i].output_away ||
			!plan_names(run->executor->tick, def, run->plan.definition->steps[n].key))
			continue;
		large_fetch_output(run, i);
		any = true;
	}
	return any;
}

/* An output that has just been let go may not be committed yet. */
static bool
ready(struct fetch *f)
{
	if (f->key.what == FETCH_STEP_OUTPUT && f->run->recorded[f->step] != RECORDED_ENDED)
		return false;
	if (!f->granted) /* its text, and what is read from it */
		f->granted = memory_grant(f->run, 2 * f->bytes);
	return f->granted;
}

bool
large_fetches_ready(struct executor *ex)
{
	bool any = false;
	for (struct fetch *f = ex->fetches; f; f = f->next)
		any |= ready(f);
	return any;
}

void
large_fetches_add(struct executor *ex)
{
	int64_t count = 0;
	for (struct fetch *f = ex->fetches; f && count < FETCHES_MAX; f = f->next)
		count += ready(f);
	int64_t left = count, parts = count > 0 ? (int64_t)(PARTS_MAX / PART_MAX) / count : 0;
	for (struct fetch *f = ex->fetches; f && left > 0; f = f->next)
		if (f->granted && ready(f)) {
			f->asked = parts;
			f->statement = fetch_add(ex->work.batch, &f->key, f->parts, parts);
			left--;
		}
}

void
large_fetches_failed(struct executor *ex)
{
	for (struct fetch *f = ex->fetches; f; f = f->next)
		f->statement = -1;
}

/* ---- what comes ---- */

static void
read_output(struct held *run, unsigned step, struct str text)
{
	struct executor *ex = run->executor;
	struct arena *arena = pool_take(&ex->pool);
	struct json *value;
	struct err err = {0};
	if (!json_read(arena, text, &limits_large, &value, &err)) {
		log_error("output cannot be read", LOG_STR("run", run->id_text), LOG_STR("why", err.message));
		pool_give(&ex->pool, arena);
		advance_end_failed(run, "internal", STR("A step's output, as it was kept, cannot be read."));
		return;
	}
	run->large[step].arena = arena;
	run->large_here++;
	run->plan.steps[step].output = value;
	run->plan.steps[step].output_away = false;
	if (run->large[step].last_use == 0)
		run->large[step].last_use = last_use(run, step);
	run->large[step].late = !still_named(run, step);
	held_mark_changed(run);
}

/* The call of an attempt that another executor had begun is made again. */
static void
read_input(struct held *run, unsigned step, int attempt, struct str text)
{
	struct executor *ex = run->executor;
	struct arena *arena = pool_take(&ex->pool);
	struct json *value;
	struct err err = {0};
	bool loop = run->plan.steps[step].loop.items_away;
	bool wanted = run->plan.steps[step].status == STEP_RUNNING && run->plan.steps[step].attempt == attempt &&
		      (loop || (!attempt_find(run, step) && !run->large[step].input));
	if (!wanted) {
		pool_give(&ex->pool, arena);
	} else if (!json_read(arena, text, &limits_large, &value, &err)) {
		log_error("input cannot be read", LOG_STR("run", run->id_text), LOG_STR("why", err.message));
		pool_give(&ex->pool, arena);
		advance_end_failed(run, "internal", STR("A step's input, as it was kept, cannot be read."));
	} else if (loop) {
		frames_items_again(run, step, value);
		pool_give(&ex->pool, arena);
		held_mark_changed(run);
	} else {
		run->large[step].input = arena;
		run->large_here++;
		repeat_wanted(run, step, value);
		held_mark_changed(run);
	}
}

static void
arrived(struct held *run, const struct fetch *f)
{
	struct str text = buf_str(&f->text);
	if (f->key.what == FETCH_RUN_INPUT)
		run->input = arena_str(run->arena, text);
	else if (run->state != HELD_ACTIVE)
		return;
	else if (text.n != f->bytes)
		advance_end_failed(run, "internal",
			STR("A large input or output of the run is not as long in the database as it was. Run it "
			    "again, "
			    "and tell whoever looks after this installation."));
	else if (f->key.what == FETCH_CHILD_OUTPUT)
		child_output(run, f->key.run, text);
	else if (f->key.what == FETCH_STEP_INPUT)
		read_input(run, f->step, f->key.attempt, text);
	else
		read_output(run, f->step, text);
}

/* True: all of it is here. */
static bool
take_parts(struct executor *ex, struct fetch *f)
{
	int64_t came = 0;
	struct str part;
	while (fetch_part(ex->work.batch, f->statement, (int)came, &part)) {
		buf_add_str(&f->text, part);
		came++;
	}
	f->statement = -1;
	f->parts += came;
	return !f->key.in_blob || came < f->asked || f->text.n >= f->bytes;
}

void
large_fetches_take(struct executor *ex)
{
	for (struct fetch **at = &ex->fetches; *at;) {
		struct fetch *f = *at;
		if (f->statement < 0 || !take_parts(ex, f)) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		arrived(f->run, f);
		buf_release(&f->text);
	}
}
