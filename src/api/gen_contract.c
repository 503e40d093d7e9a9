/*
 * Build step: openapi.yaml to a C file that holds it as JSON, so that the program cannot be started with another
 * contract than the one it was built for; or to JSON alone, for what is made from it; or one schema of it with those it refers to, for
 * who checks without the contract. Bytes are written as numbers, because string literals have a limit of length.
 */
#include "base/arena.h"
#include "json/writer.h"
#include "json/yaml.h"

#include <stdio.h>

static bool
read_all(FILE *file, struct buf *out)
{
	char chunk[16384];
	size_t n;
	while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
		buf_add(out, chunk, n);
	return !ferror(file) && !buf_overflow(out);
}

static bool
write_source(const char *name, struct str json)
{
	printf("/* Made from openapi.yaml by gen-contract. */\n");
	printf("#include <stddef.h>\n\nextern const char %s[];\nextern const size_t %s_length;\n\n", name, name);
	printf("const size_t %s_length = %zu;\nconst char %s[] = {", name, json.n, name);
	for (size_t i = 0; i < json.n; i++)
		printf("%s%d,", i % 24 == 0 ? "\n\t" : "", (signed char)json.p[i]);
	printf("\n\t0};\n");
	return fflush(stdout) == 0 && !ferror(stdout);
}

static bool
write_plain(struct str json)
{
	return fwrite(json.p, 1, json.n, stdout) == json.n && fflush(stdout) == 0;
}

/* ---- one schema ---- */

#define SCHEMAS "#/components/schemas/"
#define LEVELS_MAX 128

/* Adds what "$ref" anywhere in the value names to `to`, each once. */
static void
take_references(struct arena *arena, const struct json *all, const struct json *value, struct json *to)
{
	const struct json *rest[LEVELS_MAX];
	unsigned depth = 0;
	for (const struct json *at = value->child; at || depth > 0;) {
		if (!at) {
			at = rest[--depth];
			continue;
		}
		struct str ref = at->text, start = STR(SCHEMAS);
		if (at->type == JSON_STRING && str_is(at->key, "$ref") && str_starts(ref, start)) {
			struct str name = {ref.p + start.n, ref.n - start.n};
			const struct json *named = json_get_by(all, name);
			if (named && !json_get_by(to, name))
				json_add(to, name, json_share(arena, named));
		}
		const struct json *next = at->next;
		if (at->child && depth < LEVELS_MAX) {
			rest[depth++] = next;
			next = at->child;
		}
		at = next;
	}
}

/* {"components": {"schemas": {…}}}; NULL when there is no such schema. */
static const struct json *
one_schema(struct arena *arena, const struct json *contract, const char *name)
{
	const struct json *all = json_get(json_get(contract, "components"), "schemas");
	struct json *doc = json_new_object(arena), *components = json_new_object(arena),
		    *schemas = json_new_object(arena);
	const struct json *first = json_get(all, name);
	if (!first)
		return NULL;
	json_add(schemas, str_of(name), json_share(arena, first));
	json_each (schema, schemas) /* which grows meanwhile */
		take_references(arena, all, schema, schemas);
	json_add(components, STR("schemas"), schemas);
	json_add(doc, STR("components"), components);
	return doc;
}

int
main(int argc, char **argv)
{
	bool plain = argc == 3 && strcmp(argv[1], "--json") == 0;
	bool schema = argc == 5 && strcmp(argv[1], "--schema") == 0;
	if (argc != 2 && !plain && !schema) {
		fprintf(stderr, "usage: gen-contract openapi.yaml > contract.c, gen-contract --json openapi.yaml > "
				"contract.json, gen-contract --schema SCHEMA VARIABLE openapi.yaml > schema.c\n");
		return 2;
	}
	const char *path = argv[argc - 1];
	FILE *file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return 1;
	}
	struct arena *arena = arena_new();
	struct buf text;
	struct err err = {0};
	struct json *contract;
	const struct json *chosen;
	int status = 1;
	buf_init(&text, json_limits_stored.bytes);
	if (!read_all(file, &text))
		fprintf(stderr, "%s cannot be read, or is too large.\n", path);
	else if (!yaml_read(arena, buf_str(&text), &json_limits_stored, &contract, &err))
		fprintf(stderr, "%s:%u:%u: %s\n", path, err.line, err.column, err.message);
	else if (!(chosen = schema ? one_schema(arena, contract, argv[2]) : contract))
		fprintf(stderr, "%s: there is no schema %s.\n", path, argv[2]);
	else if (plain ? !write_plain(json_text(arena, chosen))
		       : !write_source(schema ? argv[3] : "contract_json", json_text(arena, chosen)))
		perror("standard output");
	else
		status = 0;
	fclose(file);
	buf_release(&text);
	arena_free(arena);
	return status;
}
