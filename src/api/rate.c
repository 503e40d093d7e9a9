/* See rate.h. */
#include "api/rate.h"

#include "base/arena.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define MINUTE_US ((int64_t)60 * 1000000)
#define SETS 8192 /* of WAYS places each */
#define WAYS 4

struct bucket {
	_Atomic uint64_t whose;
	_Atomic int64_t full_us; /* boot clock: when it is full again */
};

/* Whose a token is, both hashed. The token's half is written xored with the other: two workers who write at the same time
 * leave a place that nobody recognizes, never one that says something wrong. */
struct known {
	_Atomic uint64_t token, person;
};

struct rate {
	long per_minute[RATE_CLASSES];
	long address_factor;
	unsigned char key[crypto_shorthash_KEYBYTES]; /* nobody can choose whom to share a place with */
	struct bucket buckets[SETS][WAYS];
	struct known known[SETS][WAYS];
};

struct rate *
rate_new(const long per_minute[RATE_CLASSES], long address_factor)
{
	struct rate *rate = mmap(NULL, sizeof *rate, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rate == MAP_FAILED)
		out_of_memory();
	memcpy(rate->per_minute, per_minute, sizeof rate->per_minute);
	rate->address_factor = address_factor;
	crypto_shorthash_keygen(rate->key);
	return rate;
}

/* The subject's own place, or the one that is nearest to being full. Two that take the same place at once share it for
 * a while: the table counts, it does not account. */
static struct bucket *
find_bucket(struct rate *rate, uint64_t whose)
{
	struct bucket *set = rate->buckets[whose % SETS], *oldest = set;
	for (int i = 0; i < WAYS; i++) {
		if (atomic_load(&set[i].whose) == whose)
			return &set[i];
		if (atomic_load(&set[i].full_us) < atomic_load(&oldest->full_us))
			oldest = &set[i];
	}
	atomic_store(&oldest->full_us, 0);
	atomic_store(&oldest->whose, whose);
	return oldest;
}

/* Microseconds to wait; 0: it was taken. */
static int64_t
take(struct rate *rate, uint64_t whose, int64_t per_minute, int64_t now_us)
{
	struct bucket *bucket = find_bucket(rate, whose);
	int64_t each = MINUTE_US / per_minute > 0 ? MINUTE_US / per_minute : 1, full = atomic_load(&bucket->full_us),
		next;
	do {
		next = (full > now_us ? full : now_us) + each;
		if (next - now_us > each * per_minute)
			return next - now_us - each * per_minute;
	} while (!atomic_compare_exchange_weak(&bucket->full_us, &full, next));
	return 0;
}

/* The kind keeps a token from sharing with an address, and each class with the others; never 0, which is nobody. A person is
 * hashed twice, so that the table of what is known serves all classes. */
static uint64_t
hash(const struct rate *rate, enum rate_class of, char kind, struct str subject)
{
	unsigned char text[128] = {(unsigned char)of, (unsigned char)kind};
	uint64_t out;
	size_t n = subject.n < sizeof text - 2 ? subject.n : sizeof text - 2;
	memcpy(text + 2, subject.p, n);
	crypto_shorthash((unsigned char *)&out, text, n + 2, rate->key);
	return out ? out : 1;
}

static uint64_t
hash_person(const struct rate *rate, struct id person)
{
	return hash(rate, RATE_NONE, 'p', (struct str){(const char *)person.b, sizeof person.b});
}

/* Whose the token is; NULL: not known. */
static struct known *
find_known(struct rate *rate, uint64_t token, uint64_t *ret_person)
{
	for (int i = 0; i < WAYS; i++) {
		struct known *known = &rate->known[token % SETS][i];
		uint64_t person = atomic_load(&known->person);
		if (person != 0 && (atomic_load(&known->token) ^ person) == token) {
			*ret_person = person;
			return known;
		}
	}
	return NULL;
}

/* What counts together: the person, where the token is known. */
static uint64_t
hash_who(struct rate *rate, enum rate_class of, struct str token)
{
	uint64_t person;
	if (!find_known(rate, hash(rate, RATE_NONE, 't', token), &person))
		return hash(rate, of, 'w', token);
	return hash(rate, of, 'p', (struct str){(const char *)&person, sizeof person});
}

/* The address as what counts together: 64 bits of an IPv6 address, all of another. */
static struct str
network(struct str address, unsigned char room[sizeof(struct in6_addr)])
{
	char text[INET6_ADDRSTRLEN];
	if (address.n == 0 || address.n >= sizeof text)
		return address;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	struct in6_addr six;
	if (inet_pton(AF_INET6, text, &six) != 1)
		return address;
	memcpy(room, &six, sizeof six);
	return IN6_IS_ADDR_V4MAPPED(&six) ? (struct str){(const char *)room, sizeof six}
					  : (struct str){(const char *)room, sizeof six / 2};
}

bool
rate_take(struct rate *rate, enum rate_class of, struct str token, struct str address, int64_t now_us,
	int *ret_wait_seconds)
{
	int64_t limit = rate->per_minute[of], wait = 0;
	unsigned char room[sizeof(struct in6_addr)];
	if (of == RATE_NONE || limit == 0)
		return true;
	if (address.n > 0)
		wait = take(rate, hash(rate, of, 'a', network(address, room)), limit * rate->address_factor, now_us);
	if (wait == 0 && token.n > 0)
		wait = take(rate, hash_who(rate, of, token), limit, now_us);
	*ret_wait_seconds = (int)((wait + 999999) / 1000000);
	return wait == 0;
}

void
rate_learn(struct rate *rate, enum rate_class of, struct str token, struct id person, int64_t now_us)
{
	uint64_t key = hash(rate, RATE_NONE, 't', token), whose = hash_person(rate, person), before;
	struct known *place = find_known(rate, key, &before);
	if (place && before == whose)
		return;
	/* A free place, or one by chance. */
	for (int i = 0; i < WAYS && !place; i++)
		if (atomic_load(&rate->known[key % SETS][i].person) == 0)
			place = &rate->known[key % SETS][i];
	if (!place)
		place = &rate->known[key % SETS][(key >> 32) % WAYS];
	atomic_store(&place->person, 0);
	atomic_store(&place->token, key ^ whose);
	atomic_store(&place->person, whose);
	int64_t limit = rate->per_minute[of];
	if (of != RATE_NONE && limit > 0)
		(void)take(rate, hash_who(rate, of, token), limit, now_us);
}

void
rate_forget(struct rate *rate, struct str token)
{
	uint64_t person;
	struct known *known = find_known(rate, hash(rate, RATE_NONE, 't', token), &person);
	if (known)
		atomic_store(&known->person, 0);
}
