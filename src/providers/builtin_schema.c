/*
 * Walks a schema and makes a value for each place. What the schema offers (const, enum, default, examples) comes first.
 * The result is checked with the validator, so what is handed out does satisfy the schema; what cannot be made is an
 * error.
 *
 * The walk is recursive, with a depth and a number of nodes that are fixed here whatever the schema says.
 */
#include "providers/builtin_schema.h"

#include "providers/builtin_text.h"
#include "json/schema.h"

#define DEPTH_MAX 20
#define DEPTH_OPTIONAL 6 /* optional properties are made down to here: a recursive schema ends */
#define NODES_MAX 20000
#define TEXT_MAX 200
#define TEXT_LONGEST 10000

struct maker {
	struct arena *arena;
	const struct json *root;
	struct sentences sentences;
	unsigned next_sentence;
	unsigned nodes;
	unsigned different; /* added where items of a list must differ */
};

static struct json *make(struct maker *m, const struct json *schema, struct str name, unsigned depth);

/* ---- schemas made of several ---- */

/* A node of its own over the same children: schemas are not changed. */
static struct json *
alias(struct maker *m, const struct json *value)
{
	struct json *node = arena_new_of(m->arena, struct json);
	*node = *value;
	node->next = NULL;
	m->nodes++;
	return node;
}

/* Puts a keyword into a flat schema. Properties and required names add up; of any other keyword the first one stays. */
static void
merge_member(struct maker *m, struct json *into, const struct json *member)
{
	bool sum = (str_is(member->key, "properties") && member->type == JSON_OBJECT) ||
		   (str_is(member->key, "required") && member->type == JSON_ARRAY);
	struct json *have = NULL;
	for (struct json *item = into->child; item && !have; item = item->next)
		have = str_eq(item->key, member->key) ? item : NULL;
	if (have && !(sum && have->type == member->type))
		return;
	if (!sum) {
		json_add(into, member->key, alias(m, member));
		return;
	}
	if (!have) {
		have = member->type == JSON_ARRAY ? json_new_array(m->arena) : json_new_object(m->arena);
		json_add(into, member->key, have);
	}
	json_each (item, member) {
		if (m->nodes > NODES_MAX)
			return;
		if (have->type == JSON_ARRAY)
			json_push(have, alias(m, item));
		else if (!json_get_by(have, item->key))
			json_add(have, item->key, alias(m, item));
	}
}

static const struct json *
refer(struct maker *m, const struct json *schema)
{
	struct str ref;
	if (!json_get_str(schema, "$ref", &ref) || ref.n == 0 || ref.p[0] != '#')
		return NULL;
	return json_pointer(m->root, (struct str){ref.p + 1, ref.n - 1});
}

static bool
composed(const struct json *schema)
{
	return json_get(schema, "$ref") || json_get(schema, "allOf") || json_get(schema, "anyOf") ||
	       json_get(schema, "oneOf");
}

/* One flat schema of $ref, allOf, and the first of anyOf and oneOf. */
static const struct json *
flatten(struct maker *m, const struct json *schema)
{
	static const char *const groups[] = {"allOf", "anyOf", "oneOf"};
	for (unsigned round = 0; round < DEPTH_MAX && composed(schema) && m->nodes < NODES_MAX; round++) {
		struct json *flat = json_new_object(m->arena);
		const struct json *target = refer(m, schema);
		m->nodes++;
		json_each (member, schema) {
			if (!str_is(member->key, "$ref") && !str_is(member->key, "allOf") &&
				!str_is(member->key, "anyOf") && !str_is(member->key, "oneOf"))
				merge_member(m, flat, member);
		}
		if (target && target->type == JSON_OBJECT)
			json_each (member, target)
				merge_member(m, flat, member);
		for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
			json_each (sub, json_get(schema, groups[g])) {
				if (sub->type == JSON_OBJECT)
					json_each (member, sub)
						merge_member(m, flat, member);
				if (g > 0)
					break;
			}
		}
		schema = flat;
	}
	return schema;
}

/* ---- single values ---- */

static const char *
text_of_format(struct str format)
{
	static const struct {
		const char *name, *text;
	} formats[] = {
		{"date", "2026-01-01"},
		{"date-time", "2026-01-01T09:00:00Z"},
		{"time", "09:00:00Z"},
		{"duration", "PT1H"},
		{"email", "someone@example.com"},
		{"idn-email", "someone@example.com"},
		{"uri", "https://example.com/"},
		{"uri-reference", "https://example.com/"},
		{"iri", "https://example.com/"},
		{"iri-reference", "https://example.com/"},
		{"uri-template", "https://example.com/{name}"},
		{"uuid", "00000000-0000-4000-8000-000000000001"},
		{"hostname", "example.com"},
		{"idn-hostname", "example.com"},
		{"ipv4", "192.0.2.1"},
		{"ipv6", "2001:db8::1"},
		{"regex", ".*"},
		{"json-pointer", "/name"},
		{"relative-json-pointer", "0"},
	};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (str_is(format, formats[i].name))
			return formats[i].text;
	return NULL;
}

