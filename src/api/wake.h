/*
 * Waking executors after a run was made: a NOTIFY in a transaction of its own, after the answer is out. A notifying
 * commit takes a lock of the whole database, so workers combine: while one sends, the others only leave a mark, and the
 * sender sends once more when it finds it. Losing all of it costs a moment: executors look for themselves.
 */
#ifndef STEPMILL_API_WAKE_H
#define STEPMILL_API_WAKE_H

#include <stdbool.h>

struct wake;
struct wake *wake_new(void); /* in shared memory, before the fork */

/* Calls send(context) as often as there is something to tell, or leaves it to the worker that is at it. */
void wake_send(struct wake *wake, void (*send)(void *context), void *context);

#endif
