/*
 * The built-in model's front: what it was told to do, the text it says, and the script of pieces. What it says comes
 * from builtin_text.c and builtin_schema.c.
 */
#include "providers/builtin.h"

#include "providers/builtin_calls.h"
#include "providers/builtin_schema.h"
#include "providers/builtin_text.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>

#define PIECES_MAX 5000
#define PIECE_BYTES 32 /* of a run without blanks: Chinese is said in pieces, too */
#define STREAM_MS 10   /* unless told otherwise */
#define ARGS_MAX 2
#define TOKEN_BYTES 4

const char *const builtin_models[] = {
	"builtin/echo",
	"builtin/extract",
	"builtin/summarise",
	"builtin/actions",
	"builtin/score",
	"builtin/schema",
	"builtin/instant",
	NULL,
};

struct behaviour {
	int64_t delay_ms, stream_ms;
	const struct failure *failure;
	int64_t fail_times; /* -1: always */
	bool has_tokens, hangs;
	int64_t max_tokens; /* 0: any */
	int64_t tokens[2];
	int64_t price[2]; /* nano-dollars a token: a thousandth of dollars a million */
};

/* ---- what it was told ---- */

static const struct failure {
	const char *code, *text;
	bool before; /* it says nothing at all */
} failures[] = {
	{"rate_limited", "The model has had too many requests. It was told to say so. Try again later.", true},
	{"overloaded", "The model has too much to do. It was told to say so. Try again later.", true},
	{"refused", "The model refused to answer. It was told to. Ask for something else.", true},
	{"broken_stream", "The model's answer broke off half way. It was told to. Try again.", false},
};

static bool
number(struct str arg, int64_t most, int64_t *ret_value)
{
	unsigned long long value;
	if (!str_to_u64(arg, (unsigned long long)most, &value))
		return false;
	*ret_value = (int64_t)value;
	return true;
}

static bool
set_delay(struct behaviour *b, const struct str *args)
{
	return number(args[0], 600000, &b->delay_ms);
}

static bool
set_stream(struct behaviour *b, const struct str *args)
{
	return number(args[0], 10000, &b->stream_ms);
}

static bool
set_fail(struct behaviour *b, const struct str *args)
{
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
		if (str_is(args[0], failures[i].code)) {
			b->failure = &failures[i];
			return true;
		}
	return false;
}

static bool
set_fail_times(struct behaviour *b, const struct str *args)
{
	if (!b->failure)
		b->failure = &failures[1];
	return number(args[0], 100, &b->fail_times);
}

static bool
set_tokens(struct behaviour *b, const struct str *args)
{
	b->has_tokens = true;
	return number(args[0], 10000000, &b->tokens[0]) && number(args[1], 10000000, &b->tokens[1]);
}

static bool
set_price(struct behaviour *b, const struct str *args)
{
	for (int i = 0; i < 2; i++) {
		char text[32], *end;
		if (args[i].n == 0 || args[i].n >= sizeof text || args[i].p[0] < '0' || args[i].p[0] > '9')
			return false;
		memcpy(text, args[i].p, args[i].n);
		text[args[i].n] = '\0';
		double dollars = strtod(text, &end);
		if (*end || !(dollars <= 10000))
			return false;
		b->price[i] = (int64_t)(dollars * 1000 + 0.5);
	}
	return true;
}

static bool
set_max_tokens(struct behaviour *b, const struct str *args)
{
	return number(args[0], 10000000, &b->max_tokens) && b->max_tokens > 0;
}

static bool
set_hang(struct behaviour *b, const struct str *args)
{
	(void)args;
	b->hangs = true;
	return true;
}

