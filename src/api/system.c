/* readHealth, readLive, readReady, readContract. */
#include "store/system.h"
#include "api/call.h"
#include "api/contract.h"
#include "api/routes.h"
#include "http/master.h"

/* Before the last request is taken: who sends requests here gets to know it in time. */
static bool
is_ready(struct call *call, struct err *err)
{
	if (master_draining())
		return err_set(err, ERR_UNAVAILABLE, "This server is stopping. Send requests to another one.");
	return system_health(&call->caller, err);
}

bool
read_health(struct call *call, struct err *err)
{
	if (!is_ready(call, err))
		return false;
	response_json(call->response, 200, STR("{\"live\":true,\"ready\":true,\"version\":\"" PACKAGE_VERSION "\"}"));
	return true;
}

bool
read_live(struct call *call, struct err *err)
{
	(void)err;
	response_json(call->response, 200, STR("{\"live\":true,\"version\":\"" PACKAGE_VERSION "\"}"));
	return true;
}

bool
read_ready(struct call *call, struct err *err)
{
	if (!is_ready(call, err))
		return false;
	response_json(call->response, 200, STR("{\"ready\":true,\"version\":\"" PACKAGE_VERSION "\"}"));
	return true;
}

bool
read_contract(struct call *call, struct err *err)
{
	(void)err;
	response_json(call->response, 200, (struct str){contract_json, contract_json_length});
	return true;
}
