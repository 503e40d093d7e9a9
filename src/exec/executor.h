/*
 * The executor's own structures; inside of src/exec only. README.md draws the loop and says which file does what.
 */
#ifndef STEPMILL_EXEC_EXECUTOR_H
#define STEPMILL_EXEC_EXECUTOR_H

#include "exec/boxes.h"
#include "exec/definitions.h"
#include "exec/housekeep.h"
#include "exec/js.h"
#include "exec/mail.h"
#include "exec/metrics.h"
#include "exec/net.h"
#include "exec/pool.h"
#include "exec/quota.h"
#include "exec/run.h"
#include "exec/timer.h"
#include "flow/frame.h"
#include "flow/plan.h"
#include "steps/step.h"
#include "store/claim.h"
#include "store/flush.h"
#include "store/parts.h"

#include <signal.h>

#define STRIKES_MAX 5 /* a run that was taken from so many dead holders without getting on is set aside */
#define FLUSH_BYTES_MAX ((size_t)4 << 20)
#define KEPT_MAX ((size_t)256 << 10)	    /* outputs that stay with a run; larger ones come and go: large.c */
#define PARTS_MAX ((size_t)4 << 20)	    /* of large texts, to and from the database in one batch */
#define COPY_PARTS 4			    /* of a fork, in one batch; of a megabyte each */
#define REST_MAX ((size_t)1 << 20)	    /* of what a claim has left out, in one batch */
#define FETCHES_MAX 4			    /* at once */
#define JOURNAL_LARGE_MAX ((size_t)8 << 20) /* large texts that wait for a flush: then the run waits, too */
#define LARGE_ACTION ((size_t)1 << 20)	    /* what plan() asks for and needs more is subject to the memory cap */
#define CLAIM_BYTES ((size_t)64 << 10)	    /* room that a run must find, when memory is what limits a claim */
#define JOURNAL_CHANGES_MAX 2000	    /* in a journal: what is there is written before a loop goes on */
#define EMIT_MAX ((size_t)64 << 10)	    /* text in one step.output event */
#define EMIT_ALL_MAX ((size_t)1 << 20)	    /* and in all of a step's: the rest is in its output */
#define EVALUATE_CPU_MS 1000		    /* the expressions of one step together */
#define INBOX_PAUSE_US ((int64_t)1000000)
#define INBOX_LEAST_US ((int64_t)50000) /* between two looks at the inbox, however often we are woken */
#define BEYOND_MAX \
	16 /* runs held beyond the slots: to be cancelled at once, and as many again that are their workspace's only one here */
#define POLL_FIRST_US ((int64_t)20000)
#define POLL_LAST_US ((int64_t)1000000)
#define EMIT_PAUSE_US ((int64_t)150000) /* between two step.output events of one step */
#define SKIPPED_PAUSE_US ((int64_t)5000)
#define RETRY_FIRST_US ((int64_t)50000)
#define RETRY_LAST_US ((int64_t)1000000)
#define RUN_BUCKETS 4096
#define SLEEP_HELD_US ((int64_t)1000000)		    /* a run that sleeps longer is given back meanwhile */
#define SLEEP_MS_MAX (INT64_C(36525) * 24 * 60 * 60 * 1000) /* a hundred years: until it is asked something */

/* Since the start; for metrics. */
struct counters {
	int64_t batches, flushes, flushed, flush_us; /* flushed: runs; flush_us: in all */
	int64_t skipped, lost, doubled, unrecordable;
	int64_t claims, claimed, reaped, struck;
	int64_t calls, completed, failed, cancelled;
	int64_t reconnects, leases_lost;
	int64_t evaluations; /* of expressions and code */
};

enum executor_state {
	EXECUTOR_AWAY,	   /* no incarnation, nothing held; a timer tries to enter one (lease.c) */
	EXECUTOR_RUNNING,  /* an incarnation is entered; claims, flushes, calls */
	EXECUTOR_STOPPING, /* asked to stop: no claims, no new steps; runs are given back as their steps end */
	EXECUTOR_STOPPED,  /* nothing held, row removed: the loop returns */
};

