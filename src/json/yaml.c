/*
 * YAML to tree: a loop over libyaml's events with a stack of the containers that are open. libyaml does not expand
 * aliases; we do, counting what the expansion would hold before it is made.
 */
#include "json/yaml.h"

#include "json/yaml_scalar.h"

#include <inttypes.h>
#include <stdlib.h>
#include <yaml.h>

#define ALIASES_MOST 1000
#define ANCHORS_MOST 1000

struct anchor {
	struct anchor *next;
	const char *name;
	struct json *node;
};

struct frame {
	struct json *node;
	bool wants_key; /* of a mapping */
	struct str key;
	uint32_t key_line, key_column;
};

struct loader {
	struct arena *arena;
	const struct json_limits *limits;
	struct err *err;
	struct frame *open;
	uint32_t depth;
	uint32_t nodes;
	size_t alias_bytes; /* texts reached through aliases: what a writer would have to repeat */
	uint32_t aliases;
	uint32_t anchor_count;
	struct anchor *anchors; /* newest first: a name may be given again */
	struct json *root;
};

static bool
fail_at(struct loader *l, uint32_t line, uint32_t column)
{
	if (l->err) {
		l->err->line = line;
		l->err->column = column;
	}
	return false;
}

#define FAIL(l, mark, code, ...) \
	(err_set((l)->err, (code), __VA_ARGS__), fail_at((l), (uint32_t)(mark).line + 1, (uint32_t)(mark).column + 1))

static bool
count_nodes(struct loader *l, yaml_mark_t mark, size_t n)
{
	if (n > l->limits->nodes - l->nodes)
		return FAIL(l, mark, ERR_LIMIT, "The document holds more than %" PRIu32 " values.", l->limits->nodes);
	l->nodes += (uint32_t)n;
	return true;
}

/* Puts a finished value, or a container about to be filled, where it belongs. */
static bool
attach(struct loader *l, struct json *node, yaml_mark_t mark)
{
	node->line = (uint32_t)mark.line + 1;
	node->column = (uint32_t)mark.column + 1;
	if (l->depth == 0) {
		l->root = node;
		return true;
	}
	struct frame *frame = &l->open[l->depth - 1];
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): depth is not 0, so something is open */
	if (frame->node->type == JSON_ARRAY) {
		json_push(frame->node, node);
		return true;
	}
	if (frame->wants_key)
		return FAIL(l, mark, ERR_MALFORMED, "A key is a list, a mapping or an alias here. Keys are texts.");
	node->line = frame->key_line;
	node->column = frame->key_column;
	json_add(frame->node, frame->key, node);
	frame->wants_key = true;
	return true;
}

/* ---- anchors and aliases ---- */

static bool
remember(struct loader *l, const yaml_char_t *name, struct json *node, yaml_mark_t mark)
{
	if (!name)
		return true;
	if (l->anchor_count++ >= ANCHORS_MOST)
		return FAIL(l, mark, ERR_LIMIT, "The document has more than %d anchors.", ANCHORS_MOST);
	struct anchor *anchor = arena_new_of(l->arena, struct anchor);
	anchor->name = arena_strdup(l->arena, (const char *)name);
	anchor->node = node;
	anchor->next = l->anchors;
	l->anchors = anchor;
	return true;
}

static bool
is_open(const struct loader *l, const struct json *node)
{
	for (uint32_t i = 0; i < l->depth; i++)
		if (l->open[i].node == node)
			return true;
	return false;
}

struct measure {
	size_t nodes, bytes;
	uint32_t height;
};

/* Stops as soon as there is more than may be: an expansion can be larger than any memory. */
static bool
measure(const struct json *tree, uint32_t height_most, size_t nodes_most, struct measure *ret_measure)
{
	const struct json **after = calloc((size_t)height_most + 1, sizeof *after);
	if (!after)
		out_of_memory();
	struct measure m = {.nodes = 1, .bytes = tree->text.n};
	const struct json *at = tree->child;
	uint32_t depth = 0;
	bool fits = true;
	if (tree->type == JSON_ARRAY || tree->type == JSON_OBJECT)
		m.height = 1;
	while (fits && (at || depth > 0)) {
		if (!at) {
			at = after[--depth];
			continue;
		}
		m.nodes++;
		m.bytes += at->text.n + at->key.n;
		bool container = at->type == JSON_ARRAY || at->type == JSON_OBJECT;
		if (container && depth + 2 > m.height)
			m.height = depth + 2;
		fits = m.nodes <= nodes_most && m.height <= height_most;
		if (fits && at->child) {
			after[depth++] = at->next;
			at = at->child;
		} else {
			at = at->next;
		}
	}
	free(after);
	*ret_measure = m;
	return fits;
}

