/*
 * Messages between the master and its children over a SOCK_SEQPACKET pair each:
 * a fixed header, a body of at most IPC_BODY_MAX octets, and at most
 * IPC_FDS_MAX descriptors.  Both ends are the same binary, so structs are sent
 * as they are.  Still, every receiver checks type, length and number of
 * descriptors before it believes a message.
 */
#ifndef RUNTIME_IPC_H
#define RUNTIME_IPC_H

#include <stddef.h>
#include <stdint.h>

#define IPC_BODY_MAX 8192
#define IPC_FDS_MAX 4

enum ipc_type {
	/* master -> worker */
	IPC_PREPARE = 1, /* ipc_generation; fds: table memfd, bundle memfd */
	IPC_COMMIT,      /* ipc_generation: new connections use it */
	IPC_ABANDON,     /* ipc_generation: prepared, will not be used */
	IPC_LISTEN,      /* ipc_listener; fd: listening socket */
	IPC_UNLISTEN,    /* ipc_listener: accept what is queued, then close */
	IPC_DRAIN,       /* ipc_drain: stop accepting, end by the deadline */
	IPC_STATUS_ASK,  /* ipc_ask */
	/* master -> keys, and its workers */
	IPC_SIGNER, /* ipc_signer; fd: one end of a worker's pair to keys */
	IPC_FORGET, /* ipc_generation: its keys are no longer needed */
	/* worker -> master */
	IPC_READY,     /* ipc_ack of PREPARE */
	IPC_FAILED,    /* ipc_ack with text: cannot use that generation */
	IPC_COMMITTED, /* ipc_ack */
	IPC_RETIRED,   /* ipc_ack: the last connection under it has ended */
	IPC_STATUS,    /* ipc_status */
	IPC_DRAINED,   /* nothing is left: exiting */

	/* master -> monitor */
	IPC_RESOLVE = 40, /* ipc_host: look up, and again when its TTL ends */
	IPC_UNRESOLVE,    /* ipc_host: no longer needed */
	/* monitor -> master -> worker */
	IPC_RESOLVED, /* ipc_resolved: the first answer, then changes */
	IPC_STAPLE,   /* ipc_staple, only the octets in use */

	/* master -> worker */
	/* fd: a table to compare with the live one; no fd: stop */
	IPC_SHADOW = 60,
	IPC_REPORT_ASK, /* ipc_report_ask */
	/* worker -> master */
	IPC_REPORT, /* ipc_report, only the octets in use */

	/* master -> worker */
	/* what it counts on the board may have been damaged */
	IPC_RECOUNT = 69,
	IPC_TICKETS = 70, /* ipc_tickets: the secrets of session tickets */

	/* master -> child, and back: does the loop still turn? */
	IPC_PULSE = 80,
	/* master -> worker */
	IPC_LEND,   /* ipc_lend; fd: another worker's listening socket */
	IPC_UNLEND, /* ipc_lend: close all sockets of that worker */
	/* ipc_generation: no rollback will return to it; its connections
	 * have their drain limit */
	IPC_RETIRE,
};

struct ipc_header {
	uint16_t type, fds;
	uint32_t len; /* of the body */
};

struct ipc_generation {
	uint64_t number;
};
struct ipc_signer {
	uint32_t worker;
};
struct ipc_drain {
	uint32_t deadline_ms;
};
struct ipc_ask {
	uint64_t tag;
};

/* How lines are written: JSON or logfmt; with syslog: a "<PRI>tlsd[PID]: "
 * prefix. */
struct ipc_log {
	uint8_t json, syslog;
};

struct ipc_host {
	char host[256];
};

#define IPC_ADDRESSES_MAX 64 /* of one host; more are dropped */
struct ipc_resolved {
	char host[256];
	uint32_t count;   /* 0: it does not resolve, and never has */
	uint32_t ttl;     /* seconds, for the record */
	char addrs[4096]; /* numeric, each followed by a newline */
};
/* Without the unused part. */
#define IPC_RESOLVED_LEAST offsetof(struct ipc_resolved, addrs)
size_t ipc_resolved_len(const struct ipc_resolved *r);

/* The secret of session tickets, and the one before it. */
struct ipc_tickets {
	uint32_t count; /* of secrets: 1 or 2 */
	uint8_t secret[2][64];
};

/* A fetched OCSP response. */
#define IPC_STAPLE_MAX 7680
struct ipc_staple {
	uint8_t leaf[32]; /* SHA-256 of the certificate */
	int64_t until;    /* seconds since 1970; not to be used afterwards */
	uint32_t len;     /* of der */
	uint8_t der[IPC_STAPLE_MAX];
};
#define IPC_STAPLE_HEAD offsetof(struct ipc_staple, der)

