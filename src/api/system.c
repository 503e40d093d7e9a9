/* readHealth, readContract. */
#include "store/system.h"
#include "api/call.h"
#include "api/contract.h"
#include "api/routes.h"

bool
read_health(struct call *call, struct err *err)
{
	if (!system_health(&call->caller, err)) {
		if (err->code == ERR_INTERNAL)
			err->code = ERR_UNAVAILABLE;
		return false;
	}
	response_json(call->response, 200, STR("{\"live\":true,\"ready\":true,\"version\":\"" PACKAGE_VERSION "\"}"));
	return true;
}

bool
read_contract(struct call *call, struct err *err)
{
	(void)err;
	response_json(call->response, 200, (struct str){contract_json, contract_json_length});
	return true;
}
