/*
 * The master: what it holds and how its rooms call each other.  It starts and
 * replaces processes (proc.c), keeps the listening sockets
 * (listen.c), reads tables (load.c), publishes them in two
 * phases (swap.c), answers the operator (control.c, commands.c)
 * and ends in order (master.c).  It reads no byte from the network.
 */
#ifndef RUNTIME_MASTER_H
#define RUNTIME_MASTER_H

#include <ev.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "runtime/common/dictionary.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/common/privdrop.h"
#include "runtime/seal/signature.h"
#include "state_file.h"
#include "unixpath.h"

#define WORKERS_MAX 256

struct options {
	const char *policy;  /* the table's path */
	const char *base;    /* what its paths are relative to */
	const char *control; /* socket path, or NULL */
	const char *log;
	const char *audit;   /* or NULL: into the log */
	const char *state;   /* directory of what outlives us, or NULL */
	const char *tickets; /* file of the tickets' secret, or NULL */
	const char *user;    /* children's user, or NULL */
	const char *metrics; /* address:port of the metrics listener, or NULL */
	unsigned workers;
	unsigned keep; /* tables that stay loaded, the live one included */
	double drain;  /* seconds; negative: from the policy's limits */
	double tickets_life; /* seconds until the secret changes; 0: never */
	int check, no_splice, gnutls_records, log_json;
	int keys_process; /* private keys only there */
	int signed_only;  /* --pubkey: tables must be signed by this key */
	struct signature_key pubkey;
	char **argv; /* as we were called: for the upgrade */
};

/* Why something was refused: the diagnostic's id ("TC0901"), which may be
 * empty, and a sentence. */
