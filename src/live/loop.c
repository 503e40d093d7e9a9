/*
 * The turns of stepmill-live. libwebsockets owns the poll over listeners; the database's sockets, a clock and the
 * signals stand in an epoll set of ours, which is one descriptor and so can be watched by libwebsockets like any other.
 *
 * The clock ticks twice a second while there is something to wait for, and not at all otherwise: a process that nobody
 * listens to sleeps.
 */
#include "live/live.h"

#include "base/log.h"
#include "base/time.h"

#include <errno.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define TICK_MS 500
#define STOP_US ((int64_t)3000000)
#define DESCRIPTORS_BESIDES 64 /* the database, signals, connections that are refused */

void
loop_watch(struct live *live, int fd, bool write)
{
	if (fd < 0)
		return;
	/* Once: who still waits says so again. Otherwise a connection that the server has closed would keep the loop
	 * awake. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT | (write ? EPOLLOUT : 0U), .data = {.fd = fd}};
	if (epoll_ctl(live->epoll, EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT)
		(void)epoll_ctl(live->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void
set_tick(struct live *live, bool on)
{
	if (live->ticking == on)
		return;
	struct itimerspec every = {0};
	if (on)
		every.it_interval.tv_nsec = every.it_value.tv_nsec = (long)TICK_MS * 1000000;
	(void)timerfd_settime(live->timer, 0, &every, NULL);
	live->ticking = on;
}

void
loop_tick_on(struct live *live)
{
	set_tick(live, true);
}

static void
tick(struct live *live)
{
	uint64_t count;
	if (read(live->timer, &count, sizeof count) < 0)
		return;
	int64_t now = boot_us();
	for (struct listener *l = live->listeners; l; l = l->next)
		listener_tick(l, now);
	reader_tick(live->reader, now);
	set_tick(live, live->count > 0 || live->stopping || reader_busy(live->reader));
}

/* New requests are refused, listeners leave after their chunk and come back to whoever serves the socket then. */
static void
stop(struct live *live)
{
	struct signalfd_siginfo info;
	if (read(live->signals, &info, sizeof info) < 0 || live->stopping)
		return;
	log_info("stopping", LOG_INT("listeners", live->count));
	live->stopping = true;
	live->stop_by_us = boot_us() + STOP_US;
	set_tick(live, true);
	for (struct listener *l = live->listeners; l; l = l->next)
		server_wants_write(l);
}

void
loop_turn(struct live *live)
{
	struct epoll_event events[8];
	int n = epoll_wait(live->epoll, events, 8, 0);
	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == live->timer)
			tick(live);
		else if (events[i].data.fd == live->signals)
			stop(live);
		else if (events[i].data.fd == live->listening)
			server_accept(live);
		else
			reader_turn(live->reader);
	}
}

static bool
watch_always(struct live *live, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
	return fd >= 0 && epoll_ctl(live->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool
open_loop(struct live *live, struct err *err)
{
	/* libwebsockets allocates by the number of descriptors allowed, which may be a million. */
	struct rlimit files;
	rlim_t wanted = (rlim_t)live->settings.listeners * 2 + DESCRIPTORS_BESIDES;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && (files.rlim_max == RLIM_INFINITY || wanted <= files.rlim_max)) {
		files.rlim_cur = wanted;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	live->epoll = epoll_create1(EPOLL_CLOEXEC);
	live->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	live->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (live->epoll < 0 || !watch_always(live, live->timer) || !watch_always(live, live->signals))
		return err_set(err, ERR_INTERNAL, "The loop cannot be set up: %s.", strerror(errno));
	return true;
}

bool
live_run(const struct live_settings *settings, struct err *err)
{
	struct live live = {
		.settings = *settings, .watcher = id_new(), .listening = -1, .epoll = -1, .timer = -1, .signals = -1};
	bool ok = open_loop(&live, err);
	if (ok) {
		live.reader = reader_new(&live);
		ok = server_start(&live, err);
	}
	if (ok && !watch_always(&live, live.listening))
		ok = err_set(err, ERR_INTERNAL, "The loop cannot be set up: %s.", strerror(errno));
	if (ok)
		log_info("listening", LOG_STR("socket", settings->socket));
	while (ok && !(live.stopping && (live.count == 0 || boot_us() >= live.stop_by_us)))
		if (lws_service(live.lws, 0) < 0)
			ok = err_set(err, ERR_INTERNAL, "The loop ended: %s.", strerror(errno));
	server_stop(&live);
	if (live.reader)
		reader_forget_all(live.reader);
	reader_free(live.reader);
	free(live.gone);
	const int fds[] = {live.epoll, live.timer, live.signals};
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return ok;
}