static const struct directive {
	const char *line, *option;
	unsigned args;
	bool (*set)(struct behaviour *b, const struct str *args);
	const char *usage;
} directives[] = {
	{"delay", "delay_ms", 1, set_delay, "milliseconds, 0 to 600000"},
	{"stream", "stream_ms", 1, set_stream, "milliseconds between words, 0 to 10000"},
	{"fail", "fail", 1, set_fail, "rate_limited, overloaded, refused or broken_stream"},
	{"fail-times", "fail_times", 1, set_fail_times, "a number of attempts, 0 to 100"},
	{"tokens", "tokens", 2, set_tokens, "two whole numbers: in and out"},
	{"price", "price", 2, set_price, "two numbers: dollars for a million tokens in and out"},
	{"max-tokens", "max_tokens", 1, set_max_tokens, "a number of tokens, 1 to 10000000"},
	{"hang", "hang", 0, set_hang, "nothing"},
};
#define DIRECTIVES (sizeof directives / sizeof *directives)

static bool
apply(const struct directive *directive, struct behaviour *b, const struct str *args, unsigned count, struct err *err)
{
	if (count == directive->args && directive->set(b, args))
		return true;
	return err_set(err, ERR_INVALID, "The built-in model does not understand `%s`. It takes %s.", directive->line,
		directive->usage);
}

static struct str
arg_of(struct arena *arena, const struct json *value)
{
	int64_t whole;
	if (value->type == JSON_NUMBER && json_to_int(value, &whole))
		return str_of(arena_printf(arena, "%lld", (long long)whole));
	return value->text;
}

static bool
read_option(struct arena *arena, const struct json *option, struct behaviour *b, struct err *err)
{
	struct str args[ARGS_MAX] = {{0}};
	unsigned count = 0;
	for (size_t i = 0; i < DIRECTIVES; i++) {
		if (!str_is(option->key, directives[i].option))
			continue;
		if (option->type == JSON_FALSE || option->type == JSON_NULL)
			return true;
		if (option->type == JSON_ARRAY && option->count > ARGS_MAX)
			count = ARGS_MAX + 1; /* and nothing takes as many */
		else if (option->type == JSON_ARRAY)
			json_each (item, option)
				args[count++] = arg_of(arena, item);
		else if (option->type != JSON_TRUE)
			args[count++] = arg_of(arena, option);
		return apply(&directives[i], b, args, count, err);
	}
	if (str_is(option->key, "schema") || str_is(option->key, "calls"))
		return true;
	return err_set(
		err, ERR_INVALID, "The built-in model has no option `%.*s`.", STR_ARG(text_clip(option->key, 60)));
}

/* "[[name arg arg]]" at the front of `line`; false when it is not one of ours, which may well be a link in a wiki. */
static bool
take_directive(struct str *line, const struct directive **ret_directive, struct str args[ARGS_MAX], unsigned *ret_count)
{
	const char *end = str_starts(*line, STR("[[")) ? memmem(line->p, line->n, "]]", 2) : NULL;
	if (!end)
		return false;
	struct str inside = {line->p + 2, (size_t)(end - line->p) - 2}, name = {NULL, 0};
	unsigned count = 0;
	for (inside = text_trim(inside); inside.n; inside = text_trim(inside)) {
		size_t n = 0;
		while (n < inside.n && inside.p[n] != ' ' && inside.p[n] != '\t')
			n++;
		struct str word = {inside.p, n};
		if (!name.p)
			name = word;
		else if (count++ < ARGS_MAX)
			args[count - 1] = word;
		inside = (struct str){inside.p + n, inside.n - n};
	}
	for (size_t i = 0; i < DIRECTIVES; i++)
		if (str_is(name, directives[i].line)) {
			*ret_directive = &directives[i];
			*ret_count = count;
			*line = text_trim((struct str){end + 2, (size_t)(line->p + line->n - end) - 2});
			return true;
		}
	return false;
}

/* Obeys the lines that hold nothing but directives, and returns the prompt without them. */
static bool
read_prompt(struct arena *arena, struct str prompt, struct behaviour *b, struct str *ret_prompt, struct err *err)
{
	char *text = arena_alloc(arena, prompt.n + 1);
	size_t used = 0;
	for (size_t from = 0; from < prompt.n;) {
		const char *newline = memchr(prompt.p + from, '\n', prompt.n - from);
		size_t to = newline ? (size_t)(newline - prompt.p) + 1 : prompt.n;
		struct str line = text_trim((struct str){prompt.p + from, to - from}), args[ARGS_MAX] = {{0}};
		struct str rest = line;
		const struct directive *directive;
		unsigned count = 0;
		while (take_directive(&rest, &directive, args, &count))
			;
		bool ours = line.n && rest.n == 0;
		while (ours && take_directive(&line, &directive, args, &count))
			if (!apply(directive, b, args, count, err))
				return false;
		if (!ours) {
			memcpy(text + used, prompt.p + from, to - from);
			used += to - from;
		}
		from = to;
	}
	*ret_prompt = (struct str){text, used};
	return true;
}

