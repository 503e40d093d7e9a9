/* For http.c: the request that a step's filled input describes. */
#ifndef STEPMILL_STEPS_HTTP_REQUEST_H
#define STEPMILL_STEPS_HTTP_REQUEST_H

#include "steps/step.h"

/* ERR_INVALID says what is wrong with it; everything is in the attempt's arena. Limits of the answer are not set. */
bool http_request_read(struct step_attempt *attempt, struct call_request *ret_request, struct err *err);

#endif
