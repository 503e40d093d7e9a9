/*
 * What a kind of step is, and how it asks for I/O. A kind knows nothing of databases, sockets, threads or runs: it is
 * given an attempt, and calls the functions below, which the executor implements (and unit tests with a double).
 *
 * The life of an attempt, as its kind sees it:
 *
 *	start()                     once; "started" is committed before
 *	  step_timer(…, then)       then(attempt) is called later, once; a new timer replaces the one before
 *	  step_emit(text)           a piece of the output, for who watches
 *	  step_http(request, done)  a call; done(attempt, answer) is called later, once; one at a time
 *	  step_script(source, done) JavaScript is called with the input; done(attempt, answer) later, once
 *	  step_command(request, done)  a command is run in a box; done(attempt, answer) later, once
 *	  step_finish / step_fail   exactly one of them, once; afterwards nothing of the attempt may be touched
 *	abort()                     instead of an end: drop what is under way, at once, and say what it has used
 *
 * start() may finish before it returns. After a crash of the executor the same attempt may be started again elsewhere:
 * the idempotency key (run, path, attempt) stays the same.
 */
#ifndef STEPMILL_STEPS_STEP_H
#define STEPMILL_STEPS_STEP_H

#include "flow/definition.h"
#include "providers/provider.h"
#include "steps/call.h"
#include "steps/command.h"
#include "steps/script.h"

struct step_attempt;
struct step_io;

/* What the attempt has cost, as far as known. `provider` p NULL: no call was made. */
struct step_usage {
	struct str provider, model;
	struct model_usage model_usage;
	bool sum;    /* it is that of a run that the step started, and charged there */
	bool cached; /* another run has made the call, some time ago */
};

/* The most that a call may cost, before it is made. */
struct step_ceiling {
	bool known; /* false: nobody knows what its model costs */
	int64_t nano;
};

struct step_kind {
	const char *name;
	/* NULL: it costs nothing. Of the attempt as start() will be given it; asked only where money is limited. */
	struct step_ceiling (*ceiling)(const struct step_attempt *attempt);
	void (*start)(struct step_attempt *attempt);
	void (*abort)(struct step_attempt *attempt, struct step_usage *ret_usage);
};

/* What is known of a failure besides code and message; set before step_fail. */
struct step_failure {
	int status;		/* of HTTP; 0: none */
	int64_t retry_after_ms; /* the other side asked for so long a pause; 0: it did not */
	bool outcome_unknown;	/* it may have been done all the same: the next attempt carries the same key */
};

struct step_attempt {
	const struct step_kind *kind;
	const struct step_def *def;
	struct str path; /* each[3]/send */
	int attempt;
	struct str model;	  /* it is to ask, as "vendor/model"; p NULL when its kind asks none */
	const struct json *input; /* the step's mapping with its templates filled in */
	struct str prompt_text;	  /* of the prompt version it names; empty when it names none */
	struct str key;		  /* idempotency key: the same as long as nobody knows whether the call was made */
	struct step_failure failure;
	struct arena *arena; /* lives as long as the attempt */
	void *state;	     /* the kind's own */
	const struct step_io *io;
};

struct step_io {
	void (*timer)(struct step_attempt *attempt, int64_t ms, void (*then)(struct step_attempt *attempt));
	void (*emit)(struct step_attempt *attempt, struct str text);
	/* The built-in model's request log: written before it answers. False: it could not be written, so it must not
	 * answer. */
	bool (*note_call)(struct step_attempt *attempt, struct str model);
	void (*http)(struct step_attempt *attempt, const struct call_request *request, call_done *done);
	void (*script)(struct step_attempt *attempt, struct str source, script_done *done);
	void (*command)(struct step_attempt *attempt, const struct command_request *request, command_done *done);
	void (*finish)(struct step_attempt *attempt, const struct json *output, const struct step_usage *usage);
	void (*fail_with)(
		struct step_attempt *attempt, const char *code, struct str message, const struct step_usage *usage);
};

static inline void
step_timer(struct step_attempt *attempt, int64_t ms, void (*then)(struct step_attempt *attempt))
{
	attempt->io->timer(attempt, ms, then);
}
static inline void
step_emit(struct step_attempt *attempt, struct str text)
{
	attempt->io->emit(attempt, text);
}
static inline bool
step_note_call(struct step_attempt *attempt, struct str model)
{
	return attempt->io->note_call(attempt, model);
}
static inline void
step_http(struct step_attempt *attempt, const struct call_request *request, call_done *done)
{
	attempt->io->http(attempt, request, done);
}
static inline void
step_script(struct step_attempt *attempt, struct str source, script_done *done)
{
	attempt->io->script(attempt, source, done);
}
static inline void
step_command(struct step_attempt *attempt, const struct command_request *request, command_done *done)
{
	attempt->io->command(attempt, request, done);
}
static inline void
step_finish(struct step_attempt *attempt, const struct json *output, const struct step_usage *usage)
{
	attempt->io->finish(attempt, output, usage);
}
static inline void
step_fail(struct step_attempt *attempt, const char *code, struct str message, const struct step_usage *usage)
{
	attempt->io->fail_with(attempt, code, message, usage);
}

/* steps/kinds.c; NULL when there is no such kind. */
const struct step_kind *step_kind_by_name(struct str name);

/* The model a step will ask, as "vendor/model": `asked`, or the default when that is empty. p NULL when its kind asks none. */
struct str step_model(const struct step_def *def, struct str asked);

#endif
