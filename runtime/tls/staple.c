/*
 * The store of staples (staple.h): a hash table by the certificate's hash.
 * Whenever it grows it drops what has expired.  A compromised monitor may name
 * any certificates, but it can neither fill our memory nor foresee which of
 * them collide.
 */
#include "staple.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "runtime/table/siphash.h"

static struct {
	struct staple **slot; /* open addressing */
	size_t slots, used;
	size_t octets; /* of all responses */
	uint64_t key[2];
} store;

static size_t home(const uint8_t leaf[32])
{
	return (size_t)siphash13(store.key, leaf, 32) & (store.slots - 1);
}

static struct staple **find(const uint8_t leaf[32])
{
	size_t i = home(leaf);

	while (store.slot[i] && memcmp(store.slot[i]->leaf, leaf, 32))
		i = (i + 1) & (store.slots - 1);
	return &store.slot[i];
}

static void drop(struct staple **at)
{
	if (*at)
		store.octets -= (*at)->len;
	staple_put(at);
}

static int grow(void)
{
	struct staple **old = store.slot;
	size_t n = store.slots, i, room = n ? 2 * n : 64;
	int64_t now = time(NULL);

	if (!n &&
		getrandom(store.key, sizeof(store.key), 0) != sizeof(store.key))
		return -1;
	store.slot = calloc(room, sizeof(struct staple *));
	if (!store.slot) {
		store.slot = old;
		return -1;
	}
	store.slots = room;
	store.used = 0;
	for (i = 0; i < n; i++) {
		if (old[i] && old[i]->until > now) {
			*find(old[i]->leaf) = old[i];
			store.used++;
		} else {
			drop(&old[i]);
		}
	}
	free(old);
	return 0;
}

static struct staple *make(const struct ipc_staple *m)
{
	struct staple *s = calloc(1, sizeof(*s) + m->len);

	if (!s)
		return NULL;
	s->refs = 1;
	s->until = m->until;
	s->len = m->len;
	memcpy(s->leaf, m->leaf, sizeof(s->leaf));
	memcpy(s->der, m->der, m->len);
	s->ocsp.version = 0;
	s->ocsp.response.data = s->der;
	s->ocsp.response.size = m->len;
	s->ocsp.exptime = (time_t)m->until;
	return s;
}

int staple_keep(const struct ipc_staple *m, size_t len)
{
	struct staple **at, *s;

	if (len < IPC_STAPLE_HEAD || m->len > IPC_STAPLE_MAX ||
		len != IPC_STAPLE_HEAD + m->len)
		return -1;
	if (store.used >= store.slots / 2 && grow() < 0)
		return -1;
	at = find(m->leaf);
	if (store.octets - (*at ? (*at)->len : 0) + m->len > STAPLES_MOST)
		return -1;
	s = make(m);
	if (!s)
		return -1;
	store.used += *at == NULL;
	drop(at);
	*at = s;
	store.octets += s->len;
	return 0;
}

struct staple *staple_get(const uint8_t leaf[32], int64_t now)
{
	struct staple *s = store.slots ? *find(leaf) : NULL;

	if (!s || s->until <= now)
		return NULL;
	s->refs++;
	return s;
}

void staple_put(struct staple **sp)
{
	struct staple *s = *sp;

	*sp = NULL;
	if (s && --s->refs == 0)
		free(s);
}

void staple_each(
	void (*tell)(void *arg, const struct ipc_staple *m, size_t len),
	void *arg)
{
	static struct ipc_staple m;
	int64_t now = time(NULL);
	size_t i;

	for (i = 0; i < store.slots; i++) {
		const struct staple *s = store.slot[i];

		if (!s || s->until <= now)
			continue;
		m.until = s->until;
		m.len = s->len;
		memcpy(m.leaf, s->leaf, sizeof(m.leaf));
		memcpy(m.der, s->der, s->len);
		tell(arg, &m, IPC_STAPLE_HEAD + s->len);
	}
}

static void save(void *arg, const struct ipc_staple *m, size_t len)
{
	int *fd = arg;

	if (*fd >= 0 && write(*fd, m, len) != (ssize_t)len)
		*fd = -1;
}

int staple_save(int fd)
{
	staple_each(save, &fd);
	return fd < 0 ? -1 : 0;
}

void staple_restore(int fd)
{
	static struct ipc_staple m;

	while (read(fd, &m, IPC_STAPLE_HEAD) == (ssize_t)IPC_STAPLE_HEAD &&
		m.len <= IPC_STAPLE_MAX &&
		read(fd, m.der, m.len) == (ssize_t)m.len)
		staple_keep(&m, IPC_STAPLE_HEAD + m.len);
}

void staple_forget_all(void)
{
	size_t i;

	for (i = 0; i < store.slots; i++)
		staple_put(&store.slot[i]);
	free(store.slot);
	memset(&store, 0, sizeof(store));
}
