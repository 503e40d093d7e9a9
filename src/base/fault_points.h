/*
 * Every place where a fault test may act (fault.h). tests/fault/points.test.mjs reads this table: a place that is passed and
 * not listed, or listed and not passed, is an error there. kill, stop and delay mean something everywhere; `error` and `lie`
 * (done, but reported as failed) only where the third and fourth word say so, otherwise the reason follows:
 *
 *	memory   nothing is asked of anybody there, so nothing can fail
 *	done     it has been done and its answer was read: `error` would be the lie that the place before it tells
 *	other    the same as at the place before or after it
 *
 *	FAULT_POINT(exec.lease.before, error, lie) an incarnation is about to be entered
 *	FAULT_POINT(exec.lease.after, done, done) the incarnation is entered, nothing is claimed
 *	FAULT_POINT(exec.claim.before, error, other) a batch with a claim is about to be sent
 *	FAULT_POINT(exec.claim.after, done, lie) the claim is committed, nothing of it is looked at
 *	FAULT_POINT(exec.loaded, memory, memory) a claimed run's state is read, nothing is planned
 *	FAULT_POINT(exec.notified, error, memory) a notification has come; `error`: it is lost
 *	FAULT_POINT(exec.inbox, memory, memory) requests to a run are read, nothing is done about them
 *	FAULT_POINT(exec.flush.before, error, other) a flush is built, nothing of it is sent
 *	FAULT_POINT(exec.flush.blob, error, other) the same, of a flush with parts of a text too large for its row
 *	FAULT_POINT(exec.parts.committed, done, done) parts of a large text are committed, the row that names them is not
 *	FAULT_POINT(exec.flush.sent, error, other) a flush is on its way, its answer is not; `error`: the connection breaks
 *	FAULT_POINT(exec.flush.committed, done, lie) a flush is committed, nothing is done about it
 *	FAULT_POINT(exec.quota.before, error, other) a batch that draws limits or gives back is about to be sent
 *	FAULT_POINT(exec.quota.committed, done, lie) it is committed, nothing is done about it
 *	FAULT_POINT(exec.step.before_call, error, other) "started" is committed, the call is not made; `error`: it cannot be
 *	FAULT_POINT(exec.step.after_call, other, lie) the call has ended, nobody knows; `lie`: it is taken for a failure
 *	FAULT_POINT(exec.child.start, memory, memory) a step's run is in the journal, not in a flush
 *	FAULT_POINT(exec.child.ended, memory, memory) a step's run has ended, the step's end is in the journal
 *	FAULT_POINT(exec.look, memory, memory) a wait has looked at its condition, when it looks again is in the journal
 *	FAULT_POINT(exec.replay.run, memory, memory) a workflow's code is about to be run over what is recorded
 *	FAULT_POINT(exec.replay.told, memory, memory) it has said what comes next, nothing of that has begun
 *	FAULT_POINT(exec.run.end, memory, memory) a run's end is in its journal, not in a flush
 *	FAULT_POINT(exec.release, memory, memory) a run is about to be given back
 *	FAULT_POINT(exec.reopen, memory, memory) a run's next generation was asked for, nothing is done about it
 *	FAULT_POINT(exec.reap, done, done) dead executors were retired
 *	FAULT_POINT(exec.housekeeping, error, other) a batch with housekeeping is about to be sent
 *	FAULT_POINT(exec.stop, error, lie) everything is given back, the executor's row is still there
 *	FAULT_POINT(db.before_send, error, other) a batch is about to be sent; `error`: the connection breaks
 *	FAULT_POINT(db.after_send, error, other) a batch is sent, its answer is not there; `error`: the connection breaks
 *	FAULT_POINT(db.lie, other, lie) a batch is committed; `lie`: the connection broke before its answer came
 *	FAULT_POINT(api.before_commit, error, other) a request's changes are about to be asked for
 *	FAULT_POINT(api.after_commit, error, other) they are committed; `error` is the lie here
 *	FAULT_POINT(api.before_answer, error, other) the answer is made; `error`: nothing of it is sent
 *	FAULT_POINT(api.wake, error, memory) executors are about to be told of a run; `error`: they are not
 *	FAULT_POINT(live.before_read, error, other) events are about to be read, or a listener to be let in
 *	FAULT_POINT(live.before_write, error, other) events are about to be written to a listener; `error`: its socket breaks
 *	FAULT_POINT(live.notified, error, memory) a notification has come; `error`: it is lost
 */
