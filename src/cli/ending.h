/*
 * Being asked to end (Ctrl-C, SIGTERM, SIGHUP) while something has to be put away first. While it is held back the signals wait, and whoever waits for
 * something else looks at the descriptor as well; when it is let go again they do what they do otherwise.
 *
 *	int fd = ending_hold();
 *	…poll() for fd too; stop when ending_asked(); put away…
 *	ending_let_go();
 */
#ifndef STEPMILL_CLI_ENDING_H
#define STEPMILL_CLI_ENDING_H

#include <stdbool.h>

int ending_hold(void);	 /* readable when an end is asked for; stays open, and is not to be read */
bool ending_asked(void); /* … while it is held back */
void ending_let_go(void);
/* From now on an end that is not held back is the end of a command that has done its work: status 0. */
void ending_is_usual(void);

#endif
