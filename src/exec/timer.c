/* The heap of timers: each knows its place in it, so that any of them can be taken out. */
#include "exec/timer.h"

#include "base/arena.h"

#include <stdlib.h>

void
timers_release(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){0};
}

static void
put(struct timers *timers, size_t place, struct timer *timer)
{
	timers->heap[place] = timer;
	timer->place = place;
}

static void
sift_up(struct timers *timers, size_t place, struct timer *timer)
{
	while (place > 1 && timers->heap[place / 2]->at_us > timer->at_us) {
		put(timers, place, timers->heap[place / 2]);
		place /= 2;
	}
	put(timers, place, timer);
}

static void
sift_down(struct timers *timers, size_t place, struct timer *timer)
{
	for (;;) {
		size_t child = place * 2;
		if (child > timers->count)
			break;
		if (child < timers->count && timers->heap[child + 1]->at_us < timers->heap[child]->at_us)
			child++;
		if (timers->heap[child]->at_us >= timer->at_us)
			break;
		put(timers, place, timers->heap[child]);
		place = child;
	}
	put(timers, place, timer);
}

void
timer_clear(struct timers *timers, struct timer *timer)
{
	size_t place = timer->place;
	if (place == 0)
		return;
	timer->place = 0;
	struct timer *last = timers->heap[timers->count--];
	if (last == timer)
		return;
	if (place > 1 && timers->heap[place / 2]->at_us > last->at_us)
		sift_up(timers, place, last);
	else
		sift_down(timers, place, last);
}

void
timer_set(struct timers *timers, struct timer *timer, int64_t at_us, void (*then)(void *), void *what)
{
	timer_clear(timers, timer);
	if (timers->count + 1 >= timers->room) {
		size_t room = timers->room > 0 ? timers->room * 2 : 64;
		struct timer **heap = realloc(timers->heap, room * sizeof(struct timer *));
		if (!heap)
			out_of_memory();
		timers->heap = heap;
		timers->room = room;
	}
	timer->at_us = at_us;
	timer->then = then;
	timer->what = what;
	sift_up(timers, ++timers->count, timer);
}

bool
timers_next(const struct timers *timers, int64_t *ret_at_us)
{
	if (timers->count == 0)
		return false;
	*ret_at_us = timers->heap[1]->at_us;
	return true;
}

/* A timer that sets itself again, due at once, must not keep the loop from its sockets: at most as many as there were. */
unsigned
timers_fire(struct timers *timers, int64_t now_us)
{
	unsigned fired = 0;
	for (size_t left = timers->count; left > 0 && timers->count > 0; left--) {
		struct timer *timer = timers->heap[1];
		if (timer->at_us > now_us)
			break;
		timer_clear(timers, timer);
		timer->then(timer->what);
		fired++;
	}
	return fired;
}
