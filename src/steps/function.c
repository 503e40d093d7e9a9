/*
 * The kind "function": JavaScript that is called with the step's filled input as `input`, in stepmill-js. What it returns is the output; what it
 * says on its console becomes step.output events. It reaches nothing, so it may be called as often as anybody likes.
 */
#include "steps/kinds.h"

static const struct json_limits limits_output = {(size_t)8 << 20, 128, 1000000};

static void
fail(struct step_attempt *attempt, const char *code, const char *message)
{
	step_fail(attempt, code, str_of(message), NULL);
}

static void
fail_thrown(struct step_attempt *attempt, const struct script_answer *answer)
{
	const char *where = answer->line > 0 ? arena_printf(attempt->arena, " (line %u)", answer->line) : "";
	step_fail(attempt, "function", str_of(arena_printf(attempt->arena, "%.*s%s", STR_ARG(answer->text), where)),
		NULL);
}

static void
returned(struct step_attempt *attempt, struct str text)
{
	struct json *output;
	if (text.n == 0)
		step_finish(attempt, json_new_null(attempt->arena), NULL);
	else if (json_read(attempt->arena, arena_str(attempt->arena, text), &limits_output, &output, NULL))
		step_finish(attempt, output, NULL);
	else
		fail(attempt, "function",
			"What it returned is no JSON that can be kept: half a character, a zero byte, or nested too "
			"deeply.");
}

static void
answered(struct step_attempt *attempt, const struct script_answer *answer)
{
	if (answer->log.n > 0)
		step_emit(attempt, answer->log);
	switch (answer->outcome) {
	case SCRIPT_RETURNED:
		returned(attempt, answer->text);
		return;
	case SCRIPT_THREW:
		fail_thrown(attempt, answer);
		return;
	case SCRIPT_TIMED_OUT:
		fail(attempt, "timeout",
			"It computed for longer than its time-out and was stopped. Give it more time, or less to do.");
		return;
	case SCRIPT_TOO_LARGE:
		fail(attempt, "function",
			"It was given more than 16 MB, or returned more than 8 MB. Let it take or give less.");
		return;
	case SCRIPT_DIED:
		fail(attempt, "function",
			"Its process ended, most likely because it needed more than 256 MB of memory.");
		return;
	case SCRIPT_MISSING:
		fail(attempt, "function_unavailable",
			"No process for JavaScript could be started here. Whoever looks after this installation finds "
			"more in the "
			"executor's log.");
		return;
	}
}

static void
start(struct step_attempt *attempt)
{
	step_script(attempt, attempt->def->code, answered);
}

static void
abort_function(struct step_attempt *attempt, struct step_usage *ret_usage)
{
	(void)attempt;
	*ret_usage = (struct step_usage){0};
}

const struct step_kind step_kind_function = {.name = "function", .start = start, .abort = abort_function};