/* ---- runs ---- */

/* Changes that wait for a flush. */
struct journal {
	struct arena *arena; /* NULL: empty */
	struct change *first, *last;
	unsigned count; /* of changes */
	size_t bytes;
	size_t large; /* bytes of texts that go to blob first */
	uint64_t number;
	struct parts_place parts; /* of those: how far they are written; all of them before the journal itself */
};

/* A step's output that is too large to stay in the run's own arena. It is here while a step that begins needs it; the
 * database has it whenever it is away. */
struct large_output {
	size_t bytes;	     /* as JSON text; 0: it is not large, or there is none */
	struct arena *arena; /* of step_state.output; NULL: it is away */
	struct arena *input; /* of the input of a call that is to be made again; NULL: none */
	struct arena *items; /* of what a loop goes through; NULL: it does not */
	size_t kept;	     /* that it adds to the run's kept_bytes */
	bool in_blob;
	struct id blob;
	unsigned last_use; /* the last step whose templates name it; 0: none does */
	bool late;	   /* it came back though none of these is still to come */
};

/* A large text on its way here, in parts. */
struct fetch {
	struct fetch *next;
	struct held *run;
	struct fetch_key key;
	unsigned step;
	size_t bytes; /* it will be */
	struct buf text;
	int64_t parts; /* that have come */
	int64_t asked; /* parts asked for in the batch under way */
	int statement; /* of the batch under way; -1: none */
	bool granted;  /* there is memory for it */
};

enum held_state {
	HELD_LOADING,	/* claimed; waits for its definition and prompt texts to be read */
	HELD_ACTIVE,	/* plan() decides; steps may be in flight */
	HELD_RELEASING, /* its release is in the journal; forgotten when that is committed */
	HELD_ENDING,	/* its end is in the journal; forgotten when that is committed */
};

/* What the database has of a step's newest attempt, as far as acknowledged. */
enum recorded { RECORDED_NOTHING, RECORDED_STARTED, RECORDED_ENDED };

/* A look into the inbox that begins from now on, before the run's time is over or it is given back. */
enum look { LOOK_NONE, LOOK_WANTED, LOOK_UNDER_WAY };

struct executor;
struct attempt;

struct loaded_request {
	struct loaded_request *next;
	struct request request;
};

/* Ids, found by their last bytes: these are random. */
struct seen {
	struct id *ids; /* all zero: free */
	unsigned count, room;
};

/* A run this executor holds. All of it goes at once when it is lost, released or ended. */
struct held {
	struct held *in_bucket;
	struct held *previous, *next;
	struct executor *executor;
	struct arena *arena;

	struct id workspace, id;
	char id_text[ID_TEXT_SIZE], workspace_text[ID_TEXT_SIZE];
	int64_t epoch, strikes;
	enum held_state state;
	struct definition_entry *definition;
	struct str input, loaded_steps, loaded_inbox, loaded_spent,
		loaded_overrides; /* as claimed; read once the definition is there */
	struct str directory;	  /* of its project, for commands; empty: its own */
	bool script_network;	  /* its project lets commands use the network */
	int64_t timeout_seconds;  /* of steps that ask a model, instead of the definition's; 0: as that says */
	bool whole;		  /* loaded_steps and loaded_spent are there; until then the run loads */
	bool copying;		  /* a fork: what it takes over is still being copied; until then it loads, too */
	bool kept_more;		  /* requests that were kept for later are still to come; until then it loads, too */
	struct id kept_after;	  /* the last of those that have come */
	bool inbox_more;	  /* more was asked of it than the claim has brought */
	struct loaded_request *kept_first, *kept_last; /* beside those of loaded_inbox, and older */

