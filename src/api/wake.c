/* See wake.h. */
#include "api/wake.h"

#include "base/arena.h"
#include "base/time.h"

#include <stdatomic.h>
#include <sys/mman.h>

#define SENDER_MAX_US ((int64_t)1000000) /* a sender that died is not waited for longer */
#define ALONE_US ((int64_t)2000)	 /* since the last run was made, by any worker */
#define ROUNDS_MAX 4			 /* so that nobody sends for the others for ever */

struct wake {
	atomic_int marked;	    /* something is to be told */
	_Atomic int64_t busy_until; /* boot clock: somebody sends; 0: nobody */
	_Atomic int64_t made;	    /* boot clock: when a run was made last */
};

struct wake *
wake_new(void)
{
	void *shared = mmap(NULL, sizeof(struct wake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		out_of_memory();
	return shared;
}

bool
wake_alone(struct wake *wake)
{
	int64_t now = boot_us();
	return now - atomic_exchange(&wake->made, now) >= ALONE_US;
}

void
wake_send(struct wake *wake, void (*send)(void *context), void *context)
{
	atomic_store(&wake->marked, 1);
	for (int round = 0; round < ROUNDS_MAX && atomic_load(&wake->marked); round++) {
		int64_t now = boot_us(), until = atomic_load(&wake->busy_until);
		if (until > now || !atomic_compare_exchange_strong(&wake->busy_until, &until, now + SENDER_MAX_US))
			return; /* the one who sends sees our mark when it is done */
		if (atomic_exchange(&wake->marked, 0))
			send(context);
		atomic_store(&wake->busy_until, 0);
	}
}
