/*
 * A listener of itself: somebody's browser, which is told that what its session is shown (who one is, where one belongs and as what) has
 * changed, and reads that from the API. Of it there is a number to compare here, and nothing else: stepmill-live does not see people. One
 * that comes is told first, because something may have changed since it read.
 */
#ifndef STEPMILL_LIVE_PERSON_H
#define STEPMILL_LIVE_PERSON_H

#include "live/live.h"

/* Adds the statement after the guard's; and puts into `text` what is to be said of its answer. */
void person_ask(struct db_batch *batch);
void person_take(struct listener *listener, const struct db_batch *batch, struct buf *text);

#endif
