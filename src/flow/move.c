/* Whether what a run has begun fits another definition; see move.h. */
#include "flow/move.h"

#include "json/json.h"

#define CHANGED_NOTHING "Nothing was changed. "
#define OR_CHOOSE "or choose a version that keeps what has begun."
#define GO_ON CHANGED_NOTHING "Let the run go on as it is, " OR_CHOOSE

/* What says nothing of what it does. Its phase does: a person may have to begin the next one (plan_phase.c). */
static bool
is_label(struct str field)
{
	return str_is(field, "name") || str_is(field, "output");
}

static const struct step_def *
find(const struct definition *definition, struct str path)
{
	for (unsigned i = 0; i < definition->step_count; i++)
		if (str_eq(definition->steps[i].path, path))
			return &definition->steps[i];
	return NULL;
}

/* By their keys: the numbers of steps differ when others were added. */
static bool
same_siblings(const struct definition *a, const unsigned *of_a, unsigned count_a, const struct definition *b,
	const unsigned *of_b, unsigned count_b)
{
	if (count_a != count_b)
		return false;
	for (unsigned i = 0; i < count_a; i++) {
		unsigned j = 0;
		while (j < count_b && !str_eq(a->steps[of_a[i]].key, b->steps[of_b[j]].key))
			j++;
		if (j == count_b)
			return false;
	}
	return true;
}

/* What it needs is compared as it was resolved; `open`: so are the steps in it, one by one. */
static bool
is_compared(struct str field, bool open)
{
	return !is_label(field) && !str_is(field, "needs") && !(open && str_is(field, "steps"));
}

/* The first member that differs; empty: none does. */
static struct str
other_field(const struct json *now, const struct json *wanted, bool open)
{
	json_each (member, now) {
		const struct json *other = json_get_by(wanted, member->key);
		if (is_compared(member->key, open) && (!other || !json_equal(member, other)))
			return member->key;
	}
	json_each (member, wanted)
		if (is_compared(member->key, open) && !json_get_by(now, member->key))
			return member->key;
	return (struct str){0};
}

static const char *
has_begun(const struct begun *begun)
{
	return begun->retries ? "has begun (it failed, and is to be tried again)"
	       : begun->asks  ? "has begun (it failed, and waits for a decision)"
			      : "has begun";
}

/* What failed is not lost: a run that has ended goes on with another version from there. */
static const char *
what_to_do(const struct begun *begun)
{
	return begun->retries ? CHANGED_NOTHING "Retry the run on that version when it has failed, " OR_CHOOSE
	       : begun->asks  ? CHANGED_NOTHING "Let it fail, and retry the run on that version, " OR_CHOOSE
			      : GO_ON;
}

static bool
step_moves(const struct definition *now, const struct step_def *step, const struct definition *wanted, int64_t version,
	const struct begun *begun, struct err *err)
{
	const struct step_def *other = find(wanted, step->path);
	const char *has = has_begun(begun), *then = what_to_do(begun);
	long long n = version;
	if (!other)
		return err_set(err, ERR_CONFLICT,
			"Step \"%.*s\" %s, and version %lld has no such step in that place. %s", STR_ARG(step->path),
			has, n, then);
	if (!str_eq(step->kind, other->kind))
		return err_set(err, ERR_CONFLICT,
			"Step \"%.*s\" %s as a step of the kind %.*s, and in version %lld it is of the kind %.*s. %s",
			STR_ARG(step->path), has, STR_ARG(step->kind), n, STR_ARG(other->kind), then);
	if (!same_siblings(now, step->needs, step->need_count, wanted, other->needs, other->need_count) ||
		!same_siblings(now, step->choosers, step->chooser_count, wanted, other->choosers, other->chooser_count))
		return err_set(err, ERR_CONFLICT,
			"Step \"%.*s\" %s, and in version %lld it waits for other steps before it. %s",
			STR_ARG(step->path), has, n, then);
	/* A group that goes on takes other steps. One that is over does not, and all iterations of a loop go by the same. */
	struct str field =
		other_field(step->written, other->written, step_is_group(step) && !step_ended(begun->status));
	if (field.n > 0)
		return err_set(err, ERR_CONFLICT,
			"Step \"%.*s\" %s, and its \"%.*s\" is another one in version %lld. %s", STR_ARG(step->path),
			has, STR_ARG(field), n, then);
	return true;
}

bool
definition_moves(const struct definition *now, const struct definition *wanted, int64_t version, bool started,
	const struct begun *begun, unsigned count, struct err *err)
{
	if (count > 0 && !str_eq(now->code, wanted->code))
		return err_set(err, ERR_CONFLICT,
			"The workflow's code has begun, and it is another one in version %lld. " GO_ON,
			(long long)version);
	if ((count > 0 || started) && !str_eq(now->on_start, wanted->on_start))
		return err_set(err, ERR_CONFLICT,
			"The workflow's handler on_start was asked when the run began, and it is another one in "
			"version %lld. " GO_ON,
			(long long)version);
	for (unsigned i = 0; i < now->step_count; i++) {
		const struct step_def *step = &now->steps[i];
		for (unsigned j = 0; j < count; j++)
			if (str_eq(begun[j].path, step->path) &&
				!step_moves(now, step, wanted, version, &begun[j], err))
				return false;
	}
	return true;
}
