/* The counter; see memory.h. */
#include "base/memory.h"

static _Thread_local size_t held;

size_t
memory_held(void)
{
	return held;
}

void
memory_taken(size_t bytes)
{
	held += bytes;
}

void
memory_given(size_t bytes)
{
	held -= bytes;
}
