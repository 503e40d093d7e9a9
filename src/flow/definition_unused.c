/* Members that a step may have and that its kind does not look at: most likely it was meant to be another kind. */
#include "flow/definition_check.h"
#include "flow/hint.h"

static const struct {
	const char *member;
	const char *kinds[4]; /* that look at it */
} members[] = {
	{"prompt", {"prompt", "agent"}},
	{"model", {"prompt", "agent"}},
	{"options", {"prompt", "agent"}},
	{"value", {"transform", "switch"}},
	{"seconds", {"wait"}},
	{"until", {"wait"}},
	{"form", {"approval"}},
	{"signal", {"signal", "wait"}},
	{"poll", {"wait"}},
	{"poll_seconds", {"wait"}},
	{"max_seconds", {"wait"}},
	{"cases", {"switch"}},
	{"default", {"switch"}},
	{"then", {"conditional"}},
	{"else", {"conditional"}},
	{"steps", {"sequential", "parallel", "loop"}},
};

/* Kinds whose members are all in the list above, or checked elsewhere. */
static const char *const looked_at[] = {
	"prompt", "transform", "wait", "approval", "signal", "sequential", "parallel", "conditional", "switch"};

static bool
listed(const char *const *names, size_t count, struct str name)
{
	for (size_t i = 0; i < count && names[i]; i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}

void
check_unused(struct check *c, const struct json *step)
{
	struct str kind;
	if (!json_get_str(step, "kind", &kind) || !listed(looked_at, sizeof looked_at / sizeof *looked_at, kind))
		return;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (json_get(step, members[i].member) && !listed(members[i].kinds, 4, kind))
			check_warn(c, check_step_path(c, arena_printf(c->arena, "/%s", members[i].member)),
				"unused_field",
				"A step of the kind `%.*s` does not use `%s`. Take it out, or choose another kind.",
				STR_ARG(kind), members[i].member);
}
