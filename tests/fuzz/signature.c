/*
 * Signature and key files: any octets are refused with words, or are a key and
 * a signature of it.  Input: the key file, a zero octet, the signature file.
 */
/* LINK: runtime/seal/signature.c */
/* LIBS: -lgnutls */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/seal/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char signed_text[] = "a table";

static int file(const uint8_t *data, size_t size, char path[32])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void words(int rc, const char *err)
{
	if (rc != 0 && (rc != -1 || !*err))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
	struct signature_key key = {{0}, {0}}, read;
	char path[32], err[512] = "";
	size_t n = zero ? (size_t)(zero - data) : size;
	int fd, rc;

	if (size > 8192)
		return 0;
	fd = file(data, n, path);
	rc = signature_read_key(path, &read, err, sizeof(err));
	words(rc, err);
	close(fd);
	if (rc == 0)
		key = read;
	if (!zero)
		return 0;
	fd = file(zero + 1, size - n - 1, path);
	*err = 0;
	words(signature_verify(&key, path, signed_text, sizeof(signed_text) - 1,
		      err, sizeof(err)),
		err);
	/* Nothing verifies for what was not signed. */
	if (signature_verify(&key, path, "another", 7, err, sizeof(err)) == 0)
		abort();
	close(fd);
	return 0;
}
