/* readReference, readReferenceStyle, readReferenceScript: three files that are part of the program, as the contract is. */
#include "api/reference.h"

#include "api/call.h"
#include "api/routes.h"

bool
read_reference(struct call *call, struct err *err)
{
	(void)err;
	response_text(call->response, "text/html; charset=utf-8", reference_page);
	return true;
}

bool
read_reference_style(struct call *call, struct err *err)
{
	(void)err;
	response_text(call->response, "text/css; charset=utf-8", reference_style);
	return true;
}

bool
read_reference_script(struct call *call, struct err *err)
{
	(void)err;
	response_text(call->response, "text/javascript; charset=utf-8", reference_script);
	return true;
}
