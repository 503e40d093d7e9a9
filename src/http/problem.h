/* A struct err as a problem document (RFC 9457), with our code, request_id, retryable and errors[]. */
#ifndef STEPMILL_HTTP_PROBLEM_H
#define STEPMILL_HTTP_PROBLEM_H

#include "http/response.h"

/* Sets status and body; adds Retry-After where trying again helps. Headers set before stay. */
void problem_answer(struct response *response, const struct request *request, const struct err *err);

#endif
