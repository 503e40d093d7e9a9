/* Boxes, and who waits for one: see boxes.h. */
#include "exec/boxes.h"

#include "base/log.h"
#include "base/time.h"
#include "box/spawn.h"
#include "exec/places.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENTS 16
#define READ_BYTES 65536
#define READ_TURNS 8			   /* of one pipe, before others have their turn */
#define PROBE_US ((int64_t)60000000)	   /* the first box may take so long on a machine that is busy */
#define PROBE_AGAIN_US ((int64_t)10000000) /* when that failed */
#define PROBE_TRIES 10			   /* in a row that somebody else has ended */
#define TERM_US ((int64_t)1000000)	   /* from being asked to end to being ended */

enum way { OUTPUT, ERRORS, REPORTS, WAYS };

struct pipe_end {
	struct box *box;
	int fd; /* -1: it has ended */
};

enum box_state {
	WAITS,	/* for its turn, or for what a box can be here */
	RUNS,	/* stepmill-box is there */
	LEAVES, /* the same, and nobody wants to know any more */
};

struct box {
	struct box *next;
	struct boxes *boxes;
	enum box_state state;
	struct box_request request;
	void *what;
	pid_t pid;
	struct pipe_end ways[WAYS];
	struct timer timer;
	bool started;
	enum box_event event;
	int value;
	char why[400];
	size_t why_used;
};

struct boxes {
	struct timers *timers;
	struct boxes_settings settings;
	struct places places;
	uid_t uid;
	gid_t gid;
	enum box_level level;
	int poll, lease;
	int64_t *lease_end_us;
	struct box *first; /* oldest last */
	struct timer later;
	bool known, refused, probing;
	unsigned tries;
	int64_t looked_us;
	int landlock;
	char why[512];
	int64_t started, stopped;
};

static void pump(struct boxes *boxes);
static void pump_later(void *what);

/* ---- the list ---- */

static void
forget(struct box *box)
{
	struct box **at = &box->boxes->first;
	while (*at != box)
		at = &(*at)->next;
	*at = box->next;
	timer_clear(box->boxes->timers, &box->timer);
	for (int i = 0; i < WAYS; i++)
		if (box->ways[i].fd >= 0)
			close(box->ways[i].fd);
	free(box);
}

static struct box *
new_box(struct boxes *boxes)
{
	struct box *box = calloc(1, sizeof *box);
	if (!box)
		out_of_memory();
	box->boxes = boxes;
	for (int i = 0; i < WAYS; i++)
		box->ways[i] = (struct pipe_end){box, -1};
	box->next = boxes->first;
	boxes->first = box;
	return box;
}

/* Whoever asked is told, and the box is forgotten. */
static void
end_box(struct box *box, enum box_event event, int value, const char *why)
{
	struct box_request request = box->request;
	void *what = box->what;
	bool wanted = box->state != LEAVES;
	char told[512];
	snprintf(told, sizeof told, "%s", why);
	forget(box);
	if (wanted)
		request.ended(what, event, value, told);
}

/* ---- starting ---- */

static bool
spawn(struct box *box, const char *act, const struct box_job *job, int place, struct err *err)
{
	struct boxes *boxes = box->boxes;
	struct box_spawned spawned;
	if (!box_spawn(boxes->settings.program, act, job, box->request.input, boxes->lease, place, &spawned, err))
		return false;
	box->pid = spawned.pid;
	box->state = RUNS;
	box->ways[OUTPUT].fd = spawned.output;
	box->ways[ERRORS].fd = spawned.errors;
	box->ways[REPORTS].fd = spawned.reports;
	for (int i = 0; i < WAYS; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &box->ways[i]};
		if (epoll_ctl(boxes->poll, EPOLL_CTL_ADD, box->ways[i].fd, &event) != 0) {
			int failure = errno;
			kill(box->pid, SIGKILL);
			while (waitpid(box->pid, NULL, 0) < 0 && errno == EINTR)
				;
			box->state = WAITS;
			err_set(err, ERR_INTERNAL, "stepmill-box cannot be listened to.");
			err_detail(err, "%s", strerror(failure));
			return false;
		}
	}
	return true;
}

