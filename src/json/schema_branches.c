/*
 * anyOf and oneOf say only that nothing fitted. People want to know what is wrong with the one they meant, so it is
 * looked for: by the kind of value, by members that each branch holds to a constant (`kind: {const: "http"}`), and
 * when these do not decide, by how much is wrong, and how many members the branch has never heard of.
 */
#include "json/schema_internal.h"

#include <stdio.h>

bool
schema_fits_kind(const struct schema *branch, const struct json *value)
{
	return !branch->target->never && (branch->target->types & schema_kind(value));
}

static const struct names *
properties_of(const struct schema *branch)
{
	const struct check *check = schema_find(branch->target, "properties");
	return check ? &check->names : NULL;
}

/* The constant that a property of this branch must be, or NULL. */
static const struct json *
constant_of(const struct schema *property)
{
	const struct check *check = schema_find(property->target, "const");
	if (check)
		return check->operand;
	check = schema_find(property->target, "enum");
	return check && check->operand->count == 1 ? check->operand->child : NULL;
}

enum fit { FIT_NOT, FIT_KIND, FIT_CONSTANT };

static enum fit
fit_of(struct run *run, const struct schema *branch, const struct json *value)
{
	if (!schema_fits_kind(branch, value))
		return FIT_NOT;
	const struct names *properties = value->type == JSON_OBJECT ? properties_of(branch) : NULL;
	enum fit fit = FIT_KIND;
	for (uint32_t i = 0; properties && i < properties->count; i++) {
		const struct json *constant = constant_of(properties->list[i].value);
		const struct json *member = constant ? json_get_by(value, properties->list[i].text) : NULL;
		schema_cost(run, 1 + (constant ? value->count : 0));
		if (!member)
			continue;
		if (!json_equal(member, constant))
			return FIT_NOT;
		fit = FIT_CONSTANT;
	}
	return fit;
}

static const struct json *
constant_under(const struct schema *branch, struct str name)
{
	const struct names *properties = properties_of(branch);
	const struct schema *property = properties ? names_get(properties, name) : NULL;
	return property ? constant_of(property) : NULL;
}

#define NAMES_TRIED 32

/* A name that every branch for objects holds to a text constant: what tells the branches apart. */
static bool
find_discriminator(const struct check *check, struct str *ret_name)
{
	const struct names *first = NULL;
	for (uint32_t i = 0; i < check->sub_count && !first; i++)
		if (check->subs[i]->target->types & KIND_OBJECT)
			first = properties_of(check->subs[i]);
	for (uint32_t n = 0; first && n < first->count && n < NAMES_TRIED; n++) {
		bool everywhere = true;
		for (uint32_t i = 0; i < check->sub_count && everywhere; i++) {
			if (!(check->subs[i]->target->types & KIND_OBJECT))
				continue;
			const struct json *constant = constant_under(check->subs[i], first->list[n].text);
			everywhere = constant && constant->type == JSON_STRING;
		}
		if (everywhere) {
			*ret_name = first->list[n].text;
			return true;
		}
	}
	return false;
}

void
schema_tell_apart(struct arena *arena, struct check *check)
{
	const char *name = check->keyword->name;
	if (check->sub_count < 2 || (strcmp(name, "anyOf") != 0 && strcmp(name, "oneOf") != 0))
		return;
	if (!find_discriminator(check, &check->apart))
		return;
	check->told_apart = true;
	check->exact = true;
	for (uint32_t i = 0; i < check->sub_count; i++) {
		if (!(check->subs[i]->target->types & KIND_OBJECT))
			continue;
		const struct json *constant = constant_under(check->subs[i], check->apart);
		check->exact &= names_add(&check->by_constant, arena, constant->text, check->subs[i]);
	}
}

/* The only branch that this value can fit, by the member that tells them apart; NULL when it fits none. */
bool
schema_choose(const struct check *check, const struct json *value, const struct schema **ret_branch)
{
	const struct json *member =
		check->exact && value->type == JSON_OBJECT ? json_get_by(value, check->apart) : NULL;
	if (!member)
		return false;
	*ret_branch = member->type == JSON_STRING ? names_get(&check->by_constant, member->text) : NULL;
	return true;
}

