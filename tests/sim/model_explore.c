/* All states, breadth first, so that the way to the first one that is wrong is a shortest. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

static int runs = RUNS, steps = LAST / 2;

static struct {
	struct key *keys;
	uint32_t *parents;
	uint32_t count, room;
	uint32_t *table; /* index + 1 */
	uint32_t mask;
	uint32_t *edges; /* successors by steps, of all states one after the other */
	uint64_t *edges_from;
	uint64_t edge_count, edge_room, ways;
	uint32_t at; /* whose successors are being looked for */
	bool broken;
} seen;

static void *
grown(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p) {
		fprintf(stderr, "model: out of memory\n");
		exit(2);
	}
	return p;
}

static uint32_t
slot_of(struct key key)
{
	static const uint64_t odd[WORDS] = {0x9e3779b97f4a7c15u, 0xc2b2ae3d27d4eb4fu, 0x165667b19e3779f9u,
		0xd6e8feb86659fd93u, 0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu};
	uint64_t h = 0;
	for (int i = 0; i < WORDS; i++)
		h ^= key.w[i] * odd[i];
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9u;
	return (uint32_t)(h >> 32) & seen.mask;
}

static uint32_t *
place_of(struct key key)
{
	uint32_t slot = slot_of(key);
	while (seen.table[slot] && memcmp(&seen.keys[seen.table[slot] - 1], &key, sizeof key) != 0)
		slot = (slot + 1) & seen.mask;
	return &seen.table[slot];
}

static void
make_room(void)
{
	if (seen.count < seen.room)
		return;
	seen.room = seen.room ? seen.room * 2 : 1u << 16;
	seen.keys = grown(seen.keys, seen.room * sizeof *seen.keys);
	seen.parents = grown(seen.parents, seen.room * sizeof *seen.parents);
	seen.edges_from = grown(seen.edges_from, (seen.room + 1) * sizeof *seen.edges_from);
	seen.mask = seen.room * 2 - 1;
	seen.table = grown(seen.table, (size_t)seen.room * 2 * sizeof *seen.table);
	memset(seen.table, 0, (size_t)seen.room * 2 * sizeof *seen.table);
	for (uint32_t i = 0; i < seen.count; i++)
		*place_of(seen.keys[i]) = i + 1;
}

static uint32_t
add(const struct state *s)
{
	struct key key = canonical(s);
	make_room();
	uint32_t *place = place_of(key);
	if (!*place) {
		seen.keys[seen.count] = key;
		seen.parents[seen.count] = seen.at;
		*place = ++seen.count;
	}
	return *place - 1;
}

/* When a trace is told: the successor that is looked for. */
static struct {
	struct key key;
	struct state state;
	char told[160], wrong_text[160];
	bool found, wrong;
} sought;

void
found(struct state *next, enum why why)
{
	next->faults = (uint8_t)(next->faults + (why == FAULT));
	if (telling) {
		struct key key = canonical(next);
		bool right = sought.wrong ? violation[0] != '\0' : memcmp(&key, &sought.key, sizeof key) == 0;
		if (right && !sought.found) {
			sought.found = true;
			sought.state = *next;
			memcpy(sought.told, told, sizeof told);
			memcpy(sought.wrong_text, violation, sizeof violation);
		}
		violation[0] = '\0';
		return;
	}
	seen.ways++;
	if (violation[0]) {
		seen.broken = true;
		return;
	}
	uint32_t to = add(next);
	if (why != STEP)
		return;
	if (seen.edge_count == seen.edge_room) {
		seen.edge_room = seen.edge_room ? seen.edge_room * 2 : 1u << 18;
		seen.edges = grown(seen.edges, seen.edge_room * sizeof *seen.edges);
	}
	seen.edges[seen.edge_count++] = to;
}

/* The shortest way to `last`, in the names of one concrete history, and the step that broke something. */
static void
tell(uint32_t last, bool wrong)
{
	uint32_t length = 0, *path = grown(NULL, (seen.count + 1) * sizeof *path);
	for (uint32_t i = last; i; i = seen.parents[i])
		path[length++] = i;
	struct state s = unpack(seen.keys[0]);
	unsigned n = 0;
	telling = true;
	while (length || wrong) {
		sought.found = false;
		sought.wrong = length == 0;
		wrong = length > 0 && wrong;
		if (length)
			sought.key = seen.keys[path[--length]];
		violation[0] = '\0';
		everything(&s);
		s = sought.state;
		printf("  %2u %s\n", ++n, sought.found ? sought.told : "(no such step)");
	}
	telling = false;
	check(&s);
	if (violation[0])
		memcpy(sought.wrong_text, violation, sizeof violation);
	printf("VIOLATION: %s.\n",
		sought.wrong_text[0] ? sought.wrong_text : "a run cannot come to its end any more, whatever is done");
	free(path);
}

