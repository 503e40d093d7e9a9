/* Two definitions, held against each other; see diff.h. */
#include "flow/diff.h"

#include "flow/definition.h"

struct place {
	const struct json *step;
	struct str key, path;
	unsigned parent; /* in its list, or NO_STEP */
	unsigned other;	 /* the step of the same key, or NO_STEP */
	bool kept;	 /* it stands where it stood, as far as those beside it go */
};

struct side {
	struct place *list;
	unsigned count;
};

static void
list_steps(struct arena *arena, struct side *side, const struct json *steps, unsigned parent, unsigned depth)
{
	if (!steps || steps->type != JSON_ARRAY || depth > DEFINITION_DEPTH_MAX)
		return;
	json_each (step, steps) {
		if (side->count == DEFINITION_STEPS_MAX)
			return;
		unsigned index = side->count++;
		struct place *place = &side->list[index];
		*place = (struct place){.step = step, .parent = parent, .other = NO_STEP, .key = STR("")};
		json_get_str(step, "key", &place->key);
		place->path = parent == NO_STEP ? place->key
						: str_of(arena_printf(arena, "%.*s/%.*s",
							  STR_ARG(side->list[parent].path), STR_ARG(place->key)));
		list_steps(arena, side, json_get(step, "steps"), index, depth + 1);
	}
}

static struct side
side_of(struct arena *arena, const struct json *definition)
{
	struct side side = {.list = arena_array(arena, DEFINITION_STEPS_MAX, sizeof *side.list)};
	list_steps(arena, &side, json_get(definition, "steps"), NO_STEP, 0);
	return side;
}

static void
pair(struct side *before, struct side *after)
{
	for (unsigned i = 0; i < after->count; i++)
		for (unsigned j = 0; j < before->count; j++)
			if (str_eq(after->list[i].key, before->list[j].key)) {
				after->list[i].other = j;
				before->list[j].other = i;
				break;
			}
}

/* Are both in the same group, if any? */
static bool
same_group(const struct side *before, const struct side *after, unsigned step)
{
	unsigned its = after->list[step].parent, was = before->list[after->list[step].other].parent;
	return its == NO_STEP || was == NO_STEP ? its == was : after->list[its].other == was;
}

/* Of the steps in one group, the longest row that has kept its order: the fewest have moved then. */
static void
mark_kept(struct arena *arena, const struct side *before, struct side *after, unsigned group)
{
	unsigned *row = arena_array(arena, after->count + 1, sizeof *row), n = 0;
	for (unsigned i = 0; i < after->count; i++)
		if (after->list[i].parent == group && after->list[i].other != NO_STEP && same_group(before, after, i))
			row[n++] = i;
	unsigned *length = arena_array(arena, n + 1, sizeof *length), *last = arena_array(arena, n + 1, sizeof *last),
		 best = n;
	for (unsigned i = 0; i < n; i++) {
		length[i] = 1;
		last[i] = n;
		for (unsigned j = 0; j < i; j++)
			if (after->list[row[j]].other < after->list[row[i]].other && length[j] + 1 > length[i]) {
				length[i] = length[j] + 1;
				last[i] = j;
			}
		if (best == n || length[i] > length[best])
			best = i;
	}
	for (unsigned i = best; i < n; i = last[i])
		after->list[row[i]].kept = true;
}

/* ---- what is told ---- */

static void
add_field(
	struct arena *arena, struct json *fields, struct str name, const struct json *before, const struct json *after)
{
	struct json *field = json_new_object(arena);
	json_add(field, STR("field"), json_new_str(arena, name));
	json_add(field, STR("before"), before ? json_share(arena, before) : json_new_null(arena));
	json_add(field, STR("after"), after ? json_share(arena, after) : json_new_null(arena));
	json_push(fields, field);
}

/* Members but the steps. */
static struct json *
fields_of(struct arena *arena, const struct json *before, const struct json *after)
{
	struct json *fields = json_new_array(arena);
	json_each (member, before) {
		const struct json *other = json_get_by(after, member->key);
		if (!str_is(member->key, "steps") && (!other || !json_equal(member, other)))
			add_field(arena, fields, member->key, member, other);
	}
	json_each (member, after)
		if (!str_is(member->key, "steps") && !json_get_by(before, member->key))
			add_field(arena, fields, member->key, NULL, member);
	return fields;
}

static struct json *
text_or_null(struct arena *arena, const struct place *place)
{
	return place ? json_new_str(arena, place->path) : json_new_null(arena);
}

static void
add_step(struct arena *arena, struct json *steps, const struct place *before, const struct place *after, bool moved)
{
	struct json *step = json_new_object(arena);
	struct json *fields = before && after ? fields_of(arena, before->step, after->step) : json_new_array(arena);
	const char *change = !before ? "added" : !after ? "removed" : fields->count > 0 ? "changed" : "moved";
	if (before && after && fields->count == 0 && !moved)
		return;
	json_add(step, STR("key"), json_new_str(arena, (after ? after : before)->key));
	json_add(step, STR("change"), json_new_str(arena, str_of(change)));
	json_add(step, STR("path_before"), text_or_null(arena, before));
	json_add(step, STR("path_after"), text_or_null(arena, after));
	json_add(step, STR("moved"), json_new_bool(arena, moved));
	json_add(step, STR("fields"), fields);
	json_push(steps, step);
}

struct json *
definition_diff(struct arena *arena, const struct json *before, const struct json *after)
{
	struct side was = side_of(arena, before), is = side_of(arena, after);
	struct json *diff = json_new_object(arena), *steps = json_new_array(arena);
	pair(&was, &is);
	mark_kept(arena, &was, &is, NO_STEP);
	for (unsigned i = 0; i < is.count; i++)
		if (json_get(is.list[i].step, "steps"))
			mark_kept(arena, &was, &is, i);
	for (unsigned i = 0; i < is.count; i++) {
		struct place *place = &is.list[i];
		add_step(arena, steps, place->other == NO_STEP ? NULL : &was.list[place->other], place,
			place->other != NO_STEP && !place->kept);
	}
	for (unsigned i = 0; i < was.count; i++)
		if (was.list[i].other == NO_STEP)
			add_step(arena, steps, &was.list[i], NULL, false);
	json_add(diff, STR("fields"), fields_of(arena, before, after));
	json_add(diff, STR("steps"), steps);
	return diff;
}