enum ipc_report_kind {
	REPORT_CONNECTIONS = 1,
	REPORT_CONNECTION,
	REPORT_SHADOW
};
struct ipc_report_ask {
	uint64_t tag;
	uint64_t id; /* of the connection, for WHY */
	uint32_t kind, zero;
};
/* A part of an answer: JSON objects, one per line. */
#define IPC_REPORT_TEXT 8000
struct ipc_report {
	uint64_t tag;
	uint32_t last; /* no part follows */
	uint32_t len;  /* of text */
	char text[IPC_REPORT_TEXT];
};
#define IPC_REPORT_HEAD offsetof(struct ipc_report, text)

/* A listening address: the key by which the LISTENER entries of a table and
 * sockets are matched. */
struct ipc_listener {
	uint8_t family; /* TBL_V4, TBL_V6, TBL_UNIX */
	uint8_t zero;
	uint16_t port;
	uint8_t addr[16];
	char path[108];
};

/* A worker does not accept: another one accepts its connections until it
 * does. */
struct ipc_lend {
	struct ipc_listener listener;
	uint32_t worker; /* the owner */
};

struct ipc_ack {
	uint64_t number;
	char text[512]; /* NUL-terminated */
};

#define IPC_STATUS_GENERATIONS 32
struct ipc_status {
	uint64_t tag;
	uint64_t accepted, rejected, failed; /* since the worker started */
	uint64_t bytes_in, bytes_out;
	uint32_t live; /* connections now */
	uint32_t generations;
	struct {
		uint64_t number;
		uint32_t live;
		uint32_t zero;
	} generation[IPC_STATUS_GENERATIONS];
};

struct ipc_message {
	struct ipc_header head;
	union {
		struct ipc_generation generation;
		struct ipc_signer signer;
		struct ipc_drain drain;
		struct ipc_ask ask;
		struct ipc_listener listener;
		struct ipc_lend lend;
		struct ipc_ack ack;
		struct ipc_status status;
		struct ipc_host host;
		struct ipc_resolved resolved;
		struct ipc_staple staple;
		struct ipc_tickets tickets;
		struct ipc_report_ask report_ask;
		struct ipc_report report;
		uint8_t bytes[IPC_BODY_MAX];
	} body;
	int fd[IPC_FDS_MAX]; /* -1: none */
};

/* A nonblocking, close-on-exec SOCK_SEQPACKET pair; 0, or -1 with errno. */
int ipc_pair(int pair[2]);
/* Sending a descriptor to this end fails (Linux 6.16; before that, ipc_recv
 * closes it). */
void ipc_no_fds(int sock);
/* Closes our end, including descriptors that were not received. */
void ipc_hang_up(int sock);
/* 0, or -1 with errno.  EAGAIN: the pair is full; the caller queues.  Does not
 * close the descriptors it sends. */
int ipc_send(int sock, enum ipc_type type, const void *body, size_t len,
	const int *fds, unsigned nfds);
/* 1 with *m filled (its descriptors, close-on-exec, are the caller's); 0 at end
 * of file; -1 with errno (EAGAIN: no message; EBADMSG: a malformed one, whose
 * descriptors are closed). */
int ipc_recv(int sock, struct ipc_message *m);
/* Closes the descriptors that the receiver did not take (by setting them to
 * -1), without waiting for any of them. */
void ipc_close(struct ipc_message *m);
/* Two listeners are the same address. */
int ipc_listener_equal(
	const struct ipc_listener *a, const struct ipc_listener *b);

/* Messages that could not be sent yet, in order.  Their descriptors are
 * duplicates.  Zero is an empty queue. */
struct ipc_queue {
	struct ipc_queued *first, **last;
	size_t cost;
};
/* Sends, or queues after what waits.  0, or -1 with errno (the peer is gone, or
 * so much waits that it must be stuck).  A table may name as many hosts as the
 * board has entries for servers, and a new child is told all of them at once:
 * that must fit. */
#define IPC_QUEUE_MOST (64u << 20) /* octets */
#define IPC_QUEUE_FD (16u << 10)   /* what a descriptor counts as */
int ipc_post(struct ipc_queue *q, int sock, enum ipc_type type,
	const void *body, size_t len, const int *fds, unsigned nfds);
/* 1: something still waits (watch for writable), 0: empty, -1 with errno. */
int ipc_flush(struct ipc_queue *q, int sock);
void ipc_queue_clear(struct ipc_queue *q);

#endif
