/*
 * Which tlsd a state directory belongs to.  A file in it stays locked as long
 * as its tlsd takes tables.  A successor inherits the open file and the lock.
 * So two unrelated tlsd never share a directory, where each would raise serials
 * that the other cannot reach.
 */
#include "state_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "state_file.h"

#define OWNER "owner"

/* The pid written into it; 0: unknown. */
static long owner_pid(int fd)
{
	char text[24] = "";
	long pid = 0;

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0 ||
		sscanf(text, "%ld", &pid) != 1 || pid < 0)
		return 0;
	return pid;
}

static void tell_owner(const char *path, int fd, char *err, size_t n)
{
	char who[40] = "";
	long pid = owner_pid(fd);

	if (pid)
		snprintf(who, sizeof(who), ", pid %ld", pid);
	snprintf(err, n,
		"%s: in use by another tlsd%s; each needs its own directory",
		path, who);
}

static int try_lock(int fd)
{
	int r;

	do
		r = flock(fd, LOCK_EX | LOCK_NB);
	while (r < 0 && errno == EINTR);
	return r;
}

int state_owner_take(const char *path, char *err, size_t n)
{
	struct state_dir d;
	int fd;

	if (state_file_open(&d, path, STATE_LOOK, err, n) < 0)
		return -1;
	fd = openat(
		d.dir, OWNER, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && try_lock(fd) == 0) {
		state_owner_sign(fd);
	} else {
		if (fd >= 0 && errno == EWOULDBLOCK)
			tell_owner(path, fd, err, n);
		else
			snprintf(err, n, "%s/" OWNER ": %s", path,
				strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	state_file_close(&d);
	return fd;
}

/* Only for people: if it cannot be written, the lock still holds. */
void state_owner_sign(int fd)
{
	if (ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0)
		dprintf(fd, "%ld\n", (long)getpid());
}
