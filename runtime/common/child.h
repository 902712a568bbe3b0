/*
 * What main.c and the processes it becomes agree on: the descriptors and
 * arguments of a child.
 */
#ifndef RUNTIME_CHILD_H
#define RUNTIME_CHILD_H

#define CHILD_IPC 3   /* SOCK_SEQPACKET to the master */
#define CHILD_LOG 4   /* where log lines go */
#define CHILD_BOARD 5 /* shared counters of all workers */
#define CHILD_FDS 10  /* inherited descriptors are below this */

/* A child's arguments: CHILD_SWITCH, its kind, its number, the number of
 * workers, letters for options, the uid and gid to become ("0" "0": keep
 * them). */
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

/* In a child's environment: DNS servers to use instead of those in resolv.conf,
 * as "address[:port],..." */
#define CHILD_DNS "TLSD_DNS"

#define TLSD_VERSION "1.0"

#endif
