/*
 * The executor's stepmill-js processes. Each works for one workspace: whatever hostile code could make of its process, it finds nobody else's data
 * there. When another workspace needs one and all are taken, the one that is idle longest is ended and a new one started.
 *
 *	struct js *js = js_new(&timers, &settings, &err);
 *	struct js_job *job = js_ask(js, workspace, &request, done, what);
 *	poll(js_descriptor(js)) → js_advance(js);         // done(what, &outcome) comes from there or from a timer, once
 *	js_cancel(job);                                    // or not at all
 *
 * A job has as much processor time as it says, all its sources together; the process is ended when it takes more. One that dies of
 * anything else while it works on a job (memory, most likely) is replaced and the job tried again, once: who was killed by mistake
 * harms nobody, and who dies twice is to blame. Five kills by somebody else do not count. Other jobs never notice.
 */
#ifndef STEPMILL_EXEC_JS_H
#define STEPMILL_EXEC_JS_H

#include "base/err.h"
#include "base/id.h"
#include "exec/timer.h"
#include "js/wire.h"

struct js;
struct js_job;

struct js_settings {
	const char *program; /* NULL or "": beside the executor */
	unsigned processes_max;
};

enum js_end {
	JS_ANSWERED,
	JS_TOOK_TOO_LONG,
	JS_DIED,
	JS_REFUSED, /* it is too large to be asked at all */
	JS_MISSING, /* no process could be started */
};

/* The answer lives until `done` returns, and was written by a stranger. */
struct js_outcome {
	enum js_end end;
	struct js_answer answer; /* as many results as there were sources, when answered */
};

typedef void js_done(void *what, const struct js_outcome *outcome);

struct js *js_new(struct timers *timers, const struct js_settings *settings, struct err *err);
void js_free(struct js *js); /* jobs are dropped without a word; NULL is fine */

int js_descriptor(const struct js *js);
void js_advance(struct js *js);

/* Nothing is answered before this returns. The request may go when it has. */
struct js_job *js_ask(struct js *js, struct id workspace, const struct js_request *request, js_done *done, void *what);
void js_cancel(struct js_job *job); /* before its end; NULL is fine */

struct js_facts {
	unsigned processes, jobs;
	int64_t started, answered, killed, died;
};
struct js_facts js_facts(const struct js *js);

#endif