static void
list_constants(const struct check *check, struct str name, char *out, size_t room)
{
	size_t n = 0;
	out[0] = '\0';
	for (uint32_t i = 0; i < check->sub_count; i++) {
		const struct json *constant = constant_under(check->subs[i], name);
		char shown[SCHEMA_SHOWN_SIZE];
		if (constant && n + 1 < room)
			n += (size_t)snprintf(out + n, room - n, "%s%s", n ? ", " : "", schema_show(constant, shown));
	}
}

static const char *
code_of(const struct check *check)
{
	return strcmp(check->keyword->name, "oneOf") == 0 ? "one_of" : "any_of";
}

/* The member that tells the branches apart is wrong, or is not there. */
static void
say_discriminator(struct run *run, struct frame *frame, const struct check *check, struct str name)
{
	char allowed[160];
	const char *keyword = check->keyword->name;
	list_constants(check, name, allowed, sizeof allowed);
	const struct json *member = json_get_by(frame->value, name);
	if (member)
		schema_violation_member(run, frame, member, keyword, "enum", "Must be one of: %s.", allowed);
	else
		schema_violation_at(
			run, frame, name, keyword, "required", "This field is required. It is one of: %s.", allowed);
}

const struct schema *
schema_meant(struct run *run, struct frame *frame, const struct check *check, bool *ret_undecided)
{
	const struct schema *best = NULL;
	enum fit best_fit = FIT_NOT;
	bool unique = false;
	unsigned types = 0, of_kind = 0;
	for (uint32_t i = 0; i < check->sub_count; i++) {
		const struct schema *branch = check->subs[i];
		enum fit fit = fit_of(run, branch, frame->value);
		types |= branch->target->never ? 0 : branch->target->types;
		of_kind += schema_fits_kind(branch, frame->value);
		if (fit > best_fit) {
			best = branch;
			best_fit = fit;
			unique = true;
		} else if (fit == best_fit) {
			unique = false;
		}
	}
	bool told_apart = frame->value->type == JSON_OBJECT && check->told_apart;
	if (best && unique && (best_fit == FIT_CONSTANT || !told_apart || check->sub_count == 1))
		return best;
	if (told_apart)
		say_discriminator(run, frame, check, check->apart);
	else if (of_kind > 0)
		*ret_undecided = true;
	else if (types)
		schema_violation_types(run, frame, check->keyword->name, code_of(check), types);
	else
		schema_violation(run, frame, check->keyword->name, code_of(check),
			"This has none of the forms that are allowed here.");
	return NULL;
}

uint32_t
schema_distance(struct run *run, const struct schema *branch, const struct json *value)
{
	const struct names *properties = value->type == JSON_OBJECT ? properties_of(branch) : NULL;
	uint64_t strangers = 0;
	if (properties)
		json_each (member, value)
			strangers += names_find(properties, member->key) == NULL;
	schema_cost(run, value->count);
	uint64_t distance = run->counted * 2 + strangers;
	return distance < UINT32_MAX ? (uint32_t)distance : UINT32_MAX - 1;
}

/* What people call a branch: its title, or the name that it is referred to by. */
static struct str
name_of(const struct schema *branch)
{
	struct str name;
	if (json_get_str(branch->source, "title", &name) || json_get_str(branch->target->source, "title", &name))
		return name;
	if (!json_get_str(branch->source, "$ref", &name))
		return STR("");
	const char *slash = name.n > 0 ? memrchr(name.p, '/', name.n) : NULL;
	return slash ? (struct str){slash + 1, name.n - (size_t)(slash + 1 - name.p)} : name;
}

void
schema_say_nearest(struct run *run, struct frame *frame, const struct check *check, uint32_t nearest)
{
	struct str name = name_of(check->subs[nearest]);
	schema_violation(run, frame, check->keyword->name, code_of(check),
		"Fits none of the %u forms that are allowed here. The nearest is number %u%s%.*s%s; what it asks for "
		"follows.",
		check->sub_count, nearest + 1, name.n > 0 ? ", \"" : "", (int)(name.n < 60 ? name.n : 60), name.p,
		name.n > 0 ? "\"" : "");
}
