/*
 * A command that a kind of step has run (step_command in step.h), and how it ended. It runs in a box (exec/boxes.h): kinds know nothing of
 * processes. What is asked is kept by whoever asks, in the attempt's arena; the answer lives until `done` returns.
 */
#ifndef STEPMILL_STEPS_COMMAND_H
#define STEPMILL_STEPS_COMMAND_H

#include "base/str.h"

#include <stdint.h>

struct step_attempt;

#define COMMAND_KEPT_MAX ((size_t)1 << 20)     /* bytes of what it writes, on each of its two ways */
#define COMMAND_STRING_MAX ((size_t)128 << 10) /* of one argument or variable: no system takes more */
#define COMMAND_STRINGS_MAX ((size_t)1 << 20)  /* of all of them */

struct command_request {
	const char *const *arguments;	/* the program, and what it is told; ends with NULL */
	const char *const *environment; /* NAME=value; ends with NULL */
	const char *directory;		/* below the working directory; "": there */
	struct str input;		/* what it reads */
	bool network;			/* it asks for it; whether it may is not the step's to say */
};

enum command_outcome {
	COMMAND_EXITED,
	COMMAND_NO_PROGRAM,
	COMMAND_NO_DIRECTORY,
	COMMAND_TOO_MUCH_MEMORY,
	COMMAND_TOO_MUCH_DISK,
	COMMAND_DISK_FULL,
	COMMAND_LOST,	    /* its box has ended, nobody knows why */
	COMMAND_UNKNOWN,    /* the same, and it must not run again */
	COMMAND_MISSING,    /* no box can be made here: `why` */
	COMMAND_NO_NETWORK, /* it asks for the network and may not use it: `why` */
};

/* UTF-8, whatever it wrote, without what is secret; `dropped`: bytes that were too much. */
struct command_output {
	struct str text;
	int64_t dropped;
};

struct command_answer {
	enum command_outcome outcome;
	int status; /* 128 and a signal's number: it was killed */
	struct command_output output, errors;
	const char *why;
};

typedef void command_done(struct step_attempt *attempt, const struct command_answer *answer);

#endif
