/* The list of models a definition may name. */
#include "flow/models.h"

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
