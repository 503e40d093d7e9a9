/*
 * anyOf and oneOf say only that nothing fitted. People want to know what is wrong with the one they meant, so it is
 * looked for: by the kind of value, and by members that each branch holds to a constant (`kind: {const: "http"}`).
 */
#include "json/schema_internal.h"

#include <stdio.h>

/* Past references, to the schema that says something itself. Circles were refused at compilation. */
static const struct schema *
resolve(const struct schema *schema)
{
	const struct check *ref;
	while ((ref = schema_find(schema, "$ref")) && ref->sub_count == 1)
		schema = ref->subs[0];
	return schema;
}

static bool
kind_fits(const struct schema *branch, unsigned kind)
{
	const struct check *type = schema_find(branch, "type");
	return !type || (type->kinds & kind);
}

/* The constant that a property of this branch must be, or NULL. */
static const struct json *
constant_of(const struct named *property)
{
	const struct schema *schema = resolve(property->schema);
	const struct check *check = schema_find(schema, "const");
	if (check)
		return check->operand;
	check = schema_find(schema, "enum");
	return check && check->operand->count == 1 ? check->operand->child : NULL;
}

enum fit { FIT_NOT, FIT_KIND, FIT_CONSTANT };

static enum fit
fit_of(const struct schema *branch, const struct json *value)
{
	branch = resolve(branch);
	if (branch->never || !kind_fits(branch, schema_kind(value)))
		return FIT_NOT;
	const struct check *properties = value->type == JSON_OBJECT ? schema_find(branch, "properties") : NULL;
	enum fit fit = FIT_KIND;
	for (uint32_t i = 0; properties && i < properties->named_count; i++) {
		const struct json *constant = constant_of(&properties->named[i]);
		const struct json *member = constant ? json_get_by(value, properties->named[i].name) : NULL;
		if (!member)
			continue;
		if (!json_equal(member, constant))
			return FIT_NOT;
		fit = FIT_CONSTANT;
	}
	return fit;
}

/* A name that every branch for objects holds to a text constant: what tells the branches apart. */
static bool
find_discriminator(const struct check *check, struct str *ret_name)
{
	const struct check *first = NULL;
	for (uint32_t i = 0; i < check->sub_count && !first; i++)
		if (kind_fits(resolve(check->subs[i]), KIND_OBJECT))
			first = schema_find(resolve(check->subs[i]), "properties");
	for (uint32_t n = 0; first && n < first->named_count; n++) {
		bool everywhere = true;
		for (uint32_t i = 0; i < check->sub_count && everywhere; i++) {
			const struct schema *branch = resolve(check->subs[i]);
			if (!kind_fits(branch, KIND_OBJECT))
				continue;
			const struct check *properties = schema_find(branch, "properties");
			everywhere = false;
			for (uint32_t k = 0; properties && k < properties->named_count; k++) {
				const struct json *constant = constant_of(&properties->named[k]);
				everywhere |= str_eq(properties->named[k].name, first->named[n].name) && constant &&
					      constant->type == JSON_STRING;
			}
		}
		if (everywhere) {
			*ret_name = first->named[n].name;
			return true;
		}
	}
	return false;
}

static void
list_constants(const struct check *check, struct str name, char *out, size_t room)
{
	size_t n = 0;
	out[0] = '\0';
	for (uint32_t i = 0; i < check->sub_count; i++) {
		const struct check *properties = schema_find(resolve(check->subs[i]), "properties");
		for (uint32_t k = 0; properties && k < properties->named_count; k++) {
			const struct json *constant =
				str_eq(properties->named[k].name, name) ? constant_of(&properties->named[k]) : NULL;
			char shown[SCHEMA_SHOWN_SIZE];
			if (constant && n + 1 < room)
				n += (size_t)snprintf(
					out + n, room - n, "%s%s", n ? ", " : "", schema_show(constant, shown));
		}
	}
}

const struct schema *
schema_meant(struct run *run, struct frame *frame, const struct check *check)
{
	const struct schema *best = NULL;
	enum fit best_fit = FIT_NOT;
	bool unique = false;
	for (uint32_t i = 0; i < check->sub_count; i++) {
		enum fit fit = fit_of(check->subs[i], frame->value);
		if (fit > best_fit) {
			best = check->subs[i];
			best_fit = fit;
			unique = true;
		} else if (fit == best_fit) {
			unique = false;
		}
	}
	struct str name;
	bool told_apart = frame->value->type == JSON_OBJECT && find_discriminator(check, &name);
	if (best && unique && (best_fit == FIT_CONSTANT || !told_apart || check->sub_count == 1))
		return best;
	if (told_apart) {
		char allowed[160];
		list_constants(check, name, allowed, sizeof allowed);
		if (json_get_by(frame->value, name))
			schema_issue_at(run, frame, name, "enum", "Must be one of: %s.", allowed);
		else
			schema_issue_at(
				run, frame, name, "required", "This field is required. It is one of: %s.", allowed);
	} else {
		schema_issue(run, frame, strcmp(check->keyword->name, "oneOf") == 0 ? "one_of" : "any_of",
			"This has none of the forms that are allowed here.");
	}
	return NULL;
}
