/* The applicator vocabulary: keywords that apply other schemas to the same value. */
#include "json/schema_keywords.h"

CHECK(all_of)
{
	take_result(run, frame);
	while (frame->at < check->sub_count && !is_lost(frame) && !run->stopped) {
		if (!schema_apply_here(run, check->subs[frame->at++], frame->value, MODE_ALOUD))
			return CHECK_CALLED;
		frame->valid &= run->result;
	}
	return CHECK_DONE;
}

/* ---- anyOf and oneOf: try, and when nothing fits, look for the branch that was meant and go through it aloud ---- */

enum { PHASE_TRYING, PHASE_COUNTING, PHASE_EXPLAINING };

#define NOBODY UINT32_MAX

static enum check_flow
go_through(struct run *run, struct frame *frame, const struct schema *branch)
{
	frame->phase = PHASE_EXPLAINING;
	return schema_apply_here(run, branch, frame->value, MODE_ALOUD) ? CHECK_DONE : CHECK_CALLED;
}

/* How much is wrong in each branch that is for such values: matches is the nearest so far, cursor its distance. */
static enum check_flow
count_branches(struct run *run, struct frame *frame, const struct check *check)
{
	for (;;) {
		uint32_t distance =
			frame->returned ? schema_distance(run, check->subs[frame->at - 1], frame->value) : NOBODY;
		if (distance < frame->cursor) {
			frame->cursor = distance;
			frame->matches = frame->at - 1;
		}
		frame->returned = false;
		while (frame->at < check->sub_count && !schema_fits_kind(check->subs[frame->at], frame->value))
			frame->at++;
		if (frame->at >= check->sub_count || run->stopped)
			break;
		run->counted = 0;
		if (!schema_apply_here(run, check->subs[frame->at++], frame->value, MODE_COUNTING))
			return CHECK_CALLED;
		frame->returned = true;
	}
	if (run->stopped)
		return CHECK_DONE;
	schema_say_nearest(run, frame, check, frame->matches);
	return go_through(run, frame, check->subs[frame->matches]);
}

static enum check_flow
nothing_fits(struct run *run, struct frame *frame, const struct check *check)
{
	frame->valid = false;
	if (frame->mode == MODE_SILENT)
		return CHECK_DONE;
	if (frame->mode == MODE_COUNTING) {
		run->counted++;
		return CHECK_DONE;
	}
	bool undecided = false;
	const struct schema *meant = schema_meant(run, frame, check, &undecided);
	if (meant)
		return go_through(run, frame, meant);
	if (!undecided)
		return CHECK_DONE;
	frame->phase = PHASE_COUNTING;
	frame->at = 0;
	frame->matches = 0;
	frame->cursor = NOBODY;
	return count_branches(run, frame, check);
}

/* Only one branch can fit: the others are not tried. */
static bool
choose(struct frame *frame, const struct check *check, const struct schema **ret_branch)
{
	if (frame->started || !check->exact || !schema_choose(check, frame->value, ret_branch))
		return false;
	frame->started = true;
	frame->at = check->sub_count;
	return true;
}

CHECK(any_of)
{
	const struct schema *only = NULL;
	if (frame->phase == PHASE_EXPLAINING)
		return CHECK_DONE;
	if (frame->phase == PHASE_COUNTING)
		return count_branches(run, frame, check);
	if (choose(frame, check, &only) && only) {
		if (!schema_apply_here(run, only, frame->value, MODE_SILENT))
			return CHECK_CALLED;
		frame->returned = true;
	}
	for (;;) {
		if (frame->returned)
			frame->matches += run->result;
		frame->returned = false;
		/* Whoever asks what was looked at needs to hear of every branch that fits. */
		if (frame->at >= check->sub_count || (frame->matches && !frame->marks) || run->stopped)
			break;
		if (!schema_apply_here(run, check->subs[frame->at++], frame->value, MODE_SILENT))
			return CHECK_CALLED;
		frame->returned = true;
	}
	return frame->matches ? CHECK_DONE : nothing_fits(run, frame, check);
}

