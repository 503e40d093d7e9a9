/*
 * Large texts on their way to the database: an input or output over OUTPUT_INLINE_MAX is written to the table blob in
 * parts of about 1 MB, a few a batch, so that no batch takes long and the lease is renewed in between. The change that
 * names the blob is flushed when all of them are committed.
 *
 *	struct parts_place place;
 *	for (parts_begin(first, &place); place.change;) {
 *		struct parts_place next = place;
 *		parts_write(flush, run, &next, room);      // place = next when the batch is committed
 *	}
 */
#ifndef STEPMILL_STORE_PARTS_H
#define STEPMILL_STORE_PARTS_H

#include "store/flush.h"

#define PART_MAX ((size_t)1 << 20)
#define OUTPUT_MAX ((size_t)64 << 20) /* of one step, as JSON text */
#define INPUT_MAX ((size_t)80 << 20)

/* The text of a change that goes to blob. */
bool change_large(const struct change *change, struct str *ret_text);
/* The blob's id: the same for the same attempt of the same run, whoever writes it. A fork has copies under their old ids. */
struct id change_blob(const struct change *change, struct id run);

struct parts_place {
	const struct change *change; /* NULL: everything is written */
	size_t offset;
	int64_t part;
};

void parts_begin(const struct change *first, struct parts_place *ret_place);
size_t parts_left(const struct parts_place *place); /* bytes */
/* Moves the place on by about `room` bytes, at least by one part. */
void parts_write(struct flush *flush, unsigned run, struct parts_place *place, size_t room);

/* The first part of a text: at most `max` bytes, and no character cut in two. */
size_t part_length(struct str text, size_t max);

#endif
