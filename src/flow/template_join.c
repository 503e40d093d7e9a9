/* Templates side by side that are meant as one: "{{a}} || {{b}}" is "{{a || b}}". */
#include "flow/template.h"

#include "flow/template_parse.h"

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct str
trimmed(struct str text)
{
	while (text.n > 0 && blank(text.p[0])) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && blank(text.p[text.n - 1]))
		text.n--;
	return text;
}

static struct str
inside(const struct part *part)
{
	return trimmed((struct str){part->source.p + 2, part->source.n - 4});
}

/* Whether it can stand between paths and ||; the first of them cannot be a literal. */
static bool
is_plain(struct arena *arena, const struct part *part, bool first)
{
	struct parts parts;
	if (part->operand_count > 0)
		return true;
	struct str text = str_of(arena_printf(arena, "{{x || %.*s}}", STR_ARG(inside(part))));
	return !first && template_parse(arena, text, false, &parts, NULL) && parts.count == 1 &&
	       parts.list[0].operand_count == 2;
}

static bool
side_by_side(const struct parts *parts)
{
	for (unsigned i = 0; i < parts->count; i++)
		if (part_is_text(&parts->list[i]) ? i % 2 == 0 || !str_is(trimmed(parts->list[i].text), "||")
						  : i % 2 == 1)
			return false;
	return parts->count > 2 && parts->count % 2 == 1;
}

struct str
template_join(struct arena *arena, struct str text)
{
	struct parts parts;
	if (text.n < 12 || memcmp(text.p, "{{", 2) != 0 || !memmem(text.p, text.n, "||", 2) ||
		!template_parse(arena, text, true, &parts, NULL) || !side_by_side(&parts))
		return text;
	bool plain = true;
	for (unsigned i = 0; i < parts.count; i += 2)
		plain = plain && is_plain(arena, &parts.list[i], i == 0);
	char *made = arena_alloc(arena, text.n + 2 * parts.count), *to = mempcpy(made, "{{", 2);
	for (unsigned i = 0; i < parts.count; i += 2) {
		struct str own = inside(&parts.list[i]);
		to = mempcpy(to, " || ", i > 0 ? 4 : 0);
		to = mempcpy(to, "(", plain ? 0 : 1);
		to = mempcpy(to, own.p, own.n);
		to = mempcpy(to, ")", plain ? 0 : 1);
	}
	to = mempcpy(to, "}}", 2);
	return (struct str){made, (size_t)(to - made)};
}
