/*
 * Settings. Sources, the later winning: the defaults in the program, the --config file, the environment, the command
 * line. Every source goes through assign(), so that a value is checked the same way wherever it came from.
 */
#include "base/config.h"

#include "base/buf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((size_t)64 << 10)

struct loading {
	const struct config_item *items;
	struct arena *arena;
	struct err *err;
};

/* "DB", "db" and "db-url" of the command line are spelled like the table: lower case, underscores. */
static bool
name_is(struct str given, const char *name)
{
	if (given.n != strlen(name))
		return false;
	for (size_t i = 0; i < given.n; i++) {
		char c = given.p[i] == '-' ? '_' : (char)tolower((unsigned char)given.p[i]);
		if (c != name[i])
			return false;
	}
	return true;
}

static bool
read_file(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_NOT_FOUND, "%s cannot be opened: %s.", path, strerror(errno));
	bool ok = true;
	char chunk[4096];
	for (ssize_t n; ok && (n = read(fd, chunk, sizeof chunk)) != 0;) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ok = err_set(err, ERR_NOT_FOUND, "%s cannot be read: %s.", path, strerror(errno));
			break;
		}
		buf_add(out, chunk, (size_t)n);
		if (buf_overflow(out))
			ok = err_set(err, ERR_LIMIT, "%s is larger than %zu bytes.", path, out->max);
	}
	close(fd);
	if (ok && memchr(buf_str(out).p, '\0', out->n))
		return err_set(err, ERR_MALFORMED, "%s is not a text: it holds a zero byte.", path);
	return ok;
}

static bool
assign(struct loading *l, const struct config_item *item, struct str value)
{
	const char *text = arena_strz(l->arena, value);
	if (item->text) {
		*item->text = text;
		return true;
	}
	char *end;
	errno = 0;
	long number = strtol(text, &end, 10);
	if (value.n == 0 || isspace((unsigned char)*text) || *end || errno || number < item->least ||
		number > item->most)
		return err_set(l->err, ERR_INVALID, "%s is \"%s\", which is not a whole number from %ld to %ld.",
			item->name, text, item->least, item->most);
	*item->number = number;
	return true;
}

/* The value is the name of a file that holds it; the line end of its last line does not belong to it. */
static bool
assign_from_file(struct loading *l, const struct config_item *item, struct str path)
{
	struct buf content;
	buf_init(&content, FILE_MAX_BYTES);
	bool ok = read_file(arena_strz(l->arena, path), &content, l->err);
	if (ok) {
		struct str value = buf_str(&content);
		while (value.n > 0 && (value.p[value.n - 1] == '\n' || value.p[value.n - 1] == '\r'))
			value.n--;
		ok = assign(l, item, value);
	}
	buf_release(&content);
	return ok;
}

/* False with err->code ERR_NOT_FOUND and no message: no such setting; the caller knows where it stood. */
static bool
assign_by_name(struct loading *l, struct str name, struct str value, bool *ret_known)
{
	*ret_known = true;
	for (const struct config_item *item = l->items; item->name; item++)
		if (name_is(name, item->name))
			return assign(l, item, value);
	if (name.n > 5 && name_is((struct str){name.p + name.n - 5, 5}, "_file")) {
		struct str stem = {name.p, name.n - 5};
		for (const struct config_item *item = l->items; item->name; item++)
			if (name_is(stem, item->name))
				return assign_from_file(l, item, value);
	}
	*ret_known = false;
	return false;
}

