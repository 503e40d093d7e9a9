/* Pictures of a run; see view.h. */
#include "cli/view.h"

#include "base/time.h"
#include "cli/format.h"
#include "json/writer.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PICTURE_MAX ((size_t)1 << 20)
#define NAME_COLUMNS 36
#define BAR_COLUMNS 24

static const struct {
	const char *sign, *color, *word;
} marks[] = {
	[MARK_PENDING] = {"○", "\033[2m", "pending"},
	[MARK_RUNNING] = {"▸", "\033[1m", "running"},
	[MARK_WAITING] = {"⧗", "\033[33m", "waiting"},
	[MARK_COMPLETED] = {"✓", "", "completed"},
	[MARK_FAILED] = {"✕", "\033[31m", "failed"},
	[MARK_SKIPPED] = {"–", "\033[2m", "skipped"},
	[MARK_CANCELLED] = {"⊘", "\033[33m", "cancelled"},
};

/* ---- pieces ---- */

static void
paint(const struct view *view, struct buf *out, const char *color, const char *text)
{
	if (view->cli->color && *color)
		buf_printf(out, "%s%s\033[0m", color, text);
	else
		buf_add_z(out, text);
}

static void
end_line(const struct view *view, struct buf *out, unsigned *lines)
{
	buf_add_z(out, view->tree ? "\033[K\n" : "\n");
	(*lines)++;
}

/* Safe for a terminal, on one line, and no wider than `columns`. */
static struct str
fitted(struct arena *arena, struct str text, size_t columns, bool tail)
{
	struct buf safe;
	buf_init(&safe, PICTURE_MAX);
	format_safe(&safe, text, false);
	struct str copy = arena_str(arena, buf_str(&safe));
	buf_release(&safe);
	return format_fit(arena, copy, columns, tail);
}

/* "1.2 s · 1,240 tokens · $0.043" */
static const char *
figures(struct arena *arena, const struct view *view, const struct progress_step *step, int64_t now_us)
{
	const char *text = "";
	if (step->mark == MARK_PENDING)
		return text;
	if (step->duration_ms >= 0)
		text = format_duration(arena, step->duration_ms);
	else if (step->started_us > 0)
		text = format_elapsed(arena, (now_us - view->skew_us - step->started_us) / 1000);
	int64_t tokens = step->tokens_in + step->tokens_out;
	if (tokens > 0)
		text = arena_printf(arena, "%s · %s tokens", text, format_count(arena, tokens));
	else if (step->mark == MARK_RUNNING && step->characters > 0)
		text = arena_printf(arena, "%s · ≈%s tokens", text, format_count(arena, (step->characters + 3) / 4));
	if (step->mark == MARK_COMPLETED)
		text = arena_printf(arena, "%s · %s", text,
			step->cost_nano < 0 ? "cost unknown" : format_money(arena, step->cost_nano));
	if (step->attempt > 1)
		text = arena_printf(arena, "%s · attempt %lld", text, (long long)step->attempt);
	return text;
}

static void
draw_step(const struct view *view, struct arena *arena, const struct progress_step *step, size_t name_columns,
	int64_t now_us, size_t columns, struct buf *out, unsigned *lines)
{
	struct str name = fitted(arena, str_of(step->name), name_columns, false);
	paint(view, out, marks[step->mark].color, marks[step->mark].sign);
	buf_add_char(out, ' ');
	paint(view, out, step->mark == MARK_PENDING ? "\033[2m" : "", arena_strz(arena, name));
	const char *facts = figures(arena, view, step, now_us);
	size_t used = 2 + name_columns + 2;
	if (*facts && used + 8 < columns) {
		buf_printf(out, "%*s", (int)(name_columns - format_width(name) + 2), "");
		paint(view, out, "\033[2m", arena_strz(arena, fitted(arena, str_of(facts), columns - used, false)));
	}
	end_line(view, out, lines);
	struct str under = {"", 0};
	if (step->mark == MARK_RUNNING && step->tail.n > 0)
		under = fitted(arena, buf_str(&step->tail), columns - 4, true);
	else if (step->mark == MARK_FAILED && step->error)
		under = fitted(arena, str_of(step->error), columns - 4, false);
	if (under.n == 0)
		return;
	buf_add_z(out, "  ");
	paint(view, out, step->mark == MARK_FAILED ? "\033[31m" : "\033[2m", arena_strz(arena, under));
	end_line(view, out, lines);
}

