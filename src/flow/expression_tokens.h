/* JavaScript as its words: what expression.c and whoever looks for texts in it share. Slices, no copies. */
#ifndef STEPMILL_FLOW_EXPRESSION_TOKENS_H
#define STEPMILL_FLOW_EXPRESSION_TOKENS_H

#include "flow/expression.h"

#define TOKENS_MAX 3000
#define BRACKETS_MAX 200

enum token_kind { TOKEN_NAME, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_REGEX, TOKEN_MARK };

/* A template literal is a text from its ` up to the `; what is between ${ and } in it stands between the pieces: "`a${" is a mark. */
struct token {
	enum token_kind kind;
	size_t from, to;
	bool bound; /* a parameter */
};

struct scan {
	struct arena *arena;
	struct str text;
	size_t at;
	struct token *tokens;
	unsigned count, room;
	char open[BRACKETS_MAX]; /* '$' is ${ in a template literal */
	unsigned depth;
	struct expression_fault *fault;
};

/* From a byte on; at most `most` words. */
struct scan scan_from(struct arena *arena, struct str text, size_t from, size_t most, struct expression_fault *fault);
/* Up to the "}}" that ends a template. False: there is none, or s->fault says what is wrong. */
bool scan_template(struct scan *s);
/* To the end of the text, or as far as it is understood. */
void scan_code(struct scan *s);
bool scan_refuse(struct scan *s, size_t at, const char *what); /* always false */
bool scan_name_byte(char c);

static inline bool
scan_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline struct str
word(const struct scan *s, unsigned i)
{
	return i < s->count ? (struct str){s->text.p + s->tokens[i].from, s->tokens[i].to - s->tokens[i].from}
			    : (struct str){"", 0};
}

static inline bool
mark(const struct scan *s, unsigned i, const char *z)
{
	return i < s->count && s->tokens[i].kind == TOKEN_MARK && str_is(word(s, i), z);
}

static inline bool
listed(struct str name, const char *const *names)
{
	for (; *names; names++)
		if (str_is(name, *names))
			return true;
	return false;
}

#endif
