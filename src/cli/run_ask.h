/* Asking something of a run: one request, and what is said when the server has taken it down. */
#ifndef STEPMILL_CLI_RUN_ASK_H
#define STEPMILL_CLI_RUN_ASK_H

#include "cli/remote.h"

struct run_ask {
	const char *method, *path; /* below /runs/RUN */
	const struct json *body;   /* NULL: none */
	const char *said;	   /* to people */
	bool watch;		   /* then the run is followed to its end instead */
};

/* The exit status: 0 taken down, 1 the server said no, 2 no connection. */
int run_ask(struct remote *remote, const char *run, const struct run_ask *ask);

#endif
