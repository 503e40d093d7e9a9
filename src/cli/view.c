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

const char *
view_sign(enum mark mark)
{
	return marks[mark].sign;
}

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
	if (step->mark == MARK_WAITING && step->why)
		return arena_printf(arena, "waiting %s", step->why);
	if (step->mark == MARK_SKIPPED)
		return "skipped";
	if (step->duration_ms >= 0)
		text = format_duration(arena, step->duration_ms);
	else if (step->started_us > 0)
		text = format_elapsed(arena, (now_us - view->skew_us - step->started_us) / 1000);
	int64_t tokens = step->tokens_in + step->tokens_out;
	if (tokens > 0)
		text = arena_printf(arena, "%s · %s tokens", text, format_count(arena, tokens));
	else if (step->mark == MARK_RUNNING && step->characters > 0)
		text = arena_printf(arena, "%s · ≈%s tokens", text, format_count(arena, (step->characters + 3) / 4));
	if (step->mark == MARK_COMPLETED && tokens > 0 && !step->group && !step->loop)
		text = arena_printf(arena, "%s · %s", text,
			step->cost_nano < 0 ? "cost unknown" : format_money(arena, step->cost_nano));
	if (step->cached)
		text = arena_printf(arena, "%s · kept from an earlier run", text);
	if (step->turns > 0)
		text = arena_printf(arena, "%s · %s steps before these", text, format_count(arena, step->turns));
	if (step->attempt > 1)
		text = arena_printf(arena, "%s · attempt %lld", text, (long long)step->attempt);
	return text;
}

/* What stands in front of a name: the groups around it. */
static size_t
indent_of(const struct progress_step *step)
{
	return (size_t)(step->depth < 8 ? step->depth : 8) * 2;
}

/* "[3] Send" of each[3]/send, else the name. */
static const char *
label_of(struct arena *arena, const struct progress_step *step)
{
	const char *open = step->turn ? strrchr(step->path, '[') : NULL;
	const char *close = open ? strchr(open, ']') : NULL;
	return close ? arena_printf(arena, "%.*s %s", (int)(close - open + 1), open, step->name) : step->name;
}

/* `room` is how many lines below steps there may still be. */
static void
draw_step(const struct view *view, struct arena *arena, const struct progress_step *step, size_t name_columns,
	int64_t now_us, size_t columns, size_t *room, struct buf *out, unsigned *lines)
{
	size_t indent = indent_of(step), own = name_columns > indent + 4 ? name_columns - indent : 4;
	struct str name = fitted(arena, str_of(label_of(arena, step)), own, false);
	buf_printf(out, "%*s", (int)indent, "");
	paint(view, out, marks[step->mark].color, marks[step->mark].sign);
	buf_add_char(out, ' ');
	paint(view, out, step->mark == MARK_PENDING ? "\033[2m" : "", arena_strz(arena, name));
	const char *facts = figures(arena, view, step, now_us);
	size_t used = indent + 2 + own + 2;
	if (*facts && used + 8 < columns) {
		buf_printf(out, "%*s", (int)(own - format_width(name) + 2), "");
		paint(view, out, "\033[2m", arena_strz(arena, fitted(arena, str_of(facts), columns - used, false)));
	}
	end_line(view, out, lines);
	struct str under = {"", 0};
	if (step->mark == MARK_RUNNING && step->tail.n > 0)
		under = fitted(arena, buf_str(&step->tail), columns - indent - 4, true);
	else if (step->mark == MARK_FAILED && step->error && !step->group)
		under = fitted(arena, str_of(step->error), columns - indent - 4, false);
	if (under.n == 0 || *room == 0)
		return;
	(*room)--;
	buf_printf(out, "%*s", (int)indent + 2, "");
	paint(view, out, step->mark == MARK_FAILED ? "\033[31m" : "\033[2m", arena_strz(arena, under));
	end_line(view, out, lines);
}

/* " · 1,240 tokens · $0.043" */
static void
add_totals(struct arena *arena, const struct progress *p, struct buf *out)
{
	if (p->tokens > 0)
		buf_printf(out, " · %s tokens", format_count(arena, p->tokens));
	if (p->cost_nano < 0 && p->tokens > 0)
		buf_add_z(out, " · cost unknown");
	else if (p->cost_nano > 0 || p->tokens > 0)
		buf_printf(out, " · %s", format_money(arena, p->cost_nano));
}