static struct str
trim(struct str s)
{
	while (s.n > 0 && isspace((unsigned char)s.p[0]))
		s = (struct str){s.p + 1, s.n - 1};
	while (s.n > 0 && isspace((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool
load_line(struct loading *l, const char *path, unsigned line, struct str text)
{
	text = trim(text);
	if (text.n == 0 || text.p[0] == '#')
		return true;
	const char *equals = memchr(text.p, '=', text.n);
	if (!equals) {
		err_set(l->err, ERR_MALFORMED, "%s:%u is not a setting. Write NAME = value.", path, line);
	} else {
		size_t at = (size_t)(equals - text.p);
		struct str name = trim((struct str){text.p, at});
		bool known;
		if (assign_by_name(l, name, trim((struct str){equals + 1, text.n - at - 1}), &known))
			return true;
		if (!known)
			err_set(l->err, ERR_INVALID, "%s:%u: there is no setting \"%.*s\". --help lists them.", path,
				line, STR_ARG(name));
		else
			err_set(l->err, l->err ? l->err->code : ERR_INVALID, "%s:%u: %s", path, line,
				l->err ? l->err->message : "");
	}
	if (l->err)
		l->err->line = line;
	return false;
}

static bool
load_file(struct loading *l, const char *path)
{
	struct buf content;
	buf_init(&content, FILE_MAX_BYTES);
	bool ok = read_file(path, &content, l->err);
	struct str rest = buf_str(&content);
	for (unsigned line = 1; ok && rest.n > 0; line++) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;
		ok = load_line(l, path, line, (struct str){rest.p, n});
		size_t eaten = end ? n + 1 : n;
		rest = (struct str){rest.p + eaten, rest.n - eaten};
	}
	buf_release(&content);
	return ok;
}

static bool
load_environment(struct loading *l)
{
	for (const struct config_item *item = l->items; item->name; item++) {
		char *name = arena_printf(l->arena, "STEPMILL_%s", item->name);
		for (char *c = name; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		const char *value = getenv(name);
		if (value) {
			if (!assign(l, item, str_of(value)))
				return false;
			continue;
		}
		const char *path = getenv(arena_printf(l->arena, "%s_FILE", name));
		if (path && !assign_from_file(l, item, str_of(path)))
			return false;
	}
	return true;
}

static _Noreturn void
print_help(const struct config_item *items, const char *program)
{
	printf("Usage: %s [--config FILE] [--NAME VALUE]…\n\n", program);
	printf("Settings, also as NAME = value in the file, or as STEPMILL_NAME in the environment:\n\n");
	for (const struct config_item *item = items; item->name; item++) {
		printf("  %-24s %s", item->name, item->help);
		if (item->number)
			printf(" (%ld to %ld; %ld)", item->least, item->most, *item->number);
		else if (*item->text && **item->text)
			printf(" (%s)", *item->text);
		printf("\n");
	}
	printf("\nA value can stand in a file of its own: NAME_FILE names it.\n");
	exit(0);
}

/* One option of the command line at argv[*i]; moves *i past a value given as the next argument. */
static bool
split_option(int argc, char **argv, int *i, struct str *ret_name, struct str *ret_value, struct err *err)
{
	const char *option = argv[*i];
	if (strncmp(option, "--", 2) != 0 || !option[2])
		return err_set(err, ERR_INVALID, "\"%s\" is not an option. --help lists them.", option);
	const char *equals = strchr(option, '=');
	if (equals) {
		*ret_name = (struct str){option + 2, (size_t)(equals - option - 2)};
		*ret_value = str_of(equals + 1);
		return true;
	}
	*ret_name = str_of(option + 2);
	if (*i + 1 >= argc)
		return err_set(err, ERR_INVALID, "%s needs a value.", option);
	*ret_value = str_of(argv[++*i]);
	return true;
}

bool
config_load(const struct config_item *items, int argc, char **argv, struct arena *arena, struct err *err)
{
	struct loading l = {items, arena, err};
	struct str name, value;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			print_help(items, argv[0]);
		if (!split_option(argc, argv, &i, &name, &value, err))
			return false;
		if (str_is(name, "config") && !load_file(&l, value.p))
			return false;
	}
	if (!load_environment(&l))
		return false;
	for (int i = 1; i < argc; i++) {
		if (!split_option(argc, argv, &i, &name, &value, err))
			return false;
		bool known = true;
		if (str_is(name, "config") || assign_by_name(&l, name, value, &known))
			continue;
		if (!known)
			err_set(err, ERR_INVALID, "There is no option \"--%.*s\". --help lists them.", STR_ARG(name));
		return false;
	}
	return true;
}