/* "━━━━━━────── 2 of 3 · 4 s" */
static void
draw_bar(const struct view *view, struct arena *arena, const struct progress *p, int64_t now_us, size_t columns,
	struct buf *out, unsigned *lines)
{
	unsigned done = progress_done(p), filled = p->count ? done * BAR_COLUMNS / p->count : 0;
	struct buf bar;
	buf_init(&bar, 1024);
	if (columns > BAR_COLUMNS + 24) {
		for (unsigned i = 0; i < BAR_COLUMNS; i++)
			buf_add_z(&bar, i < filled ? "━" : "─");
		buf_add_z(&bar, "  ");
	}
	int64_t end_us = p->ended_us ? p->ended_us : now_us - view->skew_us;
	int64_t ms = p->created_us ? (end_us - p->created_us) / 1000 : 0;
	buf_printf(&bar, "%u of %u · %s", done, p->count,
		p->ended_us ? format_duration(arena, ms) : format_elapsed(arena, ms));
	if (progress_ended(p))
		buf_printf(&bar, " · %s", p->status);
	if (view->note)
		buf_printf(&bar, " · %s", view->note);
	struct str text = fitted(arena, buf_str(&bar), columns, false);
	paint(view, out, strcmp(p->status, "failed") == 0 ? "\033[31m" : "", arena_strz(arena, text));
	buf_release(&bar);
	end_line(view, out, lines);
}

/* ---- the picture ---- */

/* Which steps fit: those around the first that is not over. Each may take two lines. */
static void
window(const struct progress *p, size_t rows, unsigned *ret_first, unsigned *ret_end)
{
	unsigned room = rows > 10 ? (unsigned)rows - 6 : 4, current = 0;
	*ret_first = 0;
	*ret_end = p->count;
	if (p->count <= room)
		return;
	while (current < p->count && p->steps[current].mark >= MARK_COMPLETED)
		current++;
	*ret_first = current > room / 2 ? current - room / 2 : 0;
	if (*ret_first + room > p->count)
		*ret_first = p->count - room;
	*ret_end = *ret_first + room;
}

unsigned
view_picture(
	const struct view *view, const struct progress *p, int64_t now_us, size_t columns, size_t rows, struct buf *out)
{
	struct arena *arena = arena_new();
	unsigned lines = 0, first, end;
	/* Nothing is written into the last column: some terminals would go to the next line. */
	columns = columns > 20 ? columns - 1 : 20;
	paint(view, out, "\033[1m", arena_strz(arena, fitted(arena, str_of(p->name), columns, false)));
	end_line(view, out, &lines);
	window(p, rows, &first, &end);
	size_t name_columns = 0;
	for (unsigned i = 0; i < p->count; i++) {
		size_t n = format_width(str_of(p->steps[i].name));
		name_columns = n > name_columns ? n : name_columns;
	}
	size_t most = columns > 2 * NAME_COLUMNS ? NAME_COLUMNS : columns / 2;
	name_columns = name_columns > most ? most : name_columns;
	if (first > 0) {
		paint(view, out, "\033[2m", arena_printf(arena, "  %u before", first));
		end_line(view, out, &lines);
	}
	for (unsigned i = first; i < end; i++)
		draw_step(view, arena, &p->steps[i], name_columns, now_us, columns, out, &lines);
	if (end < p->count) {
		paint(view, out, "\033[2m", arena_printf(arena, "  %u more", p->count - end));
		end_line(view, out, &lines);
	}
	draw_bar(view, arena, p, now_us, columns, out, &lines);
	arena_free(arena);
	return lines;
}

/* ---- the terminal ---- */

static void
write_all(int fd, struct str text)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);
		if (n <= 0)
			return;
		text = (struct str){text.p + n, text.n - (size_t)n};
	}
}

