/*
 * Landlock: no files, and no signals or abstract sockets to other processes.
 */
#ifndef RUNTIME_PRIVDROP_LANDLOCK_H
#define RUNTIME_PRIVDROP_LANDLOCK_H

/* Can it restrict abstract Unix sockets and signals? */
int privdrop_scopes(void);
/* Uses as much as the kernel has.  0, or -1 with errno. */
int privdrop_landlock(void);

#endif