/* ---- what it says ---- */

static struct str
echo(struct arena *arena, struct str prompt)
{
	(void)arena;
	return text_last_paragraph(prompt);
}

static bool
say(struct arena *arena, const struct model_request *request, struct str prompt, struct str *ret_text, struct err *err)
{
	static const struct {
		const char *model;
		struct str (*say)(struct arena *arena, struct str text);
		bool material; /* works on what stands behind the instruction */
	} models[] = {
		{"echo", echo, false},
		{"instant", echo, false},
		{"extract", text_extract, true},
		{"summarise", text_summarise, true},
		{"actions", text_actions, true},
		{"score", text_score, true},
	};
	for (size_t i = 0; i < sizeof models / sizeof *models; i++)
		if (str_is(request->model, models[i].model)) {
			*ret_text = models[i].say(arena, models[i].material ? text_material(prompt) : prompt);
			return true;
		}
	if (!str_is(request->model, "schema"))
		return err_set(err, ERR_INVALID,
			"There is no model builtin/%.*s. There are echo, instant, extract, summarise, actions, score "
			"and schema.",
			STR_ARG(text_clip(request->model, 60)));
	const struct json *schema = request->options ? json_get(request->options, "schema") : NULL;
	struct json *document;
	if (!schema)
		return err_set(err, ERR_INVALID, "builtin/schema needs a JSON Schema. Give it as the option `schema`.");
	if (!schema_example(arena, schema, text_material(prompt), &document, err))
		return false;
	*ret_text = json_text(arena, document);
	return true;
}

/* ---- the script ---- */

static bool
blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The end of the piece that begins at `at`: blanks, then a word, which is cut between characters when it is long. */
static size_t
piece_end(struct str text, size_t at)
{
	while (at < text.n && blank(text.p[at]))
		at++;
	size_t from = at;
	while (at < text.n && !blank(text.p[at])) {
		bool inside = ((unsigned char)text.p[at] & 0xc0) == 0x80;
		if (at - from >= PIECE_BYTES && !inside)
			break;
		at++;
	}
	return at;
}

static size_t
count_pieces(struct str text)
{
	size_t count = 0;
	for (size_t at = 0; at < text.n; at = piece_end(text, at))
		count++;
	return count;
}

static void
add_piece(struct builtin_answer *answer, int64_t wait_ms, struct str text)
{
	answer->pieces[answer->piece_count++] = (struct builtin_piece){wait_ms, text};
}

static void
script(struct arena *arena, const struct behaviour *b, struct str text, struct builtin_answer *answer)
{
	size_t words = b->stream_ms ? count_pieces(text) : 1;
	size_t group = (words + PIECES_MAX - 1) / PIECES_MAX, at = 0;
	answer->pieces = arena_array(arena, PIECES_MAX < words ? PIECES_MAX : words + 1, sizeof *answer->pieces);
	if (text.n == 0 && b->delay_ms)
		add_piece(answer, b->delay_ms, text);
	while (at < text.n) {
		size_t to = b->stream_ms ? at : text.n;
		for (size_t i = 0; i < group && to < text.n; i++)
			to = piece_end(text, to);
		add_piece(answer, at == 0 ? b->delay_ms : b->stream_ms, (struct str){text.p + at, to - at});
		at = to;
	}
}

/* The first half of the words; of a single one, half of its characters. */
static struct str
first_half(struct str text)
{
	size_t words = count_pieces(text), at = 0;
	if (words < 2)
		return text_clip(text, text.n / 2);
	for (size_t i = 0; i < words / 2; i++)
		at = piece_end(text, at);
	return (struct str){text.p, at};
}

