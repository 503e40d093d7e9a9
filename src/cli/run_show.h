/* A run as it is now, on standard output. */
#ifndef STEPMILL_CLI_RUN_SHOW_H
#define STEPMILL_CLI_RUN_SHOW_H

#include "cli/remote.h"

int run_show(struct remote *remote, const char *run); /* the exit status */

#endif
