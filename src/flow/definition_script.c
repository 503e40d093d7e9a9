/* Checks and reads steps of the kind "script"; see definition_script.h. */
#include "flow/definition_script.h"

#include "base/buf.h"
#include "flow/hint.h"

#define PATH_LONGEST 200
#define NAME_LONGEST 100
#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *const own[] = {"command", "cwd", "env", "network", "format"};
static const char *const foreign[] = {"prompt", "model", "options", "value", "seconds", "until", "form", "signal"};
/* Those are the box's own. */
static const char *const reserved[] = {"STEPMILL_", "INPUT_"};

bool
script_variable_valid(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char ch = name.p[i];
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';
		if (!letter && (i == 0 || ch < '0' || ch > '9'))
			return false;
	}
	return name.n > 0 && name.n <= NAME_LONGEST;
}

bool
script_path_valid(struct str path)
{
	if (path.n == 0 || path.n > PATH_LONGEST || path.p[0] == '/' || memchr(path.p, '\0', path.n) ||
		memmem(path.p, path.n, "{{", 2))
		return false;
	for (size_t at = 0; at <= path.n;) {
		const char *slash = memchr(path.p + at, '/', path.n - at);
		size_t end = slash ? (size_t)(slash - path.p) : path.n;
		if (end - at == 2 && memcmp(path.p + at, "..", 2) == 0)
			return false;
		at = end + 1;
	}
	return true;
}

/* ---- checking ---- */

void
check_no_script(struct check *c, const struct json *step)
{
	check_foreign(c, step, own, COUNT(own), "Only a script step has this.");
}

static bool
all_texts(const struct json *list)
{
	json_each (item, list)
		if (item->type != JSON_STRING)
			return false;
	return true;
}

/*
 * In [sh, -c, "echo {{input.t}}"] the shell reads what was filled in, as the text of a program; in a command that is one text it never does (see
 * read_shell). What follows the text are arguments of it, and safe.
 */
static void
warn_of_shell(struct check *c, const struct json *command)
{
	static const struct str shells[] = {{"sh", 2}, {"bash", 4}, {"dash", 4}, {"zsh", 3}, {"ksh", 3}, {"ash", 3}};
	const struct json *word = command->child;
	const char *slash = memrchr(word->text.p, '/', word->text.n);
	size_t before = slash ? (size_t)(slash + 1 - word->text.p) : 0;
	unsigned index = 1;
	if (!check_listed(shells, COUNT(shells), (struct str){word->text.p + before, word->text.n - before}))
		return;
	for (word = word->next; word && word->text.n > 1 && word->text.p[0] == '-'; word = word->next, index++) {
		const struct json *program = word->next;
		if (word->text.p[1] == '-' || !memchr(word->text.p, 'c', word->text.n))
			continue;
		if (program && memmem(program->text.p, program->text.n, "{{", 2))
			check_warn(c, check_step_path(c, arena_printf(c->arena, "/command/%u", index + 1)), "shell",
				"The shell reads what is filled in here as a part of its program. Write the command as "
				"one text, not as a list: there a value is one word, whatever is in it.");
		return;
	}
}

static void
check_command(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *command = json_get(step, "command");
	const char *path = check_step_path(c, command ? "/command" : "");
	bool text = command && command->type == JSON_STRING, list = command && command->type == JSON_ARRAY;
	if ((!text && !list) || (text && command->text.n == 0) || (list && command->count == 0))
		check_report(c, path, "required",
			"A script step needs a command: a text that a shell runs, such as `make test`, or a list such "
			"as [\"make\", \"test\"].");
	else if (text && command->text.n > SCRIPT_COMMAND_MAX)
		check_report(c, path, "too_long",
			"The command is longer than %d bytes. Let it take what is long as input.", SCRIPT_COMMAND_MAX);
	else if (list && (command->count > SCRIPT_ARGUMENTS_MAX || !all_texts(command)))
		check_report(c, path, "type",
			"A command that is a list has 1 to %d texts in it: the program, and what it is told.",
			SCRIPT_ARGUMENTS_MAX);
	else {
		c->shell = true;
		json_add(ret_step, STR("command"), check_value(c, "/command", command));
		c->shell = false;
		if (list)
			warn_of_shell(c, command);
	}
}

static void
check_variable(struct check *c, const struct json *variable)
{
	const char *path = check_step_path(c, "/env");
	struct str shown = hint_clip(variable->key, 60);
	if (!script_variable_valid(variable->key))
		check_report(c, path, "pattern",
			"`%.*s` is no name of a variable: a letter or `_`, then letters, digits and `_`.",
			STR_ARG(shown));
	for (size_t i = 0; i < COUNT(reserved); i++)
		if (str_starts(variable->key, str_of(reserved[i])))
			check_report(c, path, "reserved",
				"Names that begin with `%s` are set by Stepmill itself. Choose another than `%.*s`.",
				reserved[i], STR_ARG(shown));
	if (variable->type == JSON_ARRAY || variable->type == JSON_OBJECT)
		check_report(c, path, "type", "The variable `%.*s` must be a text, a number, true or false.",
			STR_ARG(shown));
}

static void
check_variables(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *env = json_get(step, "env");
	if (!env)
		return;
	if (env->type != JSON_OBJECT || env->count > SCRIPT_VARIABLES_MAX) {
		check_report(c, check_step_path(c, "/env"), "type",
			"This must be an object with at most %d variables: name → text.", SCRIPT_VARIABLES_MAX);
		return;
	}
	json_each (variable, env)
		check_variable(c, variable);
	json_add(ret_step, STR("env"), check_value(c, "/env", env));
}

