/*
 * How fast the JSON Schema validator is: documents checked a second, on one core, after compiling once.
 *
 *	make bench_schema && ./bench_schema [SECONDS [form|steps|texts]]
 *
 * The documents: 50 fields of a form (texts with lengths, patterns and formats, numbers with bounds, choices, a list, an
 * object in an object), 200 steps that are each one of four forms, and a list of 1000 different texts.
 */
#include "json/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct arena *arena;

static int64_t
monotonic_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static const struct json *
read_text(const struct buf *text)
{
	struct json *doc;
	struct err err = {0};
	if (!json_read(arena, buf_str(text), &json_limits_stored, &doc, &err)) {
		fprintf(stderr, "bench_schema: %s\n", err.message);
		exit(2);
	}
	return doc;
}

static void
form(struct buf *schema, struct buf *value)
{
	static const char *const kinds[][2] = {
		{"{\"type\":\"string\",\"minLength\":1,\"maxLength\":80}", "\"A text of some words\""},
		{"{\"type\":\"integer\",\"minimum\":0,\"maximum\":100000}", "4711"},
		{"{\"enum\":[\"red\",\"green\",\"blue\",\"yellow\",\"black\"]}", "\"yellow\""},
		{"{\"type\":\"boolean\"}", "true"},
		{"{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_-]{0,62}$\"}", "\"customer_name-2\""},
		{"{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-11-21T10:20:30Z\""},
		{"{\"type\":[\"number\",\"null\"],\"multipleOf\":0.01}", "19.99"},
		{"{\"$ref\":\"#/$defs/name\"}", "\"Ada Lovelace\""},
		{"{\"type\":\"array\",\"maxItems\":9,\"items\":{\"type\":\"string\",\"maxLength\":20}}",
			"[\"a\",\"b\",\"c\"]"},
		{"{\"type\":\"object\",\"required\":[\"x\",\"y\"],\"properties\":{\"x\":{\"type\":\"number\"},\"y\":{"
		 "\"type\":\"number\"}},\"additionalProperties\":false}",
			"{\"x\":1.5,\"y\":-2}"},
	};
	buf_add_z(schema,
		"{\"type\":\"object\",\"additionalProperties\":false,\"$defs\":{\"name\":{\"type\":\"string\","
		"\"maxLength\":200}},\"required\":[\"field_0\",\"field_10\",\"field_20\"],\"properties\":{");
	buf_add_z(value, "{");
	for (int i = 0; i < 50; i++) {
		buf_printf(schema, "%s\"field_%d\":%s", i ? "," : "", i, kinds[i % 10][0]);
		buf_printf(value, "%s\"field_%d\":%s", i ? "," : "", i, kinds[i % 10][1]);
	}
	buf_add_z(schema, "}}");
	buf_add_z(value, "}");
}

static void
steps(struct buf *schema, struct buf *value)
{
	static const char *const names[] = {"prompt", "http", "wait", "branch"};
	buf_add_z(schema, "{\"type\":\"array\",\"items\":{\"oneOf\":[");
	for (int i = 0; i < 4; i++)
		buf_printf(schema,
			"%s{\"type\":\"object\",\"required\":[\"kind\",\"key\"],\"properties\":{\"kind\":{\"const\":\"%"
			"s\"},"
			"\"key\":{\"type\":\"string\",\"maxLength\":63},\"needs\":{\"type\":\"array\",\"items\":{"
			"\"type\":"
			"\"string\"}}}}",
			i ? "," : "", names[i]);
	buf_add_z(schema, "]}}");
	buf_add_z(value, "[");
	for (int i = 0; i < 200; i++)
		buf_printf(value, "%s{\"kind\":\"%s\",\"key\":\"step_%d\",\"needs\":[\"a\",\"b\"]}", i ? "," : "",
			names[i % 4], i);
	buf_add_z(value, "]");
}

static void
texts(struct buf *schema, struct buf *value)
{
	buf_add_z(schema, "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"string\"}}");
	buf_add_z(value, "[");
	for (int i = 0; i < 1000; i++)
		buf_printf(value, "%s\"text number %d\"", i ? "," : "", i * 7919);
	buf_add_z(value, "]");
}

static void
measure(const char *name, void (*make)(struct buf *schema, struct buf *value), double seconds)
{
	struct buf schema_text, value_text;
	buf_init(&schema_text, 1 << 20);
	buf_init(&value_text, 1 << 20);
	make(&schema_text, &value_text);
	const struct json *source = read_text(&schema_text), *value = read_text(&value_text);
	struct schema *schema;
	struct err err = {0};
	if (!schema_compile(arena, source, "", &schema, &err) || !schema_check(schema, value, "", &err)) {
		fprintf(stderr, "bench_schema: %s %s %s\n", err.message, err.issues[0].path, err.issues[0].message);
		exit(2);
	}
	int64_t begin = monotonic_us(), end = begin + (int64_t)(seconds * 1e6), now;
	uint64_t count = 0;
	do {
		for (int i = 0; i < 20; i++)
			if (!schema_check(schema, value, "", &err))
				exit(2);
		count += 20;
	} while ((now = monotonic_us()) < end);
	double rate = (double)count * 1e6 / (double)(now - begin);
	printf("%-28s %10.0f a second %9.2f us each %8.0f MB/s of JSON\n", name, rate, 1e6 / rate,
		rate * (double)value_text.n / 1e6);
	buf_release(&schema_text);
	buf_release(&value_text);
}

int
main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
	arena = arena_new();
	const char *only = argc > 2 ? argv[2] : "";
	if (!*only || strcmp(only, "form") == 0)
		measure("a form of 50 fields", form, seconds);
	if (!*only || strcmp(only, "steps") == 0)
		measure("200 steps of four forms", steps, seconds);
	if (!*only || strcmp(only, "texts") == 0)
		measure("1000 different texts", texts, seconds);
	arena_free(arena);
	return 0;
}
