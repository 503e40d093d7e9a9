/*
 * ETags, from the contract alone (x-etag): handlers only say the revision they have read.
 *
 *	x-etag: content	 on GET: a hash of the answer; If-None-Match is answered with 304
 *	x-etag: revision the same, with the thing's revision in front ("7-9f86d081884c7d65"). On PATCH, PUT and DELETE the
 *			 request must bring If-Match with it: 428 without, 412 when the thing has another revision by now.
 *			 Only the revision counts there: what else the answer shows (a workflow's last runs) may have moved.
 *
 * If-Match: * is "whatever is there". nginx marks the ETag of a compressed answer as weak (W/"…"); it is the same one.
 */
#ifndef STEPMILL_API_ETAG_H
#define STEPMILL_API_ETAG_H

#include "api/call.h"

/* Before the handler: reads If-Match of a change into call->assumed. */
bool etag_expected(struct call *call, struct err *err);
/* After the handler: the ETag of the answer, and 304 instead of it when the client has it. */
void etag_answer(struct call *call);

#endif
