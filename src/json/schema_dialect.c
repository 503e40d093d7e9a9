/* What a schema is written in: a draft, and of 2020-12 the vocabularies that its metaschema names. */
#include "json/schema_internal.h"

#define VOCABULARY(name) "https://json-schema.org/draft/2020-12/vocab/" name

static const struct {
	const char *uri;
	unsigned bit;
} vocabularies[] = {
	{VOCABULARY("core"), VOCABULARY_CORE},
	{VOCABULARY("applicator"), VOCABULARY_APPLICATOR},
	{VOCABULARY("unevaluated"), VOCABULARY_UNEVALUATED},
	{VOCABULARY("validation"), VOCABULARY_VALIDATION},
	{VOCABULARY("meta-data"), VOCABULARY_META_DATA},
	{VOCABULARY("format-annotation"), VOCABULARY_FORMAT},
	{VOCABULARY("format-assertion"), VOCABULARY_FORMAT | VOCABULARY_FORMAT_ASSERTION},
	{VOCABULARY("content"), VOCABULARY_CONTENT},
};

static const struct {
	const char *uri;
	enum schema_draft draft;
} drafts[] = {
	{"https://json-schema.org/draft/2020-12/schema", SCHEMA_2020_12},
	{"http://json-schema.org/draft-07/schema", SCHEMA_DRAFT_7},
	{"https://json-schema.org/draft-07/schema", SCHEMA_DRAFT_7},
};

struct dialect
schema_dialect_of(enum schema_draft draft)
{
	return (struct dialect){draft, VOCABULARY_ALL & ~(unsigned)VOCABULARY_FORMAT_ASSERTION};
}

const struct json *
schema_document(struct compiler *c, struct str uri)
{
	for (size_t i = 0; i < c->options->document_count; i++) {
		struct str given = c->options->documents[i].uri;
		if (given.n > 0 && given.p[given.n - 1] == '#')
			given.n--;
		if (str_eq(given, uri))
			return c->options->documents[i].doc;
	}
	for (const struct metaschema *m = schema_metaschemas; m->uri; m++) {
		struct json *doc;
		if (str_is(uri, m->uri) && json_read(c->arena, str_of(m->text), &json_limits_stored, &doc, c->err))
			return doc;
	}
	return NULL;
}

/* What a metaschema of somebody's own makes of the draft that it is written in. */
static bool
read_vocabularies(
	struct compiler *c, const struct schema *schema, const struct json *metaschema, struct dialect *dialect)
{
	const struct json *named = json_get(metaschema, "$vocabulary");
	if (!named)
		return true;
	dialect->vocabularies = VOCABULARY_CORE | VOCABULARY_OURS;
	json_each (member, named) {
		bool known = false;
		for (size_t i = 0; i < sizeof vocabularies / sizeof vocabularies[0]; i++)
			if (str_is(member->key, vocabularies[i].uri)) {
				dialect->vocabularies |= vocabularies[i].bit;
				known = true;
			}
		if (!known && member->type == JSON_TRUE)
			return schema_fail(c, schema, json_get(schema->source, "$schema"),
				"its metaschema needs the vocabulary \"%.*s\", which is not known.",
				(int)(member->key.n < 100 ? member->key.n : 100), member->key.p);
	}
	return true;
}

#define METASCHEMAS_MOST 8

bool
schema_dialect(struct compiler *c, const struct schema *schema, struct dialect *dialect)
{
	const struct json *said = json_get(schema->source, "$schema"), *own = NULL;
	for (int i = 0; said; i++) {
		struct str uri = said->text;
		if (said->type != JSON_STRING || i == METASCHEMAS_MOST)
			return schema_fail(c, schema, said, "\"$schema\" must be the URI of a metaschema.");
		if (uri.n > 0 && uri.p[uri.n - 1] == '#')
			uri.n--;
		for (size_t k = 0; k < sizeof drafts / sizeof drafts[0]; k++)
			if (str_is(uri, drafts[k].uri)) {
				*dialect = schema_dialect_of(drafts[k].draft);
				return !own || read_vocabularies(c, schema, own, dialect);
			}
		const struct json *metaschema = schema_document(c, uri);
		if (!metaschema)
			return schema_fail(c, schema, said,
				"\"$schema\" is %.*s, which is not known. Drafts 2020-12 and 7 are.",
				(int)(uri.n < 90 ? uri.n : 90), uri.p);
		own = own ? own : metaschema;
		said = json_get(metaschema, "$schema");
	}
	return !own || read_vocabularies(c, schema, own, dialect);
}
