/* What follows an attempt that failed: another one or none, and when. */
#include "flow/plan_retry.h"

#include "flow/frame.h"

/* Another attempt would be answered the same. */
static const char *const definite[] = {"template", "expression", "function", "unknown_kind", "unknown_model",
	"unknown_outcome", "rejected", "invalid_wait", "max_wait", "invalid_items", "max_iterations",
	"outputs_too_large", "http_invalid", "http_address_refused", "http_untrusted", "http_too_large",
	"http_redirect", "http_status", "http_unexpected_body", "invalid_input", "input_too_large", "too_deep",
	"child_cancelled", "script_invalid", "script_output"};

static bool
code_allows(const struct retry_def *retry, struct str code)
{
	if (retry->on) {
		json_each (wanted, retry->on)
			if (wanted->type == JSON_STRING && str_eq(wanted->text, code))
				return true;
		return false;
	}
	for (size_t i = 0; i < sizeof definite / sizeof *definite; i++)
		if (str_is(code, definite[i]))
			return false;
	return true;
}

bool
plan_would_retry(struct arena *arena, const struct run_state *state, unsigned index, int attempt, struct str error_text)
{
	const struct retry_def *retry = &plan_def(state, index)->retry;
	struct json *error;
	struct str code;
	if (retry->never || attempt - state->steps[index].before >= retry->max_attempts)
		return false;
	return error_text.n > 0 && json_read(arena, error_text, &json_limits_stored, &error, NULL) &&
	       json_get_str(error, "code", &code) && code_allows(retry, code);
}

bool
plan_retries(struct arena *arena, const struct run_state *state, unsigned index)
{
	const struct step_state *step = &state->steps[index];
	return step->due_us > 0 || /* it was decided, and recorded */
	       plan_would_retry(arena, state, index, step->attempt, step->error);
}

/* FNV-1a, with its bits mixed once more. */
static uint64_t
hash_of(const struct run_state *state, unsigned number, int attempt)
{
	unsigned index = plan_asker(number);
	uint64_t hash = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < sizeof state->id.b; i++)
		hash = (hash ^ state->id.b[i]) * UINT64_C(1099511628211);
	/* An iteration's step has a name of its own; the others go by their keys, wherever they stand. */
	struct str name = index >= RUN_STARTER	   ? STR("")
			  : frame_of(state, index) ? plan_path(state, index)
						   : plan_def(state, index)->key;
	for (size_t i = 0; i < name.n; i++)
		hash = (hash ^ (unsigned char)name.p[i]) * UINT64_C(1099511628211);
	hash = (hash ^ (uint64_t)attempt) * UINT64_C(1099511628211);
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 33;
}

uint64_t
plan_seed(const struct run_state *state, unsigned step, int attempt)
{
	return hash_of(state, step, attempt);
}

int64_t
plan_retry_delay_ms(const struct run_state *state, unsigned index)
{
	const struct retry_def *retry = &plan_def(state, index)->retry;
	int tries = state->steps[index].attempt - state->steps[index].before;
	int64_t delay = retry->delay_ms;
	for (int i = 1; i < tries && delay < retry->max_delay_ms; i++)
		delay += retry->backoff == BACKOFF_EXPONENTIAL ? delay
			 : retry->backoff == BACKOFF_LINEAR    ? retry->delay_ms
							       : 0;
	if (delay > retry->max_delay_ms)
		delay = retry->max_delay_ms;
	return delay - delay / 5 * (int64_t)(hash_of(state, index, state->steps[index].attempt) % 1001) / 1000;
}

/* What the other side asked for, with a little more at random: those who were told the same do not come back together. */
static int64_t
asked_pause_ms(struct arena *arena, const struct run_state *state, unsigned index)
{
	const struct step_state *step = &state->steps[index];
	struct json *error;
	int64_t ms;
	if (step->error.n == 0 || !json_read(arena, step->error, &json_limits_stored, &error, NULL) ||
		!json_get_int(error, "retry_after_ms", &ms) || ms <= 0)
		return 0;
	if (ms > RETRY_AFTER_MS_MAX)
		ms = RETRY_AFTER_MS_MAX;
	return ms + ms / 5 * (int64_t)(hash_of(state, index, state->steps[index].attempt) % 1001) / 1000;
}

int64_t
plan_retry_pause_ms(struct arena *arena, const struct run_state *state, unsigned index)
{
	int64_t ours = plan_retry_delay_ms(state, index), theirs = asked_pause_ms(arena, state, index);
	return theirs > ours ? theirs : ours;
}
