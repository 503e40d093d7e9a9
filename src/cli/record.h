/* A test (fixture.h) made of a run that has ended, on standard output. */
#ifndef STEPMILL_CLI_RECORD_H
#define STEPMILL_CLI_RECORD_H

#include "cli/remote.h"

int record_run(struct remote *remote, const char *run); /* the exit status */

#endif