/* "━━━━━━────── 2 of 3 · 4 s · 1,240 tokens · $0.043" */
static void
draw_bar(const struct view *view, struct arena *arena, const struct progress *p, int64_t now_us, size_t columns,
	struct buf *out, unsigned *lines)
{
	unsigned done = progress_done(p), count = progress_count(p), filled = count ? done * BAR_COLUMNS / count : 0;
	struct buf bar;
	buf_init(&bar, 1024);
	if (columns > BAR_COLUMNS + 24) {
		for (unsigned i = 0; i < BAR_COLUMNS; i++)
			buf_add_z(&bar, i < filled ? "━" : "─");
		buf_add_z(&bar, "  ");
	}
	int64_t end_us = p->ended_us ? p->ended_us : now_us - view->skew_us;
	int64_t ms = p->created_us ? (end_us - p->created_us) / 1000 : 0;
	buf_printf(&bar, "%u of %u · %s", done, count,
		p->ended_us ? format_duration(arena, ms) : format_elapsed(arena, ms));
	if (progress_ended(p) || strcmp(p->status, "paused") == 0)
		buf_printf(&bar, " · %s", p->status);
	if (view->note)
		buf_printf(&bar, " · %s", view->note);
	add_totals(arena, p, &bar);
	struct str text = fitted(arena, buf_str(&bar), columns, false);
	paint(view, out, strcmp(p->status, "failed") == 0 ? "\033[31m" : "", arena_strz(arena, text));
	buf_release(&bar);
	end_line(view, out, lines);
}

/* ---- the picture ---- */

/* What the definition says of a loop's steps is drawn only where there are no turns yet. */
static bool
is_drawn(const struct progress *p, unsigned i)
{
	return !p->steps[i].in_loop || p->steps[i].mark != MARK_PENDING;
}

static unsigned
drawn(const struct progress *p, unsigned first, unsigned end)
{
	unsigned count = 0;
	for (unsigned i = first; i < end; i++)
		count += is_drawn(p, i);
	return count;
}

/* Which steps fit: those around the first that is not over. */
static void
window(const struct progress *p, size_t rows, unsigned *ret_first, unsigned *ret_end)
{
	unsigned room = rows > 10 ? (unsigned)rows - 6 : 4, current = 0;
	*ret_first = 0;
	*ret_end = p->count;
	if (drawn(p, 0, p->count) <= room)
		return;
	while (current < p->count &&
		(p->steps[current].mark >= MARK_COMPLETED || p->steps[current].group || !is_drawn(p, current)))
		current++;
	*ret_first = current;
	for (unsigned before = room / 2; *ret_first > 0 && before > 0; before -= is_drawn(p, *ret_first))
		(*ret_first)--;
	*ret_end = *ret_first;
	for (unsigned left = room; *ret_end < p->count && left > 0; (*ret_end)++)
		left -= is_drawn(p, *ret_end);
	for (unsigned left = room - drawn(p, *ret_first, *ret_end); *ret_first > 0 && left > 0;
		left -= is_drawn(p, *ret_first))
		(*ret_first)--;
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
	size_t name_columns = 0, shown = drawn(p, first, end), room = rows > shown + 5 ? rows - shown - 5 : 0;
	for (unsigned i = 0; i < p->count; i++) {
		size_t n = format_width(str_of(label_of(arena, &p->steps[i]))) + indent_of(&p->steps[i]);
		name_columns = n > name_columns ? n : name_columns;
	}
	size_t most = columns > 2 * NAME_COLUMNS ? NAME_COLUMNS : columns / 2;
	name_columns = name_columns > most ? most : name_columns;
	if (first > 0) {
		paint(view, out, "\033[2m", arena_printf(arena, "  %u before", drawn(p, 0, first)));
		end_line(view, out, &lines);
	}
	for (unsigned i = first; i < end; i++)
		if (is_drawn(p, i))
			draw_step(view, arena, &p->steps[i], name_columns, now_us, columns, &room, out, &lines);
	if (end < p->count) {
		paint(view, out, "\033[2m", arena_printf(arena, "  %u more", drawn(p, end, p->count)));
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

/* Its place among the steps that count; groups and turns have none. */
static const char *
place_of(struct arena *arena, const struct progress *p, const struct progress_step *step)
{
	unsigned place = 0;
	for (const struct progress_step *s = p->steps; s <= step; s++)
		place += !s->group && !s->in_loop && !s->turn;
	if (step->group || step->in_loop || step->turn)
		return "";
	return arena_printf(arena, "%u of %u  ", place, progress_count(p));
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
		arena_printf(
			arena, "%*s%s%s", (int)indent_of(step), "", place_of(arena, p, step), label_of(arena, step)),
		facts);
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
	if (progress_ended(p)) {
		struct buf totals;
		buf_init(&totals, 1024);
		add_totals(arena, p, &totals);
		say(view, marks[progress_mark(p->status)].sign,
			arena_printf(arena, "%s · %u of %u · %s%.*s", p->status, progress_done(p), progress_count(p),
				format_duration(
					arena, p->created_us && p->ended_us ? (p->ended_us - p->created_us) / 1000 : 0),
				STR_ARG(buf_str(&totals))),
			p->error);
		buf_release(&totals);
	}
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
