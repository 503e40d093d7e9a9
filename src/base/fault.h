/*
 * Places where a test may make this process fail, guards a test may take out, clocks it may move. All of it is nothing
 * at all unless the program was configured with --enable-faults. fault_points.h lists the places.
 *
 *	STEPMILL_FAULT=name:action[:count]   acts the count-th time the named place is passed
 *	STEPMILL_FAULT_FILE=FILE             the same, read from a file whenever a place is passed, and emptied when it acts:
 *	                                     faults can be ordered while the program runs
 *	STEPMILL_FAULT_TRACE=FILE            every place passed is appended, one name a line, and "name action" when it acts
 *	STEPMILL_PLANNER=N                   the program knows version N of the planner instead of its own
 *	STEPMILL_MUTATION=name               takes a guard out: MUTATED("name") is true
 *	STEPMILL_CLOCK_FILE=FILE             two numbers, the microseconds that wall clock and boot clock are ahead of the true
 *	                                     ones; read whenever a clock is
 *
 * Actions: kill (SIGKILL to ourselves), stop (SIGSTOP), delay=MS, error (fault() returns true: the caller does as if the
 * operation had failed), lie (fault_lies() returns true after the operation was done: the caller reports failure).
 */
#ifndef STEPMILL_BASE_FAULT_H
#define STEPMILL_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef STEPMILL_FAULTS
bool fault(const char *name);
bool fault_lies(const char *name);
bool fault_mutated(const char *name);
int64_t fault_clock_us(bool boot);
int fault_number(const char *variable, int otherwise);
#define FAULT(name) fault(name)
#define FAULT_LIES(name) fault_lies(name)
#define MUTATED(name) fault_mutated(name)
#define FAULT_NUMBER(variable, otherwise) fault_number(variable, otherwise)
#else
#define FAULT(name) false
#define FAULT_LIES(name) false
#define MUTATED(name) false
#define FAULT_NUMBER(variable, otherwise) (otherwise)
#endif

/* For places where nothing is done that could fail. */
#define FAULT_PLACE(name) ((void)FAULT(name))

#endif
