/*
 * What main.c and the processes it becomes agree on: the descriptors a child
 * finds open when it starts.
 */
#ifndef RUNTIME_CHILD_H
#define RUNTIME_CHILD_H

#define CHILD_IPC 3   /* SOCK_SEQPACKET to the master */
#define CHILD_LOG 4   /* where log lines go */
#define CHILD_BOARD 5 /* shared counters of all workers */
#define CHILD_FDS 10  /* inherited descriptors are below */

/* A child's arguments: CHILD_SWITCH, its kind, its number, how many workers
 * there are, letters for what is on, the uid and gid it becomes ("0" "0": it
 * stays what it is). */
#define CHILD_SWITCH "--child"
#define CHILD_ARGS 8
#define CHILD_FLAGS_MAX 16
#define CHILD_JSON "j"
#define CHILD_SYSLOG "s"
#define CHILD_NO_SPLICE "c"
#define CHILD_GNUTLS_RECORDS "g"
#define CHILD_KEEP_ROOT "r"
#define CHILD_SHARE "2" /* counts in the board's second share */
#define CHILD_OPEN "o"  /* keeps root and may make any system call */

/* In a child's environment: DNS servers instead of resolv.conf's, as
 * "address[:port],..." */
#define CHILD_DNS "TLSD_DNS"

#define TLSD_VERSION "1.0"

#endif