static void
check_rest(struct check *c, const struct json *step)
{
	const struct json *cwd = json_get(step, "cwd"), *network = json_get(step, "network"),
			  *format = json_get(step, "format");
	if (cwd && (cwd->type != JSON_STRING || !script_path_valid(cwd->text)))
		check_report(c, check_step_path(c, "/cwd"), "pattern",
			"This must be a directory below the working directory, such as `app/web`: without `..`, no `/` "
			"in front, no template.");
	if (network && network->type != JSON_TRUE && network->type != JSON_FALSE)
		check_report(c, check_step_path(c, "/network"), "type", "This must be true or false.");
	if (format && (format->type != JSON_STRING || (!str_is(format->text, "text") && !str_is(format->text, "json"))))
		check_report(c, check_step_path(c, "/format"), "unknown",
			"This must be `text`, or `json` when what the command writes is JSON and to be the output.");
}

void
check_script(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *input = json_get(step, "input");
	check_foreign(c, step, foreign, COUNT(foreign),
		"A script step does not have this; there are command, input, env, cwd, network and format.");
	check_command(c, step, ret_step);
	check_variables(c, step, ret_step);
	check_rest(c, step);
	if (input && input->type != JSON_OBJECT)
		check_report(c, check_step_path(c, "/input"), "type",
			"This must be an object: what the command reads as JSON.");
	else if (input)
		json_add(ret_step, STR("input"), check_value(c, "/input", input));
}

/* ---- reading ---- */

/* Where in the text of a shell we are: in what quotes, on each level of $(…). */
enum quotes { BARE, SINGLE, DOUBLE, COMMENT };

#define LEVELS 16

struct place {
	enum quotes in[LEVELS];
	unsigned brackets[LEVELS]; /* that are open on a level */
	unsigned level;
};

static void
read_bracket(struct place *place, char ch)
{
	unsigned *open = &place->brackets[place->level];
	if (ch == '(')
		++*open;
	else if (*open > 0)
		--*open;
	else if (place->level > 0)
		place->level--;
}

/* `word`: one may begin with its first byte, and so may a comment. */
static void
read_on(struct place *place, struct str text, bool word)
{
	for (size_t i = 0; i < text.n; i++) {
		char ch = text.p[i];
		enum quotes *in = &place->in[place->level];
		if (*in == COMMENT) {
			*in = ch == '\n' ? BARE : COMMENT;
		} else if (*in == SINGLE) {
			*in = ch == '\'' ? BARE : SINGLE;
		} else if (ch == '\\') {
			i++;
		} else if (ch == '$' && i + 1 < text.n && text.p[i + 1] == '(' && place->level + 1 < LEVELS) {
			place->level++;
			place->in[place->level] = BARE;
			place->brackets[place->level] = 0;
			i++;
		} else if (ch == '"') {
			*in = *in == DOUBLE ? BARE : DOUBLE;
		} else if (*in == BARE && ch == '\'') {
			*in = SINGLE;
		} else if (*in == BARE && (ch == '(' || ch == ')')) {
			read_bracket(place, ch);
		} else if (*in == BARE && ch == '#' && word) {
			*in = COMMENT;
		}
		word = ch != '\0' && strchr(" \t\n;&|()", ch);
	}
}

/* The text for the shell, and what its variables are. */
static bool
read_shell(struct arena *arena, struct str text, struct json *env, struct str *ret_shell)
{
	struct template_piece *pieces;
	unsigned count, number = 0;
	struct place place = {0};
	struct buf shell;
	if (!template_split(arena, text, &pieces, &count, NULL))
		return false;
	buf_init(&shell, SCRIPT_COMMAND_MAX * 4);
	for (unsigned i = 0; i < count; i++) {
		if (!pieces[i].is_template) {
			read_on(&place, pieces[i].text, i == 0);
			buf_add_str(&shell, pieces[i].text);
			continue;
		}
		enum quotes in = place.in[place.level];
		const char *name = arena_printf(arena, SCRIPT_VARIABLE "%u", ++number);
		const char *around = in == SINGLE   ? "'\""
				     : in == DOUBLE ? ""
						    : "\"",
			   *behind = in == SINGLE ? "\"'" : around;
		json_add(env, str_of(name), json_new_str(arena, pieces[i].text));
		buf_printf(&shell, "%s${%s}%s", around, name, behind);
	}
	bool ok = !buf_overflow(&shell);
	*ret_shell = arena_str(arena, buf_str(&shell));
	buf_release(&shell);
	return ok;
}

bool
definition_read_script(struct arena *arena, const struct json *from, struct step_def *step)
{
	const struct json *command = json_get(from, "command"), *variables = json_get(from, "env"),
			  *given = json_get(from, "input");
	struct json *filled = json_new_object(arena), *env = json_new_object(arena);
	struct str format = STR("text");
	if (!command)
		return false;
	if (command->type == JSON_ARRAY)
		json_add(filled, STR("command"), json_share(arena, command));
	else if (!read_shell(arena, command->text, env, &step->shell))
		return false;
	if (variables)
		json_each (variable, variables)
			json_add(env, variable->key, json_share(arena, variable));
	json_add(filled, STR("env"), env);
	json_add(filled, STR("input"), given ? json_share(arena, given) : json_new_object(arena));
	if (!json_get_str(from, "cwd", &step->directory))
		step->directory = STR("");
	json_get_str(from, "format", &format);
	step->gives_json = str_is(format, "json");
	json_get_bool(from, "network", &step->network);
	step->input = filled;
	return true;
}