	struct run_state plan;
	unsigned room;		    /* of what is by step: grows with loops, frames.c */
	enum recorded *recorded;    /* by step */
	struct large_output *large; /* by step */
	unsigned large_here;	    /* of them */
	size_t kept_bytes;	    /* outputs in the run's own arena, as JSON text */
	struct attempt *attempts;   /* in flight, or planned */
	struct str cancelled_by;
	struct str stands;    /* paused before this phase; empty: it is not, or somebody has paused it */
	struct seen requests; /* taken: their rows may still be there */

	int64_t seq, committed_seq; /* of events given out, and acknowledged */
	int64_t tokens_in, tokens_out, cost_nano;
	bool cost_unknown;

	struct journal filling; /* what happened since the flush under way */
	struct journal sent;	/* in the flush under way, or skipped by the last one */
	unsigned place;		/* in the flush under way */
	bool in_flush;
	bool sending_parts; /* the flush under way has parts of `sent`, up to parts_next, and nothing else of it */
	struct parts_place parts_next;
	size_t part_room;
	bool after_flush; /* plan() goes on when what is written has been committed */
	bool waiting;	  /* for memory */
	struct held *next_waiting;
	bool dirty;   /* in the queue for the next flush */
	bool changed; /* in the queue for plan() */
	bool reported_unrecordable;
	bool parked; /* a call of it waits for the run to be resumed (sql: engine_restored) */
	struct held *next_dirty, *next_changed;
	struct timer retry;	/* after it was skipped */
	struct timer wake;	/* from a short sleep */
	struct space *space;	/* its workspace's limits */
	struct ticket *tickets; /* what its steps have asked of them */
	struct str created_by;
	int64_t unknown_nano;	/* the most that calls may have cost of which nobody knows */
	bool warned;		/* of what it costs */
	unsigned asked;		/* actions of plan() that wait for a limit */
	struct repeat *repeats; /* by step; NULL: none */
	enum look look;
	int64_t generation;
	const struct json *started_with;    /* as it was loaded: what on_start gave; NULL: it was not asked */
	struct evaluated *evaluations;	    /* of steps that are to begin */
	struct closed_frame *closed_frames; /* iterations that have ended, and whose end is not committed */
	struct cached *cached;		    /* what is known of kept outputs of steps that begin, or run */
	struct replaying *replaying;	    /* of a workflow with code */
	struct env *env;		    /* variables and secrets; NULL: it names none */
	struct child *children;		    /* runs that its steps have started and wait for */
	unsigned child_fetches; /* outputs of those that are on their way, handlers that are asked of their ends */
	bool is_child;		/* a step of another run has started it */
	int64_t depth;		/* runs that it is in */
	struct above *above;	/* these, from the one that waits for it outwards */
	unsigned above_count;
	struct maybe_int budget; /* what it and the runs in it may cost; unknown: its holder counts, or any */
};

/* A run that another is in. */
struct above {
	struct str run, workflow;
	struct maybe_int budget;
};

/* A run that a step has started and that has not ended, as far as we know. */
struct child {
	struct child *next;
	struct id id;
	unsigned step;
	struct id request; /* that tells of its end, while its output is still to come, or a handler is asked */
	const struct json *told;
	bool ended; /* with `output`, of which the step's handler is asked */
	const struct json *output;
};

/* What the expressions of a step have come to, or will: until it has begun. */
struct evaluated {
	struct evaluation told; /* first: plan() is shown the list of these */
	struct evaluated *next;
	struct held *run;
	struct arena *arena;	   /* of all of it */
	const struct str *sources; /* of the definition */
	const char *handler;	   /* of the workflow, which it is then; NULL: expressions */
	struct js_job *job;	   /* NULL: it is answered */
};

/* A step whose call may have been made by an executor that is gone: it is made again, when its limits allow. */
struct repeat {
	bool wanted;
	bool charged; /* at the most it may have cost */
	bool unmade;  /* we know that it was not made */
	const struct json *input;
	struct str sealed; /* what was hidden in it; empty: nothing */
	struct str error;  /* JSON text: it cannot be had; empty: it can */
};

