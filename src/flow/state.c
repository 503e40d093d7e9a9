/* From rows and requests to a state that plan() can look at. */
#include "flow/state.h"

#include "flow/frame.h"
#include "json/writer.h"

/* Null is an output, too: only "away" says that it is not in the row. */
static void
load_output(struct step_state *step, const struct json *row)
{
	step->output_away = false;
	json_get_bool(row, "away", &step->output_away);
	step->output = step->output_away ? NULL : json_get(row, "output");
}

/* What it goes through is for whoever loads it: frame_items, when all rows are there. */
static void
load_loop(struct run_state *state, unsigned index, const struct json *row)
{
	struct loop_state *l = &state->steps[index].loop;
	const struct frame *f = frame_of(state, index);
	int64_t begun = 0, inside = 0;
	if (frame_is_iteration(state, index)) {
		l = &state->steps[f->step].loop;
		if (state->steps[index].status != STEP_PENDING && l->begun <= f->index)
			l->begun = f->index + 1;
		return;
	}
	if (plan_def(state, index)->control != CONTROL_LOOP)
		return;
	json_get_int(row, "begun", &begun);
	json_get_int(row, "inside", &inside);
	if (begun > l->begun)
		l->begun = (unsigned)begun;
	if (inside > l->before)
		l->before = (int)inside;
	l->items_away = plan_def(state, index)->items && state->steps[index].status == STEP_RUNNING;
}

bool
state_load_step(
	struct arena *arena, struct run_state *state, const struct json *row, unsigned *ret_step, struct err *err)
{
	struct str path = {0}, status = {0};
	int64_t attempt = 0, before = 0;
	json_get_str(row, "path", &path);
	json_get_str(row, "status", &status);
	json_get_int(row, "attempt", &attempt);
	json_get_int(row, "before", &before);
	*ret_step = frame_slots(state);
	if (!frame_find(state, path, ret_step))
		return str_is(status, step_status_name(STEP_PENDING)) ||
		       err_set(err, ERR_INTERNAL, "The run has a step \"%.*s\" that its workflow does not have.",
			       STR_ARG(path));
	struct step_state *step = &state->steps[*ret_step];
	if (!step_status_parse(status, &step->status))
		return err_set(err, ERR_INTERNAL, "A step of the run is in a state that this version does not know.");
	step->attempt = (int)attempt;
	step->before = (int)before;
	load_loop(state, *ret_step, row);
	step = &state->steps[*ret_step];
	const struct step_def *def = plan_def(state, *ret_step);
	if (step->status == STEP_COMPLETED && (def->control != CONTROL_WAIT || def->polls))
		load_output(step, row);
	if (step->status == STEP_WAITING)
		json_get_int(row, "since", &step->since_us);
	const struct json *error = json_get(row, "error");
	if (step->status == STEP_FAILED && error && error->type == JSON_OBJECT)
		step->error = json_text(arena, error);
	json_get_int(row, "due", &step->due_us);
	int64_t key_attempt = 0;
	json_get_int(step->status == STEP_FAILED ? error : row, "key_attempt", &key_attempt);
	step->key_attempt = (int)key_attempt;
	/* The call may have been made or not: plan() or its holder knows what follows from that. A group makes none. */
	step->outcome_unknown = step->status == STEP_RUNNING && plan_def(state, *ret_step)->control == CONTROL_CALL;
	if (step->status == STEP_FAILED)
		json_get_bool(row, "asked", &step->asked);
	return true;
}

static void
add_message(struct arena *arena, struct run_state *state, const struct message *message)
{
	struct message *added = arena_new_of(arena, struct message);
	*added = *message;
	*(state->messages ? &state->newest->next : &state->messages) = added;
	state->newest = added;
}

/* Does the step that is spoken of wait for just this? */
static bool
waits(const struct run_state *state, enum message_kind kind, struct str path, int64_t attempt)
{
	unsigned i;
	if (!frame_find(state, path, &i) || state->steps[i].attempt != attempt)
		return false;
	return kind == MESSAGE_ANSWER ? state->steps[i].status == STEP_FAILED && state->steps[i].asked
				      : state->steps[i].status == STEP_WAITING;
}

bool
state_hear(struct arena *arena, struct run_state *state, enum message_kind kind, struct id id, struct str data,
	struct str by)
{
	struct message message = {.id = id, .kind = kind, .by = arena_str(arena, by)};
	struct str text = arena_str(arena, data);
	struct json *read;
	int64_t attempt = 0;
	if (text.n == 0 || !json_read(arena, text, &json_limits_stored, &read, NULL) || read->type != JSON_OBJECT)
		return false;
	if (kind == MESSAGE_SIGNAL && !json_get_str(read, "name", &message.name))
		return false;
	if (kind != MESSAGE_SIGNAL &&
		(!json_get_str(read, "path", &message.name) || !json_get_int(read, "attempt", &attempt) ||
			!waits(state, kind, message.name, attempt)))
		return false;
	message.data = read;
	message.attempt = (int)attempt;
	add_message(arena, state, &message);
	return true;
}
