/*
 * Every place of the executor where a fault test may act (base/fault.h), in the order a lone run passes them. The
 * harness reads the names from this table: FAULT_POINT("name", "what has happened when it is passed").
 *
 *	FAULT_POINT("exec.lease.before", "an incarnation is about to be entered")
 *	FAULT_POINT("exec.lease.after", "the incarnation is entered, nothing is claimed")
 *	FAULT_POINT("exec.claim.before", "a batch with a claim is about to be sent")
 *	FAULT_POINT("exec.claim.after", "the claim is committed, nothing of it is looked at")
 *	FAULT_POINT("exec.inbox", "requests to a run are read, nothing is done about them")
 *	FAULT_POINT("exec.flush.before", "a flush is built, nothing of it is sent")
 *	FAULT_POINT("exec.flush.sent", "a flush is on its way, its answer is not")
 *	FAULT_POINT("exec.parts.committed", "parts of a large text are committed, the change that names them is not sent")
 *	FAULT_POINT("exec.fetch", "a large text has come, nothing is done about it")
 *	FAULT_POINT("exec.flush.committed", "a flush is committed, nothing is done about it")
 *	FAULT_POINT("exec.step.before_call", "\"started\" is committed, the call is not made")
 *	FAULT_POINT("exec.step.after_call", "the call has ended, nobody knows")
 *	FAULT_POINT("exec.run.end", "a run's end is in its journal, not in a flush")
 *	FAULT_POINT("exec.release", "a run is about to be given back")
 *	FAULT_POINT("exec.reopen", "a run's next generation was asked for, nothing is done about it")
 *	FAULT_POINT("exec.reap", "dead executors were retired")
 *	FAULT_POINT("exec.stop", "everything is given back, the executor's row is still there")
 *
 * At exec.flush.before and exec.claim.before the action "error" makes the batch fail as if the database were out of
 * room.
 */
#ifndef STEPMILL_EXEC_FAULT_POINTS_H
#define STEPMILL_EXEC_FAULT_POINTS_H

#include "base/fault.h"

/* For places where the action "error" means nothing. */
#define FAULT_PLACE(name) ((void)FAULT(name))

#endif
