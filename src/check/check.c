/* The parts of a check, in their order; see check.h. */
#include "check/check.h"

bool
check_workflow(const struct json *definition, const char *prefix, const struct definition_known *known,
	const char *program, struct findings *findings, struct json **ret_canonical, struct err *err)
{
	*ret_canonical = NULL;
	definition_examine(definition, prefix, known, findings, ret_canonical);
	if (!definition_shape(definition, prefix, findings, err))
		return false;
	return !*ret_canonical || check_expressions(*ret_canonical, prefix, program, findings, err);
}
