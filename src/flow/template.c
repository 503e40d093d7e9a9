/*
 * Filling templates. Values that are put in share their children with where they came from: trees are never changed
 * once built, and copying a megabyte because a step refers to it would be waste. What is made is bounded in bytes,
 * because a hundred references to one large output are written in a line.
 */
#include "flow/template.h"

#include "flow/hint.h"
#include "flow/template_parse.h"
#include "json/writer.h"

#include <stdio.h>

#define LEVELS 132 /* of nesting; json_limits_stored allows 128 */
#define POINTER_MAX 4096

/* ---- looking ---- */

static bool
listed(const struct str *names, unsigned count, struct str name)
{
	for (unsigned i = 0; i < count; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

bool
template_variables(struct arena *arena, struct str text, struct str **ret_names, unsigned *ret_count, struct err *err)
{
	struct parts parts;
	if (!template_parse(arena, text, false, &parts, err))
		return false;
	struct str *names = arena_array(arena, TEMPLATE_VARIABLES_MAX, sizeof *names);
	unsigned count = 0;
	for (unsigned i = 0; i < parts.count; i++)
		for (unsigned j = 0; j < parts.list[i].operand_count; j++) {
			const struct operand *operand = &parts.list[i].operands[j];
			if (operand->literal || listed(names, count, operand->names[0]))
				continue;
			if (count == TEMPLATE_VARIABLES_MAX)
				return err_set(
					err, ERR_LIMIT, "A prompt has at most %d variables.", TEMPLATE_VARIABLES_MAX);
			names[count++] = operand->names[0];
		}
	*ret_names = names;
	*ret_count = count;
	return true;
}

static struct template_ref
template_ref_of(const struct expression_ref *ref)
{
	return (struct template_ref){.path = ref->path,
		.has_fallback = ref->has_fallback,
		.is_list = ref->is_list,
		.needed = !ref->has_fallback};
}

bool
template_refs(
	struct arena *arena, struct str text, struct template_ref **ret_refs, unsigned *ret_count, struct err *err)
{
	struct parts parts;
	if (!template_parse(arena, text, true, &parts, err))
		return false;
	unsigned count = 0, room = 0;
	for (unsigned i = 0; i < parts.count; i++)
		room += parts.list[i].expression ? parts.list[i].expression->ref_count : parts.list[i].operand_count;
	struct template_ref *refs = arena_array(arena, room ? room : 1, sizeof *refs);
	for (unsigned i = 0; i < parts.count; i++) {
		const struct expression *expression = parts.list[i].expression;
		for (unsigned j = 0; expression && j < expression->ref_count; j++)
			refs[count++] = template_ref_of(&expression->refs[j]);
		for (unsigned j = 0; j < parts.list[i].operand_count; j++)
			if (!parts.list[i].operands[j].literal) {
				refs[count].path = parts.list[i].operands[j].path;
				refs[count].has_fallback = j + 1 < parts.list[i].operand_count;
				refs[count++].needed = parts.list[i].operand_count == 1;
			}
	}
	*ret_refs = refs;
	*ret_count = count;
	return true;
}

/* ---- finding values ---- */

static const struct json *
child_of(const struct json *value, struct str name)
{
	if (value->type == JSON_OBJECT)
		return json_get_by(value, name);
	unsigned long long index;
	if (value->type == JSON_ARRAY && str_to_u64(name, UINT32_MAX, &index))
		return json_at(value, (uint32_t)index);
	return NULL;
}

static bool
no_such_member(struct arena *arena, const struct operand *operand, const struct json *parent, const char *parent_name,
	struct str missing, struct err *err)
{
	const char *path = arena_strz(arena, hint_clip(operand->path, 100));
	if (parent->count == 0)
		return err_set(err, ERR_INVALID, "`%s` does not exist; %s has no fields.", path,
			parent_name ? arena_printf(arena, "`%s`", parent_name) : "this place");
	struct str *names = arena_array(arena, parent->count, sizeof *names);
	unsigned count = 0;
	json_each (member, parent)
		names[count++] = member->key;
	return err_set(err, ERR_INVALID, "`%s` does not exist; %s %s.%s", path,
		parent_name ? arena_printf(arena, "the fields of `%s` are", parent_name) : "there are",
		hint_list(arena, names, count), hint_did_you_mean(arena, missing, names, count));
}

/* Says which part of the path is missing, and what would have been there. */
static bool
no_such_path(
	struct arena *arena, const struct operand *operand, unsigned depth, const struct json *parent, struct err *err)
{
	const char *path = arena_strz(arena, hint_clip(operand->path, 100));
	if (depth <= 1 && str_is(operand->names[0], "env"))
		return err_set(err, ERR_INVALID,
			"There is no variable or secret `%.*s` in this workspace. Add it under Settings, Variables and "
			"secrets.",
			(int)operand->path.n - 4, operand->path.p + 4);
	size_t n = 0;
	for (unsigned i = 0; i < depth; i++)
		n += operand->names[i].n + (i > 0);
	const char *above = depth ? arena_strz(arena, hint_clip((struct str){operand->path.p, n}, 100)) : NULL;
	switch (parent->type) {
	case JSON_OBJECT:
		return no_such_member(arena, operand, parent, above, operand->names[depth], err);
	case JSON_ARRAY:
		return err_set(err, ERR_INVALID, "`%s` does not exist; `%s` is a list of %u, counted from 0.", path,
			above ? above : "it", parent->count);
	case JSON_STRING:
		return err_set(err, ERR_INVALID, "`%s` does not exist; `%s` is text and has no fields.", path,
			above ? above : "it");
	case JSON_NULL:
		return err_set(err, ERR_INVALID, "`%s` does not exist; `%s` is null.", path, above ? above : "it");
	default:
		return err_set(err, ERR_INVALID, "`%s` does not exist; `%s` is a single value and has no fields.", path,
			above ? above : "it");
	}
}

/* How long a list or a text is, as JavaScript counts, so that a path means the same as an expression. NULL: it is neither. */
static const struct json *
length_of(struct arena *arena, const struct json *value)
{
	if (value->type == JSON_ARRAY)
		return json_new_int(arena, value->count);
	if (value->type != JSON_STRING)
		return NULL;
	int64_t length = 0;
	for (size_t i = 0; i < value->text.n; i++) {
		unsigned char byte = (unsigned char)value->text.p[i];
		length += ((byte & 0xc0) != 0x80) + (byte >= 0xf0);
	}
	return json_new_int(arena, length);
}

static const struct json *
find(struct arena *arena, const struct operand *operand, const struct json *root, struct err *err)
{
	const struct json *value = root;
	for (unsigned i = 0; i < operand->name_count; i++) {
		const struct json *child = child_of(value, operand->names[i]);
		if (!child && str_is(operand->names[i], "length"))
			child = length_of(arena, value);
		if (!child) {
			no_such_path(arena, operand, i, value, err);
			return NULL;
		}
		value = child;
	}
	return value;
}

static bool
blank(const struct json *value)
{
	return value->type == JSON_NULL || (value->type == JSON_STRING && value->text.n == 0);
}

static const struct json *
resolve(struct arena *arena, const struct part *part, const struct json *root, struct err *err)
{
	if (part->expression) {
		const struct json *values = json_get(root, TEMPLATE_VALUES);
		const struct json *value = values ? json_get_by(values, part->expression->source) : NULL;
		if (!value)
			err_set(err, ERR_INTERNAL, "An expression of it has not been evaluated.");
		return value;
	}
	for (unsigned i = 0; i < part->operand_count; i++) {
		const struct operand *operand = &part->operands[i];
		bool last = i + 1 == part->operand_count;
		const struct json *value =
			operand->literal ? operand->literal : find(arena, operand, root, last ? err : NULL);
		if (last || (value && !blank(value)))
			return value;
	}
	return NULL; /* not reached: a template has an operand */
}

/* ---- truth ---- */

static bool
is_true(const struct json *value)
{
	double number;
	switch (value->type) {
	case JSON_NULL:
	case JSON_FALSE:
		return false;
	case JSON_NUMBER:
		return !json_to_double(value, &number) || number != 0;
	case JSON_STRING:
		return value->text.n > 0;
	default:
		return true;
	}
}

/* a || b: as an expression says it, so that brackets around it change nothing. */
static bool
any_is_true(struct arena *arena, const struct part *part, const struct json *root)
{
	for (unsigned i = 0; i < part->operand_count; i++) {
		const struct operand *operand = &part->operands[i];
		const struct json *value = operand->literal ? operand->literal : find(arena, operand, root, NULL);
		if (value && is_true(value))
			return true;
	}
	return false;
}

bool
template_holds(
	struct arena *arena, const struct json *condition, const struct json *root, bool *ret_holds, struct err *err)
{
	struct parts parts = {0};
	struct json *value;
	if (condition->type == JSON_STRING && !template_parse(arena, condition->text, true, &parts, err))
		return false;
	if (parts.count == 1 && parts.list[0].operand_count > 1) {
		*ret_holds = any_is_true(arena, &parts.list[0], root);
		return true;
	}
	if (!template_fill_all(arena, condition, root, &value, err))
		return false;
	*ret_holds = is_true(value);
	return true;
}

/* ---- filling ---- */

static bool
too_large(size_t max, struct err *err)
{
	return err_set(
		err, ERR_LIMIT, "The filled text is larger than %zu bytes. Refer to less, or summarise first.", max);
}

static void
append(struct buf *buf, const struct json *value)
{
	if (value->type == JSON_STRING) {
		buf_add_str(buf, value->text);
		return;
	}
	struct json_writer w;
	json_writer_init(&w, buf, 0);
	json_value(&w, value);
}

static bool
fill_text(struct arena *arena, const struct parts *parts, const struct json *root, size_t max, struct str *ret_text,
	struct err *err)
{
	struct buf buf;
	bool ok = false;
	buf_init(&buf, max);
	for (unsigned i = 0; i < parts->count; i++) {
		const struct part *part = &parts->list[i];
		if (part_is_text(part)) {
			buf_add_str(&buf, part->text);
			continue;
		}
		const struct json *value = resolve(arena, part, root, err);
		if (!value)
			goto out;
		append(&buf, value);
		if (buf_overflow(&buf))
			break;
	}
	if (buf_overflow(&buf)) {
		too_large(max, err);
		goto out;
	}
	*ret_text = arena_str(arena, buf_str(&buf));
	ok = true;
out:
	buf_release(&buf);
	return ok;
}

bool
template_fill_text(struct arena *arena, struct str text, const struct json *variables, size_t max, struct str *ret_text,
	struct err *err)
{
	struct parts parts;
	return template_parse(arena, text, false, &parts, err) &&
	       fill_text(arena, &parts, variables, max, ret_text, err);
}

/* A node of its own, free to stand in another tree, over the same children. */
static struct json *
alias(struct arena *arena, const struct json *value)
{
	struct json *node = arena_new_of(arena, struct json);
	*node = *value;
	node->next = NULL;
	node->key = (struct str){NULL, 0};
	return node;
}

static bool
fill_within(struct arena *arena, struct str text, const struct json *root, size_t *budget, struct json **ret_value,
	struct err *err)
{
	struct parts parts;
	struct json *filled;
	if (!template_parse(arena, text, true, &parts, err))
		return false;
	if (parts.count == 1 && !part_is_text(&parts.list[0])) {
		const struct json *value = resolve(arena, &parts.list[0], root, err);
		if (!value)
			return false;
		size_t weight = json_weigh(value, *budget);
		if (weight > *budget)
			return too_large(TEMPLATE_FILL_MAX, err);
		*budget -= weight;
		filled = alias(arena, value);
	} else {
		struct str out;
		if (!fill_text(arena, &parts, root, *budget, &out, err))
			return false;
		*budget -= out.n;
		filled = json_new_str(arena, out);
	}
	*ret_value = filled;
	return true;
}

bool
template_fill(struct arena *arena, struct str text, const struct json *root, struct json **ret_value, struct err *err)
{
	size_t budget = TEMPLATE_TEXT_MAX;
	return fill_within(arena, text, root, &budget, ret_value, err);
}

struct fill {
	struct arena *arena;
	const struct json *root;
	size_t budget;
};

static bool
fill_string(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err)
{
	struct fill *fill = with;
	if (fill_within(fill->arena, text, fill->root, &fill->budget, ret_value, err))
		return true;
	err_detail(err, "at %.*s", STR_ARG(hint_clip(pointer, 200)));
	return false;
}

bool
template_fill_all(struct arena *arena, const struct json *value, const struct json *root, struct json **ret_value,
	struct err *err)
{
	struct fill fill = {arena, root, TEMPLATE_FILL_MAX};
	return template_map(arena, value, fill_string, &fill, ret_value, err);
}

/* Only the heads of what it reads change; whoever reads it again finds the same. */
static bool
rewrite_expression(struct arena *arena, const struct expression *expression, template_rename *rename, void *with,
	struct buf *buf, struct err *err)
{
	struct str source = expression->source;
	size_t done = 0;
	buf_add_z(buf, "{{");
	for (unsigned i = 0; i < expression->ref_count; i++) {
		const struct expression_ref *at = &expression->refs[i];
		struct template_ref ref = template_ref_of(at);
		struct str path = ref.path;
		if (!rename(with, &ref, &path, err))
			return false;
		buf_add(buf, source.p + done, at->from - done);
		buf_add_z(buf, expression_head(arena, path));
		if (str_starts(ref.path, STR("outputs.")))
			buf_add_z(buf, ".output"); /* what it has become is longer by that */
		done = at->to;
	}
	buf_add(buf, source.p + done, source.n - done);
	buf_add_z(buf, "}}");
	return true;
}

bool
template_rewrite(struct arena *arena, struct str text, template_rename *rename, void *with, struct str *ret_text,
	struct err *err)
{
	struct parts parts;
	if (!template_parse(arena, text, true, &parts, err))
		return false;
	struct buf buf;
	bool ok = false;
	buf_init(&buf, TEMPLATE_FILL_MAX);
	for (unsigned i = 0; i < parts.count; i++) {
		const struct part *part = &parts.list[i];
		if (part_is_text(part))
			buf_add_str(&buf, part->source);
		if (part->expression && !rewrite_expression(arena, part->expression, rename, with, &buf, err))
			goto out;
		for (unsigned j = 0; j < part->operand_count; j++) {
			const struct operand *operand = &part->operands[j];
			struct template_ref ref = {.path = operand->path,
				.has_fallback = j + 1 < part->operand_count,
				.alone = part->operand_count == 1,
				.plain = true};
			struct str path = operand->source;
			if (!operand->literal && !rename(with, &ref, &path, err))
				goto out;
			buf_add_z(&buf, j ? " || " : "{{");
			buf_add_str(&buf, path);
			if (!ref.has_fallback)
				buf_add_z(&buf, "}}");
		}
	}
	if (buf_overflow(&buf)) {
		too_large(TEMPLATE_FILL_MAX, err);
		goto out;
	}
	*ret_text = arena_str(arena, buf_str(&buf));
	ok = true;
out:
	buf_release(&buf);
	return ok;
}

/* ---- every string of a value ---- */

struct level {
	const struct json *from; /* the next to be copied */
	struct json *to;
	size_t pointer; /* length of this level's own */
	uint32_t index;
};

/* Pointers longer than anybody reads are cut: they only say where an error is. */
static size_t
point(char *pointer, size_t n, const struct json *item, const struct level *level)
{
	char index[16];
	struct str name = item->key;
	if (level->to->type == JSON_ARRAY) {
		snprintf(index, sizeof index, "%u", level->index);
		name = str_of(index);
	}
	if (n < POINTER_MAX)
		pointer[n++] = '/';
	for (size_t i = 0; i < name.n && n + 2 < POINTER_MAX; i++) {
		bool escaped = name.p[i] == '~' || name.p[i] == '/';
		pointer[n++] = escaped ? '~' : name.p[i];
		if (escaped)
			pointer[n++] = name.p[i] == '~' ? '0' : '1';
	}
	return n;
}

static bool
map_one(struct arena *arena, const struct json *from, struct str pointer, template_change *change, void *with,
	struct json **ret_value, struct err *err)
{
	if (from->type == JSON_STRING)
		return change(with, pointer, from->text, ret_value, err);
	if (from->type == JSON_ARRAY)
		*ret_value = json_new_array(arena);
	else if (from->type == JSON_OBJECT)
		*ret_value = json_new_object(arena);
	else
		*ret_value = alias(arena, from);
	return true;
}

bool
template_map(struct arena *arena, const struct json *value, template_change *change, void *with,
	struct json **ret_value, struct err *err)
{
	char *pointer = arena_alloc(arena, POINTER_MAX + 2);
	struct level levels[LEVELS];
	unsigned depth = 0;
	struct json *result;
	if (!map_one(arena, value, (struct str){pointer, 0}, change, with, &result, err))
		return false;
	if (value->child)
		levels[depth++] = (struct level){value->child, result, 0, 0};
	while (depth > 0) {
		struct level *level = &levels[depth - 1];
		const struct json *from = level->from;
		if (!from) {
			depth--;
			continue;
		}
		size_t n = point(pointer, level->pointer, from, level);
		struct json *to;
		if (!map_one(arena, from, (struct str){pointer, n}, change, with, &to, err))
			return false;
		if (level->to->type == JSON_OBJECT)
			json_add(level->to, from->key, to);
		else
			json_push(level->to, to);
		level->from = from->next;
		level->index++;
		if (from->child) {
			if (depth == LEVELS)
				return err_set(err, ERR_LIMIT,
					"The value is nested too deeply. At most %d levels are allowed.", LEVELS);
			levels[depth++] = (struct level){from->child, to, n, 0};
		}
	}
	*ret_value = result;
	return true;
}

/* ---- taken apart ---- */

bool
template_split(
	struct arena *arena, struct str text, struct template_piece **ret_pieces, unsigned *ret_count, struct err *err)
{
	struct parts parts;
	if (!template_parse(arena, text, true, &parts, err))
		return false;
	struct template_piece *pieces = arena_array(arena, parts.count + 1, sizeof *pieces);
	for (unsigned i = 0; i < parts.count; i++) {
		bool is_text = part_is_text(&parts.list[i]);
		pieces[i] = (struct template_piece){is_text ? parts.list[i].text : parts.list[i].source, !is_text};
	}
	*ret_pieces = pieces;
	*ret_count = parts.count;
	return true;
}

struct str
template_stray(struct arena *arena, struct str text)
{
	struct parts parts;
	if (!template_parse(arena, text, true, &parts, NULL))
		return STR("");
	for (unsigned i = 0; i < parts.count; i++)
		if (parts.list[i].expression && parts.list[i].expression->stray.n > 0)
			return parts.list[i].expression->stray;
	return STR("");
}

size_t
template_end(struct arena *arena, struct str text, size_t at)
{
	struct str rest = {text.p + at, text.n - at};
	struct parts parts;
	if (!template_parse(arena, rest, true, &parts, NULL) || parts.count == 0 || part_is_text(&parts.list[0]))
		return text.n;
	return at + parts.list[0].source.n;
}

/* ---- expressions ---- */

struct gather {
	struct arena *arena;
	struct str *sources;
	unsigned count;
};

static bool
gather_string(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err)
{
	struct gather *gather = with;
	struct parts parts;
	(void)pointer;
	*ret_value = json_new_null(gather->arena);
	if (text.n == 0 || !memmem(text.p, text.n, "{{", 2))
		return true;
	if (!template_parse(gather->arena, text, true, &parts, err))
		return false;
	for (unsigned i = 0; i < parts.count; i++) {
		const struct expression *expression = parts.list[i].expression;
		if (!expression || listed(gather->sources, gather->count, expression->source))
			continue;
		if (gather->count == EXPRESSIONS_MAX)
			return err_set(err, ERR_LIMIT, "A step has at most %d expressions. Split it.", EXPRESSIONS_MAX);
		gather->sources[gather->count++] = expression->source;
	}
	return true;
}

bool
template_expressions(
	struct arena *arena, const struct json *value, struct str **ret_sources, unsigned *ret_count, struct err *err)
{
	struct gather gather = {.arena = arena, .sources = arena_array(arena, EXPRESSIONS_MAX, sizeof *gather.sources)};
	struct json *unused;
	if (!template_map(arena, value, gather_string, &gather, &unused, err))
		return false;
	*ret_sources = gather.sources;
	*ret_count = gather.count;
	return true;
}