/* The next sentence of the text, or the property's name when there is none. */
static struct str
words(struct maker *m, struct str name)
{
	struct str text = name.n ? name : STR("text");
	if (m->sentences.count)
		text = m->sentences.list[m->next_sentence++ % m->sentences.count];
	text = text_clip(text, TEXT_MAX);
	return m->different ? str_of(arena_printf(m->arena, "%u %.*s", m->different, STR_ARG(text))) : text;
}

static struct json *
make_string(struct maker *m, const struct json *schema, struct str name)
{
	struct str format, text;
	int64_t least = 0, most = TEXT_LONGEST;
	const char *fixed = json_get_str(schema, "format", &format) ? text_of_format(format) : NULL;
	if (fixed)
		return json_new_str(m->arena, str_of(fixed));
	json_get_int(schema, "minLength", &least);
	json_get_int(schema, "maxLength", &most);
	text = words(m, name);
	size_t length = str_utf8_length(text);
	if (least > TEXT_LONGEST)
		least = TEXT_LONGEST; /* the check will say so */
	if ((int64_t)length < least) {
		size_t missing = (size_t)least - length;
		char *longer = arena_alloc(m->arena, text.n + missing + 1);
		memcpy(longer, text.p, text.n);
		memset(longer + text.n, '.', missing);
		text = (struct str){longer, text.n + missing};
	}
	m->nodes += (unsigned)(text.n / 64); /* many long texts are a large document, too */
	size_t end = 0;
	for (int64_t n = 0; end < text.n && n < most; n++)
		do
			end++;
		while (end < text.n && ((unsigned char)text.p[end] & 0xc0) == 0x80);
	return json_new_str(m->arena, (struct str){text.p, end});
}

static struct json *
make_number(struct maker *m, const struct json *schema, bool whole)
{
	double low = 0, high = 0, step = 0, value;
	bool has_low = json_get_double(schema, "minimum", &low), has_high = json_get_double(schema, "maximum", &high),
	     open = false;
	double bound;
	if (json_get_double(schema, "exclusiveMinimum", &bound) && (!has_low || bound >= low)) {
		low = bound;
		has_low = open = true;
	}
	if (json_get_double(schema, "exclusiveMaximum", &bound) && (!has_high || bound <= high)) {
		high = bound;
		has_high = true;
		open |= !whole;
		if (whole)
			high -= 1;
	}
	if (!json_get_double(schema, "multipleOf", &step) || step <= 0)
		step = whole ? 1 : 0;
	value = has_low ? low : has_high && high < 1 ? high : 1;
	if (step > 0) {
		double times = value / step;
		if (times > -1e15 && times < 1e15) {
			int64_t n = (int64_t)times;
			if ((double)n < times && has_low)
				n++;
			else if ((double)n > times && !has_low)
				n--;
			if (has_low && open && (double)n * step <= low)
				n++;
			value = (double)(n + (int64_t)m->different) * step;
		}
	} else if (open && has_low && has_high) {
		value = low + (high - low) / (2 + (double)m->different);
	} else if (open) {
		value = has_low ? low + 1 + (double)m->different : high - 1 - (double)m->different;
	} else {
		value += (double)m->different * (has_low && has_high ? (high - low) / 1000 : 1);
	}
	if (whole && value > -9e15 && value < 9e15)
		return json_new_int(m->arena, (int64_t)value);
	return json_new_double(m->arena, value);
}

/* ---- lists and objects ---- */

static struct json *
make_array(struct maker *m, const struct json *schema, struct str name, unsigned depth)
{
	struct json *array = json_new_array(m->arena);
	const struct json *prefix = json_get(schema, "prefixItems"), *items = json_get(schema, "items"), *each;
	int64_t least = 0, most = NODES_MAX, wanted;
	bool unique = false;
	unsigned outer = m->different;
	json_get_int(schema, "minItems", &least);
	json_get_int(schema, "maxItems", &most);
	json_get_bool(schema, "uniqueItems", &unique);
	wanted = prefix ? (int64_t)prefix->count : depth < DEPTH_OPTIONAL;
	if (items && items->type == JSON_FALSE && !prefix)
		wanted = 0;
	wanted = wanted < least ? least : wanted > most ? most : wanted;
	for (int64_t i = 0; i < wanted && m->nodes < NODES_MAX; i++) {
		each = prefix && i < (int64_t)prefix->count ? json_at(prefix, (uint32_t)i) : items;
		m->different = unique ? (unsigned)i : outer;
		json_push(array, make(m, each, name, depth + 1));
	}
	m->different = outer;
	return array;
}

