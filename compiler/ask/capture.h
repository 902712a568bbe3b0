/*
 * A captured ClientHello: the first octets of a client's TCP stream, from a
 * file of raw bytes or from a pcap/pcapng file (read with libpcap).
 */
#ifndef COMPILER_CAPTURE_H
#define COMPILER_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

struct arena;

struct capture {
	const uint8_t *stream; /* in order, from the client's first octet */
	size_t len;
	uint8_t family;     /* TBL_V4, TBL_V6; 0: raw bytes, no addresses */
	uint8_t source[16]; /* network order, v4 in the first four */
	uint16_t source_port, dest_port;
};

/* data[0..len) is the file.  The first TCP stream that starts like a TLS
 * handshake is taken.  0, or -1 with *err (a constant or arena-owned). */
int capture_read(struct arena *a, const uint8_t *data, size_t len,
	struct capture *out, const char **err);

#endif
