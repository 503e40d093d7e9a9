/* Jobs, and the processes that work on them: see js.h. */
#include "exec/js.h"

#include "base/log.h"
#include "base/time.h"
#include "js/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIES_MAX 2
#define KILLED_MAX \
	5 /* that somebody else ends while they work on it: no try of its own; more are taken for its doing */
#define STARTS_MAX \
	5 /* that fail while it waits; several may be killed at once by something that is no fault of theirs */
#define START_US ((int64_t)20000000)   /* by the clock on the wall: a machine may be very busy */
#define STUCK_US ((int64_t)60000000)   /* nothing comes, and it takes no time either: it was stopped, say */
#define CPU_SPARE_US ((int64_t)300000) /* past its limit, before it is ended: it ends most by itself */
#define LOOK_LEAST_US ((int64_t)50000)
#define IDLE_US ((int64_t)60000000)
#define STREAK_MAX 64 /* jobs of one workspace in a row, while another waits for a process */
#define EVENTS 16

struct js_job {
	struct js_job *next;
	struct js *js;
	struct id workspace;
	struct buf frame; /* of the request */
	uint32_t cpu_ms;
	unsigned count; /* of sources */
	unsigned tries, killed, starts;
	js_done *done;
	void *what;
	struct child *child;  /* that works on it; NULL: it waits */
	struct timer refusal; /* of one that cannot be asked */
};

enum child_state {
	CHILD_STARTING, /* its greeting has not come; a timer ends it */
	CHILD_IDLE,	/* it may be given a job of its workspace; a timer ends it */
	CHILD_BUSY,	/* it has a job; a timer looks after its time */
};

struct child {
	struct child *next;
	struct js *js;
	struct id workspace;
	enum child_state state;
	pid_t pid;
	int fd;
	bool writing; /* waits for room to write */
	size_t sent;  /* of the job's frame */
	struct buf come;
	struct js_job *job; /* NULL: none */
	unsigned streak;
	bool last;	     /* it has said that it goes */
	int64_t since_us;    /* in this state */
	int64_t cpu_from_us; /* its processor time when it was given the job */
	int64_t cpu_limit_us;
	struct timer timer;
};

struct js {
	struct timers *timers;
	struct js_settings settings;
	int poll;
	struct child *children;
	unsigned child_count;
	struct js_job *first, *last; /* that wait */
	unsigned waiting;
	struct timer later; /* a process has gone while nobody could be told */
	struct js_facts facts;
	bool pumping;
};

static void pump(struct js *js);
static void watch(void *what);

/* ---- jobs ---- */

static void
enqueue(struct js_job *job, bool in_front)
{
	struct js *js = job->js;
	job->child = NULL;
	job->next = in_front ? js->first : NULL;
	if (in_front || !js->first)
		js->first = job;
	else
		js->last->next = job;
	if (!job->next)
		js->last = job;
	js->waiting++;
}

static void
dequeue(struct js_job *gone)
{
	struct js *js = gone->js;
	struct js_job *before = NULL;
	for (struct js_job *job = js->first; job != gone; job = job->next)
		before = job;
	*(before ? &before->next : &js->first) = gone->next;
	if (js->last == gone)
		js->last = before;
	js->waiting--;
}

static void
free_job(struct js_job *job)
{
	timer_clear(job->js->timers, &job->refusal);
	buf_wipe(&job->frame);
	free(job);
}

/* Whoever asked is told, and the job is gone. */
static void
end_job(struct js_job *job, const struct js_outcome *outcome)
{
	js_done *done = job->done;
	void *what = job->what;
	if (job->child)
		job->child->job = NULL;
	free_job(job);
	done(what, outcome);
}

static void
end_without(struct js_job *job, enum js_end end)
{
	const struct js_outcome outcome = {.end = end};
	end_job(job, &outcome);
}

/* ---- children ---- */

