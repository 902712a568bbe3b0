/*
 * What the commands of the control socket do.
 */
#ifndef RUNTIME_MASTER_COMMANDS_H
#define RUNTIME_MASTER_COMMANDS_H

#include <stdint.h>

struct child;
struct control_client;
struct control_command;
struct loaded;
struct master;
struct refusal;

/* Executes a command; answers now or later (c->waiting). */
void commands_execute(
	struct control_client *c, const struct control_command *command);
/* The time to wait for workers is over. */
void commands_timeout(struct control_client *c);
/* Answers a client's load or rollback. */
void commands_swapped(struct master *m, uint64_t client, const struct loaded *l,
	const struct refusal *why);
/* A worker's status has arrived, or will not arrive. */
void commands_status(struct child *c);

#endif
