/* The loop: waits for sockets and timers, lets each part do its share, stops when asked to. */
#include "exec/run.h"

#include "base/log.h"
#include "base/time.h"
#include "exec/executor.h"
#include "exec/fault_points.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define CHANNEL "stepmill_run"
#define WAIT_MAX_US ((int64_t)1000000)

/* ---- being woken ---- */

static void
listen_again(void *what)
{
	struct executor *ex = what;
	struct err err = {0};
	if (db_connected(ex->listen))
		return;
	if (db_listen(ex->listen, CHANNEL, &err))
		ex->woken = true; /* for what was missed */
	else
		timer_set(&ex->timers, &ex->listen_timer, boot_us() + WAIT_MAX_US, listen_again, ex);
}

static void
take_notifications(struct executor *ex)
{
	struct str channel, payload;
	while (db_notification(ex->listen, ex->tick, &channel, &payload)) {
		if (FAULT("exec.notified") || MUTATED("notifications"))
			continue;
		ex->woken = true;
		int64_t soon = boot_us() + INBOX_LEAST_US;
		/* The inbox was looked at INBOX_PAUSE_US before its next turn; not more often than every
		 * INBOX_LEAST_US. */
		int64_t earliest = ex->next_inbox_us - INBOX_PAUSE_US + INBOX_LEAST_US;
		if (earliest < soon && earliest < ex->next_inbox_us)
			ex->next_inbox_us = earliest;
	}
	if (!db_connected(ex->listen) && !ex->listen_timer.place)
		timer_set(&ex->timers, &ex->listen_timer, boot_us(), listen_again, ex);
}

/* ---- stopping ---- */

/* Calls that were not made are left to others, if they may be; runs in which nothing is under way are given back. */
static void
give_back(struct executor *ex, bool calls_too)
{
	for (struct held *run = ex->first_held; run; run = run->next) {
		bool calling = false;
		if (run->state != HELD_LOADING && run->state != HELD_ACTIVE)
			continue;
		for (struct attempt *a = run->attempts, *next; a; a = next) {
			next = a->next;
			if ((a->state == ATTEMPT_CALLING || attempt_may_begin(a)) && !calls_too)
				calling = true;
			else
				attempt_abort(a, NULL);
		}
		if (!calling && !run->changed)
			wait_release(run, 0);
	}
}

static void
stop_waiting(void *what)
{
	struct executor *ex = what;
	log_warn("steps did not end in time; others will call again", LOG_INT("runs", ex->held_count));
	give_back(ex, true);
}

static void
begin_stopping(struct executor *ex)
{
	log_info("stopping", LOG_INT("runs", ex->held_count));
	if (ex->state == EXECUTOR_AWAY) {
		lease_stop(ex);
		return;
	}
	ex->state = EXECUTOR_STOPPING;
	timer_set(&ex->timers, &ex->stop_timer, boot_us() + ex->settings->stop_seconds * 1000000, stop_waiting, ex);
}

/* ---- a turn ---- */