/* cursor: 1 + the first branch that fitted. */
CHECK(one_of)
{
	const struct schema *only = NULL;
	if (frame->phase == PHASE_EXPLAINING)
		return CHECK_DONE;
	if (frame->phase == PHASE_COUNTING)
		return count_branches(run, frame, check);
	if (choose(frame, check, &only) && only) {
		if (!schema_apply_here(run, only, frame->value, MODE_SILENT))
			return CHECK_CALLED;
		frame->returned = true;
	}
	for (;;) {
		if (frame->returned && run->result) {
			frame->matches++;
			if (frame->matches == 1)
				frame->cursor = frame->at;
		}
		frame->returned = false;
		if (frame->at >= check->sub_count || frame->matches > 1 || run->stopped)
			break;
		if (!schema_apply_here(run, check->subs[frame->at++], frame->value, MODE_SILENT))
			return CHECK_CALLED;
		frame->returned = true;
	}
	if (frame->matches == 0)
		return nothing_fits(run, frame, check);
	if (frame->matches > 1)
		schema_violation(run, frame, "oneOf", "one_of",
			"This has more than one of the forms that are allowed here: numbers %u and %u.", frame->cursor,
			frame->at);
	return CHECK_DONE;
}

CHECK(not )
{
	if (!frame->started) {
		frame->started = true;
		if (!schema_apply_here(run, check->subs[0], frame->value, MODE_SILENT))
			return CHECK_CALLED;
	}
	if (run->result && !run->stopped)
		schema_violation(run, frame, "not", "not_allowed", "This form is not allowed here.");
	return CHECK_DONE;
}

/* Three places: if, then, else. */
COMPILE(if)
{
	static const char *const names[] = {"if", "then", "else"};
	(void)schema, (void)operand;
	check->subs = arena_array(c->arena, 3, sizeof *check->subs);
	check->sub_count = 3;
	for (uint32_t i = 0; i < 3; i++) {
		const struct json *node = json_get(schema->source, names[i]);
		check->subs[i] = node ? schema_of(c, node) : NULL;
	}
	return true;
}

enum { PHASE_ASKING, PHASE_CHOSEN };

CHECK(if)
{
	if (!frame->started) {
		frame->started = true;
		if (!schema_apply_here(run, check->subs[0], frame->value, MODE_SILENT))
			return CHECK_CALLED;
	}
	if (frame->phase == PHASE_ASKING) {
		frame->phase = PHASE_CHOSEN;
		frame->returned = false;
		const struct schema *chosen = check->subs[run->result ? 1 : 2];
		if (!chosen || run->stopped)
			return CHECK_DONE;
		if (!schema_apply_here(run, chosen, frame->value, MODE_ALOUD))
			return CHECK_CALLED;
		frame->returned = true;
	}
	take_result(run, frame);
	return CHECK_DONE;
}

const struct keyword schema_applied[] = {
	APPLIES("allOf", IN_BOTH, APPLICATOR, LIST, KIND_ANY, true, schema_operand_schemas, check_all_of),
	APPLIES("anyOf", IN_BOTH, APPLICATOR, LIST, KIND_ANY, true, schema_operand_schemas, check_any_of),
	APPLIES("oneOf", IN_BOTH, APPLICATOR, LIST, KIND_ANY, true, schema_operand_schemas, check_one_of),
	APPLIES("not", IN_BOTH, APPLICATOR, ONE, KIND_ANY, true, schema_operand_one_schema, check_not),
	APPLIES("if", IN_BOTH, APPLICATOR, ONE, KIND_ANY, true, compile_if, check_if),
	HELPS("then", IN_BOTH, APPLICATOR, ONE, NULL),
	HELPS("else", IN_BOTH, APPLICATOR, ONE, NULL),
	KEYWORDS_END,
};
