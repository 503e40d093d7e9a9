/*
 * Inputs and outputs whole, however large: other answers show only the beginning of what is long. What is in parts in
 * the database goes out part by part, so a worker never holds more than one.
 */
#include "store/run.h"

#include "api/call.h"
#include "api/routes.h"

struct sending {
	struct caller caller; /* with an arena of its own, emptied for each part */
	struct id run, blob;
	int64_t part;
};

static bool
next_part(void *with, struct str *ret_piece)
{
	struct sending *s = with;
	struct err err;
	err_clear(&err);
	arena_reset(s->caller.arena);
	return run_text_part(&s->caller, s->run, s->blob, s->part++, ret_piece, &err);
}

static void
release(void *arena)
{
	arena_free(arena);
}

static bool
answer_text(struct call *call, struct str path, int64_t attempt, bool input, struct err *err)
{
	struct kept_text kept;
	struct id run = call_id(call, "run_id");
	if (!run_text(&call->caller, run, path, attempt, input, &kept, err))
		return false;
	if (kept.text.p) {
		response_json(call->response, 200, kept.text);
		return true;
	}
	struct sending *sending = arena_new_of(call->arena, struct sending);
	*sending = (struct sending){.caller = call->caller, .run = run, .blob = kept.blob};
	sending->caller.arena = arena_new();
	arena_defer(call->arena, release, sending->caller.arena);
	response_json_stream(call->response, (size_t)kept.bytes, next_part, sending);
	return true;
}

static bool
answer_step(struct call *call, bool input, struct err *err)
{
	struct str path = STR("");
	call_text(call, "path", &path);
	return answer_text(call, path, call_int(call, "attempt"), input, err);
}

bool
read_run_output(struct call *call, struct err *err)
{
	return answer_text(call, (struct str){NULL, 0}, 0, false, err);
}

bool
read_step_input(struct call *call, struct err *err)
{
	return answer_step(call, true, err);
}

bool
read_step_output(struct call *call, struct err *err)
{
	return answer_step(call, false, err);
}
