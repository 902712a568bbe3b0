/*
 * The live table from before us, and after.
 */
#ifndef RUNTIME_MASTER_HANDED_H
#define RUNTIME_MASTER_HANDED_H

struct master;

/* Its lines of the handover, and the descriptors they speak of. */
void handed_put(const struct master *m, int fd);
void handed_keep_open(const struct master *m);
void handed_take_line(struct master *m, const char *line);
/* m->handed becomes what was taken over, or NULL. */
void handed_load(struct master *m);
/* It is live: the policy's file may have changed meanwhile. */
void handed_look(struct master *m);

#endif