static bool
start_box(struct box *box, struct err *err)
{
	struct boxes *boxes = box->boxes;
	struct box_job job = {.level = boxes->level,
		.uid = boxes->uid,
		.gid = boxes->gid,
		.memory_mb = boxes->settings.memory_mb,
		.processes = boxes->settings.processes,
		.disk_mb = boxes->settings.disk_mb,
		.cpu_seconds = box->request.cpu_seconds,
		.network = box->request.network && boxes_have_network(boxes),
		.network_mb = boxes->settings.network_mb,
		.allow_address = boxes->settings.allow_address,
		.directory = box->request.directory,
		.arguments = box->request.arguments,
		.environment = box->request.environment};
	int place = places_open(&boxes->places, box->request.workspace, box->request.place, err);
	if (place < 0)
		return false;
	bool ok = spawn(box, "run", &job, place, err);
	close(place);
	boxes->started += ok;
	return ok;
}

/* ---- what a box can be here ---- */

static void
probe_wrote(void *what, bool error, struct str bytes)
{
	(void)what;
	(void)error;
	(void)bytes;
}

/* It was killed, or its executor stood still past its lease: that says nothing of what a box can be. */
static bool
ended_by_others(enum box_event event, int value)
{
	return event == 0 || event == BOX_LEASE_OVER || (event == BOX_EXITED && value == 128 + SIGKILL);
}

static void
probe_ended(void *what, enum box_event event, int value, const char *why)
{
	struct boxes *boxes = what;
	boxes->probing = false;
	if (ended_by_others(event, value) && ++boxes->tries < PROBE_TRIES) {
		timer_set(boxes->timers, &boxes->later, boot_us(), pump_later, boxes);
		return;
	}
	boxes->tries = 0;
	boxes->known = true;
	boxes->looked_us = boot_us();
	boxes->refused = event != BOX_EXITED || value != 0;
	snprintf(boxes->why, sizeof boxes->why, "%s",
		why[0] || !boxes->refused ? why : "A box that does nothing did not end well.");
	if (boxes->refused)
		log_warn("scripts cannot be kept apart here and are refused", LOG_STR("why", boxes->why));
	else
		log_info("scripts run in boxes", LOG_STR("sandbox", boxes_facts(boxes).level),
			LOG_INT("landlock", boxes->landlock));
	pump(boxes);
}

static void
give_up(void *what)
{
	struct box *box = what;
	kill(box->pid, SIGKILL);
}

static void
probe_too_long(void *what)
{
	struct box *box = what;
	box->event = BOX_REFUSED;
	snprintf(box->why, sizeof box->why, "A box that does nothing did not end within a minute.");
	give_up(box);
}

/* A command that does nothing, in a directory that is not looked into. */
static void
probe(struct boxes *boxes)
{
	static const char *const arguments[] = {"/bin/true", NULL}, *const none[] = {NULL};
	struct box *box = new_box(boxes);
	struct err err = {0};
	struct box_job job = {.level = boxes->level,
		.uid = boxes->uid,
		.gid = boxes->gid,
		.memory_mb = boxes->settings.memory_mb,
		.processes = boxes->settings.processes,
		.cpu_seconds = PROBE_US / 1000000,
		.allow_address = "",
		.directory = "",
		.arguments = arguments,
		.environment = none};
	boxes->probing = true;
	box->request = (struct box_request){.input = STR(""), .wrote = probe_wrote, .ended = probe_ended};
	box->what = boxes;
	int place = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place < 0 || !spawn(box, "run", &job, place, &err))
		end_box(box, BOX_REFUSED, 0, err.detail);
	else
		timer_set(boxes->timers, &box->timer, boot_us() + PROBE_US, probe_too_long, box);
	if (place >= 0)
		close(place);
}

/* ---- whose turn it is ---- */

