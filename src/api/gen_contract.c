/*
 * Build step: openapi.yaml to a C file that holds it as JSON, so that the program cannot be started with another
 * contract than the one it was built for; or to JSON alone, for what is made from it. Bytes are written as numbers, because string literals have a limit of length.
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
write_source(struct str json)
{
	printf("/* Made from openapi.yaml by gen-contract. */\n");
	printf("#include <stddef.h>\n\nextern const char contract_json[];\nextern const size_t "
	       "contract_json_length;\n\n");
	printf("const size_t contract_json_length = %zu;\nconst char contract_json[] = {", json.n);
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

int
main(int argc, char **argv)
{
	bool plain = argc == 3 && strcmp(argv[1], "--json") == 0;
	if (argc != 2 && !plain) {
		fprintf(stderr, "usage: gen-contract openapi.yaml > contract.c, gen-contract --json openapi.yaml > "
				"contract.json\n");
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
	int status = 1;
	buf_init(&text, json_limits_stored.bytes);
	if (!read_all(file, &text))
		fprintf(stderr, "%s cannot be read, or is too large.\n", path);
	else if (!yaml_read(arena, buf_str(&text), &json_limits_stored, &contract, &err))
		fprintf(stderr, "%s:%u:%u: %s\n", path, err.line, err.column, err.message);
	else if (!(plain ? write_plain : write_source)(json_text(arena, contract)))
		perror("standard output");
	else
		status = 0;
	fclose(file);
	buf_release(&text);
	arena_free(arena);
	return status;
}
