/* Reading the audit log. What is written to it is written by the functions that change things. */
#include "store/audit.h"

#include "api/call.h"
#include "api/routes.h"

bool
list_audit(struct call *call, struct err *err)
{
	struct audit_ask ask = {0};
	struct page page;
	struct id person;
	if (!call_page(call, &ask.page, err))
		return false;
	if (call_maybe_id(call, "user_id", &person))
		ask.person = &person;
	call_text(call, "operation", &ask.operation);
	call_text(call, "kind", &ask.kind);
	call_text(call, "subject", &ask.subject);
	call_text(call, "since", &ask.since);
	call_text(call, "until", &ask.until);
	if (!audit_list(&call->caller, &ask, &page, err))
		return false;
	call_answer_page(call, &page);
	return true;
}
