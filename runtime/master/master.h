/*
 * The master: its state, and its life.  It starts and replaces processes
 * (proc.c), keeps the listening sockets (listen.c), reads tables (load.c),
 * publishes them in two phases (swap.c), answers the operator (control.c,
 * commands.c) and ends in order.  It reads nothing from the network.
 */
#ifndef RUNTIME_MASTER_H
#define RUNTIME_MASTER_H

#include <ev.h>
#include <stdint.h>
#include <sys/types.h>

#include "listen.h"
#include "options.h"
#include "refuse.h"
#include "resolve.h"
#include "runtime/common/privdrop.h"
#include "state_file.h"
#include "swap.h"

struct board;
struct child;
struct loaded;

enum master_ending {
	MASTER_STAYS = 0,
	MASTER_DRAINS, /* connections may end; no worker is replaced */
	MASTER_ENDS    /* now; no process is replaced */
};

struct master {
	struct ev_loop *loop;
	const struct options *options;
	int self; /* our own executable */
	int board_fd;
	struct board *board; /* shared by all processes */
	int metrics_fd;      /* listening, for the monitor; or -1 */
	int control_fd;      /* taken over; or -1 */
	int owner_fd;        /* the state directory is ours; or -1 */
	int ready_fd;        /* the old tlsd waits for an octet here; or -1 */
	char *self_path;
	int served; /* a table has been live */
	int upgrading, handed_over;
	pid_t predecessor;  /* the tlsd that we replace; 0: none */
	int upgrade_wanted; /* to be started when no swap is under way */
	ev_io upgrade_io;
	ev_child upgrade_child;
	/* The users and groups of children, by role. */
	struct privdrop_id id[PRIVDROP_ROLES];
	unsigned share;      /* the share of the board that we count in */
	int board_taken;     /* it came from another tlsd */
	int keep_root;       /* children keep the root directory */
	int keys_open;       /* the keys process needs files: tokens */
	struct child *child; /* workers first, by number */
	unsigned children;
	struct loaded *live; /* the list of kept tables; this one is live */
	/* taken over from the old tlsd, not offered yet; or NULL */
	struct loaded *handed;
	struct loaded *shadow; /* compared with the live one; or NULL */
	/* not kept any more, but still in use by workers */
	struct loaded *retiring;
	uint64_t last_number;
	struct state state; /* what is kept across restarts (--state) */
	struct listeners listeners;
	struct hosts hosts;
	struct swap swap;
	uint64_t loads, refusals, rollbacks, restarts, renewals;
	uint64_t hung; /* children killed because they hung */
	ev_timer pulse;
	struct refusal last_refusal;
	ev_tstamp refused_at; /* a date */
	int unix_wanted; /* a table was refused that a new tlsd could use */
	uint64_t policy_seen; /* renew_stat of the policy when it was read */
	/* the last reading of the policy's file was refused */
	int policy_refused;
	int renewal_refused; /* the last renewal was refused */
	size_t bad_certs;    /* of the live table */
	double started;      /* clock_now() */
	enum master_ending ending;
	int status; /* exit status */
	ev_timer end, tick;
	ev_signal sig[5]; /* TERM, INT, HUP, USR1, USR2 */
};

/* Runs until told to end; the exit status. */
int master_run(const struct options *o);
/* Stops accepting.  Ends when no connection is left, or at the deadline. */
void master_drain(struct master *m, const char *by);
/* Ends a start that cannot succeed.  Prints the reason on standard error,
 * unless the audit line about it appears there. */
void master_abort(struct master *m, const struct refusal *why);
/* A child has ended. */
void master_child_ended(struct master *m);

#endif
