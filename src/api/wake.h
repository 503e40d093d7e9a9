/*
 * Waking executors after a run was made: a NOTIFY in a transaction of its own. A notifying commit takes a lock of the whole database, so
 * workers combine: while one sends, the others only leave a mark, and the sender sends once more when it finds it. That is done when
 * the answer is out. Where runs are made now and then the NOTIFY goes with the creation (db_then) instead, and the executor is at work before the
 * answer is. Losing all of it costs a moment: executors look for themselves.
 */
#ifndef STEPMILL_API_WAKE_H
#define STEPMILL_API_WAKE_H

#include <stdbool.h>

struct wake;
struct wake *wake_new(void); /* in shared memory, before the fork */

/* Is a run made now and then? Asked before each is made. */
bool wake_alone(struct wake *wake);
/* Calls send(context) as often as there is something to tell, or leaves it to the worker that is at it. */
void wake_send(struct wake *wake, void (*send)(void *context), void *context);

#endif
