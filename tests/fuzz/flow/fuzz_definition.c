/*
 * Any bytes as a definition, in YAML or JSON: what is accepted can be read, and checking its canonical form again changes nothing. What is
 * refused says why, and where.
 */
#include "flow/definition.h"
#include "json/writer.h"
#include "json/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define PROMPT "01920000-0000-7000-8000-000000000001"

static const struct json_limits limits = {.bytes = 1 << 14, .depth = 32, .nodes = 5000};
static const struct str variables[] = {{"text", 4}};
static const struct prompt_facts prompts[] = {{{PROMPT, 36}, 1, variables, 1}};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct err err;
	struct arena *arena = arena_new();
	struct json *doc, *canonical, *again;
	struct definition *definition;
	struct str *ids;
	int64_t *versions;
	unsigned count;
	err_clear(&err);
	if (yaml_read(arena, (struct str){(const char *)bytes, size}, &limits, &doc, &err)) {
		err_clear(&err);
		(void)definition_prompts(arena, doc, &ids, &versions, &count, &err);
		err_clear(&err);
		if (definition_check(arena, doc, "", prompts, 1, &canonical, &err)) {
			must(definition_read(arena, canonical, &definition, &err));
			must(definition->step_count <= DEFINITION_STEPS_MAX);
			must(definition_check(arena, canonical, "", prompts, 1, &again, &err));
			must(json_equal(canonical, again));
		} else {
			must(err.message[0] != '\0');
		}
	}
	arena_free(arena);
	return 0;
}
