/*
 * TLS on a half-connection by our own record layer (record.h): the octets of
 * several records are received at once, opened where they lie and handed on;
 * several are sealed and sent at once.  Called by tls.c.
 */
#include "tls_priv.h"

#include <string.h>

#include "io.h"

#define FRAMES 16 /* records of one send */

/* What one tls_write gathers; between calls it is empty. */
static uint8_t
	frames[FRAMES * (RECORD_HEAD_MAX + WIRE_PLAIN_MAX + RECORD_TAIL_MAX)];

/*
 * Expanded keys are 2 KB of a connection's 3. Only the connections that moved
 * last keep them; one that leaves this ring expands them again when it needs
 * them.
 */
#define WARM 128

static struct tls *warm[WARM + 1]; /* [0] is unused */
static unsigned warm_next = 1;

static void warm_up(struct tls *t)
{
	if (t->warm)
		return;
	tls_record_cool(warm[warm_next]);
	warm[warm_next] = t;
	t->warm = (uint8_t)warm_next;
	warm_next = warm_next % WARM + 1;
}

void tls_record_cool(struct tls *t)
{
	if (!t || !t->warm)
		return;
	warm[t->warm] = NULL;
	t->warm = 0;
	record_idle(t->record);
}

int tls_record_release(struct io *io)
{
	struct buf **held = &io->tls->held;
	int r;

	if (!*held)
		return IO_DONE;
	r = io_raw(io, buf_data(*held), buf_len(*held));
	buf_free(held);
	return r;
}

/* Puts what is held at the front of a gathering of *n octets.  A ticket that
 * contains a long client certificate is sent first. */
static int take_held(struct io *io, size_t *n)
{
	struct tls *t = io->tls;

	*n = buf_len(t->held);
	if (*n > WIRE_PLAIN_MAX) {
		*n = 0;
		return tls_record_release(io);
	}
	if (*n)
		memcpy(frames, buf_data(t->held), *n);
	buf_free(&t->held);
	return IO_DONE;
}

/* A key update or a refusal of renegotiation, before any other record. */
static int send_control(struct io *io)
{
	uint8_t out[RECORD_CONTROL_MAX];
	size_t n;
	int r = IO_DONE;

	if (record_wants_control(io->tls->record))
		r = tls_record_release(io);
	if (r != IO_DONE)
		return r;
	while (record_wants_control(io->tls->record)) {
		n = record_control(io->tls->record, out);
		if (!n)
			return IO_BROKEN;
		if (io_raw(io, out, n) != IO_DONE)
			return IO_RESET;
	}
	return IO_DONE;
}

int tls_record_flushed(struct io *io)
{
	int r;

	/* Nothing follows a close_notify (RFC 8446 6.1). */
	if (io->shut || !record_wants_control(io->tls->record))
		return IO_DONE;
	warm_up(io->tls);
	r = send_control(io);
	return r == IO_BROKEN ? IO_MEMORY : r;
}

void tls_record_alert(struct io *io, uint8_t alert)
{
	uint8_t out[RECORD_CONTROL_MAX];
	size_t n;

	warm_up(io->tls);
	tls_record_release(io);
	n = record_alert(io->tls->record, alert, out);
	if (n)
		io_raw(io, out, n);
}

/* The wire's octets to p: what waits in .in, then what the socket has. */
static ssize_t receive(struct io *io, uint8_t *p, size_t cap)
{
	size_t have = buf_len(io->in);
	ssize_t n;

	/* What .in holds must fit into one read, or its rest would come before
	 * what is put back; io.c reads at most 64 KiB ahead. */
	if (have > cap)
		return IO_MEMORY;
	if (have) {
		memcpy(p, buf_data(io->in), have);
		buf_consume(&io->in, have);
	}
	if (have == cap)
		return (ssize_t)have;
	n = io_take(io, p + have, cap - have);
	if (n > 0)
		return (ssize_t)have + n;
	if (n != IO_AGAIN)
		io->tls->end = (int8_t)(n == IO_EOF ? IO_TRUNCATED : n);
	return have ? (ssize_t)have : n;
}