struct refusal {
	char id[8];
	char text[600];
};
void refuse(struct refusal *r, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "TC0404: text" from a room that knows its id. */
void refuse_known(struct refusal *r, const char *text);

/* ---- resolve.c: host names of servers ---- */

struct hosts {
	struct host *first;
	struct dictionary by_name;
	unsigned waiting; /* not answered yet */
};
struct master;
struct child;
struct table;

/* Looks up the hosts of a table that are not known yet; how many the monitor
 * has been asked for and not answered is hosts.waiting afterwards. */
void resolve_want(struct master *m, const struct table *t);
/* Numeric addresses, one a line, or NULL. */
const char *resolve_get(const struct hosts *h, const char *name);
/* Forgets hosts that no loaded table names. */
void resolve_prune(struct master *m);
/* Tells a worker all that is known: its bundle may be older. */
void resolve_tell(struct child *worker);
void resolve_free(struct hosts *h);
/* The monitor answered, or has started again. */
void resolve_answer(struct master *m, const struct ipc_resolved *r);
void resolve_ask_again(struct master *m);

/* ---- copy.c: a file's sealed copy ---- */

struct copy {
	int fd;           /* memfd; sealed */
	const void *base; /* a view of it */
	size_t size;
	/* The thread that makes the hashes. */
	pthread_t thread;
	int threaded;
	pthread_mutex_t mutex;
	pthread_cond_t more;
	size_t have; /* octets that are there */
	int broken;  /* there will be no more */
	enum table_error error;
	struct table_fault fault;
};

/* fd and view become the caller's.  0, or -1 with *why and nothing to end. */
int copy_begin(struct copy *c, const char *path, struct refusal *why);
/* Waits for the hashes; called once, and before the view goes. */
enum table_error copy_hashes(struct copy *c, struct table_fault *fault);

/* ---- load.c: a table in memory, as it will be published ---- */

struct loaded {
	uint64_t number; /* generation; 0 until it is published */
	uint64_t origin; /* the generation that a rollback repeats, else number;
	                   * "older" is told by it */
	int table_fd;
	int bundle_fd; /* for workers: with keys only when no process has them */
	int keys_fd;   /* the bundle with keys, for the keys process; or -1 */
	int public_fd; /* the bundle without them, for the monitor; or -1 */
	uint64_t
		fingerprint; /* of its files, as they were before they were read */
	uint8_t held[WORKERS_MAX / 8]; /* by worker: it may use this one */
	int retired;             /* workers know that it is replaced for good */
	struct generation *view; /* mapped here for listeners and ids */
	char root[65], semantic[65]; /* hex */
	char signer[17]; /* hex key number, when signatures are wanted */
	uint64_t serial;
	uint32_t *server; /* places on the board (places.c) */
	uint32_t servers;
	char path[256], by[64], at[24]; /* whence, on whose word, when */
	struct loaded *next;            /* older */
};

/* Reads, checks and seals the table at path.  NULL with the reason in *why. */
struct loaded *load_read(const char *path, const char *by,
	const struct options *o, struct refusal *why);
/* A second one over the same memory; without its files they are to be loaded
 * again. */
struct loaded *load_again(
	const struct loaded *l, const char *by, int files, struct refusal *why);
/* An empty one. */
struct loaded *load_new(void);
/* Maps and checks the table and the files whose sealed memory l has.  0, or -1
 * with *why. */
int load_sealed(struct loaded *l, const char *path, const char *by,
	struct refusal *why);
/* They name the same files with the same contents. */
int load_same_files(const struct loaded *a, const struct loaded *b);
void load_free(struct loaded **l);

/* ---- files.c: the files a table names ---- */

/* Gathers the files it names and what is known of its hosts (NULL: nothing).
 * 0, or -1 with *why. */
int files_load(struct loaded *l, const struct options *o,
	const struct hosts *hosts, struct refusal *why);

/* ---- places.c: places on the board for its servers ---- */

/* 0, or -1 with *why: there is no room for so many. */
int places_take(struct master *m, struct loaded *l, struct refusal *why);
/* By load_free. */
void places_give_back(struct loaded *l);
/* Whose they are, said again: a worker may have spoilt the board. */
void places_restore(struct master *m);

/* ---- facts.c: what a table asks of us ---- */

/* Servers are to be checked or staples to be fetched. */
int facts_want_monitor(const struct loaded *l);
/* Keys that are in a PKCS#11 token. */
int facts_have_tokens(const struct loaded *l);
/* Servers that are reached by a path. */
int facts_have_unix(const struct loaded *l);
/* The longest drain limit in a table, in seconds. */
double facts_drain(const struct loaded *l);

/* ---- certs.c: keys fit their certificates ---- */

struct bundle;
/* Checks those whose contents are not known to be good; without all, of very
 * many only the first.  -1 with a sentence in err that names the file. */
int certs_check(const struct table *t, const struct bundle *b, int all,
	char *err, size_t n);
/* The others of the live table, while it serves; and says, then and every day,
 * which expire soon. */
void certs_check_rest(struct master *m);
void certs_forget(void);

/* ---- cert_life.c: how long certificates are good ---- */

/* Of a certificate's leaf; -1: unreadable. */
int cert_life_of(const struct table *t, const struct bundle *b, uint32_t i,
	time_t *from, time_t *until);
/* Seconds before its end from which on it is to be said: 14 days, or a third of
 * a shorter life. */
double cert_life_early(time_t from, time_t until);
/* --check: those that are not good today, or not much longer. */
void cert_life_warn(const struct loaded *l);

/* ---- crl_files.c: CRLs are signed, newest and of today ---- */

/* -1 with a sentence in err that names the file. */
int crl_files_check(
	const struct table *t, const struct bundle *b, char *err, size_t n);
/* Those of new may follow those of old.  0, or -1 with *why. */
int crl_files_follow(const struct loaded *old, const struct loaded *new,
	struct refusal *why);
/* When a file of CRLs ends: the first of those in it. */
struct crl_end {
	char path[256], issuer[128];
	int64_t from, until; /* seconds since 1970; INT64_MAX: never */
	int said;            /* 1: that it ends soon, 2: that it has */
};
/* Of a table, for free(); NULL: no memory. */
struct crl_end *crl_files_ends(const struct loaded *l, size_t *n);
/* "2026-11-30T06:00:00Z", "never"; returns out. */
const char *crl_files_date(int64_t when, char out[32]);
/* Another table is live: its CRLs are the ones to watch. */
void crl_files_watch(struct master *m);
void crl_files_stop(void);
/* Those that are watched. */
const struct crl_end *crl_files_watched(size_t *n);

/* ---- ticket_secret.c ---- */

/* The secret of all session tickets: ours, or the one we took over. */
const uint8_t *ticket_secret_get(void);
/* The one before it, under which clients still hold some; or NULL. */
const uint8_t *ticket_secret_before(void);
/* Another one; what was the secret is the one before. */
void ticket_secret_set(const uint8_t *secret);
void ticket_secret_set_before(const uint8_t *secret);
/* A random one; without keep the one before is forgotten. */
void ticket_secret_fresh(int keep);
/* How often they have changed. */
unsigned ticket_secret_changes(void);
/* For a worker. */
void ticket_secret_put(struct ipc_tickets *m);
/* The one in a file, from now on.  0, or -1 with text in err. */
int ticket_secret_read(const char *path, char *err, size_t n);

/* ---- secrets.c: when that secret is changed ---- */

void secrets_start(struct master *m);
void secrets_tell(struct child *worker);
/* Tells all workers what they do not know yet. */
void secrets_tell_changed(struct master *m);
/* By a signal: it may have been somebody else's. */
void secrets_worker_died(struct child *worker);

/* ---- listen.c: listening sockets ---- */

struct listener {
	struct ipc_listener addr;
	int *sock; /* one per worker; a unix listener has the same in all */
	unsigned socks;
	uint32_t keepalive;  /* seconds, for what they accept */
	struct unixpath own; /* a unix listener's path, when we made it */
};
struct listeners {
	struct listener *v;
	unsigned count;
};

/* Opens what t listens on and have does not hold.  0, or -1 with *why and
 * nothing open. */
int listen_open(const struct listeners *have, const struct table *t,
	unsigned workers, struct listeners *fresh, struct refusal *why);
/* Those of have on which t does not listen. */
int listen_wanted(const struct table *t, const struct ipc_listener *addr);
/* Moves fresh into have. */
void listen_merge(struct listeners *have, struct listeners *fresh);
/* Closes and forgets one; the last one moves into its place. */
void listen_drop(struct listeners *have, unsigned i);
void listen_close(struct listeners *l);
/* An open listening socket to be used where its address is wanted; it becomes
 * ours. */
void listen_adopt(int fd);
/* Closes those that were not wanted. */
void listen_forget_adopted(void);
/* Those we took over are ours alone now: closing removes unix paths. */
void listen_own(struct listeners *l);
/* Another process has them too: closing removes no unix path. */
void listen_hand_over(struct listeners *l);
/* A listening socket on "192.0.2.1:443" or "[::1]:443"; -1 with *why. */
int listen_metrics(const char *text, struct refusal *why);

/* ---- revive.c: listening sockets that a child has ended ---- */

/* The kernel takes the smaller of this and somaxconn. */
#define LISTEN_BACKLOG 65535

void revive_start(struct master *m);
/* From now on it is seen when such a socket listens no more; before it is
 * closed: no longer. */
void revive_add(int fd);
void revive_drop(int fd);
/* Are that worker's sockets all listening?  Those of the next one? */
void revive_look(struct master *m, unsigned worker);
void revive_look_on(struct master *m);
void revive_stop(struct master *m);

/* ---- logs.c: the children's lines ---- */

/* The end of a new pipe for a child's lines, or -1 with errno. */
int logs_pipe(struct master *m);
/* All children have ended: what they have still said. */
void logs_finish(void);

/* ---- proc.c: the process table ---- */

struct master;
struct child;

struct proc_kind {
	const char *name;
	enum privdrop_role role;
	void (*started)(struct child *c);
	void (*message)(struct child *c, struct ipc_message *m);
	void (*gone)(struct child *c);
};

struct child {
	struct master *master;
	const struct proc_kind *kind;
	unsigned number;
	pid_t pid; /* 0: not running */
	int sock;
	struct ipc_queue queue;
	ev_io io;
	ev_child exit;
	ev_timer respawn;
	double started; /* clock_now() */
	double backoff;
	unsigned restarts;
	int vetoed; /* this process has refused a table already */
	uint64_t ready, committed; /* generations, as it said last */
	struct ipc_status status;  /* its last answer */
	uint64_t reported;         /* the last question answered in whole */
	unsigned unanswered;       /* pulses; see pulse.c */
	int asked, heard;          /* a pulse waits for its answer; it has ever
	                            * said anything */
	struct child *lent_to;     /* who accepts in its stead, or NULL */
};

void proc_init(struct master *m);
void proc_start(struct child *c);
/* The one child of that kind. */
struct child *proc_of(struct master *m, const struct proc_kind *kind);
void proc_send(struct child *c, enum ipc_type type, const void *body,
	size_t len, const int *fds, unsigned nfds);
void proc_kill(struct child *c);
/* Closes its socket: a child ends in order when its master is gone. */
void proc_hang_up(struct child *c);
unsigned proc_running(const struct master *m);
/* The rows' dispatch functions. */
extern const struct proc_kind child_worker;  /* child_worker.c */
extern const struct proc_kind child_monitor; /* child_monitor.c */
extern const struct proc_kind child_keys;    /* child_keys.c */

/* ---- pulse.c: children that hang ---- */

void pulse_start(struct master *m);
/* A message came. */
void pulse_heard(struct child *c);
/* It has gone. */
void pulse_forget(struct child *c);
/* Kills one that hangs; its successor begins with what is live. */
void pulse_replace(struct child *c);
/* It runs, but has not answered for a while: nobody waits for it. */
int pulse_silent(const struct child *c);

/* ---- lend.c: sockets of workers that do not accept ---- */

/* A worker went, fell silent, or accepts again. */
void lend_update(struct master *m);
/* A new listener: those whose sockets are lent have one, too. */
struct listener;
void lend_listen(struct master *m, const struct listener *l);

/* ---- child_worker.c: what the master tells its workers ---- */

void child_worker_offer(struct child *c, struct loaded *l);
void child_worker_listen(struct child *c, const struct listener *l);
void child_worker_unlisten(struct child *c, const struct ipc_listener *addr);
void child_worker_commit(struct child *c, uint64_t number);
void child_worker_abandon(struct child *c, uint64_t number);
void child_worker_retire(struct child *c, uint64_t number);
void child_worker_shadow(struct child *c, const struct loaded *l);

/* ---- child_keys.c: the process that alone holds private keys ---- */

/* Tokens are reached through modules and their files: the keys process is
 * started without its confinement when there are some.  0, or -1 with *why. */
int child_keys_allow_tokens(
	struct master *m, const struct loaded *l, struct refusal *why);
void child_keys_offer(struct master *m, const struct loaded *l);
void child_keys_forget(struct master *m, uint64_t number);
/* A pair between a worker and the keys process. */
void child_keys_connect(struct child *worker);

/* ---- handover.c: sockets from before us, and after ---- */

/* Takes what systemd or an older tlsd left us; before anything is opened. */
void handover_take(struct master *m);
/* Something is live: say so to those who wait for it. */
void handover_ready(struct master *m);
/* Starts a new tlsd, and drains when it serves. */
void handover_give(struct master *m);

/* ---- handed.c: the live table from before us, and after ---- */

/* Its lines of the handover, and the descriptors they speak of. */
void handed_put(const struct master *m, int fd);
void handed_keep_open(const struct master *m);
void handed_take_line(struct master *m, const char *line);
/* m->handed becomes what was taken over, or NULL. */
void handed_load(struct master *m);
/* It is live: the policy's file may have changed meanwhile. */
void handed_look(struct master *m);

/* ---- child_monitor.c ---- */

/* Starts the monitor if there is something for it to do, and gives it what is
 * live. */
void child_monitor_update(struct master *m);
/* Tells a worker the OCSP responses that have been fetched. */
void child_monitor_tell_staples(struct child *worker);

/* ---- history.c: tables that were live ---- */

/* l is live from now on. */
void history_push(struct master *m, struct loaded *l);
/* What falls out of the last few goes when no worker uses it any more.  Giving
 * back the memory of a million names takes 10 ms: not while someone waits. */
void history_trim(struct master *m);
/* A worker was offered a generation, or is done with it. */
void history_hold(struct loaded *l, const struct child *worker);
void history_release(struct child *worker, uint64_t number);
/* A worker is gone, and all it held. */
void history_release_all(struct child *worker);
/* The generation a rollback to number (0: the one before) goes to, or NULL
 * with *why. */
const struct loaded *history_find(
	struct master *m, uint64_t number, struct refusal *why);
void history_free(struct master *m);

/* ---- swap.c: from a file to every worker ---- */

/* HANDED: what a tlsd before us serves. */
enum swap_kind { SWAP_LOAD, SWAP_ROLLBACK, SWAP_RENEW, SWAP_HANDED };
struct swap_request {
	enum swap_kind kind;
	char path[256];  /* LOAD; empty: the policy given at start */
	uint64_t number; /* ROLLBACK; 0: the one before */
	char by[64];     /* "start", "signal", "watch", "control uid 0 pid 7" */
	uint64_t client; /* control client that waits for the answer, or 0 */
};

enum swap_stage { SWAP_IDLE, SWAP_RESOLVING, SWAP_PREPARING, SWAP_COMMITTING };
#define SWAP_WAITING_MAX 16

struct swap {
	enum swap_stage stage;
	struct swap_request request; /* the one under way */
	struct loaded *candidate;
	struct listeners fresh;
	ev_timer deadline;
	double begun; /* clock_now() */
	struct swap_request waiting[SWAP_WAITING_MAX];
	unsigned waiting_count;
};

/* Begins, or queues behind what is under way.  -1: too many wait. */
int swap_ask(struct master *m, const struct swap_request *r);
void swap_init(struct master *m);
/* An upgrade is over: what waited for its end is done, or refused if it
 * succeeded. */
void swap_resume(struct master *m);

/* ---- refusals.c: what was refused, and what is ---- */

/* The end of a swap: why, or NULL when it was not refused. */
void refusals_note(struct master *m, const struct swap_request *r,
	const struct refusal *why);
/* For the metrics. */
void refusals_count(struct master *m);

/* ---- state.c: what is kept over restarts ---- */

/* Reads it; without lock it is only looked at.  0, or -1 with *why. */
int state_start(struct master *m, int lock, struct refusal *why);
/* A signed table has a serial that no other had, and none below the highest
 * ever live.  0, or -1 with *why. */
int state_serial_fits(
	const struct master *m, const struct loaded *l, struct refusal *why);
/* No CRL is older than one that was in use under its name, before a start,
 * too.  0, or -1 with *why. */
int state_crls_fit(
	const struct master *m, const struct loaded *l, struct refusal *why);
/* l goes live: what is to be kept of it is, from now on.  0, or -1 with *why:
 * then it must not. */
int state_take(struct master *m, const struct loaded *l, enum swap_kind kind,
	struct refusal *why);
/* Every second: writes what could not be written. */
void state_tick(struct master *m);
/* We serve: the directory that a predecessor shared with us is ours. */
void state_signed_over(struct master *m);
/* We take up tables no more: another tlsd may have the directory. */
void state_release(struct master *m);

/* ---- swap.c: its children's news ---- */

/* A worker answered, came or went. */
void swap_ready(struct child *c);
void swap_failed(struct child *c, uint64_t of, const char *text);
void swap_committed(struct child *c);
void swap_child_started(struct child *c);
void swap_child_gone(struct child *c);
void swap_child_silent(struct child *c);
/* A host name was answered. */
void swap_resolved(struct master *m);

/* ---- master.c ---- */

struct master {
	struct ev_loop *loop;
	const struct options *options;
	int self; /* our own executable */
	int board_fd;
	struct board *board; /* shared by all processes */
	int metrics_fd;      /* listening, for the monitor; or -1 */
	int control_fd;      /* taken over; or -1 */
	int owner_fd;        /* the state directory is ours; or -1 */
	int ready_fd;        /* the old tlsd waits for a word here; or -1 */
	char *self_path;
	int served; /* something has been live */
	int upgrading, handed_over;
	pid_t predecessor;  /* the tlsd that makes way for us; 0: none */
	int upgrade_wanted; /* as soon as no swap is under way */
	ev_io upgrade_io;
	ev_child upgrade_child;
	/* Whom children become, by role. */
	struct privdrop_id id[PRIVDROP_ROLES];
	unsigned share;      /* of the board's, that we count in */
	int board_taken;     /* ... which was another tlsd's */
	int keep_root;       /* children keep the root directory */
	int keys_open;       /* the keys process needs files: tokens */
	struct child *child; /* workers first, by number */
	unsigned children;
	struct loaded *live;     /* newest first; the head is live */
	struct loaded *handed;   /* taken over, not offered yet; or NULL */
	struct loaded *shadow;   /* tried beside the live one, or NULL */
	struct loaded *retiring; /* no longer kept, still in use by workers */
	uint64_t last_number;
	struct state state; /* what is kept over restarts, or would be */
	struct listeners listeners;
	struct hosts hosts;
	struct swap swap;
	uint64_t loads, refusals, rollbacks, restarts, renewals;
	uint64_t hung; /* children killed because they hung */
	ev_timer pulse;
	struct refusal last_refusal;
	ev_tstamp refused_at; /* a date */
	int unix_wanted; /* a table was refused that a successor could use */
	uint64_t policy_seen; /* renew_stat of the policy, when it was read */
	int policy_refused;   /* the policy's file, as it was read last */
	int renewal_refused;  /* the last one: its files are not in use */
	double started;       /* clock_now() */
	int ending;           /* 0, 1 draining, 2 now */
	int status;           /* exit status */
	ev_timer end, tick;
	ev_signal sig[5]; /* TERM, INT, HUP, USR1, USR2 */
};

/* Runs until told to end; the exit status. */
int master_run(const struct options *o);
/* Stops accepting; ends when nothing is left or the deadline is over. */
void master_drain(struct master *m, const char *by);
/* A start that cannot succeed; says why on standard error too. */
void master_abort(struct master *m, const struct refusal *why);
/* A child has ended. */
void master_child_ended(struct master *m);

/* ---- segments.c ---- */

/* On standard error: segments that the machine's routes do not bear out. */
void segments_check(const struct table *t);

/* ---- beside.c: a tlsd that runs while we check ---- */

struct beside {
	long pid;                   /* 0: there is none */
	struct listeners listeners; /* addresses only */
	char metrics[128];
};
/* Whoever answers at the control socket (NULL: none is known).  -1 with *why:
 * it is somebody else's.  For beside_done in any case. */
int beside_ask(struct beside *b, const char *control, struct refusal *why);
void beside_done(struct beside *b);

/* ---- sources.c: source addresses that the machine has ---- */

/* Some source address of the backend can be used towards the server. */
int sources_reach(
	const struct table *t, uint32_t backend, const struct tbl_server *to);
/* --check: those that no interface has. */
void sources_warn(const struct table *t);

/* ---- check.c: everything --check says ---- */

int check_run(const struct options *o);
/* Private keys that others could read (check_keys.c). */
void check_keys_warn(const struct table *t, const char *base);
/* On standard error; returns the exit status that fits. */
int check_say(const struct refusal *why);
/* Warns when the table's limits need more descriptors than we may have. */
void check_descriptors(const struct master *m, const struct table *t);
/* Soft limit of descriptors to the hard one. */
void check_raise_descriptors(void);

/* ---- renew.c: changed certificates ---- */

uint64_t renew_fingerprint(const struct table *t, const struct options *o);
/* Of one file: another value is another file.  0: it is not there. */
uint64_t renew_stat(const char *path);
void renew_start(struct master *m);
void renew_stop(void);
/* Another table is live: its files are the ones to watch. */
void renew_watch(struct master *m);
/* New certificates serve the names that the old ones did, and today
 * (renew_fits.c). */
int renew_fits(const struct loaded *old, const struct loaded *new,
	struct refusal *why);
/* Files that do not fit each other may be half of a change: 1, it is looked at
 * again soon, and nothing is refused yet. */
int renew_waits(struct master *m, const struct refusal *why);
/* They are those in use again. */
void renew_settled(struct master *m);
/* Looks, and asks for a renewal when a file has changed. */
void renew_check(struct master *m);

/* ---- watch.c: the way to the policy ---- */

void watch_start(struct master *m);
void watch_stop(void);

/* ---- control.c, commands.c ---- */

int control_start(struct master *m, struct refusal *why);
int control_fd(void); /* -1: none */
/* Another process has the socket too: stopping leaves its path.  And: it is
 * ours alone. */
void control_hand_over(void);
void control_own(void);
void control_stop(struct master *m);
/* The outcome of a client's load or rollback. */
void commands_swapped(struct master *m, uint64_t client, const struct loaded *l,
	const struct refusal *why);
/* A worker's status has come in or cannot come. */
void commands_status(struct child *c);
/* A part of a worker's report (report.c). */
void report_take(struct child *c, const struct ipc_report *r, size_t len);

#endif
