/*
 * Places where a test may make this process fail. FAULT("flush.before_commit") is nothing at all unless the program was
 * configured with --enable-faults. With it, STEPMILL_FAULT="name:action[:count]" acts at the count-th time the named place
 * is passed, and STEPMILL_FAULT_TRACE=FILE appends every place passed, one name a line, so that a test can count them first.
 *
 * Actions: kill (SIGKILL to ourselves), stop (SIGSTOP), delay=MS, error (fault() returns true: the caller does as if the
 * operation had failed), lie (fault_lies() returns true after the operation was done: the caller reports failure).
 */
#ifndef STEPMILL_BASE_FAULT_H
#define STEPMILL_BASE_FAULT_H

#include <stdbool.h>

#ifdef STEPMILL_FAULTS
bool fault(const char *name);
bool fault_lies(const char *name);
#define FAULT(name) fault(name)
#define FAULT_LIES(name) fault_lies(name)
#else
#define FAULT(name) false
#define FAULT_LIES(name) false
#endif

#endif
