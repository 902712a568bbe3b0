/*
 * Staples as the monitor sends them, and as a tlsd that is replaced left them
 * in a file: what is kept is what was sent for that certificate, whole.
 * Input: steps of (what, length claimed, octets left out, octets).
 */
/* LINK: runtime/tls/staple.c runtime/table/siphash.c */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/tls/staple.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEEP, KEEP_MANY, SAVE, RESTORE, WHATS };

static void check(const struct ipc_staple *m)
{
	struct staple *s = staple_get(m->leaf, m->until - 1);

	if (!s || s->len != m->len || s->until != m->until ||
		memcmp(s->der, m->der, m->len) != 0)
		abort();
	staple_put(&s);
	if (staple_get(m->leaf, m->until))
		abort();
}

static void keep(const uint8_t *p, size_t n, unsigned claimed, unsigned short_)
{
	struct ipc_staple *m = calloc(1, sizeof(*m));
	size_t len = IPC_STAPLE_HEAD + n - short_ % (n + IPC_STAPLE_HEAD);

	memcpy(m->der, p, n);
	memcpy(m->leaf, p, n < 32 ? n : 32);
	m->until = INT64_MAX - (n ? p[n - 1] : 0);
	m->len = claimed ? claimed << 5 : (uint32_t)n;
	if (staple_keep(m, len) == 0)
		check(m);
	free(m);
}

static void keep_many(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < 80; i++) {
		struct ipc_staple m = {.until = (int64_t)(i % 2 ? i : 1) << 40};

		memcpy(m.leaf, p, n < 32 ? n : 32);
		m.leaf[i % 8] ^= (uint8_t)i;
		if (staple_keep(&m, IPC_STAPLE_HEAD) == 0)
			check(&m);
	}
}

static void through_file(const uint8_t *p, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (p ? write(fd, p, n) != (ssize_t)n : staple_save(fd) != 0)
		abort();
	lseek(fd, 0, SEEK_SET);
	staple_restore(fd);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size >= 3) {
		size_t n = size - 3 < 200 ? size - 3 : 200;
		const uint8_t *p = data + 3;

		switch (data[0] % WHATS) {
		case KEEP:
			keep(p, n, data[1], data[2]);
			break;
		case KEEP_MANY:
			keep_many(p, n);
			break;
		case SAVE:
			through_file(NULL, 0);
			break;
		default:
			n = size - 3;
			through_file(p, n);
		}
		data += 3 + n, size -= 3 + n;
	}
	staple_forget_all();
	return 0;
}