static int64_t
cpu_of(const struct child *child)
{
	clockid_t clock;
	struct timespec t;
	if (clock_getcpuclockid(child->pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* It is gone when this returns, whatever it was doing. Its job is the caller's business. What it ended with: its own death, if that came first. */
static int
end_child(struct child *child)
{
	struct js *js = child->js;
	int status = 0;
	struct child **at = &js->children;
	while (*at != child)
		at = &(*at)->next;
	*at = child->next;
	js->child_count--;
	timer_clear(js->timers, &child->timer);
	close(child->fd); /* and out of the set */
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	buf_release(&child->come);
	free(child);
	return status;
}

static void
listen_for(struct child *child, bool writing)
{
	struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = child};
	if (child->writing == writing)
		return;
	child->writing = writing;
	epoll_ctl(child->js->poll, EPOLL_CTL_MOD, child->fd, &event);
}

static void
enter_state(struct child *child, enum child_state state, int64_t look_in_us)
{
	child->state = state;
	child->since_us = boot_us();
	timer_set(child->js->timers, &child->timer, child->since_us + look_in_us, watch, child);
}

static bool
start_child(struct js *js, struct id workspace, struct err *err)
{
	struct child *child = calloc(1, sizeof *child);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = child};
	if (!child)
		out_of_memory();
	if (!js_spawn(js->settings.program, &child->pid, &child->fd, err)) {
		free(child);
		return false;
	}
	child->js = js;
	child->workspace = workspace;
	buf_init(&child->come, JS_FRAME_MAX + ((size_t)128 << 10));
	child->next = js->children;
	js->children = child;
	js->child_count++;
	js->facts.started++;
	enter_state(child, CHILD_STARTING, START_US);
	if (epoll_ctl(js->poll, EPOLL_CTL_ADD, child->fd, &event) == 0)
		return true;
	err_set(err, ERR_INTERNAL, "JavaScript cannot be run here: %s.", strerror(errno));
	end_child(child);
	return false;
}

/*
 * It has died (`gone`), or is ended because it was stuck or said what it should not: its job goes to another, or is to blame. What takes too much memory
 * dies by a signal of its own; one that was killed was so by somebody else, or by a machine without memory.
 */
static void
lose_child(struct child *child, bool gone, const char *why)
{
	struct js *js = child->js;
	struct js_job *job = child->job;
	bool started = child->state != CHILD_STARTING;
	log_debug("stepmill-js lost", LOG_STR("why", why), LOG_INT("pid", child->pid));
	js->facts.died++;
	child->job = NULL;
	int status = end_child(child);
	if (job && gone && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && job->killed++ < KILLED_MAX)
		job->tries--;
	if (!started) { /* nothing has been tried: whoever waits longest tells that there is none */
		struct js_job *first = js->first;
		log_error("stepmill-js does not start", LOG_STR("why", why));
		if (first && ++first->starts >= STARTS_MAX) {
			dequeue(first);
			end_without(first, JS_MISSING);
		}
	} else if (job && job->tries >= TRIES_MAX) {
		job->child = NULL;
		end_without(job, JS_DIED);
	} else if (job) {
		enqueue(job, true);
	}
}

/* ---- its time ---- */

static void
watch_busy(struct child *child)
{
	struct js *js = child->js;
	int64_t used = cpu_of(child) - child->cpu_from_us, left = child->cpu_limit_us - used;
	if (left <= 0) {
		struct js_job *job = child->job;
		js->facts.killed++;
		child->job = NULL;
		end_child(child);
		job->child = NULL;
		end_without(job, JS_TOOK_TOO_LONG);
	} else if (boot_us() - child->since_us > STUCK_US) {
		lose_child(child, false, "it was stuck");
	} else {
		timer_set(js->timers, &child->timer, boot_us() + (left > LOOK_LEAST_US ? left : LOOK_LEAST_US), watch,
			child);
		return;
	}
	pump(js);
}

static void
watch(void *what)
{
	struct child *child = what;
	struct js *js = child->js;
	if (child->state == CHILD_BUSY) {
		watch_busy(child);
		return;
	}
	if (child->state == CHILD_STARTING)
		lose_child(child, false, "it said nothing");
	else
		end_child(child);
	pump(js);
}

/* ---- what goes and comes ---- */

/* False: it is gone. */
static bool
write_more(struct child *child)
{
	struct js_job *job = child->job;
	if (!job)
		return true;
	while (child->sent < job->frame.n) {
		ssize_t n = send(child->fd, job->frame.p + child->sent, job->frame.n - child->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			listen_for(child, true);
			return true;
		}
		if (n < 0) {
			lose_child(child, true, "its channel is closed");
			return false;
		}
		child->sent += (size_t)n;
	}
	listen_for(child, false);
	return true;
}

static void
give(struct child *child, struct js_job *job)
{
	child->job = job;
	job->child = child;
	job->tries++;
	child->streak++;
	child->sent = 0;
	child->cpu_from_us = cpu_of(child);
	child->cpu_limit_us = (int64_t)job->cpu_ms * 1000 + CPU_SPARE_US;
	enter_state(child, CHILD_BUSY, child->cpu_limit_us);
	write_more(child);
}

/* The answer to its job; false: it is none, and whoever wrote it is not to be spoken with any more. */
static bool
take_answer(struct child *child, struct str frame)
{
	struct js *js = child->js;
	struct js_job *job = child->job;
	struct arena *arena = arena_new();
	struct js_outcome outcome = {.end = JS_ANSWERED};
	bool ok = child->state == CHILD_BUSY && child->sent == job->frame.n &&
		  wire_read_answer(arena, frame, &outcome.answer) && outcome.answer.count == job->count;
	if (ok) {
		js->facts.answered++;
		child->job = NULL;
		enter_state(child, CHILD_IDLE, IDLE_US);
	}
	if (ok) {
		job->child = NULL;
		end_job(job, &outcome);
	}
	arena_free(arena);
	return ok;
}

static bool
take_frame(struct child *child, struct str frame)
{
	if (child->state != CHILD_STARTING)
		return take_answer(child, frame);
	if (!wire_read_greeting(frame))
		return false;
	enter_state(child, CHILD_IDLE, IDLE_US);
	return true;
}

/* A frame at a time: a process that works on one job has nothing else to say. */
static void
read_more(struct child *child)
{
	struct str frame;
	size_t used, more = (size_t)64 << 10;
	for (;;) {
		size_t had = child->come.n;
		char *room = buf_extend(&child->come, more);
		ssize_t n = room ? read(child->fd, room, more) : -1;
		if (n < 0 && room && errno == EINTR) {
			child->come.n = had;
			continue;
		}
		if (room)
			child->come.n = had + (n > 0 ? (size_t)n : 0);
		if (n < 0 && room && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		int whole = wire_frame(buf_str(&child->come), &frame, &used);
		if (whole < 0 || (whole > 0 && (used != child->come.n || !take_frame(child, frame)))) {
			lose_child(child, false, "it said what it should not");
			return;
		}
		if (whole > 0 && child->last) {
			end_child(child);
			return;
		}
		if (whole > 0) {
			buf_release(&child->come);
			return;
		}
		if (n <= 0) {
			if (child->state == CHILD_IDLE)
				end_child(child); /* it was tired */
			else
				lose_child(child, true, "it died");
			return;
		}
	}
}

void
js_advance(struct js *js)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(js->poll, events, EVENTS, 0);
	for (int i = 0; i < count; i++) {
		struct child *child = js->children;
		while (child && child != events[i].data.ptr) /* one that went meanwhile is not there any more */
			child = child->next;
		if (!child)
			continue;
		if ((events[i].events & EPOLLOUT) && !write_more(child))
			continue;
		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			read_more(child);
	}
	pump(js);
}

/* ---- who works on what ---- */

static bool
others_wait(const struct js *js, struct id workspace)
{
	for (const struct js_job *job = js->first; job; job = job->next)
		if (!id_eq(job->workspace, workspace))
			return true;
	return false;
}

static struct child *
idle_child(struct js *js, struct id workspace)
{
	for (struct child *child = js->children; child; child = child->next)
		if (child->state == CHILD_IDLE && id_eq(child->workspace, workspace))
			return child;
	return NULL;
}

static unsigned
starting(const struct js *js, struct id workspace)
{
	unsigned count = 0;
	for (const struct child *child = js->children; child; child = child->next)
		count += child->state == CHILD_STARTING && id_eq(child->workspace, workspace);
	return count;
}

/* Idle longest, of those that work for others and are not wanted there. */
static struct child *
spare_child(struct js *js, struct id workspace)
{
	struct child *spare = NULL;
	for (struct child *child = js->children; child; child = child->next)
		if (child->state == CHILD_IDLE && !id_eq(child->workspace, workspace) &&
			(!spare || child->since_us < spare->since_us))
			spare = child;
	return spare;
}

/* A process for whoever waits and has none that is free; false: that cannot be now. */
static bool
make_room(struct js *js, struct js_job *job)
{
	struct err err = {0};
	struct child *spare = js->child_count >= js->settings.processes_max ? spare_child(js, job->workspace) : NULL;
	if (js->child_count >= js->settings.processes_max && !spare)
		return false;
	if (spare)
		end_child(spare);
	if (start_child(js, job->workspace, &err))
		return true;
	log_error("stepmill-js", LOG_STR("why", err.message), LOG_STR("detail", err.detail));
	dequeue(job);
	end_without(job, JS_MISSING);
	return false;
}

/* Whether it has done so much for its workspace that others, who wait for a process, come first. */
static bool
overdue(const struct js *js, const struct child *child)
{
	return child->streak >= STREAK_MAX && js->child_count >= js->settings.processes_max &&
	       others_wait(js, child->workspace);
}

static bool
give_one(struct js *js)
{
	for (struct js_job *job = js->first; job; job = job->next) {
		struct child *child = idle_child(js, job->workspace);
		if (!child || overdue(js, child))
			continue;
		dequeue(job);
		give(child, job);
		return true;
	}
	return false;
}

/* For the first that has none at hand; a workspace gets no more than it has jobs. */
static bool
make_one(struct js *js)
{
	struct js_job *first = js->first;
	unsigned jobs = 0;
	while (first && idle_child(js, first->workspace))
		first = first->next;
	for (struct js_job *job = first; job; job = job->next)
		jobs += id_eq(job->workspace, first->workspace);
	return first && starting(js, first->workspace) < jobs && make_room(js, first);
}

/* Oldest first; but a process that is there goes on with its own workspace's for a while before it is given up for another's. */
static void
pump(struct js *js)
{
	if (js->pumping)
		return;
	js->pumping = true;
	while (give_one(js) || make_one(js))
		;
	js->pumping = false;
}

/* ---- asking ---- */

static void
refuse(void *what)
{
	end_without(what, JS_REFUSED);
}

static void
begin(void *what)
{
	struct js_job *job = what;
	enqueue(job, false);
	pump(job->js);
}

struct js_job *
js_ask(struct js *js, struct id workspace, const struct js_request *request, js_done *done, void *what)
{
	struct js_job *job = calloc(1, sizeof *job);
	if (!job)
		out_of_memory();
	job->js = js;
	job->workspace = workspace;
	job->cpu_ms = request->cpu_ms;
	job->count = request->count;
	job->done = done;
	job->what = what;
	buf_init(&job->frame, JS_FRAME_MAX + 4);
	bool fits = request->scope.n <= JS_SCOPE_MAX && request->count <= JS_SOURCES_MAX &&
		    wire_add_request(&job->frame, request);
	/* From the loop, so that nothing is answered while it is asked. */
	timer_set(js->timers, &job->refusal, boot_us(), fits ? begin : refuse, job);
	return job;
}

static void
pump_later(void *what)
{
	pump(what);
}

/* What it works on cannot be taken back, and may take long: the process goes with it. */
void
js_cancel(struct js_job *job)
{
	if (!job)
		return;
	struct js *js = job->js;
	if (job->child) {
		end_child(job->child);
		timer_set(js->timers, &js->later, boot_us(), pump_later, js);
	} else if (!job->refusal.place) {
		dequeue(job);
	}
	free_job(job);
}

/* ---- the whole ---- */

struct js *
js_new(struct timers *timers, const struct js_settings *settings, struct err *err)
{
	struct js *js = calloc(1, sizeof *js);
	if (!js)
		out_of_memory();
	js->timers = timers;
	js->settings = *settings;
	js->poll = epoll_create1(EPOLL_CLOEXEC);
	if (js->poll >= 0)
		return js;
	err_set(err, ERR_INTERNAL, "The executor cannot watch processes: %s.", strerror(errno));
	free(js);
	return NULL;
}

void
js_free(struct js *js)
{
	if (!js)
		return;
	for (struct child *child = js->children, *next; child; child = next) {
		struct js_job *job = child->job;
		next = child->next;
		end_child(child);
		if (job)
			free_job(job);
	}
	for (struct js_job *job = js->first, *next; job; job = next) {
		next = job->next;
		free_job(job);
	}
	timer_clear(js->timers, &js->later);
	close(js->poll);
	free(js);
}

int
js_descriptor(const struct js *js)
{
	return js->poll;
}

struct js_facts
js_facts(const struct js *js)
{
	struct js_facts facts = js->facts;
	facts.processes = js->child_count;
	facts.jobs = js->waiting;
	for (const struct child *child = js->children; child; child = child->next)
		facts.jobs += child->job != NULL;
	return facts;
}
