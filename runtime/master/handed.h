/*
 * The live table across an upgrade.
 */
#ifndef RUNTIME_MASTER_HANDED_H
#define RUNTIME_MASTER_HANDED_H

struct master;

/* Writes its lines of the handover.  The descriptors in them stay open. */
void handed_put(const struct master *m, int fd);
void handed_keep_open(const struct master *m);
void handed_take_line(struct master *m, const char *line);
/* Sets m->handed to the table that was handed over, or NULL. */
void handed_load(struct master *m);
/* It is live.  The policy's file may have changed meanwhile. */
void handed_look(struct master *m);

#endif