struct held_queue {
	struct held *first, *last;
	unsigned count;
};

/* ---- attempts ---- */

enum attempt_state {
	ATTEMPT_PLANNED,  /* its "started" is in a journal; no call may be made */
	ATTEMPT_READY,	  /* "started" is committed; the call is made as soon as the lease is long enough */
	ATTEMPT_STARTING, /* the same, and its handler on_start looks on first */
	ATTEMPT_CALLING,  /* the step's kind has it; ends by step_finish, step_fail, its deadline, or an abort */
	ATTEMPT_DEAD,	  /* ended; its memory goes at the end of the loop's turn */
};

/* How an attempt ends, once its handler has had a look. */
struct attempt_end {
	enum step_status status;
	const struct json *output;
	struct str error;
	struct step_usage usage;
	int64_t duration_ms;
};

struct attempt {
	struct step_attempt step; /* first, so that the kind's pointer is ours */
	struct attempt *next;	  /* of the run */
	struct attempt *next_ready, *next_dead;
	struct held *run;
	unsigned index; /* of the step */
	enum attempt_state state;
	uint64_t started_in; /* number of the journal that holds its "started" */
	int64_t called_us;
	struct timer timer, deadline, emit_timer;
	void (*then)(struct step_attempt *step);
	struct ticket *ticket; /* NULL: nothing limits it, or it is over */
	struct net_call *call; /* the newest; NULL: none yet */
	call_done *called;
	struct js_job *script; /* NULL: none, or it is answered */
	script_done *scripted;
	struct box *box;     /* the same of a command */
	int key_attempt;     /* whose idempotency key it carries: its own, or an earlier one's of unknown outcome */
	struct buf text;     /* emitted by the step, not in an event yet */
	int64_t text_offset; /* in characters, as the contract says */
	size_t text_bytes;   /* the same in bytes */
	struct attempt_end end;
	bool handling;	/* its kind is done with it, and a handler looks on */
	bool text_held; /* some of it may be the beginning of a secret */
	int64_t emitted_us;
};

/* ---- the batch under way ---- */

/* What a claim has left out of one run. */
struct rest {
	int copy, state, kept; /* indexes of statements, one of them; -1: not there */
	struct id workspace, run;
	int64_t epoch;
};

struct work {
	struct arena *arena; /* of the batch; NULL: none under way */
	struct db_batch *batch;
	enum db_progress progress;
	int64_t sent_us;
	struct flush *flush; /* NULL: none in it */
	bool durable;	     /* there is more in it than parts of large texts */
	struct held **sent;
	unsigned sent_count;
	int64_t claim_asked;
	bool claim_beyond; /* the slots: none was free */
	bool asked_definitions;
	/* indexes of statements, -1: not there */
	int renew, claim, reap, definitions, prompts, inbox, env, cache, replay;
	bool replays; /* runs wait for what `replay` tells; it may be -1 then */
	struct rest rest;
};

struct executor {
	const struct executor_settings *settings;
	enum executor_state state;
	struct counters counters;
	volatile sig_atomic_t *stop_asked;
	bool schema_checked;
	int exit_status;

	struct db *db, *listen;
	struct id incarnation, old_incarnation;
	bool has_incarnation, has_old;
	bool old_outcome_unknown;
	uint64_t connection;	/* number of the connection the incarnation belongs to */
	int64_t flush_number;	/* the last acknowledged */
	int64_t lease_end_us;	/* boot clock, counted from before the renewal was sent */
	int64_t clock_most_us;	/* the same, or a little more: nothing is later than it says */
	int64_t clock_ahead_us; /* the database's clock minus the boot clock, or a little less: nothing is early */