static bool
ended(const struct state *s)
{
	for (int r = 0; r < RUNS; r++)
		if (s->run[r].done < LAST)
			return false;
	return true;
}

/* From where the end can be reached without another fault; the first state from where it cannot, or 0. */
static uint32_t
stuck(void)
{
	uint8_t *can = calloc(seen.count, 1);
	bool more = true;
	uint32_t first = 0;
	if (!can)
		exit(2);
	for (uint32_t i = 0; i < seen.count; i++) {
		struct state s = unpack(seen.keys[i]);
		can[i] = ended(&s);
	}
	while (more) {
		more = false;
		for (uint32_t i = seen.count; i-- > 0;)
			for (uint64_t e = seen.edges_from[i]; !can[i] && e < seen.edges_from[i + 1]; e++)
				if (can[seen.edges[e]])
					can[i] = 1, more = true;
	}
	for (uint32_t i = 0; i < seen.count && !first; i++)
		if (!can[i])
			first = i;
	free(can);
	return first;
}

static int
explore(void)
{
	struct state first = {0};
	waiting = !(asks & ASK_SIGNAL) ? 0 : steps > 1 ? 3 : LAST - 1;
	for (int r = 0; r < RUNS; r++) /* runs that are not wanted have ended, steps that are not wanted are done */
		first.run[r].done = (uint8_t)(r < runs ? LAST - 2 * steps : LAST);
	add(&first);
	for (seen.at = 0; seen.at < seen.count; seen.at++) {
		struct state s = unpack(seen.keys[seen.at]);
		seen.edges_from[seen.at] = seen.edge_count;
		check(&s);
		if (violation[0]) {
			tell(seen.at, false);
			return 1;
		}
		everything(&s);
		if (seen.broken) {
			tell(seen.at, true);
			return 1;
		}
	}
	seen.edges_from[seen.count] = seen.edge_count;
	uint32_t dead = stuck();
	if (dead) {
		tell(dead, false);
		return 1;
	}
	printf("%u states, %llu ways between them; %d executors, %d runs of %d steps, at most %d faults: every "
	       "invariant holds, and "
	       "every run can always end\n",
		seen.count, (unsigned long long)seen.ways, EXECUTORS, runs, steps, faults_max);
	return 0;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--list") == 0) {
			for (int g = 0; g < GUARDS; g++)
				puts(guard_names[g]);
			return 0;
		}
		if (strcmp(argv[i], "--faults") == 0 && i + 1 < argc) {
			faults_max = atoi(argv[++i]);
		} else if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc) {
			runs = atoi(argv[++i]);
		} else if (strcmp(argv[i], "--steps") == 0 && i + 1 < argc) {
			steps = atoi(argv[++i]);
		} else if (strcmp(argv[i], "--asks") == 0 && i + 1 < argc) {
			i++;
			asks = (strstr(argv[i], "cancel") ? ASK_CANCEL : 0) |
			       (strstr(argv[i], "signal") ? ASK_SIGNAL : 0) |
			       (strstr(argv[i], "pause") ? ASK_PAUSE : 0);
		} else if (strcmp(argv[i], "--without") == 0 && i + 1 < argc) {
			i++;
			for (int g = 0; g < GUARDS; g++)
				if (strcmp(argv[i], guard_names[g]) == 0)
					without = g;
			if (without < 0) {
				fprintf(stderr, "model: there is no guard \"%s\".\n", argv[i]);
				return 2;
			}
		} else {
			fprintf(stderr, "model: \"%s\" is not an option, or its value is missing.\n", argv[i]);
			return 2;
		}
	}
	if (faults_max < 0 || faults_max > FAULTS_MAX || runs < 1 || runs > RUNS || steps < 1 || steps > LAST / 2) {
		fprintf(stderr, "model: --faults is 0 to %d, --runs 1 to %d, --steps 1 to %d.\n", FAULTS_MAX, RUNS,
			LAST / 2);
		return 2;
	}
	return explore();
}
