/*
 * The kind "script": a command, run in a box of its own. Its input is what it reads, as JSON; texts in there are variables as well (INPUT_name). What it
 * writes becomes step.output events while it runs, and then the output:
 *
 *	{"stdout": "…", "stderr": "…", "exit_status": 0}        or, with "format": "json", the JSON that it wrote
 *
 * Another status than 0 is a failure. Unless its project lets it use the network, what it does it does to its working directory.
 */
#include "steps/kinds.h"

#include "flow/definition_script.h"
#include "json/writer.h"

#define LAST_LINES_MAX 1000 /* bytes of what it said last, in its error */

static const struct json_limits limits_output = {COMMAND_KEPT_MAX, 100, 1000000};

static void
fail(struct step_attempt *attempt, const char *code, const char *message)
{
	step_fail(attempt, code, str_of(message), NULL);
}

/* ---- what it is told ---- */

struct told {
	struct step_attempt *attempt;
	const char **environment;
	unsigned count;
	size_t bytes;
	const char *wrong; /* NULL: nothing */
};

/* A value as the text that a program is given; NULL: it cannot be, and `told` says so. */
static const char *
text_of(struct told *told, const char *what, struct str name, const struct json *value)
{
	struct arena *arena = told->attempt->arena;
	struct str text = value->type == JSON_STRING ? value->text
			  : value->type == JSON_NULL ? STR("")
						     : json_text(arena, value);
	told->bytes += text.n + name.n + 2;
	if (memchr(text.p ? text.p : "", '\0', text.n))
		told->wrong = arena_printf(arena,
			"%s %.*s has a zero byte in it, which no program can be given that way.", what, STR_ARG(name));
	else if (text.n + name.n + 2 > COMMAND_STRING_MAX || told->bytes > COMMAND_STRINGS_MAX)
		told->wrong = arena_printf(arena,
			"%s %.*s is too long: a command can be told 128 KB in one piece, 1 MB in all. Give it as input "
			"instead: that is read as JSON.",
			what, STR_ARG(name));
	return told->wrong ? NULL : arena_strz(arena, text);
}

static void
add_variable(struct told *told, const char *prefix, struct str name, const struct json *value)
{
	const char *text = told->wrong ? NULL : text_of(told, "The variable", name, value);
	if (text)
		told->environment[told->count++] =
			arena_printf(told->attempt->arena, "%s%.*s=%s", prefix, STR_ARG(name), text);
}

/* Texts of the input, where their names can be those of variables; one that is too long is in the JSON all the same. */
static void
add_input(struct told *told, const struct json *input)
{
	json_each (member, input)
		if (member->type == JSON_STRING && script_variable_valid(member->key) &&
			member->text.n < COMMAND_STRING_MAX / 8 &&
			told->bytes + member->text.n < COMMAND_STRINGS_MAX / 2 &&
			!memchr(member->text.p, '\0', member->text.n))
			add_variable(told, "INPUT_", member->key, member);
}

static const char *const *
arguments_of(struct told *told, const struct json *command)
{
	struct step_attempt *attempt = told->attempt;
	if (!command) {
		const char **shell = arena_array(attempt->arena, 4, sizeof *shell);
		shell[0] = "/bin/sh";
		shell[1] = "-c";
		shell[2] = arena_strz(attempt->arena, attempt->def->shell);
		return shell;
	}
	const char **list = arena_array(attempt->arena, command->count + 1, sizeof *list);
	unsigned count = 0;
	json_each (item, command)
		list[count++] = told->wrong ? NULL : text_of(told, "An argument of", STR("the command"), item);
	return list;
}

static bool
read_request(struct step_attempt *attempt, struct command_request *ret_request, const char **ret_wrong)
{
	const struct json *env = json_get(attempt->input, "env"), *input = json_get(attempt->input, "input"),
			  *command = attempt->def->shell.n > 0 ? NULL : json_get(attempt->input, "command");
	struct told told = {.attempt = attempt};
	unsigned room = 4 + (env ? (unsigned)env->count : 0) + (input ? (unsigned)input->count : 0);
	told.environment = arena_array(attempt->arena, room, sizeof *told.environment);
	struct json *key = json_new_str(attempt->arena, attempt->key);
	add_variable(&told, "", STR("STEPMILL_KEY"), key);
	if (input)
		add_input(&told, input);
	if (env)
		json_each (variable, env)
			add_variable(&told, "", variable->key, variable);
	ret_request->arguments = arguments_of(&told, command);
	ret_request->environment = told.environment;
	ret_request->directory = arena_strz(attempt->arena, attempt->def->directory);
	ret_request->network = attempt->def->network;
	ret_request->input = input ? json_text(attempt->arena, input) : STR("{}");
	*ret_wrong = told.wrong;
	return !told.wrong;
}

/* ---- how it ended ---- */

static const char *
dropped_note(struct arena *arena, const struct command_output *output)
{
	return output->dropped == 0 ? ""
				    : arena_printf(arena, "\n[%lld bytes more were written and are not kept]\n",
					      (long long)output->dropped);
}

static struct json *
text_json(struct arena *arena, const struct command_output *output)
{
	return json_new_str(
		arena, str_of(arena_printf(arena, "%.*s%s", STR_ARG(output->text), dropped_note(arena, output))));
}

