/* The list of models a definition may name. */
#include "flow/models.h"

#include "flow/hint.h"

const char *const flow_models[] = {
	"builtin/echo",
	"builtin/extract",
	"builtin/summarise",
	"builtin/actions",
	"builtin/score",
	"builtin/schema",
	"builtin/instant",
	NULL,
};

bool
flow_model_known(struct str name)
{
	for (const char *const *model = flow_models; *model; model++)
		if (str_is(name, *model))
			return true;
	return false;
}

const char *
flow_model_missing(struct arena *arena, struct str name)
{
	struct str names[sizeof flow_models / sizeof *flow_models];
	size_t count = 0;
	for (const char *const *model = flow_models; *model; model++)
		names[count++] = str_of(*model);
	return arena_printf(arena, "There is no model `%.*s`; there are %s.%s", STR_ARG(hint_clip(name, 50)),
		hint_list(arena, names, count), hint_did_you_mean(arena, name, names, count));
}