static bool
on_alias(struct loader *l, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	yaml_mark_t mark = event->start_mark;
	if (l->aliases++ >= ALIASES_MOST)
		return FAIL(l, mark, ERR_LIMIT, "The document has more than %d aliases.", ALIASES_MOST);
	struct anchor *anchor = l->anchors;
	while (anchor && strcmp(anchor->name, name) != 0)
		anchor = anchor->next;
	if (!anchor)
		return FAIL(l, mark, ERR_MALFORMED, "There is no anchor \"%.80s\" before this alias.", name);
	if (is_open(l, anchor->node))
		return FAIL(l, mark, ERR_MALFORMED, "The alias \"%.80s\" stands inside of what it names.", name);
	struct measure m;
	if (!measure(anchor->node, l->limits->depth - l->depth, l->limits->nodes - l->nodes, &m) ||
		m.height > l->limits->depth - l->depth)
		return FAIL(
			l, mark, ERR_LIMIT, "With its aliases written out the document is larger than is accepted.");
	l->alias_bytes += m.bytes;
	if (l->alias_bytes > l->limits->bytes)
		return FAIL(
			l, mark, ERR_LIMIT, "With its aliases written out the document is larger than is accepted.");
	return count_nodes(l, mark, m.nodes) && attach(l, json_share(l->arena, anchor->node), mark);
}

/* ---- scalars ---- */

/* "tag:yaml.org,2002:int" to "int", "!" to "str", NULL to "": as if none were given. Anything else is refused. */
static bool
read_tag(struct loader *l, const yaml_char_t *tag, yaml_mark_t mark, const char *const *known, const char **ret_tag)
{
	static const char prefix[] = "tag:yaml.org,2002:";
	*ret_tag = "";
	if (!tag)
		return true;
	const char *z = (const char *)tag;
	const char *name = strcmp(z, "!") == 0				? known[0]
			   : strncmp(z, prefix, sizeof prefix - 1) == 0 ? z + sizeof prefix - 1
									: "";
	for (; *known; known++)
		if (strcmp(name, *known) == 0) {
			*ret_tag = *known;
			return true;
		}
	return FAIL(l, mark, ERR_MALFORMED, "The tag \"%.80s\" is not known, or does not fit what follows it.", z);
}

static bool
tag_fits(const char *tag, enum yaml_kind kind, struct str number)
{
	if (strcmp(tag, "null") == 0)
		return kind == YAML_NULL;
	if (strcmp(tag, "bool") == 0)
		return kind == YAML_TRUE || kind == YAML_FALSE;
	if (strcmp(tag, "int") == 0 && kind == YAML_NUMBER)
		return !memchr(number.p, '.', number.n) && !memchr(number.p, 'e', number.n) &&
		       !memchr(number.p, 'E', number.n);
	return kind == YAML_NUMBER;
}

static bool
scalar_node(struct loader *l, const yaml_event_t *event, struct json **ret_node)
{
	static const char *const tags[] = {"str", "null", "bool", "int", "float", NULL};
	yaml_mark_t mark = event->start_mark;
	struct str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
	const char *tag;
	if (memchr(text.p, '\0', text.n))
		return FAIL(l, mark, ERR_MALFORMED, "The character \\0 cannot be stored. Leave it out.");
	if (str_utf8_bad(text) < text.n)
		return FAIL(l, mark, ERR_MALFORMED, "This text is not UTF-8.");
	if (!read_tag(l, event->data.scalar.tag, mark, tags, &tag))
		return false;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	enum yaml_kind kind = YAML_TEXT;
	struct str number = {"", 0};
	bool resolve = *tag ? strcmp(tag, "str") != 0 : plain;
	if (resolve)
		kind = yaml_resolve(l->arena, text, &number);
	if (kind == YAML_NOT_FINITE)
		return FAIL(l, mark, ERR_MALFORMED, "%.*s is a number that JSON cannot write.", STR_ARG(text));
	if (kind == YAML_TOO_LARGE)
		return FAIL(l, mark, ERR_MALFORMED, "This number does not fit 64 bits.");
	if (resolve && *tag && !tag_fits(tag, kind, number))
		return FAIL(l, mark, ERR_MALFORMED, "This is not what its tag !!%s says.", tag);
	switch (kind) {
	case YAML_NULL:
		*ret_node = json_new_null(l->arena);
		break;
	case YAML_TRUE:
	case YAML_FALSE:
		*ret_node = json_new_bool(l->arena, kind == YAML_TRUE);
		break;
	case YAML_NUMBER:
		*ret_node = json_new_str(l->arena, number);
		(*ret_node)->type = JSON_NUMBER;
		break;
	default:
		*ret_node = json_new_str(l->arena, arena_str(l->arena, text));
	}
	return true;
}

static bool
take_key(struct loader *l, struct frame *frame, const yaml_event_t *event, struct json *node)
{
	yaml_mark_t mark = event->start_mark;
	if (node->type != JSON_STRING)
		return FAIL(l, mark, ERR_MALFORMED, "The key %.*s is not a text. Write it in quotes.",
			(int)(event->data.scalar.length < 80 ? event->data.scalar.length : 80),
			(const char *)event->data.scalar.value);
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && str_is(node->text, "<<"))
		return FAIL(l, mark, ERR_MALFORMED, "YAML 1.2 has no merge key <<. Write the keys out.");
	frame->key = node->text;
	frame->key_line = (uint32_t)mark.line + 1;
	frame->key_column = (uint32_t)mark.column + 1;
	frame->wants_key = false;
	return true;
}

