/*
 * The control socket: its clients, and their lines in both directions.
 * commands.c executes the commands.
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
	ev_timer timer; /* while idle, or while waiting for an answer */
	int waiting;    /* for a swap or for workers: no lines are read */
	uint64_t tag;   /* of the question to the workers, or 0 */
	/* the workers' reports so far; NULL: the question was for status */
	json_t *gather;
	struct control_command command; /* the command it waits for */
	char in[CONTROL_LINE_MAX + 2];
	size_t in_len;
	char *out;
	size_t out_len, out_off;
	int closing; /* after the last octet */
};

int control_start(struct master *m, struct refusal *why);
int control_fd(void); /* -1: none */
/* Another process has the socket too, so stopping does not remove its path. */
void control_hand_over(void);
void control_own(void);
void control_stop(struct master *m);

/* Sends an answer, which is freed, and takes commands again. */
void control_answer(struct control_client *c, json_t *answer);
/* A JSON string of any octets, as a path may have: each octet that is not UTF-8
 * becomes the code point of its number. */
json_t *control_text(const char *s);
void control_error(struct control_client *c, const char *id, const char *text);
struct control_client *control_find(uint64_t id);
struct control_client *control_first(void);

#endif
