/*
 * A small model of how executors share runs: claim, flush, lease, reap, retire, release, sleep and inbox, written from the
 * description and not from the code, and explored exhaustively: every order in which 2 executors, their transactions,
 * people and the clock can act on 2 runs of 3 steps, with a fault or two (kill, lease slept through, connection cut with the
 * acknowledgement, run taken away by hand, told to stop). States that differ only in names are one.
 *
 *	model [--runs N] [--steps N] [--faults N] [--asks cancel,signal,pause] [--without GUARD]
 *	model --list                          the guards that can be taken out; each must lead to a violation
 *
 * What must hold:
 *	- transitions are recorded in their order, each once: none lost, none doubled; nothing follows a run's end
 *	- nobody writes to a run that another holds, or nobody
 *	- no call begins before its start is recorded, nor after the lease is over by the database's clock
 *	- a request to cancel leaves the inbox only with the end of its run, a signal only with the end of the step that takes
 *	  it, which has it to take; pause and resume only with the status they ask for
 *	- no step begins in a run that is recorded as paused, and stays so
 *	- a run does not sleep while a request lies there, read, that wakes it at once
 *	- from every state each run can still come to its end, without another fault and without being cancelled: so no
 *	  wake-up is lost
 *
 * A run's transitions: 1 start, 2 end of step one; 3, 4; 5, 6 with which the run ends; 7 cancelled, from anywhere. With
 * signals one step waits for one instead of a call. What a turn of the executor does in memory between two waits is one step
 * here; a transaction is three: begun (lease looked at, the executor's row locked), locked (runs locked and looked at),
 * committed; the acknowledgement is a fourth. Unique keys are left out: in the model a doubled transition would be written.
 */
#ifndef STEPMILL_TESTS_SIM_MODEL_H
#define STEPMILL_TESTS_SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define RUNS 2
#define EXECUTORS 2
#define FAULTS_MAX 2
#define INCARNATIONS (EXECUTORS + FAULTS_MAX) /* at a time, as each fault leaves one behind; from 1, 0 is none */
#define LAST 6
#define CANCELLED 7

enum stage { NO_TX, BEGUN, LOCKED, COMMITTED, REFUSED };
enum verdict { NOT_SENT, SENT, ACCEPTED, LOST, SKIPPED };

/* What people may ask, each once: a signal early or late; to pause, then to resume. */
enum { ASK_CANCEL = 1, ASK_SIGNAL = 2, ASK_PAUSE = 4 };
extern int asks;
extern int waiting; /* the transition that begins to wait for the signal; 0: none does */

enum row { NOT_ASKED, ROW_NEW, ROW_KEPT, ROW_GONE }; /* kept: it wakes nobody */

/* A transaction's part in one run. */
struct part {
	uint8_t from, to, release, verdict;
	uint8_t sleep;	  /* released until somebody asks something */
	uint8_t pause_to; /* requests to pause and resume that were carried out, by count */
	uint8_t keep;	  /* the signal is marked as kept */
	/* what it has read */
	uint8_t seen; /* transitions of the run when it was claimed */
	uint8_t cancel, signal, pauses;
};
struct tx {
	uint8_t stage;
	uint8_t fresh; /* sent so lately that its acknowledgement renews the lease for its executor too */
	uint8_t claim; /* run + 1 that it tries to take; 0 after the commit when it got none */
	struct part part[RUNS];
};
struct incarnation {
	uint8_t row;   /* in the table of executors */
	uint8_t lease; /* good by the database's clock */
	struct tx tx;
};
struct held {
	uint8_t held, recorded, now, calling, cancel; /* recorded: acknowledged; now: in memory */
	uint8_t pauses_recorded, pauses;	      /* 1: paused; 2: resumed */
	uint8_t signal, kept;			      /* read; known to be marked */
};
struct executor {
	uint8_t me;    /* incarnation; 0: not running */
	uint8_t lease; /* good by its own clock, which is behind */
	uint8_t stopping;
	uint8_t leaving; /* has dropped everything and enters anew */
	struct held runs[RUNS];
};
struct run {
	uint8_t done, holder, lock;
	uint8_t cancel, signal; /* enum row */
	uint8_t asked, gone;	/* to pause and resume: rows that were made, and that are gone */
	uint8_t pauses;		/* the status: 1 is paused */
	uint8_t asleep;
};
struct state {
	struct run run[RUNS];
	struct incarnation inc[INCARNATIONS + 1];
	struct executor ex[EXECUTORS];
	uint8_t faults;
};

/* ---- guards: model.c ---- */

enum guard {
	LEASE_CHECK,
	HOLDER_CHECK,
	ROW_LOCK,
	STARTED_COMMIT,
	FLUSH_NUMBER,
	FLUSH_BELIEVED,
	STATE_AFTER_CLAIM,
	INBOX_WITH_END,
	RETIRE_WAITS,
	REAPER,
	SIGNAL_WITH_END,
	PAUSE_WITH_STATUS,
	SLEEPERS_ASKED,
	KEPT_READ,
	KEPT_MARKED,
	STATUS_READ,
	SLEEP_LAST,
	GUARDS
};
extern const char *const guard_names[GUARDS];
extern int without; /* the guard that is taken out; -1: none */
extern int faults_max;

/* ---- what can happen: model.c ---- */

/* Calls found() for each state that can come next. */
void everything(const struct state *s);
void check(const struct state *s); /* what must hold of a state, not of a step */

extern char violation[160]; /* of the step or state just looked at; empty: none */
extern bool telling;	    /* whether steps are put into words */
extern char told[160];

/* ---- states as keys: model_states.c ---- */

#define WORDS 6
struct key {
	uint64_t w[WORDS];
};
/* The same for states that differ only in names: of executors, of runs, of incarnations. */
struct key canonical(const struct state *s);
struct state unpack(struct key key);
bool used(const struct state *s, int i); /* is this incarnation named anywhere? */

/* ---- exploring: model_explore.c ---- */

enum why { STEP, FAULT, WHIM }; /* a whim costs no fault, and no run may need it to come to its end */
void found(struct state *next, enum why why);

#endif
