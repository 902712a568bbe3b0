/*
 * The secret of all session tickets (ticket_secret.h), random or from a file
 * shared by several machines, and the one before it.  GnuTLS derives the ticket
 * keys from it and from the time.
 */
#include "ticket_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/common/bundle.h"
#include "runtime/common/ipc.h"

/* Not part of a generation, so that a ticket is good in every worker and
 * outlives the table. */
static uint8_t secret[BUNDLE_TICKETS_LEN], before[BUNDLE_TICKETS_LEN];
static int made, have_before;
static unsigned changes;

const uint8_t *ticket_secret_get(void)
{
	if (!made && getrandom(secret, sizeof(secret), 0) != sizeof(secret))
		abort();
	made = 1;
	return secret;
}

const uint8_t *ticket_secret_before(void)
{
	return have_before ? before : NULL;
}

void ticket_secret_set(const uint8_t *other)
{
	if (made && memcmp(secret, other, sizeof(secret)) == 0)
		return;
	memcpy(before, secret, sizeof(secret));
	have_before = made;
	memcpy(secret, other, sizeof(secret));
	made = 1;
	changes++;
}

void ticket_secret_set_before(const uint8_t *other)
{
	memcpy(before, other, sizeof(before));
	have_before = 1;
	changes++;
}

void ticket_secret_fresh(enum ticket_secret_old old_one)
{
	uint8_t fresh[BUNDLE_TICKETS_LEN];

	if (getrandom(fresh, sizeof(fresh), 0) != sizeof(fresh))
		abort();
	ticket_secret_set(fresh);
	explicit_bzero(fresh, sizeof(fresh));
	if (old_one == TICKET_SECRET_KEEP)
		return;
	explicit_bzero(before, sizeof(before));
	have_before = 0;
}

unsigned ticket_secret_changes(void)
{
	return changes;
}

void ticket_secret_put(struct ipc_tickets *m)
{
	memset(m, 0, sizeof(*m));
	memcpy(m->secret[0], ticket_secret_get(), sizeof(m->secret[0]));
	m->count = 1;
	if (!have_before)
		return;
	memcpy(m->secret[1], before, sizeof(m->secret[1]));
	m->count = 2;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* 64 octets, or 128 hexadecimal digits and a newline. */
static int decode(const char *p, size_t n, uint8_t out[BUNDLE_TICKETS_LEN])
{
	size_t i;

	if (n == BUNDLE_TICKETS_LEN) {
		memcpy(out, p, n);
		return 0;
	}
	if (n == 2 * BUNDLE_TICKETS_LEN + 1 && p[n - 1] == '\n')
		n--;
	if (n != 2 * BUNDLE_TICKETS_LEN)
		return -1;
	for (i = 0; i < n; i += 2) {
		int high = nibble(p[i]), low = nibble(p[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* Whoever can read it can decrypt what it protected. */
static const char *wrong_with(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return "owned by another user";
	if (st.st_mode & 077)
		return "others can read it (chmod 600)";
	return NULL;
}

int ticket_secret_read(const char *path, char *err, size_t n)
{
	char text[2 * BUNDLE_TICKETS_LEN + 2];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *wrong = fd < 0 ? strerror(errno) : wrong_with(fd);
	uint8_t fresh[BUNDLE_TICKETS_LEN];
	ssize_t r = wrong ? -1 : read(fd, text, sizeof(text));

	if (!wrong && (r < 0 || decode(text, (size_t)r, fresh) < 0))
		wrong = "not a secret of 64 octets or 128 hexadecimal digits";
	if (fd >= 0)
		close(fd);
	if (wrong)
		snprintf(err, n, "ticket secret %s: %s", path, wrong);
	else
		ticket_secret_set(fresh);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(fresh, sizeof(fresh));
	return wrong ? -1 : 0;
}