	struct timers timers;
	struct timer enter_timer, listen_timer, stop_timer;
	struct pool pool;
	struct net *net;
	struct js *js;
	struct boxes *boxes;
	struct arena *tick; /* reset each turn of the loop */
	struct definitions definitions;
	unsigned replays_wanting; /* runs whose code is to be run, once their ends are read */
	unsigned caches_wanting;  /* steps that want to know whether an output is kept */
	struct {
		struct env *first;
		unsigned wanting;     /* of them, that are to be read */
		struct seal_key *key; /* NULL: none, so no secret opens here */
	} envs;
	struct quotas quotas;

	struct held *buckets[RUN_BUCKETS];
	struct held *first_held;
	unsigned held_count, loading_count;
	struct held_queue dirty, changed;
	struct attempt *ready_first, *ready_last, *dead;
	struct fetch *fetches;	/* oldest first */
	struct gather *gathers; /* the same */
	unsigned rests_wanting; /* runs whose claim has left something out */

	/* memory.c */
	struct held *favoured; /* the one run that may go above the cap; NULL: none needs to */
	struct held *waiting_first, *waiting_last;
	size_t waiting_since; /* memory held after the last of them was refused */
	bool refused;	      /* one was, since the last turn */
	size_t memory_peak;   /* since memory was last given back to the system */

	struct work work;
	struct unmade *unmade;
	unsigned unmade_count;
	struct mailer mailer;
	struct housekeeping house;
	struct metrics metrics;
	struct id last_workspace;
	bool woken;
	int64_t next_poll_us, next_beyond_us, poll_pause_us, next_inbox_us, last_reap_us;
	int64_t not_before_us, retry_pause_us; /* after a batch that failed and may be tried again */
	unsigned flush_cap;		       /* runs in a flush; shrinks while a bad one is looked for */

	int builtin_log; /* descriptor, -1: none */
	char incarnation_text[ID_TEXT_SIZE];
};

/* ---- held.c: the runs held, their queues and journals ---- */

struct held *held_new(struct executor *ex, const struct claimed *claimed);
struct held *held_find(struct executor *ex, struct id workspace, struct id run);
void held_free(struct held *run); /* its calls are aborted */
void held_drop_all(struct executor *ex);
void held_mark_changed(struct held *run);
void held_mark_dirty(struct held *run);
void held_queue_put(struct held_queue *dirty, struct held *run); /* for a while, of runs just taken */
struct held *held_queue_take(struct held_queue *queue, bool dirty);

/* A change in the journal, with room in the journal's arena for its texts. */
struct change *journal_add(struct held *run, enum change_kind kind);
struct arena *journal_arena(struct held *run);
void journal_event(struct held *run, const char *type, struct str path, int attempt, struct str data);
void journal_large(struct held *run, struct str text); /* counts a text that goes to blob */
bool journal_has(const struct journal *journal, enum change_kind kind);
void journal_give_back(struct held *run, struct journal *journal); /* empties it */
struct journal *journal_to_send(struct held *run);		   /* NULL: there is nothing to flush */

/* ---- load.c: from the claimed row to a state plan() can look at ---- */

void load_ready(struct executor *ex); /* runs whose definitions have come */

/* ---- child.c: runs that steps have started ---- */

void child_start(struct held *run, const struct action *action);
void child_loaded(struct held *run, unsigned step); /* it waits for one that another holder has started */
bool child_ended(struct held *run, const struct request *request);
void child_output(struct held *run, struct id id, struct str text); /* has come */
void child_settle(struct held *run);				    /* those whose handlers have answered */
void child_leave(struct held *run, unsigned step);		    /* the step has ended, and nobody waits any more */
void child_ask_all(struct held *run, const char *kind, struct str by);
bool child_has_kin(const struct held *run);		  /* it is such a run, or may have some */
bool child_input_fits(struct held *run, struct err *err); /* of a run that a step has started: what it was given */

/* ---- budget.c: what a run and those that its steps start may cost ---- */