static unsigned
running(const struct boxes *boxes, const struct id *workspace)
{
	unsigned count = 0;
	for (const struct box *box = boxes->first; box; box = box->next)
		count += box->state != WAITS && (!workspace || id_eq(box->request.workspace, *workspace));
	return count;
}

/* Of those whose workspace has fewest, the oldest. */
static struct box *
next_box(struct boxes *boxes)
{
	struct box *next = NULL;
	unsigned fewest = UINT_MAX;
	for (struct box *box = boxes->first; box; box = box->next) {
		unsigned has = box->state == WAITS ? running(boxes, &box->request.workspace) : UINT_MAX;
		if (box->state == WAITS && has <= fewest) {
			fewest = has;
			next = box;
		}
	}
	return next;
}

static void
pump(struct boxes *boxes)
{
	struct box *box;
	if (boxes->probing || !next_box(boxes))
		return;
	if (!boxes->known || (boxes->refused && boot_us() - boxes->looked_us > PROBE_AGAIN_US)) {
		probe(boxes);
		return;
	}
	while ((box = next_box(boxes)) &&
		(boxes->refused || running(boxes, NULL) < (unsigned)boxes->settings.at_once)) {
		struct err err = {0};
		if (boxes->refused) {
			end_box(box, BOX_REFUSED, 0, boxes->why);
		} else if (!start_box(box, &err)) {
			log_error(
				"a script was not started", LOG_STR("why", err.message), LOG_STR("detail", err.detail));
			end_box(box, BOX_REFUSED, 0, err.message);
		}
	}
}

static void
pump_later(void *what)
{
	pump(what);
}

/* ---- what it says ---- */

static void
take_report(struct box *box, const struct box_report *report)
{
	bool final = box->event == BOX_REFUSED || box->event == BOX_NO_PROGRAM || box->event == BOX_NO_DIRECTORY;
	if (report->event == BOX_STARTED) {
		box->started = true;
		box->boxes->landlock = report->value;
	} else if (!final) {
		box->event = (enum box_event)report->event;
		box->value = report->value;
	}
	if (report->text[0] && !final) {
		snprintf(box->why, sizeof box->why, "%.*s", (int)sizeof report->text - 1, report->text);
		box->why_used = sizeof box->why; /* better than what is on its standard error */
	}
}

/* Before the command has begun it is bubblewrap who complains. */
static void
note_complaint(struct box *box, struct str bytes)
{
	for (size_t i = 0; i < bytes.n && !box->started && box->why_used + 1 < sizeof box->why; i++) {
		char ch = bytes.p[i];
		box->why[box->why_used++] = ch >= ' ' && ch <= '~' ? ch : ' ';
		box->why[box->why_used] = '\0';
	}
}

