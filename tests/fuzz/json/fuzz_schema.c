/*
 * A list of a schema, a document that it may refer to as "other", and values. Compiling and checking must end; the three
 * ways of asking must agree; a refusal must name at least one place; and what is valid must stay valid when asked again.
 */
#include "json/schema.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct json_limits limits = {.bytes = 1 << 13, .depth = 24, .nodes = 500};

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
count(void *to, const struct schema_issue *issue)
{
	must(issue->path && issue->message[0] && issue->code[0] && issue->value);
	must(strchr(issue->schema_path, '#') != NULL);
	++*(unsigned *)to;
}

static void
check(const struct schema *schema, const struct json *value)
{
	static struct err err, each_err;
	unsigned issues = 0;
	err_clear(&err);
	err_clear(&each_err);
	bool valid = schema_check(schema, value, "", &err);
	bool each = schema_check_each(schema, value, count, &issues, &each_err);
	bool mute = schema_check(schema, value, "", NULL);
	/* A check that was given up says neither; being mute, it may have found a violation before. */
	if (err.code == ERR_LIMIT || each_err.code == ERR_LIMIT) {
		must(err.code != ERR_LIMIT || !valid);
		return;
	}
	must(valid == each && valid == mute);
	must(valid == (err.issue_count == 0) && valid == (issues == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct json *doc;
	static struct err err;
	err_clear(&err);
	if (json_read_with_nul(arena, (struct str){(const char *)bytes, size}, &limits, &doc, &err) &&
		json_at(doc, 0)) {
		const struct json *other = json_at(doc, 1);
		const struct schema_document documents[] = {{STR("other"), other}};
		for (int i = 0; i < 4; i++) {
			struct schema *schema = NULL;
			struct schema_options options = {.draft = i & 1 ? SCHEMA_DRAFT_7 : SCHEMA_2020_12,
				.strict = i == 0,
				.formats = i < 2,
				.everything = i == 2,
				.documents = documents,
				.document_count = other ? 1 : 0};
			err_clear(&err);
			if (!schema_compile_with(arena, doc, "/0", &options, &schema, &err)) {
				must(err.message[0] != '\0' && !schema);
				continue;
			}
			json_each (value, doc)
				check(schema, value);
		}
	}
	arena_free(arena);
	return 0;
}
