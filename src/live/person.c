/* Listeners of themselves; see person.h. */
#include "live/person.h"

#include "live/frame.h"

#include <stdio.h>

#define STATEMENT 1 /* behind the guard */

void
person_ask(struct db_batch *batch)
{
	db_add(batch, DB_LIVE_PERSON);
}

void
person_take(struct listener *l, const struct db_batch *batch, struct buf *text)
{
	struct str mark;
	if (!db_value(batch, STATEMENT, 0, 1, &mark) || mark.n >= sizeof l->mark || str_is(mark, l->mark))
		return;
	snprintf(l->mark, sizeof l->mark, "%.*s", STR_ARG(mark));
	buf_add_z(text, FRAME_SESSION);
}
