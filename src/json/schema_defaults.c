/* Filling in what a schema says of members that are left out; see schema_defaults.h. */
#include "json/schema_defaults.h"

#define DEPTH_MAX 400	     /* of schemas within each other, and of values */
#define VISITS_MAX 1000000   /* of a value by a schema: references may double them at each step */
#define FILLED_MAX (1 << 20) /* bytes */
#define LEVELS 132	     /* json_limits_stored allows 128 */

struct filling {
	struct arena *arena;
	const struct json *root; /* the schema that references lead into */
	unsigned visits;
	size_t room;
};

/* Is there a default in it at all? Most schemas have none, and then nothing is copied. */
static bool
has_default(const struct json *schema)
{
	const struct json *rest[LEVELS];
	unsigned depth = 0;
	for (const struct json *at = schema->child; at || depth > 0;) {
		if (!at) {
			at = rest[--depth];
			continue;
		}
		if (str_is(at->key, "default"))
			return true;
		const struct json *next = at->next;
		if (at->child && depth < LEVELS) {
			rest[depth++] = next;
			next = at->child;
		}
		at = next;
	}
	return false;
}

static bool fill(struct filling *f, const struct json *schema, struct json *value, unsigned depth);

static struct json *
member_of(struct json *object, struct str key)
{
	struct json *member = object->child;
	while (member && !str_eq(member->key, key))
		member = member->next;
	return member;
}

static bool
fill_properties(struct filling *f, const struct json *properties, struct json *value, unsigned depth)
{
	json_each (property, properties) {
		struct json *member = member_of(value, property->key);
		const struct json *given = property->type == JSON_OBJECT ? json_get(property, "default") : NULL;
		if (!member && given) {
			size_t weight = json_weigh(given, f->room) + property->key.n;
			if (weight > f->room)
				return false;
			f->room -= weight;
			member = json_share(f->arena, given);
			json_add(value, property->key, member);
		}
		if (member && !fill(f, property, member, depth + 1))
			return false;
	}
	return true;
}

static bool
fill_items(struct filling *f, const struct json *items, struct json *value, unsigned depth)
{
	for (struct json *item = value->child; item; item = item->next)
		if (!fill(f, items, item, depth + 1))
			return false;
	return true;
}

/* "#/$defs/place" */
static const struct json *
referred(const struct filling *f, const struct json *schema)
{
	struct str to;
	if (!json_get_str(schema, "$ref", &to) || to.n == 0 || to.p[0] != '#')
		return NULL;
	return json_pointer(f->root, (struct str){to.p + 1, to.n - 1});
}

/* The nodes of the value are ours. False: too much. */
static bool
fill(struct filling *f, const struct json *schema, struct json *value, unsigned depth)
{
	if (schema->type != JSON_OBJECT || (value->type != JSON_OBJECT && value->type != JSON_ARRAY))
		return true;
	if (depth > DEPTH_MAX || ++f->visits > VISITS_MAX)
		return false;
	const struct json *properties = json_get(schema, "properties"), *items = json_get(schema, "items"),
			  *all = json_get(schema, "allOf"), *other = referred(f, schema);
	if (value->type == JSON_OBJECT && properties && !fill_properties(f, properties, value, depth))
		return false;
	if (value->type == JSON_ARRAY && items && !fill_items(f, items, value, depth))
		return false;
	json_each (one, all)
		if (!fill(f, one, value, depth + 1))
			return false;
	return !other || fill(f, other, value, depth + 1);
}

bool
schema_fill(struct arena *arena, const struct json *schema, const struct json *value, const struct json **ret_value,
	struct err *err)
{
	struct filling f = {.arena = arena, .root = schema, .room = FILLED_MAX};
	if (schema->type != JSON_OBJECT || !has_default(schema)) {
		*ret_value = value;
		return true;
	}
	struct json *filled = json_share(arena, value);
	if (!fill(&f, schema, filled, 0))
		return err_set(err, ERR_LIMIT,
			"The defaults of its schema make this too large: more than a megabyte would be filled in. Give "
			"less, or make the defaults shorter.");
	*ret_value = f.room == FILLED_MAX ? value : filled;
	return true;
}