#define BUDGET_ANY INT64_MAX
void budget_load(struct held *run, const struct json *overrides);
void budget_keep(struct held *run);	       /* loaded: what its version says is written where it differs */
int64_t budget_alone(const struct held *run);  /* the most it may cost where its holder counts; -1: any */
unsigned budget_count(const struct held *run); /* of itself, and of the runs it is in */
bool budget_at(const struct held *run, unsigned i, struct str *ret_run, int64_t *ret_nano); /* false: none there */
bool budget_limited(const struct held *run);
bool budget_within(const struct held *run, struct str workflow); /* it is in a run of that */

/* ---- evaluate.c: expressions ---- */

/* replay.c */
void replay_begin(struct held *run);
void replay_let_go(struct held *run);
void replay_add(struct executor *ex);
void replay_take(struct executor *ex);
void replay_failed(struct executor *ex);

void evaluate_begin(struct held *run, const struct action *action);
void evaluate_done(struct held *run);	/* lets go of what is not needed any more */
void evaluate_let_go(struct held *run); /* all of it */
void evaluate_forget(struct held *run, unsigned step);

/* ---- frames.c: iterations of loops ---- */

struct frame *frames_open(struct held *run, unsigned loop, unsigned index);
struct arena *frames_arena(struct held *run, unsigned step); /* of what stays as long as the step's state */
void frames_items(struct held *run, unsigned loop, const struct json *items); /* what it goes through: copied */
void frames_items_again(struct held *run, unsigned loop, const struct json *recorded);
void frames_items_go(struct held *run, unsigned loop);
void frames_sweep(struct held *run); /* lets go of iterations that nobody needs any more … */
void frames_committed(
	struct held *run, uint64_t journal); /* … and of their numbers, when it is committed that they have ended */
void frames_release(struct held *run);

/* ---- gather.c: what became of all iterations of a loop ---- */

void gather_begin(struct held *run, unsigned step);
void gather_done(struct held *run);
void gather_forget(struct held *run, unsigned step);
void gather_release(struct held *run);
bool gather_ready(struct executor *ex);
void gather_add(struct executor *ex);
void gather_take(struct executor *ex);
void gather_failed(struct executor *ex);

/* ---- handler.c: what people's code makes of the beginning and the end of a call; false: there is none ---- */

bool handler_start(struct attempt *attempt);
bool handler_end(struct attempt *attempt);
#define HANDLER_CPU_MS 1000
/* Why one gave nothing that counts; NULL: it did, or returned undefined. */
const char *handler_why_not(struct arena *arena, const struct js_outcome *outcome);

/* ---- cache.c: outputs that are kept between runs ---- */

enum cache_answer { CACHE_NOTHING, CACHE_COMES, CACHE_HIT };
enum cache_answer cache_ask(struct held *run, const struct action *action, const struct json **ret_output);
void cache_keep(struct held *run, unsigned step, struct str output); /* text of the journal's */
struct str cache_digest(
	struct held *run, unsigned step, int attempt); /* what it will be kept under; p NULL: it is not */
void cache_loaded(struct held *run, unsigned step, struct str digest); /* its row says so: it began elsewhere */
void cache_forget(struct held *run, unsigned step);
void cache_let_go(struct held *run);
void cache_add(struct executor *ex);
void cache_take(struct executor *ex);
void cache_failed(struct executor *ex);

/* ---- env.c: variables and secrets, and keeping these out of what is recorded ---- */