static void
wait_for_something(struct executor *ex, int64_t wake_us, const sigset_t *while_waiting)
{
	struct pollfd fds[7];
	nfds_t count = 0;
	int work_at = -1, listen_at = -1, house_at = -1, mail_at = -1;
	int64_t now = boot_us(), next;
	if (ex->work.arena) {
		work_at = (int)count;
		short events = ex->work.progress == DB_WAIT_WRITE ? POLLIN | POLLOUT : POLLIN;
		fds[count++] = (struct pollfd){.fd = db_socket(ex->db), .events = events};
	}
	if (db_connected(ex->listen)) {
		listen_at = (int)count;
		fds[count++] = (struct pollfd){.fd = db_socket(ex->listen), .events = POLLIN};
	}
	if (ex->house.arena) {
		house_at = (int)count;
		short events = ex->house.progress == DB_WAIT_WRITE ? POLLIN | POLLOUT : POLLIN;
		fds[count++] = (struct pollfd){.fd = db_socket(ex->house.db), .events = events};
	}
	if (ex->mailer.batch) {
		mail_at = (int)count;
		short events = ex->mailer.progress == DB_WAIT_WRITE ? POLLIN | POLLOUT : POLLIN;
		fds[count++] = (struct pollfd){.fd = db_socket(ex->mailer.db), .events = events};
	}
	nfds_t net_at = count;
	fds[count++] = (struct pollfd){.fd = net_descriptor(ex->net), .events = POLLIN};
	nfds_t js_at = count;
	fds[count++] = (struct pollfd){.fd = js_descriptor(ex->js), .events = POLLIN};
	nfds_t boxes_at = count;
	fds[count++] = (struct pollfd){.fd = boxes_descriptor(ex->boxes), .events = POLLIN};
	if (timers_next(&ex->timers, &next) && next < wake_us)
		wake_us = next;
	if (wake_us > now + WAIT_MAX_US)
		wake_us = now + WAIT_MAX_US;
	int64_t wait_us = wake_us > now ? wake_us - now : 0;
	struct timespec timeout = {.tv_sec = (time_t)(wait_us / 1000000), .tv_nsec = (long)(wait_us % 1000000) * 1000};
	int ready = ppoll(fds, count, &timeout, while_waiting);
	/* Also once a second without a word: opening a connection has a time limit. */
	if (work_at >= 0 && (ready == 0 || (ready > 0 && fds[work_at].revents)) && ex->work.arena)
		work_advance(ex);
	if (house_at >= 0 && (ready == 0 || (ready > 0 && fds[house_at].revents)) && ex->house.arena)
		housekeep_advance(ex);
	if (mail_at >= 0 && (ready == 0 || (ready > 0 && fds[mail_at].revents)) && ex->mailer.batch)
		mail_advance(ex);
	if (ready > 0 && listen_at >= 0 && fds[listen_at].revents)
		take_notifications(ex);
	if (ready > 0 && fds[net_at].revents)
		net_advance(ex->net);
	if (ready > 0 && fds[js_at].revents)
		js_advance(ex->js);
	if (ready > 0 && fds[boxes_at].revents)
		boxes_advance(ex->boxes);
}

/* Until nothing is left that needs no waiting. Instant answers go round here without a turn of the loop. */
static void
settle(struct executor *ex)
{
	do {
		advance_changed(ex);
		attempt_begin_ready(ex);
		attempt_bury(ex);
		memory_turn(ex);
		net_memory_turn(ex->net);
	} while (ex->changed.first);
	if (ex->state == EXECUTOR_STOPPING) {
		give_back(ex, false);
		if (ex->held_count == 0 && !ex->work.arena)
			lease_stop(ex);
	}
}

static void
turn(struct executor *ex, const sigset_t *while_waiting)
{
	int64_t wake_us = INT64_MAX;
	if (*ex->stop_asked && (ex->state == EXECUTOR_RUNNING || ex->state == EXECUTOR_AWAY))
		begin_stopping(ex);
	settle(ex);
	if (work_wanted(ex, boot_us(), &wake_us)) {
		work_start(ex);
		wake_us = INT64_MAX;
		if (!ex->work.arena)
			return; /* it has failed or ended already */
	}
	if (ex->state == EXECUTOR_STOPPED)
		return;
	wait_for_something(ex, wake_us, while_waiting);
	timers_fire(&ex->timers, boot_us());
	arena_reset(ex->tick);
}

/* ---- start and end ---- */

static const char *
default_name(struct arena *arena)
{
	char host[128] = "";
	if (gethostname(host, sizeof host - 1) != 0 || !host[0])
		return arena_printf(arena, "executor-%d", (int)getpid());
	return arena_printf(arena, "%s-%d", host, (int)getpid());
}

static void
release(struct executor *ex)
{
	held_drop_all(ex);
	if (ex->work.arena)
		work_drop(ex);
	attempt_bury(ex);
	grants_forget(ex);
	housekeep_release(ex);
	mail_release(ex);
	env_release(ex);
	definitions_release(&ex->definitions);
	unmade_forget(ex);
	net_free(ex->net);
	js_free(ex->js);
	boxes_free(ex->boxes);
	timers_release(&ex->timers);
	db_free(ex->db);
	db_free(ex->listen);
	pool_release(&ex->pool);
	arena_free(ex->tick);
	if (ex->builtin_log >= 0)
		close(ex->builtin_log);
	free(ex);
}

