/*
 * The control socket: clients, their lines in and out.  What commands do is
 * commands.c's.
 */
#ifndef RUNTIME_CONTROL_H
#define RUNTIME_CONTROL_H

#include <jansson.h>
#include <stddef.h>

#include "master.h"
#include "runtime/common/control_line.h"

struct control_client {
	struct control_client *next;
	struct master *master;
	uint64_t id;
	unsigned uid;
	int pid;
	ev_io io;
	ev_timer timer; /* idle, or the wait for an answer */
	int waiting;    /* for a swap or for workers: reads no more lines */
	uint64_t tag;   /* of the question to workers, or 0 */
	json_t *gather; /* their reports so far; NULL: it was for status */
	struct control_command command; /* what it waits for */
	char in[CONTROL_LINE_MAX + 2];
	size_t in_len;
	char *out;
	size_t out_len, out_off;
	int closing; /* after the last octet */
};

/* Sends one line and takes commands again; takes the reference over. */
/* A process that tlsd has started gives no commands. */
struct ucred;
int control_peer_is_child(const struct master *m, const struct ucred *who);
/* Of any octets, as a path may be: what is no UTF-8 becomes the code points of
 * its numbers. */
json_t *control_text(const char *s);
void control_answer(struct control_client *c, json_t *answer);
void control_error(struct control_client *c, const char *id, const char *text);
struct control_client *control_find(uint64_t id);
struct control_client *control_first(void);

/* ---- servers.c ---- */

void servers_list(struct control_client *c);
/* name: a backend, or "BACKEND/ADDRESS". */
void servers_drain(struct control_client *c, const char *name, int drain);
/* The board was another tlsd's: a server that nobody checks is not down. */
struct master;
void servers_forget_unchecked(struct master *m);
/* A server is drained, or is no longer. */
void servers_remember(const char *name, int drain);
/* The names of those that are; NULL at the end. */
const char *servers_drained(unsigned i);
/* A worker has died by a signal: what it may have said of servers is undone. */
void servers_heal(struct master *m);
/* By its name on the board. */
int servers_is_drained(const char *name);
void servers_free(void);

/* Does it; answers now or later (c->waiting). */
void commands_execute(
	struct control_client *c, const struct control_command *command);
/* The wait for workers is over. */
void commands_timeout(struct control_client *c);

/* ---- report.c ---- */

uint64_t report_tag(void); /* the next question's */
void report_ask(struct control_client *c, enum ipc_report_kind kind);
void report_answer(struct control_client *c);
void report_shadow_load(struct control_client *c);
void report_shadow_off(struct control_client *c);

#endif
