/*
 * How a watched run looks. On a terminal a tree that is drawn again in place, all of a picture in one write so that it
 * does not flicker; elsewhere a line for each thing that happens.
 */
#ifndef STEPMILL_CLI_VIEW_H
#define STEPMILL_CLI_VIEW_H

#include "cli/cli.h"
#include "cli/progress.h"

struct view {
	const struct cli *cli;
	bool tree; /* drawn in place on standard output; else lines on standard error */
	bool silent;
	unsigned lines;	  /* of the picture that stands there */
	bool hidden;	  /* the cursor */
	int64_t skew_us;  /* our clock minus the server's */
	const char *note; /* below the tree: "Reconnecting…"; NULL: none */
};

/* The picture as text, for a terminal of that size. Pure, for tests too. */
unsigned view_picture(const struct view *view, const struct progress *progress, int64_t now_us, size_t columns,
	size_t rows, struct buf *out);

void view_begin(struct view *view, const struct cli *cli, const struct progress *progress, bool silent);
void view_event(struct view *view, const struct progress *progress, const char *type, const struct progress_step *step);
void view_draw(struct view *view, const struct progress *progress);
void view_end(struct view *view, const struct progress *progress); /* the last picture stays */

const char *view_sign(enum mark mark); /* ✓ and its kind */

/* What a run gave: text as it is, else JSON. Harmless for a terminal when standard output is one. */
void view_output(const struct cli *cli, const struct json *output);

#endif