/* All of its pipes are at their end, so nothing of it is left. */
static void
ended(struct box *box)
{
	struct boxes *boxes = box->boxes;
	enum box_event event = box->event;
	while (waitpid(box->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (event == BOX_EXITED && !box->started) /* it was killed while it was made, or could not be made */
		event = ended_by_others(event, box->value) && !box->why[0] ? (enum box_event)0 : BOX_REFUSED;
	boxes->stopped += event == BOX_TOO_MUCH_MEMORY || event == BOX_TOO_MUCH_DISK || event == BOX_DISK_FULL;
	if (event == BOX_REFUSED) /* it went well before: so somebody should look */
		log_warn("a box was refused", LOG_STR("why", box->why));
	end_box(box, event, box->value, box->why);
	pump(boxes);
}

/* False: the box is forgotten. */
static bool
read_reports(struct box *box)
{
	struct box_report report;
	ssize_t n;
	while ((n = read(box->ways[REPORTS].fd, &report, sizeof report)) == (ssize_t)sizeof report)
		take_report(box, &report);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* False: its end has come. */
static bool
read_output(struct box *box, enum way way)
{
	char bytes[READ_BYTES];
	for (int turn = 0; turn < READ_TURNS; turn++) {
		ssize_t n = read(box->ways[way].fd, bytes, sizeof bytes);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		if (way == ERRORS)
			note_complaint(box, (struct str){bytes, (size_t)n});
		box->request.wrote(box->what, way == ERRORS, (struct str){bytes, (size_t)n});
	}
	return true;
}

static void
read_way(struct box *box, enum way way)
{
	if (way == REPORTS ? read_reports(box) : read_output(box, way))
		return;
	close(box->ways[way].fd); /* and out of the set */
	box->ways[way].fd = -1;
	for (int i = 0; i < WAYS; i++)
		if (box->ways[i].fd >= 0)
			return;
	ended(box);
}

/* Boxes go while others are told: one that is not in the list any more is not there. */
static struct box *
box_of(struct boxes *boxes, const void *end)
{
	for (struct box *box = boxes->first; box; box = box->next)
		for (int i = 0; i < WAYS; i++)
			if (&box->ways[i] == end)
				return box->ways[i].fd >= 0 ? box : NULL;
	return NULL;
}

void
boxes_advance(struct boxes *boxes)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(boxes->poll, events, EVENTS, 0);
	for (int i = 0; i < count; i++) {
		struct box *box = box_of(boxes, events[i].data.ptr);
		if (box)
			read_way(box, (enum way)((struct pipe_end *)events[i].data.ptr - box->ways));
	}
}

/* ---- asking ---- */

struct box *
box_ask(struct boxes *boxes, const struct box_request *request, void *what)
{
	struct box *box = new_box(boxes);
	box->request = *request;
	box->what = what;
	timer_set(boxes->timers, &boxes->later, boot_us(), pump_later, boxes);
	return box;
}

/* The kernel takes all of a namespace at once; without one the supervisor looks for what there is, and is given a moment. */
static void
ask_to_end(struct box *box)
{
	bool bare = box->boxes->level == BOX_BARE;
	kill(box->pid, bare ? SIGTERM : SIGKILL);
	if (bare)
		timer_set(box->boxes->timers, &box->timer, boot_us() + TERM_US, give_up, box);
}

void
box_cancel(struct box *box)
{
	if (!box)
		return;
	struct boxes *boxes = box->boxes;
	if (box->state == WAITS) {
		forget(box);
		return;
	}
	box->state = LEAVES;
	ask_to_end(box);
	for (int way = OUTPUT; way <= ERRORS; way++) { /* nobody wants to know what else it says */
		if (box->ways[way].fd >= 0)
			close(box->ways[way].fd);
		box->ways[way].fd = -1;
	}
	if (box->ways[REPORTS].fd >= 0)
		return;
	while (waitpid(box->pid, NULL, 0) < 0 && errno == EINTR)
		;
	forget(box);
	timer_set(boxes->timers, &boxes->later, boot_us(), pump_later, boxes);
}

bool
boxes_have_network(const struct boxes *boxes)
{
	return boxes->level == BOX_NAMESPACES;
}

struct places *
boxes_places(struct boxes *boxes)
{
	return &boxes->places;
}

/* It needs no namespaces: it runs nothing, and follows no links. */
void
boxes_remove(struct boxes *boxes, int place)
{
	static const char *const arguments[] = {"remove", NULL}, *const none[] = {NULL};
	struct box *box = new_box(boxes);
	struct err err = {0};
	struct box_job job = {.uid = boxes->uid,
		.gid = boxes->gid,
		.allow_address = "",
		.directory = "",
		.arguments = arguments,
		.environment = none};
	box->request = (struct box_request){.input = STR(""), .wrote = probe_wrote};
	bool ok = spawn(box, "remove", &job, place, &err);
	if (!ok)
		log_warn("a working directory was not removed", LOG_STR("why", err.message),
			LOG_STR("detail", err.detail));
	box->state = ok ? LEAVES : WAITS;
	if (!ok)
		forget(box);
	close(place);
}

/* ---- the whole ---- */

static bool
read_settings(struct boxes *boxes, struct err *err)
{
	const struct boxes_settings *s = &boxes->settings;
	if (strcmp(s->sandbox, "required") != 0 && strcmp(s->sandbox, "none") != 0)
		return err_set(err, ERR_INVALID, "sandbox is \"%s\"; use required or none.", s->sandbox);
	boxes->level = strcmp(s->sandbox, "none") == 0 ? BOX_BARE : BOX_NAMESPACES;
	if (geteuid() != 0)
		return true;
	const struct passwd *user = getpwnam(s->user);
	if (!user || user->pw_uid == 0)
		return err_set(err, ERR_INVALID,
			"sandbox_user is \"%s\", and there is no such user, or it is root. Scripts run as somebody who "
			"owns nothing else.",
			s->user);
	boxes->uid = user->pw_uid;
	boxes->gid = user->pw_gid;
	return true;
}

static bool
open_lease(struct boxes *boxes, struct err *err)
{
	boxes->lease = memfd_create("lease", MFD_CLOEXEC);
	void *page = MAP_FAILED;
	if (boxes->lease >= 0 && ftruncate(boxes->lease, sizeof *boxes->lease_end_us) == 0)
		page = mmap(NULL, sizeof *boxes->lease_end_us, PROT_READ | PROT_WRITE, MAP_SHARED, boxes->lease, 0);
	boxes->poll = epoll_create1(EPOLL_CLOEXEC);
	if (page == MAP_FAILED || boxes->poll < 0)
		return err_set(err, ERR_INTERNAL, "Scripts cannot be run here: %s.", strerror(errno));
	boxes->lease_end_us = page;
	*boxes->lease_end_us = INT64_MAX; /* no run is held yet, and what is looked for needs none */
	return true;
}

struct boxes *
boxes_new(struct timers *timers, const struct boxes_settings *settings, struct err *err)
{
	struct boxes *boxes = calloc(1, sizeof *boxes);
	if (!boxes)
		out_of_memory();
	boxes->timers = timers;
	boxes->settings = *settings;
	boxes->poll = boxes->lease = -1;
	if (!read_settings(boxes, err) || !open_lease(boxes, err)) {
		boxes_free(boxes);
		return NULL;
	}
	boxes->places = (struct places){settings->directory, boxes->uid, boxes->gid, -1};
	probe(boxes);
	return boxes;
}

void
boxes_free(struct boxes *boxes)
{
	if (!boxes)
		return;
	bool bare = boxes->level == BOX_BARE;
	for (struct box *box = boxes->first; box; box = box->next)
		if (box->state != WAITS)
			kill(box->pid, bare ? SIGTERM : SIGKILL);
	for (int64_t end = boot_us() + TERM_US; boxes->first;) {
		struct box *box = boxes->first;
		while (box->state != WAITS && waitpid(box->pid, NULL, WNOHANG) == 0) {
			if (boot_us() > end)
				kill(box->pid, SIGKILL);
			usleep(1000);
		}
		forget(box);
	}
	timer_clear(boxes->timers, &boxes->later);
	if (boxes->lease_end_us)
		munmap(boxes->lease_end_us, sizeof *boxes->lease_end_us);
	if (boxes->lease >= 0)
		close(boxes->lease);
	if (boxes->poll >= 0)
		close(boxes->poll);
	if (boxes->places.directory && boxes->places.root >= 0)
		close(boxes->places.root);
	free(boxes);
}

int
boxes_descriptor(const struct boxes *boxes)
{
	return boxes->poll;
}

void
boxes_lease(struct boxes *boxes, int64_t end_us)
{
	__atomic_store_n(boxes->lease_end_us, end_us, __ATOMIC_RELAXED);
}

struct boxes_facts
boxes_facts(const struct boxes *boxes)
{
	struct boxes_facts facts = {.level = !boxes->known		? "unknown"
					     : boxes->refused		? "refused"
					     : boxes->level == BOX_BARE ? "none"
									: "namespaces",
		.why = boxes->why,
		.landlock = boxes->landlock,
		.started = boxes->started,
		.stopped = boxes->stopped};
	for (const struct box *box = boxes->first; box; box = box->next) {
		facts.running += box->state != WAITS;
		facts.waiting += box->state == WAITS;
	}
	return facts;
}