static bool
on_scalar(struct loader *l, const yaml_event_t *event)
{
	struct json *node;
	yaml_mark_t mark = event->start_mark;
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): scalar_node() has set it when it is true */
	if (!scalar_node(l, event, &node) || !remember(l, event->data.scalar.anchor, node, mark))
		return false;
	struct frame *frame = l->depth > 0 ? &l->open[l->depth - 1] : NULL;
	if (frame && frame->node->type == JSON_OBJECT && frame->wants_key)
		return take_key(l, frame, event, node);
	return count_nodes(l, mark, 1) && attach(l, node, mark);
}

/* ---- containers ---- */

static bool
on_start(struct loader *l, const yaml_event_t *event, bool mapping)
{
	static const char *const map_tags[] = {"map", NULL}, *const seq_tags[] = {"seq", NULL};
	yaml_mark_t mark = event->start_mark;
	const yaml_char_t *tag = mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	const yaml_char_t *anchor = mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const char *ignored;
	if (l->depth >= l->limits->depth)
		return FAIL(
			l, mark, ERR_LIMIT, "The document is nested deeper than %" PRIu32 " levels.", l->limits->depth);
	if (!read_tag(l, tag, mark, mapping ? map_tags : seq_tags, &ignored) || !count_nodes(l, mark, 1))
		return false;
	struct json *node = mapping ? json_new_object(l->arena) : json_new_array(l->arena);
	if (!attach(l, node, mark) || !remember(l, anchor, node, mark))
		return false;
	l->open[l->depth++] = (struct frame){.node = node, .wants_key = mapping};
	return true;
}

static bool
on_mapping_end(struct loader *l)
{
	const struct json *twice = json_duplicate_key(l->open[--l->depth].node);
	if (!twice)
		return true;
	err_set(l->err, ERR_MALFORMED, "The key \"%.*s\" is given twice in one mapping.",
		(int)(twice->key.n < 80 ? twice->key.n : 80), twice->key.p);
	return fail_at(l, twice->line, twice->column);
}

static bool
on_event(struct loader *l, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return l->root ? FAIL(l, event->start_mark, ERR_MALFORMED,
					 "A second document begins here. Only one is read.")
			       : true;
	case YAML_ALIAS_EVENT:
		return on_alias(l, event);
	case YAML_SCALAR_EVENT:
		return on_scalar(l, event);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(l, event, false);
	case YAML_MAPPING_START_EVENT:
		return on_start(l, event, true);
	case YAML_SEQUENCE_END_EVENT:
		l->depth--;
		return true;
	case YAML_MAPPING_END_EVENT:
		return on_mapping_end(l);
	default:
		return true;
	}
}

/* ---- the door ---- */

/* libyaml's own complaint. Its reader knows only an offset, its other parts a mark. */
static bool
report(struct loader *l, const yaml_parser_t *parser, struct str text)
{
	const char *problem = parser->problem ? parser->problem : "it cannot be read";
	if (parser->error != YAML_READER_ERROR)
		return FAIL(l, parser->problem_mark, ERR_MALFORMED, "This is not YAML: %s%s%s.",
			parser->context ? parser->context : "", parser->context ? ", " : "", problem);
	yaml_mark_t mark = {0};
	for (size_t i = 0; i < parser->problem_offset && i < text.n; i++) {
		mark.column += ((unsigned char)text.p[i] & 0xc0) != 0x80;
		if (text.p[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return FAIL(l, mark, ERR_MALFORMED, "This is not YAML: %s.", problem);
}

static bool
load(struct loader *l, struct str text)
{
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		out_of_memory();
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
	bool ok = true, ended = false;
	while (ok && !ended) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			ok = report(l, &parser, text);
			break;
		}
		ended = event.type == YAML_STREAM_END_EVENT;
		ok = on_event(l, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return ok;
}

bool
yaml_read(
	struct arena *arena, struct str text, const struct json_limits *limits, struct json **ret_doc, struct err *err)
{
	struct loader l = {.arena = arena, .limits = limits, .err = err};
	if (text.n > limits->bytes)
		return err_set(
			err, ERR_LIMIT, "The document has %zu bytes. At most %zu are accepted.", text.n, limits->bytes);
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = (struct str){text.p + 3, text.n - 3};
	size_t bad = str_utf8_bad(text);
	if (bad < text.n) {
		yaml_parser_t nowhere = {
			.error = YAML_READER_ERROR, .problem = "the text is not UTF-8 here", .problem_offset = bad};
		return report(&l, &nowhere, text);
	}
	l.open = arena_array(arena, limits->depth, sizeof *l.open);
	if (!load(&l, text))
		return false;
	yaml_mark_t start = {0};
	if (!l.root)
		return FAIL(&l, start, ERR_MALFORMED, "The document is empty.");
	*ret_doc = l.root;
	return true;
}
