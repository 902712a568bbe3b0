/*
 * What the load generator and the origin of the bench share: a connection
 * that is TCP or TLS, and the one kind of request.
 *
 * A request is 32 octets: a letter, a decimal count, blanks, a newline.
 *   S n   the origin sends n octets and ends
 *   R n   the origin reads n octets, answers one and ends
 *   H 0   the origin answers one octet and waits for the client to end
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_SIZE 32

struct wire {
	int fd;
	SSL *ssl; /* NULL: clear */
};

/* All return the octets moved, 0 at an orderly end, -1 on an error. */
long wire_read(struct wire *w, void *buf, size_t n);
/* Exactly n octets, or -1. */
long wire_read_full(struct wire *w, void *buf, size_t n);
long wire_write_full(struct wire *w, const void *buf, size_t n);
/* Read one TLS record and forget it; 0 or -1. */
int wire_skip_record(struct wire *w);
/* close_notify and FIN; the descriptor stays open. */
void wire_end(struct wire *w);
void wire_close(struct wire *w);

/* "ADDR:PORT" (IPv4) to a socket that listens, or is connected; exits with a
 * message when that is not possible (listen), -1 (connect). */
int wire_listen(const char *where);
int wire_connect(const char *where);

_Noreturn void wire_fail(const char *what);

int origin_main(int argc, char **argv);
int load_main(int argc, char **argv);

#endif