static void
count_usage(const struct behaviour *b, struct str prompt, struct str said, struct model_usage *usage)
{
	usage->tokens_in = b->has_tokens ? b->tokens[0] : text_tokens(prompt);
	usage->tokens_out = b->has_tokens ? b->tokens[1] : text_tokens(said);
	if (b->max_tokens > 0 && usage->tokens_out > b->max_tokens)
		usage->tokens_out = b->max_tokens;
	usage->cost_nano = usage->tokens_in * b->price[0] + usage->tokens_out * b->price[1];
	usage->cost_known = true;
}

bool
builtin_answer(
	struct arena *arena, const struct model_request *request, struct builtin_answer *ret_answer, struct err *err)
{
	bool instant = str_is(request->model, "instant");
	struct behaviour b = {.stream_ms = instant ? 0 : STREAM_MS, .fail_times = -1};
	struct builtin_answer answer = {0};
	struct str prompt, text, asked;
	json_each (option, request->options) {
		if (!read_option(arena, option, &b, err))
			return false;
	}
	if (!builtin_calls(arena, request, &asked, &answer.calls, err) || !read_prompt(arena, asked, &b, &prompt, err))
		return false;
	prompt = builtin_with_results(arena, request, prompt);
	if (answer.calls)
		text = STR("");
	else if (!say(arena, request, prompt, &text, err))
		return false;
	if (b.max_tokens > 0)
		text = text_clip(text, (size_t)b.max_tokens * TOKEN_BYTES);
	struct str said = answer.calls ? json_text(arena, answer.calls) : text;
	if (b.failure && (b.fail_times < 0 || request->attempt <= b.fail_times)) {
		answer.failure = b.failure->code;
		answer.failure_text = b.failure->text;
		text = b.failure->before ? STR("") : first_half(text);
	} else if (b.hangs) {
		answer.hangs = true;
		text = STR("");
	}
	script(arena, &b, text, &answer);
	/* A call that was turned away was not worked on. */
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): answer.failure is only set with b.failure */
	if (!answer.failure || !b.failure->before)
		count_usage(&b, prompt, answer.calls ? said : text, &answer.usage);
	if (answer.failure || answer.hangs)
		answer.calls = NULL;
	answer.usage.cost_known = true;
	*ret_answer = answer;
	return true;
}

static bool
text_orders(struct str text)
{
	return text.n > 1 && memmem(text.p, text.n, "[[", 2) != NULL;
}

/* A text that is put into the prompt may bring orders with it, and a template of ours may be broken over two of them. */
static bool
value_orders(const struct json *value)
{
	if (value->type == JSON_STRING)
		return value->text.n > 0 && memchr(value->text.p, '[', value->text.n) != NULL;
	return value->type == JSON_ARRAY || value->type == JSON_OBJECT;
}

bool
builtin_may_cost(const struct json *options, struct str prompt, const struct json *input)
{
	if ((options && json_get(options, "price")) || text_orders(prompt))
		return true;
	json_each (member, input)
		if (value_orders(member))
			return true;
	return false;
}

void
builtin_ceiling(struct arena *arena, const struct model_request *request, int64_t *ret_nano)
{
	struct behaviour b = {.stream_ms = STREAM_MS, .fail_times = -1};
	struct model_usage usage = {0};
	struct str prompt, text, asked;
	const struct json *calls;
	struct err err = {0};
	*ret_nano = 0;
	json_each (option, request->options)
		if (!read_option(arena, option, &b, &err))
			return;
	if (!builtin_calls(arena, request, &asked, &calls, &err) || !read_prompt(arena, asked, &b, &prompt, &err))
		return;
	prompt = builtin_with_results(arena, request, prompt);
	if (calls)
		text = json_text(arena, calls);
	else if (!say(arena, request, prompt, &text, &err))
		return;
	count_usage(&b, prompt, text, &usage);
	if (b.max_tokens > 0) /* a vendor's model may say as much as it is let */
		usage.cost_nano = usage.tokens_in * b.price[0] + b.max_tokens * b.price[1];
	*ret_nano = usage.cost_nano;
}
