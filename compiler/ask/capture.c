/*
 * From a capture file to a client's stream: link header, IP header, TCP
 * segments put in order.  Called by tlsc match --hello; everything lives in
 * the arena.  Bounded: the first FLOWS_MAX streams, STREAM_MAX octets each.
 */
#include "capture.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "grammar/table.h"

enum { FLOWS_MAX = 256, STREAM_MAX = 1 << 17, HANDSHAKE_RECORD = 22 };

struct segment {
	uint32_t seq;
	const uint8_t *data;
	size_t len;
};

/* One direction of a TCP connection. */
struct flow {
	uint8_t family;
	uint8_t source[16], dest[16];
	uint16_t sport, dport;
	int has_syn;
	uint32_t first; /* sequence number of the first octet, with has_syn */
	struct segment *v;
	size_t n, cap, octets;
};

struct reading {
	struct arena *arena;
	struct flow flows[FLOWS_MAX];
	size_t count;
};

struct packet {
	const uint8_t *p;
	size_t n;
};

static int take(struct packet *k, size_t n)
{
	if (k->n < n)
		return -1;
	k->p += n;
	k->n -= n;
	return 0;
}

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

/* --- headers ----------------------------------------------------------- */

/* Octets before the IP header; VLAN tags are skipped in Ethernet. */
static int skip_link(struct packet *k, int link)
{
	switch (link) {
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return 0;
	case DLT_NULL:
	case DLT_LOOP:
		return take(k, 4);
	case DLT_LINUX_SLL:
		return take(k, 16);
	case DLT_LINUX_SLL2:
		return take(k, 20);
	case DLT_EN10MB:
		while (k->n >= 18 &&
			(be16(k->p + 12) == 0x8100 ||
				be16(k->p + 12) == 0x88a8)) {
			k->p += 4;
			k->n -= 4;
		}
		return take(k, 14);
	default:
		return -1;
	}
}

/* Reads the addresses; leaves k at the TCP header, cut to the IP length. */
static int read_ip4(struct packet *k, struct flow *f)
{
	size_t header = (size_t)(k->p[0] & 15) * 4, total;

	if (k->n < 20 || header < 20 || k->p[9] != 6 ||
		(be16(k->p + 6) & 0x3fff)) /* fragments are not put together */
		return -1;
	total = be16(k->p + 2);
	if (total >= header && total < k->n)
		k->n = total; /* Ethernet padding */
	f->family = TBL_V4;
	memcpy(f->source, k->p + 12, 4);
	memcpy(f->dest, k->p + 16, 4);
	return take(k, header);
}

static int read_ip6(struct packet *k, struct flow *f)
{
	size_t total;

	if (k->n < 40 || k->p[6] != 6)
		return -1;
	total = 40 + be16(k->p + 4);
	if (total < k->n)
		k->n = total;
	f->family = TBL_V6;
	memcpy(f->source, k->p + 8, 16);
	memcpy(f->dest, k->p + 24, 16);
	return take(k, 40);
}

static int read_ip(struct packet *k, struct flow *f)
{
	if (k->n < 1)
		return -1;
	if (k->p[0] >> 4 == 4)
		return read_ip4(k, f);
	return k->p[0] >> 4 == 6 ? read_ip6(k, f) : -1;
}

static int read_tcp(struct packet *k, struct flow *f, uint32_t *seq)
{
	size_t header;

	if (k->n < 20)
		return -1;
	f->sport = (uint16_t)be16(k->p);
	f->dport = (uint16_t)be16(k->p + 2);
	*seq = be32(k->p + 4);
	f->has_syn = (k->p[13] & 2) != 0;
	f->first = *seq + 1;
	header = (size_t)(k->p[12] >> 4) * 4;
	return header < 20 ? -1 : take(k, header);
}

/* --- streams ----------------------------------------------------------- */

static struct flow *find_flow(struct reading *r, const struct flow *key)
{
	for (size_t i = 0; i < r->count; i++) {
		struct flow *f = &r->flows[i];

		if (f->family == key->family && f->sport == key->sport &&
			f->dport == key->dport &&
			memcmp(f->source, key->source, 16) == 0 &&
			memcmp(f->dest, key->dest, 16) == 0)
			return f;
	}
	if (r->count == FLOWS_MAX)
		return NULL;
	r->flows[r->count] = *key;
	return &r->flows[r->count++];
}

