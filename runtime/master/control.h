/*
 * The control socket: clients, their lines in and out.  What commands do is
 * commands.c's.
 */
#ifndef RUNTIME_MASTER_CONTROL_H
#define RUNTIME_MASTER_CONTROL_H

#include <ev.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/common/control_line.h"

struct master;
struct refusal;

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

int control_start(struct master *m, struct refusal *why);
int control_fd(void); /* -1: none */
/* Another process has the socket too: stopping leaves its path.  And: it is
 * ours alone. */
void control_hand_over(void);
void control_own(void);
void control_stop(struct master *m);

/* Sends one line and takes commands again; takes the reference over. */
void control_answer(struct control_client *c, json_t *answer);
/* Of any octets, as a path may be: what is no UTF-8 becomes the code points of
 * its numbers. */
json_t *control_text(const char *s);
void control_error(struct control_client *c, const char *id, const char *text);
struct control_client *control_find(uint64_t id);
struct control_client *control_first(void);

#endif
