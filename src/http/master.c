/* The master's loop; see master.h. Signals are blocked and taken one by one with sigtimedwait: there are no handlers.
 */
#include "http/master.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/time.h"
#include "http/fcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS_MAX 1024
#define SLOTS_MAX (WORKERS_MAX + 1) /* the last is for the process of another kind */
#define SECOND ((int64_t)1000000)
#define YOUNG_US (5 * SECOND) /* a worker that lived shorter is restarted later and later */
#define PAUSE_FIRST_US (SECOND / 10)
#define PAUSE_LAST_US (10 * SECOND)
#define DRAIN_SECONDS 20
#define REMIND_US (SECOND / 5) /* a SIGTERM can fall between a worker's check and its accept: said again */
#define RELIEF_US (SECOND / 2) /* new workers get this long before the old ones are told to go */

/* What a master tells the one it becomes by exec. */
#define ENV_SOCKET "STEPMILL_INHERITED_SOCKET"
#define ENV_WORKERS "STEPMILL_INHERITED_WORKERS"
#define ENV_TRIAL "STEPMILL_TRIAL"

struct worker {
	pid_t pid; /* 0: none */
	int64_t born_us;
	int64_t due_us; /* when the next one may be started */
	int64_t pause_us;
};

struct state {
	const struct master *master;
	int listening;
	struct worker workers[SLOTS_MAX];
	pid_t leaving[SLOTS_MAX]; /* workers of the program before, told to go or about to be */
	unsigned leaving_count;
	int64_t relief_us; /* when they are told; 0: none are there */
	int64_t drain_us;  /* the end of the grace; 0: nobody has told to stop */
	bool stopping;
	int64_t kill_us, remind_us;
};

static atomic_bool *draining; /* shared with the workers */

bool
master_is_trial(void)
{
	return getenv(ENV_TRIAL) != NULL;
}

bool
master_draining(void)
{
	return draining && atomic_load(draining);
}

/* Workers, and the other process where there is one: in the slot behind them. */
static long
slots(const struct state *s)
{
	return s->master->workers + (s->master->side != NULL);
}

static void
signals_of_master(sigset_t *set)
{
	sigemptyset(set);
	int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGQUIT};
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		sigaddset(set, numbers[i]);
}

static _Noreturn void
be_worker(const struct state *s, pid_t master, bool side)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)
		_exit(0);	 /* it died before the line above */
	signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole group: the master says when */
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	exit(side ? s->master->side(s->master->context) : s->master->work(s->master->context, s->listening));
}

static void
start_worker(struct state *s, struct worker *worker)
{
	pid_t master = getpid(), pid = fork();
	if (pid == 0)
		be_worker(s, master, worker == &s->workers[s->master->workers]);
	if (pid < 0) {
		log_error("a worker could not be started", LOG_STR("why", strerror(errno)));
		worker->due_us = boot_us() + SECOND;
		return;
	}
	worker->pid = pid;
	worker->born_us = boot_us();
}

static void
bury(struct state *s, pid_t pid, int status)
{
	for (unsigned i = 0; i < s->leaving_count; i++) {
		if (s->leaving[i] == pid) {
			s->leaving[i] = s->leaving[--s->leaving_count];
			return;
		}
	}
	for (long i = 0; i < slots(s); i++) {
		struct worker *worker = &s->workers[i];
		if (worker->pid != pid)
			continue;
		worker->pid = 0;
		if (s->stopping)
			return;
		int64_t now = boot_us();
		if (now - worker->born_us >= YOUNG_US)
			worker->pause_us = 0;
		worker->due_us = now + worker->pause_us;
		log_warn("a worker died", LOG_INT("worker", pid),
			LOG_INT("status", WIFEXITED(status) ? WEXITSTATUS(status) : -1),
			LOG_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
			LOG_INT("restart_us", worker->pause_us));
		worker->pause_us = worker->pause_us == 0 ? PAUSE_FIRST_US : worker->pause_us * 2;
		if (worker->pause_us > PAUSE_LAST_US)
			worker->pause_us = PAUSE_LAST_US;
		return;
	}
}

static void
bury_all(struct state *s)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		bury(s, pid, status);
}

static void
signal_leaving(struct state *s, int signal)
{
	for (unsigned i = 0; i < s->leaving_count; i++)
		kill(s->leaving[i], signal);
}

static bool
signal_workers(struct state *s, int signal)
{
	bool any = s->leaving_count > 0;
	signal_leaving(s, signal);
	for (long i = 0; i < slots(s); i++) {
		if (s->workers[i].pid > 0) {
			kill(s->workers[i].pid, signal);
			any = true;
		}
	}
	return any;
}

/* ---- SIGHUP ---- */

/* Starts the program file as it is now, with the settings as they are now, only to see that it gets as far as serving.
 */
