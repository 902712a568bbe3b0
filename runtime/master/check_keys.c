/*
 * Warnings of --check about files of private keys (check_keys.h).  A start
 * accepts them as they are. tlsc does not (TC0407), but it may run on another
 * machine.
 */
#include "check_keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/common/bundle.h"
#include "runtime/table/table.h"

static void look(int dir, const char *key)
{
	struct stat st;

	if (fstatat(dir, key, &st, 0) < 0)
		return;
	if (st.st_mode & 077)
		fprintf(stderr,
			"tlsd: warning: TC0407: %s: mode %04o: others "
			"than its owner may read or write this private key; "
			"chmod 600\n",
			key, (unsigned)st.st_mode & 07777);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		fprintf(stderr,
			"tlsd: warning: TC0407: %s: this private key "
			"belongs to user %u\n",
			key, (unsigned)st.st_uid);
}

void check_keys_warn(const struct table *t, const char *base)
{
	int dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint32_t i;

	for (i = 0; dir >= 0 && i < t->cert_count; i++) {
		const char *key = table_str(t, t->cert[i].key_str);

		/* Neighbours often share a key. */
		if (i > 0 && t->cert[i - 1].key_str == t->cert[i].key_str)
			continue;
		if (strncmp(key, BUNDLE_PKCS11, strlen(BUNDLE_PKCS11)) != 0)
			look(dir, key);
	}
	if (dir >= 0)
		close(dir);
}