void
view_draw(struct view *view, const struct progress *p)
{
	if (!view->tree || view->silent)
		return;
	struct winsize size = {0};
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	struct buf out;
	buf_init(&out, PICTURE_MAX);
	/* Terminals that know 2026 show all of it at once; the others ignore it. */
	buf_add_z(&out, "\033[?2026h");
	if (!view->hidden)
		buf_add_z(&out, "\033[?25l");
	view->hidden = true;
	if (view->lines > 0)
		buf_printf(&out, "\033[%uA\r", view->lines);
	view->lines = view_picture(view, p, wall_us(), size.ws_col, size.ws_row, &out);
	buf_add_z(&out, "\033[J\033[?2026l");
	fflush(stdout);
	write_all(STDOUT_FILENO, buf_str(&out));
	buf_release(&out);
}

/* For people who read a log: no cursor, no colour, a line when something has happened. */
static void
say(const struct view *view, const char *sign, const char *name, const char *facts)
{
	struct buf out;
	buf_init(&out, PICTURE_MAX);
	buf_printf(&out, "%s ", sign);
	format_safe(&out, str_of(name), false);
	if (facts && *facts) {
		buf_add_z(&out, "  ");
		format_safe(&out, str_of(facts), false);
	}
	buf_add_char(&out, '\n');
	if (!view->silent)
		write_all(STDERR_FILENO, buf_str(&out));
	buf_release(&out);
}

/* "✓ 2 of 3  Summarise  1.9 s · 216 tokens" */
static void
say_step(const struct view *view, const struct progress *p, const struct progress_step *step)
{
	struct arena *arena = arena_new();
	const char *facts = step->mark == MARK_RUNNING ? "" : figures(arena, view, step, wall_us());
	if (step->mark == MARK_FAILED && step->error)
		facts = arena_printf(arena, "%s · %s", facts, step->error);
	say(view, marks[step->mark].sign,
		arena_printf(arena, "%u of %u  %s", (unsigned)(step - p->steps) + 1, p->count, step->name), facts);
	arena_free(arena);
}

void
view_begin(struct view *view, const struct cli *cli, const struct progress *p, bool silent)
{
	const char *term = getenv("TERM");
	*view = (struct view){.cli = cli, .silent = silent};
	view->tree = cli->terminal && !(term && strcmp(term, "dumb") == 0);
	if (view->tree) {
		view_draw(view, p);
		return;
	}
	say(view, marks[progress_mark(p->status)].sign, p->name, p->id);
	for (unsigned i = 0; i < p->count; i++)
		if (p->steps[i].mark != MARK_PENDING)
			say_step(view, p, &p->steps[i]);
}

void
view_event(struct view *view, const struct progress *p, const char *type, const struct progress_step *step)
{
	if (!view->tree && !view->silent && step && strcmp(type, "step.output") != 0)
		say_step(view, p, step);
}

void
view_end(struct view *view, const struct progress *p)
{
	if (view->silent)
		return;
	if (view->tree) {
		view_draw(view, p);
		write_all(STDOUT_FILENO, STR("\033[?25h"));
		view->hidden = false;
		return;
	}
	struct arena *arena = arena_new();
	if (progress_ended(p))
		say(view, marks[progress_mark(p->status)].sign,
			arena_printf(arena, "%s · %u of %u · %s", p->status, progress_done(p), p->count,
				format_duration(arena,
					p->created_us && p->ended_us ? (p->ended_us - p->created_us) / 1000 : 0)),
			p->error);
	arena_free(arena);
}

void
view_output(const struct cli *cli, const struct json *output)
{
	if (!output || output->type == JSON_NULL)
		return;
	struct buf text, safe;
	buf_init(&text, SIZE_MAX / 2);
	buf_init(&safe, SIZE_MAX / 2);
	if (output->type == JSON_STRING) {
		buf_add_str(&text, output->text);
	} else {
		struct json_writer w;
		json_writer_init(&w, &text, 2);
		json_value(&w, output);
	}
	if (cli->terminal)
		format_safe(&safe, buf_str(&text), true);
	struct str out = cli->terminal ? buf_str(&safe) : buf_str(&text);
	fwrite(out.p, 1, out.n, stdout);
	if (out.n == 0 || out.p[out.n - 1] != '\n')
		putchar('\n');
	buf_release(&text);
	buf_release(&safe);
}