static bool
trial(const struct state *s)
{
	pid_t pid = fork();
	if (pid < 0)
		return false;
	if (pid == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setenv(ENV_TRIAL, "1", 1);
		alarm(10);
		execvp(s->master->argv[0], s->master->argv);
		_exit(127);
	}
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Becomes the program anew: same process, same socket, and the workers there are stay its children. */
static void
reload(struct state *s)
{
	if (!trial(s)) {
		log_error("reload refused: the program does not start with its file and settings as they are now; "
			  "nothing was changed");
		return;
	}
	struct buf pids;
	buf_init(&pids, (size_t)64 << 10);
	for (long i = 0; i < slots(s); i++)
		if (s->workers[i].pid > 0)
			buf_printf(&pids, "%d ", (int)s->workers[i].pid);
	for (unsigned i = 0; i < s->leaving_count; i++)
		buf_printf(&pids, "%d ", (int)s->leaving[i]);
	buf_add_char(&pids, '\0');
	char number[16];
	snprintf(number, sizeof number, "%d", s->listening);
	setenv(ENV_SOCKET, number, 1);
	setenv(ENV_WORKERS, pids.p, 1);
	fcntl(s->listening, F_SETFD, 0);
	log_info("reload");
	execvp(s->master->argv[0], s->master->argv);
	log_error("reload failed", LOG_STR("why", strerror(errno)));
	unsetenv(ENV_SOCKET);
	unsetenv(ENV_WORKERS);
	fcntl(s->listening, F_SETFD, FD_CLOEXEC);
	buf_release(&pids);
}

static bool
take_over(struct state *s)
{
	const char *number = getenv(ENV_SOCKET), *pids = getenv(ENV_WORKERS);
	if (!number)
		return false;
	s->listening = atoi(number);
	for (char *at = (char *)pids, *end; at && *at && s->leaving_count < SLOTS_MAX; at = end) {
		long pid = strtol(at, &end, 10);
		if (end == at)
			break;
		if (pid > 1)
			s->leaving[s->leaving_count++] = (pid_t)pid;
	}
	unsetenv(ENV_SOCKET);
	unsetenv(ENV_WORKERS);
	s->relief_us = boot_us() + RELIEF_US;
	s->remind_us = s->relief_us;
	return true;
}

/* ---- the loop ---- */

static void
stop(struct state *s)
{
	if (!s->stopping) {
		s->kill_us = boot_us() + DRAIN_SECONDS * SECOND;
		log_info("stopping");
	}
	atomic_store(draining, true);
	s->stopping = true;
	s->remind_us = boot_us();
}

static void
drain(struct state *s)
{
	log_info("draining", LOG_INT("seconds", s->master->grace_seconds));
	s->drain_us = boot_us() + s->master->grace_seconds * SECOND;
	atomic_store(draining, true);
}

/* Does what is due; returns when the next thing is, at most a second from now. */
static int64_t
act(struct state *s)
{
	int64_t now = boot_us(), next = now + SECOND;
	bury_all(s);
	if (s->drain_us > 0 && now >= s->drain_us && !s->stopping)
		stop(s);
	if (s->drain_us > 0 && s->drain_us < next)
		next = s->drain_us;
	if (s->stopping) {
		if (now >= s->kill_us)
			signal_workers(s, SIGKILL);
		else if (now >= s->remind_us)
			signal_workers(s, SIGTERM);
		return now + REMIND_US;
	}
	if (s->leaving_count > 0 && now >= s->remind_us) {
		signal_leaving(s, now > s->relief_us + DRAIN_SECONDS * SECOND ? SIGKILL : SIGTERM);
		s->remind_us = now + REMIND_US;
	}
	if (s->leaving_count > 0 && s->remind_us < next)
		next = s->remind_us;
	for (long i = 0; i < slots(s); i++) {
		struct worker *worker = &s->workers[i];
		if (worker->pid == 0 && now >= worker->due_us)
			start_worker(s, worker);
		if (worker->pid == 0 && worker->due_us < next)
			next = worker->due_us;
	}
	return next;
}

static void
loop(struct state *s)
{
	sigset_t set;
	signals_of_master(&set);
	for (;;) {
		int64_t wait = act(s) - boot_us();
		if (s->stopping && !signal_workers(s, 0))
			return;
		if (wait < 1000)
			wait = 1000;
		struct timespec timeout = {wait / SECOND, (wait % SECOND) * 1000};
		int got = sigtimedwait(&set, NULL, &timeout);
		if (got == SIGHUP && s->drain_us == 0 && !s->stopping)
			reload(s);
		else if (got == SIGTERM && s->drain_us == 0 && !s->stopping && s->master->grace_seconds > 0)
			drain(s);
		else if (got == SIGTERM || got == SIGINT || got == SIGQUIT)
			stop(s);
	}
}

/*
 * Two masters on one path: the second would take the socket's name from the first. A POSIX lock belongs to the process:
 * it is not inherited by workers, stays over exec, and goes with the master however it dies. Its descriptor stays open
 * for ever.
 */
static bool
lock_socket(const char *socket, struct err *err)
{
	char path[300];
	snprintf(path, sizeof path, "%.290s.lock", socket);
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0)
		return true;
	if (fd >= 0 && (errno == EACCES || errno == EAGAIN))
		return err_set(err, ERR_CONFLICT,
			"Another stepmill-api already serves %.200s. Stop it, or give this one another socket.",
			socket);
	return err_set(err, ERR_INTERNAL, "The file %.200s cannot be locked: %s.", path, strerror(errno));
}

static bool
write_pid(const char *path, struct err *err)
{
	if (!path || !*path)
		return true;
	FILE *out = fopen(path, "we");
	if (!out || fprintf(out, "%d\n", (int)getpid()) < 0 || fclose(out) != 0)
		return err_set(err, ERR_INTERNAL, "The file %.200s cannot be written: %s.", path, strerror(errno));
	return true;
}

bool
master_run(const struct master *master, struct err *err)
{
	static struct state s;
	s = (struct state){.master = master};
	draining = mmap(NULL, sizeof *draining, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (draining == MAP_FAILED)
		out_of_memory();
	sigset_t set;
	signals_of_master(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!lock_socket(master->socket, err))
		return false;
	bool inherited = take_over(&s);
	if (!inherited && !fcgi_listen(master->socket, &s.listening, err))
		return false;
	fcntl(s.listening, F_SETFD, FD_CLOEXEC);
	if (!write_pid(master->pid_file, err))
		return false;
	log_info("serving", LOG_STR("socket", master->socket), LOG_INT("workers", master->workers));
	loop(&s);
	unlink(master->socket);
	if (master->pid_file && *master->pid_file)
		unlink(master->pid_file);
	log_info("stopped");
	return true;
}
