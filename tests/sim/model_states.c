/* States as keys of a few words, the same for states that differ only in names. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

struct packer {
	struct key key;
	unsigned at;
	bool reading;
};

/* Inlined, so that places and widths are constants: this is where the time goes. */
static inline __attribute__((always_inline)) void
field(struct packer *p, uint8_t *value, unsigned bits)
{
	unsigned word = p->at / 64, shift = p->at % 64;
	if (shift + bits > 64)
		word++, shift = 0, p->at = word * 64;
	if (word >= WORDS)
		abort();
	if (p->reading)
		*value = (uint8_t)(p->key.w[word] >> shift & ((1u << bits) - 1));
	else
		p->key.w[word] |= (uint64_t)*value << shift;
	p->at += bits;
}

static inline __attribute__((always_inline)) void
transfer(struct packer *p, struct state *s)
{
#pragma GCC unroll 8
	for (int r = 0; r < RUNS; r++) {
		struct run *run = &s->run[r];
		field(p, &run->done, 3), field(p, &run->holder, 3), field(p, &run->lock, 3);
		field(p, &run->cancel, 2), field(p, &run->signal, 2), field(p, &run->asked, 2);
		field(p, &run->gone, 2), field(p, &run->pauses, 2), field(p, &run->asleep, 1);
	}
#pragma GCC unroll 8
	for (int i = 1; i <= INCARNATIONS; i++) {
		struct tx *t = &s->inc[i].tx;
		field(p, &s->inc[i].row, 1), field(p, &s->inc[i].lease, 1);
		field(p, &t->stage, 3), field(p, &t->fresh, 1), field(p, &t->claim, 2);
#pragma GCC unroll 8
		for (int r = 0; r < RUNS; r++) {
			struct part *part = &t->part[r];
			field(p, &part->from, 3), field(p, &part->to, 3), field(p, &part->release, 1);
			field(p, &part->verdict, 3), field(p, &part->seen, 3), field(p, &part->cancel, 1);
			field(p, &part->sleep, 1), field(p, &part->pause_to, 2), field(p, &part->keep, 1);
			field(p, &part->signal, 2), field(p, &part->pauses, 2);
		}
	}
#pragma GCC unroll 8
	for (int e = 0; e < EXECUTORS; e++) {
		struct executor *x = &s->ex[e];
		field(p, &x->me, 3), field(p, &x->lease, 1), field(p, &x->stopping, 1), field(p, &x->leaving, 1);
#pragma GCC unroll 8
		for (int r = 0; r < RUNS; r++) {
			struct held *h = &x->runs[r];
			field(p, &h->held, 1), field(p, &h->recorded, 3), field(p, &h->now, 3);
			field(p, &h->calling, 1), field(p, &h->cancel, 1), field(p, &h->pauses_recorded, 2);
			field(p, &h->pauses, 2), field(p, &h->signal, 1), field(p, &h->kept, 1);
		}
	}
	field(p, &s->faults, 2);
}

static struct key
pack(struct state *s)
{
	struct packer p = {0};
	transfer(&p, s);
	return p.key;
}

struct state
unpack(struct key key)
{
	struct packer p = {.key = key, .reading = true};
	struct state s = {0};
	transfer(&p, &s);
	return s;
}

bool
used(const struct state *s, int i)
{
	for (int e = 0; e < EXECUTORS; e++)
		if (s->ex[e].me == i)
			return true;
	for (int r = 0; r < RUNS; r++)
		if (s->run[r].holder == i || s->run[r].lock == i)
			return true;
	return s->inc[i].row || s->inc[i].tx.stage;
}

/* Executors and runs in the order asked for; incarnations numbered by who has them. */
static struct key
named(const struct state *s, int swap_executors, int swap_runs)
{
	struct state n = *s;
	uint8_t new_name[INCARNATIONS + 1] = {0}, next = 1;
	for (int e = 0; e < EXECUTORS; e++) {
		n.ex[e] = s->ex[e ^ swap_executors];
		if (n.ex[e].me)
			new_name[n.ex[e].me] = next++;
	}
	for (int pass = 0; pass < 2; pass++)
		for (int i = 1; i <= INCARNATIONS; i++)
			if (!new_name[i] && (pass || used(s, i)))
				new_name[i] = next++;
	for (int r = 0; r < RUNS; r++) {
		n.run[r] = s->run[r ^ swap_runs];
		n.run[r].holder = new_name[n.run[r].holder];
		n.run[r].lock = new_name[n.run[r].lock];
	}
	for (int e = 0; e < EXECUTORS; e++) {
		n.ex[e].me = new_name[n.ex[e].me];
		if (swap_runs) {
			struct held first = n.ex[e].runs[0];
			n.ex[e].runs[0] = n.ex[e].runs[1];
			n.ex[e].runs[1] = first;
		}
	}
	for (int i = 1; i <= INCARNATIONS; i++) {
		const struct tx *t = &s->inc[i].tx;
		struct incarnation *to = &n.inc[new_name[i]];
		*to = s->inc[i];
		for (int r = 0; r < RUNS; r++)
			to->tx.part[r] = t->part[r ^ swap_runs];
		if (t->claim)
			to->tx.claim = (uint8_t)((t->claim - 1) ^ swap_runs) + 1;
	}
	return pack(&n);
}

struct key
canonical(const struct state *s)
{
	struct key least = named(s, 0, 0);
	for (int k = 1; k < 4; k++) {
		struct key other = named(s, k & 1, k >> 1);
		if (memcmp(&other, &least, sizeof other) < 0)
			least = other;
	}
	return least;
}