/* The last lines of what it said, without those that are empty at the end. */
static struct str
last_lines(struct str text)
{
	while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == ' '))
		text.n--;
	if (text.n <= LAST_LINES_MAX)
		return text;
	struct str last = {text.p + text.n - LAST_LINES_MAX, LAST_LINES_MAX};
	const char *line = memchr(last.p, '\n', last.n);
	if (line) {
		last.n -= (size_t)(line + 1 - last.p);
		last.p = line + 1;
	}
	while (last.n > 0 && ((unsigned char)last.p[0] & 0xc0) == 0x80) { /* the rest of a character */
		last.p++;
		last.n--;
	}
	return last;
}

static void
failed(struct step_attempt *attempt, const struct command_answer *answer)
{
	struct str said = last_lines(answer->errors.text.n > 0 ? answer->errors.text : answer->output.text);
	const char *killed = answer->status > 128 && answer->status < 160
				     ? arena_printf(attempt->arena, " (signal %d)", answer->status - 128)
				     : "";
	fail(attempt, "script_failed",
		arena_printf(attempt->arena, "The command ended with status %d%s%s%.*s", answer->status, killed,
			said.n > 0 ? ": " : ".", STR_ARG(said)));
}

static void
finish(struct step_attempt *attempt, const struct command_answer *answer)
{
	struct arena *arena = attempt->arena;
	struct json *output;
	struct err err = {0};
	if (!attempt->def->gives_json) {
		output = json_new_object(arena);
		json_add(output, STR("stdout"), text_json(arena, &answer->output));
		json_add(output, STR("stderr"), text_json(arena, &answer->errors));
		json_add(output, STR("exit_status"), json_new_int(arena, answer->status));
		step_finish(attempt, output, NULL);
	} else if (answer->output.dropped > 0) {
		fail(attempt, "script_output", "The command wrote more than 1 MB of JSON. Let it write less.");
	} else if (json_read(arena, arena_str(arena, answer->output.text), &limits_output, &output, &err)) {
		step_finish(attempt, output, NULL);
	} else {
		fail(attempt, "script_output",
			arena_printf(arena,
				"What the command wrote is to be JSON (`\"format\": \"json\"`) and is not: %s What "
				"else it says belongs on its standard error.",
				err.message));
	}
}

static void
answered(struct step_attempt *attempt, const struct command_answer *answer)
{
	switch (answer->outcome) {
	case COMMAND_EXITED:
		answer->status == 0 ? finish(attempt, answer) : failed(attempt, answer);
		return;
	case COMMAND_NO_PROGRAM:
		fail(attempt, "script_invalid",
			arena_printf(attempt->arena,
				"The program of the command cannot be run: %s. It is looked for in what this machine "
				"has under /usr, and in the working directory.",
				answer->why));
		return;
	case COMMAND_NO_DIRECTORY:
		fail(attempt, "script_invalid",
			arena_printf(attempt->arena, "The working directory has no `%.*s` that it could begin in: %s.",
				STR_ARG(attempt->def->directory), answer->why));
		return;
	case COMMAND_TOO_MUCH_MEMORY:
		fail(attempt, "script_memory",
			"The command needed more memory than it may have, and was stopped. Let it take less at a "
			"time.");
		return;
	case COMMAND_TOO_MUCH_DISK:
		fail(attempt, "script_disk",
			"The working directory held more than it may, or what cannot be counted, and the command was "
			"stopped. Let it leave less behind.");
		return;
	case COMMAND_DISK_FULL:
		fail(attempt, "script_disk",
			"The disk of this machine is nearly full, so the command was stopped. It can be tried again "
			"when there is room.");
		return;
	case COMMAND_LOST:
		attempt->failure.outcome_unknown = true;
		fail(attempt, "script_lost",
			"The command was ended from outside, so nobody knows how far it came. It can be tried again.");
		return;
	case COMMAND_UNKNOWN:
		fail(attempt, "unknown_outcome",
			"The command was ended from outside, or with the lease of its executor, so nobody knows how "
			"far it came, and "
			"its step says that it must not run twice. Look at what it did before it is tried again.");
		return;
	case COMMAND_MISSING:
		fail(attempt, "script_unavailable",
			arena_printf(attempt->arena,
				"No script was run: this machine cannot keep it apart from everything else. %s Whoever "
				"looks after this installation finds more with `stepmill doctor`.",
				answer->why));
		return;
	case COMMAND_NO_NETWORK:
		fail(attempt, "script_network",
			arena_printf(
				attempt->arena, "Nothing was run: the step asks for the network. %s", answer->why));
		return;
	}
}

static void
start(struct step_attempt *attempt)
{
	struct command_request *request = arena_new_of(attempt->arena, struct command_request);
	const char *wrong;
	if (!read_request(attempt, request, &wrong))
		fail(attempt, "script_invalid", arena_printf(attempt->arena, "Nothing was run. %s", wrong));
	else
		step_command(attempt, request, answered);
}

/* The box goes with the attempt. */
static void
abort_command(struct step_attempt *attempt, struct step_usage *ret_usage)
{
	(void)attempt;
	*ret_usage = (struct step_usage){0};
}

const struct step_kind step_kind_script = {.name = "script", .start = start, .abort = abort_command};
