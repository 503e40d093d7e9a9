/*
 * Follows a run to its end: by the stream of its events, and by asking once a second while the stream cannot be had.
 * Every event is seen once and in order, whatever breaks in between.
 */
#ifndef STEPMILL_CLI_WATCH_H
#define STEPMILL_CLI_WATCH_H

#include "cli/client.h"

/*
 * Exit status by how the run ended; 130 when Ctrl-C stopped the watching, which the run does not notice. With `json`
 * nothing is shown but the run at its end.
 */
int watch_run(struct cli *cli, struct client *client, const char *run, bool json);

/* Prints what a run has given, all of it; the exit status. */
int watch_output(struct cli *cli, struct client *client, const struct json *run);

int watch_status(const char *status); /* the exit status of a run that has ended so */

#endif
