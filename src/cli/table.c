/* Rows in columns; see table.h. */
#include "cli/table.h"

#include "cli/format.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define GAP 2
#define CUT_LEAST 12

void
table_init(struct table *table, struct arena *arena, const char *const *heads, unsigned cut)
{
	*table = (struct table){.arena = arena, .heads = heads, .cut = cut};
	while (heads[table->columns])
		table->columns++;
}

void
table_row(struct table *table, const char *const *cells)
{
	if (table->count + table->columns > table->room) {
		unsigned room = table->room * 2 + 32 * table->columns;
		const char **more = arena_array(table->arena, room, sizeof *more);
		for (unsigned i = 0; i < table->count; i++)
			more[i] = table->cells[i];
		table->cells = more;
		table->room = room;
	}
	for (unsigned i = 0; i < table->columns; i++) {
		struct buf safe;
		buf_init(&safe, (size_t)1 << 20);
		format_safe(&safe, str_of(cells[i] ? cells[i] : "—"), false);
		table->cells[table->count++] = arena_strz(table->arena, buf_str(&safe));
		buf_release(&safe);
	}
}

static void
print_row(const struct table *table, const char *const *cells, const size_t *widths, bool fit)
{
	for (unsigned i = 0; i < table->columns; i++) {
		struct str text = str_of(cells[i]);
		if (fit && i == table->cut)
			text = format_fit(table->arena, text, widths[i], false);
		size_t left = widths[i] - (format_width(text) < widths[i] ? format_width(text) : widths[i]);
		bool last = i + 1 == table->columns;
		printf("%.*s%*s", STR_ARG(text), last ? 0 : (int)(left + GAP), "");
	}
	putchar('\n');
}

void
table_print(const struct table *table, const struct cli *cli)
{
	size_t widths[TABLE_COLUMNS_MAX] = {0}, all = 0;
	for (unsigned i = 0; i < table->columns; i++) {
		widths[i] = format_width(str_of(table->heads[i]));
		for (unsigned at = i; at < table->count; at += table->columns) {
			size_t n = format_width(str_of(table->cells[at]));
			widths[i] = n > widths[i] ? n : widths[i];
		}
		all += widths[i] + (i > 0 ? GAP : 0);
	}
	struct winsize size = {0};
	bool fit = cli->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
	if (fit && all >= size.ws_col) {
		size_t over = all + 1 - size.ws_col, *width = &widths[table->cut];
		*width = *width > over + CUT_LEAST ? *width - over : *width < CUT_LEAST ? *width : CUT_LEAST;
	}
	if (cli->color)
		fputs("\033[2m", stdout);
	print_row(table, table->heads, widths, false);
	if (cli->color)
		fputs("\033[0m", stdout);
	for (unsigned at = 0; at < table->count; at += table->columns)
		print_row(table, table->cells + at, widths, fit);
}