/* What a record means that carries no data; 0: go on. */
static int judge(struct io *io, const struct record_in *in)
{
	switch (in->event) {
	case RECORD_CLOSE:
		return IO_EOF;
	case RECORD_ALERT:
		io->alert_got = in->alert;
		io->tls->error = GNUTLS_E_FATAL_ALERT_RECEIVED;
		return IO_BROKEN;
	case RECORD_BROKEN:
		io->alert = in->alert;
		io->tls->error = GNUTLS_E_UNEXPECTED_PACKET;
		tls_record_alert(io, in->alert);
		return IO_BROKEN;
	default:
		return 0;
	}
}

/* Opens every whole record of p[0..n) and moves the plaintexts together at its
 * front; returns their octets.  *used: octets of the wire consumed. */
static size_t open_all(struct io *io, uint8_t *p, size_t n, size_t *used)
{
	struct record_in in;
	size_t have = 0;
	int end;

	for (*used = 0; *used < n; *used += in.used) {
		record_open(io->tls->record, p + *used, n - *used, &in);
		if (in.event == RECORD_MORE)
			break;
		if (in.event == RECORD_DATA) {
			memmove(p + have, in.data, in.len);
			have += in.len;
			continue;
		}
		end = judge(io, &in);
		if (end) {
			/* What follows an end is ignored. */
			io->tls->end = (int8_t)end;
			*used = n;
			break;
		}
	}
	return have;
}

ssize_t tls_record_read(struct io *io, uint8_t *p, size_t cap)
{
	struct tls *t = io->tls;
	size_t used, have;
	ssize_t n;
	int r;

	if (t->end && !io->in)
		return t->end;
	warm_up(t);
	n = receive(io, p, cap);
	if (n <= 0)
		return t->end ? t->end : n;
	have = open_all(io, p, (size_t)n, &used);
	if (used < (size_t)n &&
		buf_append(&io->in, p + used, (size_t)n - used) < 0)
		return IO_MEMORY;
	/* While the peer reads nothing, answers to its requests must not pile
	 * up: one answers them all (RFC 8446 4.6.3), see tls_record_flushed. */
	r = io->out ? IO_DONE : send_control(io);
	if (r == IO_BROKEN || r == IO_MEMORY)
		return IO_MEMORY;
	/* The end of the stream inside a record: nothing more will come. */
	if (t->end)
		buf_free(&io->in);
	if (have)
		return (ssize_t)have;
	return t->end ? t->end : IO_AGAIN;
}

int tls_record_write(struct io *io, const uint8_t *p, size_t n)
{
	struct record *r = io->tls->record;
	size_t head = record_head(r), max = record_plain_max(r);
	size_t at = 0, part, len;
	int done;

	warm_up(io->tls);
	done = send_control(io);
	if (done == IO_DONE)
		done = take_held(io, &at);
	if (max > WIRE_PLAIN_MAX)
		max = WIRE_PLAIN_MAX;
	for (; n && done == IO_DONE; p += part, n -= part) {
		part = n < max ? n : max;
		if (at + RECORD_HEAD_MAX + part + RECORD_TAIL_MAX >
			sizeof(frames)) {
			done = io_raw(io, frames, at);
			at = 0;
		}
		memcpy(frames + at + head, p, part);
		len = record_seal(r, frames + at, part);
		if (!len)
			return IO_MEMORY;
		at += len;
		if (record_wants_control(r) && done == IO_DONE) {
			done = io_raw(io, frames, at);
			at = 0;
			if (done == IO_DONE)
				done = send_control(io);
		}
	}
	if (at && done == IO_DONE)
		done = io_raw(io, frames, at);
	return done;
}
