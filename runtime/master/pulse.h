/*
 * Children that hang.
 */
#ifndef RUNTIME_MASTER_PULSE_H
#define RUNTIME_MASTER_PULSE_H

struct child;
struct master;

void pulse_start(struct master *m);
/* A message came. */
void pulse_heard(struct child *c);
/* It has ended. */
void pulse_forget(struct child *c);
/* Kills a child that hangs; its successor begins with the live table. */
void pulse_replace(struct child *c);
/* It runs but has not answered for a while: do not wait for it. */
int pulse_silent(const struct child *c);

#endif