static bool
room_for_body(void *what, size_t more)
{
	const struct attempt *a = what;
	return memory_grant(a->run, more);
}

/* As many calls as descriptors allow; each held run may make one. */
static bool
open_net(struct executor *ex, struct err *err)
{
	long limit = net_raise_limit();
	long calls = limit > 2 * NET_DESCRIPTORS_SPARE ? limit - NET_DESCRIPTORS_SPARE : limit / 2;
	if (calls < ex->settings->slots)
		log_warn("the limit of open files is small: some calls will wait for others", LOG_INT("limit", limit),
			LOG_INT("slots", ex->settings->slots));
	struct net_settings settings = {.allow_address = ex->settings->allow_address,
		.ca_file = ex->settings->ca_file,
		.calls_max = (unsigned)calls,
		.room = room_for_body};
	ex->net = net_new(&ex->timers, &settings, err);
	return ex->net;
}

static bool
open_js(struct executor *ex, struct err *err)
{
	struct js_settings settings = {
		.program = ex->settings->js_program, .processes_max = (unsigned)ex->settings->js_processes};
	ex->js = js_new(&ex->timers, &settings, err);
	return ex->js;
}

/* Unless it says otherwise working directories are the user's own in /tmp. */
static bool
open_boxes(struct executor *ex, struct arena *process, struct err *err)
{
	const struct executor_settings *s = ex->settings;
	struct boxes_settings settings = {.program = s->box_program,
		.sandbox = s->sandbox,
		.user = s->sandbox_user,
		.directory =
			s->work_dir[0] ? s->work_dir : arena_printf(process, "/tmp/stepmill-work-%d", (int)geteuid()),
		.at_once = s->scripts,
		.memory_mb = s->script_memory_mb,
		.disk_mb = s->script_disk_mb,
		.network_mb = s->script_network_mb,
		.allow_address = s->allow_address,
		.processes = s->script_processes};
	ex->boxes = boxes_new(&ex->timers, &settings, err);
	return ex->boxes;
}

static void
log_counters(const struct executor *ex)
{
	const struct counters *c = &ex->counters;
	log_info("stopped", LOG_INT("claimed", c->claimed), LOG_INT("completed", c->completed),
		LOG_INT("failed", c->failed), LOG_INT("cancelled", c->cancelled), LOG_INT("calls", c->calls),
		LOG_INT("evaluations", c->evaluations), LOG_INT("batches", c->batches), LOG_INT("flushes", c->flushes),
		LOG_INT("flush_us", c->flush_us), LOG_INT("skipped", c->skipped), LOG_INT("lost", c->lost),
		LOG_INT("reaped", c->reaped), LOG_INT("reconnects", c->reconnects),
		LOG_INT("expired", ex->house.expired), LOG_INT("removed", ex->house.removed),
		LOG_INT("dropped", ex->house.dropped));
}

int
executor_run(const struct executor_settings *settings, volatile sig_atomic_t *stop_asked, const sigset_t *while_waiting)
{
	struct executor *ex = calloc(1, sizeof *ex);
	struct executor_settings own = *settings;
	struct err err = {0};
	if (!ex)
		out_of_memory();
	ex->tick = arena_new();
	struct arena *process = arena_new();
	if (!own.name[0])
		own.name = default_name(process);
	ex->settings = &own;
	ex->stop_asked = stop_asked;
	ex->flush_cap = (unsigned)own.flush_max;
	ex->db = db_new(own.db, "stepmill-executor");
	db_by_keys(ex->db);
	ex->listen = db_new(own.db, "stepmill-executor listen");
	if (!builtin_log_open(ex, &err) || !open_net(ex, &err) || !open_js(ex, &err) ||
		!open_boxes(ex, process, &err) || !env_start(ex, &err) || !mail_start(ex, &err)) {
		log_error("start", LOG_STR("why", err.message));
		ex->exit_status = 1;
	} else {
		lease_enter(ex);
		if (ex->state != EXECUTOR_STOPPED)
			listen_again(ex);
		housekeep_start(ex);
		while (ex->state != EXECUTOR_STOPPED)
			turn(ex, while_waiting);
		log_counters(ex);
	}
	int status = ex->exit_status;
	release(ex);
	arena_free(process);
	return status;
}
