/*
 * The file with the secret of session tickets: 64 octets or as many in
 * hexadecimal digits are taken as what they are, anything else is refused and
 * changes nothing.
 */
/* LINK: runtime/master/ticket_secret.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/common/bundle.h"
#include "runtime/master/ticket_secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SECRET = BUNDLE_TICKETS_LEN };

/* What the file says, by other means than the reader's. */
static int expected(const uint8_t *data, size_t size, uint8_t out[SECRET])
{
	char pair[3] = "", *end;

	if (size == SECRET) {
		memcpy(out, data, SECRET);
		return 1;
	}
	if (size != 2 * SECRET &&
		!(size == 2 * SECRET + 1 && data[size - 1] == '\n'))
		return 0;
	for (size_t i = 0; i < SECRET; i++) {
		memcpy(pair, data + 2 * i, 2);
		if (strspn(pair, "0123456789abcdefABCDEF") != 2)
			return 0;
		out[i] = (uint8_t)strtoul(pair, &end, 16);
	}
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t old[SECRET] = "what was there before";
	uint8_t want[SECRET];
	char path[32], err[200] = "";
	int fd = memfd_create("fuzz", MFD_CLOEXEC), good, rc;

	if (fd < 0 || fchmod(fd, 0600) != 0 ||
		write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ticket_secret_set(old);
	good = expected(data, size, want);
	rc = ticket_secret_read(path, err, sizeof(err));
	close(fd);
	if (rc != (good ? 0 : -1) || (rc != 0 && !*err) ||
		memcmp(ticket_secret_get(), good ? want : old, SECRET) != 0)
		abort();
	return 0;
}