static bool
required(const struct json *schema, struct str name)
{
	json_each (item, json_get(schema, "required")) {
		if (item->type == JSON_STRING && str_eq(item->text, name))
			return true;
	}
	return false;
}

static struct json *
make_object(struct maker *m, const struct json *schema, unsigned depth)
{
	struct json *object = json_new_object(m->arena);
	const struct json *properties = json_get(schema, "properties"),
			  *more = json_get(schema, "additionalProperties");
	json_each (property, properties) {
		if (m->nodes > NODES_MAX)
			break;
		if (required(schema, property->key) || (depth < DEPTH_OPTIONAL && property->type != JSON_FALSE))
			json_add(object, property->key, make(m, property, property->key, depth + 1));
	}
	json_each (name, json_get(schema, "required")) {
		if (m->nodes > NODES_MAX)
			break;
		if (name->type == JSON_STRING && !json_get_by(object, name->text))
			json_add(object, name->text, make(m, more, name->text, depth + 1));
	}
	return object;
}

/* The first type named that is not null; guessed from the other keywords when none is. */
static const char *
type_of(const struct json *schema)
{
	static const char *const types[] = {"object", "array", "string", "integer", "number", "boolean", "null"};
	const struct json *type = json_get(schema, "type");
	struct str name = type && type->type == JSON_STRING ? type->text : STR("");
	if (type && type->type == JSON_ARRAY)
		json_each (item, type) {
			if (item->type == JSON_STRING && (name.n == 0 || str_is(name, "null")))
				name = item->text;
		}
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_is(name, types[i]))
			return types[i];
	if (json_get(schema, "properties") || json_get(schema, "required"))
		return "object";
	if (json_get(schema, "items") || json_get(schema, "prefixItems") || json_get(schema, "minItems"))
		return "array";
	if (json_get(schema, "minimum") || json_get(schema, "maximum") || json_get(schema, "multipleOf"))
		return "number";
	return "string";
}

static const struct json *
offered(struct maker *m, const struct json *schema)
{
	const struct json *value = json_get(schema, "const"), *list = json_get(schema, "enum");
	if (value)
		return value;
	if (list && list->type == JSON_ARRAY && list->count > 0)
		return json_at(list, m->different % list->count);
	if (m->different)
		return NULL;
	list = json_get(schema, "examples");
	value = json_get(schema, "default");
	return value ? value : list && list->type == JSON_ARRAY ? json_at(list, 0) : NULL;
}

static struct json *
make(struct maker *m, const struct json *schema, struct str name, unsigned depth)
{
	m->nodes++;
	if (depth > DEPTH_MAX || m->nodes > NODES_MAX)
		return json_new_null(m->arena);
	if (!schema || schema->type != JSON_OBJECT)
		return json_new_str(m->arena, words(m, name));
	schema = flatten(m, schema);
	const struct json *value = offered(m, schema);
	if (value)
		return json_share(m->arena, value);
	const char *type = type_of(schema);
	switch (type[0]) {
	case 'o':
		return make_object(m, schema, depth);
	case 'a':
		return make_array(m, schema, name, depth);
	case 'i':
		return make_number(m, schema, true);
	case 'b':
		return json_new_bool(m->arena, m->different == 0);
	case 'n':
		return strcmp(type, "null") == 0 ? json_new_null(m->arena) : make_number(m, schema, false);
	default:
		return make_string(m, schema, name);
	}
}

bool
schema_example(struct arena *arena, const struct json *schema, struct str material, struct json **ret_document,
	struct err *err)
{
	struct maker m = {.arena = arena, .root = schema};
	struct schema *compiled;
	struct err own = {0};
	if (!schema_compile(arena, schema, "", &compiled, &own))
		return err_set(err, ERR_INVALID, "The schema in the options is broken. %s",
			own.issue_count ? own.issues[0].message : own.message);
	text_sentences(arena, material, &m.sentences);
	struct json *document = make(&m, schema, STR(""), 0);
	if (!schema_check(compiled, document, "", &own))
		return err_set(err, ERR_INVALID,
			"The built-in model cannot make a document for this schema: at \"%s\", %s",
			own.issue_count ? own.issues[0].path : "",
			own.issue_count ? own.issues[0].message : own.message);
	*ret_document = document;
	return true;
}
