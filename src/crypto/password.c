/*
 * Passwords, and the slots that keep their 64 MiB from being taken by every worker at once. A slot is a robust mutex in
 * shared memory: when the process that holds it dies, the kernel hands it to the next one that asks.
 */
#include "crypto/password.h"

#include "base/time.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <sys/mman.h>
#include <time.h>

#define PASSES 2
#define MEMORY ((size_t)64 << 20)
#define PASSWORD_MAX 1024 /* bytes; nobody types more, and hashing it must not be free work */
#define SLOT_WAIT_US 1000000
#define SLOT_POLL_NS 5000000

/* Of a random password that nobody kept: what a stranger's attempt is compared with. */
static const char nobody[crypto_pwhash_STRBYTES] =
	"$argon2id$v=19$m=65536,t=2,p=1$PwQaOxkblr1LruQWQUsr3w$JPuW9A/zkmph7gNT1KA/L0FfVZjX0ttPTW3VHppwMgo";

bool
crypto_start(struct err *err)
{
	if (sodium_init() >= 0)
		return true;
	err_set(err, ERR_INTERNAL,
		"Cryptography is not available. The kernel gave no random numbers. Look at /dev/urandom.");
	return false;
}

bool
password_hash(struct arena *arena, struct str password, char **ret_hash, struct err *err)
{
	if (password.n == 0 || password.n > PASSWORD_MAX)
		return err_set(err, ERR_INVALID, "A password has 1 to %d bytes.", PASSWORD_MAX);
	char *hash = arena_alloc(arena, crypto_pwhash_STRBYTES);
	if (crypto_pwhash_str(hash, password.p, password.n, PASSES, MEMORY) == 0) {
		*ret_hash = hash;
		return true;
	}
	err_set(err, ERR_UNAVAILABLE, "The password could not be worked on. Memory ran short. Try again.");
	err_detail(err, "crypto_pwhash_str: no %zu bytes", MEMORY);
	return false;
}

bool
password_verify(const char *hash, struct str password)
{
	return hash && password.n <= PASSWORD_MAX && crypto_pwhash_str_verify(hash, password.p, password.n) == 0;
}

bool
password_verify_nobody(struct str password)
{
	password_verify(nobody, password);
	return false;
}

/* ---- slots ---- */

struct password_slots {
	int count; /* of slots; behind them stand the places to wait */
	int all;
	pthread_mutex_t slots[];
};

/* Which one this process holds: workers have one thread, and a slot is given back by who took it. */
static _Thread_local int held = -1;

struct password_slots *
password_slots_new(int count, int waiting)
{
	int all = count + waiting;
	size_t size = sizeof(struct password_slots) + (size_t)all * sizeof(pthread_mutex_t);
	pthread_mutexattr_t attributes;
	struct password_slots *slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED)
		out_of_memory();
	slots->count = count;
	slots->all = all;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	for (int i = 0; i < all; i++)
		if (pthread_mutex_init(&slots->slots[i], &attributes) != 0)
			out_of_memory();
	pthread_mutexattr_destroy(&attributes);
	return slots;
}

static bool
try_slot(struct password_slots *slots, int i)
{
	int outcome = pthread_mutex_trylock(&slots->slots[i]);
	if (outcome == EOWNERDEAD) /* nothing is kept under the lock that could be half done */
		outcome = pthread_mutex_consistent(&slots->slots[i]);
	return outcome == 0;
}

/* One of those from..to-1 that is free; -1: none is. */
static int
try_slots(struct password_slots *slots, int from, int to)
{
	for (int i = from; i < to; i++)
		if (try_slot(slots, i))
			return i;
	return -1;
}

bool
password_slot_take(struct password_slots *slots, struct err *err)
{
	assert(held < 0);
	held = try_slots(slots, 0, slots->count);
	int place = held < 0 ? try_slots(slots, slots->count, slots->all) : -1;
	if (place >= 0) {
		int64_t until = boot_us() + SLOT_WAIT_US;
		while (held < 0 && boot_us() < until) {
			nanosleep(&(struct timespec){.tv_nsec = SLOT_POLL_NS}, NULL);
			held = try_slots(slots, 0, slots->count);
		}
		pthread_mutex_unlock(&slots->slots[place]);
	}
	if (held >= 0)
		return true;
	err_set(err, ERR_RATE_LIMITED, "Too many people are signing in at this moment. Try again in a few seconds.");
	if (err)
		err->retry_after_seconds = 2;
	return false;
}

void
password_slot_give(struct password_slots *slots)
{
	if (held < 0)
		return;
	pthread_mutex_unlock(&slots->slots[held]);
	held = -1;
}