bool env_start(struct executor *ex, struct err *err);
void env_release(struct executor *ex);
bool env_ready(struct held *run); /* false: they are still to come */
void env_done(struct held *run);
void env_add(struct executor *ex); /* into the batch that is made */
void env_take(struct executor *ex);
void env_failed(struct executor *ex);
void env_comes_into(const struct held *run, struct arena *arena); /* values do: it is overwritten before it goes */
const struct json *env_shown(const struct held *run, struct arena *arena, const struct json *value); /* or NULL */
/* For a hash of what may have one of its secrets in it, as it is: a key that executors alone can make. False: it has no secrets. */
#define ENV_HASH_KEY_SIZE 32
bool env_hash_key(const struct held *run, struct str name, unsigned char ret_key[ENV_HASH_KEY_SIZE]);
struct str env_shown_text(const struct held *run, struct arena *arena, struct str text);
size_t env_settled(const struct held *run, struct str text); /* bytes that can be shown before more has come */
/* A step's input as it is recorded, and what has to be kept so that its call can be made again. */
struct str env_input_text(struct held *run, const struct action *action, struct str *ret_sealed);
bool env_input_again(struct held *run, unsigned step, const struct json *recorded, struct str sealed,
	const struct json **ret_input, struct str *ret_error);

/* ---- rest.c: what a claim leaves out of runs that have too much of it ---- */

bool rest_wanted(const struct executor *ex); /* there is something to ask the database for */
void rest_add(struct executor *ex);	     /* into the batch that is made */
void rest_take(struct executor *ex);
bool rest_missing(const struct held *run);
void rest_give_up_copy(struct held *run); /* it was cancelled, and takes nothing over: the end says so in its row */

/* ---- script.c: functions that steps have called ---- */

void script_start(struct attempt *attempt, struct str source, script_done *done);

/* ---- command.c: commands that steps have run ---- */

void command_start(struct attempt *attempt, const struct command_request *request, command_done *done);

/* ---- large.c: outputs that come and go ---- */

/* A step has ended with an output of so many bytes; `change` is its end in the journal. */
void large_ended(struct held *run, unsigned step, const struct json *output, size_t bytes, const struct change *change);
void large_fetch(struct held *run, const struct fetch_key *key, unsigned step, size_t bytes);
void large_fetch_output(struct held *run, unsigned step);
bool large_fetch_for(struct held *run, unsigned step); /* what its limits are named after; false: it is all here */
void large_forget(struct held *run, unsigned step);    /* what there is of it, and what is on its way */
void large_let_go(struct held *run);		       /* what no step that is still to come names */
void large_release(struct held *run);
bool large_fetches_ready(struct executor *ex); /* there is something to ask the database for */
void large_fetches_add(struct executor *ex);
void large_fetches_take(struct executor *ex);
void large_fetches_failed(struct executor *ex);

/* ---- memory.c: the cap ---- */

int64_t memory_claimable(const struct executor *ex); /* runs that there is room for */
bool memory_grant(struct held *run, size_t more);    /* it may take so much more */
bool memory_full(const struct executor *ex);
void memory_wait(struct held *run); /* it was refused: its turn comes */
void memory_turn(struct executor *ex);
void memory_forget(struct held *run);
/* ---- unloaded.c ---- */

void unloaded_end(struct held *run, struct str message); /* its definition cannot be had, or does not fit its rows */

/* ---- unmade.c: calls that must not be made twice, and were not made at all ---- */

void unmade_note(struct executor *ex);		   /* everything held is about to be dropped */
bool unmade_take(struct held *run, unsigned step); /* its call may be made after all */
void unmade_forget(struct executor *ex);

/* ---- requests.c: what was asked of a run ---- */

void requests_take(struct held *run, struct str inbox_json);
void request_take(struct held *run, const struct request *request);
void requests_look(struct held *run);
void requests_looking(struct executor *ex); /* the batch that is being made reads the inbox */
void requests_looked(struct executor *ex);

/* ---- reopen.c: a run that had ended when it was claimed ---- */

void reopen_ended(struct held *run);

/* ---- move.c: another version ---- */

bool take_move(struct held *run, const struct request *request); /* always done with; the run may be given back */

/* ---- advance.c: plan() and what it asks for ---- */

void advance_changed(struct executor *ex);
void advance_end_failed(
	struct held *run, const char *code, struct str message); /* without plan(): the run itself is bad */