static void add_segment(
	struct reading *r, struct flow *f, uint32_t seq, const struct packet *k)
{
	if (k->n == 0 || f->octets >= STREAM_MAX)
		return;
	arena_grow(r->arena, &f->v, f->n, &f->cap, sizeof(*f->v));
	f->v[f->n++] = (struct segment){seq,
		(uint8_t *)arena_strndup(r->arena, (const char *)k->p, k->n),
		k->n};
	f->octets += k->n;
}

static void read_packet(struct reading *r, int link, const uint8_t *p, size_t n)
{
	struct packet k = {p, n};
	struct flow key = {0}, *f;
	uint32_t seq;

	if (skip_link(&k, link) != 0 || read_ip(&k, &key) != 0 ||
		read_tcp(&k, &key, &seq) != 0)
		return;
	f = find_flow(r, &key);
	if (f)
		add_segment(r, f, seq, &k);
}

static int by_sequence(const void *a, const void *b)
{
	int32_t d = (int32_t)(((const struct segment *)a)->seq -
		((const struct segment *)b)->seq);

	return d < 0 ? -1 : d > 0;
}

/* The octets from the flow's first one on, up to the first hole. */
static size_t join(struct arena *a, struct flow *f, const uint8_t **stream)
{
	uint8_t *out = arena_alloc(a, f->octets + 1);
	size_t n = 0;

	qsort(f->v, f->n, sizeof(*f->v), by_sequence);
	if (!f->has_syn)
		f->first = f->v[0].seq;
	for (size_t i = 0; i < f->n; i++) {
		uint32_t at = f->v[i].seq - f->first; /* where it starts */
		size_t known = n - at;                /* octets we have */

		if (at > n)
			break;
		if (known >= f->v[i].len)
			continue; /* a retransmission */
		memcpy(out + n, f->v[i].data + known, f->v[i].len - known);
		n += f->v[i].len - known;
	}
	*stream = out;
	return n;
}

static int looks_like_client(const uint8_t *p, size_t n)
{
	return n >= 6 && p[0] == HANDSHAKE_RECORD && p[1] == 3 && p[5] == 1;
}

static int choose(struct reading *r, struct capture *out, const char **err)
{
	for (size_t i = 0; i < r->count; i++) {
		struct flow *f = &r->flows[i];

		if (f->n == 0)
			continue;
		out->len = join(r->arena, f, &out->stream);
		if (!looks_like_client(out->stream, out->len))
			continue;
		out->family = f->family;
		memcpy(out->source, f->source, 16);
		out->source_port = f->sport;
		out->dest_port = f->dport;
		return 0;
	}
	*err = "the capture holds no TCP stream that starts with a ClientHello";
	return -1;
}

static int is_capture(const uint8_t *p, size_t n)
{
	static const uint32_t magics[] = {
		0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a};

	for (size_t i = 0; n >= 4 && i < sizeof(magics) / sizeof(*magics); i++)
		if (be32(p) == magics[i])
			return 1;
	return 0;
}

static int read_pcap(struct reading *r, pcap_t *pcap, const char **err)
{
	struct pcap_pkthdr *head;
	const uint8_t *p;
	int rc;

	while ((rc = pcap_next_ex(pcap, &head, &p)) == 1)
		read_packet(r, pcap_datalink(pcap), p, head->caplen);
	if (rc == PCAP_ERROR && r->count == 0) {
		*err = arena_printf(r->arena, "%s", pcap_geterr(pcap));
		return -1;
	}
	return 0; /* a capture that is cut off may still hold the hello */
}

int capture_read(struct arena *a, const uint8_t *data, size_t len,
	struct capture *out, const char **err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	struct reading *r;
	pcap_t *pcap;
	FILE *f;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!is_capture(data, len)) {
		out->stream = data;
		out->len = len;
		return 0;
	}
	f = fmemopen((void *)(uintptr_t)data, len, "rb");
	pcap = f ? pcap_fopen_offline(f, text) : NULL;
	if (!pcap) {
		if (f)
			fclose(f);
		*err = arena_printf(a, "no readable capture: %s", text);
		return -1;
	}
	r = arena_alloc(a, sizeof(*r));
	r->arena = a;
	rc = read_pcap(r, pcap, err);
	pcap_close(pcap);
	return rc == 0 ? choose(r, out, err) : -1;
}