int64_t advance_steps_done(const struct held *run);
void advance_fail(struct held *run, const struct action *action);

/* ---- record.c: what begins, in the run's journal ---- */

void record_run_begun(struct held *run);
void record_run_with(struct held *run, const struct json *input);
/* The row of an attempt, and with its event; `input` is text of the journal's, or none. */
struct change *record_row(struct held *run, unsigned step, int attempt, struct str input);
struct change *record_start(struct held *run, unsigned step, int attempt, struct str input);
/* What a step is given, as text. False: that is too much, and the step has begun and failed. */
bool record_input(struct held *run, const struct action *action, struct str *ret_text, struct str *ret_sealed);
void record_look(struct held *run, unsigned step, int64_t due_us); /* when a wait looks again; 0: it is looking */
void record_used(struct held *run, const struct message *used);	   /* or NULL */
struct str record_by(struct held *run, struct str by);		   /* who asked, as data of an event */

/* ---- wait.c: steps and runs that wait ---- */

void wait_begin(struct held *run, const struct action *action);
void wait_look(struct held *run, const struct action *action);
void wait_retry(struct held *run, const struct action *action);
void wait_ask(struct held *run, const struct action *action);
void wait_set_status(struct held *run, enum run_status status, const char *event, struct str by);
void wait_stand(struct held *run, struct str phase); /* paused before a phase that a person begins */
void wait_sleep(struct held *run, const struct action *action);
void wait_blocked(struct held *run);		       /* by a limit */
void wait_release(struct held *run, int64_t pause_ms); /* given back, due again after that */

/* ---- repeat.c: calls that are made again ---- */

void repeat_unmade(struct held *run, unsigned step);			/* we know that its call was not made */
void repeat_sealed(struct held *run, unsigned step, struct str sealed); /* before: what was hidden in its input */
void repeat_wanted(struct held *run, unsigned step, const struct json *input); /* loaded: it has begun elsewhere */
void repeat_begin(struct held *run);

/* ---- attempt.c: steps in flight ---- */

struct attempt *attempt_new(struct held *run, unsigned index, int number, const struct json *input);
void attempt_make_ready(struct attempt *attempt);
bool attempt_may_begin(const struct attempt *attempt);
void attempt_begin_ready(struct executor *ex);
struct attempt *attempt_find(struct held *run, unsigned index);
void attempt_abort(
	struct attempt *attempt, struct step_usage *ret_usage); /* its call is dropped; the caller records the end */
void attempt_started(
	struct attempt *attempt, struct str error); /* after its handler; `error`: that failed, JSON text */
void attempt_ended(struct attempt *attempt);	    /* its `end` is recorded */
void attempt_bury(struct executor *ex);
void attempt_record_end(struct held *run, unsigned index, enum step_status status, const struct json *output,
	struct str error, const struct step_usage *usage, int64_t duration_ms);

/* ---- work.c, lease.c ---- */

bool work_wanted(struct executor *ex, int64_t now_us, int64_t *ret_wake_us);
void work_start(struct executor *ex);
void work_advance(struct executor *ex);
void work_drop(struct executor *ex);

void lease_enter(struct executor *ex); /* EXECUTOR_AWAY → RUNNING, or tries again later */
void lease_leave(struct executor *ex, const char *why, bool outcome_unknown); /* → AWAY: everything held is dropped */
void lease_stop(struct executor *ex);					      /* → STOPPED */
bool lease_good(const struct executor *ex);				      /* long enough to begin a call */
int64_t lease_us(const struct executor *ex);

/* ---- builtin_log.c ---- */

bool builtin_log_open(struct executor *ex, struct err *err);
bool builtin_log_write(struct attempt *attempt, struct str model);

/* An error of a step or a run as JSON text: {"code", "message"}. */
struct str error_json(struct arena *arena, const char *code, struct str message);

#endif
